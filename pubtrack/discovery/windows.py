"""Which days to ask a source for, and how far it may be called harvested. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Days to ask for, both included; `since` None is from the beginning."""

    since: date | None
    until: date


def due_windows(
    watermark: date | None,
    today: date,
    overlap_days: int,
    first_since: date | None = None,
    *,
    since: date | None = None,
    until: date | None = None,
) -> list[Window]:
    """Given the last day fully harvested (None: nothing yet), return the windows still to ask for.

    They reach back `overlap_days` behind the watermark, for sources index late, and end today. A first harvest starts at
    `first_since`. A person's `since` and `until` take the place of what would be due. Return nothing if no day is left to ask for.
    Raise ValueError if the watermark lies in the future or the overlap is negative.
    """
    if overlap_days < 0:
        raise ValueError(f"an overlap of {overlap_days} days would skip days")
    if watermark is not None and watermark > today:
        raise ValueError(f"harvested through {watermark}, which lies after {today}")
    start = since
    if start is None:
        start = first_since if watermark is None else _back(watermark + _DAY, overlap_days)
        if start is not None and watermark is not None and first_since is not None:
            start = max(start, min(first_since, watermark + _DAY))
    end = min(until or today, today)
    return [] if start is not None and start > end else [Window(start, end)]


def moved(watermark: date | None, window: Window, through: date, first_since: date | None = None) -> date | None:
    """Given the old watermark, a window that was harvested to its end, and the last day that was over by then, return the new watermark.

    It never goes back, and it moves on only over days that were asked for without a gap: a window a person chose that begins
    later than the watermark leaves it where it is.
    """
    reached = min(window.until, through)
    if watermark is None:
        whole = window.since is None or (first_since is not None and window.since <= first_since)
        return reached if whole and (window.since is None or reached >= window.since) else None
    joins = window.since is None or window.since <= watermark + _DAY
    return max(watermark, reached) if joins else watermark


def next_check(today: date, days: int, scope: str) -> date:
    """Given a rhythm, return the day on which a list that was read today is due again: within `days`, not before two thirds of them.

    Which day that is the scope's own hash says, so those that began together do not come back together.
    """
    early = int(hashlib.sha256(scope.encode()).hexdigest(), 16) % (days // 3 + 1)
    return today + timedelta(days=days - early)


def _back(day: date, days: int) -> date:
    return date.min if (day - date.min).days < days else day - timedelta(days=days)
