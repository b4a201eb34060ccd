"""OAI-PMH's oai_dc (unqualified Dublin Core) to a Work. Pure.

Elements: https://www.dublincore.org/specifications/dublin-core/dces/ ; how European repositories fill them:
https://guidelines.openaire.eu/en/latest/literature/ . Everything may be there several times, in any order, in any form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates, oai_types
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    file_link,
    inverted,
    isbn,
    issn,
    language,
    unique,
    web_address,
)
from pubtrack.discovery.crosswalks.repository import addresses, called, plausible
from pubtrack.discovery.crosswalks.text import paragraphs, plain
from pubtrack.discovery.crosswalks.xml import children, parsed
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

_OWN_DOI = re.compile(
    r"info:eu-repo/semantics/altIdentifier/doi/(?:https?://)?(?:(?:dx\.)?doi\.org/)?(10\..+)", re.IGNORECASE
)
_VERSION_OF = re.compile(r"(?:dcterms:)?is\s?version\s?of[:\s]+(.+)", re.IGNORECASE)
# "Journal of Examples, 5(11), 16-25, (2025-11-27)", as Zenodo puts a journal article's place into dc:source
_PLACE = re.compile(
    r"(?P<title>[^()]{3,300}?), (?P<volume>\w{1,8})(?:\((?P<issue>[^()]{1,20})\))?(?:, (?P<page>[\w.]+(?:\s?[-–]\s?[\w.]+)?))?, \(.{4,12}\)"
)
_FILE_IN_FORMAT = re.compile(r"([a-z]+/[\w.+-]+)\s+(https?://.+)", re.IGNORECASE)
_CLOSED = re.compile(r"info:eu-repo/semantics/(?:closed|restricted)Access|^(?:closed|restricted)Access$", re.IGNORECASE)


def crosswalk(raw: bytes) -> Work:
    """Given one OAI-PMH record with oai_dc in it, as XML, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    fields = _fields(raw)
    title = next((t for t in map(plain, fields["title"]) if plausible(t)), None)
    if title is None:
        raise UnusableRecord("no title")
    kind = oai_types.csl(fields["type"])
    csl: dict[str, Any] = {"title": title, "type": kind}
    if authors := creators(fields["creator"]):
        csl["author"] = authors
    if issued := _issued(fields["date"]):
        csl["issued"] = {"date-parts": [issued]}
    if publisher := next((p for p in map(plain, fields["publisher"]) if p), None):
        csl["publisher"] = publisher
    if code := next((c for c in map(language, fields["language"]) if c), None):
        csl["language"] = code
    if abstract := max(map(paragraphs, fields["description"]), key=len, default=""):
        csl["abstract"] = abstract
    csl |= _place(fields["source"], kind)
    found, book = addresses(fields["identifier"]), next((b for b in map(isbn, fields["identifier"]) if b), None)
    if book:
        csl["ISBN"] = book
    if serial := next((s for s in map(issn, fields["identifier"]) if s), None):
        csl["ISSN"] = serial
    doi = _doi(fields, title)
    url, identities = called(doi, book, found, kind)
    csl |= {name: value for name, value in (("DOI", doi), ("URL", url)) if value}
    return Work(
        csl=csl,
        identities=identities,
        relations=_relations(fields["relation"], doi),
        links=_links(fields),
        retracted=bool(RETRACTED_TITLE.match(title)),
    )


def _fields(raw: bytes) -> dict[str, list[str]]:
    root = parsed(raw)
    if root is None:
        raise UnusableRecord("broken XML")
    container = next(
        (node for node in root.iter() if isinstance(node.tag, str) and node.tag.rpartition("}")[2] == "dc"), None
    )
    if container is None:
        raise UnusableRecord("no oai_dc in the record")
    names = (
        "title",
        "creator",
        "date",
        "type",
        "language",
        "description",
        "publisher",
        "identifier",
        "relation",
        "source",
        "format",
        "rights",
    )
    found: dict[str, list[str]] = {name: [] for name in names}
    for name, text in children(container):
        if name in found and text:
            found[name].append(text)
    return found


def creators(names: Iterable[str]) -> list[Author]:
    """Given the creators of one record, return CSL names.

    Where one name has a comma, the record writes `Family, Given`, and a name without one is an organisation. Where none has,
    `Given Family` is split, unless it sounds like an organisation.
    """
    cleaned = [text for text in map(plain, names) if text]
    commas = any("," in text for text in cleaned)
    made = (inverted(text, organisations=commas) for text in cleaned)
    return [name for name in made if name is not None]


def _issued(texts: list[str]) -> list[int] | None:
    """The publication date: of the dates without a time of day the earliest, for those with one are mostly the repository's own.

    The end of an embargo is no publication date.
    """
    texts = [text for text in texts if "embargo" not in text.lower()]
    plainly = [text for text in texts if not re.search(r"\d[T ]\d{1,2}:\d{2}", text)]
    found = [parts for text in plainly or texts if (parts := dates.written(text.removeprefix("info:eu-repo/date/")))]
    return dates.earliest(found)


def _doi(fields: dict[str, list[str]], title: str) -> str | None:
    """The record's own DOI: an identifier that is one, a relation that says it is this work's, or one in the record's own citation.

    Other DOIs in dc:relation and dc:source may be anything: the journal, the data, a review.
    """
    for text in fields["identifier"]:
        if found := identifiers.doi(text):
            return found
    for text in fields["relation"]:
        if (match := _OWN_DOI.fullmatch(text.strip())) and (found := identifiers.doi(match[1])):
            return found
    for text in (*fields["identifier"], *fields["source"]):
        cited = identifiers.find_dois(text) if "10." in text and not web_address(text) else []
        if len(cited) == 1 and _letters(title) and _letters(title) in _letters(plain(text)):
            return cited[0]
    return None


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _relations(texts: list[str], doi: str | None) -> tuple[Relation, ...]:
    targets = (identifiers.doi(match[1]) for text in texts if (match := _VERSION_OF.fullmatch(text.strip())))
    return unique(Relation("is_version_of", f"doi:{target}") for target in targets if target and target != doi)


def _place(sources: list[str], kind: str) -> dict[str, str]:
    if kind not in ("article-journal", "article"):
        return {}
    match = next((m for m in (_PLACE.fullmatch(plain(text)) for text in sources) if m), None)
    if match is None:
        return {}
    found = {
        "container-title": match["title"],
        "volume": match["volume"],
        "issue": match["issue"],
        "page": match["page"],
    }
    return {name: value.replace(" ", "") if name == "page" else value for name, value in found.items() if value}


def _links(fields: dict[str, list[str]]) -> tuple[Link, ...]:
    """Where a file may be: what ends like one, and what DSpace puts behind its media type. None where access is closed."""
    if any(_CLOSED.search(text) for text in fields["rights"]):
        return ()
    version = oai_types.version(fields["type"])
    found = [file_link(text, None, version) for text in (*fields["identifier"], *fields["relation"])]
    for text in fields["format"]:
        if match := _FILE_IN_FORMAT.fullmatch(text):
            found.append(file_link(match[2].strip().replace(" ", "%20"), match[1].lower(), version))
    return unique(link for link in found if link is not None and not (link.media_type or "").startswith("image/"))
