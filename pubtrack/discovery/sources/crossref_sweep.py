"""Asking Crossref for everything that moved, instead of for every person: when that is cheaper, and whose works those are. Pure.

A sweep costs what is new in the world, lists of ORCIDs cost what stands in the register: the rule that chooses between them stands in
docs/design.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pubtrack.discovery.model import Question
from pubtrack.discovery.sources.crossref_questions import scope, words
from pubtrack.models import Person

ROWS = 1000  # of a sweep's page; the most that Crossref gives
FIELDS = (
    "DOI",
    "author",
    "editor",
    "chair",
    "translator",
)  # what tells whose a work is; the filter `orcid` looks at all of these
FEW = 10  # lists of ORCIDs that are asked for without thinking: counting costs a request too
TURNS = 7  # where only what was deposited is swept, each list of ORCIDs has its turn by index date within so many runs
FARTHEST = 40  # days that a sweep goes back; lists that stand still for longer are asked for by themselves
# The first line of a request may be 4,096 bytes long (https://github.com/CrossRef/rest-api-doc/issues/251), cursor and all.
_ROOM = 3_000
_MOST_DOIS = 100


class Known:
    """Who a sweep is for: ORCIDs, and people without one who are found where the institution stands behind their name."""

    def __init__(self, people: Iterable[Person], rors: Iterable[str], names: Iterable[str]) -> None:
        self.orcids: set[str] = set()
        self._initials: dict[str, set[str]] = {}  # last word of the family name: initials of the given names
        self._rors = set(rors)
        self._names = [f" {' '.join(found)} " for name in names if (found := words(name))]
        for person in people:
            family = words(person.family)
            if person.orcid:
                self.orcids.add(person.orcid)
            elif family:
                self._initials.setdefault(family[-1], set()).add("".join(words(person.given))[:1])

    def could_own(self, item: Mapping[str, Any]) -> bool:
        """Given a work of a sweep, say whether someone of the register could own it.

        That is whoever has an ORCID in it, and an author without one whose family name and initial fit where the institution stands behind
        the name: a name alone fits thousands of strangers a day. Those who stay out are searched for by name in their own rhythm.
        """
        for role in FIELDS[1:]:
            listed = item.get(role)
            for one in listed if isinstance(listed, list) else ():
                if isinstance(one, dict) and (self._by_orcid(one) or (role == "author" and self._by_name(one))):
                    return True
        return False

    def _by_orcid(self, one: Mapping[str, Any]) -> bool:
        orcid = one.get("ORCID")
        return isinstance(orcid, str) and orcid.rsplit("/", 1)[-1].upper() in self.orcids

    def _by_name(self, one: Mapping[str, Any]) -> bool:
        places = one.get("affiliation")
        if not places or not isinstance(places, list) or not self._initials:
            return False
        initials = {found for word in words(str(one.get("family") or "")) for found in self._initials.get(word, ())}
        first = "".join(words(str(one.get("given") or "")))[:1]
        return bool(initials) and (not first or "" in initials or first in initials) and any(map(self._ours, places))

    def _ours(self, place: object) -> bool:
        if not isinstance(place, dict):
            return False
        ids = place.get("id")
        named = [str(one.get("id")) for one in ids if isinstance(one, dict)] if isinstance(ids, list) else []
        if any(name.rstrip("/").rsplit("/", 1)[-1].lower() in self._rors for name in named):
            return True
        text = f" {' '.join(words(str(place.get('name') or '')))} "
        return any(name in text for name in self._names)


def sweepable(due: Sequence[Question]) -> list[Question]:
    """Given what is due, with windows, return the lists of ORCIDs that one sweep could stand for, oldest window first."""
    lists = [question for question in due if "orcid" in question.parameters and question.since is not None]
    lists.sort(key=lambda question: (question.since, question.scope))
    return [one for one in lists if one.since is not None and (one.until - one.since).days <= FARTHEST]


def cost(works: int) -> int:
    """Given how many works a sweep would bring, return how many requests it takes: its pages, and one for what is found."""
    return math.ceil(works / ROWS) + 1


def by_index(lists: Sequence[Question]) -> Question:
    """Given lists of ORCIDs, return the sweep that stands for them all: everything with an ORCID that moved in the index."""
    scopes = tuple(one.scope for one in lists)
    since, until = min(one.since for one in lists if one.since), max(one.until for one in lists)
    # Named after those it stands for: a sweep that was stopped is not gone on with for others.
    return Question(scope("sweep-index", sorted(scopes)), since, until, {"sweep": "index"}, stands_for=scopes)


def by_deposit(lists: Sequence[Question]) -> Question:
    """Given lists of ORCIDs, return the sweep of what was deposited since the newest of them was read. It stands for none."""
    since, until = max(one.since for one in lists if one.since), max(one.until for one in lists)
    return Question(scope("sweep-deposit", sorted(one.scope for one in lists)), since, until, {"sweep": "deposit"})


def turn(lists: Sequence[Question]) -> Sequence[Question]:
    """Given lists of ORCIDs, oldest window first, return those whose turn it is."""
    return lists[: math.ceil(len(lists) / TURNS)]


def addressable(doi: str) -> bool:
    """Say whether a DOI can stand in a filter, where a comma ends it."""
    return "," not in doi


def batch(dois: Sequence[str]) -> int:
    """Given DOIs, return how many of the first fit into one filter."""
    taken = room = 0
    for doi in dois[:_MOST_DOIS]:
        room += len(quote(f"doi:{doi},", safe=""))
        if room > _ROOM and taken:
            break
        taken += 1
    return taken
