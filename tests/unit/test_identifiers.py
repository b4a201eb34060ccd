"""DOI, ORCID, ROR and mail addresses, normalised at the door."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack import identifiers

SUFFIXES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
DIGITS = st.text("0123456789", min_size=15, max_size=15)


@pytest.mark.parametrize(
    ("text", "doi"),
    [
        ("10.5555/12345678", "10.5555/12345678"),
        (" https://doi.org/10.5555/ABC ", "10.5555/abc"),
        ("http://dx.doi.org/10.5555/a%2Fb", "10.5555/a/b"),
        ("DOI: 10.5555/x", "10.5555/x"),
        ("info:doi/10.5555/x", "10.5555/x"),
        ("10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2", None),
        ("10.5555/a%2Fb", "10.5555/a%2fb"),
        ("10.5555/", None),
        ("10.5555/a b", None),
        ("11.5555/a", None),
        ("", None),
    ],
)
def test_a_doi_is_kept_bare_and_in_lower_case(text: str, doi: str | None) -> None:
    """As a link it is unquoted, bare it is left as it stands; anything else is none."""
    expected = doi if "SICI" not in text else text.lower()

    assert identifiers.doi(text) == expected


def test_dois_are_found_in_running_text() -> None:
    """Without what ends a sentence, with the brackets that belong to them, each once."""
    text = "See https://doi.org/10.5555/a(1)2, (10.5555/B) and 10.5555/b; also “10.5555/c.d”."

    assert identifiers.find_dois(text) == ["10.5555/a(1)2", "10.5555/b", "10.5555/c.d"]


@settings(max_examples=100, deadline=None)
@given(SUFFIXES)
def test_a_doi_read_again_is_the_same(suffix: str) -> None:
    """Normalising is done once; doing it twice changes nothing."""
    once = identifiers.doi(f"10.5555/{suffix}")

    assert once is not None
    assert identifiers.doi(once) == once


@settings(max_examples=100, deadline=None)
@given(DIGITS)
def test_every_orcid_is_taken_with_its_check_digit_and_no_other(digits: str) -> None:
    """In any dress; a wrong check digit is named with the right one."""
    last = identifiers.orcid_check_digit(digits)
    compact = digits + last
    pretty = "-".join(compact[i : i + 4] for i in range(0, 16, 4))

    assert identifiers.orcid(compact) == pretty
    assert identifiers.orcid(f"https://orcid.org/{pretty.lower()}/") == pretty
    wrong = "0" if last != "0" else "1"
    with pytest.raises(ValueError) as error:
        identifiers.orcid(pretty[:-1] + wrong)
    assert str(error.value) == f"the check digit of {pretty[:-1]}{wrong} is wrong. Did you mean ...{pretty[-4:]}?"


@settings(max_examples=100, deadline=None)
@given(DIGITS, st.integers(0, 14), st.integers(1, 9))
def test_one_wrong_digit_never_passes_as_an_orcid(digits: str, at: int, by: int) -> None:
    """The check digit is there for that."""
    compact = digits + identifiers.orcid_check_digit(digits)
    changed = compact[:at] + str((int(compact[at]) + by) % 10) + compact[at + 1 :]

    with pytest.raises(ValueError, match="check digit"):
        identifiers.orcid(changed)


@pytest.mark.parametrize(
    "text", ["", "0000", "0000-0002-1825-009", "Anna", "0000-0002-1825-00977", "0000_0002_1825_0097"]
)
def test_what_is_no_orcid_is_none(text: str) -> None:
    """Only a check digit is worth a question; the rest is no ORCID."""
    assert identifiers.orcid(text) is None


@pytest.mark.parametrize(
    ("text", "ror"),
    [
        ("https://ror.org/0408v4c28", "0408v4c28"),
        ("0408V4C28", "0408v4c28"),
        ("ror.org/0408v4c28/", "0408v4c28"),
        ("https://ror.org/1408v4c28", None),
        ("x0408v4c28", None),
    ],
)
def test_a_ror_id_is_kept_bare(text: str, ror: str | None) -> None:
    """As a link or bare, in lower case."""
    assert identifiers.ror(text) == ror


@pytest.mark.parametrize(
    ("text", "mail"),
    [
        ("anna@example.org", "anna@example.org"),
        (" mailto:Anna.van-der.Berg+cbs@Students.Example.ORG ", "Anna.van-der.Berg+cbs@students.example.org"),
        ("anna@example", None),
        ("anna example.org", None),
        ("anna@example.org, bram@example.org", None),
        ("anna@example.org\nBcc: all@example.org", None),
        ("<anna@example.org>", None),
        ("anna@@example.org", None),
        ("anna@example..org", None),
        ("", None),
    ],
)
def test_a_mail_address_is_one_address(text: str, mail: str | None) -> None:
    """And nothing that could start another one, or a header."""
    assert identifiers.mail(text) == mail


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_an_identifier_or_none(text: str) -> None:
    """Only a wrong check digit raises; what is found is found again."""
    for read in (identifiers.doi, identifiers.ror, identifiers.mail):
        found = read(text)
        assert found is None or read(found) == found
    for doi in identifiers.find_dois(text):
        assert identifiers.doi(doi) == doi
        assert identifiers.doi(identifiers.doi_address(doi)) == doi
    with suppress(ValueError):
        found = identifiers.orcid(text)
        assert found is None or identifiers.orcid(found) == found
