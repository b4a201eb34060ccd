"""Finding the register's works in a Crossref public data file. Workers read; this coordinator writes, through the same door as all else.

A file that was read for the same register is not read again. A work that is known in a newer state stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pubtrack import executor, identifiers
from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.discovery.crosswalks import typed
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.sources import dump
from pubtrack.discovery.sources.dump import Part, Read
from pubtrack.errors import UsageError
from pubtrack.executor import Failure
from pubtrack.models import Person, Progress, Record, StageReport, silent
from pubtrack.store import Store, harvests, projects, reports, sightings

SOURCE = "scan"  # under which the harvest log keeps which files were read
_NAMED = 5


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    path: Path,
    workers: int | None = None,
    dask: str | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Given a public data file (a folder, a tar, or one file of it), keep the works in it that could be the register's.

    A damaged file is a fault, and the others go on. Raise UsageError if there is nothing to read, or nobody to look for.
    """
    people = projects.people(store)
    wanted = _wanted(store, settings, people)
    if not any(one.orcid or one.family for one in people):
        raise UsageError(
            "The register names nobody, so there is nobody to look for. Give it one with: pubtrack register FILE"
        )
    report, source = StageReport("scan"), _source(settings)
    known = harvests.watermarks(store, SOURCE)
    found = dump.parts(path, wanted)
    todo = [part for part in found if _scope(part) not in known]
    if len(todo) < len(found):
        report.count("read before", len(found) - len(todo))
    faults: list[str] = []
    with executor.opened(workers, dask, expected=len(todo)) as some:
        for at, (part, read) in enumerate(some.map(dump.read, todo), start=1):
            if isinstance(read, Failure):
                faults.append(f"{part.name}: it could not be read: {read.reason}.")
            elif read.fault is not None:
                faults.append(read.fault)
            else:
                _keep(store, part, read, source, now=now, report=report)
            progress(at, len(todo), "files")
    report.faults += sorted(faults)[:_NAMED]
    if len(faults) > _NAMED:
        report.faults.append(f"And {len(faults) - _NAMED} more files of {path} could not be read.")
    return report


def _keep(store: Store, part: Part, read: Read, source: str, *, now: datetime, report: StageReport) -> None:
    """Keep what was found in one file, and that the file was read, in one transaction."""
    at = stamp(now)
    with store.atomic():
        held = sightings.known(store, source, [doi for doi, _, _ in read.works])
        newer = {doi for doi, row in held.items() if row["datestamp"] is not None}
        records = [
            Record(source, doi, "crossref", raw, day)
            for doi, raw, day in read.works
            if doi not in newer or (day or "") > str(held[doi]["datestamp"])
        ]
        ingest(store, records, at=at, report=report)
        harvest = harvests.begin(store, SOURCE, _scope(part), since=None, until=now.date(), at=at)
        harvests.advance(store, harvest.id, None, requests=0, records=len(records))
        harvests.complete(store, harvest.id, None, at=at)
    report.count("files")
    report.count("records", read.records)
    report.count("found", len(read.works))
    if len(records) < len(read.works):
        report.count("known as new or newer", len(read.works) - len(records))


def _wanted(store: Store, settings: Settings, people: Sequence[Person]) -> bytes:
    """Whom to look for: the register's people, the institution, and the DOIs that somebody reported and that were not found."""
    place = settings.institution
    rors = [found for text in place.ror if (found := identifiers.ror(text))]
    names = [name for name in (place.name, place.name_en, *place.names) if name]
    dois = [one.text for one in reports.waiting(store) if identifiers.doi(one.text)]
    dois += [doi for one in reports.waiting(store) if one.text.startswith("http") for doi in typed.dois(one.text)]
    return dump.told(people, rors, names, dois)


def _source(settings: Settings) -> str:
    """The name under which Crossref's works are kept, so that asking Crossref later finds them known."""
    return next((source.name for source in settings.sources if source.kind == "crossref"), "crossref")


def _scope(part: Part) -> str:
    """A file that was read for one register, by name and size: it is not opened to be known again."""
    register = hashlib.sha256(part.wanted).hexdigest()[:12]
    return f"{part.name} {part.size} {register}"
