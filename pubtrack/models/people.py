"""Who takes part in which project."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


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
