"""An OAI-PMH 2.0 repository: ListRecords, page by page. http://www.openarchives.org/OAI/openarchivesprotocol.html

Own and strict, because libraries that recover from broken XML count a page cut off in the middle as a whole harvest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pubtrack.config import Settings
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import oai_answer
from pubtrack.discovery.sources.oai_about import SECONDS, About, few, no_sets, permanent
from pubtrack.discovery.sources.oai_answer import Answer
from pubtrack.errors import BadHarvest, SourceBlocked, SourceError
from pubtrack.models import Person
from pubtrack.net.polite import PoliteSession

# Repositories index late, and some stamp a record with the day it was made, not the day it appeared.
OVERLAP_DAYS = 3
_EMPTY_PAGES = 50  # so many pages without a record, one after the other, are no list
_SECOND_LOOKS = 20  # pages of one list that are asked for again, because a record of theirs is broken


@dataclass(slots=True)
class _Walk:
    """How far the reading of one list has come."""

    token: str | None
    restarts: int
    since: date | None
    start: dict[str, str] = field(default_factory=dict)
    used: set[bytes] = field(default_factory=set)
    responded_on: date | None = None
    empty: int = 0  # pages without a record
    seen: int = 0  # records, since the start
    looks: int = 0
    turned: bool = False  # days and seconds were changed for one another
    set_back: bool = False  # the repository's clock was found to be behind

    def asked(self) -> dict[str, str]:
        return {"verb": "ListRecords", "resumptionToken": self.token} if self.token else self.start


class OaiPmhSource:
    """One repository, one metadataPrefix, one set or all of it. A position is a resumptionToken."""

    def __init__(
        self,
        name: str,
        url: str,
        session: PoliteSession,
        *,
        prefix: str | None = None,
        set: str | None = None,
        first_since: date | None = None,
        overlap_days: int = OVERLAP_DAYS,
        once: PoliteSession | None = None,
    ) -> None:
        """Without a prefix the best that the repository gives is asked for. `once` is a session that does not try again."""
        self.name = name
        self.overlap_days = overlap_days
        self._url = url
        self._session = session
        self._once = once or session
        self._about = About(name, url, session, self._once)
        self._prefix = prefix
        self._set = set
        self._first_since = first_since
        self._counted = 0
        self._today: date | None = None

    def check(self) -> str:
        """Ask what the repository is and gives, and return it in one line. Raise SourceError if it does not give what is configured.

        Identify may fail where all else works, so it is not asked for more than a name and the granularity.
        """
        try:
            given = self._about.formats()
        except SourceError as error:
            if self._prefix or isinstance(error, (SourceBlocked, BadHarvest)):
                raise
            given = ()
        if self._prefix and self._prefix not in given:
            raise permanent(
                f"{self.name}: the repository does not give the format {self._prefix}, but {few(given)}. Look at `prefix` of this source."
            )
        chosen = self._prefix or self._about.chosen(date(2000, 1, 1))
        if not given and not self._about.takes(chosen, date(2000, 1, 1)):
            raise permanent(
                f"{self.name}: the repository takes no question of those it was asked. Look at `url` of this source."
            )
        if self._set:
            self._about.look_for(self._set)
        granularity = {SECONDS: "datestamps to the second", "YYYY-MM-DD": "datestamps to the day"}
        return "; ".join(
            (
                self._about.repository() or "a repository whose Identify fails",
                f"gives {few(given)}" if given else "does not list its formats",
                f"{chosen} is asked for" + ("" if self._prefix else ", the best of those that pubtrack reads"),
                granularity.get(self._about.granularity() or "", "datestamps of unknown granularity"),
            )
        )

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:  # noqa: ARG002
        """Return the one question: everything that changed, whoever made it. Raise SourceError if no format can be chosen."""
        prefix = self._prefix or self._about.chosen(until)
        self._today = until
        parameters = {"metadataPrefix": prefix} | ({"set": self._set} if self._set else {})
        return [Question(" ".join(parameters.values()), since or self._first_since, until, parameters)]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Yield the list page by page, from a resumptionToken on if one is given.

        A token that the repository no longer knows starts the list again: at once for a token of an earlier run, and once for one
        that was given in this run. Raise SourceError if the repository fails or refuses, SourceBlocked on 403, BadHarvest if an answer
        is not whole, not OAI-PMH, or a list does not end.
        """
        walk = _Walk(position, 1 if position is None else 0, question.since)
        while True:
            if walk.token is None and not walk.start:
                walk.start = self._start(question, walk.since)
            answer = self._ask(walk.asked())
            walk.responded_on = walk.responded_on or answer.responded_on
            if self._starts_again(answer, walk):
                continue
            self._refuse(answer, walk, question)
            answer = self._looked_at_twice(answer, walk)
            following = answer.token or None
            size = len(answer.records) + len(answer.unusable)
            walk.empty, walk.seen = 0 if size else walk.empty + 1, walk.seen + size
            self._check(following, walk)
            yield Page(
                answer.records, following, answer.total, self._spent(), walk.responded_on, unusable=answer.unusable
            )
            if following is None:
                return
            walk.token = following

    @property
    def requests(self) -> int:
        """How often the repository was asked since this source was made."""
        return sum(session.requests for session in {self._session, self._once})

    def _spent(self) -> int:
        """The requests since this was last asked: one at least."""
        spent, self._counted = self.requests - self._counted, self.requests
        return max(spent, 1)

    def _starts_again(self, answer: Answer, walk: _Walk) -> bool:
        """Whether the list is to be asked for again from its start, and in another way where that is why."""
        codes = dict(answer.errors)
        if walk.token is not None:
            if "badResumptionToken" not in codes or walk.restarts >= 2:
                return False
            walk.token, walk.restarts, walk.used, walk.seen = None, walk.restarts + 1, set(), 0
            return True
        if answer.responded_on and walk.since and answer.responded_on < walk.since and not walk.set_back:
            # Its clock went back, and with it the datestamps of what is new.
            walk.since = _back(answer.responded_on, self.overlap_days)
            walk.start, walk.set_back = {}, True
            return True
        if "badArgument" in codes and not walk.turned:
            # Some announce one granularity and take the other.
            walk.start, walk.turned = {name: _turned(name, text) for name, text in walk.start.items()}, True
            return True
        return False

    def _start(self, question: Question, since: date | None) -> dict[str, str]:
        """The arguments of a new list. Days are legal everywhere; where the repository counts seconds, whole days are spelt out.

        Some that announce seconds take the bare `until=2026-11-16` for its first second. A list up to today has no end: a repository
        whose clock is ahead of ours, or was once, has datestamps that lie in the future.
        """
        arguments = {"verb": "ListRecords", **question.parameters}
        if since is not None:
            arguments["from"] = str(since)
        if self._today is None or question.until < self._today:
            arguments["until"] = str(question.until)
        if self._about.granularity() == SECONDS:
            return {name: _turned(name, text) for name, text in arguments.items()}
        return arguments

    def _looked_at_twice(self, answer: Answer, walk: _Walk) -> Answer:
        """A page with a broken record, or one that ends the list before it is complete, is asked for once more: it may be a slip."""
        size = len(answer.records) + len(answer.unusable)
        reached = (walk.seen if answer.cursor is None else answer.cursor) + size
        early = answer.token == "" and answer.total is not None and reached < answer.total
        if not (answer.unusable or early) or walk.looks >= _SECOND_LOOKS:
            return answer
        walk.looks += 1
        try:
            again = self._ask(walk.asked())
        except SourceBlocked:
            raise
        except SourceError:
            return answer
        better = (len(again.records), bool(again.token)) > (len(answer.records), bool(answer.token))
        return again if better and not again.errors and again.verb == "ListRecords" else answer

    def _ask(self, arguments: dict[str, str]) -> Answer:
        response = self._session.get(self._url, arguments)
        try:
            answer = oai_answer.read(response.content, self.name)
        except BadHarvest:
            if response.status < 400:
                raise
        else:
            # Zenodo sends every OAI error with HTTP 422, so a body that is OAI-PMH counts, whatever the status.
            if answer.errors or response.status < 400:
                return answer
        raise SourceError(f"{self.name}: the repository answered {response.status}. Look at `url` of this source.")

    def _refuse(self, answer: Answer, walk: _Walk, question: Question) -> None:
        """Raise what the answer's errors mean, unless they mean that there is nothing (more)."""
        codes = dict(answer.errors)
        if not codes and answer.verb != "ListRecords":
            raise BadHarvest(f"{self.name}: asked for records, the repository answered with {answer.verb}.")
        if not codes or "noRecordsMatch" in codes:
            # Most repositories say the same of a set that they do not have.
            if codes and self._set and walk.token is None and question.since in (None, self._first_since):
                self._about.look_for(self._set)
            return
        if "badResumptionToken" in codes and walk.token is not None:
            raise BadHarvest(f"{self.name}: the repository refused its own resumptionToken again after a new start.")
        code, said = next(iter(codes.items()))
        if code == "cannotDisseminateFormat":
            prefix = question.parameters.get("metadataPrefix")
            raise permanent(
                f"{self.name}: the repository does not give the format {prefix}. Look at `prefix` of this source."
            )
        if code == "noSetHierarchy":
            raise no_sets(self.name)
        if (
            code == "badVerb"
        ):  # it knows ListRecords if it is a repository at all: the address itself asks for something else
            raise permanent(
                f"{self.name}: the repository does not know what it was asked. Look at `url` of this source."
            )
        if self._set:
            self._about.look_for(self._set)
        told = f" ({said})" if said else ""
        where = "`set`, `prefix` and `first_since`" if self._set else "`prefix` and `first_since`"
        raise permanent(
            f"{self.name}: the repository refused the question with {code or 'an error'}{told}. Look at {where} of this source."
        )

    def _check(self, following: str | None, walk: _Walk) -> None:
        """Raise BadHarvest if the list runs in a circle."""
        if following is None:
            return
        if walk.token is not None:
            walk.used.add(hashlib.sha256(walk.token.encode()).digest())
        if hashlib.sha256(following.encode()).digest() in walk.used:
            raise BadHarvest(
                f"{self.name}: the repository gave the same resumptionToken twice, so its list would never end."
            )
        if walk.empty >= _EMPTY_PAGES:
            raise BadHarvest(
                f"{self.name}: {walk.empty} pages without a record, one after the other: this list does not end."
            )


def _turned(name: str, text: str) -> str:
    """A day's argument to the second, or back."""
    if name not in ("from", "until"):
        return text
    if "T" in text:
        return text.partition("T")[0]
    return f"{text}T00:00:00Z" if name == "from" else f"{text}T23:59:59Z"


def _back(day: date, days: int) -> date:
    return date.min if (day - date.min).days < days else day - timedelta(days=days)


def build(config: Any, settings: Settings) -> OaiPmhSource:
    """Given the configuration of a repository, return the source."""
    agent = f"pubtrack (mailto:{settings.institution.contact.email})"
    return OaiPmhSource(
        config.name,
        config.url,
        PoliteSession(config.name, user_agent=agent, timeout=config.timeout),
        prefix=config.prefix,
        set=config.set,
        first_since=date.fromisoformat(config.first_since) if config.first_since else None,
        overlap_days=config.overlap_days,
        once=PoliteSession(config.name, user_agent=agent, timeout=min(config.timeout, 20), retries=0),
    )
