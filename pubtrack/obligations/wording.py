"""A publication on one line, and hostile text made plain. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from pubtrack import identifiers
from pubtrack.models import Work

_LIMIT = 300
_NAMED = 6  # authors named before "et al."
_BLANKS = re.compile(r"\s+")


def plain(text: object, limit: int = _LIMIT) -> str:
    """Given any text, return it on one line of at most `limit` characters, cut with an ellipsis.

    Control and format characters go (line breaks that would forge a header, marks that turn the writing direction), so do
    lone surrogates, which no mail and no file can hold.
    """
    # Far more than the limit is never looked at: a title of ten megabytes must cost nothing.
    start = _BLANKS.sub(" ", str(text or "")[: limit * 20])
    kept = "".join(char for char in start if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    kept = _BLANKS.sub(" ", kept).strip()
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def reference_line(work: Work, *, limit: int = 500) -> str:
    """Given a work, return its reference on one line: authors (year). Title. Container, volume(issue), pages. DOI or link.

    For people to recognise it by; the lists for the provider are made by a citation style.
    """
    csl = work.csl
    authors = _authors(work)
    year = _year(csl)
    title = plain(work.title) or "[no title]"
    parts = [f"{authors} ({year})." if authors else f"({year})." if year != "n.d." else "", _sentence(title)]
    container = plain(csl.get("container-title") or csl.get("publisher") or "", 150)
    if container:
        volume = plain(csl.get("volume"), 20)
        issue = plain(csl.get("issue"), 20)
        numbers = f"{volume}({issue})" if volume and issue else volume or issue
        pages = plain(csl.get("page"), 30)
        parts.append(_sentence(", ".join(part for part in (container, numbers, pages) if part)))
    parts.append(link(work) or "")
    return plain(" ".join(part for part in parts if part), limit)


def link(work: Work) -> str | None:
    """Given a work, return where it is to be found: its DOI as a link, else an http(s) address its source gave, else None."""
    if work.doi:
        return identifiers.doi_address(plain(work.doi, 200))
    url = plain(work.csl.get("URL") or "", 400)
    return url if re.fullmatch(r"https?://[^\s<>\"|]+", url, re.IGNORECASE) and not url.endswith("…") else None


def _authors(work: Work) -> str:
    names = [name for name in (_author(author) for author in work.authors[: _NAMED + 1]) if name]
    if len(names) > _NAMED:
        return ", ".join(names[:_NAMED]) + ", et al."
    return " & ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _author(author: Mapping[str, Any]) -> str:
    family = plain(
        " ".join(str(author.get(part) or "") for part in ("dropping-particle", "non-dropping-particle", "family")), 80
    )
    given = plain(author.get("given"), 80)
    if not family:
        return plain(author.get("literal"), 80) or given
    initials = " ".join(
        "-".join(f"{piece[0]}." for piece in name.split("-") if piece) for name in given.replace(".", " ").split()
    )
    return f"{family}, {initials}" if initials else family


def _year(csl: Mapping[str, Any]) -> str:
    try:
        return str(int(csl["issued"]["date-parts"][0][0]))
    except (KeyError, IndexError, TypeError, ValueError):
        return "n.d."


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."
