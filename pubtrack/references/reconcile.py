"""Hold the provider's own published list against what is known: what has arrived there, and what we did not know."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.models import StageReport
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.references.joining import Index, Join, PublishedRow
from pubtrack.references.output import write_if_changed
from pubtrack.references.published import read
from pubtrack.store import Store, decisions, listings, matches, projects, works
from pubtrack.store import references as table

_SHOWN = 10  # rows named in the report; all of them stand in its file


@dataclass(slots=True)
class _Told:
    """The rows of each kind, in the list's order."""

    kinds: dict[str, list[PublishedRow]] = field(default_factory=dict)

    def add(self, kind: str, row: PublishedRow) -> None:
        self.kinds.setdefault(kind, []).append(row)


def run(store: Store, settings: Settings, *, now: datetime, file: Path) -> StageReport:
    """Given the provider's list, join its rows to works and keep them as a release; the same file again changes nothing.

    Counts: rows; arrived (a work under a project it is an output of); unknown (a row of a project of ours that shows no work
    we know); unclaimed (a work we know, under a project of ours that it was no output of so far); other_project (a work of
    ours under another number); twice (the same once more); elsewhere (projects of others). Notes name the first of those
    that somebody should look at, a file all of them.
    Raise UsageError if the file cannot be read or its header not be understood.
    """
    report = StageReport("reconcile")
    published = read(file)
    if published.unknown_headers:
        report.notes.append(f"Columns that are not known and were left out: {', '.join(published.unknown_headers)}.")
    standings = outputs(matches.standing(store), decisions.every(store))
    held = {pair for pair, standing in standings.items() if standing is not Standing.REFUSED}
    registered = {project.id for project in projects.every(store)}
    own: dict[str, set[int]] = {}
    for project_id, work_id in held:
        own.setdefault(project_id, set()).add(work_id)

    index = Index(works.every(store), works.all_identities(store))
    told, rows = _Told(), []
    for row in published.rows:
        named = listings.named_projects(row.project)
        join = index.join(row, {work_id for project_id in named for work_id in own.get(project_id, ())})
        told.add(_kind(named, join, own, registered), row)
        rows.append(_listing(row, join))
    twice = _twice(rows)
    with store.atomic():
        changed = listings.save(store, published.release, rows, at=clock.stamp(now))
    report.count("rows", len(rows))
    for kind in ("arrived", "unknown", "unclaimed", "other_project", "elsewhere"):
        report.count(kind, len(told.kinds.get(kind, ())))
    report.count("twice", len(twice))
    report.count("changed", changed)
    _tell(report, store, settings, published.release, told)
    return report


def _kind(named: Sequence[str], join: Join, own: Mapping[str, Collection[int]], registered: AbstractSet[str]) -> str:
    ours = [project_id for project_id in named if project_id in registered]
    if join.work_id is None:
        return "unknown" if ours else "elsewhere"
    if any(join.work_id in own.get(project_id, ()) for project_id in ours):
        return "arrived"
    if any(join.work_id in works_ for works_ in own.values()):
        return "other_project"
    return "unclaimed" if ours else "elsewhere"


def _listing(row: PublishedRow, join: Join) -> listings.ListingRow:
    return listings.ListingRow(
        row=row.row,
        project_id=row.project or None,
        title=row.title,
        authors=row.authors or None,
        issued=row.issued or None,
        institution=row.institution or None,
        url=row.url or None,
        work_id=join.work_id,
        joined_by=join.joined_by,
    )


def _twice(rows: Sequence[listings.ListingRow]) -> list[listings.ListingRow]:
    seen: set[tuple[str | None, int]] = set()
    found = []
    for row in rows:
        if row.work_id is not None and (row.project_id, row.work_id) in seen:
            found.append(row)
        elif row.work_id is not None:
            seen.add((row.project_id, row.work_id))
    return found


_SAYS = {
    "unknown": "listed there, not known here: a publication to look for",
    "unclaimed": "listed there under this project, here no output of it so far: a match to confirm",
    "other_project": "listed there under another project number than here: a correction to send, or a match to look at",
}


def _tell(report: StageReport, store: Store, settings: Settings, release: str, told: _Told) -> None:
    missing = sorted({work_id for _, work_id in table.reported(store)} - table.listed(store))
    if missing:
        shown = ", ".join(f"work {work_id}" for work_id in missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        report.notes.append(f"Sent to the provider and not in its list: {shown}{more}.")
    lines: list[str] = []
    for kind, says in _SAYS.items():
        rows = told.kinds.get(kind, [])
        if not rows:
            continue
        report.notes += [f"{len(rows)} {says}", *(_line(row) for row in rows[:_SHOWN])]
        lines += ["", f"{len(rows)} {says}", *(_line(row) for row in rows)]
    if lines:
        target = settings.reports / "references" / f"reconcile-{release.replace('/', '-')}.txt"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_if_changed(target, ("\n".join([f"The provider's list, release {release}", *lines]) + "\n").encode())
        report.files.append(str(target))


def _line(row: PublishedRow) -> str:
    said = [row.title or "no title", row.authors, row.issued, row.url]
    return f"  row {row.row}, project {row.project or '-'}: {'; '.join(part for part in said if part)}"
