"""What is new since the last list that was sent, and what has changed since. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Literal

from pubtrack.models import Csl
from pubtrack.references.csl import date_text, whole_family

Key = tuple[str, int]  # project, work

# What a reader of a reference sees. A change of an ISSN or a language is no reason to write to the provider again.
_SEEN = (
    "type", "author", "editor", "title", "issued", "container-title", "volume", "issue", "page", "number", "edition",
    "publisher", "DOI", "URL", "status",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Item:
    """One reference: a work as an output of a project. `csl` is ready for output, its `id` is the citation key."""

    project_id: str
    work_id: int
    csl: Csl
    content_hash: str
    project_title: str = ""
    institution: str = ""
    lead: str | None = None
    formatted: str = ""  # in the list's style: text with <i>, <b>, <sup> and <sub>, all else escaped

    @property
    def key(self) -> Key:
        """Return what makes this reference one and the same from list to list."""
        return self.project_id, self.work_id


@dataclass(frozen=True, slots=True)
class Sent:
    """A reference as it was last sent."""

    csl: Csl
    content_hash: str
    formatted: str
    list_name: str


@dataclass(frozen=True, slots=True)
class Correction:
    """A reference that has changed since it was sent; `changed` are CSL's names of what a reader sees differ."""

    item: Item
    was: Sent
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Copy:
    """What there is of a work's text for the provider: a file that may be passed on, or why a person must add one."""

    work_id: int
    name: str = ""  # in the zip; empty: a person must add it
    path: str = ""
    content_hash: str = ""
    licence: str = ""
    place: str = ""  # where the copy is from, or where an open one may be found
    why: str = ""  # of words.WHY


@dataclass(frozen=True, slots=True)
class ReferenceList:
    """What goes to the provider, and what every writer is given."""

    name: str
    made_on: date
    language: Literal["nl", "en"]
    institution: str
    provider: str
    to: str | None = None
    items: tuple[Item, ...] = ()
    corrections: tuple[Correction, ...] = ()
    layout: str = "2026-05"  # the provider's columns; see rows.LAYOUTS
    copies: tuple[Copy, ...] = ()

    @property
    def all_items(self) -> tuple[Item, ...]:
        """Return the new references and the corrected ones as they are now."""
        return self.items + tuple(correction.item for correction in self.corrections)

    def works(self) -> Iterator[tuple[Item, tuple[str, ...]]]:
        """Yield every work once, with all its project numbers: a bibliography holds an entry once."""
        projects: dict[int, list[str]] = {}
        for item in self.all_items:
            projects.setdefault(item.work_id, []).append(item.project_id)
        told: set[int] = set()
        for item in self.all_items:
            if item.work_id not in told:
                told.add(item.work_id)
                yield item, tuple(dict.fromkeys(projects[item.work_id]))


def compile_list(
    candidates: Sequence[Item], sent: Mapping[Key, Sent], known: Collection[Key], *, scope: Literal["new", "all"]
) -> tuple[list[Item], list[Correction]]:
    """Given all references that count, return those for this list and the corrections, each ordered for reading.

    `sent` is each reference as it was last sent, `known` what the provider has by other ways (its own list, a person's word).
    Scope `new` leaves out what was sent or is known; `all` holds everything and then no correction.
    """
    ordered = sorted(candidates, key=order)
    if scope == "all":
        return ordered, []
    new = [item for item in ordered if item.key not in sent and item.key not in known]
    corrections = [
        Correction(item, sent[item.key], changed)
        for item in ordered
        if item.key in sent and (changed := differences(sent[item.key].csl, item.csl))
    ]
    return new, corrections


def differences(before: Csl, after: Csl) -> tuple[str, ...]:
    """Given two states of a reference, return the names of what a reader sees differ."""
    return tuple(name for name in _SEEN if before.get(name) != after.get(name))


def order(item: Item) -> tuple[object, ...]:
    """Given a reference, return its place in a list: by project number, then author, date and title."""
    people = item.csl.get("author") or item.csl.get("editor") or []
    who = people[0].get("family") or people[0].get("literal") or whole_family(people[0]) if people else ""
    return (
        natural(item.project_id),
        str(who).casefold(),
        date_text(item.csl),
        str(item.csl.get("title", "")).casefold(),
        item.work_id,
    )


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Given a project number, return a key that puts 999 before 1000 and any text in its place."""
    return tuple(
        (0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part.casefold())
        for part in re.findall(r"\d+|\D+", text)
    )


def by_project(items: Sequence[Item]) -> list[tuple[Item, list[Item]]]:
    """Given ordered references, return them grouped by project; the first of each group stands for the project."""
    groups = [list(group) for _, group in groupby(items, key=lambda item: item.project_id)]
    return [(group[0], group) for group in groups]


def next_name(month: str, taken: Collection[str], suffix: str = "") -> str:
    """Given a month such as 2026-11 and the names in use, return the next free name: 2026-11, 2026-11-b, ... 2026-11-z, 2026-11-aa."""
    number = 1
    while True:
        name = f"{month}{suffix}" + ("" if number == 1 else f"-{_letters(number)}")
        if name not in taken:
            return name
        number += 1


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters
