"""The nouns of the house: plain, frozen, typed. No module below this one, no I/O, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

# CSL-JSON, the interlingua for bibliographic data: https://docs.citationstyles.org/en/stable/specification.html
# Authors may carry "ORCID" (bare) and "affiliation" ([{"name": ...}]) beside CSL's own name parts, as Crossref's CSL does.
Csl = dict[str, Any]


class Verdict(StrEnum):
    """What a publication says about its data source under a policy."""

    PRESCRIBED = "prescribed"  # the policy's own statement
    CREDITED = "credited"  # plainly named as the source, in other words
    MENTIONED = "mentioned"  # named, but not as this work's source
    ABSENT = "absent"  # read to its end, and not named
    UNREADABLE = "unreadable"  # cannot tell; the finding says why


class Band(StrEnum):
    """How far a match may be trusted."""

    ACCEPT = "accept"  # a message may rest on it
    REVIEW = "review"  # staff are asked
    REJECT = "reject"  # kept, not shown


class DutyKind(StrEnum):
    """What a project owes its provider."""

    PUBLISH = "publish"
    CREDIT = "credit"
    REPORT = "report"
    COPY = "copy"


class DutyState(StrEnum):
    """Where a duty stands today."""

    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    MET = "met"
    WAIVED = "waived"
    SNOOZED = "snoozed"
    UNCLEAR = "unclear"  # staff are asked, never a lead


class Answer(StrEnum):
    """What a person can decide. Decisions are append-only; the newest of its kind about a subject holds."""

    MINE = "mine"  # work and project: this work is an output of this project
    NOT_MINE = "not_mine"  # work and project: it is not
    CREDITED = "credited"  # work: a person read it, and the provider is credited
    NOT_CREDITED = "not_credited"  # work: a person read it, and it is not
    REPORTED = (
        "reported"  # work, project: the reference reached the provider on `until`'s day or the day of the decision
    )
    COPY_SENT = "copy_sent"  # work, project: so did the copy
    WAIVED = "waived"  # project, work or one duty kind: no longer owed
    SNOOZED = "snoozed"  # project, work or one duty kind: ask again after `until`
    NOTHING_TO_REPORT = "nothing_to_report"  # project: no publication so far; ask again after `until`
    PLANNED = "planned"  # project: publication expected on `until`
    CORRECTION_REQUESTED = "correction_requested"  # work: the journal was asked to add the credit
    OPT_OUT = "opt_out"  # person: no more messages; staff take over
    OPT_IN = "opt_in"  # person: messages again
    WITHDRAWN = "withdrawn"  # takes back the decision named in `note` as "decision N"


@dataclass(frozen=True, slots=True, order=True)
class PartialDate:
    """A date as precise as its source gave it: a year, a year and month, or a day."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = [f"{self.year:04d}"]
        if self.month is not None:
            parts.append(f"{self.month:02d}")
            if self.day is not None:
                parts.append(f"{self.day:02d}")
        return "-".join(parts)

    @classmethod
    def parse(cls, text: str) -> PartialDate:
        """Given `2024`, `2024-03` or `2024-03-05`, return it. Raise ValueError on anything else."""
        parts = [int(part) for part in text.split("-")]
        if not 1 <= len(parts) <= 3 or not 1000 <= parts[0] <= 9999:
            raise ValueError(f"not a date: {text!r}")
        made = cls(*parts)
        made.last_day()
        return made

    @classmethod
    def of(cls, day: date) -> PartialDate:
        """Given a day, return it with full precision."""
        return cls(day.year, day.month, day.day)

    def first_day(self) -> date:
        """Return the earliest day this date can mean."""
        return date(self.year, self.month or 1, self.day or 1)

    def last_day(self) -> date:
        """Return the latest day this date can mean. Raise ValueError if there is no such day."""
        month = self.month or 12
        if not 1 <= month <= 12:
            raise ValueError(f"no such month: {month}")
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who leads or takes part in a project. `family` holds the particles: `van der Berg`."""

    given: str
    family: str
    email: str | None = None
    orcid: str | None = None
    slack: str | None = None
    language: str | None = None
    id: int | None = None

    @property
    def name(self) -> str:
        """Return the name as people write it: `Jan van der Berg`."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class Project:
    """A project at the provider. `id` is the provider's project number: an opaque string."""

    id: str
    title: str
    abstract: str | None = None
    datasets: tuple[str, ...] = ()
    institution: str | None = None
    started_on: date | None = None
    ended_on: date | None = None
    lead: Person | None = None
    members: tuple[Person, ...] = ()

    @property
    def people(self) -> tuple[Person, ...]:
        """Return the lead, if any, and the members."""
        return ((self.lead,) if self.lead else ()) + self.members


@dataclass(frozen=True, slots=True)
class Link:
    """Where a copy may be: as a source said it, so untrusted."""

    url: str
    media_type: str | None = None
    version: str | None = None  # submitted | accepted | published


@dataclass(frozen=True, slots=True)
class Relation:
    """What a record says of another: `kind` is is_preprint_of, has_preprint, is_version_of, corrects, retracts,
    corrected_by or retracted_by; `target` is an identity such as `doi:10.5555/12345678`."""

    kind: str
    target: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record as a source gave it, before any crosswalk."""

    source: str  # the source's name in the configuration
    source_id: str  # the source's own identifier: a DOI, an OAI identifier, an id field
    format: str  # the crosswalk that reads it: crossref, oai_dc, csl-json, bibtex, ris
    raw: bytes
    datestamp: str | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """One intellectual work, or one record's view of it before it is joined.

    `identities` are the strings under which records are joined: `doi:...` (lower case), `oai:SOURCE:ID`, `url:...`, `isbn:...`.
    """

    csl: Csl
    identities: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    links: tuple[Link, ...] = ()
    id: int | None = None
    retracted: bool = False
    corrected: bool = False

    @property
    def doi(self) -> str | None:
        """Return the DOI, normalised at the door, or None."""
        return self.csl.get("DOI")

    @property
    def title(self) -> str:
        """Return the title as plain text, or an empty string."""
        return str(self.csl.get("title") or "")

    @property
    def type(self) -> str:
        """Return the CSL type, `article-journal` for one."""
        return str(self.csl.get("type") or "document")

    @property
    def language(self) -> str | None:
        """Return the language's two-letter code, if the source gave one."""
        return self.csl.get("language")

    @property
    def authors(self) -> list[dict[str, Any]]:
        """Return the CSL authors in their order."""
        return list(self.csl.get("author") or [])

    @property
    def issued(self) -> PartialDate | None:
        """Return the publication date, with the precision it has, or None."""
        parts = ((self.csl.get("issued") or {}).get("date-parts") or [[]])[0]
        return PartialDate(*parts[:3]) if parts else None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of what speaks for or against a match, with a sentence a person understands."""

    kind: str
    weight: float
    detail: str


@dataclass(frozen=True, slots=True)
class Match:
    """A work held against a project."""

    project_id: str
    work_id: int
    score: float
    band: Band
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """What a publication says, where, and the rule that fired."""

    quote: str
    page: int | None
    section: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one copy of a work under one version of a policy by one version of the reader."""

    verdict: Verdict
    policy: str
    policy_version: str
    reader: str
    language: str | None = None
    evidence: tuple[Quote, ...] = ()
    reason: str | None = None  # why unreadable
    missing: tuple[str, ...] = ()  # parts of the prescribed statement that are not there
    suggestion: str | None = None  # the sentence to paste
    mentions: tuple[
        str, ...
    ] = ()  # project numbers ("project:7012") and data sets ("dataset:GBAPERSOONTAB") named in the text
    look_again_on: date | None = None
    work_id: int | None = None
    copy_id: int | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said. Never overwritten, never merged with what a machine inferred."""

    answer: Answer
    made_at: datetime
    who: str
    through: str  # cli | link | slack | mail | import
    work_id: int | None = None
    project_id: str | None = None
    person_id: int | None = None
    duty: DutyKind | None = None
    until: date | None = None
    note: str | None = None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing a project owes, computed for one day. `because` is a sentence a lead understands."""

    project_id: str
    work_id: int | None
    kind: DutyKind
    state: DutyState
    due_on: date | None
    since: date | None
    because: str
    policy: str
    strength: str  # must | should
    person_id: int | None = None

    @property
    def key(self) -> str:
        """Return the name under which this duty is told about: the same on every day."""
        return f"{self.policy}/{self.project_id}/{self.work_id or '-'}/{self.kind}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message ready to leave. `key` is unique for ever: one person, one occasion."""

    key: str
    channel: str
    recipient: str  # an address, a Slack user or channel, a file name
    subject: str
    text: str
    html: str | None = None
    blocks: tuple[Mapping[str, Any], ...] = ()
    attachments: tuple[str, ...] = ()  # paths
    person_id: int | None = None
    occasion: str = ""  # reminder | digest | references
    rung: str | None = None
    duties: tuple[str, ...] = ()  # Duty.key of every matter in it


@dataclass(slots=True)
class StageReport:
    """What a stage did: counts under fixed names, faults a person must know of, notes worth a line."""

    stage: str
    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # one sentence each; any fault means exit code 4
    notes: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)  # what was written, to open

    def count(self, name: str, by: int = 1) -> None:
        """Add to a count."""
        self.counts[name] = self.counts.get(name, 0) + by


class Progress(Protocol):
    """Called by long work: how much is done, of how much if known, and of what."""

    def __call__(self, done: int, total: int | None, what: str) -> None: ...


def silent(done: int, total: int | None, what: str) -> None:
    """A Progress that shows nothing."""
