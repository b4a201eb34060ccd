"""Where a text names the provider: what finds it fast finds it wherever it stands."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.credit.anchors import anchors, lower, places
from pubtrack.credit.check import READER, judge_for
from pubtrack.credit.hints import Hints
from pubtrack.credit.names import Namings, loose
from pubtrack.credit.text import Block, Text
from pubtrack.models import Verdict
from pubtrack.obligations.policy import load
from tests.conftest import ROOT

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
NAMINGS = Namings(POLICY.credit)


def verdict(*blocks: str) -> Verdict:
    return judge_for(POLICY)(Text("text", tuple(Block(block) for block in blocks)), reader=READER).verdict


@pytest.mark.parametrize("letters", ["İlker Yılmaz", "Ÿ", "ß", "ﬁ", "βCBS", "𝛼", "\ud83d", "統計"])
@pytest.mark.parametrize("credit", ["We use microdata from the CBS.", "WIJ GEBRUIKEN MICRODATA VAN HET CBS."])
def test_a_letter_far_from_the_provider_changes_nothing(letters: str, credit: str) -> None:
    """One that becomes two in lower case moves all that stands after it; one beyond Latin-1 takes no other's place."""
    assert verdict(f"See {letters} on the Netherlands.", credit) is Verdict.CREDITED


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_every_letter_keeps_its_place(text: str) -> None:
    lowered = lower(text)

    assert len(lowered) == len(text)
    assert all(mine in (theirs.lower(), "?", theirs) for mine, theirs in zip(lowered, text, strict=True))


NAMES = [*POLICY.credit.names, *POLICY.credit.short_names]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_is_found_by_its_anchor(name: str) -> None:
    """In capitals, and far into a text: the stretches of letters that are looked for leave no name out."""
    text = f"{'Nothing is said here. ' * 40}Data of {name.upper()} were used in the Netherlands."

    assert places(lower(text), anchors(POLICY.credit.names + POLICY.credit.short_names))
    assert [text[naming.start : naming.end] for naming in NAMINGS.find(text, "nl")] == [name.upper()]


@pytest.mark.parametrize("name", ["ΕΛΣΤΑΤ", "Главное управление статистики"])
def test_a_provider_may_have_a_name_in_other_letters(name: str) -> None:
    credit = POLICY.credit.model_copy(update={"names": (name,), "short_names": (), "others": (), "products": ()})
    text = f"Φύση is a word before it, Россия too. We use data of {name}."

    assert [text[naming.start : naming.end] for naming in Namings(credit).find(text)] == [name]


@pytest.mark.parametrize("gap", [10, 1_000, 100_000])
def test_another_of_the_name_counts_wherever_it_is_named(gap: int) -> None:
    """An abbreviation that was never spelt out is taken for nobody if another of it is named in the same text, near or far."""
    credit, blank = "We use data from the CBS.", "Nothing is said here. " * (gap // 22)

    assert verdict(credit + " We live in Utrecht.", blank) is Verdict.CREDITED
    assert (
        verdict(credit + " We live in Utrecht.", blank, "Patients with corticobasal syndrome were left out.")
        is Verdict.ABSENT
    )


PHRASES = ("micro data", "van het", "Den Haag", "'s-Gravenhage", "the Netherlands", "dat", "postal code")


@given(
    st.lists(st.sampled_from([*PHRASES, "MICRO-DATA", "vanhet", "data", "Haag", "Den", "micro", "x", "(", "\n", "é"]))
)
@settings(max_examples=300, deadline=None)
def test_hints_stand_where_their_pattern_does(words: list[str]) -> None:
    text = " ".join(words)
    slow = [re.compile(rf"(?<!\w){loose(phrase)}", re.IGNORECASE) for phrase in PHRASES]

    assert Hints(PHRASES, loose).stand(text, lower(text)) is any(pattern.search(text) for pattern in slow)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("De afkorting CBS staat in dit boek voor collectieve buurtsturing.", 0),
        ("In the Netherlands, CBS stands for cognitive burden score.", 0),
        ("In Nederland staat CBS voor betrouwbare cijfers.", 1),
        ("CBS staat voor Centraal Bureau voor de Statistiek.", 2),
    ],
)
def test_a_text_may_say_what_the_letters_stand_for(said: str, found: int) -> None:
    """The words need not begin with each letter; what does not hold the letters is praise, not a meaning."""
    assert len(NAMINGS.find(said, "nl")) == found
