"""A work held against a project."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Band(StrEnum):
    """How far a match may be trusted."""

    ACCEPT = "accept"  # a message may rest on it
    REVIEW = "review"  # staff are asked
    REJECT = "reject"  # kept, not shown


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of what speaks for or against a match, with a sentence a person understands."""

    kind: str
    weight: float
    detail: str


@dataclass(frozen=True, slots=True)
class Match:
    """A work held against a project."""

    project_id: str
    work_id: int
    score: float
    band: Band
    evidence: tuple[Evidence, ...] = ()
