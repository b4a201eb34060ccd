"""What the configuration holds, table by table, but for its sources and what sends."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr, ValidationInfo, field_validator

from pubtrack.config.base import Section
from pubtrack.config.sending import Channel, Reminders
from pubtrack.config.sources import Source
from pubtrack.config.values import (
    AbsolutePath,
    ExistingFile,
    Mail,
    TimeZone,
    Url,
)
from pubtrack.config.web import Mailbox, Web
from pubtrack.config.weights import Weights


class Contact(Section):
    """Who to ask at the Digital Competence Centre."""

    name: str
    email: Mail
    url: Url | None = None


class Institution(Section):
    """The institution whose projects are followed."""

    name: str
    name_en: str | None = None
    ror: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # other spellings found in affiliations
    contact: Contact
    language: Literal["nl", "en"] = "nl"
    timezone: TimeZone = "Europe/Amsterdam"


class Register(Section):
    """Where projects and people come from."""

    files: tuple[AbsolutePath, ...] = ()


class Credit(Section):
    """How copies are found and read."""

    copies: tuple[AbsolutePath, ...] = ()  # folders of copies handed in, each with an index.csv: work,file,version
    fetch: bool = False  # follow the links that sources give to open copies
    keep_files: bool = False  # in a folder beside the database
    unpaywall_email: Mail | None = None  # Unpaywall wants one; without it it is not asked
    max_bytes: int = 50_000_000
    deadline: float = 60  # seconds for one copy, from first byte to last
    memory: int = 1_000_000_000  # bytes a reader may take
    seconds: float = 60  # time a reader may take
    per_run: int = 500  # links followed in one run; what is left is reported


class Matching(Section):
    """The thresholds and weights of matching; the file is config/matching.toml."""

    accept: float = Field(default=0.88, gt=0, lt=1)
    review: float = Field(default=0.25, gt=0, lt=1)
    weights: Weights = Field(default_factory=Weights)

    @field_validator("review")
    @classmethod
    def _review_below_accept(cls, review: float, info: ValidationInfo) -> float:
        accept = info.data.get("accept")
        if accept is not None and review >= accept:
            raise ValueError(f"{review:g} is not below accept ({accept:g}). What is accepted need not be reviewed.")
        return review


class Digest(Section):
    """Who gets the monthly digest, and in which language."""

    channel: str | None = None
    recipients: tuple[str, ...] = ()
    slack: str | None = None  # the name of a channel: a short message goes to its team_channel
    names: bool = False  # also list overdue duties with their project leads
    language: Literal["nl", "en"] | None = None


class References(Section):
    """How reference lists are made."""

    style: str = "apa"
    to: str | None = None  # where the provider wants them, shown in the list
    language: Literal["nl", "en"] | None = None  # the institution's, if it is not named
    channel: str | None = None  # through which `references sent LIST --send` leaves
    recipients: tuple[Mail, ...] = ()


class Service(Section):
    """When the service does its daily run."""

    hour: int = Field(default=6, ge=0, le=23)  # not before this hour, in the institution's time zone


class Settings(Section):
    """The whole configuration. Paths are absolute once loaded."""

    institution: Institution
    database: AbsolutePath = Path("pubtrack.db")
    reports: AbsolutePath = Path("reports")
    policies: tuple[ExistingFile, ...]
    register_: Register = Field(default_factory=Register, alias="register")
    sources: tuple[Source, ...] = Field(default=(), alias="source")
    channels: tuple[Channel, ...] = Field(default=(), alias="channel")
    credit: Credit = Field(default_factory=Credit)
    matching: Matching = Field(default_factory=Matching)
    reminders: Reminders = Field(default_factory=Reminders)
    digest: Digest = Field(default_factory=Digest)
    references: References = Field(default_factory=References)
    service: Service = Field(default_factory=Service)
    web: Web | None = None
    mailbox: Mailbox | None = None
    _file: Path = PrivateAttr(default=Path("pubtrack.toml"))

    @property
    def file(self) -> Path:
        """Return the file these settings were loaded from."""
        return self._file
