"""works, identities, sightings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from pubtrack.models import Link, Relation, Work
from pubtrack.store.database import Store


def get(store: Store, work_id: int) -> Work | None:
    """Given a work's id, return the work with its identities or None. The id of a work that became part of another gives that other."""
    row = store.one(
        "SELECT * FROM works WHERE id = (SELECT coalesce(merged_into, id) FROM works WHERE id = ?)", (work_id,)
    )
    return _work(row, identities(store, row["id"])) if row else None


def find(store: Store, identity: str) -> int | None:
    """Given an identity such as `doi:10.5555/1`, or the id under which one source alone gave a work, return the work's id or None."""
    row = store.one("SELECT work_id FROM identities WHERE identity = ?", (identity,))
    if row is not None:
        return int(row["work_id"])
    found = list(
        store.rows(
            "SELECT DISTINCT work_id FROM sightings WHERE work_id IS NOT NULL"
            " AND (source_id = :id OR substr(source_id, instr(source_id, '#') + 1) = :id)",
            {"id": identity},
        )
    )
    return int(found[0]["work_id"]) if len(found) == 1 else None


def source_ids(store: Store) -> dict[int, list[str]]:
    """Return, per work, the DOIs and ids under which the sources gave it, in order. The file before the key of an entry is left out."""
    found: dict[int, list[str]] = {}
    for row in store.rows(
        "SELECT work_id, substr(identity, 5) AS name FROM identities WHERE identity LIKE 'doi:%' UNION"
        " SELECT work_id, substr(source_id, CASE WHEN format IN ('bibtex', 'ris', 'csl-json') THEN instr(source_id, '#') + 1 ELSE 1 END)"
        " FROM sightings WHERE work_id IS NOT NULL ORDER BY 1, 2"
    ):
        found.setdefault(row["work_id"], []).append(row["name"])
    return found


def every(store: Store, *, changed_since: str | None = None) -> Iterator[Work]:
    """Yield all works that are not deleted (or those changed at or after a stamp), ordered by id, without their identities."""
    yield from (
        _work(row)
        for row in store.rows(
            "SELECT * FROM works WHERE deleted = 0 AND changed_at >= ? ORDER BY id", (changed_since or "",)
        )
    )


def some(store: Store, ids: Iterable[int]) -> dict[int, Work]:
    """Given ids, return the works by id."""
    return {
        int(row["id"]): _work(row)
        for row in store.rows(
            "SELECT * FROM works WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(sorted(set(ids))),)
        )
    }


def identities(store: Store, work_id: int) -> tuple[str, ...]:
    """Given a work's id, return its identities in order."""
    return tuple(
        row["identity"]
        for row in store.rows("SELECT identity FROM identities WHERE work_id = ? ORDER BY identity", (work_id,))
    )


def all_identities(store: Store) -> dict[int, list[str]]:
    """Return every work's identities by work id."""
    found: dict[int, list[str]] = {}
    for row in store.rows("SELECT work_id, identity FROM identities ORDER BY identity"):
        found.setdefault(row["work_id"], []).append(row["identity"])
    return found


def save(store: Store, work: Work, *, at: str, work_id: int | None = None) -> int:
    """Given a work, add it (no id) or update it, with its identities, and return its id.

    `changed_at` moves only if something changed. An identity that another work holds stays there: joining is decided before.
    """
    columns: dict[str, Any] = {
        "doi": work.doi,
        "csl": json.dumps(work.csl, ensure_ascii=False, sort_keys=True),
        "title": work.title,
        "type": work.type,
        "language": work.language,
        "issued": str(work.issued) if work.issued else None,
        "retracted": int(work.retracted),
        "corrected": int(work.corrected),
        "relations": json.dumps([[relation.kind, relation.target] for relation in work.relations]),
        "links": json.dumps([[link.url, link.media_type, link.version] for link in work.links]),
    }
    work_id = work.id if work_id is None else work_id
    if work_id is None:
        cursor = store.db.execute(
            f"INSERT INTO works ({', '.join(columns)}, first_seen_at, changed_at) VALUES ({', '.join('?' * len(columns))}, ?, ?)",
            (*columns.values(), at, at),
        )
        work_id = int(cursor.lastrowid or 0)
    else:
        row = store.one("SELECT * FROM works WHERE id = ?", (work_id,))
        if row is None:
            raise ValueError(f"there is no work {work_id}")
        if row["deleted"] or any(row[name] != value for name, value in columns.items()):
            assignments = ", ".join(f"{name} = ?" for name in columns)
            store.db.execute(
                f"UPDATE works SET {assignments}, deleted = 0, changed_at = ? WHERE id = ?",
                (*columns.values(), at, work_id),
            )
    store.db.conn.executemany(
        "INSERT OR IGNORE INTO identities (identity, work_id) VALUES (?, ?)",
        [(name, work_id) for name in work.identities],
    )
    return work_id


def release(store: Store, dois: dict[int, str | None]) -> None:
    """Given works about to be saved, with the DOI each will carry, clear the way: their identities and DOIs may move among them.

    Of a DOI that stays nothing is touched, so that `save` still sees what changed.
    """
    for work_id, doi in dois.items():
        store.db.execute(
            "UPDATE works SET doi = NULL WHERE (id = ? AND doi IS NOT ?) OR (doi = ? AND id <> ?)",
            (work_id, doi, doi, work_id),
        )
        store.db.execute("DELETE FROM identities WHERE work_id = ? OR identity = 'doi:' || ?", (work_id, doi))


def deleted_as(store: Store, identities: Iterable[str]) -> dict[str, int]:
    """Given identities, return those under which a work stands that every source deleted, with its id."""
    return {
        row["identity"]: row["work_id"]
        for row in store.rows(
            "SELECT identity, work_id FROM identities JOIN works ON works.id = work_id WHERE deleted = 1 AND merged_into IS NULL"
            " AND identity IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(identities))),),
        )
    }


def mark_deleted(store: Store, work_id: int, *, at: str) -> None:
    """Given a work whose every sighting is deleted, keep the row but take it out of what `every` yields."""
    store.db.execute("UPDATE works SET deleted = 1, changed_at = ? WHERE id = ? AND deleted = 0", (at, work_id))


def sightings(store: Store, work_id: int) -> list[dict[str, Any]]:
    """Given a work's id, return its sightings, oldest first, each with its `raw` record as bytes."""
    rows = list(store.rows("SELECT * FROM sightings WHERE work_id = ? ORDER BY id", (work_id,)))
    return [row | {"raw": zlib.decompress(row["raw"])} for row in rows]


def _work(row: dict[str, Any], identities: tuple[str, ...] = ()) -> Work:
    return Work(
        csl=json.loads(row["csl"]),
        identities=identities,
        relations=tuple(Relation(kind, target) for kind, target in json.loads(row["relations"])),
        links=tuple(Link(url, media_type, version) for url, media_type, version in json.loads(row["links"])),
        id=row["id"],
        retracted=bool(row["retracted"]),
        corrected=bool(row["corrected"]),
    )
