"""harvests: which list was asked for, how far it was read, and the watermark, written last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pubtrack.store.database import Store


@dataclass(frozen=True, slots=True)
class Harvest:
    """One list being read. `position` is where to go on (None: at the start); it is what the source gave, and only it can read it."""

    id: int
    position: str | None
    started_at: str


def watermarks(store: Store, source: str) -> dict[str, date | None]:
    """Given a source's name, return its scopes that were read to the end, each with the last day fully harvested.

    A scope without days (a file) has None.
    """
    return {
        row["scope"]: date.fromisoformat(row["watermark"]) if row["watermark"] else None
        for row in store.rows(
            "SELECT scope, max(watermark) AS watermark FROM harvests WHERE source = ? AND state = 'complete' GROUP BY scope",
            (source,),
        )
    }


def last_asked(store: Store, source: str) -> dict[str, str]:
    """Given a source's name, return for every scope when it was last asked for, whether or not that went well."""
    return {
        row["scope"]: row["asked"]
        for row in store.rows(
            "SELECT scope, max(started_at) AS asked FROM harvests WHERE source = ? GROUP BY scope", (source,)
        )
    }


@dataclass(frozen=True, slots=True)
class Checked:
    """When a list was last read to its end, and when it is due again."""

    on: date
    next_check_on: date


def checked(store: Store, source: str) -> dict[str, Checked]:
    """Given a source's name, return its scopes that have a rhythm of their own and were read to the end."""
    rows = store.rows(
        "SELECT scope, finished_at, next_check_at, max(id) FROM harvests WHERE source = ? AND state = 'complete'"
        " AND next_check_at IS NOT NULL GROUP BY scope",
        (source,),
    )
    return {
        row["scope"]: Checked(
            date.fromisoformat(row["finished_at"][:10]), date.fromisoformat(row["next_check_at"][:10])
        )
        for row in rows
    }


def begin(store: Store, source: str, scope: str, *, since: date | None, until: date, at: str) -> Harvest:
    """Given a list to read, return its harvest: the newest one of this scope goes on if it stopped halfway in the same window.

    Anything else that was left running is closed as failed: its days lie in the new window.
    """
    window = (since.isoformat() if since else None, until.isoformat())
    left = store.one(
        "SELECT id, state, since, until, position, started_at FROM harvests WHERE source = ? AND scope = ? ORDER BY id DESC LIMIT 1",
        (source, scope),
    )
    goes_on = (
        left is not None
        and (left["since"], left["until"]) == window
        and (left["state"] == "running" or (left["state"] == "failed" and left["position"] is not None))
    )
    store.db.execute(
        "UPDATE harvests SET state = 'failed', finished_at = ?, error = 'interrupted' WHERE source = ? AND scope = ?"
        " AND state = 'running' AND id <> ?",
        (at, source, scope, left["id"] if left is not None and goes_on else 0),
    )
    if left is not None and goes_on:
        store.db.execute(
            "UPDATE harvests SET state = 'running', error = NULL, finished_at = NULL WHERE id = ?", (left["id"],)
        )
        return Harvest(left["id"], left["position"], left["started_at"])
    cursor = store.db.execute(
        "INSERT INTO harvests (source, scope, since, until, state, started_at) VALUES (?,?,?,?,'running',?)",
        (source, scope, *window, at),
    )
    return Harvest(int(cursor.lastrowid or 0), None, at)


def advance(store: Store, harvest_id: int, position: str | None, *, requests: int, records: int) -> None:
    """Given a page just ingested, record where to go on after it. Call it in the transaction that ingests the page."""
    store.db.execute(
        "UPDATE harvests SET position = ?, requests = requests + ?, records = records + ? WHERE id = ?",
        (position, requests, records, harvest_id),
    )


def complete(store: Store, harvest_id: int, watermark: date | None, *, at: str, next_check: date | None = None) -> None:
    """Given a list read to its end, close it, set its watermark and the day it is due again (None: in every run).

    Call it in the transaction that ingests the last page.
    """
    store.db.execute(
        "UPDATE harvests SET state = 'complete', position = NULL, watermark = ?, finished_at = ?, next_check_at = ? WHERE id = ?",
        (
            watermark.isoformat() if watermark else None,
            at,
            f"{next_check.isoformat()}T00:00:00Z" if next_check else None,
            harvest_id,
        ),
    )


def covered(store: Store, source: str, reaches: Iterable[tuple[str, date | None]], *, by: int, at: str) -> None:
    """Given scopes that another harvest (`by`) stood for, each with its new watermark, record them as read to the end."""
    for scope, reached in reaches:
        watermark = reached.isoformat() if reached else None
        changed = store.db.execute(
            "UPDATE harvests SET watermark = ?, finished_at = ? WHERE id ="
            " (SELECT max(id) FROM harvests WHERE source = ? AND scope = ? AND state = 'complete')",
            (watermark, at, source, scope),
        )
        if not changed.rowcount:
            store.db.execute(
                "INSERT INTO harvests (source, scope, since, until, state, watermark, started_at, finished_at)"
                " SELECT source, ?, since, until, 'complete', ?, started_at, ? FROM harvests WHERE id = ?",
                (scope, watermark, at, by),
            )


def fail(store: Store, harvest_id: int, error: str, *, resumable: bool, at: str) -> None:
    """Given a list that could not be read to its end, close it with the reason. The watermark stays where it was.

    The position is kept if the next run may go on from there.
    """
    store.db.execute(
        "UPDATE harvests SET state = 'failed', error = ?, finished_at = ?, position = CASE WHEN ? THEN position END WHERE id = ?",
        (error, at, int(resumable), harvest_id),
    )


def unusable(store: Store, source: str, *, at: str, most: int) -> list[tuple[str, list[str], int]]:
    """Given a source and the stamp of a run, return why records of that run could not be used: reason, up to `most` ids, how many."""
    found: dict[str, list[str]] = {}
    for row in store.rows(
        "SELECT unusable, source_id FROM sightings WHERE source = ? AND unusable IS NOT NULL AND changed_at = ? ORDER BY id",
        (source, at),
    ):
        found.setdefault(row["unusable"], []).append(row["source_id"])
    return [(reason, ids[:most], len(ids)) for reason, ids in found.items()]
