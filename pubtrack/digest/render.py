"""A digest as HTML for a mail and as plain text, in Dutch or English. The templates and their words are data."""

from __future__ import annotations

import base64
import re
import textwrap
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from html import unescape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from pubtrack.digest.model import Digest

if TYPE_CHECKING:
    from pubtrack.digest.charts import Chart

_FORMATTED = re.compile(r"(?:[^<>&]|&(?:amp|lt|gt|quot|#39);|</?(?:i|b|sup|sub)>)*")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A digest ready to be written and sent.

    `html` is the page of the file, its charts drawn in it; `mail` shows them as the attached pictures that it names, and `slack` is
    a short message in Slack's mrkdwn. `pictures` holds each PNG by the name of its file, as base64: mail programs show no SVG.
    """

    subject: str
    text: str
    html: str
    mail: str
    slack: str
    pictures: dict[str, str]


def render(digest: Digest, language: str) -> Rendered:
    """Given a digest, return it in all its forms."""
    from pubtrack.digest.charts import draw  # matplotlib: half a second that a run without a digest is spared

    words = _words(language)
    environment = _environment()
    month = f"{words['months'][int(digest.month[5:]) - 1]} {digest.month[:4]}"
    subject = words["subject"].format(month=month, new=digest.new_count, sent=digest.sent_count, overdue=digest.overdue)

    def day(moment: date) -> str:
        return f"{moment.day} {words['months'][moment.month - 1]} {moment.year}"

    def count(name: str, number: int, **more: Any) -> str:
        return str(words["counts"][name]["one" if number == 1 else "many"]).format(n=number, **more)

    def share(part: int, whole: int) -> str:
        return str(round(100 * part / whole)) if whole else "-"

    charts = () if digest.without_news else draw(digest, words)
    names = {chart.name: f"digest-{digest.month}-{chart.name}.png" for chart in charts}
    drawn = {chart.name: _drawn(chart) for chart in charts}
    shown = {
        chart.name: Markup(
            '<img src="cid:{}" width="440" alt="{}" style="width:100%;max-width:440px;height:auto;">'
        ).format(names[chart.name], chart.alt)
        for chart in charts
    }
    view = {
        "d": digest,
        "w": words,
        "language": language,
        "month": month,
        "subject": subject,
        "day": day,
        "count": count,
        "share": share,
    }
    page = environment.get_template("digest.html.j2")
    return Rendered(
        subject=subject,
        text=environment.get_template("digest.txt.j2").render(view).strip() + "\n",
        html=page.render(view, charts=defaultdict(Markup, drawn), files_linked=True),
        mail=page.render(view, charts=defaultdict(Markup, shown), files_linked=False),
        slack=environment.get_template("slack.txt.j2").render(view).strip() + "\n",
        pictures={names[chart.name]: base64.b64encode(chart.png).decode() for chart in charts},
    )


def _drawn(chart: Chart) -> Markup:
    picture = Markup(chart.svg)  # noqa: S704  # of our own making: numbers, and words of the templates
    return Markup('<span role="img" aria-label="{}">{}</span>').format(chart.alt, picture)


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
    environment.filters |= {
        "reference": _reference,
        "plain": _plain,
        "wrapped": _wrapped,
        "row": _row,
        "mrkdwn": _mrkdwn,
    }
    return environment


def _reference(formatted: str) -> Markup:
    """Given a formatted reference, return it as HTML; if it holds anything but text and the four tags it may, all of it is text."""
    return Markup(formatted) if _FORMATTED.fullmatch(formatted) else escape(formatted)  # noqa: S704


def _plain(formatted: str) -> str:
    """Given a formatted reference, return it as plain text."""
    return unescape(re.sub(r"</?(?:i|b|sup|sub)>", "", formatted))


def _mrkdwn(text: object) -> str:
    """Given text, return it so that Slack shows it as it is: `&`, `<` and `>` are all that Slack asks to be escaped."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


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


def _row(name: str, numbers: list[object], width: int = 12) -> str:
    """Given a row's name, its numbers and how wide their columns are, return it in columns; a long name gets a line of its own."""
    cells = "".join(f"{number!s:>{width}}" for number in numbers)
    left = 76 - len(cells)
    return f"{name:<{left}}{cells}" if len(name) < left else f"{name}\n{'':{left}}{cells}"
