"""MODS 3.0 to 3.8 to a Work. Pure.

Elements: https://www.loc.gov/standards/mods/userguide/ ; how Dutch repositories fill them: the metadata agreements of SURF (EduStandaard),
and Pure's own notes about its files.

| MODS | Work |
|---|---|
| `titleInfo` without `type` | title: `nonSort`, `title`, `subTitle`, `partNumber`, `partName`; alternatives and translations are left out |
| `name` of an author, or without a role | author: `namePart`s, several names in one part, ORCID, affiliation; an organisation whole |
| `name` of an editor | editor; other roles are left out, but the organisation that granted a degree is its publisher |
| `genre`, `typeOfResource` | type, by the table in oai_types |
| `originInfo/dateIssued`, then `dateOther` published, `copyrightDate`, the host's `part/date` | issued; the end of an embargo is none |
| `originInfo/publisher`, `place` | publisher, publisher-place |
| `language/languageTerm` | language |
| `abstract` | abstract: the longest |
| `relatedItem` host | container-title, ISSN, volume, issue, page |
| `relatedItem` series | collection-title, collection-number |
| `relatedItem` otherVersion, otherFormat | a relation `is_version_of`, where it has a DOI |
| `identifier`, `location/url` | DOI, ISBN, ISSN, handles and urn:nbn, URL |
| `location/url` raw object, Pure's `physicalDescription/note` | links, unless access is closed without an end |
| subject, classification, recordInfo, extension, notes | left out; the record is kept as it came |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

_ROLES = {
    role: field
    for field, roles in {
        "author": "aut author cre creator dis dissertant",
        "editor": "edt editor",
        "translator": "trl translator",
        "degree": "dgg dgs grantor",
    }.items()
    for role in roles.split()
}
# /dk/atira/pure/researchoutput/electronicversion/versiontype/...
_PURE_VERSIONS = {
    "publishersversion": "published",
    "authorsversion": "accepted",
    "proof": "accepted",
    "preprint": "submitted",
}
_CLOSED = re.compile(r"(?:closed|restricted)(?:\s?access)?$", re.IGNORECASE)
_IN_BRACKETS = re.compile(r"\s*\([^()]{0,60}\)")
_NOBODY = re.compile(r"[\[(]?\s*s\.?\s*[nl]\.?\s*[\])]?", re.IGNORECASE)  # sine nomine, sine loco


def crosswalk(raw: bytes) -> Work:
    """Given one OAI-PMH record with MODS in it, as XML, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    return work(named_element(raw, "mods", "MODS"))


def work(mods: etree._Element) -> Work:
    """Given a `mods` element, return the work it shows. Raise UnusableRecord if it shows none."""
    title = _title(mods)
    if title is None:
        raise UnusableRecord("no title")
    kind = oai_types.csl([*texts(mods, "genre"), *texts(mods, "typeOfResource")])
    csl: dict[str, Any] = {"title": title, "type": kind}
    people = _people(mods)
    csl |= {role: people[role] for role in ("author", "editor", "translator") if people.get(role)}
    host = next((item for item in below(mods, "relatedItem") if item.get("type") == "host"), None)
    if issued := _issued(mods, host):
        csl["issued"] = {"date-parts": [issued]}
    csl |= _publisher(mods, people)
    if code := next((c for c in map(language, texts(mods, "language", "languageTerm")) if c), None):
        csl["language"] = code
    if abstract := max(map(paragraphs, texts(mods, "abstract")), key=len, default=""):
        csl["abstract"] = abstract
    csl |= _host(host) | _series(mods)
    given = list(_identifiers(mods))
    doi, book, serial = (next((f for f in map(read, given) if f), None) for read in (identifiers.doi, isbn, _issn))
    located = [attribute(url, "href") or (url.text or "").strip() for url in _urls(mods)]
    found = addresses([*given, *located])
    doi = doi or next((f for f in map(identifiers.doi, located) if f), None)
    url, identities = called(doi, book, found, kind)
    told = {"ISBN": book, "ISSN": csl.get("ISSN") or serial, "DOI": doi, "URL": url}
    csl |= {name: value for name, value in told.items() if value}
    return Work(
        csl=csl,
        identities=identities,
        relations=_relations(mods, doi),
        links=_links(mods),
        retracted=bool(RETRACTED_TITLE.match(title)),
    )


def _title(mods: etree._Element) -> str | None:
    given = list(below(mods, "titleInfo"))
    main = [info for info in given if info.get("type") in (None, "", "simple")]
    return next((title for title in map(_whole_title, [*main, *given]) if plausible(title)), None)


def _whole_title(info: etree._Element) -> str:
    parts = {name: plain(" ".join(texts(info, name))) for name in ("nonSort", "title", "subTitle")}
    title = " ".join(part for part in (parts["nonSort"], parts["title"]) if part).replace("' ", "'")
    below_it = parts["subTitle"]
    if title and below_it and below_it.casefold() not in title.casefold():
        title = f"{title} {below_it}" if title[-1] in ":?!–—" else f"{title}: {below_it}"
    part = ", ".join(plain(text) for name in ("partNumber", "partName") for text in texts(info, name))
    return f"{title}. {part}" if title and part else title


def _people(mods: etree._Element) -> dict[str, list[Author]]:
    """The names by what they did. One without a role made the work, unless it is an organisation beside persons."""
    found: dict[str, list[Author]] = {}
    without_role: list[Author] = []
    for node in below(mods, "name"):
        roles = [role.lower() for role in texts(node, "role", "roleTerm")]
        field = next((_ROLES[role] for role in roles if role in _ROLES), None)
        names = [name for name in _names(node) if name is not None]
        if field is not None:
            found.setdefault(field, []).extend(names)
        elif not roles and (node.get("type") or "personal") == "personal":
            found.setdefault("author", []).extend(names)
        elif not roles:
            without_role += names
    return found if found.get("author") else found | {"author": without_role}


def _names(node: etree._Element) -> Iterator[Author | None]:
    parts: dict[str, list[str]] = {}
    for part in below(node, "namePart"):
        if text := (part.text or "").strip():
            parts.setdefault(part.get("type") or "", []).append(text)
    whole = " ".join(parts.get("", [])) or " ".join(texts(node, "displayForm"))
    if node.get("type") in ("corporate", "conference", "family"):
        yield literal(plain(", ".join(parts.get("", [])) or whole))
    elif "family" in parts or "given" in parts:
        made = person(*(" ".join(parts.get(name, [])) for name in ("family", "given", "termsOfAddress")))
        yield _with_more(made, node) if made else None
    else:
        bare = _IN_BRACKETS.sub("", whole)  # F.J. Clay (Fiona)
        one = [name for name in bare.split(";") if name.strip()]
        yield from (_with_more(inverted(name), node) if len(one) == 1 else inverted(name) for name in one)


def _with_more(name: Author | None, node: etree._Element) -> Author | None:
    """A person's name with the ORCID and the places of work that the record gives."""
    if name is None:
        return None
    known = [text for one in below(node, "nameIdentifier") if "orcid" in _kind(one) for text in [one.text]]
    if found := next((o for o in map(orcid, [*known, node.get("valueURI")]) if o), None):
        name["ORCID"] = found
    if places := unique(place for place in map(plain, texts(node, "affiliation")) if place):
        name["affiliation"] = [{"name": place} for place in places]
    return name


def _kind(node: etree._Element) -> str:
    return f"{node.get('type') or ''} {node.get('typeURI') or ''}".lower()


def _issued(mods: etree._Element, host: etree._Element | None) -> list[int] | None:
    """The publication date from the best place that has one; of a range its start."""
    origin = list(below(mods, "originInfo"))
    places = (
        [node for info in origin for node in below(info, "dateIssued") if node.get("point") != "end"],
        [node for info in origin for node in below(info, "dateOther") if node.get("type") in ("published", "epub")],
        [node for info in origin for node in below(info, "copyrightDate")],
        list(below(host, "part", "date")) if host is not None else [],
    )
    for nodes in places:
        if found := dates.earliest([parts for node in nodes if (parts := dates.written(node.text or ""))]):
            return found
    return None


def _publisher(mods: etree._Element, people: dict[str, list[Author]]) -> dict[str, str]:
    named = [text for text in map(plain, texts(mods, "originInfo", "publisher")) if text]
    named += [str(one["literal"]) for one in people.get("degree", []) if "literal" in one]
    terms = [term for term in below(mods, "originInfo", "place", "placeTerm") if term.get("type") != "code"]
    places = [plain(term.text or "") for term in terms]
    found = {"publisher": named, "publisher-place": places}
    kept = {name: next((t for t in given if t and not _NOBODY.fullmatch(t)), "") for name, given in found.items()}
    return {name: text for name, text in kept.items() if text}


def _host(host: etree._Element | None) -> dict[str, str]:
    if host is None:
        return {}
    found = {"container-title": _title(host) or ""}
    found["ISSN"] = next((s for s in map(_issn, _identifiers(host)) if s), "")
    for detail in below(host, "part", "detail"):
        if (kind := detail.get("type")) in ("volume", "issue"):
            found[kind] = plain(" ".join(texts(detail, "number")[:1]))
    for extent in below(host, "part", "extent"):
        start, end = (plain(" ".join(texts(extent, name)[:1])) for name in ("start", "end"))
        listed = plain(" ".join(texts(extent, "list")[:1]))
        found["page"] = f"{start}-{end}" if start and end and end != start else start or listed
    return {name: text for name, text in found.items() if text}


def _series(mods: etree._Element) -> dict[str, str]:
    item = next((item for item in below(mods, "relatedItem") if item.get("type") == "series"), None)
    if item is None:
        return {}
    numbers = [text for detail in below(item, "part", "detail") for text in texts(detail, "number")]
    found = {"collection-title": _title(item) or "", "collection-number": plain(" ".join(numbers[:1]))}
    return {name: text for name, text in found.items() if text and found["collection-title"]}


def _identifiers(node: etree._Element) -> Iterator[str]:
    """The identifiers that count, those of a kind that is no web address with the scheme that says what they are."""
    for one in below(node, "identifier"):
        text, kind = (one.text or "").strip(), (one.get("type") or "").lower()
        if one.get("invalid") == "yes" or not text:
            continue
        scheme = {"hdl": "hdl:", "handle": "hdl:"}.get(kind, "")
        yield f"{scheme}{text}" if scheme and re.match(r"\d", text) else text


def _issn(text: str) -> str | None:
    return issn(re.sub(r"^urn:issn:", "", text, flags=re.IGNORECASE))


def _relations(mods: etree._Element, doi: str | None) -> tuple[Relation, ...]:
    items = [i for i in below(mods, "relatedItem") if i.get("type") in ("otherVersion", "otherFormat")]
    targets = (identifiers.doi(text) for item in items for text in _identifiers(item))
    return unique(Relation("is_version_of", f"doi:{target}") for target in targets if target and target != doi)


def _urls(mods: etree._Element) -> list[etree._Element]:
    """The addresses of the work, what is shown before what is fetched."""
    return sorted(below(mods, "location", "url"), key=lambda url: (url.get("access") or "").startswith("raw"))


def _links(mods: etree._Element) -> tuple[Link, ...]:
    """Where a file may be. One under an embargo is a link too: the record does not change on the day that ends."""
    closed = [f"{c.get('type') or ''} {c.text or ''}".strip() for c in below(mods, "accessCondition")]
    found = list(_pure_files(mods))
    if not any(_CLOSED.search(text) for text in closed):
        types = texts(mods, "physicalDescription", "internetMediaType")
        raw = [attribute(u, "href") or (u.text or "") for u in _urls(mods) if (u.get("access") or "").startswith("raw")]
        others = [url.text or "" for url in _urls(mods)]
        single = types[0].lower() if len(set(types)) == 1 else "application/octet-stream"
        version = oai_types.version(texts(mods, "genre") + texts(mods, "note"))
        noted = {link.url for link in found if link is not None}
        found += [file_link(text.strip(), single, version) for text in raw if text.strip() not in noted]
        found += [file_link(text.strip(), None, version) for text in others if text not in raw]
    return unique(link for link in found if link is not None and not (link.media_type or "").startswith("image/"))


def _pure_files(mods: etree._Element) -> Iterator[Link | None]:
    """Pure describes each file in a physicalDescription, in notes: location, version, access, embargo end."""
    for description in below(mods, "physicalDescription"):
        notes = {note.get("type") or "": note for note in description if local(note) == "note"}
        where = attribute(notes["location"], "href") if "location" in notes else ""
        access, ends = ((notes[name].text or "").strip() if name in notes else "" for name in ("access", "embargo end"))
        if where and (ends or not _CLOSED.match(access)):
            said = (notes["version"].text or "").strip().lower() if "version" in notes else ""
            media = next(iter(texts(description, "internetMediaType")), "").lower()
            yield file_link(where, media or None, _PURE_VERSIONS.get(said))
