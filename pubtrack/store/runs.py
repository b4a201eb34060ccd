"""runs and marks: what was done when, and what a stage had seen when it last finished."""

from __future__ import annotations

import json
from typing import Any

from pubtrack.models import StageReport
from pubtrack.store.database import Store


def start(store: Store, stage: str, *, as_of: str, at: str) -> int:
    """Given a stage's name, open a row in the run log and return its id. Rows left `running` by a killed process become `interrupted`."""
    with store.atomic():
        store.db.execute(
            "UPDATE runs SET state = 'interrupted', finished_at = ? WHERE stage = ? AND state = 'running'", (at, stage)
        )
        cursor = store.db.execute(
            "INSERT INTO runs (stage, started_at, as_of, state) VALUES (?,?,?,'running')", (stage, at, as_of)
        )
    return int(cursor.lastrowid or 0)


def finish(store: Store, run_id: int, report: StageReport, *, at: str, failed: bool = False) -> None:
    """Given a run's id and its report, close the row: done, faults (some sources or deliveries failed) or failed."""
    state = "failed" if failed else "faults" if report.faults else "done"
    store.db.execute(
        "UPDATE runs SET finished_at = ?, state = ?, counts = ?, faults = ?, files = ? WHERE id = ?",
        (
            at,
            state,
            json.dumps(report.counts),
            json.dumps(report.faults, ensure_ascii=False),
            json.dumps(report.files, ensure_ascii=False),
            run_id,
        ),
    )


def newest(store: Store, stage: str) -> dict[str, Any] | None:
    """Given a stage's name, return its newest row in the run log, or None."""
    return store.one("SELECT * FROM runs WHERE stage = ? ORDER BY id DESC LIMIT 1", (stage,))


def every(store: Store, *, since: str = "") -> list[dict[str, Any]]:
    """Return the run log from a stamp on, oldest first, with counts and faults read from JSON."""
    return [
        row | {name: json.loads(row[name]) for name in ("counts", "faults", "files")}
        for row in store.rows("SELECT * FROM runs WHERE started_at >= ? ORDER BY id", (since,))
    ]


def mark(store: Store, name: str) -> str | None:
    """Given a mark's name, return what it was set to, or None."""
    row = store.one("SELECT value FROM marks WHERE name = ?", (name,))
    return row["value"] if row else None


def set_mark(store: Store, name: str, value: str, *, at: str) -> None:
    """Set a mark; setting it to what it already is changes nothing."""
    store.db.execute(
        "INSERT INTO marks VALUES (?,?,?) ON CONFLICT (name) DO UPDATE SET value = excluded.value, set_at = excluded.set_at"
        " WHERE value <> excluded.value",
        (name, value, at),
    )
