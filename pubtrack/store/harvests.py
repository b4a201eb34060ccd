"""harvests: which list was asked for, how far it was read, and the watermark, written last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pubtrack.store.database import Store


@dataclass(frozen=True, slots=True)
class Harvest:
    """One list being read. `position` is where to go on (None: at the start); it is what the source gave, and only it can read it."""

    id: int
    position: str | None
    started_at: str
    resumed: bool = False


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
    """Given a source's name, return for every scope when it was last read to the end."""
    return {
        row["scope"]: row["finished"]
        for row in store.rows(
            "SELECT scope, max(finished_at) AS finished FROM harvests WHERE source = ? AND state = 'complete' GROUP BY scope",
            (source,),
        )
    }


def begin(store: Store, source: str, scope: str, *, since: date | None, until: date, at: str) -> Harvest:
    """Given a list to read, return its harvest: the one a killed run left behind if it is for the same window, else a new one.

    What was left behind for another window is closed as failed: its days lie in the new window.
    """
    window = (since.isoformat() if since else None, until.isoformat())
    left = store.one(
        "SELECT id, position, started_at FROM harvests WHERE source = ? AND scope = ? AND state = 'running'"
        " AND since IS ? AND until IS ? ORDER BY id DESC LIMIT 1",
        (source, scope, *window),
    )
    store.db.execute(
        "UPDATE harvests SET state = 'failed', finished_at = ?, error = 'interrupted' WHERE source = ? AND scope = ?"
        " AND state = 'running' AND id <> ?",
        (at, source, scope, left["id"] if left else 0),
    )
    if left is not None:
        return Harvest(left["id"], left["position"], left["started_at"], resumed=True)
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


def complete(store: Store, harvest_id: int, watermark: date | None, *, at: str) -> None:
    """Given a list read to its end, close it and set its watermark. Call it in the transaction that ingests the last page."""
    store.db.execute(
        "UPDATE harvests SET state = 'complete', position = NULL, watermark = ?, finished_at = ? WHERE id = ?",
        (watermark.isoformat() if watermark else None, at, harvest_id),
    )


def fail(store: Store, harvest_id: int, error: str, *, at: str) -> None:
    """Given a list that could not be read to its end, close it with the reason. The watermark stays where it was."""
    store.db.execute(
        "UPDATE harvests SET state = 'failed', error = ?, finished_at = ? WHERE id = ?", (error, at, harvest_id)
    )
