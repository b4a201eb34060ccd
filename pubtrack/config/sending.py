"""What leaves and when: the channels, the ladder of reminders and their limits."""

from __future__ import annotations

from itertools import pairwise, product
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from pubtrack.config.base import Secret, Section, each_once
from pubtrack.config.faults import Misplaced
from pubtrack.config.values import Sender, TimeOfDay, Url, YearDay
from pubtrack.models import DutyKind


class FileChannel(Section):
    """Writes messages into a folder: for rehearsal."""

    kind: Literal["file"]
    name: str = "file"
    folder: Path = Path("messages")


class EmailChannel(Section):
    """SMTP."""

    kind: Literal["email"]
    name: str = "email"
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    sender: Sender
    timeout: float = Field(default=30, gt=0)


class SlackChannel(Section):
    """Slack through slack-sdk: a bot token for direct messages; for the team a channel of its own, or an incoming webhook."""

    kind: Literal["slack"]
    name: str = "slack"
    token: Secret
    base_url: Url = "https://slack.com/api/"
    team_channel: str | None = None
    webhook: Secret | None = (
        None  # the address of an incoming webhook: where the team's messages go, without a channel's number
    )
    timeout: float = Field(default=30, gt=0)


Weekday = Annotated[int, Field(ge=1, le=7)]
Channel = Annotated[FileChannel | EmailChannel | SlackChannel, Field(discriminator="kind")]


class Rung(Section):
    """One rung of the ladder: `after_days` from the due date; negative is before it.

    `kinds` and `strength` name the duties that it is for; without them it is for all.
    """

    name: str
    after_days: int
    to: Literal["lead", "contact"] = "lead"
    kinds: tuple[DutyKind, ...] = ()
    strength: Literal["must", "should"] | None = None

    def holds_for(self, kind: DutyKind, strength: str) -> bool:
        """Given a duty's kind and strength, return whether it is told on this rung."""
        return (not self.kinds or kind in self.kinds) and self.strength in (None, strength)


_DUTIES = tuple(product(DutyKind, ("must", "should")))


class Reminders(Section):
    """The ladder and the limits; the file is config/reminders.toml."""

    channel: str = "file"
    fallback: str | None = None  # the channel for whom the first cannot reach
    ladder: tuple[Rung, ...] = (
        Rung(name="heads-up", after_days=-7),
        Rung(name="due", after_days=1),
        Rung(name="late", after_days=14, strength="must"),
        Rung(name="later", after_days=42, strength="must"),
        Rung(name="contact", after_days=70, to="contact", strength="must"),
    )
    min_days_between: int = Field(default=14, ge=0)  # between two messages to one person
    per_person_per_week: int = Field(default=1, ge=1)  # messages to one person in any seven days
    stock_days: int = Field(default=14, ge=0)  # after the first run took stock, before its matters may be told
    breaker: int = Field(default=25, ge=1)  # more messages than this in one run: send none, exit 5
    per_run: int | None = Field(
        default=None, ge=1
    )  # at most this many messages in one run; the rest wait for the next, and are said
    per_week: int | None = Field(default=None, ge=1)  # and at most this many in any seven days
    quiet_weekdays: tuple[Weekday, ...] = (6, 7)  # ISO: Monday is 1
    quiet_days: tuple[YearDay, ...] = ()  # "12-25" every year, or "2026-12-24"
    holidays: Literal["nl"] | None = (
        None  # and the public holidays of the Netherlands, those that move with Easter included
    )
    quiet_hours: tuple[TimeOfDay, TimeOfDay] | None = None  # from, until: what is queued then leaves after them

    @field_validator("ladder")
    @classmethod
    def _ascending(cls, ladder: tuple[Rung, ...]) -> tuple[Rung, ...]:
        each_once([rung.name for rung in ladder])
        for kind, strength in _DUTIES:
            rungs = [(index, rung) for index, rung in enumerate(ladder) if rung.holds_for(kind, strength)]
            for (_, lower), (index, upper) in pairwise(rungs):
                if upper.after_days <= lower.after_days:
                    raise Misplaced(
                        f'{upper.after_days} days is not after the rung before it, "{lower.name}" ({lower.after_days} days).'
                        " The ladder goes up.",
                        index,
                        "after_days",
                    )
            if not rungs:
                raise ValueError(
                    f"no rung is for the duty to {kind} where it is a {strength}: nobody would ever be told of it."
                )
        return ladder

    @field_validator("fallback")
    @classmethod
    def _another(cls, fallback: str | None, info: ValidationInfo) -> str | None:
        if fallback is not None and fallback == info.data.get("channel"):
            raise ValueError(f"{fallback} is the first channel already. Name another, or leave the fallback out.")
        return fallback
