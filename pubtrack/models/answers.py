"""What people said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pubtrack.models.duties import DutyKind

# A journal takes its time; this long after a correction was requested without a day being named, the credit is asked about again.
CORRECTION_DAYS = 90


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
    AWAY = "away"  # person: on leave until `until`; nothing is sent, and nothing passed on, before the day after it
    JOINED = "joined"  # work and records: two records show one work, whatever they say themselves
    PARTED = "parted"  # work and records: a record shows another work, for good
    WITHDRAWN = "withdrawn"  # takes back the decision named in `note` as "decision N"


class Choice(StrEnum):
    """What a lead can choose on the answer page, by a Slack button or by mail. Each becomes one or more decisions."""

    MINE = "mine"  # the publication comes from this project
    NOT_MINE = "not_mine"  # it is not this person's, nor of any of their projects
    WRONG_PROJECT = "wrong_project"  # it comes from another project of this person
    REPORTED = "reported"  # the reference (and the copy, where it is owed) reached the provider, on a day
    CREDITED = "credited"  # the credit is there, the reader missed it
    CORRECTION = "correction"  # the journal was asked to add the credit
    ANOTHER = "another"  # here is another publication: DOI, address, citation or file
    NOTHING_TO_REPORT = "nothing_to_report"  # no publication so far
    PLANNED = "planned"  # a publication is expected on a day
    LATER = "later"  # remind me later
    STOP = "stop"  # send me no more; staff take over


@dataclass(frozen=True, slots=True)
class Records:
    """The two records that a decision joined or parted, each by its source and its id there.

    `record` went or came, `other` gave the reference of the work it went from or came to; `doi` is the work's that it went from.
    """

    record: tuple[str, str]
    other: tuple[str, str]
    doi: str | None = None


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
    records: Records | None = None  # joined and parted, and nothing else
    policy: str | None = None  # under which policy, where the answer is about one provider of several; None: all
