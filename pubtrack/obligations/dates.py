"""The day on which a publication's terms begin. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from pubtrack.models import PartialDate, Work

# Beyond it a date is a slip of the keyboard or a placeholder such as 9999, not a publication date.
_LAST_YEAR = 2199


def published_on(work: Work) -> date | None:
    """Given a work, return the day from which its terms count, or None if it has no usable publication date.

    The rule: the publication date of the record (CSL `issued`), and where the source gave only a year or a month, the LAST
    day it can mean, so that no term ever ends too early. The provider does not say which date it means ("within four weeks
    of publication"), so the record's own is taken.
    """
    try:
        issued = work.issued
        day = issued.last_day() if issued else None
    except (ValueError, TypeError, AttributeError, LookupError):  # a source's date that is no date
        return None
    return day if day is not None and day.year <= _LAST_YEAR else None


def submitted_on(work: Work) -> date | None:
    """Given a work, return the day on which it was submitted (CSL `submitted`; the last day it can mean), or None if nobody says."""
    try:
        parts = ((work.csl.get("submitted") or {}).get("date-parts") or [[]])[0]
        day = PartialDate(*parts[:3]).last_day() if parts else None
    except (ValueError, TypeError, AttributeError, LookupError):
        return None
    return day if day is not None and day.year <= _LAST_YEAR else None


def after(day: date | None, days: int) -> date | None:
    """Given a day and a number of days, return the day that many later (negative: earlier), or None if there is none."""
    try:
        return day + timedelta(days=days) if day is not None else None
    except OverflowError:
        return None
