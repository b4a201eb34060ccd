"""Works against projects: read, weigh, write what changed. Run it twice and the second time nothing happens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.matching import facts as known_facts
from pubtrack.matching.facts import Facts, verdicts
from pubtrack.matching.lexicon import Lexicon
from pubtrack.matching.pool import Subject
from pubtrack.matching.scoring import judge
from pubtrack.matching.touched import State, Touched
from pubtrack.matching.weigher import MANY, Weigher, dumped
from pubtrack.models import Match, Progress, StageReport, silent
from pubtrack.store import Store, matches, runs, works

__all__ = ["run", "verdicts", "weigher"]
_MARK, _STATE, _COUNTS = "match", "match state", "match counts"
_RULES = "4"  # moves when the code weighs differently: then everything is weighed again
_BATCH = 500  # works in one transaction


def run(
    store: Store, settings: Settings, *, now: datetime, again: bool = False, progress: Progress = silent
) -> StageReport:
    """Hold the works against the projects, and keep a match with its evidence for every pair worth it.

    Nothing new: nothing is read twice. After decisions, new works and new findings only what they touch is weighed again, with what was
    counted of words and names when all was weighed last; all is weighed, and counted anew, when the register, the weights or the settings
    changed, and when more than a twentieth of the works did. `again` weighs all with the counts that are held: it changes nothing that
    stands. What a person decided is obeyed and never written over. Counts: scored, changed, removed, and how many matches stand as accept,
    review and reject.
    """
    report = StageReport("match")
    at = stamp(now)
    register, rest = matches.fingerprint(store)
    base = f"{_RULES}/{register}/{_digest(settings.matching.model_dump_json(), settings.institution.model_dump_json())}"
    mark = json.dumps({"base": base, "rest": rest})
    if again or runs.mark(store, _MARK) != mark:
        facts = known_facts.read(store)
        held = State.parse(runs.mark(store, _STATE), base)
        state = State.of(store, facts, base) if matches.number_of_works(store) <= MANY else None
        touched = Touched.since(held, state) if held and state else None
        weighing = _Weighing(store, settings, facts, at, report, progress)
        if held is None or state is None or touched is None:
            weighing.all_works(state)
        else:
            counted = json.loads(runs.mark(store, _COUNTS) or "{}")
            weighing.some_works(None if again else touched, counted, held, state.aged(touched.stale))
        with store.atomic():
            runs.set_mark(store, _MARK, mark, at=at)
    report.counts |= {"scored": report.counts.get("scored", 0), "changed": report.counts.get("changed", 0)}
    report.counts |= {"removed": report.counts.get("removed", 0)} | matches.bands(store)
    return report


def weigher(store: Store, settings: Settings) -> Weigher:
    """Given the store, return a Weigher of what it holds now."""
    return Weigher(store, settings, known_facts.read(store))


@dataclass(slots=True)
class _Weighing:
    store: Store
    settings: Settings
    facts: Facts
    at: str
    report: StageReport
    progress: Progress

    def all_works(self, state: State | None) -> None:
        """Count words and names anew and weigh all. From the first statement to the last the store holds no state to go on from."""
        with self.store.atomic():
            runs.set_mark(self.store, _MARK, "", at=self.at)
            runs.set_mark(self.store, _STATE, "", at=self.at)
            matches.forget_keys(self.store)
        weigher = Weigher(self.store, self.settings, self.facts)
        self._weigh(weigher, matches.work_ids(self.store), keeping=state is not None)
        with self.store.atomic():
            if state is not None:
                matches.keep_project_keys(self.store, weigher.project_keys())
                runs.set_mark(self.store, _COUNTS, dumped(weigher.counts()), at=self.at)
            self._settle(state)

    def some_works(self, touched: Touched | None, counted: Mapping[str, Any], held: State, state: State) -> None:
        """Weigh the works that changed, and those that meet a project of which other outputs are known than before; without `touched` all.

        While it lasts the store holds a state in which all these count as changed: if it is cut off, the next run weighs them again.
        """
        counted = {**counted, "lexicon": Lexicon(counted["stems"])}
        near: list[str] | None = None
        if touched is None:
            ids, project_keys = matches.work_ids(self.store), {}
        else:
            changed = Weigher(self.store, self.settings, self.facts, ids=touched.projects, counted=counted)
            project_keys = dict.fromkeys(touched.projects, frozenset[int]()) | changed.project_keys()
            before = matches.keys_of_projects(self.store, touched.projects)
            meeting = matches.works_with(self.store, before.union(*project_keys.values()))
            ids = [work_id for work_id in sorted(meeting | touched.works) if str(work_id) in state.works]
            near = self._near(ids, touched, changed)
        with self.store.atomic():
            runs.set_mark(self.store, _MARK, "", at=self.at)
            runs.set_mark(self.store, _STATE, held.without(ids, project_keys).dump(), at=self.at)
        weigher = Weigher(self.store, self.settings, self.facts, ids=near, counted=counted)
        self._weigh(weigher, ids, keeping=True)
        with self.store.atomic():
            gone = map(int, held.works.keys() - state.works.keys())
            matches.keep_work_keys(self.store, dict.fromkeys(gone, ()))
            matches.keep_project_keys(self.store, project_keys if touched else weigher.project_keys())
            self._settle(state)

    def _near(self, ids: Sequence[int], touched: Touched, weigher: Weigher) -> list[str]:
        """All the projects that any of these works may meet."""
        keys: set[int] = set()
        for batch in _batches(ids):
            for work in works.some(self.store, batch).values():
                keys |= weigher.work_keys(weigher.subject(work))
        return sorted(matches.projects_with(self.store, keys) | touched.projects | self.facts.projects_of(ids))

    def _settle(self, state: State | None) -> None:
        self.report.count("removed", matches.remove_orphans(self.store))
        runs.set_mark(self.store, _STATE, state.dump() if state else "", at=self.at)

    def _weigh(self, weigher: Weigher, ids: Sequence[int], *, keeping: bool) -> None:
        """Weigh works; `keeping` also what they are found by."""
        limits = self.settings.matching
        weights, done = limits.weights.model_dump(), 0
        for batch in _batches(ids):
            found: list[Match] = []
            keys: dict[int, frozenset[int]] = {}
            for work_id, work in works.some(self.store, batch).items():
                subject: Subject | None = weigher.subject(work)
                pairs = weigher.pairs(subject)
                self.report.count("scored", len(pairs))
                found += judge(
                    pairs,
                    weights,
                    accept=limits.accept,
                    review=limits.review,
                    decided=self.facts.decided,
                    fresh=self.facts.fresh,
                )
                if keeping:
                    keys[work_id] = weigher.work_keys(subject)
            self._write(batch, found, keys)
            done += len(batch)
            self.progress(done, len(ids), "works weighed")

    def _write(self, batch: Sequence[int], found: Sequence[Match], keys: Mapping[int, frozenset[int]]) -> None:
        standing = matches.of_works(self.store, batch)
        changed = [match for match in found if standing.pop((match.project_id, match.work_id), None) != match]
        if changed or standing or keys:
            with self.store.atomic():
                for match in changed:
                    matches.save(self.store, match, at=self.at)
                for project_id, work_id in standing:
                    matches.remove(self.store, project_id, work_id)
                matches.keep_work_keys(self.store, keys)
        self.report.count("changed", len(changed))
        self.report.count("removed", len(standing))


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _digest(*texts: str) -> str:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=12).hexdigest()
