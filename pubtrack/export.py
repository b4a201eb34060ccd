"""Whole tables as plain rows: for spreadsheets, for other programs, for leaving."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.matching import show
from pubtrack.obligations import facts
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store
from pubtrack.store import decisions as decision_table
from pubtrack.store import findings as finding_table
from pubtrack.store import letters as letter_table
from pubtrack.store import projects as project_table
from pubtrack.store import works as work_table

Row = dict[str, Any]


def duties(store: Store, policies: Sequence[Policy], *, now: datetime) -> Iterator[Row]:
    """Given a moment, yield every duty of that day as the command line's JSON has it."""
    names = {person.id: person.name for person in project_table.people(store)}
    found = facts.today(store, policies, now=now)
    titles = work_table.some(store, [duty.work_id for duty in found if duty.work_id is not None])
    for duty in found:
        work = titles.get(duty.work_id or 0)
        yield {
            "project": duty.project_id,
            "work": duty.work_id,
            "kind": duty.kind.value,
            "state": duty.state.value,
            "due_on": duty.due_on.isoformat() if duty.due_on else None,
            "since": duty.since.isoformat() if duty.since else None,
            "because": duty.because,
            "person": names.get(duty.person_id),
            "policy": duty.policy,
            "strength": duty.strength,
            "title": work.title if work else None,
        }


def works(store: Store) -> Iterator[Row]:
    """Yield every work that is not deleted, with its identities."""
    identities = work_table.all_identities(store)
    for work in work_table.every(store):
        yield {
            "work": work.id,
            "doi": work.doi,
            "title": work.title,
            "type": work.type,
            "issued": str(work.issued) if work.issued else None,
            "retracted": work.retracted,
            "corrected": work.corrected,
            "identities": identities.get(work.id or 0, []),
            "csl": work.csl,
        }


def findings(store: Store) -> Iterator[Row]:
    """Yield every finding ever made, oldest first."""
    for finding in finding_table.every(store):
        yield {
            "work": finding.work_id,
            "verdict": finding.verdict.value,
            "language": finding.language,
            "evidence": [
                {"quote": quote.quote, "page": quote.page, "section": quote.section, "rule": quote.rule}
                for quote in finding.evidence
            ],
            "reason": finding.reason,
            "version": finding.version,
            "missing": list(finding.missing),
            "suggestion": finding.suggestion,
            "policy": finding.policy,
            "policy_version": finding.policy_version,
            "reader": finding.reader,
        }


def decisions(store: Store) -> Iterator[Row]:
    """Yield every decision ever made, oldest first, withdrawn ones included."""
    for decision in decision_table.history(store):
        yield {
            "decision": decision.id,
            "made_at": stamp(decision.made_at),
            "who": decision.who,
            "through": decision.through,
            "answer": decision.answer.value,
            "project": decision.project_id,
            "work": decision.work_id,
            "person": decision.person_id,
            "duty": decision.duty.value if decision.duty else None,
            "policy": decision.policy,
            "until": decision.until.isoformat() if decision.until else None,
            "note": decision.note,
            "records": [list(decision.records.record), list(decision.records.other)] if decision.records else None,
        }


def projects(store: Store) -> Iterator[Row]:
    """Yield every project in the shape that `pubtrack register` reads."""
    for project in project_table.every(store):
        people = [
            {
                "given": p.given,
                "family": p.family,
                "email": p.email,
                "orcid": p.orcid,
                "slack": p.slack,
                "language": p.language,
            }
            for p in project.people
        ]
        yield {
            "id": project.id,
            "title": project.title,
            "abstract": project.abstract,
            "datasets": list(project.datasets),
            "lead": people[0] if project.lead else None,
            "members": people[1:] if project.lead else people,
            "institution": project.institution,
            "started_on": project.started_on.isoformat() if project.started_on else None,
            "ended_on": project.ended_on.isoformat() if project.ended_on else None,
        }


def letters(store: Store) -> Iterator[Row]:
    """Yield every letter and every file that people gave, oldest first; of those dealt with the text is kept no longer."""
    for row in letter_table.every(store):
        yield {
            "letter": row["id"],
            "received_at": row["received_at"],
            "kind": row["kind"],
            "person": row["person_id"],
            "project": row["project_id"],
            "message": row["outbox_id"],
            "sender": row["sender"],
            "subject": row["subject"],
            "text": row["text"],
            "file": row["file"],
            "reason": row["reason"],
            "state": row["state"],
            "done_at": row["done_at"],
            "done_by": row["done_by"],
        }


EXPORTS: dict[str, Callable[[Store, Settings, Sequence[Policy], datetime], Iterable[Row]]] = {
    "matches": lambda store, settings, _policies, _now: show.lines(store, settings),
    "findings": lambda store, _settings, _policies, _now: findings(store),
    "works": lambda store, _settings, _policies, _now: works(store),
    "duties": lambda store, _settings, policies, now: duties(store, policies, now=now),
    "decisions": lambda store, _settings, _policies, _now: decisions(store),
    "letters": lambda store, _settings, _policies, _now: letters(store),
    "projects": lambda store, _settings, _policies, _now: projects(store),
}
