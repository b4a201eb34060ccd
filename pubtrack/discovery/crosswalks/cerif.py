"""OpenAIRE's CERIF profile (oai_cerif_openaire) to a Work. Pure.

Elements: https://openaire-guidelines-for-cris-managers.readthedocs.io/en/latest/ (profile 1.1 and 1.2). A record is a publication,
a product (data, software) or a patent; or a person, a project, an organisation, which show no work. The set
`openaire_cris_publications` holds the publications alone.

| CERIF | Work |
|---|---|
| `Title`, `Subtitle`; a product's `Name` | title |
| `Type` (COAR) | type, by the table in oai_types; a journal shows no work |
| `Authors`, `Creators`, `Inventors` | author: `PersonName`, else `DisplayName`; ORCID, `Affiliation`; an `OrgUnit` as a literal |
| `Editors` | editor |
| `PublicationDate`; a product's `Dates/Available` or `Issued` | issued; the end of an embargo (`Access endDate`) is none |
| `PublishedIn`, `PartOf` | container-title, ISSN, the book's ISBN, publisher |
| `Volume`, `Issue`, `StartPage`, `EndPage`, `Edition` | volume, issue, page, edition |
| `DOI`, `Handle`, `URN`, `ISBN`, `ISSN`, `URL` | the same, and identities |
| `FileLocations/Medium` | links, unless access is restricted or to the metadata only |
| `Abstract`, `Language`, `Publishers` | abstract (the longest), language, publisher |
| Keyword, License, OriginatesFrom, References, Predecessor | left out; the record is kept as it came |
"""

from __future__ import annotations

from typing import Any

from lxml import etree

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
    literal,
    orcid,
    unique,
)
from pubtrack.discovery.crosswalks.repository import (
    addresses,
    attribute,
    below,
    called,
    local,
    named_element,
    person,
    plausible,
    texts,
)
from pubtrack.discovery.crosswalks.text import paragraphs, plain
from pubtrack.discovery.crosswalks.xml import parsed
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Work

_SHOWN = ("Publication", "Product", "Patent")
_OTHERS = {
    "Person": "a person",
    "OrgUnit": "an organisation",
    "Project": "a project",
    "Funding": "a funding",
    "Equipment": "a piece of equipment",
    "Event": "an event",
}
_JOURNAL = "c_0640"
# https://vocabularies.coar-repositories.org/access_rights/ : restricted, metadata only
_CLOSED = ("c_16ec", "c_14cb")
# https://vocabularies.coar-repositories.org/version_types/
_VERSIONS = {
    "c_b1a7d7d4d402bcce": "submitted",
    "c_71e4c1898caa6e32": "submitted",
    "c_ab4af688f83e57aa": "accepted",
    "c_fa2ee174bc00049f": "accepted",
    "c_970fb48d4fbd8a85": "published",
    "c_e19f295774971610": "published",
    "c_dc82b40f9837b551": "published",
}


def crosswalk(raw: bytes) -> Work:
    """Given one OAI-PMH record of the CERIF profile, as XML, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    item = _item(raw)
    kinds = texts(item, "Type")
    if any(kind.endswith(_JOURNAL) for kind in kinds):
        raise UnusableRecord("a journal, not a publication")
    title = _title(item)
    if title is None:
        raise UnusableRecord("no title")
    kind = oai_types.csl([*kinds, *(["dataset"] if local(item) == "Product" else [])])
    csl: dict[str, Any] = {"title": title, "type": kind}
    authors = _people(item, ("Authors", "Author"), ("Creators", "Creator"), ("Inventors", "Inventor"))
    csl |= {"author": authors} if authors else {}
    csl |= {"editor": editors} if (editors := _people(item, ("Editors", "Editor"))) else {}
    if issued := _issued(item):
        csl["issued"] = {"date-parts": [issued]}
    if code := next((c for c in map(language, texts(item, "Language")) if c), None):
        csl["language"] = code
    if abstract := max(map(paragraphs, [*texts(item, "Abstract"), *texts(item, "Description")]), key=len, default=""):
        csl["abstract"] = abstract
    csl |= _place(item)
    doi = next((d for d in map(identifiers.doi, texts(item, "DOI")) if d), None)
    book = next((b for b in map(isbn, texts(item, "ISBN")) if b), None) or csl.get("ISBN")
    handles = [f"hdl:{text}" if text[:1].isdigit() else text for text in texts(item, "Handle")]
    found = addresses([*handles, *texts(item, "URN"), *texts(item, "URL")])
    url, identities = called(doi, book, found, kind)
    csl |= {name: value for name, value in (("ISBN", book), ("DOI", doi), ("URL", url)) if value}
    return Work(
        csl=csl,
        identities=identities,
        links=_links(item),
        retracted=bool(RETRACTED_TITLE.match(title)),
    )


def _item(raw: bytes) -> etree._Element:
    """The record's publication, product or patent. Raise UnusableRecord, saying what it is instead."""
    root = parsed(raw)
    if root is None:
        raise UnusableRecord("broken XML")
    if local(root) in _SHOWN:
        return root
    held = next(iter(named_element(raw, "metadata", "CERIF")), None)
    if held is None or local(held) not in _SHOWN:
        what = _OTHERS.get(local(held)) if held is not None else None
        raise UnusableRecord(f"{what}, not a publication" if what else "no CERIF in the record")
    return held


def _title(item: etree._Element) -> str | None:
    given = [title for title in map(plain, [*texts(item, "Title"), *texts(item, "Name")]) if plausible(title)]
    if not given:
        return None
    title, below_it = given[0], next((s for s in map(plain, texts(item, "Subtitle")) if s), "")
    if not below_it or below_it.casefold() in title.casefold():
        return title
    return f"{title} {below_it}" if title[-1] in ":?!–—" else f"{title}: {below_it}"


def _people(item: etree._Element, *paths: tuple[str, str]) -> list[Author]:
    found = (_name(node) for path in paths for node in below(item, *path))
    return [name for name in found if name is not None]


def _name(node: etree._Element) -> Author | None:
    """A person by the parts of the name, else as displayed; an organisation whole."""
    part = next(below(node, "Person", "PersonName"), None)
    if part is not None and texts(part, "FamilyNames"):
        family, first, others = (" ".join(texts(part, name)) for name in ("FamilyNames", "FirstNames", "OtherNames"))
        made = person(family, " ".join(name for name in (first, others) if name))
    elif units := texts(node, "OrgUnit", "Name"):
        return literal(plain(units[0]))
    else:
        made = next((inverted(text) for text in texts(node, "DisplayName")), None)
    if made is None:
        return None
    if found := next((o for o in map(orcid, texts(node, "Person", "ORCID")) if o), None):
        made["ORCID"] = found
    units = [place for unit in below(node, "Affiliation", "OrgUnit") for place in _with_wholes(unit)]
    if units:
        made["affiliation"] = [{"name": place} for place in unique(units)]
    return made


def _with_wholes(unit: etree._Element) -> list[str]:
    """A unit's name and the names of what it is part of, in one string as other sources write it."""
    named: list[str] = []
    part: etree._Element | None = unit
    while part is not None and len(named) < 6:
        named += [plain(text) for text in (texts(part, "Name") or texts(part, "Acronym"))[:1]]
        part = next(below(part, "PartOf", "OrgUnit"), None)
    return [", ".join(named)] if named else []


def _issued(item: etree._Element) -> list[int] | None:
    written = texts(item, "PublicationDate")
    for name in ("Issued", "Available"):
        written += [attribute(node, "startDate") for node in below(item, "Dates", name)]
    return next((parts for text in written if (parts := dates.written(text))), None)


def _place(item: etree._Element) -> dict[str, str]:
    """Where the publication stands, and who published it."""
    hosts = [*below(item, "PublishedIn", "Publication"), *below(item, "PartOf", "Publication")]
    found = {"container-title": next((t for t in map(_title, hosts) if t), "")}
    for name, read in (("ISSN", issn), ("ISBN", isbn)):
        given = [text for place in (item, *hosts) for text in texts(place, name)]
        found[name] = next((value for value in map(read, given) if value), "") or ""
    makers = [node for place in (item, *hosts) for node in below(place, "Publishers", "Publisher")]
    names = [t for node in makers for t in (texts(node, "OrgUnit", "Name") or texts(node, "DisplayName"))]
    found["publisher"] = next((plain(text) for text in names), "")
    for field, name in (("volume", "Volume"), ("issue", "Issue"), ("edition", "Edition"), ("number", "Number")):
        found[field] = plain(" ".join(texts(item, name)[:1]))
    start, end = (plain(" ".join(texts(item, name)[:1])) for name in ("StartPage", "EndPage"))
    found["page"] = f"{start}-{end}" if start and end and start != end else start
    return {name: text for name, text in found.items() if text}


def _links(item: etree._Element) -> tuple[Link, ...]:
    """Where a file may be. One under an embargo is a link too: the record does not change on the day that ends."""
    if _closed(item):
        return ()
    found = []
    for medium in below(item, "FileLocations", "Medium"):
        if not _closed(medium):
            media = next(iter(texts(medium, "MimeType")), "").lower()
            version = next((v for t in texts(medium, "Type") for end, v in _VERSIONS.items() if t.endswith(end)), None)
            found += [file_link(text, media or None, version) for text in texts(medium, "URI")]
    return unique(link for link in found if link is not None and not (link.media_type or "").startswith("image/"))


def _closed(node: etree._Element) -> bool:
    return any(text.endswith(_CLOSED) for text in texts(node, "Access"))
