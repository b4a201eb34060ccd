"""Dates in any shape become the parts that are certain."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks import dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024", [2024]),
        ("2024-03", [2024, 3]),
        ("2024-03-05", [2024, 3, 5]),
        ("2024/03/05", [2024, 3, 5]),
        ("20240305", [2024, 3, 5]),
        ("2011-03-26 19:16:19", [2011, 3, 26]),
        ("2003-04-15T15:53:12Z", [2003, 4, 15]),
        ("2003-04-15T15:53:12.000+02:00", [2003, 4, 15]),
        ("05-03-2024", [2024, 3, 5]),
        ("5.3.2024", [2024, 3, 5]),
        ("5 maart 2024", [2024, 3, 5]),
        ("March 2024", [2024, 3]),
        ("Mar 5, 2024", [2024, 3, 5]),
        ("1st May 2024", [2024, 5, 1]),
        ("2024-03-05/2024-03-09", [2024, 3, 5]),
        ("2023 - 2024", [2023]),
        ("2023/2024", [2023]),
        ("[2015]", [2015]),
        ("c2015.", [2015]),
        ("spring 2015", [2015]),
        ("2024-02-31", [2024, 2]),
        ("2024-13-01", [2024]),
        ("31-13-2024", [2024]),
        ("0217-01-01", None),
        ("forthcoming", None),
        ("", None),
        ("issue 12, 1999 and 2003", None),
    ],
)
def test_a_written_date(text: str, expected: list[int] | None) -> None:
    assert dates.written(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"date-parts": [[2024, 3, 5]]}, [2024, 3, 5]),
        ({"date-parts": [["2024", "3"]]}, [2024, 3]),
        ({"date-parts": [[None]]}, None),
        ({"date-parts": [[2024, None, 5]]}, [2024]),
        ({"date-parts": [[20006]]}, None),
        ({"date-parts": [[2024, 2, 30]]}, [2024, 2]),
        ({"date-parts": []}, None),
        ({"date-parts": [[]]}, None),
        ({"date-parts": None}, None),
        ({}, None),
        (None, None),
        ("2024", None),
        ({"date-parts": [[True, 1]]}, None),
    ],
)
def test_a_crossref_date(value: Any, expected: list[int] | None) -> None:
    assert dates.crossref(value) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015-03-05", [2015, 3, 5]),
        ("2015-07-01", [2015, 7]),
        ("2015-01-01", [2015]),
        ("2015-01-15", [2015, 1, 15]),
        ("2015-01", [2015]),
        ("2015", [2015]),
        ("", None),
    ],
)
def test_a_day_from_a_service_that_fills_in_what_it_does_not_know(text: str, expected: list[int] | None) -> None:
    assert dates.filled(text) == expected


def test_the_earliest_of_the_most_precise_counts() -> None:
    assert dates.earliest([[2023], [2024, 5, 2], [2024, 3, 1], [2024, 1]]) == [2024, 3, 1]


@given(st.text(max_size=40) | st.from_regex(r"[0-9]{1,4}[-/. ][0-9]{1,4}[-/. a-zA-Z]{0,9}[0-9]{0,4}", fullmatch=True))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = dates.written(text)

    assert found is None or dates.parts(found) == found
