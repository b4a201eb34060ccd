"""Where an open copy of a work may be, in the order in which it is worth looking. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from pubtrack.credit.unpaywall import PREFIX
from pubtrack.models import Link, Work

_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ARXIV_PAGE = re.compile(r"https?://(?:www\.)?arxiv\.org/abs/([^?#]+)", re.IGNORECASE)
_PMCID = re.compile(r"pmcid:(PMC[1-9][0-9]{0,9})")
_TYPES = {
    "application/xml": 0,
    "text/xml": 0,
    "application/jats+xml": 0,
    "application/pdf": 1,
    "text/html": 2,
    "text/plain": 2,
}
_VERSIONS = {"published": 0, "accepted": 1, "submitted": 2}
_DOI_HOSTS = ("doi.org", "dx.doi.org", "www.doi.org")


def places(work: Work, *, unpaywall: bool = False) -> list[Link]:
    """Given a work, return the links where a copy may be.

    Full texts that sources name come first, then arXiv, Europe PMC, other pages, the DOI last.
    Each link comes once; links that are no http or https are left out. With `unpaywall` the lookup there is a place too, after those
    that are known and before the pages.
    """
    found: dict[str, Link] = {}
    for link in sorted(
        (link for link in work.links if link.url.lower().startswith(("http://", "https://"))), key=_rank
    ):
        page = _ARXIV_PAGE.fullmatch(link.url)
        found.setdefault(link.url if page is None else f"https://arxiv.org/pdf/{page.group(1)}", link)
    for url in _of_identities(work, unpaywall):
        found.setdefault(url, Link(url, "application/xml" if url.endswith("/fullTextXML") else None))
    return [Link(url, link.media_type, link.version) for url, link in found.items()]


def _rank(link: Link) -> tuple[bool, int, int]:
    """A link that is only the DOI again comes last; a type that reads well comes first, then the version nearest to the record."""
    guessed = "application/pdf" if urlsplit(link.url).path.lower().endswith(".pdf") else ""
    media_type = (link.media_type or guessed).lower()
    return _is_doi(link.url), _TYPES.get(media_type, 3), _VERSIONS.get(link.version or "", 3)


def _is_doi(url: str) -> bool:
    return (urlsplit(url).hostname or "") in _DOI_HOSTS


def _of_identities(work: Work, unpaywall: bool) -> Iterator[str]:
    dois = [work.doi] if work.doi else []
    dois += [name.removeprefix("doi:") for name in work.identities if name.startswith("doi:")]
    for doi in dict.fromkeys(dois):
        if match := _ARXIV_DOI.fullmatch(doi):
            yield f"https://arxiv.org/pdf/{match.group(1)}"
    for name in work.identities:
        if match := _PMCID.fullmatch(name):
            yield f"https://www.ebi.ac.uk/europepmc/webservices/rest/{match.group(1)}/fullTextXML"
    if unpaywall:
        yield from (PREFIX + doi for doi in dict.fromkeys(dois))
    yield from (
        name.removeprefix("url:") for name in work.identities if name.startswith(("url:http://", "url:https://"))
    )
    yield from (f"https://doi.org/{quote(doi, safe='/:;().-_')}" for doi in dict.fromkeys(dois))
