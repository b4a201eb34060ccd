"""discovery/windows.py: no day is ever skipped, whatever is asked for in between."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.windows import Window, due_windows, moved, next_check

TODAY = date(2026, 11, 16)
DAY = timedelta(days=1)


def test_a_first_harvest_begins_at_the_beginning() -> None:
    assert due_windows(None, TODAY, 3) == [Window(None, TODAY)]


def test_a_first_harvest_may_be_told_where_to_begin() -> None:
    assert due_windows(None, TODAY, 3, date(2026, 1, 1)) == [Window(date(2026, 1, 1), TODAY)]


def test_the_next_one_reaches_back_behind_the_watermark() -> None:
    assert due_windows(date(2026, 11, 10), TODAY, 3) == [Window(date(2026, 11, 8), TODAY)]


def test_without_an_overlap_it_begins_on_the_day_after_the_watermark() -> None:
    assert due_windows(date(2026, 11, 10), TODAY, 0) == [Window(date(2026, 11, 11), TODAY)]


def test_a_day_that_is_not_over_is_asked_for_again() -> None:
    assert due_windows(TODAY - DAY, TODAY, 0) == [Window(TODAY, TODAY)]


def test_nothing_is_due_when_today_is_harvested_already() -> None:
    assert due_windows(TODAY, TODAY, 0) == []


def test_the_overlap_does_not_reach_behind_the_first_day() -> None:
    assert due_windows(date(2026, 1, 2), TODAY, 30, date(2026, 1, 1)) == [Window(date(2026, 1, 1), TODAY)]


def test_a_first_day_that_was_moved_behind_the_watermark_skips_nothing() -> None:
    assert due_windows(date(2026, 1, 2), TODAY, 0, date(2026, 6, 1)) == [Window(date(2026, 1, 3), TODAY)]


def test_a_person_may_say_which_days() -> None:
    assert due_windows(date(2026, 11, 10), TODAY, 3, since=date(2025, 1, 1), until=date(2025, 2, 1)) == [
        Window(date(2025, 1, 1), date(2025, 2, 1))
    ]


def test_days_that_have_not_come_are_not_asked_for() -> None:
    assert due_windows(None, TODAY, 3, until=TODAY + DAY) == [Window(None, TODAY)]
    assert due_windows(None, TODAY, 3, since=TODAY + DAY) == []


def test_a_watermark_in_the_future_is_refused() -> None:
    with pytest.raises(ValueError) as raised:
        due_windows(TODAY + DAY, TODAY, 3)

    assert str(raised.value) == "harvested through 2026-11-17, which lies after 2026-11-16"


def test_a_negative_overlap_is_refused() -> None:
    with pytest.raises(ValueError, match="an overlap of -1 days would skip days"):
        due_windows(None, TODAY, -1)


def test_an_overlap_longer_than_time_is_no_fault() -> None:
    assert due_windows(date(1, 1, 2), TODAY, 10**7) == [Window(date.min, TODAY)]


def test_a_window_behind_the_watermark_does_not_move_it_back() -> None:
    assert moved(TODAY - DAY, Window(date(2025, 1, 1), date(2025, 2, 1)), TODAY) == TODAY - DAY


def test_a_window_that_leaves_a_gap_does_not_move_the_watermark() -> None:
    assert moved(date(2026, 1, 1), Window(date(2026, 6, 1), TODAY), TODAY - DAY) == date(2026, 1, 1)
    assert moved(None, Window(date(2026, 6, 1), TODAY), TODAY - DAY) is None


def test_the_watermark_stops_before_the_day_that_is_not_over() -> None:
    assert moved(date(2026, 11, 10), Window(date(2026, 11, 8), TODAY), TODAY - DAY) == TODAY - DAY


days = st.dates(date(2026, 1, 1), date(2026, 3, 1))
runs = st.lists(
    st.tuples(
        st.integers(0, 5),  # days since the last run
        st.none() | days,  # --since
        st.none() | days,  # --until
        st.booleans(),  # it failed
        st.integers(0, 2),  # days by which the source's clock is behind
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300, deadline=None)
@given(runs=runs, overlap=st.integers(0, 10), first=st.none() | days)
def test_no_day_is_ever_skipped(
    runs: list[tuple[int, date | None, date | None, bool, int]], overlap: int, first: date | None
) -> None:
    """After any run, every day from the first to the watermark was asked for by a harvest that ended after that day did."""
    today, watermark = date(2026, 2, 1), None
    asked: set[date] = set()
    for passed, since, until, failed, behind in runs:
        today += passed * DAY
        through = today - (1 + behind) * DAY
        for window in due_windows(watermark, today, overlap, first, since=since, until=until):
            assert window.until <= today
            if failed:
                continue
            day = window.since or date(2025, 12, 1)
            while day <= min(window.until, through):
                asked.add(day)
                day += DAY
            before, watermark = watermark, moved(watermark, window, through, first)
            assert before is None or (watermark is not None and watermark >= before)
        if watermark is not None:
            day = first or date(2025, 12, 1)
            while day <= watermark:
                assert day in asked
                day += DAY


@settings(max_examples=100, deadline=None)
@given(watermark=days, overlap=st.integers(0, 10), passed=st.integers(1, 40))
def test_an_ordinary_window_joins_what_was_harvested(watermark: date, overlap: int, passed: int) -> None:
    today = watermark + passed * DAY
    [window] = due_windows(watermark, today, overlap)

    assert window == Window(watermark + (1 - overlap) * DAY, today)
    assert moved(watermark, window, today - DAY) == today - DAY


@pytest.mark.parametrize("days", [1, 2, 30, 120])
def test_a_next_check_comes_in_time_and_not_at_once(days: int) -> None:
    found = {(next_check(TODAY, days, f"scope {n}") - TODAY).days for n in range(500)}

    assert found == set(range(days - days // 3, days + 1))
