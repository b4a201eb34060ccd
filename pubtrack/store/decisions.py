"""decisions: what people said. Append-only; the database itself refuses anything else."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from pubtrack.clock import moment, stamp
from pubtrack.models import CORRECTION_DAYS, Answer, Decision, DutyKind, Records
from pubtrack.store.database import Store

# Answers to one question: among them the newest about a subject holds. Any other answer is a question of its own.
_QUESTIONS = (
    frozenset({Answer.MINE, Answer.NOT_MINE}),
    frozenset({Answer.CREDITED, Answer.NOT_CREDITED}),
    frozenset({Answer.PLANNED, Answer.NOTHING_TO_REPORT}),
    frozenset({Answer.OPT_OUT, Answer.OPT_IN}),
)


def add(store: Store, decision: Decision) -> int:
    """Given a decision, append it and return its id.

    Saying again what still holds adds nothing and returns the id of when it was first said; what was withdrawn, or answered
    otherwise since, can be said anew, and so can a refusal of what came back. What is said of records is always added:
    whether it still holds is seen in where they stand.
    """
    row = {
        "who": decision.who,
        "through": decision.through,
        "answer": decision.answer.value,
        "work_id": decision.work_id,
        "project_id": decision.project_id,
        "person_id": decision.person_id,
        "duty": decision.duty.value if decision.duty else None,
        "until": decision.until.isoformat() if decision.until else None,
        "note": decision.note,
        "records": _written(decision.records),
        "policy": decision.policy,
    }
    question = next((q for q in _QUESTIONS if decision.answer in q), frozenset({decision.answer}))
    newest = store.one(
        "SELECT * FROM decisions d WHERE work_id IS :work_id AND project_id IS :project_id AND person_id IS :person_id"
        " AND duty IS :duty AND policy IS :policy AND answer IN (SELECT value FROM json_each(:question))"
        " AND (answer <> 'withdrawn' OR note IS :note) AND NOT EXISTS"
        " (SELECT 1 FROM decisions w WHERE w.answer = 'withdrawn' AND w.note = 'decision ' || d.id) ORDER BY id DESC LIMIT 1",
        row | {"question": json.dumps(sorted(question))},
    )
    same = newest is not None and all(newest[name] == value for name, value in row.items())
    if (
        decision.records is None
        and newest is not None
        and same
        and not _asked_again(store, decision, newest["made_at"])
    ):
        return int(newest["id"])
    cursor = store.db.execute(
        f"INSERT INTO decisions (made_at, {', '.join(row)}) VALUES (?, {', '.join('?' * len(row))})",
        (stamp(decision.made_at), *row.values()),
    )
    return int(cursor.lastrowid or 0)


def _asked_again(store: Store, decision: Decision, since: str) -> bool:
    """Whether it was asked again since, so that the same answer says something new.

    A refused pair came back with something new; or the time that a request for a correction buys, where no day is named, is over.
    """
    if decision.answer is Answer.CORRECTION_REQUESTED and decision.until is None:
        return decision.made_at.date() > moment(since).date() + timedelta(days=CORRECTION_DAYS)
    if decision.answer is not Answer.NOT_MINE:
        return False
    asked = "SELECT 1 FROM matches WHERE project_id = ? AND work_id = ? AND band = 'review' AND scored_at > ?"
    return any(True for _ in store.db.execute(asked, (decision.project_id, decision.work_id, since)))


def get(store: Store, decision_id: int) -> Decision | None:
    """Given a decision's id, return it, withdrawn or not, or None."""
    row = store.one("SELECT * FROM decisions WHERE id = ?", (decision_id,))
    return _decision(row) if row else None


def every(store: Store, *, project_id: str | None = None, work_id: int | None = None) -> list[Decision]:
    """Return the decisions that still hold, oldest first: withdrawn ones and the withdrawals themselves are left out."""
    found = [
        _decision(row)
        for row in store.rows(
            "SELECT * FROM decisions WHERE (:project IS NULL OR project_id = :project) AND (:work IS NULL OR work_id = :work)"
            " ORDER BY id",
            {"project": project_id, "work": work_id},
        )
    ]
    withdrawn = {
        row["note"] for row in store.rows("SELECT note FROM decisions WHERE answer = ?", (Answer.WITHDRAWN.value,))
    }
    return [
        decision
        for decision in found
        if decision.answer is not Answer.WITHDRAWN and f"decision {decision.id}" not in withdrawn
    ]


def on_works(store: Store, work_ids: Collection[int]) -> list[Decision]:
    """Given works, return the decisions about them that still hold, oldest first."""
    return [
        _decision(row)
        for row in store.rows(
            "SELECT * FROM decisions d WHERE work_id IN (SELECT value FROM json_each(?)) AND answer <> 'withdrawn' AND NOT EXISTS"
            " (SELECT 1 FROM decisions w WHERE w.answer = 'withdrawn' AND w.note = 'decision ' || d.id) ORDER BY id",
            (json.dumps(list(work_ids)),),
        )
    ]


def of_people(store: Store) -> list[Decision]:
    """Return the decisions about a person that still hold, oldest first."""
    return [
        _decision(row)
        for row in store.rows(
            "SELECT * FROM decisions d WHERE person_id IS NOT NULL AND answer <> 'withdrawn' AND NOT EXISTS"
            " (SELECT 1 FROM decisions w WHERE w.answer = 'withdrawn' AND w.note = 'decision ' || d.id) ORDER BY id"
        )
    ]


def on_records(store: Store, *, withdrawn: bool = False) -> list[Decision]:
    """Return the decisions that joined or parted records and still hold (or all there ever were), oldest first."""
    left = (
        ""
        if withdrawn
        else (
            " AND NOT EXISTS (SELECT 1 FROM decisions w WHERE w.answer = 'withdrawn' AND w.note = 'decision ' || d.id)"
        )
    )
    return [
        _decision(row)
        for row in store.rows(
            f"SELECT * FROM decisions d WHERE records IS NOT NULL AND answer <> 'withdrawn'{left} ORDER BY id"
        )
    ]


def history(store: Store) -> list[Decision]:
    """Return every decision ever made, oldest first, withdrawals included."""
    return [_decision(row) for row in store.rows("SELECT * FROM decisions ORDER BY id")]


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(
        answer=Answer(row["answer"]),
        made_at=moment(row["made_at"]),
        who=row["who"],
        through=row["through"],
        work_id=row["work_id"],
        project_id=row["project_id"],
        person_id=row["person_id"],
        duty=DutyKind(row["duty"]) if row["duty"] else None,
        until=date.fromisoformat(row["until"]) if row["until"] else None,
        note=row["note"],
        id=row["id"],
        records=_read(row["records"]),
        policy=row["policy"],
    )


def _written(records: Records | None) -> str | None:
    return json.dumps([records.record, records.other, records.doi]) if records else None


def _read(text: str | None) -> Records | None:
    if text is None:
        return None
    record, other, doi = json.loads(text)
    return Records((record[0], record[1]), (other[0], other[1]), doi)
