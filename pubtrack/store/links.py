"""links_revoked and forms_used: which links open nothing any more, and which pages were sent already."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pubtrack.store.database import Store


def revoke(
    store: Store, *, who: str, at: str, link: str | None = None, person_id: int | None = None, until: date | None = None
) -> bool:
    """Given a link's id, or a person whose links issued up to a day all end, record it. Return False if it stood already."""
    issued_until = until.isoformat() if until is not None else None
    with store.atomic():
        known = store.one(
            "SELECT 1 FROM links_revoked WHERE link IS ? AND person_id IS ? AND issued_until IS ?",
            (link, person_id, issued_until),
        )
        if known is None:
            store.db.execute(
                "INSERT INTO links_revoked (link, person_id, issued_until, who, revoked_at) VALUES (?,?,?,?,?)",
                (link, person_id, issued_until, who, at),
            )
    return known is None


def revoked(store: Store, *, link: str, person_id: int, issued_on: date) -> bool:
    """Given a link's id, its person and its day, return whether it was revoked, alone or with all of that person's."""
    return (
        store.one(
            "SELECT 1 FROM links_revoked WHERE link = ? OR (person_id = ? AND issued_until >= ?)",
            (link, person_id, issued_on.isoformat()),
        )
        is not None
    )


def used(store: Store, form: str) -> tuple[str, dict[str, Any]] | None:
    """Given a form's own word, return the hash of what was sent with it and what came of that, or None if it was not sent yet."""
    row = store.one("SELECT content_hash, outcome FROM forms_used WHERE form = ?", (form,))
    return (row["content_hash"], json.loads(row["outcome"])) if row else None


def use(
    store: Store, form: str, *, link: str, person_id: int, content_hash: str, outcome: dict[str, Any], at: str
) -> None:
    """Given a form that was sent and what came of it, record it: it cannot be sent again."""
    store.db.execute(
        "INSERT INTO forms_used (form, link, person_id, content_hash, outcome, used_at) VALUES (?,?,?,?,?,?)",
        (form, link, person_id, content_hash, json.dumps(outcome, ensure_ascii=False), at),
    )
