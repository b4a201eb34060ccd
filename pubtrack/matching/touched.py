"""What changed since works were weighed last: which works, and of which projects other outputs are known than before."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Self

from pubtrack.matching import facts
from pubtrack.matching.weigher import MANY
from pubtrack.store import Store, findings, listings, matches, tallies, touches
from pubtrack.store.touches import Pair, Touches

_STALE = 0.05  # of the works new, changed or gone since words and names were counted: then they are counted anew


@dataclass(frozen=True, slots=True)
class State:
    """What stood when it was weighed, as far as it is about all works at once."""

    base: str  # the rules, the weights, the settings
    register: str
    works: int  # that could be matched
    stale: int  # works that came, went or changed since words and names were counted
    release: str | None  # the newest of the provider's list
    versions: dict[str, str]  # of each policy the newest that was read with
    counted: bool  # whether what was counted is kept: else all is weighed whatever changes

    @classmethod
    def of(cls, store: Store, base: str, register: str | None) -> Self:
        """Given the store, what it is weighed by, and the register's digest if that cannot have changed, return what stands now."""
        number = matches.number_of_works(store)
        return cls(
            base,
            register or matches.register(store),
            number,
            0,
            listings.newest_release(store),
            findings.newest_versions(store),
            number <= MANY,
        )

    @classmethod
    def parse(cls, text: str | None) -> Self | None:
        """Given what `dump` wrote, return it; None where nothing was, or where another version did."""
        held = json.loads(text) if text else {}
        return cls(**held) if held.keys() == {each.name for each in fields(cls)} else None

    def dump(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), sort_keys=True)

    def aged(self, stale: int) -> State:
        """Given how many works changed since words and names were counted, return the state that says so."""
        return replace(self, stale=stale)


@dataclass(frozen=True, slots=True)
class Touched:
    """What must be weighed again."""

    works: frozenset[int]
    projects: frozenset[str]
    known: frozenset[Pair]  # the outputs among these works that are known now
    stale: int

    @classmethod
    def since(cls, store: Store, before: State, now: State, changes: Touches) -> Self | None:
        """Given two states and what was written down in between, return what changed; None where all is to be weighed, and counted anew."""
        if (before.base, before.register) != (now.base, now.register) or not before.counted or not now.counted:
            return None
        stale = before.stale + len(changes.records)
        if stale > _STALE * before.works:
            return None
        works = set(changes.works)
        if before.release != now.release:
            works |= listings.works_listed(store)
        versions = before.versions.items() ^ now.versions.items()
        if versions:
            works |= findings.works_read(store, {policy for policy, _ in versions})
        held, known = touches.known_of_works(store, works), facts.read(store, works).known
        # Another record of a known output teaches other people, words and places.
        other = {pair for pair in held | known if pair[1] in changes.records} | (held ^ known)
        accepted = tallies.Tally(store, "accepted for")
        teaching = {project_id for work_id in works for project_id in accepted.get(str(work_id), "").splitlines()}
        return cls(
            frozenset(works), changes.projects | teaching | {project_id for project_id, _ in other}, known, stale
        )
