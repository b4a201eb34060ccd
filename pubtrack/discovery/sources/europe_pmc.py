"""Europe PMC: full texts that name the provider of the data, also those whose authors nobody was looking for.

https://europepmc.org/RestfulWebService; fields of a search: https://europepmc.org/searchsyntax. A phrase without a field is looked for
in everything Europe PMC can search of a work: its full text where it is open, else title and abstract. Free, without a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from pubtrack import __version__
from pubtrack.config import Settings
from pubtrack.config.sources import EuropePmcSource
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import cursors
from pubtrack.discovery.sources.crossref_questions import scope
from pubtrack.discovery.sources.cursors import Refused, Sheet, Walk
from pubtrack.errors import BadHarvest
from pubtrack.models import Person, Record
from pubtrack.net.polite import PoliteSession

# The day on which the record last moved, was first indexed, or the work was first published.
WINDOWS = {"updated": "UPDATE_DATE", "indexed": "FIRST_IDATE", "published": "FIRST_PDATE"}
_FOR_EVER = "3000-12-31"  # the end that Europe PMC's own searches write


def build(config: EuropePmcSource, settings: Settings) -> EuropePmc:
    """Given the source's configuration and the settings, return the source.

    Without `affiliations` of its own it asks for works with an author of the institution, under any of its names.
    """
    institution = settings.institution
    own = [name for name in (institution.name, institution.name_en, *institution.names) if name]
    session = PoliteSession(
        config.name,
        user_agent=f"pubtrack/{__version__} (mailto:{institution.contact.email})",
        setting="base_url",
        timeout=config.timeout,
        max_bytes=200_000_000,
    )
    affiliations = own if config.affiliations is None else config.affiliations
    return EuropePmc(config, session, affiliations=list(dict.fromkeys(affiliations)))


class EuropePmc:
    """Works that name one of `names` anywhere, by an author of one of `affiliations` (none: by anybody)."""

    def __init__(self, config: EuropePmcSource, session: PoliteSession, *, affiliations: Sequence[str]) -> None:
        self.name = config.name
        self.overlap_days = config.overlap_days
        self._config = config
        self._session = session
        self._search = cursors.quoted(config.names)
        if affiliations:
            self._search += f" AND {_affiliated(affiliations)}"
        self._members = [*config.names, "", *affiliations]

    @property
    def requests(self) -> int:
        """How often the service was asked since this source was made."""
        return self._session.requests

    def check(self) -> str:
        """Ask how many works there are, and return it. Raise SourceError if what answers is no Europe PMC."""
        try:
            found = self._ask(self._search, "*", size=1, kind="idlist")
        except Refused as refused:
            raise cursors.refusal(self.name, refused, "`base_url`") from None
        return f"{found.total:,} works for {self._search}"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:  # noqa: ARG002
        """Return the one question: works that name the provider, whoever wrote them."""
        first = date.fromisoformat(self._config.first_since) if self._config.first_since else None
        return [Question(scope(f"names/{self._config.window}", self._members), since or first, until)]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given the question, yield its pages; see Source."""
        search = self._search
        if question.since is not None:
            # The end stays open: a print date may lie in the future, and a record that moves meanwhile must not slip away.
            search += f" AND {WINDOWS[self._config.window]}:[{question.since} TO {_FOR_EVER}]"
        walk = Walk(
            self.name,
            self._session,
            ask=lambda cursor: self._ask(search, cursor, size=self._config.page_size, kind="core"),
            name=_identifier,
            record=self._record,
            start="*",
            settings="`base_url` and `names`",
        )
        return walk.pages(position)

    def _ask(self, search: str, cursor: str, *, size: int, kind: str) -> Sheet:
        asked = {
            "query": search,
            "resultType": kind,
            "format": "json",
            "pageSize": str(size),
            "cursorMark": cursor,
        }
        response = self._session.get(f"{self._config.base_url.rstrip('/')}/search", asked)
        held = cursors.told(self.name, response, lambda refusal: str(refusal.get("errMsg") or ""))
        if "errMsg" in held:  # a refusal that comes with status 200
            code = str(held.get("errCode"))
            raise Refused(int(code) if code.isdecimal() else response.status, cursors.one_line(held["errMsg"]))
        results = held.get("resultList")
        if not isinstance(results, dict):
            raise BadHarvest(cursors.wrong(self.name))
        return cursors.sheet(
            self.name, results.get("result") or [], held.get("hitCount"), held.get("nextCursorMark"), response
        )

    def _record(self, item: Mapping[str, Any]) -> Record:
        moved = item.get("dateOfRevision") or item.get("firstIndexDate")
        stamp = moved if isinstance(moved, str) else None
        return Record(self.name, _identifier(item), "europe-pmc", cursors.raw(item), stamp)


def _affiliated(affiliations: Sequence[str]) -> str:
    made = [f"AFF:{cursors.quoted([name])}" for name in affiliations]
    return made[0] if len(made) == 1 else f"({' OR '.join(made)})"


def _identifier(item: Mapping[str, Any]) -> str:
    """Europe PMC counts within the collections it holds: MED/39709209 is PubMed's, PPR/PPR1 a preprint."""
    source, identifier = item.get("source"), item.get("id")
    return f"{source}/{identifier}" if isinstance(source, str) and isinstance(identifier, str) and identifier else ""
