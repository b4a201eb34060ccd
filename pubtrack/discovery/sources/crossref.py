"""The Crossref REST API, asked through habanero one page at a time.

https://api.crossref.org and https://www.crossref.org/documentation/retrieve-metadata/rest-api/. People with an ORCID are asked for in
lists of ORCIDs, or, where that is cheaper, found in a sweep of everything that moved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from pubtrack import __version__, clock, identifiers
from pubtrack.config import Settings
from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery.model import Page, Plan, Question, Rhythm
from pubtrack.discovery.sources import crossref_sweep as sweep
from pubtrack.discovery.sources.crossref_list import Lost, Place, doi, place, sheets
from pubtrack.discovery.sources.crossref_questions import batches, looks_for, named, scope
from pubtrack.discovery.sources.crossref_sweep import Known
from pubtrack.discovery.sources.habanero_door import Door, Refused
from pubtrack.errors import BadHarvest, SourceError
from pubtrack.models import Person, Record
from pubtrack.net.polite import PoliteSession, Time

_RESTARTS = 2  # of one list in one run, before it is given up until the next
_SEARCH_ROWS = 100
_CITED = 5
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
        names=[name for name in (institution.name, institution.name_en, *institution.names) if name],
    )


class Crossref:
    """Works of people (by ORCID, else by name), and of the institution (by ROR)."""

    def __init__(
        self,
        config: CrossrefSource,
        session: PoliteSession,
        *,
        rors: Sequence[str],
        affiliation: str,
        names: Sequence[str] = (),
        time: Time = clock,
    ) -> None:
        self.name = config.name
        self.overlap_days = config.overlap_days
        self._config = config
        self._session = session
        self._rors = sorted(set(rors))
        self._affiliation = affiliation
        self._names = tuple(names) or ((affiliation,) if affiliation else ())
        self._known = Known((), (), ())
        self._time = time
        self._door = Door(session, base_url=config.base_url.rstrip("/"), mailto=config.mailto)

    def check(self) -> str:
        """Ask for no work at all, and return what the service says of itself. Raise SourceError if it is no Crossref."""
        asked = {"rows": "0", "mailto": self._config.mailto}
        answer = self._session.get(f"{self._config.base_url.rstrip('/')}/works", asked)
        try:
            total = int(json.loads(answer.content)["message"]["total-results"])
        except (ValueError, LookupError, TypeError) as error:
            sentence = f"{self.name}: what answers is not the Crossref REST API (HTTP {answer.status}). Look at `base_url` of this source."
            raise SourceError(sentence) from error
        told = answer.headers.get
        limit = f"{told('x-rate-limit-limit', '?')} requests per {told('x-rate-limit-interval', '?')}"
        at_once = f", {told('x-concurrency-limit')} at a time" if told("x-concurrency-limit") else ""
        return f"{total:,} works; pool {told('x-api-pool', 'not named')}, {limit}{at_once}"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """Given who is looked for, return one question for the institution, one for every batch of ORCIDs, one for every other person.

        A scope is the same on every day and changes only with those it stands for; one person more touches one batch.
        """
        first = since or (date.fromisoformat(str(self._config.first_since)) if self._config.first_since else None)
        self._known = Known(people, self._rors, self._names)
        asked: list[tuple[str, dict[str, str]]] = []
        if self._rors:
            asked.append((scope("ror", self._rors), {"ror-id": " ".join(self._rors)}))
        asked += [(scope("orcid", batch), {"orcid": " ".join(batch)}) for batch in batches(self._known.orcids)]
        lists = [Question(name, first, until, parameters) for name, parameters in asked]
        return lists + (self._searches(people, first, until) if self._config.searches_per_run else [])

    def _searches(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """One question for each name of people without an ORCID."""
        without: dict[str, list[Person]] = {}
        for person in people:
            if not person.orcid and person.family:
                without.setdefault(person.name, []).append(person)
        made = []
        for name, alike in sorted(without.items()):
            searched = {"author": name, "family": alike[0].family, "given": alike[0].given}
            if self._affiliation:
                searched["affiliation"] = self._affiliation
            ids = frozenset(person.id for person in alike if person.id is not None)
            rhythm = Rhythm(self._config.search_days, self._config.search_days_ended, ids)
            scoped, ration = scope("author", [name, self._affiliation]), self._config.searches_per_run
            made.append(Question(scoped, since, until, searched, ration=ration, rhythm=rhythm))
        return made

    def planned(self, due: Sequence[Question]) -> Plan:
        """Given what is due, return what to ask instead: the same, or one sweep for all lists of ORCIDs, whichever costs fewer requests.

        Raise SourceError if it cannot be asked what a sweep would cost.
        """
        lists = sweep.sweepable(due)
        if len(lists) <= sweep.FEW:
            return Plan(due)
        scopes = {one.scope for one in lists}
        others = [one for one in due if one.scope not in scopes]
        try:
            swept = sweep.by_index(lists)
            moved = self._count(swept)
            if sweep.cost(moved) < len(lists):
                return Plan([swept, *others])
            turn, swept = sweep.turn(lists), sweep.by_deposit(lists)
            if sweep.cost(0) + len(turn) < len(lists) and sweep.cost(self._count(swept)) + len(turn) < len(lists):
                note = (
                    f"{self.name}: {moved:,} works with an ORCID moved in the index since {lists[0].since}, so what was deposited is read"
                    f" today, and {len(turn)} of {len(lists)} lists of people by index, those that waited longest first; the others follow"
                    f" within {sweep.TURNS} runs."
                )
                return Plan([swept, *others, *turn], note)
        except Refused:
            pass  # whoever knows no such question knows the plain ones
        return Plan(due)

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a question, yield its pages; see Source. A list that came up short is yielded again from its start.

        Raise BadHarvest if it came up short every time.
        """
        read = self._swept if "sweep" in question.parameters else self._list
        for restart in range(_RESTARTS + 1):
            try:
                yield from read(question, place(position, self._time) if restart == 0 else Place())
                return
            except Lost as lost:
                reason = str(lost)
            except Refused as refused:
                raise self._refusal(refused) from None
        # What is no list of works at all may come from elsewhere.
        advice = "; if that goes on, look at `base_url` of this source" if reason.startswith("it gave") else ""
        raise BadHarvest(
            f"{self.name}: {reason}, {_RESTARTS + 1} times in a row. The next run reads this list again{advice}."
        )

    def work(self, name: str) -> Record | None:
        """Given a DOI, return its record, or None if Crossref has none.

        Raise BadHarvest if another work's record comes back: a # or ? that was not quoted cuts a DOI short.
        """
        wanted = name.lower()
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

    def cited(self, citation: str) -> list[Record]:
        """Given a citation, return the records most like it, best first. It is a relevance search: none of them need be it."""
        asked = {"filter": {}, "limit": _CITED, "query_bibliographic": citation}
        try:
            items = self._door.works(asked, None).get("items")
        except Refused as refused:
            raise self._refusal(refused) from None
        found = items if isinstance(items, list) else []
        return [self._record(item) for item in found if isinstance(item, dict) and doi(item)]

    @property
    def requests(self) -> int:
        """How often the service was asked since this source was made."""
        return self._session.requests

    def _list(self, question: Question, at: Place) -> Iterator[Page]:
        search = "author" in question.parameters
        asked = self._session.requests
        parameters = self._parameters(question, _SEARCH_ROWS if search else self._config.rows)
        pages = 1 if search else None
        for sheet in sheets(self._door, self.name, parameters, at, self._time, search_pages=pages):
            kept = [item for item in sheet.items if not search or named(item, question.parameters)]
            yield Page(
                records=tuple(self._record(item) for item in kept if doi(item)),
                position=None if sheet.done else sheet.place.text(),
                total=None if search else sheet.place.total,
                requests=self._session.requests - asked,
                responded_on=self._responded_on(),
                unusable=tuple(
                    (f"item {n} of a page", "it has no DOI") for n, item in enumerate(sheet.items, 1) if not doi(item)
                ),
                passed_over=len(sheet.items) - len(kept),
            )
            asked = self._session.requests

    def _swept(self, question: Question, at: Place) -> Iterator[Page]:
        """Read everything, a few fields of each; then the works that someone of the register could own, whole, some in one question."""
        asked = self._session.requests
        for sheet in sheets(self._door, self.name, self._parameters(question, sweep.ROWS), at, self._time):
            ours = [doi(item) for item in sheet.items if self._known.could_own(item)]
            found = sheet.place.found + [one for one in ours if one]  # the next sheet's place takes them along
            records: list[Record] = []
            while found and (sheet.done or sweep.batch(found) < len(found)):
                taken, found = found[: sweep.batch(found)], found[sweep.batch(found) :]
                records += self._whole(taken)
            sheet.place.found[:] = found
            yield Page(
                records=tuple(records),
                position=None if sheet.done else sheet.place.text(),
                total=sheet.place.total,
                requests=self._session.requests - asked,
                responded_on=self._responded_on(),
                passed_over=len(sheet.items) - len(ours),
            )
            asked = self._session.requests

    def _whole(self, dois: Sequence[str]) -> list[Record]:
        """Given DOIs, return their whole records. Raise Lost if one is not there that a list has just shown."""
        plain = [one for one in dois if sweep.addressable(one)]
        items: Any = []
        if plain:
            items = self._door.works({"filter": {"doi": plain}, "limit": len(plain)}, None).get("items")
        records = [self._record(item) for item in items if doi(item)] if isinstance(items, list) else []
        made = {record.source_id: record for record in records}
        for one in dict.fromkeys(dois):
            if one not in made and (single := self.work(one)) is not None:
                made[one] = single
        if missing := sorted(set(dois) - made.keys()):
            raise Lost(f"{missing[0]} stood in a list and could not be had")
        return [made[one] for one in dict.fromkeys(dois)]

    def _count(self, question: Question) -> int:
        """Return how many works a question would bring."""
        total = self._door.works(self._parameters(question, 0), None).get("total-results")
        if not isinstance(total, int):
            raise BadHarvest(
                f"{self.name}: it answered, but not with a list of works. Look at `base_url` of this source."
            )
        return total

    def _parameters(self, question: Question, rows: int) -> dict[str, Any]:
        filters: dict[str, Any] = {}
        # Of all its dates that of the index is the one that is guaranteed to move when a record changes.
        moved = "update" if question.parameters.get("sweep") == "deposit" else "index"
        if question.since is not None:
            filters[f"from-{moved}-date"] = question.since.isoformat()
        filters[f"until-{moved}-date"] = question.until.isoformat()
        if "orcid" in question.parameters:
            filters["orcid"] = question.parameters["orcid"].split()  # the same filter repeated means: or
        if "ror-id" in question.parameters:
            filters["ror-id"] = [f"https://ror.org/{ror}" for ror in question.parameters["ror-id"].split()]
        asked: dict[str, Any] = {"filter": filters, "limit": rows, **looks_for(question.parameters)}
        if "sweep" in question.parameters:
            filters["has-orcid"] = "true"
            asked["select"] = ",".join(sweep.FIELDS)
        return asked

    def _record(self, item: Mapping[str, Any]) -> Record:
        raw = json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")  # a lone surrogate is no text
        indexed = item.get("indexed")
        stamp = indexed.get("date-time") if isinstance(indexed, dict) else None
        return Record(self.name, doi(item), "crossref", raw, stamp if isinstance(stamp, str) else None)

    def _responded_on(self) -> date | None:
        try:
            return parsedate_to_datetime(self._door.headers.get("Date", "")).astimezone(UTC).date()
        except (ValueError, TypeError):
            return None

    def _refusal(self, refused: Refused) -> SourceError:
        elsewhere = refused.message == "with a web page"
        said = f" {refused.message}" if elsewhere else f": {refused.message}"
        where = "`base_url`" if elsewhere else "`base_url` and `rows`"
        error = SourceError(
            f"{self.name}: it refused the question ({refused.status}){said}. Look at {where} of this source."
        )
        error.permanent = True  # the same question will be refused tomorrow; other questions may pass
        return error
