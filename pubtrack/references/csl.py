"""A work as CSL-JSON ready for output: cleaned, particles apart, nothing invented. Pure.

CSL-JSON: https://docs.citationstyles.org/en/stable/specification.html (variables, names, dates).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from typing import Any
from urllib.parse import quote

from anyascii import anyascii

from pubtrack import identifiers
from pubtrack.models import Csl, PartialDate, Work

# Everything a reference is made of; abstracts, affiliations and ORCIDs stay at home.
_TEXTS = (
    "title", "container-title", "collection-title", "publisher", "publisher-place", "volume", "issue", "page", "number",
    "edition", "genre", "event-title", "version", "DOI", "ISBN", "ISSN", "language",
)  # fmt: skip
_NAMES = ("author", "editor", "translator")

# Controls, lone surrogates, noncharacters and everything that turns the direction of the text around it.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u061c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]"
)
# Dutch tussenvoegsels first, then what else is written in lower case before a family name.
_PARTICLES = frozenset(
    re.split(
        r"\s+",
        "van de der den het 't ’t ter ten te 's ’s op in bij aan uit tot"
        " von vom zu zum zur af av da das do dos di del della la le du des el y",
    )
)
_STOP_WORDS = frozenset(
    re.split(" ", "the het der die das and van een voor over with from into this that does what when")
)


def clean(text: object) -> str:
    """Given anything a source gave as text, return it on one line, without controls and without marks that turn its direction."""
    return " ".join(_UNWANTED.sub("", " ".join(str(text).split())).split())


def ready(work: Work) -> Csl:
    """Given a work, return its CSL-JSON for output, without an `id`.

    Only what a reference needs is in it, as the source gave it: text on one line, Dutch particles apart from the family name,
    organisations literal, dates with the precision they have, links only if they are http(s). A retracted or corrected work
    says so in CSL's `status`. What is not known is not there.
    """
    csl: Csl = {"type": clean(work.csl.get("type") or "document") or "document"}
    for name in _TEXTS:
        value = work.csl.get(name)
        if isinstance(value, list):
            value = value[0] if value else None
        text = clean(value) if value is not None and not isinstance(value, dict) else ""
        if text:
            csl[name] = text
    for role in _NAMES:
        people = [made for name in work.csl.get(role) or [] if (made := ready_name(name))]
        if people:
            csl[role] = people
    issued = ready_date(work.csl.get("issued"))
    if issued:
        csl["issued"] = issued
    url = safe_url(work.csl.get("URL"))
    if url and identifiers.doi(url) != csl.get("DOI", "").lower():  # a DOI's own link says nothing more
        csl["URL"] = url
    if work.retracted:
        csl["status"] = "retracted"
    elif work.corrected:
        csl["status"] = "corrected"
    return csl


def ready_name(name: Any) -> dict[str, str] | None:
    """Given a CSL name, return it for output, or None if nothing is in it.

    `van der Berg` becomes the family name Berg with the non-dropping particle `van der`, also where a source put the particle
    behind the given name. A capital `Van` (as in Flanders) belongs to the family name and stays there.
    """
    if not isinstance(name, dict):
        return {"literal": clean(name)} if isinstance(name, str) and clean(name) else None
    literal = clean(name.get("literal") or name.get("name") or "")
    family, given = clean(name.get("family") or ""), clean(name.get("given") or "")
    if not family:
        return {"literal": literal or given} if literal or given else None
    particle = clean(name.get("non-dropping-particle") or "")
    if not particle:
        particle, family = _split_front(family)
    if not particle and not name.get("dropping-particle"):
        given, particle = _split_back(given)
    made = {"family": family}
    for part, value in (
        ("given", given),
        ("non-dropping-particle", particle),
        ("dropping-particle", clean(name.get("dropping-particle") or "")),
        ("suffix", clean(name.get("suffix") or "")),
    ):
        if value:
            made[part] = value
    return made


def _split_front(family: str) -> tuple[str, str]:
    words = family.split(" ")
    count = 0
    while count < len(words) - 1 and words[count] in _PARTICLES:
        count += 1
    return " ".join(words[:count]), " ".join(words[count:])


def _split_back(given: str) -> tuple[str, str]:
    words = given.split(" ")
    count = len(words)
    while count > 1 and words[count - 1] in _PARTICLES:
        count -= 1
    return " ".join(words[:count]), " ".join(words[count:])


def whole_family(name: dict[str, str]) -> str:
    """Given a name for output, return the family name as the person writes it: `van der Berg`."""
    return " ".join(part for part in (name.get("non-dropping-particle"), name.get("family")) if part)


def ready_date(issued: Any) -> dict[str, Any] | None:
    """Given a CSL date, return it with the precision that holds (31 June becomes June), or None if there is no year in it."""
    if not isinstance(issued, dict):
        return None
    try:
        parts = [int(part) for part in list((issued.get("date-parts") or [[]])[0])[:3] if part is not None]
    except (TypeError, ValueError, IndexError):
        parts = []
    while parts:
        try:
            PartialDate(*parts).last_day().replace(day=parts[2] if len(parts) == 3 else 1)
        except ValueError:
            parts.pop()
            continue
        return {"date-parts": [parts]}
    literal = clean(issued.get("literal") or issued.get("raw") or "")
    return {"literal": literal} if literal else None


def date_text(csl: Csl) -> str:
    """Given CSL for output, return its publication date as precisely as it is known (2026, 2026-11, 2026-11-16), or an empty string."""
    issued = csl.get("issued") or {}
    parts = (issued.get("date-parts") or [[]])[0]
    return str(PartialDate(*parts)) if parts else str(issued.get("literal") or "")


def year(csl: Csl) -> str:
    """Given CSL for output, return the year of its publication, or an empty string."""
    found = re.search(r"\b\d{4}\b", date_text(csl))
    return found.group() if found else ""


def safe_url(url: object) -> str | None:
    """Given a link as a source gave it, return it with what no URL may hold percent-encoded, or None if it is not http(s)."""
    text = _UNWANTED.sub("", "".join(str(url or "").split()))
    if not re.match(r"https?://[^/\s.]+\.[^/\s]", text, re.IGNORECASE):
        return None
    # Also ^ and \: both mean something to TeX even in \url.
    return quote(text, safe="!#$%&'()*+,-./:;=?@[]_~")


def link(csl: Csl) -> str:
    """Given CSL for output, return the best link to the work: the DOI's, else the URL, else an empty string."""
    doi = csl.get("DOI")
    return identifiers.doi_address(doi) if doi else str(csl.get("URL") or "")


def content_hash(csl: Csl) -> str:
    """Given CSL for output, return a hash of what it says; the citation key is no part of it."""
    said = {name: value for name, value in csl.items() if name != "id"}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def citation_key(csl: Csl, work_id: int) -> str:
    """Given CSL for output and the work's number, return a citation key: family name, year, a word of the title, the number.

    The number makes it unique and lets a reader ask `pubtrack explain` for it. Only [a-z0-9-] stands in it.
    """
    people = csl.get("author") or csl.get("editor") or []
    who = (whole_family(people[0]) or people[0].get("literal", "")) if people else ""
    words = [_letters(word) for word in str(csl.get("title", "")).split()]
    word = next((word for word in words if len(word) > 3 and word not in _STOP_WORDS), "")
    return f"{_letters(who)[:24] or 'anonymous'}{year(csl)}{word[:16]}-{work_id}"


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", anyascii(unicodedata.normalize("NFC", text)).lower())
