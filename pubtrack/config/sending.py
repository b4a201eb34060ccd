"""What leaves and when: the channels, the ladder of reminders and their limits."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from pubtrack.config.base import Secret, Section, each_once
from pubtrack.config.faults import Misplaced
from pubtrack.config.values import Sender, Url, YearDay


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
    """Slack through slack-sdk: a bot token for direct messages."""

    kind: Literal["slack"]
    name: str = "slack"
    token: Secret
    base_url: Url = "https://slack.com/api/"
    team_channel: str | None = None
    timeout: float = Field(default=30, gt=0)


Weekday = Annotated[int, Field(ge=1, le=7)]
Channel = Annotated[FileChannel | EmailChannel | SlackChannel, Field(discriminator="kind")]


class Rung(Section):
    """One rung of the ladder: `after_days` from the due date; negative is before it."""

    name: str
    after_days: int
    to: Literal["lead", "contact"] = "lead"


class Reminders(Section):
    """The ladder and the limits; the file is config/reminders.toml."""

    channel: str = "file"
    ladder: tuple[Rung, ...] = (
        Rung(name="heads-up", after_days=-7),
        Rung(name="due", after_days=1),
        Rung(name="late", after_days=14),
        Rung(name="later", after_days=42),
        Rung(name="contact", after_days=70, to="contact"),
    )
    min_days_between: int = Field(default=14, ge=0)  # between two messages to one person
    stock_days: int = Field(default=14, ge=0)  # after the first run took stock, before its matters may be told
    breaker: int = Field(default=25, ge=1)  # more messages than this in one run: send none, exit 5
    per_run: int | None = Field(
        default=None, ge=1
    )  # at most this many messages in one run; the rest wait for the next, and are said
    quiet_weekdays: tuple[Weekday, ...] = (6, 7)  # ISO: Monday is 1
    quiet_days: tuple[YearDay, ...] = ()  # "12-25" every year, or "2026-12-24"

    @field_validator("ladder")
    @classmethod
    def _ascending(cls, ladder: tuple[Rung, ...]) -> tuple[Rung, ...]:
        for index, (lower, upper) in enumerate(pairwise(ladder), start=1):
            if upper.after_days <= lower.after_days:
                raise Misplaced(
                    f'{upper.after_days} days is not after the rung before it, "{lower.name}" ({lower.after_days} days).'
                    " The ladder goes up.",
                    index,
                    "after_days",
                )
        each_once([rung.name for rung in ladder])
        return ladder
