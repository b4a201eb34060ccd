"""The first look at very many works: which of them are worth taking apart. Plain dictionaries of names, nothing else. Pure.

A work passes with an ORCID of ours, with two people of one project, or with one whose project's title shares a word that is not
common. What does not pass shares one name and nothing else, and of a harvest that is never accepted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pubtrack.matching import names
from pubtrack.matching.lexicon import Lexicon
from pubtrack.matching.pool import View
from pubtrack.models import Work

_FAMILIES = 200_000  # spellings remembered
_COMMON = 0.005  # of all projects: a word of more titles than that is no word in common

_Bearers = dict[str, tuple[int, ...]]  # by first initial, the projects


class Sieve:
    """The people and titles of all projects, for one look at a work."""

    def __init__(self, views: Mapping[str, View], lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._orcids: set[str] = set()
        bearers: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        counts: dict[str, int] = defaultdict(int)
        for view in views.values():
            for word in view.title:
                counts[word] += 1
        most = max(3.0, _COMMON * len(views))
        self._titles: list[frozenset[str]] = []
        self._unnamed = any(not view.named for view in views.values())
        for at, view in enumerate(views.values()):
            self._titles.append(frozenset(word for word in view.title if counts[word] <= most))
            for role in view.roles:
                for key in names.keys(role.name, middle=False):
                    family, initial = key.split(" ")
                    bearers[family][initial].add(at)
                if role.orcid:
                    self._orcids.add(role.orcid)
        self._bearers: dict[str, _Bearers] = {
            family: {initial: tuple(sorted(held)) for initial, held in found.items()}
            for family, found in bearers.items()
        }
        self._vocabulary = frozenset(word for title in self._titles for word in title)
        self._words: dict[str, tuple[str, ...]] = {}
        self._raw: dict[str, _Bearers | None] = {}

    def passes(self, work: Work) -> bool:
        """Given a work, return whether it is worth taking apart."""
        if self._unnamed:
            return True  # titles alone may lead to a project without named people
        met: set[int] = set()
        for author in work.csl.get("author") or ():
            family = author.get("family")
            if not family:
                if author.get("literal"):
                    return True
                continue
            held = self._raw[family] if family in self._raw else self._remember(family)
            if author.get("ORCID") in self._orcids:
                return True
            if not held:
                continue
            given = author.get("given")
            if not given or not given.isascii() or given[:1].islower():
                return True
            here = held.get(given[0].lower(), ())
            if "" in held:
                return True
            for project in here:
                if project in met:
                    return True
            met.update(here)
        return bool(met) and self._shares_a_word(work.title, met)

    def _shares_a_word(self, title: str, met: Iterable[int]) -> bool:
        words: set[str] = set()
        for word in title.split():
            terms = self._words.get(word)
            if terms is None:
                terms = tuple(self._vocabulary.intersection(self._lexicon.terms(word)))
                if len(self._words) >= _FAMILIES:
                    self._words.clear()
                self._words[word] = terms
            words.update(terms)
        return bool(words) and any(not words.isdisjoint(self._titles[project]) for project in met)

    def _remember(self, family: str) -> _Bearers | None:
        name = names.parse("", family) if "," not in family else None
        found: _Bearers = {}
        for word in dict.fromkeys((*name.parts, name.family, *name.spellings)) if name else ():
            for initial, projects in self._bearers.get(word, {}).items():
                found[initial] = tuple(dict.fromkeys((*found.get(initial, ()), *projects)))
        if len(self._raw) >= _FAMILIES:
            self._raw.clear()
        self._raw[family] = found or None
        return found or None
