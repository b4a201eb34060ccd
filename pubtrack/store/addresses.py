"""dead_addresses: where nothing arrives, by which channel and why. Nothing more is written there."""

from __future__ import annotations

from pubtrack.store.database import Store


def switch_off(store: Store, channel: str, address: str, why: str, *, at: str) -> bool:
    """Given a channel's name and an address that takes nothing there, write to it no more. Return whether that is new."""
    cursor = store.db.execute(
        "INSERT INTO dead_addresses (channel, address, why, since) VALUES (?,?,?,?) ON CONFLICT DO NOTHING",
        (channel, address, why, at),
    )
    return cursor.rowcount == 1


def switch_on(store: Store, address: str, *, channel: str | None = None) -> int:
    """Given an address that takes messages again, write to it again (by one channel, or by all). Return how many were off."""
    return store.db.execute(
        "DELETE FROM dead_addresses WHERE address = ? AND ? IN (channel, '')", (address, channel or "")
    ).rowcount


def switched_off(store: Store) -> dict[tuple[str, str], str]:
    """Return the addresses that are written to no more, as (channel, address), each with the reason."""
    return {
        (row["channel"], row["address"]): row["why"]
        for row in store.rows("SELECT channel, address, why FROM dead_addresses ORDER BY channel, address")
    }
