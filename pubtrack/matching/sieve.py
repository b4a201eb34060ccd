"""The first look at very many works: which of them are worth taking apart. Plain dictionaries of names, nothing else. Pure.

A work passes with an ORCID of ours, with two people of one project, or with one whose project's title shares a word that is not
common. What does not pass shares one name and nothing else, and of a harvest that is never accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from pubtrack.matching import names
from pubtrack.matching.calm import no_garbage
from pubtrack.matching.lexicon import Lexicon
from pubtrack.matching.pool import View
from pubtrack.models import Work

_FAMILIES = 200_000  # spellings remembered
_COMMON = 0.005  # of all projects: a word of more titles than that is no word in common

_Bearers = dict[str, list[int]]  # by first initial, as a capital, the projects


class Sieve:
    """The people and titles of all projects, for one look at a work."""

    @no_garbage()
    def __init__(self, views: Mapping[str, View], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._unnamed = any(not view.named for view in views.values())
        self._orcids = {role.orcid for view in views.values() for role in view.roles if role.orcid}
        self._bearers: dict[str, _Bearers] = {}
        holders: dict[str, set[int]] = defaultdict(set)
        for at, view in enumerate(views.values()):
            for word in view.words:
                holders[word].add(at)
            for role in view.roles:
                for key in names.keys(role.name, middle=False):
                    family, _, initial = key.partition(" ")
                    self._bearers.setdefault(family, {}).setdefault(initial.upper(), []).append(at)
        most = max(3.0, _COMMON * len(views))
        self._holders = {word: held for word, held in holders.items() if len(held) <= most}
        self._words: dict[str, tuple[str, ...]] = {}
        self._raw: dict[str, _Bearers | None] = {}

    def passes(self, work: Work) -> bool:
        """Given a work, return whether it is worth taking apart."""
        if self._unnamed:
            return True  # titles alone may lead to a project without named people
        met: set[int] = set()
        raw, orcids = self._raw, self._orcids
        for author in work.csl.get("author") or ():
            family = author.get("family")
            if not family:
                if author.get("literal"):
                    return True
                continue
            held = raw[family] if family in raw else self._remember(family)
            if "ORCID" in author and author["ORCID"] in orcids:
                return True
            if held is None:
                continue
            given = author.get("given")
            if not given or not given.isascii() or "" in held:
                return True
            here = held.get(given[0])
            if here is not None:
                if not met.isdisjoint(here):
                    return True
                met.update(here)
            elif given[0].islower():
                return True
        return bool(met) and self._shares_a_word(work.title, met)

    def _shares_a_word(self, title: str, met: Collection[int]) -> bool:
        for word in title.split():
            terms = self._words.get(word)
            if terms is None:
                terms = tuple(self._holders.keys() & self._lexicon.terms(word))
                if len(self._words) >= _FAMILIES:
                    self._words.clear()
                self._words[word] = terms
            for term in terms:
                if not self._holders[term].isdisjoint(met):
                    return True
        return False

    def _remember(self, family: str) -> _Bearers | None:
        name = names.parse("", family) if "," not in family else None
        words = dict.fromkeys((*name.parts, name.family, *name.spellings)) if name else {}
        held = [self._bearers[word] for word in words if word in self._bearers]
        found = held[0] if held else {}
        for other in held[1:]:
            found = {initial: [*found.get(initial, ()), *other.get(initial, ())] for initial in (*found, *other)}
        if len(self._raw) >= _FAMILIES:
            self._raw.clear()
        self._raw[family] = found or None
        return found or None
