"""Hold the provider's own published list against what is known: what has arrived there, what we did not know, what is not right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.models import StageReport, Work
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.references import correcting
from pubtrack.references.joining import Index, Join, PublishedRow
from pubtrack.references.output import write_if_changed
from pubtrack.references.published import read
from pubtrack.references.remarks import KINDS, Slip, kind, slips, twice
from pubtrack.store import Store, decisions, listings, matches, projects, works
from pubtrack.store import references as table

_SHOWN = 10  # rows named in the report; all of them stand in its file

# What takes rows of the list in as publications (bootstrap.listed_door), and returns the work of each by its row.
Door = Callable[[Sequence[PublishedRow]], Mapping[int, int]]


@dataclass(slots=True)
class _Read:
    """The list as it was read: every row with its work, its kind, and what is not right in it."""

    release: str
    rows: list[tuple[PublishedRow, Join]]
    own: Mapping[str, set[int]]
    registered: frozenset[str]
    born: set[int]
    kinds: dict[int, str] = field(default_factory=dict)
    slips: list[tuple[PublishedRow, list[Slip]]] = field(default_factory=list)

    def judge(self) -> None:
        """Say of every row what it is."""
        for row, join in self.rows:
            named = listings.named_projects(row.project)
            self.kinds[row.row] = kind(named, join, self.own, self.registered, self.born)

    def of(self, name: str) -> list[PublishedRow]:
        return [row for row, _ in self.rows if self.kinds[row.row] == name]


def run(store: Store, settings: Settings, *, now: datetime, file: Path, door: Door | None = None) -> StageReport:
    """Given the provider's list, join its rows to works and keep them as a release; the same file again changes nothing.

    A row of a project of ours that shows no work we know goes through `door`, and comes back as a work; without a door, or without
    a title, it is told. Counts: rows; arrived (a work under a project it is an output of); new (came in by the door); unknown (shows no
    work we know); unclaimed (a work we know, under a project of ours that it was no output of so far); other_project (a work of ours
    under another number); elsewhere (projects of others); twice; slips (a wrong title or year). Notes name the first of those that
    somebody should look at, a file all of them; a second file is a letter to the provider, to be read and sent by a person.
    Raise UsageError if the file cannot be read or its header not be understood.
    """
    report = StageReport("reconcile")
    published = read(file)
    if published.unknown_headers:
        report.notes.append(f"Columns that are not known and were left out: {', '.join(published.unknown_headers)}.")
    made = _joined(store, published.release, published.rows)
    made.judge()
    with store.atomic():
        _take_in(made, door)
        repeated = twice(made.rows)
        _look_at(store, made, repeated)
        rows = [_listing(row, join, made.kinds[row.row]) for row, join in made.rows]
        changed = listings.save(store, published.release, rows, at=clock.stamp(now))
    report.count("rows", len(rows))
    for name in KINDS:
        report.count(name, len(made.of(name)))
    report.count("twice", len(repeated))
    report.count("slips", sum(slip.what in ("title", "year") for _, found in made.slips for slip in found))
    report.count("changed", changed)
    _tell(report, store, settings, made, now, file.name)
    return report


def _joined(store: Store, release: str, rows: Iterable[PublishedRow]) -> _Read:
    standings = outputs(matches.standing(store), decisions.every(store))
    own: dict[str, set[int]] = {}
    for (project_id, work_id), standing in standings.items():
        if standing is not Standing.REFUSED:
            own.setdefault(project_id, set()).add(work_id)
    born = listings.born(store)
    held, known = list(works.every(store)), works.all_identities(store)
    index = Index((work for work in held if work.id not in born), known)
    ours = Index((work for work in held if work.id in born), known)
    joined = []
    for row in rows:
        named = listings.named_projects(row.project)
        outputs_ = {work_id for project_id in named for work_id in own.get(project_id, ())}
        join = index.join(row, outputs_)
        if join.work_id is None and (taken := ours.join(row, outputs_).work_id) is not None:
            join = Join(taken, "listing")
        joined.append((row, join))
    return _Read(release, joined, own, frozenset(project.id for project in projects.every(store)), born)


def _take_in(made: _Read, door: Door | None) -> None:
    """Let what is not known in by the door. What may be one of two works we know is left to a person."""
    wanted = [
        row if join.joined_by != "disputed" else _without_links(row)
        for row, join in made.rows
        if made.kinds[row.row] == "unknown" and row.title and join.joined_by != "ambiguous"
    ]
    found = door(wanted) if door and wanted else {}
    made.born |= set(found.values())
    made.rows = [(row, Join(found[row.row], "listing") if row.row in found else join) for row, join in made.rows]
    made.judge()


def _without_links(row: PublishedRow) -> PublishedRow:
    """A row whose link leads to another work than it names: only what it names is taken from it."""
    return PublishedRow(row.row, row.project, row.title, row.authors, row.issued, row.institution, "")


def _look_at(store: Store, made: _Read, repeated: Mapping[int, int]) -> None:
    """Find what is not right in rows of our projects and works."""
    wanted = {join.work_id for row, join in made.rows if join.work_id and made.kinds[row.row] != "elsewhere"}
    held = works.some(store, wanted - made.born)
    projects_of: dict[int, list[str]] = {}
    for project_id, ids in made.own.items():
        for work_id in ids:
            projects_of.setdefault(work_id, []).append(project_id)
    for row, join in made.rows:
        if join.work_id is None or made.kinds[row.row] == "elsewhere":
            continue
        found: list[Slip] = []
        if made.kinds[row.row] == "other_project":
            found.append(Slip("project", row.project, " / ".join(sorted(projects_of[join.work_id]))))
        if row.row in repeated:
            found.append(Slip("twice", row.project, str(repeated[row.row])))
        if work := held.get(join.work_id):
            found += slips(row, join, work, *_years(store, row, work))
        if found:
            made.slips.append((row, found))


def _years(store: Store, row: PublishedRow, work: Work) -> tuple[set[int], bool]:
    """In which years the work appeared as far as its records say (online in one, in print in the next), and whether that is all."""
    try:
        own = {work.issued.year} if work.issued else set()
    except (TypeError, ValueError):
        own = set()
    if not own or str(next(iter(own))) in row.issued:
        return own, True
    whole = False
    for seen in works.sightings(store, work.id or 0):
        if seen["format"] == "crossref":
            own |= _crossref_years(seen["raw"])
            whole = True
    return own, whole


def _crossref_years(raw: bytes) -> set[int]:
    found = set()
    for name in ("published-online", "published-print", "published", "issued"):
        with suppress(KeyError, TypeError, ValueError, IndexError):
            found.add(int(json.loads(raw)[name]["date-parts"][0][0]))
    return found


def _listing(row: PublishedRow, join: Join, kind: str) -> listings.ListingRow:
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
        kind=kind,
    )


def _tell(report: StageReport, store: Store, settings: Settings, made: _Read, now: datetime, file: str) -> None:
    waiting = _waiting(store, now)
    report.notes += waiting[: _SHOWN + 1]
    if len(waiting) > _SHOWN + 1:
        report.notes.append(f"  and {len(waiting) - _SHOWN - 1} more")
    told = correcting.told({name: made.of(name) for name in KINDS}, made.slips)
    for lines in told:
        report.notes += lines[: _SHOWN + 1]
    stem = f"reconcile-{made.release.replace('/', '-')}"
    folder = settings.reports / "references"
    if told or waiting:
        lines = [f"The provider's list, release {made.release}", *waiting]
        _write(
            report, folder / f"{stem}.txt", "\n".join([*lines, *(line for some in told for line in ["", *some])]) + "\n"
        )
    if made.slips:
        contact = settings.institution.contact
        language = settings.references.language or settings.institution.language
        signed = (contact.name, contact.email)
        text = correcting.letter(made.slips, file=file, language=language, signed=signed)
        _write(report, folder / f"{stem}-letter.txt", text)


def _write(report: StageReport, file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_if_changed(file, text.encode())
    report.files.append(str(file))


def _waiting(store: Store, now: datetime) -> list[str]:
    """What was sent and is in no release, those that wait longest first."""
    listed = table.listed(store)
    found = [sent for sent in table.first_sent(store) if sent["work_id"] not in listed]
    if not found:
        return []
    titles = works.some(store, {sent["work_id"] for sent in found})
    lines = [f"{len(found)} sent to the provider and not in its list:"]
    for sent in found:
        days = (now - clock.moment(sent["sent_at"])).days
        title = titles[sent["work_id"]].title if sent["work_id"] in titles else ""
        ago = "today" if days < 1 else "1 day ago" if days == 1 else f"{days} days ago"
        lines.append(
            f"  work {sent['work_id']}, project {sent['project_id']}: {title} (list {sent['name']}, sent {ago})"
        )
    return lines
