"""discovery/sources/crossref_questions.py: batches that stay as they are, scopes, and who a search is for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.sources.crossref_questions import batches, named, scope

orcids = st.sets(st.integers(0, 10**6).map(lambda n: f"0000-{n:07d}"), max_size=400)


@settings(max_examples=50, deadline=None)
@given(orcids)
def test_every_orcid_stands_in_one_small_batch(people: set[str]) -> None:
    made = batches(people)

    assert sorted(orcid for batch in made for orcid in batch) == sorted(people)
    assert all(0 < len(batch) <= 50 for batch in made)
    assert made == batches(sorted(people, reverse=True))


@settings(max_examples=50, deadline=None)
@given(orcids, st.integers(0, 10**6))
def test_one_person_more_touches_one_batch(people: set[str], number: int) -> None:
    """The batch it joins, which may split in two."""
    before = {tuple(batch) for batch in batches(people)}
    after = {tuple(batch) for batch in batches(people | {f"0000-{number:07d}"})}

    assert len(before - after) <= 1
    if len(before - after) == 1 and len(after - before) == 1:
        assert {*next(iter(after - before))} - {*next(iter(before - after))} == {f"0000-{number:07d}"}


def test_a_scope_names_nobody() -> None:
    assert scope("author", ["Anna van der Berg", ""]) == "author/bb93a7f43c8f7663"


@pytest.mark.parametrize(
    ("given_", "family", "fits"),
    [
        ("Anna", "van der Berg", True),
        ("A.M.", "Berg, van der", True),
        ("anna", "VAN DER BERG", True),
        ("", "van den Berg", True),
        ("Anna", "Bergström", False),
        ("Bram", "van der Berg", False),
        ("Anna", "van der", False),
    ],
)
def test_who_could_be_meant(given_: str, family: str, fits: bool) -> None:
    author = {"given": given_, "family": family}

    assert named({"author": [author]}, {"given": "Anna", "family": "van der Berg"}) is fits


@pytest.mark.parametrize(
    "author", [None, [], "x", [None], [{}], [{"family": None}], [{"name": "Consortium"}], [{"family": 3}]]
)
def test_authors_of_any_shape_are_borne(author: object) -> None:
    assert named({"author": author}, {"given": "Anna", "family": "Berg"}) is False


def test_letters_of_other_scripts_are_compared_as_they_sound() -> None:
    assert named({"author": [{"given": "Søren", "family": "Łukasz-Müller"}]}, {"given": "S", "family": "Muller"})
