"""What a digest asks of several tables at once, and the digests that were made."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pubtrack.store.database import Store


def first_seen(store: Store, work_ids: Iterable[int]) -> dict[int, str]:
    """Given works' ids, return the stamp at which each was first seen."""
    return {
        int(row["id"]): row["first_seen_at"]
        for row in store.rows(
            "SELECT id, first_seen_at FROM works WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(work_ids))),),
        )
    }


def formatted(store: Store) -> dict[tuple[str, int], str]:
    """Return, per project and work, the reference as the newest list that holds it has it."""
    return {
        (row["project_id"], int(row["work_id"])): row["formatted"]
        for row in store.rows(
            "SELECT i.project_id, i.work_id, i.formatted FROM reference_items i WHERE i.formatted <> '' ORDER BY i.list_id"
        )
    }


def arrived(store: Store) -> dict[int, str]:
    """Return, per work, the stamp at which the provider's own list was first read with it."""
    return {
        int(row["work_id"]): row["first"]
        for row in store.rows(
            "SELECT work_id, min(read_at) first FROM listings WHERE work_id IS NOT NULL GROUP BY work_id"
        )
    }


def sent(store: Store) -> dict[tuple[str, int], str]:
    """Return, per project and work, the stamp at which a list with it was first sent."""
    return {
        (row["project_id"], int(row["work_id"])): row["first"]
        for row in store.rows(
            "SELECT i.project_id, i.work_id, min(l.sent_at) first FROM reference_items i JOIN reference_lists l ON l.id = i.list_id"
            " WHERE l.state = 'sent' GROUP BY i.project_id, i.work_id"
        )
    }


def undelivered(store: Store, since: str, until: str) -> dict[str, int]:
    """Return how many messages failed between two stamps and nothing reached the same person instead, and how many are uncertain now."""
    return {
        row["state"]: int(row["n"])
        for row in store.rows(
            "SELECT state, count(*) n FROM outbox o WHERE state = 'uncertain' OR (state = 'failed'"
            " AND coalesce(claimed_at, created_at) >= ? AND coalesce(claimed_at, created_at) < ? AND NOT EXISTS (SELECT 1 FROM outbox s"
            " WHERE s.person_id = o.person_id AND s.occasion = o.occasion AND s.state = 'sent' AND s.created_at >= o.created_at))"
            " GROUP BY state ORDER BY state",
            (since, until),
        )
    }


def made(store: Store) -> list[str]:
    """Return the months whose digest was made, oldest first."""
    return [
        str(row["name"]).removeprefix("digest/")
        for row in store.rows("SELECT name FROM marks WHERE name LIKE 'digest/____-__' ORDER BY name")
    ]


def began(store: Store) -> str | None:
    """Return the stamp of the first run ever, or None."""
    row = store.one("SELECT min(started_at) first FROM runs")
    return row["first"] if row else None
