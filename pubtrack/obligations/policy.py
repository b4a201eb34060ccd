"""A provider's policy: what is owed, in which words the credit is given, and where each rule is written. Data, not code."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field

from pubtrack.config import Section, located
from pubtrack.models import DutyKind, Verdict


class Provider(Section):
    """Who provides the data."""

    name: str
    name_nl: str | None = None
    ror: str | None = None
    contact: str  # where references go, as the provider says today


class Written(Section):
    """Where a rule is written, how firmly, and when that was read."""

    source: str
    read_on: date
    strength: Literal["must", "should"]
    established: bool = True  # false: not found in the provider's own texts; a choice of this configuration


class DutyRule(Written):
    """One duty: `offset_days` from its anchor (negative: before it)."""

    kind: DutyKind
    text: str  # as the provider puts it
    anchor: Literal["publication", "project_end"]
    offset_days: int
    heads_up_days: int = 14  # upcoming turns due this long before the due date


class Statement(Section):
    """A prescribed statement: `template` with [slots]; `halves` are the parts that must stand, each a list of alternatives."""

    id: str
    language: Literal["nl", "en"]
    template: str
    valid_from: date | None = None
    valid_until: date | None = None
    halves: dict[str, tuple[str, ...]]
    source: str
    read_on: date


class CreditRule(Section):
    """A rule of judging: phrases that must stand near the provider's name, with examples that the tests run."""

    id: str
    verdict: Verdict
    language: Literal["nl", "en", "any"] = "any"
    phrases: tuple[
        str, ...
    ]  # literal text; `{name}` is any of the provider's names, `{data}` any of its data words, `*` up to eight words
    yes: tuple[str, ...] = Field(min_length=1)
    no: tuple[str, ...] = ()


class CreditPolicy(Section):
    """How a credit to this provider is recognised."""

    names: tuple[str, ...]  # plainly this provider
    short_names: tuple[str, ...] = ()  # this provider only if the text also holds a plain name or a data word
    data: tuple[str, ...] = ()  # words for the data
    datasets: tuple[str, ...] = ()  # names that prove themselves; four letters or fewer prove nothing
    dataset_doi: str | None = None  # DOI prefix of the provider's data sets
    others: tuple[str, ...] = ()  # others of the same short name: never this provider
    project_number: tuple[str, ...] = ()  # phrases before a project number in a text
    rules: tuple[CreditRule, ...] = Field(default=(), alias="rule")


class Policy(Section):
    """One provider's policy. `id` and `version` are written beside every finding and duty."""

    id: str
    version: str
    provider: Provider
    applies_to: tuple[str, ...] = ("*",)  # project numbers, `*` standing for any text
    publication_types: tuple[str, ...]  # CSL types that count as a publication
    duties: tuple[DutyRule, ...] = Field(alias="duty")
    statements: tuple[Statement, ...] = Field(default=(), alias="statement")
    credit: CreditPolicy


def load(path: Path) -> Policy:
    """Given a policy file, return the policy. Raise ConfigError with every fault, each with its line."""
    policy: Policy = located(path, Policy)
    return policy
