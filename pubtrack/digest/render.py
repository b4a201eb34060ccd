"""A digest as HTML for a mail and as plain text, in Dutch or English. The templates and their words are data."""

from __future__ import annotations

import re
import textwrap
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import unescape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from pubtrack.digest.model import Digest

_FORMATTED = re.compile(r"(?:[^<>&]|&(?:amp|lt|gt|quot|#39);|</?(?:i|b|sup|sub)>)*")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest ready to be written and sent."""

    subject: str
    text: str
    html: str


def render(digest: Digest, language: str) -> Rendered:
    """Given a digest, return its subject, text and HTML."""
    words = _words(language)
    environment = _environment()
    month = f"{words['months'][int(digest.month[5:]) - 1]} {digest.month[:4]}"
    subject = words["subject"].format(month=month, new=digest.new_count, sent=digest.sent_count, overdue=digest.overdue)

    def day(moment: date) -> str:
        return f"{moment.day} {words['months'][moment.month - 1]} {moment.year}"

    def count(name: str, number: int, **more: Any) -> str:
        return str(words["counts"][name]["one" if number == 1 else "many"]).format(n=number, **more)

    view = {
        "d": digest,
        "w": words,
        "language": language,
        "month": month,
        "subject": subject,
        "day": day,
        "count": count,
    }
    return Rendered(
        subject=subject,
        text=environment.get_template("digest.txt.j2").render(view).strip() + "\n",
        html=environment.get_template("digest.html.j2").render(view),
    )


@lru_cache(maxsize=2)
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads((files("pubtrack") / f"templates/digest/words.{language}.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pubtrack", "templates/digest"),
        autoescape=select_autoescape(("html.j2",)),  # the text is not HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"reference": _reference, "plain": _plain, "wrapped": _wrapped, "row": _row}
    return environment


def _reference(formatted: str) -> Markup:
    """Given a formatted reference, return it as HTML; if it holds anything but text and the four tags it may, all of it is text."""
    return Markup(formatted) if _FORMATTED.fullmatch(formatted) else escape(formatted)  # noqa: S704


def _plain(formatted: str) -> str:
    """Given a formatted reference, return it as plain text."""
    return unescape(re.sub(r"</?(?:i|b|sup|sub)>", "", formatted))


def _wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """Given text, return it in lines of 76 characters; links are not broken."""
    return textwrap.fill(
        text,
        76,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _row(name: str, numbers: list[object]) -> str:
    """Given a row's name and its numbers, return it in columns; a long name gets a line of its own."""
    cells = "".join(f"{number!s:>12}" for number in numbers)
    return f"{name:<32}{cells}" if len(name) <= 32 else f"{name}\n{'':32}{cells}"
