"""Records to sightings and works: read, compared with what is known, joined, stored.

One batch goes in one transaction, opened by the caller together with the progress of its harvest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import Any

from pubtrack.discovery import rulings, versions
from pubtrack.discovery.crosswalks import CONTENT, CROSSWALKS
from pubtrack.discovery.versions import Group, Seen
from pubtrack.errors import UnusableRecord
from pubtrack.models import Record, StageReport, Work
from pubtrack.store import Store, decisions, merging, sightings, works

_NOTICES = sorted(versions.NOTICES)


def ingest(store: Store, records: Sequence[Record], *, at: str, report: StageReport) -> list[int]:
    """Given a batch of records, store what is new in them, count it on the report, and return the ids of the works touched.

    Counts: `new`, `updated`, `unchanged`, `deleted`, `repeated` (in one batch, the last counts), `unusable` (the
    reason stands with the sighting), `joined` (records put into the work of another), `merged` (works that turned out to be another).
    A record that once showed a work and is unusable now changes nothing: it is counted, and the work stays as it was.
    """
    newest = {(record.source, record.source_id): record for record in records}
    if len(newest) < len(records):
        report.count("repeated", len(records) - len(newest))
    known = {
        source: sightings.known(store, source, [name for where, name in newest if where == source])
        for source in {record.source for record in records}
    }
    changed: dict[int, tuple[Record, Work | None]] = {}
    settled: list[int] = []
    for record in newest.values():
        row = known[record.source].get(record.source_id)
        fingerprint = _fingerprint(record)
        if row is not None and row["content_hash"] == fingerprint and bool(row["deleted"]) == record.deleted:
            report.count("unchanged")
            continue
        work, reason = (None, None) if record.deleted else _read(record)
        if reason is not None:
            report.count("unusable")
            if row is not None and row["work_id"] is not None and not row["deleted"]:
                continue
        else:
            report.count("deleted" if record.deleted else "new" if row is None else "updated")
        sighting = sightings.save(store, record, content_hash=fingerprint, unusable=reason, at=at)
        if row is not None:
            settled.append(sighting)
        if reason is None:
            changed[sighting] = (record, work)
    return _settle(store, changed, settled, at=at, report=report)


def again(store: Store, sighting_ids: Collection[int], *, at: str, report: StageReport) -> list[int]:
    """Given sightings, read them again from what was kept, and put them and all they hang together with where they belong now.

    Return the ids of the works touched. It opens no transaction: the caller does.
    """
    changed: dict[int, tuple[Record, Work | None]] = {}
    for row in sightings.read(store, sighting_ids):
        if not row["deleted"] and row["unusable"] is None:
            record = Record(row["source"], row["source_id"], row["format"], row["raw"])
            work, _ = _read(record)
            if work is not None:
                changed[row["id"]] = (record, work)
    return _settle(store, changed, changed.keys(), at=at, report=report)


def _fingerprint(record: Record) -> str:
    """What makes a record changed: its content, without what moves by itself."""
    if record.deleted:
        return "deleted"
    try:
        told = CONTENT.get(record.format, bytes)(record.raw)
    except UnusableRecord:
        told = record.raw
    return hashlib.sha256(record.format.encode() + b"\0" + told).hexdigest()


def _read(record: Record) -> tuple[Work | None, str | None]:
    crosswalk = CROSSWALKS.get(record.format)
    if crosswalk is None:
        return None, f"no crosswalk reads the format {record.format}"
    try:
        return crosswalk(record.raw), None
    except UnusableRecord as error:
        return None, str(error)
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # A record of a shape nobody foresaw must not hold up all others, nor go unnoticed.
        return None, f"the crosswalk of {record.format} failed on it ({type(error).__name__})"


def _settle(
    store: Store,
    changed: dict[int, tuple[Record, Work | None]],
    settled: Collection[int],
    *,
    at: str,
    report: StageReport,
) -> list[int]:
    """Put changed sightings, and all that hang together with them or are named by their notices, into the works they show."""
    if not changed:
        return []
    before = sightings.together(store, settled, versions.JOINING) if settled else set()
    named = sightings.spoken_of(store, settled, _NOTICES) if settled else set()
    sightings.tie(
        store,
        changed,
        (
            (sighting, kind, identity)
            for sighting, (record, work) in changed.items()
            if work is not None
            for kind, identity in versions.ties(record.source, record.source_id, record.format, work)
        ),
    )
    named |= {
        r.target for _, work in changed.values() if work is not None for r in work.relations if r.kind in _NOTICES
    }
    concerned = before | changed.keys() | (sightings.known_as(store, named) if named else set())
    said = rulings.standing(decisions.on_records(store))
    rows = _hanging_together(store, concerned, said)
    live = _live(store, changed, rows)
    groups = versions.groups(live, said)
    return _write(store, groups, rows, at=at, report=report)


def _hanging_together(store: Store, concerned: set[int], said: rulings.Rulings) -> dict[int, dict[str, Any]]:
    """The rows of these sightings and of all that hang together with them, also because a person said so."""
    while True:
        concerned = sightings.together(store, concerned, versions.JOINING)
        rows = {row["id"]: row for row in sightings.placed(store, concerned)}
        partners = said.partners((row["source"], row["source_id"]) for row in rows.values())
        more = sightings.ids(store, partners) - concerned if partners else set()
        if not more:
            return rows
        concerned |= more


def _live(store: Store, changed: dict[int, tuple[Record, Work | None]], rows: dict[int, dict[str, Any]]) -> list[Seen]:
    """The sightings that show something, with their works; those that did not change are read again from what was kept."""
    live = [
        Seen(sighting, record.source, record.source_id, record.format, work)
        for sighting, (record, work) in changed.items()
        if work is not None
    ]
    others = [key for key, row in rows.items() if key not in changed and not row["deleted"] and row["unusable"] is None]
    for row in sightings.read(store, others) if others else ():
        record = Record(row["source"], row["source_id"], row["format"], row["raw"])
        work, _ = _read(record)
        if work is not None:
            live.append(Seen(row["id"], record.source, record.source_id, record.format, work))
    return live


def _write(
    store: Store,
    groups: Sequence[Group],
    rows: dict[int, dict[str, Any]],
    *,
    at: str,
    report: StageReport,
) -> list[int]:
    homes, orphans = _homes(groups, rows)
    for gone, into in orphans.items():
        if into is None:
            works.mark_deleted(store, gone, at=at)
        elif (target := homes[into]) is not None:
            merging.merge(store, gone, target, at=at)
            report.count("merged")
    _revive(store, groups, homes)
    works.release(
        store, {home: group.seen[0].work.doi for home, group in zip(homes, groups, strict=True) if home is not None}
    )
    notices = sightings.speakers(store, {name for group in groups for name in versions.noticed(group)}, _NOTICES)
    touched: list[int] = [gone for gone, into in orphans.items() if into is None]
    places: list[tuple[int | None, str | None, int]] = []
    for home, group in zip(homes, groups, strict=True):
        kinds = {kind for name in versions.noticed(group) for kind in notices.get(name, ())}
        work_id = works.save(store, versions.compose(group, kinds), at=at, work_id=home)
        touched.append(work_id)
        for one in group.seen:
            row, why = rows[one.id], group.joined_by.get(one.id)
            if row["work_id"] != work_id or row["joined_by"] != why:
                places.append((work_id, why, one.id))
                if why is not None and row["joined_by"] is None:
                    report.count("joined")
    sightings.place(store, places)
    return touched


def _homes(groups: Sequence[Group], rows: dict[int, dict[str, Any]]) -> tuple[list[int | None], dict[int, int | None]]:
    """Which stored work each group goes on as (None: a new one), and what becomes of the stored works that no group goes on as.

    A group goes on as the oldest work of its sightings; where a work falls apart, the best group keeps it. A work whose
    sightings all went elsewhere is merged into the group (by place) of its oldest sighting; one with none left is deleted (None).
    """
    taken: set[int] = set()
    homes: list[int | None] = []
    where: dict[int, int] = {}
    for at, group in enumerate(groups):
        had = sorted({rows[one.id]["work_id"] for one in group.seen} - taken - {None})
        homes.append(had[0] if had else None)
        taken.update(had[:1])
        where |= {one.id: at for one in group.seen}
    orphans: dict[int, int | None] = {}
    for sighting, row in sorted(rows.items()):
        work_id = row["work_id"]
        if work_id is None or work_id in taken:
            continue
        if orphans.get(work_id) is None:
            orphans[work_id] = where.get(sighting)
    return homes, orphans


def _revive(store: Store, groups: Sequence[Group], homes: list[int | None]) -> None:
    """A work that every source had deleted, and that comes back under one of its identities, comes back as itself."""
    homeless = [at for at, home in enumerate(homes) if home is None]
    names = {at: [i for one in groups[at].seen for i in one.work.identities] for at in homeless}
    deleted = works.deleted_as(store, (name for known in names.values() for name in known)) if homeless else {}
    for at in homeless if deleted else ():
        found = next((deleted[name] for name in names[at] if name in deleted and deleted[name] not in homes), None)
        homes[at] = found
