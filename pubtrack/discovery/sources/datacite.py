"""DataCite: reports, theses and data sets that name the provider's data DOIs, or are by the institution's people.

https://support.datacite.org/docs/api and https://support.datacite.org/docs/pagination. Free; a mail address in the User-Agent gives
the larger allowance. The `next` link of a page leaves out part of the question (https://github.com/datacite/datacite/issues/2465) and
may lead anywhere, so it is not followed: only its cursor is taken.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from pubtrack import __version__, clock, identifiers
from pubtrack.config import Settings
from pubtrack.config.sources import DataCiteSource
from pubtrack.discovery.crosswalks.datacite import related
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import cursors
from pubtrack.discovery.sources.crossref_questions import batches, scope
from pubtrack.discovery.sources.cursors import Refused, Sheet, Walk
from pubtrack.errors import BadHarvest
from pubtrack.models import Person, Record
from pubtrack.net.polite import PoliteSession, Time

_CURSOR = "page[cursor]"
_RELATED = "relatedIdentifiers.relatedIdentifier"


def build(config: DataCiteSource, settings: Settings, *, time: Time = clock) -> DataCite:
    """Given the source's configuration and the settings, return the source."""
    session = PoliteSession(
        config.name,
        user_agent=f"pubtrack/{__version__} (mailto:{settings.institution.contact.email})",
        setting="base_url",
        timeout=config.timeout,
        max_bytes=200_000_000,
        time=time,
    )
    rors = [found for text in settings.institution.ror if (found := identifiers.ror(text))]
    return DataCite(config, session, rors=rors)


class DataCite:
    """DOIs that are related to a DOI under one of `prefixes`, of the institution (by ROR), and of people (by ORCID)."""

    def __init__(self, config: DataCiteSource, session: PoliteSession, *, rors: Sequence[str]) -> None:
        self.name = config.name
        self.overlap_days = config.overlap_days
        self._config = config
        self._session = session
        self._rors = sorted(set(rors))

    @property
    def requests(self) -> int:
        """How often the service was asked since this source was made."""
        return self._session.requests

    def check(self) -> str:
        """Ask how many records name the provider's data, and return it. Raise SourceError if what answers is no DataCite."""
        prefixes = self._config.prefixes
        asked = {"query": _names_data(prefixes)} if prefixes else {}
        try:
            found = self._ask({**asked, "page[size]": "1"}, "1")
        except Refused as refused:
            raise cursors.refusal(self.name, refused, "`base_url`") from None
        return f"{found.total:,} DOIs" + (f" that name data under {' or '.join(prefixes)}" if prefixes else "")

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """Given who is looked for, return one question for the provider's data, one for the institution, one for every batch of ORCIDs."""
        first = since or (date.fromisoformat(self._config.first_since) if self._config.first_since else None)
        kind = self._config.window
        asked: list[tuple[str, dict[str, str]]] = []
        if prefixes := sorted(self._config.prefixes):
            asked.append(
                (scope(f"data/{kind}", prefixes), {"query": _names_data(prefixes), "prefixes": " ".join(prefixes)})
            )
        if self._rors and self._config.institution:
            places = cursors.quoted([f"https://ror.org/{ror}" for ror in self._rors])
            asked.append(
                (scope(f"ror/{kind}", self._rors), {"query": f"creators.affiliation.affiliationIdentifier:{places}"})
            )
        for batch in batches({person.orcid for person in people if person.orcid}) if self._config.people else ():
            authors = cursors.quoted([f"https://orcid.org/{orcid}" for orcid in batch])
            asked.append(
                (scope(f"orcid/{kind}", batch), {"query": f"creators.nameIdentifiers.nameIdentifier:{authors}"})
            )
        return [Question(name, first, until, parameters) for name, parameters in asked]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a question, yield its pages; see Source. What a wildcard brought in besides is passed over."""
        query = question.parameters["query"]
        if question.since is not None:
            # The end stays open: a record that moves while the list is read must not slip away.
            query = f"({query}) AND {self._config.window}:[{question.since}T00:00:00Z TO *]"
        asked = {
            "query": query,
            "page[size]": str(self._config.page_size),
            "affiliation": "true",
            "publisher": "true",
            "disable-facets": "true",
        }
        prefixes = tuple(f"{prefix}/" for prefix in question.parameters.get("prefixes", "").split())
        walk = Walk(
            self.name,
            self._session,
            ask=lambda cursor: self._ask(asked, cursor),
            name=_doi,
            record=self._record,
            start="1",
            settings="`base_url`, `prefixes` and `window`",
            kept=(lambda item: _names_one(item, prefixes)) if prefixes else None,
        )
        return walk.pages(position)

    def work(self, doi: str) -> Record | None:
        """Given a DOI, return its record, or None if DataCite has none. Raise BadHarvest if another DOI's record comes back."""
        url = f"{self._config.base_url.rstrip('/')}/dois/{quote(doi.lower(), safe='/')}"
        response = self._session.get(url, {"affiliation": "true", "publisher": "true"})
        if response.status == 404:
            return None
        try:
            item = cursors.told(self.name, response, _said).get("data")
        except Refused as refused:
            raise cursors.refusal(self.name, refused, "`base_url`") from None
        found = _doi(item) if isinstance(item, dict) else ""
        if found != doi.lower() or not isinstance(item, dict):
            raise BadHarvest(f"{self.name}: asked for {doi.lower()}, it answered with {found or 'no DOI'}.")
        return self._record(item)

    def _ask(self, asked: Mapping[str, str], cursor: str) -> Sheet:
        response = self._session.get(f"{self._config.base_url.rstrip('/')}/dois", {**asked, _CURSOR: cursor})
        held = cursors.told(self.name, response, _said)
        meta, links = held.get("meta"), held.get("links")
        total = meta.get("total") if isinstance(meta, dict) else None
        following = links.get("next") if isinstance(links, dict) else None
        return cursors.sheet(self.name, held.get("data"), total, self._following(following), response)

    def _following(self, link: Any) -> str | None:
        if link is None:
            return None
        try:
            found = parse_qs(urlsplit(link).query).get(_CURSOR) if isinstance(link, str) else None
        except ValueError:
            found = None
        if not found:
            raise BadHarvest(f"{self.name}: a page names a next one without a cursor, so this list cannot be read on.")
        return found[0]

    def _record(self, item: Mapping[str, Any]) -> Record:
        moved = _attributes(item).get("updated")
        return Record(
            self.name, _doi(item), "datacite-json", cursors.raw(item), moved if isinstance(moved, str) else None
        )


def _names_data(prefixes: Sequence[str]) -> str:
    """Related DOIs under a prefix, bare or as links. A slash has a meaning in these queries, so none is written."""
    forms = [
        form for prefix in prefixes for form in (f"{_RELATED}:{prefix}*", rf"{_RELATED}:https\:??doi.org?{prefix}*")
    ]
    return " OR ".join(forms)


def _names_one(item: Mapping[str, Any], prefixes: tuple[str, ...]) -> bool:
    """10.57934* finds 10.579341/x too. The provider's own records, which name each other, are data and no works."""
    own = _doi(item).startswith(prefixes)
    return not own and any(doi.startswith(prefixes) for _, doi in related(_attributes(item)))


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    held = item.get("attributes")
    return held if isinstance(held, dict) else {}


def _doi(item: Mapping[str, Any]) -> str:
    given = _attributes(item).get("doi") or item.get("id")
    return (identifiers.doi(given) or "") if isinstance(given, str) else ""


def _said(refusal: Mapping[str, Any]) -> str:
    """JSON:API errors: `{"errors": [{"status": "400", "title": "..."}]}`."""
    errors = refusal.get("errors")
    held = errors[0] if isinstance(errors, list) and errors else {}
    return str(held.get("title") or held.get("detail") or "") if isinstance(held, dict) else str(held)
