"""What stands in a cell or a field of a register, to a day, a project number, a person. Raises ValueError with a sentence. Pure."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta
from typing import Any

from pubtrack import identifiers
from pubtrack.models import Person

_DAY_FIRST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]\d{2}:\d{2}.*)?")
_DAY_NAMED = re.compile(r"(\d{1,2})[- ]([a-z]+)\.?[- ](\d{4})")
_MONTHS = {  # Dutch and English, by their first letters
    name: number
    for number, names in enumerate(
        ("jan", "feb", "mrt maa mar", "apr", "mei may", "jun", "jul", "aug", "sep", "okt oct", "nov", "dec"), 1
    )
    for name in names.split()
}
_EXCEL_ZERO = date(1899, 12, 30)  # Excel's day 0, its wrong leap year of 1900 counted in
_EXCEL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV/0!|SPILL!|CALC!|GETTING_DATA)")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u200b]")
_PARTICLES = re.compile(
    "van|von|de|den|der|ten|ter|te|'t|’t|t|el|al|da|di|dos|du|la|le|het|in|op|aan|bij|zu|zur|zum|ibn|bin|ben",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"\s*(?P<name>[^<>()]*?)\s*(?:<(?P<email>[^<>]*)>)?\s*(?:\((?P<orcid>[^()]*)\))?\s*")


def text(value: Any) -> str | None:
    """Given what stands in a cell, return it as one line of text, or None if it is empty.

    A whole number is written without `.0`: Excel knows no other numbers than floating ones.
    """
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime) and not (value.hour or value.minute or value.second):
        value = value.date()
    shown = " ".join(_UNPRINTABLE.sub("", str(value)).split())
    if _EXCEL_ERROR.fullmatch(shown):
        raise ValueError(f"{shown} is an error of the workbook. Mend the formula or write the value.")
    return shown or None


def long_text(value: Any) -> str | None:
    """Given what stands in a cell, return it with its line breaks, or None if it is empty."""
    if not isinstance(value, str):
        return text(value)
    lines = [" ".join(_UNPRINTABLE.sub("", line).split()) for line in value.splitlines()]
    return "\n".join(lines).strip() or None


def number(value: Any) -> str | None:
    """Given what stands in the column of project numbers, return the project number: an opaque string."""
    if isinstance(value, date):
        raise ValueError(f"Excel made the date {value:%Y-%m-%d} of this project number. Format the column as text.")
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise ValueError(f"{value} is no project number. Write it as text.")
    return text(value)


def day(value: Any) -> date | None:
    """Given a cell, return the day in it, or None if it is empty: a date, `2026-02-28`, `28-2-2026` (the day first, as
    the Dutch write it), `28 feb 2026` or Excel's own number of a day."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _sane(value, value.isoformat())
    if isinstance(value, int | float) and not isinstance(value, bool):
        if 10_000 <= value <= 100_000 and value == int(value):
            return _EXCEL_ZERO + timedelta(days=int(value))
        raise ValueError(f"{text(value)} is not a date. Write it as 2026-02-28.")
    shown = text(value)
    if shown is None:
        return None
    if found := _YEAR_FIRST.fullmatch(shown):
        year, month, of_month = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(shown):
        of_month, month, year = (int(part) for part in found.groups())
    elif (found := _DAY_NAMED.fullmatch(shown.casefold())) and found[2][:3] in _MONTHS:
        of_month, month, year = int(found[1]), _MONTHS[found[2][:3]], int(found[3])
    else:
        raise ValueError(f"{_short(shown)} is not a date. Write it as 2026-02-28.")
    try:
        return _sane(date(year, month, of_month), shown)
    except ValueError as error:
        if not (1 <= month <= 12 and 1900 <= year <= 2200):
            raise ValueError(f"{shown} is not a date. Write it as 2026-02-28.") from error
        last = calendar.monthrange(year, month)[1]
        raise ValueError(f"{shown} is not a date. Write it as {date(year, month, last)}.") from error


def datasets(value: Any) -> tuple[str, ...]:
    """Given data sets as a list, or as text with `;`, line breaks, or commas between names without blanks, return them, each once."""
    if isinstance(value, list | tuple):
        parts = [text(part) for part in value]
    else:
        shown = long_text(value) or ""
        parts = [text(part) for part in re.split(r"[;\n]", shown)]
        names = [part.strip() for part in shown.split(",")]
        if len(parts) == 1 and len(names) > 1 and all(re.fullmatch(r"[\w.\-/]+", name) for name in names):
            parts = list(names)
    return tuple(dict.fromkeys(part for part in parts if part))


def language(value: Any) -> str | None:
    """Given a language's code or name, return `nl` or `en`, or None if it is empty."""
    shown = text(value)
    if shown is None:
        return None
    start = shown.casefold()
    for code, names in (("nl", ("nl", "dut", "nederlands", "dutch")), ("en", ("en", "eng", "engels", "english"))):
        if start in names or start.startswith((f"{code}-", f"{code}_")):
            return code
    raise ValueError(f"{_short(shown)} is no language pubtrack writes. Write nl or en.")


def email(value: Any) -> str | None:
    """Given a mail address, return it, or None if it is empty."""
    shown = text(value)
    if shown is None:
        return None
    found = identifiers.mail(shown)
    if found is None:
        raise ValueError(f"{_short(shown)} is not a mail address. Write it as name@example.org.")
    return found


def orcid(value: Any) -> str | None:
    """Given an ORCID, bare or as a link, return it, or None if it is empty."""
    shown = text(value)
    if shown is None:
        return None
    found = identifiers.orcid(shown)
    if found is None:
        raise ValueError(f"{_short(shown)} is not an ORCID. Write it as 0000-0002-1825-0097.")
    return found


def name(value: Any) -> tuple[str, str]:
    """Given a name as people write it, return the given and the family name, the particles with the family name.

    `Anna van der Berg`, `Berg, Anna van der` and `van der Berg, Anna` are the same name.
    """
    shown = text(value) or ""
    family, comma, given = (part.strip() for part in shown.partition(","))
    words = (given if comma else shown).split()
    at = next((i for i, word in enumerate(words) if i and _is_particle(word)), None)
    if comma:
        if at is not None and all(_is_particle(word) for word in words[at:]):
            return " ".join(words[:at]), " ".join([*words[at:], family])
        return given, family
    if at is None or at == len(words) - 1:
        at = max(len(words) - 1, 0)
    return " ".join(words[:at]), " ".join(words[at:])


def person(value: Any) -> Person | None:
    """Given `Anna van der Berg <anna@example.org> (0000-0002-1825-0097)`, mail and ORCID both left out at will, return the
    person, or None if it is empty."""
    shown = text(value)
    if shown is None:
        return None
    found = _MEMBER.fullmatch(shown)
    given, family = name(found["name"]) if found else ("", "")
    if found is None or "@" in family or not any(letter.isalpha() for letter in family):
        raise ValueError(
            f"{_short(shown)} is no person. Write: Anna van der Berg <anna@example.org> (0000-0002-1825-0097)."
        )
    return Person(given, family, email(found["email"]), orcid(found["orcid"]))


def _is_particle(word: str) -> bool:
    word = word.rpartition("-")[2] or word  # Jansen-de Wit
    return _PARTICLES.fullmatch(word) is not None or (word[0].islower() and word.isalpha() and len(word) <= 3)


def _sane(value: date, shown: str) -> date:
    if not 1900 <= value.year <= 2200:
        raise ValueError(f"{shown} is not a date. Write it as 2026-02-28.")
    return value


def _short(shown: str) -> str:
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
