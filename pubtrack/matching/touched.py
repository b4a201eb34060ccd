"""What changed since all was weighed: which works, and of which projects other outputs are known than before."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from pubtrack.matching.facts import Facts
from pubtrack.store import Store, matches

_STALE = 0.05  # of the works new, changed or gone since words and names were counted: then they are counted anew


@dataclass(frozen=True, slots=True)
class State:
    """What stood when it was weighed, as short hashes. A work's are two: its record, and what is known of it."""

    base: str
    works: dict[str, str]
    known: dict[str, str]  # per project the outputs that are known
    stale: int = 0

    @classmethod
    def of(cls, store: Store, facts: Facts, base: str) -> Self:
        """Given the store and what is known, return what stands now."""
        told = {work_id: _hash(text) for work_id, text in facts.by_work().items()}
        nothing = _hash("")
        works = {
            str(work_id): _hash(record) + told.get(work_id, nothing) for work_id, record in matches.contents(store)
        }
        outputs: dict[str, list[object]] = defaultdict(list)
        for project_id, work_id in sorted(facts.known):
            outputs[project_id].append((work_id, works.get(str(work_id), "")[: len(nothing)]))
        return cls(base, works, {project_id: _hash(repr(held)) for project_id, held in outputs.items()})

    @classmethod
    def parse(cls, text: str | None, base: str) -> Self | None:
        """Given what `dump` wrote, return it; None where nothing was, or where it stands on another register or other settings."""
        held = json.loads(text) if text else {}
        if held.get("base") != base:
            return None
        return cls(**held)

    def dump(self) -> str:
        """Return it as text."""
        held = {"base": self.base, "works": self.works, "known": self.known, "stale": self.stale}
        return json.dumps(held, separators=(",", ":"))

    def aged(self, stale: int) -> State:
        """Given how many works changed since words and names were counted, return the state that says so."""
        return replace(self, stale=stale)

    def without(self, work_ids: Iterable[int], project_ids: Iterable[str]) -> State:
        """Given works and projects, return the state in which they are as good as changed."""
        gone = {str(work_id) for work_id in work_ids}
        works = {work_id: held for work_id, held in self.works.items() if work_id not in gone}
        return replace(self, works=works, known=self.known | dict.fromkeys(project_ids, ""))


@dataclass(frozen=True, slots=True)
class Touched:
    """What must be weighed again."""

    works: frozenset[int]
    projects: frozenset[str]
    stale: int

    @classmethod
    def since(cls, before: State, now: State) -> Self | None:
        """Given two states, return what changed between them; None where so much did that all is to be weighed."""
        works = _changed(before.works, now.works)
        half = len(_hash(""))
        records = [each for each in works if before.works.get(each, "")[:half] != now.works.get(each, "")[:half]]
        stale = before.stale + len(records)
        if stale > _STALE * len(before.works):
            return None
        return cls(frozenset(map(int, works)), frozenset(_changed(before.known, now.known)), stale)


def _changed(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


def _hash(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
