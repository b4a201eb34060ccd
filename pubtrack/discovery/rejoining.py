"""Joins put right afterwards: by a person, at once and for good; or because the rules of joining are others now."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pubtrack.clock import stamp
from pubtrack.discovery.ingest import again
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Decision, Records, StageReport
from pubtrack.store import Store, decisions, runs, sightings, works

_RULES = "2"  # move it when `versions` comes to join otherwise: what is stored is then read again, once
_MARK = "joining"
_BATCH = 500


def part(
    store: Store, work_id: int, source_id: str, *, source: str | None = None, who: str, now: datetime, note: str | None
) -> tuple[Decision, int]:
    """Given a work and a record of it, let the record be a work of its own, for good. Return the decision, and the work it is now.

    Saying it again changes nothing. Raise UsageError if the work has no such record, or if it is the one that gives the reference.
    """
    with store.atomic():
        held = works.sightings(store, work_id)
        found = [row for row in held if _named(row, source_id, source)]
        if not found and (before := _parted_before(store, source_id, source)):
            return before
        if len(found) != 1:
            known = ", ".join(f"{row['source_id']} (of {row['source']})" for row in held)
            many = f"several records {source_id}: give --source too" if found else f"no record {source_id}"
            raise UsageError(f"Work {work_id} has {many}. It has: {known or 'none'}.")
        gone, stays = found[0], _reference(held)
        if stays is None or gone["id"] == stays["id"]:
            raise UsageError(
                f"The record {source_id} gives work {work_id} its reference: part the other records from it."
            )
        work = works.get(store, work_id)
        about = Records(_key(gone), _key(stays), work.doi if work else None)
        decision = _say(store, Decision(Answer.PARTED, now, who, "cli", work_id=work_id, note=note, records=about))
        again(store, [gone["id"], stays["id"]], at=stamp(now), report=StageReport("discover"))
        return decision, _where(store, gone["id"])


def join(
    store: Store, work_id: int, other_id: int, *, who: str, now: datetime, note: str | None
) -> tuple[Decision, int]:
    """Given two works, let them be one, for good. Return the decision, and the work they are now.

    Raise UsageError if they are one already, if one has no records left, or if a person parted them and still says so.
    """
    with store.atomic():
        if work_id == other_id:
            raise UsageError(f"Work {work_id} and work {other_id} are one work already.")
        into, from_ = _reference(works.sightings(store, work_id)), _reference(works.sightings(store, other_id))
        if into is None or from_ is None:
            raise UsageError(f"Work {other_id if into else work_id} has no records left to join.")
        about = Records(_key(from_), _key(into))
        decision = _say(store, Decision(Answer.JOINED, now, who, "cli", work_id=work_id, note=note, records=about))
        again(store, [from_["id"], into["id"]], at=stamp(now), report=StageReport("discover"))
        here = _where(store, into["id"])
        if here != _where(store, from_["id"]):
            raise UsageError(
                f"Work {work_id} and work {other_id} hold records that a person parted. Withdraw that decision first:"
                f" pubtrack explain {work_id}"
            )
        return decision, here


def obey(store: Store, *, at: str, report: StageReport) -> None:
    """Put right what decisions and rules of joining, new or withdrawn since the last time, make of the records that are stored."""
    said, holds = decisions.on_records(store, withdrawn=True), decisions.on_records(store)
    told = f"{[decision.id for decision in said]} {[decision.id for decision in holds]}"
    now = f"{_RULES} {hashlib.sha256(told.encode()).hexdigest()[:16]}"
    before = runs.mark(store, _MARK)
    if before == now:
        return
    if before is None or before.split(" ")[0] != _RULES:
        ids: Sequence[int] = sightings.every_id(store)
    else:
        ids = sorted(
            sightings.ids(store, {key for d in said if d.records for key in (d.records.record, d.records.other)})
        )
    for start in range(0, len(ids), _BATCH):
        with store.atomic():
            again(store, ids[start : start + _BATCH], at=at, report=report)
    with store.atomic():
        runs.set_mark(store, _MARK, now, at=at)


def _say(store: Store, decision: Decision) -> Decision:
    said = decisions.get(store, decisions.add(store, decision))
    assert said is not None
    return said


def _parted_before(store: Store, source_id: str, source: str | None) -> tuple[Decision, int] | None:
    """The decision that parted such a record already, if there is one, and the work it is now."""
    for decision in reversed(decisions.on_records(store)):
        if decision.answer is Answer.PARTED and decision.records is not None:
            held = sightings.ids(store, {decision.records.record})
            row = {"source": decision.records.record[0], "source_id": decision.records.record[1]}
            if held and _named(row, source_id, source):
                return decision, _where(store, min(held))
    return None


def _named(row: dict[str, Any], source_id: str, source: str | None) -> bool:
    """Entries of files may be named without their file."""
    names = (row["source_id"], row["source_id"].rsplit("#", 1)[-1])
    return source_id in names and source in (None, row["source"])


def _reference(rows: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The record that gives the reference: the one that nothing joined."""
    live = [row for row in rows if not row["deleted"] and row["unusable"] is None]
    return next((row for row in live if row["joined_by"] is None), live[0] if live else None)


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["source"], row["source_id"]


def _where(store: Store, sighting_id: int) -> int:
    (row,) = sightings.placed(store, [sighting_id])
    return int(row["work_id"] or 0)
