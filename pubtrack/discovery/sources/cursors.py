"""Lists behind a cursor that stays good: read page by page, counted, and gone on with where an earlier run stopped.

OpenAlex, Europe PMC and DataCite give such cursors: each says where in a sorted index the page after it begins, so a page that got
lost is simply asked for again (Crossref's cursors move on by themselves; its module reads them in its own way).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from typing import Any

from pubtrack.discovery.model import Page
from pubtrack.errors import BadHarvest, SourceError
from pubtrack.models import Record
from pubtrack.net.polite import PoliteSession, Response

TRIES = 3  # of one page, and of one list, in one run


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as a service gave it. `following` is the cursor of the next, None where the service says that there is none."""

    items: tuple[dict[str, Any], ...]
    total: int
    following: str | None
    responded_on: date | None = None


class Refused(Exception):
    """The service refused: its status, and what it said in one line."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.message = message
        super().__init__(message)


class _Lost(Exception):
    """The list cannot be read on from here, only again from its start; the text says why."""


@dataclass(frozen=True, slots=True)
class Walk:
    """How one service's lists are read.

    `ask` answers a cursor with a sheet and raises Refused or BadHarvest; `name` gives an item's identifier, or an empty string;
    `record` makes it a record; `kept` says whether it is what was asked for. `settings` are the keys to look at when a
    question is refused.
    """

    source: str
    session: PoliteSession
    ask: Callable[[str], Sheet]
    name: Callable[[Mapping[str, Any]], str]
    record: Callable[[Mapping[str, Any]], Record]
    start: str
    settings: str
    kept: Callable[[Mapping[str, Any]], bool] | None = None

    def pages(self, position: str | None) -> Iterator[Page]:
        """Given a position from an earlier run (None: the start), yield the list's pages from there.

        A list that came up short, or whose cursor the service no longer takes, is read again from its start. Raise BadHarvest if
        that does not help, SourceError if the service fails or refuses.
        """
        reason = ""
        for attempt in range(TRIES):
            cursor, seen, total = _place(position) if attempt == 0 else (None, 0, None)
            try:
                yield from self._list(cursor or self.start, seen, total)
                return
            except _Lost as lost:
                reason = str(lost)
        raise BadHarvest(f"{self.source}: {reason}, {TRIES} times in a row. The next run reads this list again.")

    def _list(self, cursor: str, seen: int, total: int | None) -> Iterator[Page]:
        known: set[str] = set()
        used: set[str] = set()
        while True:
            before = self.session.requests
            sheet = self._sheet(cursor, complete=total is not None and seen >= total)
            names = [self.name(item) for item in sheet.items]
            fresh = {name or f"{cursor} {n}" for n, name in enumerate(names)} - known
            known |= fresh
            used.add(cursor)
            seen += len(fresh)
            total = sheet.total if total is None else min(total, sheet.total)
            # Europe PMC repeats the cursor on its last page, the others leave it out; a cursor used before would run in a circle.
            done = not sheet.items or sheet.following is None or sheet.following in used
            if done and seen < total:
                raise _Lost(f"a list of {total} works ended after {seen}")
            usable = [
                (item, name)
                for item, name in zip(sheet.items, names, strict=True)
                if self.kept is None or self.kept(item)
            ]
            yield Page(
                records=tuple(self.record(item) for item, name in usable if name),
                position=None if done else json.dumps([sheet.following, seen, total]),
                total=total,
                requests=self.session.requests - before,
                responded_on=sheet.responded_on,
                unusable=tuple(
                    (f"item {n} of a page", "it has no identifier") for n, name in enumerate(names, 1) if not name
                ),
                passed_over=len(sheet.items) - len(usable),
            )
            if done or sheet.following is None:
                return
            cursor = sheet.following

    def _sheet(self, cursor: str, *, complete: bool) -> Sheet:
        """Ask for one page, again if it is no page, or empty although works are still missing."""
        for attempt in range(TRIES):
            last = attempt == TRIES - 1
            try:
                sheet = self.ask(cursor)
            except BadHarvest:
                if last:
                    raise
                continue
            except Refused as refused:
                if cursor != self.start and 400 <= refused.status < 500:
                    raise _Lost(f"the cursor of a list was refused ({refused.status})") from None
                raise refusal(self.source, refused, self.settings) from None
            if sheet.items or complete or last or (cursor == self.start and sheet.total == 0):
                return sheet
        raise AssertionError("unreachable")


def told(source: str, response: Response, message: Callable[[Mapping[str, Any]], str]) -> dict[str, Any]:
    """Given an answer, return the JSON object in it. `message` finds in it what a service says when it refuses.

    Raise Refused if it is a refusal, BadHarvest if it is no JSON object: a web page, or a part of one.
    """
    try:
        held = json.loads(response.content)
    except (ValueError, RecursionError):
        held = None
    if response.status >= 400:
        said = message(held) if isinstance(held, dict) else ""
        raise Refused(response.status, one_line(said))
    if not isinstance(held, dict):
        raise BadHarvest(wrong(source))
    return held


def refusal(source: str, refused: Refused, settings: str) -> SourceError:
    """Given a refusal and the keys to look at, return the error that tells it."""
    said = f": {refused.message}" if refused.message else ""
    error = SourceError(
        f"{source}: it refused the question ({refused.status}){said}. Look at {settings} of this source."
    )
    error.permanent = True  # the same question will be refused tomorrow; other questions may pass
    return error


def wrong(source: str) -> str:
    """Return the sentence for an answer that no such service gives."""
    return f"{source}: it answered, but not with a list of works. Look at `base_url` of this source."


def sheet(source: str, items: Any, total: Any, following: Any, response: Response) -> Sheet:
    """Given the parts of an answer, return the sheet. Raise BadHarvest if they are not what a list of works has."""
    if (
        not isinstance(items, list)
        or not all(isinstance(item, dict) for item in items)
        or not isinstance(total, int)
        or isinstance(total, bool)
        or not isinstance(following, str | None)
    ):
        raise BadHarvest(wrong(source))
    return Sheet(tuple(items), total, following or None, _day(response))


def raw(item: Mapping[str, Any]) -> bytes:
    """Given an item, return it as a record keeps it; a lone surrogate is no text."""
    return json.dumps(item, ensure_ascii=False).encode("utf-8", "replace")


def one_line(text: Any) -> str:
    """Given what a service said, return it as part of a sentence."""
    return " ".join(str(text or "")[:300].split()).rstrip(".")


def quoted(phrases: Sequence[str]) -> str:
    """Given phrases for a Lucene query, return them quoted and OR-ed."""
    made = ['"' + " ".join(phrase.replace('"', " ").replace("\\", " ").split()) + '"' for phrase in phrases]
    return made[0] if len(made) == 1 else f"({' OR '.join(made)})"


def _place(position: str | None) -> tuple[str | None, int, int | None]:
    try:
        cursor, seen, total = json.loads(position or "null")
    except (ValueError, TypeError):
        return None, 0, None
    if isinstance(cursor, str) and isinstance(seen, int) and isinstance(total, int):
        return cursor, seen, total
    return None, 0, None


def _day(response: Response) -> date | None:
    try:
        return parsedate_to_datetime(response.headers.get("Date", "")).astimezone(UTC).date()
    except (ValueError, TypeError):
        return None
