"""What is owed, and the message that tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any


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
    acts: str = "lead"  # staff: theirs to do, whoever leads the project
    preprint: bool = False  # a chance to put it right before publication: due, never overdue
    given: bool = False  # a publication was named that nobody finds: it is asked once whether that is the right one

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
    thread: tuple[
        str, ...
    ] = ()  # `message_id` of the first messages to this person about the same matters, oldest first
    unsubscribe: str | None = (
        None  # the person's own page: a POST to it with List-Unsubscribe=One-Click ends the messages
    )
    calendar: str | None = None  # iCalendar text: the days by which something is asked for
    # The Message-ID's part before the @. Empty: the outbox draws one, so that who did not get the message
    # cannot name it in a forged reply or bounce.
    message_id: str = ""
