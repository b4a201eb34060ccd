"""A provider's policy: what is owed, in which words the credit is given, and where each rule is written. Data, not code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from pubtrack.config import Section, located
from pubtrack.models import DutyKind, Verdict

_LIST = re.compile(r"\{(\w+)\}")  # a list's name in a phrase
_WEIGHT = re.compile(r"[+-]?\d+(\.\d+)?")


class Provider(Section):
    """Who provides the data."""

    name: str
    name_nl: str | None = None
    called_nl: str | None = None  # as it stands in a Dutch sentence, with its article
    short: str | None = None  # in messages and on pages, where it was named in full before, or everybody knows it
    short_nl: str | None = None  # the same in a Dutch sentence, with its article
    ror: str | None = None
    contact: str  # where references go, as the provider says today

    def named(self, language: str, *, short: bool = False) -> str:
        """Given a language, return the provider's name as it stands in a sentence of it; `short` where there is such a name."""
        if language == "nl":
            whole = self.called_nl or self.name_nl or self.name
            return (self.short_nl if short else None) or whole
        return (self.short if short else None) or self.name


class Written(Section):
    """Where a rule is written, how firmly, and when that was read."""

    source: str
    read_on: date
    strength: Literal["must", "should"]
    established: bool = True  # false: not found in the provider's own texts; a choice of this configuration


class DutyRule(Written):
    """One duty: `offset_days` from its anchor (negative: before it).

    `submission` is the day the record says the work was submitted on, `expected` the day a person named for the publication; where
    nobody said, the day of publication stands for both: it is the latest that either can be.
    """

    kind: DutyKind
    text: str  # as the provider puts it
    anchor: Literal["publication", "project_end", "submission", "expected"]
    offset_days: int
    heads_up_days: int = Field(default=14, ge=0)  # upcoming turns due this long before the due date
    acts: Literal["lead", "staff"] = "lead"  # staff: the reference list carries it, and no lead is asked
    preprints: bool = True  # false: nothing of this is owed for a preprint

    @model_validator(mode="after")
    def _anchored(self) -> DutyRule:
        if self.kind is DutyKind.PUBLISH and self.anchor not in ("project_end", "expected"):
            raise ValueError(
                "the duty to publish is counted from the project's end or from the day that was named for it."
                ' Write anchor = "project_end" or anchor = "expected".'
            )
        if self.acts == "staff" and self.kind not in (DutyKind.REPORT, DutyKind.COPY):
            raise ValueError(f'staff cannot {self.kind} in a lead\'s place. Write acts = "lead", or leave it out.')
        return self


class Statement(Section):
    """A prescribed statement: `template` with [slots], and `parts`, the phrases by which each of its parts is recognised.

    `enough` lists the sets of parts of which one, standing together, makes a text carry the statement.
    """

    id: str
    language: Literal["nl", "en", "de"]
    template: str
    valid_from: date | None = None
    valid_until: date | None = None
    parts: dict[str, tuple[str, ...]]
    enough: tuple[tuple[str, ...], ...]
    source: str
    read_on: date
    established: bool = True  # false: not read in the provider's own texts
    yes: tuple[str, ...] = Field(min_length=1)
    no: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _parts_are_known(self) -> Statement:
        unknown = sorted({part for parts in self.enough for part in parts} - set(self.parts))
        if unknown:
            raise ValueError(f"`enough` names parts that `parts` does not have: {', '.join(unknown)}")
        return self


class CreditRule(Section):
    """A rule of judging one naming of the provider, with examples that the tests run.

    `phrases` are written in the phrase language of docs/policy.md. A `credited` rule holds where one of them stands in the
    sentence and, if `also` or `sections` are given, one of `also` stands there too or the sentence is in one of those sections.
    No rule holds where one of `unless` stands in the sentence as well. With `before` or `after`, one of these must stand in the
    sentence before it, or after it, in the same paragraph. A `mentioned` rule without `points` takes every credit back; with points
    it only weighs against one.
    """

    id: str
    verdict: Literal[Verdict.CREDITED, Verdict.MENTIONED]
    phrases: tuple[str, ...] = Field(min_length=1)
    also: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    clause: bool = False  # it must hold in the naming's own clause, not only somewhere in its sentence
    points: float | None = None  # what it adds to a naming's score; by default 1 for `credited`
    yes: tuple[str, ...] = Field(min_length=1)
    no: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _points_fit_the_verdict(self) -> CreditRule:
        if self.points is not None and (self.points > 0) is not (self.verdict is Verdict.CREDITED):
            raise ValueError("`points` are above 0 for a credited rule and below 0 for a mentioned one")
        return self


class WeighedWords(Section):
    """What single words around a naming say for a credit, learned from labelled texts; see docs/policy.md.

    `words` has for each kind of place (`sentence`, `left`, `right`, `near_left`, `near_right`, `beside`, `shape`) words with their
    weights, one after the other.
    """

    start: float
    at_most: float = Field(gt=0)  # all words together say no more than this, for or against
    alone: float | None = (
        None  # where no rule speaks for a credit, words make one if all comes to more; without it never
    )
    words: dict[Literal["sentence", "left", "right", "near_left", "near_right", "beside", "shape"], str]

    @field_validator("words")
    @classmethod
    def _in_pairs(cls, words: dict[str, str]) -> dict[str, str]:
        for kind, table in words.items():
            parts = table.split()
            if len(parts) % 2 or not all(_WEIGHT.fullmatch(part) for part in parts[1::2]):
                raise ValueError(f"`{kind}` is not made of words, each with its weight after it: used 0.4 report -1.2")
        return words


class CreditPolicy(Section):
    """How a credit to this provider is recognised. Names are matched in any case, with any blanks or hyphens between words."""

    names: tuple[str, ...] = Field(min_length=1)  # plainly this provider
    short_names: tuple[str, ...] = ()  # this provider unless the text gives them another meaning
    products: tuple[str, ...] = ()  # stand for the provider in a text that names it elsewhere
    home_language: Literal["nl", "en", "de"] | None = (
        None  # in such a text a short name is this provider unless the text says otherwise
    )
    context: tuple[str, ...] = ()  # phrases near a short name that make it this provider
    anywhere: tuple[str, ...] = ()  # those of `context` that say nothing in a text that names one of `places`
    others: tuple[str, ...] = ()  # others of the same name: what overlaps with them is never this provider
    places: tuple[str, ...] = ()  # beside a name, they make it another's of the same name
    above: float = 0.0  # a naming whose rules' points come to more than this is a credit
    at_most: float | None = None  # what speaks for a credit comes to no more than this, however many rules say the same
    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # the phrase language's {slots}
    datasets: tuple[str, ...] = ()  # names that prove themselves; four letters or fewer prove nothing and are left out
    dataset_doi: str | None = None  # DOI prefix of the provider's data sets
    project_number: tuple[str, ...] = ()  # phrases before a project number in a text
    rules: tuple[CreditRule, ...] = Field(default=(), alias="rule")
    weighed: WeighedWords | None = None  # words that decide where the rules are not sure


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

    @field_validator("duties")
    @classmethod
    def _each_kind_once(cls, duties: tuple[DutyRule, ...]) -> tuple[DutyRule, ...]:
        # A duty is told about under its policy, project, work and kind: two of one kind would be taken for one.
        twice = sorted({rule.kind.value for rule in duties if sum(other.kind is rule.kind for other in duties) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands here more than once. Give each kind one [[duty]].")
        return duties

    @model_validator(mode="after")
    def _lists_are_there(self) -> Policy:
        known = {*self.credit.words, "name", "other_name", "dataset"}
        phrases = [phrase for words in self.credit.words.values() for phrase in words]
        for rule in self.credit.rules:
            phrases += [*rule.phrases, *rule.also, *rule.unless, *rule.before, *rule.after]
        for statement in self.statements:
            phrases += [phrase for part in statement.parts.values() for phrase in part]
        unknown = sorted({name for phrase in phrases for name in _LIST.findall(phrase)} - known)
        if unknown:
            raise ValueError(f"phrases name lists that `credit.words` does not have: {', '.join(unknown)}")
        return self


def first_applying(policies: Sequence[Policy], project_id: str) -> Policy | None:
    """Given policies and a project, return the first that applies to it: reference lists go to its provider. None: none applies."""
    return next((one for one in policies if any(fnmatchcase(project_id, pattern) for pattern in one.applies_to)), None)


def load(path: Path) -> Policy:
    """Given a policy file, return the policy. Raise ConfigError with every fault, each with its line."""
    policy: Policy = located(path, Policy)
    return policy
