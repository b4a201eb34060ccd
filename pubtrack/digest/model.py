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
    """How many publications have a verdict: those new this month, those published last year and this year, and all."""

    verdict: str
    new: int
    last_year: int
    this_year: int
    all: int


@dataclass(frozen=True, slots=True)
class TermRow:
    """What became of the duties of one kind whose term ended this year: met in time, met late, not met; and how it was last year."""

    name: str
    in_time: int
    late: int
    unmet: int
    last_in_time: int
    last_ended: int

    @property
    def ended(self) -> int:
        """Return how many terms ended this year."""
        return self.in_time + self.late + self.unmet


@dataclass(frozen=True, slots=True)
class MonthRow:
    """How many references were found, sent to the provider and seen on its own list in one month, `2026-10`."""

    month: str
    new: int
    sent: int
    arrived: int


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """One overdue duty with who it is of: told only where the configuration says so."""

    project_id: str
    person: str
    kind: str
    title: str
    due_on: date


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
    letters: int  # replies that a person has to read
    reports: int  # publications that somebody named and no source has yet
    questions: tuple[Question, ...]
    failures: tuple[str, ...]
    failures_left_out: int
    unsure: tuple[tuple[str, int], ...]
    terms: tuple[TermRow, ...] = ()
    months: tuple[MonthRow, ...] = ()  # this one and the eleven before it, oldest first
    named: tuple[OverdueRow, ...] = ()  # only where the configuration says so
    named_left_out: int = 0
    undelivered: tuple[tuple[str, int], ...] = ()  # messages, by what became of them: failed, uncertain
    attached: tuple[str, ...] = ()  # the names of the files with all new references
    began_after: date | None = None  # the day of the first run ever, if the month was over by then

    @property
    def failed(self) -> int:
        """Return how many things went wrong."""
        return len(self.failures) + self.failures_left_out + len(self.undelivered)

    @property
    def year(self) -> int:
        """Return the year of the month."""
        return int(self.month[:4])

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
        return not (
            self.began_after or self.new_count or self.sent or self.arrived or self.failures or self.undelivered
        )
