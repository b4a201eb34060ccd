"""works, identities, sightings."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from pubtrack.models import Link, Record, Relation, Work
from pubtrack.store.database import Store


def get(store: Store, work_id: int) -> Work | None:
    """Given a work's id, return the work with its identities or None."""
    row = store.one("SELECT * FROM works WHERE id = ?", (work_id,))
    return _work(row, identities(store, work_id)) if row else None


def find(store: Store, identity: str) -> int | None:
    """Given an identity such as `doi:10.5555/1`, return the work's id or None."""
    row = store.one("SELECT work_id FROM identities WHERE identity = ?", (identity,))
    return int(row["work_id"]) if row else None


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


def save(store: Store, work: Work, *, at: str) -> int:
    """Given a work, add it (id None) or update it, with its identities, and return its id.

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
    if work.id is None:
        cursor = store.db.execute(
            f"INSERT INTO works ({', '.join(columns)}, first_seen_at, changed_at) VALUES ({', '.join('?' * len(columns))}, ?, ?)",
            (*columns.values(), at, at),
        )
        work_id = int(cursor.lastrowid or 0)
    else:
        work_id = work.id
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


def mark_deleted(store: Store, work_id: int, *, at: str) -> None:
    """Given a work whose every sighting is deleted, keep the row but take it out of what `every` yields."""
    store.db.execute("UPDATE works SET deleted = 1, changed_at = ? WHERE id = ? AND deleted = 0", (at, work_id))


def sighting(store: Store, source: str, source_id: str) -> dict[str, Any] | None:
    """Given a source's name and its identifier, return the sighting's row without its raw record, or None."""
    return store.one(
        "SELECT id, source, source_id, work_id, format, content_hash, datestamp, deleted, unusable, joined_by, seen_at, changed_at"
        " FROM sightings WHERE source = ? AND source_id = ?",
        (source, source_id),
    )


def sightings(store: Store, work_id: int) -> list[dict[str, Any]]:
    """Given a work's id, return its sightings, oldest first, each with its `raw` record as bytes."""
    rows = list(store.rows("SELECT * FROM sightings WHERE work_id = ? ORDER BY id", (work_id,)))
    return [row | {"raw": zlib.decompress(row["raw"])} for row in rows]


def save_sighting(
    store: Store,
    record: Record,
    *,
    content_hash: str,
    work_id: int | None,
    unusable: str | None,
    joined_by: str | None,
    at: str,
) -> None:
    """Given a record as it came, keep it: compressed, with the work it shows (or why it shows none) and what joined it there."""
    store.db.execute(
        "INSERT INTO sightings (source, source_id, work_id, format, content_hash, raw, datestamp, deleted, unusable, joined_by,"
        " seen_at, changed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (source, source_id) DO UPDATE SET work_id = excluded.work_id, format = excluded.format,"
        " content_hash = excluded.content_hash, raw = excluded.raw, datestamp = excluded.datestamp, deleted = excluded.deleted,"
        " unusable = excluded.unusable, joined_by = excluded.joined_by, changed_at = excluded.changed_at",
        (
            record.source,
            record.source_id,
            work_id,
            record.format,
            content_hash,
            zlib.compress(record.raw, 6),
            record.datestamp,
            int(record.deleted),
            unusable,
            joined_by,
            at,
            at,
        ),
    )


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
