"""reference_lists, reference_items, listings: what went to the provider, and what the provider's own list shows."""

from __future__ import annotations

from pubtrack.store.database import Store


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
