"""Recognise a policy's prescribed statement, say what of it is missing, and fill it in. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from pubtrack.credit.phrases import Groups, Lists
from pubtrack.credit.steps import Words
from pubtrack.obligations.policy import Statement

Fill = Callable[[str], Mapping[str, str]]  # a language gives what is known for the slots of a statement in it

_FUZZY_LETTERS = 30  # a literal phrase at least this long may be typed with small slips
_FUZZY_SCORE = 92.0
_SLOT = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Carried:
    """Which statement a text carries, as far as it does: `enough` says whether that makes it the prescribed one."""

    statement: Statement
    present: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the parts that are not there, in the statement's order."""
        return tuple(part for part in self.statement.parts if part not in self.present)

    @property
    def enough(self) -> bool:
        """Whether the parts that are there suffice."""
        return any(set(parts) <= set(self.present) for parts in self.statement.enough)


class Statements:
    """Recognises the statements of one policy in prepared words."""

    def __init__(self, statements: Sequence[Statement], lists: Lists) -> None:
        self._parts = [
            (statement, part, phrases) for statement in statements for part, phrases in statement.parts.items()
        ]
        known = [(number, lists.compiled(phrases)) for number, (_, _, phrases) in enumerate(self._parts)]
        self._numbers = [number for number, phrases in known if phrases is not None]
        self._groups = Groups(lists, [phrases for _, phrases in known if phrases is not None])
        self._long = [(number, long) for number, (_, _, phrases) in enumerate(self._parts) for long in _long(phrases)]

    def best(self, prepared: str) -> Carried | None:
        """Given the prepared words of a few sentences around a naming, return the statement they carry most of, or None."""
        carried: Carried | None = None
        most = (False, 0)
        held = {self._numbers[group] for group in self._groups.holding(Words(prepared))}
        letters = re.sub(r"\W", "", prepared) if self._long else ""
        held.update(number for number, long in self._long if number not in held and _typed(long, letters))
        present: dict[str, tuple[Statement, list[str]]] = {}
        for number in sorted(held):
            statement, part, _ = self._parts[number]
            present.setdefault(statement.id, (statement, []))[1].append(part)
        for statement, parts in present.values():
            found = Carried(statement, tuple(parts))
            if (found.enough, len(parts)) > most:
                carried, most = found, (found.enough, len(parts))
        return carried


def _long(phrases: Sequence[str]) -> tuple[str, ...]:
    """The literal phrases that are long enough to be known in spite of a slip of the keys."""
    return tuple(
        letters
        for phrase in phrases
        if not re.search(r"[{*^?/]", phrase) and len(letters := re.sub(r"\W", "", phrase.lower())) >= _FUZZY_LETTERS
    )


def _typed(phrase: str, letters: str) -> bool:
    return fuzz.partial_ratio(phrase, letters, score_cutoff=_FUZZY_SCORE) > 0


def suggestion(statements: Sequence[Statement], language: str | None, fill: Fill | None = None) -> str | None:
    """Given a policy's statements, a language and what is known for the slots, return the newest statement, filled in.

    A slot that nothing is known for stays in its brackets: a person fills it. Without a statement in the language, the first
    in English, else the first of all, is taken; None if the policy has none.
    """
    newest = sorted(statements, key=lambda statement: (statement.valid_until is None, statement.valid_from or date.min))
    for wanted in (language or "en", "en", None):
        fitting = [statement for statement in newest if wanted in (None, statement.language)]
        if fitting:
            chosen = fitting[-1]
            return _filled(chosen.template, fill(chosen.language) if fill is not None else {})
    return None


def _filled(template: str, known: Mapping[str, str]) -> str:
    return _SLOT.sub(lambda match: known.get(match.group(1)) or match.group(), template)
