"""Publications: records, and the works they show."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

# CSL-JSON, the interlingua for bibliographic data: https://docs.citationstyles.org/en/stable/specification.html
# Authors may carry "ORCID" (bare) and "affiliation" ([{"name": ...}]) beside CSL's own name parts, as Crossref's CSL does.
Csl = dict[str, Any]


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
