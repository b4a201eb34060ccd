"""Numbers over all tables, for `pubtrack status`."""

from __future__ import annotations

from pubtrack.models import Answer
from pubtrack.store.database import Store


def known(store: Store) -> dict[str, int]:
    """Return how many there are of what: projects, leads, works, sightings, bands, lists, works that staff are asked about."""
    row = store.one(
        "SELECT (SELECT count(*) FROM projects) projects,"
        " (SELECT count(*) FROM memberships WHERE role = 'lead') leads,"
        " (SELECT count(*) FROM works WHERE deleted = 0) works,"
        " (SELECT count(*) FROM sightings) sightings,"
        " (SELECT count(*) FROM matches WHERE band = 'accept') accept,"
        " (SELECT count(*) FROM matches WHERE band = 'review') review,"
        " (SELECT count(*) FROM matches WHERE band = 'reject') reject,"
        " (SELECT count(*) FROM reference_lists WHERE state = 'sent') lists_sent,"
        " (SELECT count(*) FROM reference_lists WHERE state = 'draft') lists_draft,"
        " (SELECT count(DISTINCT work_id) FROM matches m WHERE band = 'review' AND NOT EXISTS (SELECT 1 FROM decisions d"
        "   WHERE d.project_id = m.project_id AND d.work_id = m.work_id AND d.answer IN (?, ?))) asked",
        (Answer.MINE.value, Answer.NOT_MINE.value),
    )
    assert row is not None
    return row


def messages(store: Store) -> dict[str, int]:
    """Return how many messages are in which state."""
    return {
        row["state"]: row["n"]
        for row in store.rows("SELECT state, count(*) n FROM outbox GROUP BY state ORDER BY state")
    }


def sources(store: Store) -> list[tuple[str, str | None, str, str | None]]:
    """Return, per source, up to when it is complete, the state of its newest harvest and that harvest's error."""
    return [
        (row["source"], row["watermark"], row["state"], row["error"])
        for row in store.rows(
            "SELECT source, (SELECT max(watermark) FROM harvests c WHERE c.source = h.source AND c.state = 'complete') watermark,"
            " state, error FROM harvests h WHERE id = (SELECT max(id) FROM harvests n WHERE n.source = h.source) ORDER BY source"
        )
    ]


def integrity(store: Store) -> str:
    """Return `ok`, or what SQLite finds wrong with the file or its foreign keys."""
    row = store.one("PRAGMA quick_check")
    found = str(next(iter(row.values()))) if row else "no answer"
    broken = store.one("PRAGMA foreign_key_check")
    return found if found != "ok" else f"a row of {broken['table']} refers to nothing" if broken else "ok"
