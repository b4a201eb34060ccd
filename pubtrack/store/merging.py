"""Two works that turn out to be one: everything known about the younger goes to the older, and nothing a person said is lost."""

from __future__ import annotations

from pubtrack.models import DutyKind
from pubtrack.store.database import Store


def survivor(store: Store, work_id: int) -> int:
    """Given a work's id, return the id of the work it has become: mostly its own."""
    row = store.one("SELECT coalesce(merged_into, id) AS id FROM works WHERE id = ?", (work_id,))
    return int(row["id"]) if row else work_id


def merge(store: Store, gone: int, into: int, *, at: str) -> None:
    """Given two works, make the first one part of the second. Its row stays and points there.

    Decisions, findings, copies, sent references and listings move; a machine's match moves where the other work has none, for
    matching judges the pair again. What was told about the one counts as told about the other, so nobody is asked twice.
    """
    db = store.db
    db.execute(
        "UPDATE works SET doi = NULL, deleted = 1, merged_into = ?, changed_at = ? WHERE id = ?", (into, at, gone)
    )
    db.execute("UPDATE works SET merged_into = ? WHERE merged_into = ?", (into, gone))
    db.execute("UPDATE works SET changed_at = ? WHERE id = ?", (at, into))
    db.execute(
        "UPDATE decisions SET first_work_id = coalesce(first_work_id, work_id), work_id = ? WHERE work_id = ?",
        (into, gone),
    )
    for table in ("identities", "sightings", "listings"):
        db.execute(f"UPDATE {table} SET work_id = ? WHERE work_id = ?", (into, gone))
    # One place, one finding, one line of a list: where both works have it, the older's stays.
    db.execute(
        "UPDATE findings SET copy_id = (SELECT kept.id FROM copies kept JOIN copies lost ON lost.location = kept.location"
        " WHERE kept.work_id = ? AND lost.id = findings.copy_id) WHERE work_id = ? AND copy_id IN (SELECT lost.id FROM copies lost"
        " JOIN copies kept ON kept.location = lost.location WHERE lost.work_id = ? AND kept.work_id = ?)",
        (into, gone, gone, into),
    )
    for table in ("findings", "copies", "matches", "reference_items"):
        db.execute(f"UPDATE OR IGNORE {table} SET work_id = ? WHERE work_id = ?", (into, gone))
        db.execute(f"DELETE FROM {table} WHERE work_id = ?", (gone,))
    for kind in DutyKind:  # Duty.key ends in the work and the kind
        old, new = f"/{gone}/{kind.value}", f"/{into}/{kind.value}"
        db.execute(
            "UPDATE OR IGNORE told SET duty = substr(duty, 1, length(duty) - ?) || ? WHERE substr(duty, -?) = ?",
            (len(old), new, len(old), old),
        )
