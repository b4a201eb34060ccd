"""The phrase language, sentences, sections and languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.credit.language import detect
from pubtrack.credit.names import spells
from pubtrack.credit.phrases import Lists, slots
from pubtrack.credit.sections import HEADINGS, Sections, section_of
from pubtrack.credit.sentences import around, words
from pubtrack.credit.steps import NAME, Words
from pubtrack.credit.text import Block, Flat, Text

LISTS = {"data": ("data", "micro-data", "{more}"), "more": ("figures", "counts of*")}


def holds(phrase: str, sentence: str) -> bool:
    phrases = Lists(LISTS).compiled([phrase])
    assert phrases is not None
    return phrases.hold(Words(words(sentence.replace("NAME", NAME))))


@pytest.mark.parametrize(
    ("phrase", "yes", "no"),
    [
        ("use data", "We use the data.", "We used data."),
        ("use*", "We are using... used!", "We refuse it."),
        ("*gegevens", "De inkomensgegevens", "De gegevensbron"),
        ("from/of NAME", "data of NAME", "data by NAME"),
        ("non-public", "non-public, non public and nonpublic", "the public"),
        ("data *2 NAME", "data held by NAME", "data that are held by NAME"),
        ("data * NAME", "data that have for years been held by NAME", "data; NAME"),
        ("NAME ~2 data", "NAME registry data", "NAME and other data"),
        ("data own? NAME", "data NAME", "data our NAME"),
        ("^ source :", "Source: NAME", "Another source: NAME"),
        ("( # )", "as said (2012)", "as said (in 2012)"),
        ("NAME – data", "NAME - data", "NAME-data"),
        ("{data} NAME", "microdata, micro data NAME", "registers NAME"),
        ("{data} NAME", "counts of NAME", "count NAME"),
        ("{data} of {name}", "figures of the NAME", "figures of them"),
        ("o.b.v. data", "o.b.v. data", "obv data"),
    ],
)
def test_a_phrase(phrase: str, yes: str, no: str) -> None:
    written = phrase.replace("NAME", "{name}")

    assert (holds(written, yes), holds(written, no)) == (True, False)


def test_what_looks_like_a_regular_expression_is_literal() -> None:
    """A policy's author cannot write a pattern that never ends."""
    assert not holds("(a+)+ b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
    assert not holds("d.ta", "data")


def test_a_list_that_is_not_there_is_a_fault() -> None:
    with pytest.raises(ValueError, match=r"^there is no list of words named 'nothing'$"):
        Lists(LISTS).compiled(["use {nothing}"])
    with pytest.raises(ValueError, match="'circle'"):
        Lists({"circle": ("{circle}",)}).compiled(["{circle}"])
    assert slots("{name} and {data} of {more}") == {"data", "more"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "One here. Two, by Jansen et al. (2012), has NAME in it. Three.",
            "Two, by Jansen et al. (2012), has NAME in it.",
        ),
        ("One\n\nTwo NAME\n\nThree", "Two NAME"),
        ("- one\n- two NAME\n- three", "- two NAME"),
        ("No end but NAME", "No end but NAME"),
        ("It is so.3 Then NAME is. And", "Then NAME is."),
        ("See Fig. 3 of NAME for approx. 20 of them.", "See Fig. 3 of NAME for approx. 20 of them."),
    ],
)
def test_the_sentence_around_a_name(text: str, expected: str) -> None:
    start = text.index("NAME")
    first, last = around(text, start, start + 4)

    assert text[first:last].strip() == expected


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab .!?\n-()A1", max_size=200), st.integers(0, 200))
def test_a_sentence_always_holds_its_place(text: str, place: int) -> None:
    start = min(place, len(text))
    end = min(len(text), start + 3)
    first, last = around(text, start, end)

    assert 0 <= first <= start <= end <= last <= len(text)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("References", "references"),
        ("## 5. Literatuur", "references"),
        ("2.1 Data and Methods", "data"),
        ("IV. RESULTS", "results"),
        ("Data availability statement", "data availability"),
        ("**Dankwoord**", "acknowledgements"),
        ("Data are what we need", None),
        ("Something else", None),
    ],
)
def test_headings(heading: str, expected: str | None) -> None:
    assert section_of(heading) == expected


def test_sections_of_a_text() -> None:
    """From heading to heading; a heading that runs on in its line covers its paragraph."""
    text = "Title\n\nMethods\nWe did.\n\nData availability: ask us.\n\nStill methods.\n\nReferences\n[1] One."
    sections = Sections.of(text)

    names = [sections.at(text.index(part)) for part in ("Title", "We did", "ask us", "Still", "[1]")]
    assert names == [None, "methods", "data availability", "methods", "references"]
    assert set(filter(None, names)) <= set(HEADINGS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The results of the study are based on these data.", "en"),
        ("De resultaten van het onderzoek zijn gebaseerd op deze gegevens.", "nl"),
        ("1234", None),
        ("", None),
    ],
)
def test_languages(text: str, expected: str | None) -> None:
    assert detect(text) == expected


@pytest.mark.parametrize(
    ("spelt", "expected"),
    [
        ("patients with corticobasal syndrome", True),
        ("the Copenhagen Business School", True),
        ("circular binary segmentation", True),
        ("Statistics Netherlands", False),
        ("the national office", False),
    ],
)
def test_abbreviations_are_spelt_out(spelt: str, expected: bool) -> None:
    assert spells(spelt, "CBS") is expected


def test_places_are_known_across_pages() -> None:
    flat = Flat.of(Text("pdf", (Block("one", 1, flows=True), Block("two", 2), Block("three", 3))))

    assert flat.text == "one\ntwo\n\nthree\n\n"
    assert [flat.place(flat.text.index(word)).page for word in ("one", "two", "three")] == [1, 2, 3]
