"""DataCite's XML as repositories give it over OAI-PMH (`oai_datacite`, `datacite`; kernel 3 and 4) to a Work. Pure.

https://datacite-metadata-schema.readthedocs.io/ ; the same elements as its JSON in other clothes, so it is put into those and read by
`datacite.py`, whose table holds here too. What is the XML's own:

| theirs | ours |
|---|---|
| `identifier` of type DOI, else an `alternateIdentifier` of that type | DOI |
| `identifier`, `alternateIdentifier` that is a handle or a URN | identity; URL where there is no DOI |
| `creatorName` with `nameType`: Organizational; `corporate` and blanks as DANS writes them prove nothing | author |
| `rights` | not read: the record names no file |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from lxml import etree

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import datacite
from pubtrack.discovery.crosswalks.fields import unique, web_address
from pubtrack.discovery.crosswalks.repository import below, local, named_element, persistent
from pubtrack.models import Work

_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def crosswalk(raw: bytes) -> Work:
    """Given one OAI-PMH record with DataCite's `resource` in it, as XML, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    resource = named_element(raw, "resource", "DataCite metadata")
    named = [
        (node.get("identifierType") or node.get("alternateIdentifierType") or "", _text(node))
        for path in (("identifier",), ("alternateIdentifiers", "alternateIdentifier"))
        for node in below(resource, *path)
    ]
    dois = [doi for kind, text in named if kind.upper() == "DOI" and (doi := identifiers.doi(text))]
    work = datacite.shown(_attributes(resource) | ({"doi": dois[0]} if dois else {}))
    lasting = [name for _, text in named if (name := persistent(text))]
    csl = work.csl
    page = next((url for kind, text in named if kind.upper() == "URL" and (url := web_address(text))), None)
    address = next((name for name in lasting if name.startswith("http")), page)
    if "URL" not in csl and address:
        csl = csl | {"URL": address}
    return replace(work, csl=csl, identities=unique([*work.identities, *(f"url:{name}" for name in lasting)]))


def _attributes(resource: etree._Element) -> dict[str, Any]:
    """The XML as the JSON has it."""
    types = next(below(resource, "resourceType"), None)
    return {
        "types": {}
        if types is None
        else {"resourceTypeGeneral": types.get("resourceTypeGeneral") or "", "resourceType": _text(types)},
        "titles": [
            {"title": _text(node), "titleType": node.get("titleType"), "lang": node.get(_XML_LANG)}
            for node in below(resource, "titles", "title")
        ],
        "creators": [_person(node, "creatorName") for node in below(resource, "creators", "creator")],
        "contributors": [
            _person(node, "contributorName") | {"contributorType": node.get("contributorType")}
            for node in below(resource, "contributors", "contributor")
        ],
        "publisher": _first(resource, "publisher"),
        "publicationYear": _first(resource, "publicationYear"),
        "language": _first(resource, "language"),
        "dates": [{"date": _text(node), "dateType": node.get("dateType")} for node in below(resource, "dates", "date")],
        "descriptions": [
            {"description": _text(node, "\n\n"), "descriptionType": node.get("descriptionType")}
            for node in below(resource, "descriptions", "description")
        ],
        "relatedIdentifiers": [
            {"relatedIdentifier": _text(node), "relationType": node.get("relationType")}
            for node in below(resource, "relatedIdentifiers", "relatedIdentifier")
        ],
        "relatedItems": [_item(node) for node in below(resource, "relatedItems", "relatedItem")],
    }


def _person(node: etree._Element, name: str) -> dict[str, Any]:
    whole = next(below(node, name), None)
    return {
        "name": "" if whole is None else _text(whole),
        "nameType": None if whole is None else whole.get("nameType"),
        "givenName": _first(node, "givenName"),
        "familyName": _first(node, "familyName"),
        "nameIdentifiers": [
            {"nameIdentifier": _text(one), "nameIdentifierScheme": one.get("nameIdentifierScheme")}
            for one in below(node, "nameIdentifier")
        ],
        "affiliation": [
            {"name": _text(one), "affiliationIdentifier": one.get("affiliationIdentifier")}
            for one in below(node, "affiliation")
        ],
    }


def _item(node: etree._Element) -> dict[str, Any]:
    """The journal or book it stands in (since kernel 4.4)."""
    return {
        "relationType": node.get("relationType"),
        "titles": [{"title": _text(one)} for one in below(node, "titles", "title")],
        "relatedItemIdentifier": {"relatedItemIdentifier": _first(node, "relatedItemIdentifier")},
    } | {name: _first(node, name) for name in ("volume", "issue", "firstPage", "lastPage")}


def _first(node: etree._Element, name: str) -> str:
    return next((text for one in below(node, name) if (text := _text(one))), "")


def _text(node: etree._Element, between: str = " ") -> str:
    """All text of an element; `<br/>` in it ends a line."""
    return between.join(piece for piece in _pieces(node) if piece.strip()).strip()


def _pieces(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if local(child):
            yield from _pieces(child)
        yield child.tail or ""
