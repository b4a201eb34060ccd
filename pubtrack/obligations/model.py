"""All that duties are computed from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from pubtrack.models import Decision, Finding, Match, Project, Work

# CSL 1.0.2: `article` is a preprint, `manuscript` what is not published.
_PREPRINTS = frozenset({"article", "manuscript"})


def is_preprint(work: Work) -> bool:
    """Given a work, return whether it is known as a preprint only: what is missing in it can still be put right."""
    return work.type in _PREPRINTS


@dataclass(frozen=True, slots=True)
class Given:
    """A publication that somebody named for a project and that is no work yet: what was typed, and on which day."""

    on: date
    what: str
    with_staff: bool = False  # it waits for them to read it


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known at one moment. The order of nothing in it matters."""

    projects: Sequence[Project] = ()
    works: Mapping[int, Work] = field(
        default_factory=dict
    )  # every work of `matches` above rejection and of `decisions`
    matches: Sequence[Match] = ()
    decisions: Sequence[Decision] = ()  # those that hold: no withdrawn ones
    findings: Mapping[tuple[int, str], Finding] = field(
        default_factory=dict
    )  # (work, policy id): the finding that holds
    reported: AbstractSet[tuple[str, int]] = frozenset()  # (project, work) of a reference list that was sent
    listed: AbstractSet[int] = frozenset()  # works found in the provider's own list
    given: Mapping[str, Given] = field(default_factory=dict)  # by project: what was named last and is not found
