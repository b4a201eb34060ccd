"""matches: what the machine inferred of a work and a project."""

from __future__ import annotations

import json
from typing import Any

from pubtrack.models import Band, Evidence, Match
from pubtrack.store.database import Store


def save(store: Store, match: Match, *, at: str) -> bool:
    """Given a match, add or update it. Return whether anything changed; `scored_at` moves only then."""
    evidence = json.dumps([[piece.kind, piece.weight, piece.detail] for piece in match.evidence], ensure_ascii=False)
    cursor = store.db.execute(
        "INSERT INTO matches (project_id, work_id, score, band, evidence, scored_at) VALUES (?,?,?,?,?,?)"
        " ON CONFLICT (project_id, work_id) DO UPDATE SET score = excluded.score, band = excluded.band,"
        " evidence = excluded.evidence, scored_at = excluded.scored_at"
        " WHERE score <> excluded.score OR band <> excluded.band OR evidence <> excluded.evidence",
        (match.project_id, match.work_id, match.score, match.band, evidence, at),
    )
    return cursor.rowcount > 0


def remove(store: Store, project_id: str, work_id: int) -> None:
    """Take away a machine's match that no longer has any evidence. Decisions are untouched."""
    store.db.execute("DELETE FROM matches WHERE project_id = ? AND work_id = ?", (project_id, work_id))


def every(store: Store, *, project_id: str | None = None, work_id: int | None = None) -> list[Match]:
    """Return all matches (or those of a project or a work), best first."""
    return [
        _match(row)
        for row in store.rows(
            "SELECT * FROM matches WHERE (:project IS NULL OR project_id = :project) AND (:work IS NULL OR work_id = :work)"
            " ORDER BY score DESC, project_id, work_id",
            {"project": project_id, "work": work_id},
        )
    ]


def _match(row: dict[str, Any]) -> Match:
    return Match(
        project_id=row["project_id"],
        work_id=row["work_id"],
        score=row["score"],
        band=Band(row["band"]),
        evidence=tuple(Evidence(kind, weight, detail) for kind, weight, detail in json.loads(row["evidence"])),
    )


def standing(store: Store) -> list[Match]:
    """Return the matches above rejection, without their evidence, ordered by project and work."""
    return [
        Match(project_id=row["project_id"], work_id=row["work_id"], score=row["score"], band=Band(row["band"]))
        for row in store.rows(
            "SELECT project_id, work_id, score, band FROM matches WHERE band <> 'reject' ORDER BY project_id, work_id"
        )
    ]
