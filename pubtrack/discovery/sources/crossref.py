"""The Crossref REST API, asked through habanero one page at a time.

https://api.crossref.org and https://www.crossref.org/documentation/retrieve-metadata/rest-api/. A cursor there is a scroll that the
server moves on: the same string comes back with every page, so a page that got lost on the way cannot be asked for again. Every
list is therefore counted, and one that comes up short is read again from its start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from email.utils import parsedate_to_datetime
from itertools import count
from typing import Any
from urllib.parse import quote

from pubtrack import __version__, clock, identifiers
from pubtrack.config import Settings
from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources.crossref_questions import batches, looks_for, named, scope
from pubtrack.discovery.sources.habanero_door import Door, Refused
from pubtrack.errors import BadHarvest, SourceError
from pubtrack.models import Person, Record
from pubtrack.net.polite import PoliteSession, Time

_FRESH = timedelta(minutes=4)  # a cursor dies after about five
_RESTARTS = 2  # of one list in one run, before it is given up until the next
_SEARCH_ROWS = 100
_SEARCH_PAGES = 2  # a search is sorted by relevance: what lies behind its first pages is other people's


def build(config: CrossrefSource, settings: Settings) -> Crossref:
    """Given the source's configuration and the settings, return the source."""
    session = PoliteSession(
        config.name,
        user_agent=f"pubtrack/{__version__} (mailto:{config.mailto})",
        setting="base_url",
        timeout=config.timeout,
        max_bytes=200_000_000,  # a thousand works with all their references
    )
    institution = settings.institution
    return Crossref(
        config,
        session,
        rors=[found for text in institution.ror if (found := identifiers.ror(text))],
        affiliation=institution.name_en or institution.name,
    )


@dataclass(slots=True)
class _Place:
    """Where the reading of a list stands: what the position in the harvest log holds."""

    cursor: str = "*"
    seen: int = 0
    total: int | None = None
    at: str = ""

    def text(self) -> str:
        return json.dumps([self.cursor, self.seen, self.total, self.at])


class _Lost(Exception):
    """The list cannot be read on from here, only again from its start; the text says why."""


class Crossref:
    """Works of people (by ORCID, else by name), and of the institution (by ROR)."""

    def __init__(
        self,
        config: CrossrefSource,
        session: PoliteSession,
        *,
        rors: Sequence[str],
        affiliation: str,
        time: Time = clock,
    ) -> None:
        self.name = config.name
        self.overlap_days = config.overlap_days
        self._config = config
        self._session = session
        self._rors = sorted(set(rors))
        self._affiliation = affiliation
        self._time = time
        self._door = Door(session, base_url=config.base_url.rstrip("/"), mailto=config.mailto)

    def check(self) -> str:
        """Ask for no work at all, and return what the service says of itself. Raise SourceError if it is no Crossref."""
        asked = {"rows": "0", "mailto": self._config.mailto}
        answer = self._session.get(f"{self._config.base_url.rstrip('/')}/works", asked)
        try:
            total = int(json.loads(answer.content)["message"]["total-results"])
        except (ValueError, LookupError, TypeError) as error:
            sentence = f"{self.name}: what answers at base_url is not the Crossref REST API (HTTP {answer.status})."
            raise SourceError(sentence) from error
        told = answer.headers.get
        limit = f"{told('x-rate-limit-limit', '?')} requests per {told('x-rate-limit-interval', '?')}"
        return f"{total:,} works; pool {told('x-api-pool', 'not named')}, {limit}"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """Given who is looked for, return one question for the institution, one for every batch of ORCIDs, one for every other person.

        A scope is the same on every day and changes only with those it stands for; one person more touches one batch.
        """
        first = since or (date.fromisoformat(str(self._config.first_since)) if self._config.first_since else None)
        asked: list[tuple[str, dict[str, str], int | None]] = []
        if self._rors:
            asked.append((scope("ror", self._rors), {"ror-id": " ".join(self._rors)}, None))
        orcids = {person.orcid for person in people if person.orcid}
        asked += [(scope("orcid", batch), {"orcid": " ".join(batch)}, None) for batch in batches(orcids)]
        if self._config.searches_per_run:
            without = {person.name: person for person in people if not person.orcid and person.family}
            for name, person in sorted(without.items()):
                searched = {"author": name, "family": person.family, "given": person.given}
                if self._affiliation:
                    searched["affiliation"] = self._affiliation
                asked.append((scope("author", [name, self._affiliation]), searched, self._config.searches_per_run))
        return [Question(name, first, until, parameters, ration=ration) for name, parameters, ration in asked]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a question, yield its pages; see Source. A list that came up short is yielded again from its start.

        Raise BadHarvest if it came up short every time.
        """
        for restart in range(_RESTARTS + 1):
            try:
                yield from self._list(question, self._place(position) if restart == 0 else _Place())
                return
            except _Lost as lost:
                reason = str(lost)
        raise BadHarvest(f"{self.name}: {reason}, {_RESTARTS + 1} times in a row. The next run reads this list again.")

    def work(self, doi: str) -> Record | None:
        """Given a DOI, return its record, or None if Crossref has none.

        Raise BadHarvest if another work's record comes back: a # or ? that was not quoted cuts a DOI short.
        """
        wanted = doi.lower()
        try:
            message = self._door.work(quote(wanted, safe=""))
        except Refused as refused:
            if refused.status == 404:
                return None
            raise self._refusal(refused) from None
        found = str(message.get("DOI", "")).lower()
        if found != wanted:
            raise BadHarvest(f"{self.name}: asked for {wanted}, it answered with {found or 'no DOI'}.")
        return self._record(message)

    def _place(self, position: str | None) -> _Place:
        """Given a position from the harvest log, return the place if it can still be alive, else the start."""
        try:
            place = _Place(*json.loads(position or "[]"))
            age = self._time.now() - clock.moment(place.at)
        except (ValueError, TypeError):
            return _Place()
        return place if timedelta(0) <= age <= _FRESH else _Place()

    def _list(self, question: Question, place: _Place) -> Iterator[Page]:
        search = "author" in question.parameters
        rows = _SEARCH_ROWS if search else self._config.rows
        parameters = self._parameters(question, rows)
        seen: set[str] = set()
        for number in count(1):
            asked = self._session.requests
            items, total, cursor = self._page(parameters, place.cursor)
            fresh = {_doi(item) or f"page {number}, item {n}" for n, item in enumerate(items, 1)} - seen
            if items and not fresh:
                raise _Lost("the same page of a list came again and again")
            seen |= fresh
            place = _Place(
                cursor, place.seen + len(fresh), total if place.total is None else place.total, self._stamp()
            )
            missing = (place.total or 0) - place.seen
            # A short page ends a list from which nothing is missing; an empty one ends any.
            done = not items or (len(items) < rows and missing <= 0)
            if search:
                done = len(items) < rows or number == _SEARCH_PAGES
            elif done and missing > 0:
                raise _Lost(f"a list of {place.total} works ended after {place.seen}")
            kept = [item for item in items if not search or named(item, question.parameters)]
            yield Page(
                records=tuple(self._record(item) for item in kept if _doi(item)),
                position=None if done else place.text(),
                total=None if search else place.total,
                requests=self._session.requests - asked,
                responded_on=self._responded_on(),
                unusable=tuple(
                    (f"item {n} of a page", "it has no DOI") for n, item in enumerate(items, 1) if not _doi(item)
                ),
                passed_over=len(items) - len(kept),
            )
            if done:
                return

    def _parameters(self, question: Question, rows: int) -> dict[str, Any]:
        filters: dict[str, Any] = {}
        if question.since is not None:  # of all its dates the one that is guaranteed to move when a record changes
            filters["from-index-date"] = question.since.isoformat()
        filters["until-index-date"] = question.until.isoformat()
        if "orcid" in question.parameters:
            filters["orcid"] = question.parameters["orcid"].split()  # the same filter repeated means: or
        if "ror-id" in question.parameters:
            filters["ror-id"] = [f"https://ror.org/{ror}" for ror in question.parameters["ror-id"].split()]
        return {"filter": filters, "limit": rows, **looks_for(question.parameters)}

    def _page(self, parameters: Mapping[str, Any], cursor: str) -> tuple[list[dict[str, Any]], int, str]:
        try:
            message = self._door.works(parameters, cursor)
        except Refused as refused:
            if "cursor-invalid" in refused.kinds:
                raise _Lost("the cursor of a list died") from None
            raise self._refusal(refused) from None
        except BadHarvest as error:
            raise _Lost(str(error).removeprefix(f"{self.name}: ").rstrip(".")) from None
        items, total, following = message.get("items"), message.get("total-results"), message.get("next-cursor")
        if (
            not isinstance(items, list)
            or not all(isinstance(item, dict) for item in items)
            or not isinstance(total, int)
            or not isinstance(following, str)
        ):
            raise BadHarvest(
                f"{self.name}: it answered, but not with a list of works. Look at `base_url` of this source."
            )
        return items, total, following

    def _record(self, item: Mapping[str, Any]) -> Record:
        raw = json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")  # a lone surrogate is no text
        indexed = item.get("indexed")
        stamp = indexed.get("date-time") if isinstance(indexed, dict) else None
        return Record(self.name, _doi(item), "crossref", raw, stamp if isinstance(stamp, str) else None)

    def _stamp(self) -> str:
        return clock.stamp(self._time.now())

    def _responded_on(self) -> date | None:
        try:
            return parsedate_to_datetime(self._door.headers.get("Date", "")).astimezone(UTC).date()
        except (ValueError, TypeError):
            return None

    def _refusal(self, refused: Refused) -> SourceError:
        error = SourceError(
            f"{self.name}: it refused the question ({refused.status}): {refused.message}. Look at `base_url` and `rows` of this source."
        )
        error.permanent = True  # the same question will be refused tomorrow; other questions may pass
        return error


def _doi(item: Mapping[str, Any]) -> str:
    doi = item.get("DOI")
    return doi.lower() if isinstance(doi, str) else ""
