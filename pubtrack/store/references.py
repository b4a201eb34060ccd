"""reference_lists, reference_items and listings: what was sent to the provider, and what its own list holds."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pubtrack.store.database import Store


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One reference as a list holds it: `csl` with its citation key, `formatted` in the list's style."""

    project_id: str
    work_id: int
    csl: dict[str, Any]
    content_hash: str
    formatted: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a list as it was written; `content` is empty where only the references and copies are kept it was made of."""

    name: str
    format: str
    content_hash: str
    content: bytes


def lists(store: Store) -> list[dict[str, Any]]:
    """Return all reference lists, oldest first, each with `files` read from JSON and its number of `items`."""
    return [
        row | {"files": json.loads(row["files"])}
        for row in store.rows(
            "SELECT l.*, (SELECT count(*) FROM reference_items i WHERE i.list_id = l.id) items FROM reference_lists l ORDER BY id"
        )
    ]


def items(store: Store, list_id: int) -> list[ItemRow]:
    """Given a list's id, return its references, by project and work."""
    return [
        _item(row)
        for row in store.rows(
            "SELECT * FROM reference_items WHERE list_id = ? ORDER BY project_id, work_id", (list_id,)
        )
    ]


def last_sent(store: Store) -> dict[tuple[str, int], tuple[str, ItemRow]]:
    """Return, per project and work, the name of the newest list that holds it and was sent or is on its way, and the reference so."""
    return {
        (row["project_id"], int(row["work_id"])): (str(row["name"]), _item(row))
        for row in store.rows(
            "SELECT l.name, i.* FROM reference_items i JOIN reference_lists l ON l.id = i.list_id"
            " WHERE l.state = 'sent' OR l.outbox_key IS NOT NULL ORDER BY l.sent_at IS NULL, l.sent_at, l.id"
        )
    }


def formatted(store: Store, style: str) -> dict[str, str]:
    """Given a style, return by content hash what was ever formatted in it: formatting is slow and never changes."""
    return {
        row["content_hash"]: row["formatted"]
        for row in store.rows(
            "SELECT i.content_hash, i.formatted FROM reference_items i JOIN reference_lists l ON l.id = i.list_id"
            " WHERE l.style = ? AND i.formatted <> ''",
            (style,),
        )
    }


def save_draft(
    store: Store, name: str, *, scope: str, style: str, about: str, rows: Sequence[ItemRow], at: str
) -> bool:
    """Given a draft's name, its references and what it is made with beside them, make it or replace what it holds.

    Return whether its references changed; if they did, the files that were kept of it are gone.

    Raise ValueError if a list of this name was sent: what was sent stays as it was.
    """
    found = store.one("SELECT * FROM reference_lists WHERE name = ?", (name,))
    if found is not None and found["state"] == "sent":
        raise ValueError(f"the list {name} was sent")
    wanted = sorted(rows, key=lambda row: (row.project_id, row.work_id))
    if found is not None and found["style"] == style and items(store, found["id"]) == wanted:
        store.db.execute("UPDATE reference_lists SET about = ? WHERE id = ?", (about, found["id"]))
        return False
    if found is None:
        store.db.execute(
            "INSERT INTO reference_lists (name, scope, style, about, made_at, state) VALUES (?,?,?,?,?,'draft')",
            (name, scope, style, about, at),
        )
        found = store.one("SELECT id FROM reference_lists WHERE name = ?", (name,))
        assert found is not None
    else:
        store.db.execute(
            "UPDATE reference_lists SET style = ?, about = ?, made_at = ? WHERE id = ?", (style, about, at, found["id"])
        )
        _empty(store, found["id"])
    store.db.conn.executemany(
        "INSERT INTO reference_items (list_id, work_id, project_id, csl, content_hash, formatted) VALUES (?,?,?,?,?,?)",
        [
            (
                found["id"],
                row.work_id,
                row.project_id,
                json.dumps(row.csl, ensure_ascii=False, sort_keys=True),
                row.content_hash,
                row.formatted,
            )
            for row in wanted
        ],
    )
    return True


def set_files(store: Store, name: str, paths: Sequence[str], kept: Sequence[FileRow] = ()) -> None:
    """Given a list's name and the files that were written of it, keep their paths, and what stands in them."""
    store.db.execute(
        "UPDATE reference_lists SET files = ? WHERE name = ?", (json.dumps(list(paths), ensure_ascii=False), name)
    )
    store.db.conn.executemany(
        "INSERT INTO reference_files (list_id, name, format, content_hash, content)"
        " VALUES ((SELECT id FROM reference_lists WHERE name = ?), ?, ?, ?, ?) ON CONFLICT (list_id, name) DO UPDATE SET"
        " content_hash = excluded.content_hash, content = excluded.content, format = excluded.format",
        [(name, file.name, file.format, file.content_hash, zlib.compress(file.content)) for file in kept],
    )


def files(store: Store, list_id: int) -> list[FileRow]:
    """Given a list's id, return its files as they were written, in the order in which they were first written."""
    return [
        FileRow(row["name"], row["format"], row["content_hash"], zlib.decompress(row["content"]))
        for row in store.rows("SELECT * FROM reference_files WHERE list_id = ? ORDER BY rowid", (list_id,))
    ]


def _empty(store: Store, list_id: int) -> None:
    for table in ("reference_items", "reference_files"):
        store.db.execute(f"DELETE FROM {table} WHERE list_id = ?", (list_id,))


def remove_drafts(store: Store, scope: str) -> int:
    """Given a scope, take away its drafts and return how many there were: nothing in them is still to be sent."""
    found = [
        row["id"]
        for row in store.rows(
            "SELECT id FROM reference_lists WHERE state = 'draft' AND outbox_key IS NULL AND scope = ?", (scope,)
        )
    ]
    for list_id in found:
        _empty(store, list_id)
        store.db.execute("DELETE FROM reference_lists WHERE id = ?", (list_id,))
    return len(found)


def remove_spent_drafts(store: Store, scope: str, *, keep: str) -> None:
    """Given a scope, take away its drafts (but `keep`) in which everything has been sent since, as it stands there."""
    spent = [
        row["id"]
        for row in store.rows(
            "SELECT d.id FROM reference_lists d WHERE d.state = 'draft' AND d.outbox_key IS NULL AND d.scope = ? AND d.name <> ?"
            " AND NOT EXISTS (SELECT 1 FROM reference_items i WHERE i.list_id = d.id AND NOT EXISTS ("
            "  SELECT 1 FROM reference_items s JOIN reference_lists l ON l.id = s.list_id WHERE l.state = 'sent'"
            "  AND s.project_id = i.project_id AND s.work_id = i.work_id AND s.content_hash = i.content_hash))",
            (scope, keep),
        )
    ]
    for list_id in spent:
        _empty(store, list_id)
        store.db.execute("DELETE FROM reference_lists WHERE id = ?", (list_id,))


def close(store: Store, name: str, *, receipt: str, how: str, at: str) -> bool:
    """Given a draft's name, the receipt and how it went, write that it was sent. Return False if it is no draft (any more)."""
    cursor = store.db.execute(
        "UPDATE reference_lists SET state = 'sent', sent_at = ?, receipt = ?, how = ? WHERE name = ? AND state = 'draft'",
        (at, receipt, how, name),
    )
    return cursor.rowcount == 1


def on_its_way(store: Store, name: str, key: str | None) -> None:
    """Given a draft's name, write which mail carries it, or (None) that none does any more."""
    store.db.execute("UPDATE reference_lists SET outbox_key = ? WHERE name = ? AND state = 'draft'", (key, name))


def mail_of(store: Store, key: str) -> dict[str, Any] | None:
    """Given the key of a mail, return its row in the outbox, or None."""
    return store.one("SELECT * FROM outbox WHERE key = ?", (key,))


def of_work(store: Store, work_id: int) -> list[dict[str, Any]]:
    """Given a work, return every list that holds it, oldest first, with project_id, formatted and content_hash as they stand there."""
    return list(
        store.rows(
            "SELECT l.*, i.project_id, i.formatted, i.content_hash FROM reference_items i JOIN reference_lists l ON l.id = i.list_id"
            " WHERE i.work_id = ? ORDER BY l.made_at, l.id, i.project_id",
            (work_id,),
        )
    )


def reported(store: Store) -> set[tuple[str, int]]:
    """Return the pairs of project and work whose reference stands in a list that was sent."""
    return {
        (row["project_id"], row["work_id"])
        for row in store.rows(
            "SELECT i.project_id, i.work_id FROM reference_items i JOIN reference_lists l ON l.id = i.list_id WHERE l.state = 'sent'"
        )
    }


def first_sent(store: Store) -> list[dict[str, Any]]:
    """Return every pair of project and work that was sent, with the first list that held it: project_id, work_id, name, sent_at."""
    return list(
        store.rows(
            "SELECT i.project_id, i.work_id, l.name, min(l.sent_at) AS sent_at FROM reference_items i JOIN reference_lists l"
            " ON l.id = i.list_id WHERE l.state = 'sent' GROUP BY i.project_id, i.work_id ORDER BY 4, 1, 2"
        )
    )


def listed(store: Store) -> set[int]:
    """Return the works found in the provider's own published list, in any release."""
    return {row["work_id"] for row in store.rows("SELECT DISTINCT work_id FROM listings WHERE work_id IS NOT NULL")}


def releases(store: Store) -> list[dict[str, Any]]:
    """Return every release of the provider's list that was read: release, read_at, rows and how many were joined to a work."""
    return list(
        store.rows(
            "SELECT release, min(read_at) read_at, count(*) rows, count(work_id) joined FROM listings GROUP BY release"
            " ORDER BY read_at, release"
        )
    )


_FINGERPRINTED: Mapping[str, str] = {
    "works": "SELECT id, csl, retracted, corrected, deleted FROM works WHERE id IN (SELECT work_id FROM matches"
    " WHERE band <> 'reject' UNION SELECT work_id FROM decisions WHERE work_id IS NOT NULL) ORDER BY id",
    "matches": "SELECT project_id, work_id, band FROM matches WHERE band <> 'reject' ORDER BY project_id, work_id",
    "decisions": "SELECT count(*), max(id) FROM decisions",
    "projects": "SELECT p.id, p.title, p.institution, m.person_id, e.changed_at FROM projects p"
    " LEFT JOIN memberships m ON m.project_id = p.id AND m.role = 'lead' LEFT JOIN people e ON e.id = m.person_id ORDER BY p.id",
    "lists": "SELECT id FROM reference_lists WHERE state = 'sent' OR outbox_key IS NOT NULL ORDER BY id",
    "listings": "SELECT id, project_id, work_id FROM listings WHERE work_id IS NOT NULL ORDER BY id",
}


def fingerprint(store: Store) -> str:
    """Return a hash of everything a reference list is made of: as long as it is the same, so is the list."""
    digest = hashlib.sha256()
    for name, query in _FINGERPRINTED.items():
        digest.update(name.encode())
        for row in store.db.execute(query):
            digest.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def copies_fingerprint(store: Store) -> str:
    """Return a hash of which copies there are, and of the records that may hold their licences."""
    digest = hashlib.sha256()
    for query in (
        "SELECT work_id, location, content_hash, file, version, error FROM copies ORDER BY id",
        "SELECT id, content_hash, deleted FROM sightings WHERE work_id IN (SELECT work_id FROM copies) ORDER BY id",
    ):
        for row in store.db.execute(query):
            digest.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _item(row: dict[str, Any]) -> ItemRow:
    return ItemRow(
        project_id=row["project_id"],
        work_id=int(row["work_id"]),
        csl=json.loads(row["csl"]),
        content_hash=row["content_hash"],
        formatted=row["formatted"],
    )
