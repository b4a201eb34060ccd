"""What a source is: it turns what is asked for into questions, and answers a question page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol, runtime_checkable

from pubtrack.models import Person, Record


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a question about people is asked: within `days`, and within `days_ended` once all their projects ended long ago."""

    days: int
    days_ended: int
    people: frozenset[int] = frozenset()  # their ids


@dataclass(frozen=True, slots=True)
class Question:
    """One list to harvest: a window and what narrows it. `scope` names it in the harvest log: the same on every day.

    The stage asks a source for its questions without a window and fills in each question's own, from the watermark of its scope:
    so a scope that is new (a person added) is harvested from the beginning, whatever the others have reached.
    """

    scope: str
    since: date | None
    until: date
    parameters: Mapping[str, str] = field(default_factory=dict)
    once: bool = False  # the scope names the content (a file and its hash): once answered it is not asked again
    ration: int | None = (
        None  # of a source's questions that carry one, a run asks so many, those that waited longest first
    )
    rhythm: Rhythm | None = None  # None: asked in every run
    stands_for: tuple[str, ...] = ()  # scopes that are answered with this one


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an answer. `position` is where to go on after it (a cursor, a resumptionToken), None after the last.

    `responded_on` is the day of the source's own clock, from which the next window is overlapped.
    """

    records: tuple[Record, ...]
    position: str | None
    total: int | None = None
    requests: int = 1
    responded_on: date | None = None
    unusable: tuple[tuple[str, str], ...] = ()  # (source_id or place, reason) of what could not even become a Record
    passed_over: int = 0  # records that a relevance search brought and that plainly are not what was asked for


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask in one run, in this order. `note` tells the operator where that is not the usual."""

    questions: Sequence[Question]
    note: str | None = None


@runtime_checkable
class Planner(Protocol):
    """A source that knows several ways to ask the same."""

    def planned(self, due: Sequence[Question]) -> Plan:
        """Given the questions that are due, each with its window, return what to ask instead. Raise SourceError if the source fails."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A source that counts what it asks."""

    @property
    def requests(self) -> int:
        """How often it asked since it was made, also where that failed."""
        ...


class Source(Protocol):
    """A place to ask. Built by bootstrap; knows no store."""

    name: str
    overlap_days: int  # how far a new window reaches back behind the watermark

    def check(self) -> str:
        """Ask the cheapest question there is, and return in one line what answers. Raise SourceError if it is not what it should be."""
        ...

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        """Given who is looked for and a window (None: from the beginning), return the questions to ask.

        A source that takes everything, as a repository does, ignores the people and asks one question.
        """
        ...

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        """Given a question, yield its pages from `position` on (None: from the start).

        Raise SourceError if the source fails, SourceBlocked if it told us to stop, BadHarvest if the answer cannot be trusted.
        A position that has died restarts the question from its beginning; the store makes that harmless.
        """
        ...
