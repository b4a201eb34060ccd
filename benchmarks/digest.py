"""A month's digest of a large office, as its staff would ask for it: a whole process, median of three."""

from __future__ import annotations

import random
import shutil
import tempfile
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from benchmarks.run import cost, median, pubtrack
from pubtrack import sample
from pubtrack.models import Band, Finding, Match, Person, Project, Quote, Verdict, Work
from pubtrack.store import Store, findings, matches, projects, works

PROJECTS = 2_000


def main() -> None:
    """Print the row."""
    folder = Path(tempfile.mkdtemp(prefix="pubtrack-bench-"))
    try:
        sample.write(folder / "config")
        store = Store.open(folder / "pubtrack.db")
        held = fill(store, random.Random(20261122))  # a world that is the same every time
        store.close()
        taken = median(
            [cost(pubtrack("digest", "--month", "2026-10", "--as-of", "2026-11-02"), cwd=folder) for _ in range(3)]
        )
        what = f"digest of {PROJECTS:,} projects, {held:,} works"
        print(f"{what:44} {taken.seconds:8.2f} {taken.megabytes:6.0f}   < 5 s (CPU {taken.cpu:.2f} s)")
    finally:
        shutil.rmtree(folder)


def fill(store: Store, dice: random.Random) -> int:
    """Given an empty store, fill it with projects of many institutes and their publications of two years. Return how many."""
    first = date(2025, 1, 1)
    number = 0
    with store.atomic():
        for place in range(PROJECTS):
            lead = Person(given="Anna", family=f"Voorbeeld{place}", email=f"lead{place}@example.org")
            ended = date(2024, 1, 1) + timedelta(days=dice.randrange(600))
            project = Project(
                f"9{place:05d}", f"Project {place}", lead=lead, institution=f"Institute {place % 60}", ended_on=ended
            )
            projects.save(store, project, at="2025-01-01T06:00:00Z")
            for _ in range(dice.randrange(6)):
                number += 1
                issued = first + timedelta(days=dice.randrange(660))
                csl = {
                    "type": "article-journal",
                    "title": f"Publication {number} on registers and wages",
                    "author": [{"given": "Anna", "family": lead.family}],
                    "issued": {"date-parts": [[issued.year, issued.month, issued.day]]},
                    "container-title": "Journal of Examples",
                    "DOI": f"10.5555/bench.{number}",
                }
                work_id = works.save(store, Work(csl), at=f"{issued}T06:00:00Z")
                matches.save(store, Match(project.id, work_id, 0.95, Band.ACCEPT), at=f"{issued}T06:00:00Z")
                verdict = dice.choice(list(Verdict))
                quoted = (Quote("Statistics Netherlands", 1, None, "rule"),)
                finding = Finding(verdict, "cbs-microdata", "bench", "bench", evidence=quoted)
                unread = "no open copy" if verdict is Verdict.UNREADABLE else None
                finding = replace(finding, work_id=work_id, reason=unread)
                findings.save(store, finding, content_hash=str(number), at=f"{issued}T06:00:00Z")
    return number


if __name__ == "__main__":
    main()
