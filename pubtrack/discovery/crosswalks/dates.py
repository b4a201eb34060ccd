"""Dates as records give them, in any shape, to CSL date-parts. Pure."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

# Printing is older than 1500, but a year outside these is a slip of the keyboard (0217, 20006, 9999).
FIRST_YEAR, LAST_YEAR = 1450, 2100

_ISO = re.compile(
    r"\s*(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[+-]\d{2}:?\d{2})?)?)?)?\s*"
)
_COMPACT = re.compile(r"\s*(\d{4})(\d{2})(\d{2})\s*")
_DUTCH = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\s*")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januari",
            "feb february februari",
            "mar mrt march maart",
            "apr april",
            "may mei",
            "jun june juni",
            "jul july juli",
            "aug august augustus",
            "sep sept september",
            "oct okt october oktober",
            "nov november",
            "dec december",
        ),
        start=1,
    )
    for name in names.split()
}
_WORDS = re.compile(
    r"\s*(?:(\d{1,2})(?:st|nd|rd|th)?[\s.]+)?([A-Za-z]{3,9})\.?[\s,]+(?:(\d{1,2})(?:st|nd|rd|th)?,\s*)?(\d{4})\s*"
)
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def parts(value: Any) -> list[int] | None:
    """Given one list of date-parts as Crossref and CSL give it, return the parts that make a date, or None.

    A null, a year out of range, or a month or day that does not exist ends the date before it: 2024-02-31 is 2024-02.
    """
    if not isinstance(value, list):
        return None
    found: list[int] = []
    for part in value[:3]:
        number = _number(part)
        if number is None:
            break
        found.append(number)
    if not found or not FIRST_YEAR <= found[0] <= LAST_YEAR:
        return None
    if len(found) > 1 and not 1 <= found[1] <= 12:
        return found[:1]
    if len(found) > 2:
        try:
            date(found[0], found[1], found[2])
        except (ValueError, OverflowError):
            return found[:2]
    return found


def crossref(value: Any) -> list[int] | None:
    """Given a Crossref date object, return its date-parts or None."""
    given = value.get("date-parts") if isinstance(value, dict) else None
    return parts(given[0]) if isinstance(given, list) and given else None


def written(text: str) -> list[int] | None:
    """Given a date as people and repositories write it, return its parts or None.

    `2011-03-26 19:16:19`, `2011/03`, `20110326`, `26-03-2011` (day first, as in the Netherlands), `26 maart 2011`,
    `March 2011`. Of a range the first date counts; of anything else with a single year in it, that year.
    """
    text = text.strip()
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return parts([group for group in match.groups() if group is not None])
    if match := _DUTCH.fullmatch(text):
        return parts([match[3], match[2], match[1]]) if int(match[2]) <= 12 else parts([match[3]])
    if (match := _WORDS.fullmatch(text)) and match[2].lower() in _MONTHS:
        day = match[1] or match[3]
        return parts([match[4], _MONTHS[match[2].lower()], *([day] if day else [])])
    first = re.split(r"\s*(?:/|–|—|\.\.|\bto\b|\bt/m\b)\s*|\s+-\s+", text, maxsplit=1)[0].strip(" [](),")
    if first and first != text and (found := written(first)):
        return found
    years = [year for year in _YEAR.findall(text) if FIRST_YEAR <= int(year) <= LAST_YEAR]
    return (
        [int(years[0])] if len(set(years)) == 1 or (years and re.fullmatch(r"\D*\d{4}\s*-\s*\d{4}\D*", text)) else None
    )


def filled(text: str) -> list[int] | None:
    """Given a day from a service that writes 01 for what it does not know, return no more of it than is certain, or None.

    2015-01-01 may be any day of 2015 there, and 2015-07-01 any day of July; a date that is too early would make a duty due too early.
    """
    found = written(text)
    while found and len(found) > 1 and found[-1] == 1:
        found = found[:-1]
    return found


def earliest(candidates: list[list[int]]) -> list[int] | None:
    """Given dates of one event, return the earliest of those with the highest precision, or None."""
    if not candidates:
        return None
    precision = max(len(candidate) for candidate in candidates)
    return min(candidate for candidate in candidates if len(candidate) == precision)


def _number(part: Any) -> int | None:
    if isinstance(part, bool) or part is None:
        return None
    if isinstance(part, int):
        return part
    if isinstance(part, float) and part.is_integer():
        return int(part)
    if isinstance(part, str) and re.fullmatch(r"\s*[0-9]{1,5}\s*", part):
        return int(part)
    return None
