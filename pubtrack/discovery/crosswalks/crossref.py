"""Crossref REST API JSON to a Work. Pure.

Fields: https://github.com/CrossRef/rest-api-doc/blob/master/api_format.md and https://api.crossref.org/swagger-ui/.
A record of our own in Crossref's shape (with `id` instead of a DOI, other types) is read by the same table.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates, fields
from pubtrack.discovery.crosswalks.crossref_types import NO_PUBLICATIONS, TYPES
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
    unique,
    web_address,
)
from pubtrack.discovery.crosswalks.text import paragraphs, plain
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

# Text fields that only need cleaning: Crossref's name to CSL's.
FIELDS = {
    "volume": "volume",
    "issue": "issue",
    "page": "page",
    "article-number": "number",
    "publisher": "publisher",
    "publisher-location": "publisher-place",
    "edition-number": "edition",
    "edition": "edition",
    "container-title-short": "container-title-short",  # CSL's name for it, in Crossref's records as others hand them on
    "short-container-title": "container-title-short",
}
_DATES = ("published-online", "published-print", "published", "issued", "posted", "published-other")
_VERSIONS = {"vor": "published", "am": "accepted"}
# https://www.crossref.org/documentation/crossmark/version-control-corrections-and-retractions/
_RETRACTIONS = frozenset({"retraction", "withdrawal", "removal"})
_CORRECTIONS = frozenset({"correction", "erratum", "corrigendum", "addendum", "clarification", "partial_retraction"})
_RELATIONS = {
    "is-preprint-of": "is_preprint_of",
    "has-preprint": "has_preprint",
    "is-version-of": "is_version_of",
    "has-version": "is_version_of",
    "is-manuscript-of": "is_version_of",
    "has-manuscript": "is_version_of",
}
_SERIES = re.compile(
    r"\b(?:series|studies|lecture notes|advances|briefs|progress in|research in|schriften|beiträge|contemporary)\b",
    re.IGNORECASE,
)

# These move without the work changing (mass re-indexing, citations), so they do not make a record changed.
VOLATILE = frozenset(
    {
        "indexed",
        "deposited",
        "is-referenced-by-count",
        "score",
        "reference-count",
        "references-count",
        "content-domain",
        "source",
        "member",
        "update-policy",
    }
)


def content(raw: bytes) -> bytes:
    """Given a record, return the part of it whose change makes it a changed record.

    Raise UnusableRecord if it is no JSON object.
    """
    item = _parsed(raw)
    kept = {key: value for key, value in item.items() if key not in VOLATILE}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")


def crosswalk(raw: bytes) -> Work:
    """Given one Crossref item as JSON, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    item = _parsed(raw)
    kind = item.get("type") if isinstance(item.get("type"), str) else None
    if kind in NO_PUBLICATIONS:
        raise UnusableRecord(NO_PUBLICATIONS[kind])
    title = _title(item)
    if not title:
        raise UnusableRecord("no title")
    doi = fields.doi(item.get("DOI"))
    csl: dict[str, Any] = {"title": title, "type": _type(item, kind)}
    csl |= {own: value for foreign, own in FIELDS.items() if (value := string(item.get(foreign)))}
    csl |= _containers(item, str(csl["type"]))
    for role in ("author", "editor"):
        if people := names(item.get(role)):
            csl[role] = people
    if issued := _issued(item, kind):
        csl["issued"] = {"date-parts": [issued]}
    if isinstance(item.get("abstract"), str) and (abstract := paragraphs(item["abstract"])):
        csl["abstract"] = abstract
    if code := language(item.get("language")):
        csl["language"] = code
    if serial := next((found for value in _list(item.get("ISSN")) if (found := issn(value))), None):
        csl["ISSN"] = serial
    books = [found for value in _list(item.get("ISBN")) if (found := isbn(value))]
    if books:
        csl["ISBN"] = books[0]
    csl |= _institution(item, str(csl["type"]))
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := web_address(item.get("URL")):
        csl["URL"] = url
    relations = _relations(item, doi)
    if notice := next((relation.kind for relation in relations if relation.kind in ("corrects", "retracts")), None):
        csl["genre"] = "Correction notice" if notice == "corrects" else "Retraction notice"
    kinds = {relation.kind for relation in relations}
    return Work(
        csl=csl,
        identities=unique(
            ([f"doi:{doi}"] if doi else [])
            + ([f"isbn:{book}" for book in books] if csl["type"] in ("book", "thesis") else [])
        ),
        relations=relations,
        links=_links(item),
        retracted="retracted_by" in kinds or bool(RETRACTED_TITLE.match(title)),
        corrected="corrected_by" in kinds,
    )


@lru_cache(maxsize=1)  # a new record is asked for its content and then for its work; nobody changes what this returns
def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnusableRecord("not JSON") from error
    if not isinstance(item, dict):
        raise UnusableRecord("not a JSON object")
    return item


def _title(item: dict[str, Any]) -> str:
    """The title with its subtitle, which Crossref keeps apart although it belongs to the title that is cited."""
    title, subtitle = string(item.get("title")), string(item.get("subtitle"))
    if not title or not subtitle or subtitle.casefold() in title.casefold():
        return title
    return f"{title} {subtitle}" if title[-1] in ":?!–—" else f"{title}: {subtitle}"


def _type(item: dict[str, Any], kind: str | None) -> str:
    subtype = item.get("subtype")
    if kind == "posted-content" and subtype in ("blog", "report", "dissertation"):
        return {"blog": "post-weblog", "report": "report", "dissertation": "thesis"}[subtype]
    if kind in TYPES:
        return TYPES[kind]
    if item.get("ISSN") or (string(item.get("container-title")) and item.get("volume")):
        return "article-journal"
    if kind in ("article", "review", "letter", "scholarly") and string(item.get("container-title")):
        return "article-journal"
    return "document"


def _containers(item: dict[str, Any], kind: str) -> dict[str, str]:
    """Chapters carry book and series in either order; the one that sounds like a series is it, else the first."""
    titles = [
        cleaned for value in _list(item.get("container-title")) if isinstance(value, str) and (cleaned := plain(value))
    ]
    if not titles:
        return {}
    if len(titles) == 1 or kind not in ("chapter", "paper-conference"):
        return {"container-title": titles[0]}
    series = next((at for at in (0, 1) if _SERIES.search(titles[at]) and not _SERIES.search(titles[1 - at])), 0)
    return {"container-title": titles[1 - series], "collection-title": titles[series]}


def names(people: Any) -> list[Author]:
    """Given Crossref's contributors, return CSL names in their order, the one marked `first` in front.

    `family` stays whole (`van der Berg`): which part is a particle is a matter of output.
    """
    found: list[tuple[bool, Author]] = []
    for person in _list(people):
        if not isinstance(person, dict):
            continue
        family, given = string(person.get("family")), string(person.get("given"))
        organisation = string(person.get("name")) or string(person.get("literal"))
        name = named(given, family, string(person.get("suffix"))) if family or given else literal(organisation)
        if name is None:
            continue
        if code := orcid(person.get("ORCID")):
            name["ORCID"] = code
        if affiliations := _affiliations(person.get("affiliation")):
            name["affiliation"] = affiliations
        found.append((person.get("sequence") != "first", name))
    return [name for _, name in sorted(found, key=lambda pair: pair[0])]


def _affiliations(given: Any) -> list[dict[str, str]]:
    found = []
    for place in _list(given):
        if isinstance(place, str):
            place = {"name": place}  # noqa: PLW2901
        if not isinstance(place, dict):
            continue
        name = ", ".join(part for part in (string(place.get("department")), string(place.get("name"))) if part)
        ids = (identifier.get("id") for identifier in _list(place.get("id")) if isinstance(identifier, dict))
        ror = next((code for value in ids if isinstance(value, str) and (code := identifiers.ror(value))), None)
        if name or ror:
            found.append(({"name": name} if name else {}) | ({"ROR": ror} if ror else {}))
    return found


def _issued(item: dict[str, Any], kind: str | None) -> list[int] | None:
    """The earliest of the publication's dates, of those with the highest precision; a thesis without one: its approval.

    Years long after the record was deposited are slips and left out.
    """
    known = dates.crossref(item.get("deposited"))
    candidates = [
        found
        for name in _DATES
        if (found := dates.crossref(item.get(name))) and (known is None or found[0] <= known[0] + 2)
    ]
    if (
        not candidates
        and kind in ("dissertation", "report", "standard")
        and (approved := dates.crossref(item.get("approved")))
    ):
        return approved
    return dates.earliest(candidates)


def _institution(item: dict[str, Any], kind: str) -> dict[str, str]:
    """A thesis is published by its university, a preprint by its archive, not by who registered the DOI."""
    extra: dict[str, str] = {}
    institution = next(
        (
            name
            for place in _list(item.get("institution"))
            if isinstance(place, dict) and (name := string(place.get("name")))
        ),
        "",
    )
    if institution and kind in ("thesis", "article"):
        extra["publisher"] = institution
    if degree := string(item.get("degree")):
        extra["genre"] = degree
    elif kind == "article" and item.get("subtype") == "preprint":
        extra["genre"] = "Preprint"
    return extra


def _relations(item: dict[str, Any], doi: str | None) -> tuple[Relation, ...]:
    found: list[tuple[str, Any]] = []
    for field, retracts, corrects in (
        ("update-to", "retracts", "corrects"),
        ("updated-by", "retracted_by", "corrected_by"),
    ):
        for update in _list(item.get(field)):
            if isinstance(update, dict) and update.get("type") in _RETRACTIONS:
                found.append((retracts, update.get("DOI")))
            elif isinstance(update, dict) and update.get("type") in _CORRECTIONS:
                found.append((corrects, update.get("DOI")))
    given = item.get("relation")
    for foreign, targets in given.items() if isinstance(given, dict) else ():
        for target in _list(targets):
            if not isinstance(target, dict) or target.get("id-type") not in ("doi", "DOI"):
                continue
            if foreign in _RELATIONS:
                found.append((_RELATIONS[foreign], target.get("id")))
            elif target.get("asserted-by") == "object" and foreign in ("correction", "retraction"):
                found.append(("corrected_by" if foreign == "correction" else "retracted_by", target.get("id")))
    return unique(
        Relation(kind, f"doi:{target}") for kind, text in found if (target := fields.doi(text)) and target != doi
    )


def _links(item: dict[str, Any]) -> tuple[Link, ...]:
    """Where Crossref says a text is. Links meant for similarity checking only are left out: they are not for readers."""
    found = []
    for link in _list(item.get("link")):
        if not isinstance(link, dict) or link.get("intended-application") == "similarity-checking":
            continue
        if url := web_address(link.get("URL")):
            kind, version = link.get("content-type"), link.get("content-version")
            media_type = kind if isinstance(kind, str) and re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else None
            found.append(Link(url, media_type, _VERSIONS.get(version) if isinstance(version, str) else None))
    return unique(found)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
