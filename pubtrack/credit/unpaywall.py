"""Unpaywall: where an open copy of a DOI is. Pure. https://unpaywall.org/products/api, https://unpaywall.org/data-format

| its field | ours |
|---|---|
| `oa_locations`, the best first | links |
| `url_for_pdf` | a link of type application/pdf |
| `url`, `url_for_landing_page` | a link of unknown type |
| `version` | submittedVersion, acceptedVersion, publishedVersion: the link's version |
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from pubtrack.errors import Unreadable
from pubtrack.models import Link

PREFIX = "unpaywall:"  # how the lookup of a DOI is written as a place: the address asked for carries a mail address
_VERSIONS = {"submittedVersion": "submitted", "acceptedVersion": "accepted", "publishedVersion": "published"}
_MOST = 20  # links taken of one answer


def question(place: str, email: str) -> str:
    """Given the place of a lookup and the mail address that Unpaywall wants, return the address to ask."""
    doi = place.removeprefix(PREFIX)
    return f"https://api.unpaywall.org/v2/{quote(doi, safe='/')}?email={quote(email, safe='@')}"


def links(content: bytes) -> list[Link]:
    """Given an answer, return where open copies are, the best first, each once. Raise Unreadable if it is no proper answer."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict) or "oa_locations" not in answer:
        raise Unreadable("Unpaywall gave no proper answer", permanent=False)
    held = answer["oa_locations"]
    places = [place for place in held if isinstance(place, dict)] if isinstance(held, list) else []
    places.sort(key=lambda place: place.get("is_best") is not True)
    found: dict[str, Link] = {}
    for place in places:
        for link in _links(place):
            found.setdefault(link.url, link)
    return list(found.values())[:_MOST]


def _links(place: dict[str, Any]) -> Iterator[Link]:
    version = place.get("version")
    for name in ("url_for_pdf", "url", "url_for_landing_page"):
        url = place.get(name)
        if isinstance(url, str) and url.lower().startswith(("http://", "https://")):
            media_type = "application/pdf" if url == place.get("url_for_pdf") else None
            yield Link(url, media_type, _VERSIONS.get(version) if isinstance(version, str) else None)
