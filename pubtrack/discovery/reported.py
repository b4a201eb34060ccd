"""What people report of their publications: a DOI, a web address or a citation comes in by the same door and meets the same checks.

Whoever takes a report from a person (the command line, the web pages, replies to mail, buttons) calls `take`, by way of bootstrap or the
pipeline, for stages do not import each other:

    take(store, settings, *, now, text, who, kind=None, project=None, through="import", sources=(), fetch=None) -> Taken

`text` is what was typed and `kind` as what (doi, url, citation; None: the text tells); `who` said it and `through` which door (web,
mail, slack, cli, import); `project` is the number of the project whose output it is. `sources` are those of the configuration: any of
them that knows single DOIs is asked; without any, the next run asks. `fetch` is the guarded door, None where links are not followed. A
`Taken` holds the work's id (None while it is not found), one sentence for the person, and the report with counts, notes for staff, and
faults of sources.

What was typed is kept before anything is asked, as a sighting of the source `reported`. What is not found is looked for again by `run`,
the stage, which also records then that it is the project's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pubtrack.clock import moment, stamp
from pubtrack.config import Settings
from pubtrack.discovery import cited, lookup, titles
from pubtrack.discovery.crosswalks import typed
from pubtrack.discovery.crosswalks.typed import CITATION, DOI, URL, short
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.lookup import Found
from pubtrack.discovery.model import Source
from pubtrack.errors import UnusableRecord, UsageError
from pubtrack.models import Answer, Decision, Progress, Record, StageReport, Work, silent
from pubtrack.store import Store, decisions, projects, reports, sightings, works

if TYPE_CHECKING:
    from pubtrack.net.guarded import Fetch

REPORTED = "reported"  # the source under which it is kept
FORMAT = "typed"
_OFTEN = timedelta(days=14)  # a new DOI shows up within two days, a web page when it is mended
_SELDOM = timedelta(days=365)  # after that nobody looks any more
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a report. `sentence` is for the person who made it."""

    work_id: int | None
    sentence: str
    report: StageReport


@dataclass(frozen=True, slots=True)
class _Typed:
    """One typed publication: what it is, where it is kept, and what became known of it."""

    kind: str
    text: str
    known: dict[str, Any] = field(default_factory=dict)

    @property
    def record(self) -> Record:
        name = self.text if self.kind != CITATION else f"citation {typed.named(self.text)}"
        told = {"kind": self.kind, "text": self.text} | self.known
        return Record(REPORTED, name, FORMAT, json.dumps(told, ensure_ascii=False, sort_keys=True).encode())

    @property
    def work(self) -> Work | None:
        """What it shows by itself."""
        try:
            return typed.crosswalk(self.record.raw)
        except UnusableRecord:
            return None


def take(
    store: Store,
    settings: Settings,  # noqa: ARG001 - all doors have one signature
    *,
    now: datetime,
    text: str,
    who: str,
    kind: str | None = None,
    project: str | None = None,
    through: str = "import",
    sources: Sequence[Source] = (),
    fetch: Fetch | None = None,
) -> Taken:
    """Given what somebody typed, keep it, find out which work it is, and record that it is the project's.

    Saying it again adds nothing. Raise UsageError, in one sentence, if there is no such project, or if it is not what `kind` says.
    """
    try:
        one = _Typed(*typed.understood(text, kind))
    except ValueError as error:
        raise UsageError(str(error)) from None
    if project is not None and projects.get(store, project) is None:
        raise UsageError(f"There is no project {project} in the register. Nothing was kept of {short(one.text)}.")
    report, at = StageReport("reported"), stamp(now)
    with store.atomic():
        held = sightings.ids(store, {(REPORTED, one.record.source_id)})
        if not held:
            ingest(store, [_recognised(store, one).record], at=at, report=StageReport("reported"))
            held = sightings.ids(store, {(REPORTED, one.record.source_id)})
        sighting = min(held)
        reports.add(store, sighting, who=who, through=through, project_id=project, at=at)
    if _work(store, sighting) is not None and (
        _kept(store, sighting).known.get("title") or _is_settled(store, sighting)
    ):
        _settle(store, sighting)
        report.count("known")
    else:
        _look(store, sighting, now=now, sources=sources, fetch=fetch, report=report)
    work_id = _work(store, sighting)
    return Taken(work_id, _sentence(store, sighting, work_id, project), report)


def run(
    store: Store,
    settings: Settings,  # noqa: ARG001 - all stages have one signature
    *,
    now: datetime,
    sources: Sequence[Source] = (),
    fetch: Fetch | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Look again for what people reported and was not found, and say what is still missing."""
    report = StageReport("reported")
    due = reports.due(store, at=stamp(now))
    for at, sighting in enumerate(due, start=1):
        notes = len(report.notes)
        _look(store, sighting, now=now, sources=sources, fetch=fetch, report=report)
        del report.notes[notes:]  # told below, together
        progress(at, len(due), "reported publications")
    missing = [one for one in reports.waiting(store) if one.work_id is None]
    if missing:
        report.count("waiting", len(missing))
    report.notes += [_line(one) for one in missing[:_NAMED]]
    if len(missing) > _NAMED:
        report.notes.append(f"And {len(missing) - _NAMED} more that somebody reported and that are not found.")
    report.faults = list(dict.fromkeys(report.faults))
    return report


def _look(
    store: Store,
    sighting: int,
    *,
    now: datetime,
    sources: Sequence[Source],
    fetch: Fetch | None,
    report: StageReport,
) -> None:
    """Look for one, outside of any transaction, and write down what came of it."""
    one, at, counts = _kept(store, sighting), stamp(now), StageReport("reported")
    with store.atomic():
        recognised = _recognised(store, one)
        if recognised.known.get("title"):
            ingest(store, [recognised.record], at=at, report=counts)
            _settle(store, sighting)
            report.count("known")
            return
    found = lookup.look(one.kind, one.text, one.work, sources=sources, fetch=fetch)
    if found.asked:
        report.count("requests", found.asked)
    report.faults += found.faults
    with store.atomic():
        ingest(store, found.records, at=at, report=counts)
        one, why = _resolved(store, one, found)
        ingest(store, [one.record], at=at, report=counts)
        if why is None:
            _settle(store, sighting)
            report.count("found")
        else:
            _decide(store, sighting)
            reports.later(store, sighting, why=why, next_look_at=_next(store, sighting, now, found))
            report.count("not found")
            report.notes += [_line(one) for one in reports.of(store, sighting)[:1]]
    for name in ("merged", "joined"):
        if counts.counts.get(name):
            report.count(name, counts.counts[name])


def _kept(store: Store, sighting: int) -> _Typed:
    (row,) = sightings.read(store, [sighting])
    told = json.loads(row["raw"])
    return _Typed(told.pop("kind"), told.pop("text"), told)


def _recognised(store: Store, one: _Typed) -> _Typed:
    """What is in the store already needs no asking."""
    names = [f"doi:{one.text}"] if one.kind == DOI else []
    if one.kind == URL:
        names = [f"doi:{doi}" for doi in typed.dois(one.text)] + typed.identities(one.text)
    for name in names:
        work = _work_named(store, name)
        if work is not None:
            return _as(one, work)
    work = one.work if one.kind == CITATION else None
    if work is None:
        return one
    if work.doi and (known := _work_named(store, f"doi:{work.doi}")) and cited.cites(one.text, known):
        return _as(one, known)
    chosen = cited.chosen(work, _namesakes(store, work))
    return _as(one, chosen) if chosen is not None else one


def _work_named(store: Store, identity: str) -> Work | None:
    """The work of that identity, if anything but a person's word shows it."""
    work_id = works.find(store, identity)
    if work_id is None or all(row["source"] == REPORTED for row in works.sightings(store, work_id)):
        return None
    return works.get(store, work_id)


def _namesakes(store: Store, work: Work) -> list[Work]:
    """The works in the store with the citation's title and first author."""
    key = titles.key(Work(csl=work.csl | {"type": "article-journal"}))
    rows = sightings.placed(store, sightings.tied(store, "looks_like", key)) if key else []
    ids = {row["work_id"] for row in rows if row["work_id"] is not None and row["source"] != REPORTED}
    return [found for work_id in sorted(ids) if (found := works.get(store, work_id)) is not None]


def _as(one: _Typed, work: Work) -> _Typed:
    """The typed publication, told to be this work."""
    known: dict[str, Any] = {"title": work.title}
    if work.doi:
        known["doi"] = work.doi
    elif one.kind == CITATION:
        known["type"] = work.type
    if not work.doi and (name := next((name for name in work.identities if not name.startswith("isbn:")), None)):
        known["identity"] = name
    return _Typed(one.kind, one.text, known)


def _resolved(store: Store, one: _Typed, found: Found) -> tuple[_Typed, str | None]:
    """The typed publication with what was found of it, and why it is not found, if it is not."""
    if found.doi is not None:
        work = _work_named(store, f"doi:{found.doi}")
        if work is not None:
            return _as(one, work), None
        row = next(
            (row for r in found.records for row in sightings.known(store, r.source, [r.source_id]).values()), None
        )
        why = row["unusable"] if row else None
        return one, f"{found.doi} is {why}" if why else f"{found.doi} shows no publication"
    if found.page is not None:
        return _Typed(one.kind, one.text, {"page": found.page}), None
    return _Typed(one.kind, one.text, {"doi": ""} if found.another else {}), found.why


def _settle(store: Store, sighting: int) -> None:
    """Write down that it was found, and whose it is."""
    with store.atomic():
        reports.found(store, sighting)
        _decide(store, sighting)


def _is_settled(store: Store, sighting: int) -> bool:
    """Whether it was found before, by another who reported it."""
    return any(one.next_look_at is None and one.why is None for one in reports.of(store, sighting))


def _decide(store: Store, sighting: int) -> None:
    """What was reported for a project is that project's, once there is a work to say it of."""
    work_id = _work(store, sighting)
    for one in reports.of(store, sighting) if work_id is not None else ():
        if one.project_id is not None and one.decision_id is None:
            said = Decision(
                Answer.MINE, moment(one.made_at), one.who, one.through, work_id=work_id, project_id=one.project_id
            )
            reports.confirmed(store, one.id, decisions.add(store, said))


def _work(store: Store, sighting: int) -> int | None:
    (row,) = sightings.placed(store, [sighting])
    return int(row["work_id"]) if row["work_id"] is not None else None


def _next(store: Store, sighting: int, now: datetime, found: Found) -> str | None:
    """When to look again: in every run at first, then once a week, after a year no more; never for what will not change.

    Where nobody was asked, as a web page asks nobody, the next run does.
    """
    age = now - moment(reports.of(store, sighting)[0].made_at)
    if found.final or age > _SELDOM:
        return None
    if not found.asked:
        return stamp(now)
    return stamp(now + (timedelta(hours=12) if age < _OFTEN else timedelta(days=7)))


def _line(one: reports.Report) -> str:
    """One reported publication that is not found, for staff."""
    project = f" for project {one.project_id}" if one.project_id else ""
    kept = f"kept as typed (work {one.work_id})" if one.work_id else "not found"
    return f"{short(one.text)}, reported by {one.who}{project} on {one.made_at[:10]}, is {kept}: {one.why}."


def _sentence(store: Store, sighting: int, work_id: int | None, project: str | None) -> str:
    first = reports.of(store, sighting)[0]
    work = works.get(store, work_id) if work_id is not None else None
    whose = f", and is an output of project {project}" if project and work else ""
    if work is None:
        look = " It is looked for again." if first.next_look_at else ""
        return f"{short(first.text)} is kept, but not found: {first.why}.{look}"
    if first.why is not None:
        return f"{short(first.text)} is kept as typed{whose}. {first.why[:1].upper()}{first.why[1:]}."
    year = f" ({work.issued.year})" if work.issued else ""
    return f"{short(first.text)} is work {work_id}: {short(work.title, 120)}{year}{whose}."
