"""listings: the provider's own published list, release by release, and what became of each row."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from pubtrack.store.database import Store


@dataclass(frozen=True, slots=True)
class ListingRow:
    """One row of the provider's own list, as it stands there; `row` is its number in the file, `kind` what it came to."""

    row: int
    project_id: str | None
    title: str
    authors: str | None
    issued: str | None
    institution: str | None
    url: str | None
    work_id: int | None
    joined_by: str | None
    kind: str | None = None


_COLUMNS = tuple(ListingRow.__dataclass_fields__)


def named_projects(cell: str) -> list[str]:
    """Given what stands in a list's project column, return the project numbers it can mean: the whole, then its parts."""
    parts = [part.strip() for part in re.split(r"[/,;&+]|\ben\b|\band\b", cell)]
    return list(dict.fromkeys(part for part in (cell.strip(), *parts) if part))


def rows(store: Store, release: str) -> list[ListingRow]:
    """Given a release, return its rows in their order."""
    return [
        ListingRow(**{name: row[name] for name in _COLUMNS})
        for row in store.rows("SELECT * FROM listings WHERE release = ? ORDER BY row", (release,))
    ]


def save(store: Store, release: str, rows_: Iterable[ListingRow], *, at: str) -> int:
    """Given a release and its rows, keep them. Return how many are new or changed; reading it again changes none."""
    held = {row.row: row for row in rows(store, release)}
    changed = [row for row in rows_ if held.get(row.row) != row]
    updates = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "row")
    store.db.conn.executemany(
        f"INSERT INTO listings (release, {', '.join(_COLUMNS)}, read_at) VALUES ({', '.join('?' * (len(_COLUMNS) + 2))})"
        f" ON CONFLICT (release, row) DO UPDATE SET {updates}",
        [(release, *asdict(row).values(), at) for row in changed],
    )
    return len(changed)


def of_work(store: Store, work_id: int) -> list[dict[str, Any]]:
    """Given a work, return every row of every release that shows it, oldest first, with release and read_at."""
    return list(store.rows("SELECT * FROM listings WHERE work_id = ? ORDER BY read_at, release, row", (work_id,)))


SOURCE = "provider-list"  # the source under which publications are kept that only the provider's list names


def born(store: Store) -> set[int]:
    """Return the works that are known from the provider's list and from nowhere else."""
    return {
        int(row["work_id"])
        for row in store.rows(
            "SELECT work_id FROM sightings WHERE work_id IS NOT NULL AND deleted = 0 GROUP BY work_id HAVING min(source = ?) = 1",
            (SOURCE,),
        )
    }


def newest_release(store: Store) -> str | None:
    """Return the name of the release that was read last, or None."""
    row = store.one("SELECT release FROM listings ORDER BY read_at DESC, id DESC LIMIT 1")
    return str(row["release"]) if row else None


def works_listed(store: Store) -> set[int]:
    """Return the works that any release shows."""
    return {
        int(row["work_id"]) for row in store.rows("SELECT DISTINCT work_id FROM listings WHERE work_id IS NOT NULL")
    }


def pairs(store: Store, work_ids: Collection[int] | None = None) -> set[tuple[str, int]]:
    """Return each project number that the newest release names for a work, with the work: the provider's own word.

    Where it names another project than we hold the work to be an output of, a person must look first: such a row is left out. With
    `work_ids` only the pairs of these works.
    """
    newest = newest_release(store)
    if newest is None:
        return set()
    here = "" if work_ids is None else " AND work_id IN (SELECT value FROM json_each(:works))"
    return {
        (project_id, int(row["work_id"]))
        for row in store.rows(
            "SELECT project_id, work_id FROM listings WHERE release = :release AND work_id IS NOT NULL AND project_id IS NOT NULL"
            f" AND kind IS NOT 'other_project'{here}",
            {"release": newest} | ({} if work_ids is None else {"works": json.dumps(list(work_ids))}),
        )
        for project_id in named_projects(row["project_id"])
    }
