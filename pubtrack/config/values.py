"""The values of a configuration that need more than a type: paths, days, mail addresses, links. Each fault is a sentence of ours."""

from __future__ import annotations

import difflib
import os
import re
from contextlib import suppress
from datetime import date, time
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, ValidationInfo

from pubtrack import identifiers

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOI_PREFIX = re.compile(r"10\.[0-9]{4,9}")
_TIME = re.compile(r"\d{2}:\d{2}")
_DAY_OF_YEAR = re.compile(r"\d{2}-\d{2}")


def _absolute(path: Path, info: ValidationInfo) -> Path:
    """Relative paths are meant from the configuration's own folder, wherever pubtrack is started."""
    if not info.context or "folder" not in info.context:
        return path
    if str(path) == ".":
        raise ValueError("this path is empty. Write where the file stands.")
    return Path(os.path.abspath(info.context["folder"] / path.expanduser()))


def _existing(path: Path, info: ValidationInfo) -> Path:
    absolute = _absolute(path, info)
    if info.context and not absolute.is_file():
        raise ValueError(f'"{path}" is not there. Relative paths are meant from the folder of the configuration.')
    return absolute


def _day(value: Any) -> Any:
    """TOML knows days of its own; both `2026-02-28` and `"2026-02-28"` are taken."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise ValueError(f'"{value}" is not a date. Write it as 2026-02-28.') from None
    return value


def _day_of_year(value: Any) -> Any:
    """A day of every year, `12-25`, or of one year, `2026-12-24`."""
    if isinstance(value, str):
        text = f"2024-{value}" if _DAY_OF_YEAR.fullmatch(value) else value
        try:
            date.fromisoformat(text)
        except ValueError:
            raise ValueError(f'"{value}" is not a day. Write it as "12-25" (every year) or "2026-12-24".') from None
        return value
    return _day(value)


def _time_of_day(value: Any) -> Any:
    """TOML knows times of its own; both `19:30:00` and `"19:30"` are taken."""
    if isinstance(value, time):
        return value
    if isinstance(value, str) and _TIME.fullmatch(value):
        with suppress(ValueError):
            return time.fromisoformat(value)
    raise ValueError(f'"{value}" is not a time of day. Write it as "19:30".')


def _mail(text: str) -> str:
    if identifiers.mail(text) is None:
        raise ValueError(f'"{text}" is not a mail address. Write it as name@example.org.')
    return text


def _sender(text: str) -> str:
    if identifiers.mail(parseaddr(text)[1]) is None or "\n" in text or "\r" in text:
        raise ValueError(f'"{text}" is not a sender. Write name@example.org or "Name <name@example.org>".')
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", text)
        named = "@" in parts.netloc
    except ValueError:
        known, named = False, False
    if named:
        raise ValueError("this link holds a name or password. Take it out: secrets stand elsewhere.")
    if not known:
        raise ValueError(f'"{text}" is not a link. Write it in full: https://example.org/path.')
    return text


def _time_zone(name: str) -> str:
    with suppress(
        OSError, ValueError, KeyError
    ):  # ZoneInfoNotFoundError is a KeyError, "../x" a ValueError, a folder an OSError
        return ZoneInfo(name).key
    near = difflib.get_close_matches(name, available_timezones(), n=1, cutoff=0.5) or ["Europe/Amsterdam"]
    raise ValueError(f'"{name}" is no time zone. Did you mean {near[0]}?')


def _doi_prefix(text: str) -> str:
    if not _DOI_PREFIX.fullmatch(text):
        raise ValueError(f'"{text}" is no prefix of DOIs. Write it as 10.57934, without what comes after.')
    return text


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):  # it may be the secret itself, so it is not repeated
        raise ValueError("this is no name of an environment variable. Write a name such as PUBTRACK_SLACK_TOKEN.")
    return name


DoiPrefix = Annotated[str, AfterValidator(_doi_prefix)]
AbsolutePath = Annotated[Path, AfterValidator(_absolute)]
ExistingFile = Annotated[Path, AfterValidator(_existing)]
Day = Annotated[str, BeforeValidator(_day)]
TimeOfDay = Annotated[time, BeforeValidator(_time_of_day)]
YearDay = Annotated[str, BeforeValidator(_day_of_year)]
Mail = Annotated[str, AfterValidator(_mail)]
Sender = Annotated[str, AfterValidator(_sender)]
Url = Annotated[str, AfterValidator(_url)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
Variable = Annotated[str, AfterValidator(_variable)]
