"""What a digest tells, before it is put into words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

VERDICTS = ("prescribed", "credited", "mentioned", "absent", "unreadable", "unread")


@dataclass(frozen=True, slots=True)
class ProjectReferences:
    """The new references of one project, formatted: text with <i>, <b>, <sup> and <sub>, all else escaped."""

    project_id: str
    title: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """How many publications have a verdict: those new this month, and all."""

    verdict: str
    new: int
    all: int


@dataclass(frozen=True, slots=True)
class SentList:
    """A list that went to the provider this month."""

    name: str
    references: int
    sent_on: date
    receipt: str


@dataclass(frozen=True, slots=True)
class OpenRow:
    """How many duties of one kind, or at one institute, are in which state."""

    name: str
    overdue: int
    due: int
    unclear: int
    upcoming: int


@dataclass(frozen=True, slots=True)
class Question:
    """A work and a project that only a person can judge."""

    project_id: str
    title: str


@dataclass(frozen=True, slots=True)
class Digest:
    """One month. What happened is counted within it; what is open, as it stands on `made_on`."""

    month: str
    made_on: date
    institution: str
    provider: str
    new: tuple[ProjectReferences, ...]
    new_count: int
    credit: tuple[VerdictRow, ...]
    sent: tuple[SentList, ...]
    arrived: int
    not_arrived: int
    by_kind: tuple[OpenRow, ...]
    by_institute: tuple[OpenRow, ...]
    institutes_left_out: int
    asked: int
    questions: tuple[Question, ...]
    failures: tuple[str, ...]
    failures_left_out: int
    unsure: tuple[tuple[str, int], ...]
    began_after: date | None = None  # the day of the first run ever, if the month was over by then

    @property
    def sent_count(self) -> int:
        """Return how many references were sent this month."""
        return sum(made.references for made in self.sent)

    @property
    def overdue(self) -> int:
        """Return how many duties are overdue."""
        return sum(row.overdue for row in self.by_kind)

    @property
    def due(self) -> int:
        """Return how many duties are due."""
        return sum(row.due for row in self.by_kind)

    @property
    def unclear(self) -> int:
        """Return how many duties are unclear: staff are asked, never a lead."""
        return sum(row.unclear for row in self.by_kind)

    @property
    def new_left_out(self) -> int:
        """Return how many of the new references are not shown."""
        return self.new_count - sum(len(project.references) for project in self.new)

    @property
    def without_news(self) -> bool:
        """Return whether nothing was found, sent, listed or broken this month, and somebody was looking."""
        return not (self.began_after or self.new_count or self.sent or self.arrived or self.failures)
