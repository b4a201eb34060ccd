"""matches: what the machine inferred of a work and a project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
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


def of_works(store: Store, work_ids: Sequence[int]) -> dict[tuple[str, int], Match]:
    """Given works, return the matches that stand for them by project and work."""
    found = (
        _match(row)
        for row in store.rows(
            "SELECT * FROM matches WHERE work_id IN (SELECT value FROM json_each(?))", (json.dumps(list(work_ids)),)
        )
    )
    return {(match.project_id, match.work_id): match for match in found}


def work_ids(store: Store) -> list[int]:
    """Return the ids of all works that can be matched, in order."""
    return [int(row["id"]) for row in store.rows("SELECT id FROM works WHERE deleted = 0 ORDER BY id")]


def number_of_works(store: Store) -> int:
    """Return how many works can be matched."""
    found = store.one("SELECT count(*) AS number FROM works WHERE deleted = 0")
    return int(found["number"]) if found else 0


def standing_of(store: Store, ids: Iterable[int]) -> list[int]:
    """Given ids of works, return those that can be matched, in order."""
    asked = json.dumps(list(ids))
    rows = store.db.execute(
        "SELECT id FROM works WHERE deleted = 0 AND id IN (SELECT value FROM json_each(?)) ORDER BY id", (asked,)
    )
    return [int(work_id) for (work_id,) in rows]


def on_a_list(store: Store, ids: Collection[int] | None = None) -> set[int]:
    """Return the ids of the works that stand on a list somebody made: an imported file, what was reported, the provider's own list.

    With `ids` only of these works.
    """
    here = "" if ids is None else " AND work_id IN (SELECT value FROM json_each(:works))"
    query = (
        "SELECT work_id FROM sightings WHERE source IN ('import', 'reported') AND work_id IS NOT NULL AND deleted = 0"
        f"{here} UNION SELECT work_id FROM listings WHERE work_id IS NOT NULL{here}"
    )
    return {int(row["work_id"]) for row in store.rows(query, {} if ids is None else {"works": json.dumps(list(ids))})}


def remove_orphans(store: Store, ids: Collection[int] | None = None) -> int:
    """Take away matches of works that are deleted (all, or of these) and that no person decided about. Return how many."""
    here = "" if ids is None else " AND id IN (SELECT value FROM json_each(:works))"
    return store.db.execute(
        f"DELETE FROM matches WHERE work_id IN (SELECT id FROM works WHERE deleted = 1{here}) AND NOT EXISTS (SELECT 1 FROM decisions"
        " WHERE decisions.work_id = matches.work_id AND decisions.project_id = matches.project_id)",
        {} if ids is None else {"works": json.dumps(list(ids))},
    ).rowcount


def bands(store: Store) -> dict[str, int]:
    """Return how many matches stand in each band."""
    counts = dict.fromkeys((band.value for band in Band), 0)
    for row in store.rows("SELECT band, count(*) AS number FROM matches GROUP BY band"):
        counts[row["band"]] = int(row["number"])
    return counts


def forget_keys(store: Store) -> None:
    """Forget by what works and projects meet: all of them are about to be told anew."""
    store.db.execute("DELETE FROM match_works")
    store.db.execute("DELETE FROM match_projects")


def keep_work_keys(store: Store, keys: Mapping[int, Collection[int]]) -> None:
    """Given the keys of works, keep them in place of those that they had."""
    _forget(store, "DELETE FROM match_works WHERE work_id IN (SELECT value FROM json_each(?))", keys)
    store.db.conn.executemany(
        "INSERT INTO match_works (work_id, key) VALUES (?,?)",
        ((each, key) for each, held in keys.items() for key in held),
    )


def keep_project_keys(store: Store, keys: Mapping[str, Collection[int]]) -> None:
    """Given the keys of projects, keep them in place of those that they had."""
    _forget(store, "DELETE FROM match_projects WHERE project_id IN (SELECT value FROM json_each(?))", keys)
    store.db.conn.executemany(
        "INSERT INTO match_projects (project_id, key) VALUES (?,?)",
        ((each, key) for each, held in keys.items() for key in held),
    )


def _forget(store: Store, statement: str, keys: Mapping[int, Any] | Mapping[str, Any]) -> None:
    store.db.execute(statement, (json.dumps(list(keys)),))


def keys_of_projects(store: Store, project_ids: Iterable[str]) -> set[int]:
    """Given projects, return the keys that were kept of them."""
    asked = json.dumps(sorted(project_ids))
    found = store.db.execute(
        "SELECT key FROM match_projects WHERE project_id IN (SELECT value FROM json_each(?))", (asked,)
    )
    return {int(key) for (key,) in found}


def works_with(store: Store, keys: Iterable[int]) -> set[int]:
    """Given keys, return the works that have any of them."""
    asked = json.dumps(sorted(keys))
    found = store.db.execute("SELECT work_id FROM match_works WHERE key IN (SELECT value FROM json_each(?))", (asked,))
    return {int(work_id) for (work_id,) in found}


def projects_with(store: Store, keys: Iterable[int]) -> set[str]:
    """Given keys, return the projects that have any of them."""
    asked = json.dumps(sorted(keys))
    found = store.db.execute(
        "SELECT project_id FROM match_projects WHERE key IN (SELECT value FROM json_each(?))", (asked,)
    )
    return {str(project_id) for (project_id,) in found}


def keys_of_works(store: Store, ids: Iterable[int]) -> set[int]:
    """Given works, return the keys that were kept of them."""
    asked = json.dumps(sorted(ids))
    found = store.db.execute("SELECT key FROM match_works WHERE work_id IN (SELECT value FROM json_each(?))", (asked,))
    return {int(key) for (key,) in found}


# What matching reads of the register. Content, not times: on one rehearsed day two changes have one stamp.
_REGISTER = (
    "SELECT id, title, abstract, datasets, institution, started_on, ended_on FROM projects ORDER BY id",
    "SELECT id, given, family, orcid FROM people WHERE id IN (SELECT person_id FROM memberships) ORDER BY id",
    "SELECT project_id, person_id, role FROM memberships ORDER BY project_id, person_id",
)


def register(store: Store) -> str:
    """Return a short text that changes with what the register says of projects and people."""
    digest = hashlib.blake2b(digest_size=12)
    for query in _REGISTER:
        rows = store.db.execute(query)
        while some := rows.fetchmany(500):
            digest.update(repr(some).encode())
        digest.update(b"/")
    return digest.hexdigest()
