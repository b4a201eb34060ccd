"""Where an open copy of a work may be, in the order in which it is worth looking. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from pubtrack import identifiers
from pubtrack.credit.unpaywall import PREFIX
from pubtrack.models import Link, Work

_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)
_ARXIV_PAGE = re.compile(r"https?://(?:www\.|export\.)?arxiv\.org/abs/([^?#]+)", re.IGNORECASE)
_PREPRINT_HOSTS = re.compile(
    r"(?:.*\.)?(?:arxiv\.org|biorxiv\.org|medrxiv\.org|osf\.io|preprints\.org|researchsquare\.com|ssrn\.com)"
)
# arXiv, OSF with SocArXiv and PsyArXiv, SSRN, Preprints.org, Research Square; bioRxiv's and medRxiv's (openRxiv) by their form.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550|31219|31234|31235|2139|20944|21203)/.+|10\.(?:1101|64898)/(?:\d{6}|\d{4}\.\d\d\.\d\d\.).*",
    re.IGNORECASE,
)
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
_RELATED = {"has_preprint": "submitted", "is_preprint_of": "published"}  # what the other end of a relation is
_DOI_HOSTS = ("doi.org", "dx.doi.org", "www.doi.org")


def places(work: Work, *, unpaywall: bool = False) -> list[Link]:
    """Given a work, return the links where a copy may be, each with its version where that is known.

    Full texts that sources name come first, then arXiv, Europe PMC, other pages, the DOI last, and after it what the record says is
    another version of the work. Each link comes once; links that are no http or https are left out. With `unpaywall` the lookup there is
    a place too, after those that are known and before the pages.
    """
    found: dict[str, Link] = {}
    for link in sorted(
        (link for link in work.links if link.url.lower().startswith(("http://", "https://"))), key=_rank
    ):
        page = _ARXIV_PAGE.fullmatch(link.url)
        found.setdefault(link.url if page is None else f"https://arxiv.org/pdf/{page.group(1)}", link)
    for link in _of_identities(work, unpaywall):
        found.setdefault(link.url, link)
    return [Link(url, link.media_type, link.version or _version(url)) for url, link in found.items()]


def _version(url: str) -> str | None:
    """What a place gives is a preprint if it is a preprint server's; of others nothing is known."""
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    preprint = (
        _PREPRINT_DOI.fullmatch(unquote(parts.path[1:])) if host in _DOI_HOSTS else _PREPRINT_HOSTS.fullmatch(host)
    )
    return "submitted" if preprint else None


def _rank(link: Link) -> tuple[bool, bool, int, int]:
    """A link that is only the DOI again comes last, a preprint before it; first what reads well, then the version of record."""
    guessed = "application/pdf" if urlsplit(link.url).path.lower().endswith(".pdf") else ""
    media_type = (link.media_type or guessed).lower()
    version = link.version or _version(link.url)
    return _is_doi(link.url), version == "submitted", _TYPES.get(media_type, 3), _VERSIONS.get(version or "", 3)


def _is_doi(url: str) -> bool:
    return (urlsplit(url).hostname or "") in _DOI_HOSTS


def _of_identities(work: Work, unpaywall: bool) -> Iterator[Link]:
    dois = [work.doi] if work.doi else []
    dois += [name.removeprefix("doi:") for name in work.identities if name.startswith("doi:")]
    related = [
        (relation.target.removeprefix("doi:"), _RELATED[relation.kind])
        for relation in work.relations
        if relation.kind in _RELATED and relation.target.startswith("doi:")
    ]
    for doi in dict.fromkeys((*dois, *(doi for doi, _ in related))):
        if match := _ARXIV_DOI.fullmatch(doi):
            yield Link(f"https://arxiv.org/pdf/{match.group(1)}", "application/pdf", "submitted")
    for name in work.identities:
        if match := _PMCID.fullmatch(name):
            url = f"https://www.ebi.ac.uk/europepmc/webservices/rest/{match.group(1)}/fullTextXML"
            yield Link(url, "application/xml")
    if unpaywall:
        yield from (Link(PREFIX + doi) for doi in dict.fromkeys((*dois, *(doi for doi, _ in related))))
    for name in work.identities:
        if name.startswith(("url:http://", "url:https://")):
            yield Link(name.removeprefix("url:"))
    yield from (Link(identifiers.doi_address(doi)) for doi in dict.fromkeys(dois))
    yield from (Link(identifiers.doi_address(doi), None, version) for doi, version in related)
