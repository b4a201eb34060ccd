"""The sources of publications, as the configuration names them: one table each, told apart by `kind`."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, field_validator

from pubtrack.config.base import Secret, Section
from pubtrack.config.values import AbsolutePath, Day, DoiPrefix, Mail, Url


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
    searches_per_run: int = Field(default=100, ge=0)  # people without an ORCID searched for by name in one run, at most
    search_days: int = Field(default=30, ge=1)  # each is searched for again within so many days
    search_days_ended: int = Field(
        default=120, ge=1
    )  # and within so many once their projects ended more than two years ago


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

    @field_validator("url")
    @classmethod
    def _base(cls, url: str) -> str:
        if "verb" in parse_qs(urlsplit(url).query):
            plain = url.partition("?")[0]
            raise ValueError(f"{url} holds a question, not only the repository's address. Write {plain}.")
        return url


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
