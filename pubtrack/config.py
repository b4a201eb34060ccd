"""The configuration: pydantic models over TOML. Every fault at once; unknown keys are faults; no secret is ever held in a value."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr


class Section(BaseModel):
    """A table of the configuration: frozen, and a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(Section):
    """Where a secret is to be found: in an environment variable or in a file. Never the secret itself."""

    env: str | None = None
    file: Path | None = None


class Contact(Section):
    """Who to ask at the Digital Competence Centre."""

    name: str
    email: str
    url: str | None = None


class Institution(Section):
    """The institution whose projects are followed."""

    name: str
    name_en: str | None = None
    ror: tuple[str, ...] = ()
    names: tuple[str, ...] = ()  # other spellings found in affiliations
    contact: Contact
    language: Literal["nl", "en"] = "nl"
    timezone: str = "Europe/Amsterdam"


class FileSource(Section):
    """Files in a folder of ours: Crossref JSON or JSONL, OAI-PMH XML, BibTeX, RIS, CSL-JSON; told apart by content."""

    kind: Literal["file"]
    name: str
    files: tuple[Path, ...]
    format: str | None = None


class CrossrefSource(Section):
    """The Crossref REST API, polite with `mailto`."""

    kind: Literal["crossref"]
    name: str = "crossref"
    mailto: str
    base_url: str = "https://api.crossref.org"
    rows: int = Field(default=500, ge=1, le=1000)
    overlap_days: int = Field(default=3, ge=0)
    first_since: str | None = None  # the day a first harvest starts from
    timeout: float = 60


class OaiSource(Section):
    """An OAI-PMH 2.0 repository."""

    kind: Literal["oai_pmh"]
    name: str
    url: str
    prefix: str = "oai_dc"
    set: str | None = None
    first_since: str | None = None
    timeout: float = 60


Source = Annotated[FileSource | CrossrefSource | OaiSource, Field(discriminator="kind")]


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
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: Secret | None = None
    sender: str
    timeout: float = 30


class SlackChannel(Section):
    """Slack through slack-sdk: a bot token for direct messages."""

    kind: Literal["slack"]
    name: str = "slack"
    token: Secret
    base_url: str = "https://slack.com/api/"
    team_channel: str | None = None
    timeout: float = 30


Channel = Annotated[FileChannel | EmailChannel | SlackChannel, Field(discriminator="kind")]


class Register(Section):
    """Where projects and people come from."""

    files: tuple[Path, ...] = ()


class Credit(Section):
    """How copies are found and read."""

    copies: tuple[Path, ...] = ()  # folders of copies handed in, each with an index.csv: work,file,version
    fetch: bool = False  # follow the links that sources give to open copies
    keep_files: bool = False
    max_bytes: int = 50_000_000
    deadline: float = 60  # seconds for one copy, from first byte to last
    memory: int = 1_000_000_000  # bytes a reader may take
    seconds: float = 60  # time a reader may take
    per_run: int = 500  # links followed in one run; what is left is reported


class Matching(Section):
    """The thresholds and weights of matching; the file is config/matching.toml."""

    accept: float = Field(default=0.9, gt=0, lt=1)
    review: float = Field(default=0.3, gt=0, lt=1)
    weights: dict[str, float] = Field(default_factory=dict)


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
    quiet_weekdays: tuple[int, ...] = (6, 7)  # ISO: Monday is 1
    quiet_days: tuple[str, ...] = ()  # "12-25" every year, or "2026-12-24"


class Digest(Section):
    """Who gets the monthly digest, and in which language."""

    channel: str | None = None
    recipients: tuple[str, ...] = ()
    language: Literal["nl", "en"] | None = None


class References(Section):
    """How reference lists are made."""

    style: str = "apa"
    to: str | None = None  # where the provider wants them, shown in the list


class Settings(Section):
    """The whole configuration. Paths are absolute once loaded."""

    institution: Institution
    database: Path = Path("pubtrack.db")
    reports: Path = Path("reports")
    policies: tuple[Path, ...]
    register_: Register = Field(default_factory=Register, alias="register")
    sources: tuple[Source, ...] = Field(default=(), alias="source")
    channels: tuple[Channel, ...] = Field(default=(), alias="channel")
    credit: Credit = Field(default_factory=Credit)
    matching: Matching = Field(default_factory=Matching)
    reminders: Reminders = Field(default_factory=Reminders)
    digest: Digest = Field(default_factory=Digest)
    references: References = Field(default_factory=References)
    _file: Path = PrivateAttr(default=Path("pubtrack.toml"))


def load(path: Path) -> Settings:
    """Given the path of pubtrack.toml, return the settings, `matching.toml` and `reminders.toml` beside it read in.

    Raise ConfigError with every fault of every file, each with file, line, value and what to write instead.
    """
    raise NotImplementedError


def read_secret(secret: Secret) -> str:
    """Given where a secret is, return it. Raise ConfigError, naming the variable or file and never the value, if it is not there."""
    raise NotImplementedError


def located(file: Path, model: type[BaseModel]) -> Any:
    """Given a TOML file and the model it must hold, return the model. Raise ConfigError with every fault and its line."""
    raise NotImplementedError
