"""reference_lists, reference_items and listings: what was sent to the provider, and what its own list holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
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
class ListingRow:
    """One row of the provider's own list, as it stands there; `row` is its number in the file."""

    row: int
    project_id: str | None
    title: str
    authors: str | None
    issued: str | None
    institution: str | None
    url: str | None
    work_id: int | None
    joined_by: str | None


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
    """Return, per project and work, the name of the newest sent list that holds it and the reference as it was sent."""
    return {
        (row["project_id"], int(row["work_id"])): (str(row["name"]), _item(row))
        for row in store.rows(
            "SELECT l.name, i.* FROM reference_items i JOIN reference_lists l ON l.id = i.list_id WHERE l.state = 'sent'"
            " ORDER BY l.sent_at, l.id"
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


def save_draft(store: Store, name: str, *, scope: str, style: str, rows: Sequence[ItemRow], at: str) -> bool:
    """Given a draft's name and its references, make it or replace what it holds. Return whether anything changed.

    Raise ValueError if a list of this name was sent: what was sent stays as it was.
    """
    found = store.one("SELECT * FROM reference_lists WHERE name = ?", (name,))
    if found is not None and found["state"] == "sent":
        raise ValueError(f"the list {name} was sent")
    wanted = sorted(rows, key=lambda row: (row.project_id, row.work_id))
    if found is not None and found["style"] == style and items(store, found["id"]) == wanted:
        return False
    if found is None:
        store.db.execute(
            "INSERT INTO reference_lists (name, scope, style, made_at, state) VALUES (?,?,?,?,'draft')",
            (name, scope, style, at),
        )
        found = store.one("SELECT id FROM reference_lists WHERE name = ?", (name,))
        assert found is not None
    else:
        store.db.execute("UPDATE reference_lists SET style = ?, made_at = ? WHERE id = ?", (style, at, found["id"]))
        store.db.execute("DELETE FROM reference_items WHERE list_id = ?", (found["id"],))
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


def set_files(store: Store, name: str, files: Sequence[str]) -> None:
    """Given a list's name and the files that were written of it, keep their paths."""
    store.db.execute(
        "UPDATE reference_lists SET files = ? WHERE name = ?", (json.dumps(list(files), ensure_ascii=False), name)
    )


def remove_drafts(store: Store, scope: str) -> int:
    """Given a scope, take away its drafts and return how many there were: nothing in them is still to be sent."""
    drafts = "SELECT id FROM reference_lists WHERE state = 'draft' AND scope = ?"
    store.db.execute(f"DELETE FROM reference_items WHERE list_id IN ({drafts})", (scope,))
    return store.db.execute("DELETE FROM reference_lists WHERE state = 'draft' AND scope = ?", (scope,)).rowcount


def remove_spent_drafts(store: Store, scope: str, *, keep: str) -> None:
    """Given a scope, take away its drafts (but `keep`) in which everything has been sent since, as it stands there."""
    spent = [
        row["id"]
        for row in store.rows(
            "SELECT d.id FROM reference_lists d WHERE d.state = 'draft' AND d.scope = ? AND d.name <> ? AND NOT EXISTS ("
            " SELECT 1 FROM reference_items i WHERE i.list_id = d.id AND NOT EXISTS ("
            "  SELECT 1 FROM reference_items s JOIN reference_lists l ON l.id = s.list_id WHERE l.state = 'sent'"
            "  AND s.project_id = i.project_id AND s.work_id = i.work_id AND s.content_hash = i.content_hash))",
            (scope, keep),
        )
    ]
    for list_id in spent:
        store.db.execute("DELETE FROM reference_items WHERE list_id = ?", (list_id,))
        store.db.execute("DELETE FROM reference_lists WHERE id = ?", (list_id,))


def close(store: Store, name: str, *, receipt: str, at: str) -> bool:
    """Given a draft's name and the receipt, write that it was sent. Return False if it is no draft (any more)."""
    cursor = store.db.execute(
        "UPDATE reference_lists SET state = 'sent', sent_at = ?, receipt = ? WHERE name = ? AND state = 'draft'",
        (at, receipt, name),
    )
    return cursor.rowcount == 1


def reported(store: Store) -> set[tuple[str, int]]:
    """Return the pairs of project and work whose reference stands in a list that was sent."""
    return {
        (row["project_id"], row["work_id"])
        for row in store.rows(
            "SELECT i.project_id, i.work_id FROM reference_items i JOIN reference_lists l ON l.id = i.list_id WHERE l.state = 'sent'"
        )
    }


def listed(store: Store) -> set[int]:
    """Return the works found in the provider's own published list, in any release."""
    return {row["work_id"] for row in store.rows("SELECT DISTINCT work_id FROM listings WHERE work_id IS NOT NULL")}


def named_projects(cell: str) -> list[str]:
    """Given what stands in a list's project column, return the project numbers it can mean: the whole, then its parts."""
    parts = [part.strip() for part in re.split(r"[/,;&+]|\ben\b|\band\b", cell)]
    return list(dict.fromkeys(part for part in (cell.strip(), *parts) if part))


def releases(store: Store) -> list[dict[str, Any]]:
    """Return every release of the provider's list that was read: release, read_at, rows and how many were joined to a work."""
    return list(
        store.rows(
            "SELECT release, min(read_at) read_at, count(*) rows, count(work_id) joined FROM listings GROUP BY release"
            " ORDER BY read_at, release"
        )
    )


def listings(store: Store, release: str) -> list[ListingRow]:
    """Given a release, return its rows in their order."""
    return [
        ListingRow(
            row=int(row["row"]),
            project_id=row["project_id"],
            title=row["title"],
            authors=row["authors"],
            issued=row["issued"],
            institution=row["institution"],
            url=row["url"],
            work_id=row["work_id"],
            joined_by=row["joined_by"],
        )
        for row in store.rows("SELECT * FROM listings WHERE release = ? ORDER BY row", (release,))
    ]


def save_listings(store: Store, release: str, rows: Iterable[ListingRow], *, at: str) -> int:
    """Given a release and its rows, keep them. Return how many are new or changed; reading it again changes none."""
    held = {row.row: row for row in listings(store, release)}
    changed = [row for row in rows if held.get(row.row) != row]
    store.db.conn.executemany(
        "INSERT INTO listings (release, row, project_id, title, authors, issued, institution, url, work_id, joined_by, read_at)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (release, row) DO UPDATE SET project_id = excluded.project_id,"
        " title = excluded.title, authors = excluded.authors, issued = excluded.issued, institution = excluded.institution,"
        " url = excluded.url, work_id = excluded.work_id, joined_by = excluded.joined_by",
        [
            (
                release,
                row.row,
                row.project_id,
                row.title,
                row.authors,
                row.issued,
                row.institution,
                row.url,
                row.work_id,
                row.joined_by,
                at,
            )
            for row in changed
        ],
    )
    return len(changed)


_FINGERPRINTED: Mapping[str, str] = {
    "works": "SELECT id, csl, retracted, corrected, deleted FROM works WHERE id IN (SELECT work_id FROM matches"
    " WHERE band <> 'reject' UNION SELECT work_id FROM decisions WHERE work_id IS NOT NULL) ORDER BY id",
    "matches": "SELECT project_id, work_id, band FROM matches WHERE band <> 'reject' ORDER BY project_id, work_id",
    "decisions": "SELECT count(*), max(id) FROM decisions",
    "projects": "SELECT p.id, p.title, p.institution, m.person_id, e.changed_at FROM projects p"
    " LEFT JOIN memberships m ON m.project_id = p.id AND m.role = 'lead' LEFT JOIN people e ON e.id = m.person_id ORDER BY p.id",
    "lists": "SELECT id FROM reference_lists WHERE state = 'sent' ORDER BY id",
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


def _item(row: dict[str, Any]) -> ItemRow:
    return ItemRow(
        project_id=row["project_id"],
        work_id=int(row["work_id"]),
        csl=json.loads(row["csl"]),
        content_hash=row["content_hash"],
        formatted=row["formatted"],
    )
