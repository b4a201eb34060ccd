"""What the configuration holds: pydantic models. Unknown keys are faults; no secret is ever held in a value."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator

from pubtrack.config.faults import Misplaced, SecretTable
from pubtrack.config.values import (
    AbsolutePath,
    Day,
    DoiPrefix,
    ExistingFile,
    Mail,
    Sender,
    TimeZone,
    Url,
    Variable,
    YearDay,
)
from pubtrack.config.weights import Weights


class Section(BaseModel):
    """A table of the configuration: frozen, and a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Secret(Section, SecretTable):
    """Where a secret is to be found: in an environment variable or in a file. Never the secret itself."""

    env: Variable | None = None
    file: AbsolutePath | None = None

    @field_validator("file")
    @classmethod
    def _one_place(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if "env" in info.data and (file is None) == (info.data["env"] is None):
            raise ValueError('a secret stands in one place. Write { env = "NAME_OF_VARIABLE" } or { file = "path" }.')
        return file


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


class FileSource(Section):
    """Files in a folder of ours: Crossref JSON or JSONL, OAI-PMH XML, BibTeX, RIS, CSL-JSON; told apart by content."""

    kind: Literal["file"]
    name: str
    files: tuple[AbsolutePath, ...]
    format: str | None = None


class CrossrefSource(Section):
    """The Crossref REST API, polite with `mailto`."""

    kind: Literal["crossref"]
    name: str = "crossref"
    mailto: Mail
    base_url: Url = "https://api.crossref.org"
    rows: int = Field(default=500, ge=1, le=1000)
    overlap_days: int = Field(default=3, ge=0)
    first_since: Day | None = None  # the day a first harvest starts from
    timeout: float = Field(default=60, gt=0)
    searches_per_run: int = Field(default=100, ge=0)  # people without an ORCID searched for by name in one run


class OaiSource(Section):
    """An OAI-PMH 2.0 repository."""

    kind: Literal["oai_pmh"]
    name: str
    url: Url
    prefix: str | None = None  # None: the best that the repository gives and pubtrack reads
    set: str | None = None
    overlap_days: int = Field(default=3, ge=0)  # how far a window reaches back: records are indexed late
    first_since: Day | None = None
    timeout: float = Field(default=60, gt=0)


class EuropePmcSource(Section):
    """Europe PMC's full-text search for the names of the data's provider."""

    kind: Literal["europe_pmc"]
    name: str = "europe-pmc"
    names: tuple[str, ...] = Field(
        default=("Statistics Netherlands", "Centraal Bureau voor de Statistiek", "Dutch Central Bureau of Statistics"),
        min_length=1,
    )
    affiliations: tuple[str, ...] | None = None  # None: the institution's own names; empty: authors from anywhere
    base_url: Url = "https://www.ebi.ac.uk/europepmc/webservices/rest"
    window: Literal["updated", "indexed", "published"] = "updated"  # which date a daily question goes by
    page_size: int = Field(default=100, ge=1, le=1000)
    overlap_days: int = Field(default=30, ge=0)
    first_since: Day | None = None
    timeout: float = Field(default=60, gt=0)


class OpenAlexSource(Section):
    """OpenAlex; a key is free and needed for daily use."""

    kind: Literal["openalex"]
    name: str = "openalex"
    api_key: Secret | None = None
    institution: bool = True  # also every work of the institution's, by its ROR ids
    base_url: Url = "https://api.openalex.org"
    window: Literal["published", "created", "updated"] = "published"  # the last two need a plan that is paid for
    per_page: int = Field(default=100, ge=1, le=100)
    overlap_days: int | None = Field(default=None, ge=0)  # None: 365 by the day of publication, else 3
    first_since: Day | None = None
    timeout: float = Field(default=60, gt=0)


class DataCiteSource(Section):
    """DataCite: what names the provider's data DOIs, and what people and institution registered there."""

    kind: Literal["datacite"]
    name: str = "datacite"
    prefixes: tuple[DoiPrefix, ...] = ("10.57934",)  # of the provider's data DOIs
    institution: bool = True
    people: bool = True
    base_url: Url = "https://api.datacite.org"
    window: Literal["updated", "registered"] = "updated"
    page_size: int = Field(default=100, ge=1, le=1000)
    overlap_days: int = Field(default=3, ge=0)
    first_since: Day | None = None
    timeout: float = Field(default=60, gt=0)


Source = Annotated[
    FileSource | CrossrefSource | OaiSource | EuropePmcSource | OpenAlexSource | DataCiteSource,
    Field(discriminator="kind"),
]


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

    accept: float = Field(default=0.9, gt=0, lt=1)
    review: float = Field(default=0.2, gt=0, lt=1)
    weights: Weights = Field(default_factory=Weights)

    @field_validator("review")
    @classmethod
    def _review_below_accept(cls, review: float, info: ValidationInfo) -> float:
        accept = info.data.get("accept")
        if accept is not None and review >= accept:
            raise ValueError(f"{review:g} is not below accept ({accept:g}). What is accepted need not be reviewed.")
        return review


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
        _each_once([rung.name for rung in ladder])
        return ladder


class Digest(Section):
    """Who gets the monthly digest, and in which language."""

    channel: str | None = None
    recipients: tuple[str, ...] = ()
    language: Literal["nl", "en"] | None = None


class References(Section):
    """How reference lists are made."""

    style: str = "apa"
    to: str | None = None  # where the provider wants them, shown in the list


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
    _file: Path = PrivateAttr(default=Path("pubtrack.toml"))

    @property
    def file(self) -> Path:
        """Return the file these settings were loaded from."""
        return self._file


def _each_once(names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Misplaced(f'the name "{name}" stands twice. Each needs a name of its own.', index, "name")
