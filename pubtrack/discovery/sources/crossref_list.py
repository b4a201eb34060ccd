"""One list of Crossref's, read page by page and counted.

A cursor there is a scroll that the server moves on: the same string comes back with every page, so a page that got lost on the way
cannot be asked for again. What comes up short is found out by counting, and the list is read again from its start.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from pubtrack import clock
from pubtrack.discovery.sources.habanero_door import Door, Refused
from pubtrack.errors import BadHarvest
from pubtrack.net.polite import Time

_FRESH = timedelta(minutes=4)  # a cursor dies after about five


@dataclass(slots=True)
class Place:
    """Where the reading of a list stands: what the position in the harvest log holds.

    `found` are works of a sweep that are still to be asked for.
    """

    cursor: str = "*"
    seen: int = 0
    total: int | None = None
    at: str = ""
    found: list[str] = field(default_factory=list)

    def text(self) -> str:
        return json.dumps([self.cursor, self.seen, self.total, self.at, *([self.found] if self.found else [])])


def place(position: str | None, time: Time) -> Place:
    """Given a position from the harvest log, return the place if it can still be alive, else the start."""
    try:
        made = Place(*json.loads(position or "[]"))
        age = time.now() - clock.moment(made.at)
    except (ValueError, TypeError):
        return Place()
    return made if timedelta(0) <= age <= _FRESH else Place()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its works, where to go on after it, and whether it was the last."""

    items: list[dict[str, Any]]
    place: Place
    done: bool


class Lost(Exception):
    """The list cannot be read on from here, only again from its start; the text says why."""


def sheets(
    door: Door, name: str, parameters: Mapping[str, Any], at: Place, time: Time, *, search_pages: int | None = None
) -> Iterator[Sheet]:
    """Given what to ask and a place, yield the list from there on.

    With `search_pages` it is a search by relevance: so many of its first pages, uncounted. Raise Lost if the list came up short or cannot
    be read on, Refused if the service refuses, BadHarvest if what answers is no list of works.
    """
    rows, seen = parameters["limit"], set[str]()
    for number in count(1):
        items, total, cursor = _page(door, name, parameters, at.cursor)
        fresh = {doi(item) or f"page {number}, item {n}" for n, item in enumerate(items, 1)} - seen
        if items and not fresh:
            raise Lost("the same page of a list came again and again")
        seen |= fresh
        whole = total if at.total is None else at.total
        at = Place(cursor, at.seen + len(fresh), whole, clock.stamp(time.now()), at.found)
        missing = whole - at.seen
        # A short page ends a list from which nothing is missing; an empty one ends any.
        done = not items or (len(items) < rows and missing <= 0)
        if search_pages is not None:
            done = len(items) < rows or number == search_pages
        elif done and missing > 0:
            raise Lost(f"a list of {whole} works ended after {at.seen}")
        yield Sheet(items, at, done)
        if done:
            return


def doi(item: Mapping[str, Any]) -> str:
    """Return a work's DOI in small letters; an empty string if it has none."""
    found = item.get("DOI")
    return found.lower() if isinstance(found, str) else ""


def _page(door: Door, name: str, parameters: Mapping[str, Any], cursor: str) -> tuple[list[dict[str, Any]], int, str]:
    try:
        message = door.works(parameters, cursor)
    except Refused as refused:
        if "cursor-invalid" in refused.kinds:
            raise Lost("the cursor of a list died") from None
        raise
    except BadHarvest as error:
        raise Lost(str(error).removeprefix(f"{name}: ").rstrip(".")) from None
    items, total, following = message.get("items"), message.get("total-results"), message.get("next-cursor")
    if (
        not isinstance(items, list)
        or not all(isinstance(item, dict) for item in items)
        or not isinstance(total, int)
        or not isinstance(following, str)
    ):
        raise BadHarvest(f"{name}: it answered, but not with a list of works. Look at `base_url` of this source.")
    return items, total, following
