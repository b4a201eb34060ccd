"""letters: what reached us by mail or by the page and is for staff to read, and what was understood by itself."""

from __future__ import annotations

from typing import Any

from pubtrack.errors import UsageError
from pubtrack.store.database import Store

LONGEST = 20_000  # characters of a text that are kept


def add(
    store: Store,
    message_id: str,
    kind: str,
    *,
    at: str,
    person_id: int | None = None,
    outbox_id: int | None = None,
    project_id: str | None = None,
    sender: str = "",
    subject: str = "",
    text: str = "",
    reason: str = "",
    file: str | None = None,
    waiting: bool = True,
) -> int | None:
    """Given what came and what it was, keep it and return its number. Return None, changing nothing, if it came before.

    What was understood (`waiting` False) is kept without its text: only that it came.
    """
    kept = text[:LONGEST] if waiting else ""
    cursor = store.db.execute(
        "INSERT INTO letters (message_id, kind, person_id, outbox_id, project_id, sender, subject, text, reason, file, state, received_at,"
        " done_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (message_id) DO NOTHING",
        (
            message_id,
            kind,
            person_id,
            outbox_id,
            project_id,
            sender if waiting else "",
            subject[:300] if waiting else "",
            kept,
            reason,
            file,
            "waiting" if waiting else "done",
            at,
            None if waiting else at,
        ),
    )
    return int(cursor.lastrowid or 0) if cursor.rowcount == 1 else None


def known(store: Store, message_id: str) -> bool:
    """Given the id of a message, return whether it came before."""
    return store.one("SELECT 1 FROM letters WHERE message_id = ?", (message_id,)) is not None


def waiting(store: Store) -> list[dict[str, Any]]:
    """Return the letters that staff have not dealt with, oldest first."""
    return list(store.rows("SELECT * FROM letters WHERE state = 'waiting' ORDER BY id"))


def every(store: Store) -> list[dict[str, Any]]:
    """Return all letters, oldest first."""
    return list(store.rows("SELECT * FROM letters ORDER BY id"))


def get(store: Store, letter_id: int) -> dict[str, Any]:
    """Given a letter's number, return its row. Raise UsageError if there is none."""
    row = store.one("SELECT * FROM letters WHERE id = ?", (letter_id,))
    if row is None:
        raise UsageError(f"There is no letter {letter_id}. See them with: pubtrack letters")
    return row


def done(store: Store, letter_id: int, *, who: str, at: str) -> None:
    """Given a letter that staff have dealt with, record it and keep its text no longer. Doing it twice changes nothing."""
    get(store, letter_id)
    store.db.execute(
        "UPDATE letters SET state = 'done', done_at = ?, done_by = ?, sender = '', subject = '', text = ''"
        " WHERE id = ? AND state = 'waiting'",
        (at, who, letter_id),
    )
