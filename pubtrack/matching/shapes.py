"""The shapes of what is compared: a work taken apart, a project taken apart, and the people of both. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from pubtrack.matching.names import Name
from pubtrack.matching.words import Rarity
from pubtrack.models import Finding, Project


@dataclass(frozen=True, slots=True)
class Author:
    """A person among a work's authors."""

    name: Name
    text: str  # as the source writes it
    orcid: str | None = None
    affiliations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """A work, taken apart for comparison."""

    id: int
    title: Mapping[str, float]
    text: Mapping[str, float]  # title and abstract
    authors: tuple[Author, ...]  # organisations left out
    organisations: tuple[str, ...]
    author_count: int
    first_day: date | None
    last_day: date | None
    finding: Finding | None = None
    site: str = ""  # the host of its address
    harvested: bool = False  # found by a search, on no list that somebody made


class Role(NamedTuple):
    """A person of a project: `lead` and `member` come from the register, `author` from an output that is confirmed."""

    project_id: str
    role: str
    name: Name
    text: str
    orcid: str | None = None
    outputs: frozenset[int] = frozenset()  # for role `author`: the known works that show this person
    sure: bool = True  # for role `author`: whether these are known, or only accepted by a machine


@dataclass(frozen=True, slots=True)
class Output:
    """A work that is known to belong to a project: a person said so, or its text names the project beside a credit.

    One that is not `sure` stands on a list that somebody made and was accepted by what its record says; nobody confirmed it.
    """

    work_id: int
    authors: tuple[Author, ...]
    text: Mapping[str, float]
    site: str = ""
    organisations: tuple[str, ...] = ()
    sure: bool = True


class View:
    """A project, taken apart for comparison. What few works ask for is made when one does."""

    __slots__ = ("_rarity", "_stems", "_text", "_title", "institutions", "labels", "outputs", "project", "roles")

    def __init__(
        self,
        project: Project,
        stems: tuple[Sequence[str], Sequence[str]],
        rarity: Rarity,
        roles: tuple[Role, ...],
        outputs: tuple[Output, ...] = (),
        institutions: tuple[str, ...] = (),
        labels: frozenset[str] = frozenset(),
    ) -> None:
        """`stems` are those of the title, and of title, abstract and names of data sets; `institutions` folded names under which its

        institution may stand in an affiliation; `labels` parts of hosts that are its institution's own.
        """
        self.project, self.roles, self.outputs = project, roles, outputs
        self.institutions, self.labels = institutions, labels
        self._stems, self._rarity = stems, rarity
        self._title: Mapping[str, float] | None = None
        self._text: Mapping[str, float] | None = None

    @property
    def title(self) -> Mapping[str, float]:
        """Return the words of the title."""
        if self._title is None:
            self._title = self._rarity.vector(self._stems[0])
        return self._title

    @property
    def text(self) -> Mapping[str, float]:
        """Return the words of title, abstract and names of data sets."""
        if self._text is None:
            self._text = self.title if self._stems[1] is self._stems[0] else self._rarity.vector(self._stems[1])
        return self._text

    @property
    def words(self) -> Sequence[str]:
        """Return the words of the title in their order, unweighed."""
        return self._stems[0]

    @property
    def named(self) -> bool:
        """Return whether the register names anyone."""
        return any(role.role != "author" for role in self.roles)
