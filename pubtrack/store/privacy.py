"""What is kept about a person, and how it is erased."""

from __future__ import annotations

from typing import Any

from pubtrack.store.database import Store


def find(store: Store, who: str) -> int | None:
    """Given a mail address, an ORCID or a person's number, return the person's id or None."""
    row = store.one(
        "SELECT id FROM people WHERE lower(email) = lower(:who) OR orcid = :who OR CAST(id AS TEXT) = :who",
        {"who": who},
    )
    return int(row["id"]) if row else None


def everything_about(store: Store, person_id: int) -> dict[str, Any]:
    """Given a person's id, return all that is kept about that person."""
    return {
        "person": store.one("SELECT * FROM people WHERE id = ?", (person_id,)),
        "projects": list(store.rows("SELECT project_id, role FROM memberships WHERE person_id = ?", (person_id,))),
        "messages": list(
            store.rows("SELECT id, subject, recipient, state, created_at FROM outbox WHERE person_id = ?", (person_id,))
        ),
        "decisions": list(store.rows("SELECT * FROM decisions WHERE person_id = ?", (person_id,))),
        "letters": list(store.rows("SELECT * FROM letters WHERE person_id = ? ORDER BY id", (person_id,))),
        "answers": list(store.rows("SELECT link, outcome, used_at FROM forms_used WHERE person_id = ?", (person_id,))),
        "links": list(store.rows("SELECT * FROM links_revoked WHERE person_id = ?", (person_id,))),
    }


def forget(store: Store, person_id: int, *, at: str) -> None:
    """Given a person's id, erase name, addresses and messages. The row and its key stay, empty, so that nothing else breaks.

    A register that still names the person brings them back: take them out there first.
    """
    with store.atomic():
        row = store.one("SELECT email, given, family FROM people WHERE id = ?", (person_id,))
        store.db.execute(
            "DELETE FROM dead_addresses WHERE address IN (SELECT email FROM people WHERE id = :id"
            " UNION SELECT slack FROM people WHERE id = :id UNION SELECT recipient FROM outbox WHERE person_id = :id)",
            {"id": person_id},
        )
        store.db.execute(
            "UPDATE people SET key = 'forgotten:' || id, given = '', family = '(forgotten)', email = NULL, orcid = NULL,"
            " slack = NULL, language = NULL, changed_at = ? WHERE id = ?",
            (at, person_id),
        )
        store.db.execute("DELETE FROM memberships WHERE person_id = ?", (person_id,))
        store.db.execute(
            "UPDATE outbox SET recipient = '(forgotten)', subject = '(forgotten)', text = '', html = NULL, blocks = '[]',"
            " unsubscribe = NULL, calendar = NULL,"
            " state = CASE WHEN state IN ('queued', 'failed') THEN 'cancelled' ELSE state END WHERE person_id = ?",
            (person_id,),
        )
        store.db.execute(
            "UPDATE letters SET sender = '', subject = '', text = '', state = 'done' WHERE person_id = ?", (person_id,)
        )
        store.db.execute("DELETE FROM forms_used WHERE person_id = ?", (person_id,))
        if row is not None and row["email"]:
            store.db.execute("UPDATE letters SET sender = '' WHERE lower(sender) = lower(?)", (row["email"],))
        if row is not None:
            names = [name for name in (row["email"], f"{row['given']} {row['family']}".strip()) if name]
            for name in names:
                store.db.execute("UPDATE decisions SET who = '(forgotten)' WHERE who = ?", (name,))
                store.db.execute("UPDATE reports SET who = '(forgotten)' WHERE who = ?", (name,))
