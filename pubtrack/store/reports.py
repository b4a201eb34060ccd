"""reports: publications that somebody reported, and when to look again for those that were not found."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from pubtrack.store.database import Store


@dataclass(frozen=True, slots=True)
class Report:
    """One person's word that a publication exists, for a project or for none. `text` is what was typed; `why` it is not found yet."""

    id: int
    sighting_id: int
    source_id: str
    text: str
    who: str
    through: str
    made_at: str
    project_id: str | None = None
    next_look_at: str | None = None
    why: str | None = None
    decision_id: int | None = None
    work_id: int | None = None


def add(store: Store, sighting_id: int, *, who: str, through: str, project_id: str | None, at: str) -> None:
    """Given a kept sighting, write down who reported it, for which project and when. Who said it first stays."""
    store.db.execute(
        "INSERT OR IGNORE INTO reports (sighting_id, project_id, who, through, made_at, next_look_at) VALUES (?,?,?,?,?,?)",
        (sighting_id, project_id, who, through, at, at),
    )


def of(store: Store, sighting_id: int) -> list[Report]:
    """Given a sighting, return its reports, oldest first."""
    return [_report(row) for row in store.rows(f"{_ALL} WHERE r.sighting_id = ? ORDER BY r.id", (sighting_id,))]


def due(store: Store, *, at: str) -> list[int]:
    """Given a stamp, return the sightings that are to be looked for again by then, those that wait longest first."""
    rows = store.rows(
        "SELECT sighting_id, min(next_look_at) AS since FROM reports WHERE next_look_at <= ? GROUP BY sighting_id ORDER BY since, 1",
        (at,),
    )
    return [int(row["sighting_id"]) for row in rows]


def waiting(store: Store) -> list[Report]:
    """Return what was reported and is not found, newest first: what staff may want to see."""
    return [_report(row) for row in store.rows(f"{_ALL} WHERE r.why IS NOT NULL ORDER BY r.made_at DESC, r.id DESC")]


def found(store: Store, sighting_id: int) -> None:
    """Given a sighting whose work is known now, look for it no more."""
    store.db.execute("UPDATE reports SET next_look_at = NULL, why = NULL WHERE sighting_id = ?", (sighting_id,))


def confirmed(store: Store, report_id: int, decision_id: int) -> None:
    """Given a report and the decision that was made of it, keep which."""
    store.db.execute("UPDATE reports SET decision_id = ? WHERE id = ?", (decision_id, report_id))


def later(store: Store, sighting_id: int, *, why: str, next_look_at: str | None) -> None:
    """Given a sighting that was looked for in vain, keep the reason, and when to look again (None: no more)."""
    store.db.execute(
        "UPDATE reports SET why = ?, next_look_at = ? WHERE sighting_id = ?", (why, next_look_at, sighting_id)
    )


_ALL = "SELECT r.*, s.source_id, s.raw, s.work_id FROM reports r JOIN sightings s ON s.id = r.sighting_id"


def _report(row: dict[str, Any]) -> Report:
    return Report(
        id=row["id"],
        sighting_id=row["sighting_id"],
        source_id=row["source_id"],
        text=str(json.loads(zlib.decompress(row["raw"]))["text"]),
        who=row["who"],
        through=row["through"],
        made_at=row["made_at"],
        project_id=row["project_id"],
        next_look_at=row["next_look_at"],
        why=row["why"],
        decision_id=row["decision_id"],
        work_id=row["work_id"],
    )
