"""The only place that reads the clock. Everything else is handed `now`."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from datetime import time as time_of_day
from zoneinfo import ZoneInfo


def now(timezone: str = "Europe/Amsterdam", as_of: date | None = None) -> datetime:
    """Given a time zone's name, return the present moment there, aware.

    With `as_of`, return noon of that day there instead: noon lies in no quiet hours and in no daylight-saving gap.
    """
    zone = ZoneInfo(timezone)
    if as_of is not None:
        return datetime.combine(as_of, time_of_day(12), zone)
    return datetime.now(zone)


def monotonic() -> float:
    """Return seconds on a clock that never jumps, for pacing and deadlines."""
    return time.monotonic()


def sleep(seconds: float) -> None:
    """Wait `seconds`; a negative wait is none."""
    if seconds > 0:
        time.sleep(seconds)


def stamp(moment: datetime) -> str:
    """Given an aware moment, return it in UTC as the store writes it: `2026-11-22T06:15:00Z`.

    Raise ValueError if the moment is naive.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone cannot be stored")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(stamp_: str) -> datetime:
    """Given a stamp as the store writes it, return the aware moment in UTC. Raise ValueError on anything else."""
    return datetime.strptime(stamp_, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
