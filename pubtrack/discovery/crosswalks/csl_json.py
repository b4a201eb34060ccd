"""CSL-JSON of others (Zotero, citation.js, doi.org) to a Work. Pure. https://citationstyles.org/authors/#csl-schema"""

from __future__ import annotations

import json
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    isbn,
    issn,
    language,
    literal,
    named,
    orcid,
    string,
    web_address,
)
from pubtrack.discovery.crosswalks.text import paragraphs
from pubtrack.errors import UnusableRecord
from pubtrack.models import Work

_TYPES = (
    "article article-journal article-magazine article-newspaper bill book broadcast chapter classic collection dataset document"
    " entry entry-dictionary entry-encyclopedia event figure graphic hearing interview legal_case legislation manuscript map"
    " motion_picture musical_score pamphlet paper-conference patent performance periodical personal_communication post"
    " post-weblog regulation report review review-book software song speech standard thesis treaty webpage"
)
TYPES = frozenset(_TYPES.split())
_FIELDS = (
    "container-title collection-title container-title-short volume issue page number publisher publisher-place edition genre"
    " event-title event-place archive collection-number number-of-pages status version medium section note"
)
_NO_PUBLICATIONS = {"periodical": "a journal, not a publication", "figure": "a figure, not a publication"}


def crosswalk(raw: bytes) -> Work:
    """Given one CSL-JSON item, return the work it shows. Raise UnusableRecord, with the reason it is counted under, if it shows none."""
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnusableRecord("not JSON") from error
    if not isinstance(item, dict):
        raise UnusableRecord("not a JSON object")
    kind = item.get("type")
    if isinstance(kind, str) and kind in _NO_PUBLICATIONS:
        raise UnusableRecord(_NO_PUBLICATIONS[kind])
    title = string(item.get("title"))
    if not title:
        raise UnusableRecord("no title")
    csl: dict[str, Any] = {"title": title, "type": kind if isinstance(kind, str) and kind in TYPES else "document"}
    csl |= {name: value for name in _FIELDS.split() if (value := string(item.get(name)))}
    for role in ("author", "editor", "translator"):
        if people := names(item.get(role)):
            csl[role] = people
    if issued := date(item.get("issued")):
        csl["issued"] = {"date-parts": [issued]}
    if isinstance(item.get("abstract"), str) and (abstract := paragraphs(item["abstract"])):
        csl["abstract"] = abstract
    codes = {"language": language(item.get("language")), "ISSN": issn(string(item.get("ISSN")).split(",")[0])}
    csl |= {name: code for name, code in codes.items() if code}
    book = isbn(string(item.get("ISBN")).split(" ")[0]) or isbn(string(item.get("ISBN")))
    if book:
        csl["ISBN"] = book
    doi = identifiers.doi(string(item.get("DOI"))) or identifiers.doi(string(item.get("URL")))
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := web_address(item.get("URL")):
        csl["URL"] = url
    return Work(
        csl=csl,
        identities=own(doi, book, csl),
        retracted=bool(RETRACTED_TITLE.match(title)),
    )


def own(doi: str | None, book: str | None, csl: dict[str, Any]) -> tuple[str, ...]:
    """Given what a reference manager's entry says, return its identities: the DOI, a handle, a book's ISBN."""
    url = str(csl.get("URL") or "").lower()
    handle = url.replace("http://", "https://", 1) if "://hdl.handle.net/" in url else None
    return tuple(
        name
        for name in (
            f"doi:{doi}" if doi else None,
            f"url:{handle}" if handle else None,
            f"isbn:{book}" if book and csl["type"] in ("book", "thesis", "report") else None,
        )
        if name
    )


def names(people: Any) -> list[Author]:
    """Given CSL names, return them with the particles put back in front of the family name, which we keep whole."""
    found = []
    for person in people if isinstance(people, list) else ():
        if not isinstance(person, dict):
            continue
        parts = [string(person.get(part)) for part in ("dropping-particle", "non-dropping-particle", "family")]
        name = (
            named(string(person.get("given")), " ".join(part for part in parts if part), string(person.get("suffix")))
            if parts[2]
            else literal(string(person.get("literal")) or string(person.get("name")))
        )
        if name is None:
            continue
        if code := orcid(person.get("ORCID")):
            name["ORCID"] = code
        found.append(name)
    return found


def date(value: Any) -> list[int] | None:
    """Given a CSL date (date-parts, raw, literal or a bare string), return its parts or None."""
    if isinstance(value, str):
        return dates.written(value)
    if not isinstance(value, dict):
        return None
    if found := dates.crossref(value):
        return found
    return next(
        (
            found
            for key in ("raw", "literal")
            if isinstance(value.get(key), str) and (found := dates.written(value[key]))
        ),
        None,
    )
