"""This year against last: which duties were met in time, and what happened in each of twelve months. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from pubtrack.digest.model import MonthRow, TermRow
from pubtrack.digest.month import Month
from pubtrack.models import Duty, DutyKind, DutyState
from pubtrack.obligations import dates
from pubtrack.obligations.model import Facts

# A waived duty was owed by nobody; one that is put off or unclear had its term all the same.
_NOT_OWED = (DutyState.WAIVED, DutyState.UPCOMING)


def met_days(
    owed: Sequence[Duty],
    facts: Facts,
    counted: Collection[tuple[str, int]],
    sent: Mapping[tuple[str, int], date],
    arrived: Mapping[int, date],
) -> dict[str, date | None]:
    """Given duties, facts, the pairs that count, when each was sent and when its work arrived, return when each duty was met.

    A duty to publish is met by the project's first publication. A reference is reported on the first of: the day that somebody named,
    the day a list with it was sent, the day the provider's own list showed it. A credit stands in the publication itself: where it
    was read, it was there in time.
    """
    first: dict[str, date] = {}
    for project_id, work_id in counted:
        published = dates.published_on(facts.works[work_id])
        if published is not None:
            first[project_id] = min(published, first.get(project_id, published))
    days: dict[str, date | None] = {}
    for duty in owed:
        if duty.state is not DutyState.MET:
            continue
        if duty.kind is DutyKind.PUBLISH:
            days[duty.key] = first.get(duty.project_id)
        elif duty.kind is DutyKind.CREDIT:
            days[duty.key] = duty.due_on
        else:
            known = [duty.since]
            if duty.kind is DutyKind.REPORT and duty.work_id is not None:
                known += [sent.get((duty.project_id, duty.work_id)), arrived.get(duty.work_id)]
            days[duty.key] = min((day for day in known if day is not None), default=None)
    return days


def terms(owed: Sequence[Duty], met_on: Mapping[str, date | None], year: int, until: date) -> tuple[TermRow, ...]:
    """Given duties, the day on which each that is met was (by its key), a year and a day, return what became of ended terms.

    A term counts in the year in which it ended, this year's up to `until`; last year's whole. A duty that is met on a day
    nobody knows counts as met late: it is not claimed to have been in time.
    """
    counted: dict[DutyKind, Counter[str]] = {}
    for duty in owed:
        if duty.due_on is None or duty.state in _NOT_OWED or duty.due_on > until:
            continue
        before = duty.due_on.year == year - 1
        if not before and duty.due_on.year != year:
            continue
        end = _end(duty, met_on.get(duty.key))
        row = counted.setdefault(duty.kind, Counter())
        if before:
            row["last ended"] += 1
            row["last in time"] += end == "in time"
        else:
            row[end] += 1
    rows = [(kind, counted[kind]) for kind in DutyKind if kind in counted]
    return tuple(
        TermRow(kind.value, row["in time"], row["late"], row["unmet"], row["last in time"], row["last ended"])
        for kind, row in rows
    )


def _end(duty: Duty, met_on: date | None) -> str:
    if duty.state is not DutyState.MET:
        return "unmet"
    return "in time" if met_on is not None and duty.due_on is not None and met_on <= duty.due_on else "late"


def twelve(
    last: Month, new: Iterable[Month], sent: Mapping[Month, int], arrived: Iterable[Month]
) -> tuple[MonthRow, ...]:
    """Given a month and in which months references were found, sent and seen on the provider's list, return twelve rows to it."""
    found, listed = Counter(new), Counter(arrived)
    months = [last]
    while len(months) < 12:
        months.append(months[-1].previous)
    return tuple(MonthRow(str(one), found[one], sent.get(one, 0), listed[one]) for one in reversed(months))
