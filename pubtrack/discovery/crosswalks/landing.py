"""The page of one publication: what its meta tags say. Pure.

Highwire's tags (https://scholar.google.com/intl/en/scholar/inclusion.html#indexing), Dublin Core's
(https://www.dublincore.org/specifications/dublin-core/dcq-html/) and PRISM's. What people see on the page is not read.

| tag | ours |
|---|---|
| `citation_doi`, `prism.doi`, `DC.identifier` that is a DOI | DOI, where there is only one |
| `citation_title`, `DC.title` | title |
| `citation_author`, `DC.creator` | author |
| `citation_publication_date`, `citation_date`, `DC.issued`, `DC.date` | issued |
| `citation_journal_title`, `_volume`, `_issue`, `_firstpage`, `_lastpage` | container-title, volume, issue, page: an article |
| `citation_dissertation_institution`, `citation_technical_report_institution` | publisher: a thesis, a report |
| `citation_publisher`, `DC.publisher`, `citation_language` | publisher, language |
"""

from __future__ import annotations

from typing import Any

from lxml import etree

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.fields import language
from pubtrack.discovery.crosswalks.oai_dc import creators
from pubtrack.discovery.crosswalks.repository import plausible
from pubtrack.discovery.crosswalks.text import plain

_MOST = 500_000  # meta tags stand in a page's head
_DOI = ("citation_doi", "prism.doi", "bepress_citation_doi", "dc.identifier.doi", "dc.identifier", "dcterms.identifier")
_DATES = (
    "citation_publication_date",
    "citation_date",
    "dcterms.issued",
    "dc.issued",
    "dc.date.issued",
    "dc.date",
    "citation_online_date",
)


def read(content: bytes) -> dict[str, Any] | None:
    """Given a web page, return what it says of its publication as CSL: at least a DOI, or a title with authors; else None."""
    tags = _tags(content)
    csl: dict[str, Any] = {"type": "document"}
    found = {doi for name in _DOI for text in tags.get(name, ()) if (doi := identifiers.doi(text))}
    if len(found) == 1:
        csl["DOI"] = found.pop()
    title = next(
        (plain(text) for name in ("citation_title", "dc.title", "dcterms.title") for text in tags.get(name, ())), ""
    )
    authors = creators(
        next((tags[name] for name in ("citation_author", "dc.creator", "dcterms.creator") if name in tags), ())
    )
    if plausible(title) and authors:
        csl |= {"title": title, "author": authors} | _place(tags)
        issued = next((parts for name in _DATES for text in tags.get(name, ()) if (parts := dates.written(text))), None)
        if issued:
            csl["issued"] = {"date-parts": [issued]}
        if code := next((code for text in tags.get("citation_language", ()) if (code := language(text))), None):
            csl["language"] = code
    return csl if "DOI" in csl or "title" in csl else None


def _place(tags: dict[str, list[str]]) -> dict[str, str]:
    def first(*names: str) -> str:
        return next((text for name in names for text in map(plain, tags.get(name, ())) if text), "")

    school, office = first("citation_dissertation_institution"), first("citation_technical_report_institution")
    if school or office:
        return {"type": "thesis" if school else "report", "publisher": school or office}
    journal, start, end = first("citation_journal_title"), first("citation_firstpage"), first("citation_lastpage")
    told = {
        "container-title": journal,
        "volume": first("citation_volume"),
        "issue": first("citation_issue"),
        "page": f"{start}-{end}" if start and end and start != end else start,
        "publisher": first("citation_publisher", "dc.publisher"),
    }
    return ({"type": "article-journal"} if journal else {}) | {name: text for name, text in told.items() if text}


def _tags(content: bytes) -> dict[str, list[str]]:
    """The meta tags by name in small letters, in order. A page that is no HTML has none."""
    found: dict[str, list[str]] = {}
    try:
        root = etree.fromstring(content[:_MOST], etree.HTMLParser(no_network=True, huge_tree=False))
    except (etree.XMLSyntaxError, ValueError):
        return found
    for node in root.iter("meta") if root is not None else ():
        name, text = (
            (node.get("name") or node.get("property") or "").strip().lower(),
            (node.get("content") or "").strip(),
        )
        if name and text:
            found.setdefault(name, []).append(text)
    return found
