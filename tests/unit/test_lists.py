"""What is new since the last list, and what has changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.references.lists import Item, Sent, by_project, compile_list, differences, natural, next_name
from tests.references import ARTICLE, THESIS, item


def as_sent(made: Item, name: str = "2026-10") -> Sent:
    return Sent(made.csl, made.content_hash, made.formatted, name)


def test_what_was_sent_or_is_known_otherwise_is_not_new() -> None:
    new, told, known = item(ARTICLE, 1), item(ARTICLE, 2), item(ARTICLE, 3)

    found = compile_list([known, told, new], {told.key: as_sent(told)}, {known.key}, scope="new")

    assert found == ([new], [])


def test_the_same_work_for_another_project_is_new() -> None:
    told, other = item(ARTICLE, 1, "9001"), item(ARTICLE, 1, "126")

    assert compile_list([told, other], {told.key: as_sent(told)}, set(), scope="new") == ([other], [])


def test_a_reference_that_changed_since_it_was_sent_is_a_correction() -> None:
    before, now = item(ARTICLE, 1), item(ARTICLE | {"volume": "13", "page": "1-2"}, 1, retracted=True)

    new, corrections = compile_list([now], {before.key: as_sent(before)}, set(), scope="new")

    assert new == []
    assert [(made.item, made.was.list_name, made.changed) for made in corrections] == [
        (now, "2026-10", ("volume", "page", "status"))
    ]


def test_what_no_reader_sees_is_no_correction() -> None:
    before, now = item(ARTICLE, 1), item(ARTICLE | {"ISSN": "0000-0000", "language": "nl"}, 1)

    assert compile_list([now], {before.key: as_sent(before)}, set(), scope="new") == ([], [])
    assert differences(before.csl, now.csl) == ()


def test_everything_means_everything() -> None:
    told, known = item(ARTICLE, 1), item(THESIS, 2)

    found = compile_list([told, known], {told.key: as_sent(told)}, {known.key}, scope="all")

    assert found == ([told, known], [])


def test_a_list_is_grouped_by_project_number_and_ordered_by_author_and_date() -> None:
    """999 stands before 1000, and 't Hooft under the H."""
    items = [
        item(ARTICLE, 1, "1000"),
        item(THESIS, 2, "999"),
        item(ARTICLE | {"author": [{"given": "Z", "family": "Aarts"}]}, 3, "1000"),
        item(ARTICLE | {"issued": {"date-parts": [[2024]]}}, 4, "1000"),
    ]

    found, _ = compile_list(items, {}, set(), scope="new")

    assert [(first.project_id, [made.work_id for made in group]) for first, group in by_project(found)] == [
        ("999", [2]),
        ("1000", [3, 4, 1]),
    ]


@given(st.lists(st.text(max_size=12), max_size=8))
@settings(max_examples=100, deadline=None)
def test_any_project_numbers_can_be_ordered(numbers: list[str]) -> None:
    assert len(sorted(numbers, key=natural)) == len(numbers)


@pytest.mark.parametrize(
    ("taken", "expected"),
    [
        ([], "2026-11"),
        (["2026-11"], "2026-11-b"),
        (["2026-11", "2026-11-b", "2026-10-c"], "2026-11-c"),
        (["2026-11", *(f"2026-11-{chr(code)}" for code in range(98, 123))], "2026-11-aa"),
    ],
)
def test_a_list_is_named_after_its_month_and_each_further_one_by_a_letter(taken: list[str], expected: str) -> None:
    assert next_name("2026-11", taken) == expected


def test_a_work_of_two_projects_stands_once_in_a_bibliography() -> None:
    from tests.references import reference_list

    made = reference_list()
    first, second = item(ARTICLE, 1, "126"), item(ARTICLE, 1, "9001")

    found = list(replace(made, items=(first, second), corrections=()).works())

    assert found == [(first, ("126", "9001"))]
