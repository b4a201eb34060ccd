"""An OAI-PMH 2.0 repository: ListRecords, page by page. http://www.openarchives.org/OAI/openarchivesprotocol.html

Own and strict, because libraries that recover from broken XML count a page cut off in the middle as a whole harvest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pubtrack.config import Settings
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources import oai_answer
from pubtrack.discovery.sources.oai_answer import Answer
from pubtrack.errors import BadHarvest, SourceBlocked, SourceError
from pubtrack.models import Person
from pubtrack.net.polite import PoliteSession

# Repositories index late, and some stamp a record with the day it was made, not the day it appeared.
OVERLAP_DAYS = 3
_EMPTY_PAGES = 50  # so many pages without a record, one after the other, are no list
_SECONDS = "YYYY-MM-DDThh:mm:ssZ"


class OaiPmhSource:
    """One repository, one metadataPrefix, one set or all of it. A position is a resumptionToken."""

    overlap_days = OVERLAP_DAYS

    def __init__(
        self,
        name: str,
        url: str,
        session: PoliteSession,
        *,
        prefix: str = "oai_dc",
        set: str | None = None,
        first_since: date | None = None,
        once: PoliteSession | None = None,
    ) -> None:
        """`once` is a session that does not try again, for questions that need no answer."""
        self.name = name
        self._url = url
        self._session = session
        self._once = once or session
        self._prefix = prefix
        self._set = set
        self._first_since = first_since

    def check(self) -> str:
        """Ask what the repository is and gives, and return it in one line. Raise SourceError if it does not give our format.

        Identify may fail where all else works, so it is not asked for more than a name.
        """
        prefixes = self._said("ListMetadataFormats", "metadataPrefix")
        if self._prefix not in prefixes:
            given = ", ".join(prefixes) or "none at all"
            raise _permanent(
                f"{self.name}: the repository does not give the format {self._prefix}, but {given}. Look at `prefix` of this source."
            )
        try:
            name = "".join(self._said("Identify", "repositoryName")[:1])
        except SourceBlocked:
            raise
        except SourceError:
            name = ""
        return f"{name or 'a repository whose Identify fails'}; gives {self._prefix}"

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:  # noqa: ARG002
        """Return the one question: everything that changed, whoever made it."""
        scope = f"{self._prefix} {self._set}" if self._set else self._prefix
        return [Question(scope, since or self._first_since, until)]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Yield the list page by page, from a resumptionToken on if one is given.

        A token that the repository no longer knows starts the list again: at once for a token of an earlier run, and once for one
        that was given in this run. Raise SourceError if the repository fails or refuses, SourceBlocked on 403, BadHarvest if an answer
        is not whole, not OAI-PMH, or a list does not end.
        """
        before = self._session.requests
        start: dict[str, str] | None = None
        responded_on: date | None = None
        used: set[bytes] = set()
        token, restarts, empty = position, 1 if position is None else 0, 0
        while True:
            if token is None and start is None:
                start = self._start(question)
            answer = self._ask({"verb": "ListRecords", "resumptionToken": token} if token else start or {})
            responded_on = responded_on or answer.responded_on
            if self._dead(answer) and token is not None and restarts < 2:
                token, restarts, used = None, restarts + 1, set()
                continue
            self._refuse(answer, token)
            following = answer.token or None
            empty = 0 if answer.records or answer.unusable else empty + 1
            self._check(following, token, used, empty)
            requests, before = self._session.requests - before, self._session.requests
            yield Page(answer.records, following, answer.total, max(requests, 1), responded_on, answer.unusable)
            if following is None:
                return
            token = following

    def _start(self, question: Question) -> dict[str, str]:
        """The arguments of a new list. Days are legal everywhere; where the repository counts seconds, whole days are spelt out.

        Some that announce seconds take the bare `until=2026-11-16` for its first second.
        """
        arguments = {"verb": "ListRecords", "metadataPrefix": self._prefix} | ({"set": self._set} if self._set else {})
        seconds = self._granularity() == _SECONDS
        if question.since is not None:
            arguments["from"] = f"{question.since}T00:00:00Z" if seconds else str(question.since)
        arguments["until"] = f"{question.until}T23:59:59Z" if seconds else str(question.until)
        return arguments

    def _granularity(self) -> str | None:
        """What Identify announces; None where it does not work (a Pure was seen to answer 500 while other verbs worked)."""
        try:
            return self._said("Identify", "granularity")[0]
        except SourceBlocked:
            raise
        except (SourceError, IndexError):
            return None

    def _said(self, verb: str, element: str) -> tuple[str, ...]:
        answer = oai_answer.read(self._once.get(self._url, {"verb": verb}).content, self.name)
        return answer.said.get(element, ())

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

    @staticmethod
    def _dead(answer: Answer) -> bool:
        return any(code == "badResumptionToken" for code, _ in answer.errors)

    def _refuse(self, answer: Answer, token: str | None) -> None:
        """Raise what the answer's errors mean, unless they mean that there is nothing (more)."""
        codes = dict(answer.errors)
        if not codes and answer.verb != "ListRecords":
            raise BadHarvest(f"{self.name}: asked for records, the repository answered with {answer.verb}.")
        if not codes or "noRecordsMatch" in codes:
            return
        if "badResumptionToken" in codes and token is not None:
            raise BadHarvest(f"{self.name}: the repository refused its own resumptionToken again after a new start.")
        code, said = next(iter(codes.items()))
        if code == "cannotDisseminateFormat":
            raise _permanent(
                f"{self.name}: the repository does not give the format {self._prefix}. Look at `prefix` of this source."
            )
        if code == "noSetHierarchy":
            raise _permanent(f"{self.name}: the repository has no sets. Take `set` out of this source.")
        told = f" ({said})" if said else ""
        where = "`set`, `prefix` and `first_since`" if self._set else "`prefix` and `first_since`"
        raise _permanent(
            f"{self.name}: the repository refused the question with {code or 'an error'}{told}. Look at {where} of this source."
        )

    def _check(self, following: str | None, token: str | None, used: set[bytes], empty: int) -> None:
        """Raise BadHarvest if the list runs in a circle."""
        if following is None:
            return
        if token is not None:
            used.add(hashlib.sha256(token.encode()).digest())
        if hashlib.sha256(following.encode()).digest() in used:
            raise BadHarvest(
                f"{self.name}: the repository gave the same resumptionToken twice, so its list would never end."
            )
        if empty >= _EMPTY_PAGES:
            raise BadHarvest(
                f"{self.name}: {empty} pages without a record, one after the other: this list does not end."
            )


def _permanent(message: str) -> SourceError:
    error = SourceError(message)
    error.permanent = True
    return error


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
        once=PoliteSession(config.name, user_agent=agent, timeout=min(config.timeout, 20), retries=0),
    )
