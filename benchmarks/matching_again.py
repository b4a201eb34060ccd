"""What a run costs after one decision and after one new work: python -m benchmarks.matching_again [--works 10000] [--projects 10000]

A made world (benchmarks/matching_world.py) stands in a real store and is weighed whole. Then single decisions and single new
works, each followed by a run. Medians in CPU milliseconds: seeing what changed, reading
the words that projects hold, and the weighing itself.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))

from matching_world import World, make

from pubtrack.config import Contact, Institution, Settings
from pubtrack.matching import stage
from pubtrack.matching.lexicon import Lexicon
from pubtrack.matching.touched import State, Touched
from pubtrack.models import Answer, Decision, Work
from pubtrack.store import Store, decisions, projects, runs, tallies, touches, works

_TIMES = 15
_AT = "2026-01-01T00:00:00Z"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SETTINGS = Settings(
    institution=Institution(name="Universiteit van Voorbeeld", contact=Contact(name="D", email="d@example.org")),
    policies=(),
)


def seconds(do: Callable[[], object]) -> float:
    """Given something to do, do it and return its CPU seconds."""
    began = time.process_time()
    do()
    return time.process_time() - began


def _store(folder: str, world: World, stream: Iterator[Work], number: int) -> Store:
    store = Store.open(Path(folder) / "made.db")
    with store.atomic():
        for project in world.projects:
            projects.save(store, project, at=_AT)
        for work in islice(stream, number):
            _save(store, work)
    return store


def _save(store: Store, work: Work) -> None:
    works.save(store, Work(work.csl), at=_AT)


def _after(store: Store, happens: Callable[[], None]) -> dict[str, float]:
    """What a run costs after something happened, in parts."""
    happens()
    changes: list[touches.Touches] = []
    seeing = seconds(lambda: changes.append(touches.read(store)))
    before = State.parse(runs.mark(store, "match"))
    assert before is not None
    seeing += seconds(lambda: Touched.since(store, before, State.of(store, before.base, before.register), changes[0]))
    reading = seconds(lambda: Lexicon(tallies.Tally(store, "stems").get("", "").split()))
    scored: list[int] = []
    whole = seconds(lambda: scored.append(stage.run(store, _SETTINGS, now=_NOW).counts["scored"]))
    return {
        "run": whole * 1000,
        "seeing": seeing * 1000,
        "reading": reading * 1000,
        "weighing": (whole - seeing - reading) * 1000,
        "pairs": scored[0],
    }


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--works", type=int, default=10_000)
    asked.add_argument("--projects", type=int, default=10_000)
    given = asked.parse_args()
    world = make(projects=given.projects, people=given.projects * 7 // 2, works=given.works + 1000, share=0.2)
    stream = world.works()
    with tempfile.TemporaryDirectory() as folder:
        store = _store(folder, world, stream, given.works)
        whole = seconds(lambda: stage.run(store, _SETTINGS, now=_NOW))
        again = seconds(lambda: stage.run(store, _SETTINGS, now=_NOW))
        print(f"all weighed: {whole:.1f} s; nothing new: {again * 1000:.0f} ms")
        outputs = [(work_id, project) for work_id, project in world.truth.items() if work_id <= given.works][:_TIMES]

        def decide(work_id: int, project: str) -> None:
            said = Decision(Answer.MINE, _NOW, "staff", "cli", work_id=work_id, project_id=project)
            decisions.add(store, said)

        tables = {
            "decision": [_after(store, lambda each=each: decide(*each)) for each in outputs],  # type: ignore[misc]
            "new work": [_after(store, lambda work=work: _save(store, work)) for work in islice(stream, _TIMES)],  # type: ignore[misc]
        }
        for name, rows in tables.items():
            told = ", ".join(f"{part} {median(row[part] for row in rows):.0f}" for part in rows[0])
            print(f"after one {name} (ms, medians of {len(rows)}): {told}; at most {max(r['run'] for r in rows):.0f}")
        store.close()


if __name__ == "__main__":
    main()
