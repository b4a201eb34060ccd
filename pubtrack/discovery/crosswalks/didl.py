"""DIDL (MPEG-21) with MODS or Dublin Core in it to a Work: nl_didl, as Dutch repositories give it. Pure.

The form: https://wiki.surfnet.nl/display/standards/DIDL (the Dutch application profile 3.0): one Item with Items in it, each of which says
what it is (`rdf:type`, formerly `dip:ObjectType`).

| DIDL | Work |
|---|---|
| the Item's own `dii:Identifier` | an identity, where it is a urn:nbn or a handle; its DOI, where the description has none |
| `descriptiveMetadata` | all that its MODS, or its oai_dc, gives (crosswalks mods and oai_dc) |
| `objectFile`: `Resource` with `ref` and `mimeType` | a link with its media type |
| its `dcterms:accessRights` | closed and restricted without `dcterms:available` or another end: no link |
| a second type (`.../publishedVersion`), or the description's word on the same file | the link's version |
| `humanStartPage` | URL, where there is neither DOI nor handle |
| `dcterms:modified`, the Identifiers of the inner Items | left out; the record is kept as it came |
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import mods, oai_dc, oai_types
from pubtrack.discovery.crosswalks.fields import file_link, unique, web_address
from pubtrack.discovery.crosswalks.repository import attribute, below, local, named_element, persistent, texts
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Work

_CLOSED = re.compile(r"(?:closed|restricted)(?:\s?access)?$", re.IGNORECASE)
_END = ("available", "embargoEnd", "dateEmbargoEnd")


def crosswalk(raw: bytes) -> Work:
    """Given one OAI-PMH record with DIDL in it, as XML, return the work it shows, with the files it holds.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    didl = named_element(raw, "DIDL", "DIDL")
    described = _described(didl)
    named = [name for text in _own_identifiers(didl) if (name := persistent(text))]
    doi = described.doi or next((d for d in map(identifiers.doi, _own_identifiers(didl)) if d), None)
    csl = dict(described.csl)
    if doi and not described.doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif not doi and not str(csl.get("URL", "")).startswith("https://hdl.handle.net/"):
        start = next((url for item in _items(didl, "startpage") for url in map(web_address, _refs(item)) if url), None)
        csl |= {"URL": start} if start and "URL" not in csl else {}
    known = [f"doi:{doi}"] if doi else []
    return replace(
        described,
        csl=csl,
        identities=unique([*known, *described.identities, *(f"url:{name}" for name in named)]),
        links=_links(didl, described.links),
    )


def _described(didl: etree._Element) -> Work:
    """The first description that can be read: MODS says more than Dublin Core, and stands beside it in some repositories."""
    found = {name: node for node in didl.iter() for name in [local(node)] if name in ("mods", "dc")}
    if "mods" in found:
        return mods.work(found["mods"])
    if "dc" in found:
        return oai_dc.crosswalk(etree.tostring(found["dc"], encoding="utf-8", with_tail=False))
    raise UnusableRecord("neither MODS nor oai_dc in the DIDL")


def _own_identifiers(didl: etree._Element) -> list[str]:
    return [
        text
        for item in below(didl, "Item")
        for text in texts(item, "Descriptor", "Statement", "Identifier")
        if text.strip()
    ]


def _items(didl: etree._Element, kind: str) -> Iterator[etree._Element]:
    """The Items that say they are of a kind."""
    for item in didl.iter():
        if local(item) == "Item" and any(said.lower().endswith(kind) for said in _types(item)):
            yield item


def _types(item: etree._Element) -> list[str]:
    statements = list(below(item, "Descriptor", "Statement"))
    nodes = [node for statement in statements for node in statement if local(node) in ("type", "ObjectType")]
    return [attribute(node, "resource") or (node.text or "").strip() for node in nodes]


def _refs(item: etree._Element) -> list[str]:
    return [(resource.get("ref") or "").strip() for resource in below(item, "Component", "Resource")]


def _links(didl: etree._Element, described: tuple[Link, ...]) -> tuple[Link, ...]:
    """The files that may be open, as the DIDL lists them; the description's other links, but for those that are closed."""
    said = {link.url: link for link in described}
    closed: set[str] = set()
    found: list[Link] = []
    for item in _items(didl, "objectfile"):
        rights = texts(item, "Descriptor", "Statement", "accessRights")
        ends = any(texts(item, "Descriptor", "Statement", name) for name in _END)
        version = oai_types.version(_types(item))
        for resource in below(item, "Component", "Resource"):
            ref = (resource.get("ref") or "").strip().replace(" ", "%20")
            link = file_link(ref, (resource.get("mimeType") or "").strip().lower() or None, version)
            if link is None:
                continue
            if not ends and any(_CLOSED.search(text) for text in rights):
                closed.add(link.url)
            elif not (link.media_type or "").startswith("image/"):
                known = said.get(link.url)
                found.append(replace(link, version=version or (known.version if known else None)))
    listed = closed | {link.url for link in found}
    return unique([*found, *(link for link in described if link.url not in listed)])
