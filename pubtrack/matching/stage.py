"""Works against projects: read, weigh, write what changed. Run it twice and the second time nothing happens."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
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
from pubtrack.matching.weigher import Weigher, dumped
from pubtrack.models import Band, Match, Progress, StageReport, silent
from pubtrack.store import Store, matches, runs, tallies, touches, works
from pubtrack.store.touches import Pair

__all__ = ["run", "verdicts", "weigher"]
_MARK = "match"
_RULES = "8"  # moves when the code weighs differently: then everything is weighed again
_BATCH = 500  # works in one transaction
_COUNTED = (
    "plain",
    "texts",
    "counts",
    "sites",
    "labels",
    "namesakes",
    "projects",
    "holds",
    "words",
    "own labels",
    "stems",
    "accepted",
)


def run(
    store: Store, settings: Settings, *, now: datetime, again: bool = False, progress: Progress = silent
) -> StageReport:
    """Hold the works against the projects, and keep a match with its evidence for every pair worth it.

    Nothing new: nothing is read. After decisions, new works and new findings only what they touch is weighed again, with what was
    counted of words and names when all was weighed last; all is weighed, and counted anew, when the register, the weights or the settings
    changed, and when more than a twentieth of the works did. `again` weighs all with the counts that are held: it changes nothing that
    stands. What a person decided is obeyed and never written over. Counts: scored, changed, removed, and how many matches stand as accept,
    review and reject.
    """
    report = StageReport("match")
    base = _base(settings)
    changes, before = touches.read(store), State.parse(runs.mark(store, _MARK))
    if again or changes or before is None or before.base != base:
        state = State.of(store, base, before.register if before and not changes.register else None)
        touched = Touched.since(store, before, state, changes) if before else None
        weighing = _Weighing(store, settings, stamp(now), report, progress, changes.upto)
        if touched is None:
            weighing.all_works(state, None)
        elif again:
            weighing.all_works(state.aged(touched.stale), _counted(store))
        else:
            weighing.some_works(touched, state.aged(touched.stale), _counted(store))
    report.counts |= {"scored": report.counts.get("scored", 0), "changed": report.counts.get("changed", 0)}
    report.counts |= {"removed": report.counts.get("removed", 0)} | matches.bands(store)
    return report


def weigher(store: Store, settings: Settings) -> Weigher:
    """Given the store, return a Weigher of what it holds now."""
    return Weigher(store, settings, known_facts.read(store), accepted=tallies.Tally(store, "accepted"))


@dataclass(slots=True)
class _Weighing:
    store: Store
    settings: Settings
    at: str
    report: StageReport
    progress: Progress
    upto: int  # what had changed up to this number is weighed

    def all_works(self, state: State, counted: Mapping[str, Any] | None) -> None:
        """Weigh all, and without `counted` count words and names anew.

        From the first statement to the last the store holds no state to go on from: if it is cut off, the next run weighs all.
        """
        with self.store.atomic():
            runs.set_mark(self.store, _MARK, "", at=self.at)
            matches.forget_keys(self.store)
        facts = known_facts.read(self.store)
        weigher = Weigher(self.store, self.settings, facts, counted=counted)
        ids = matches.work_ids(self.store)
        accepted = self._first_look(weigher, facts, ids) if counted is None else {}
        if accepted:
            weigher.learn(self.store, self.settings, accepted)
        self._weigh(weigher, facts, ids, keeping=frozenset(ids if state.counted else ()))
        with self.store.atomic():
            if state.counted:
                matches.keep_project_keys(self.store, weigher.project_keys())
            if counted is None:
                tallies.keep(self.store, weigher.counts() if state.counted else {})
            touches.keep_known(self.store, facts.known)
            self._settle(state, None)

    def _first_look(self, weigher: Weigher, facts: Facts, ids: Sequence[int]) -> dict[str, str]:
        """The works on lists that would be accepted by what is known, by project: they teach with whom its people write, and of what.

        Taken when words and names are counted, and kept as those are. Of a search's works none teaches: homonyms would teach homonyms.
        """
        limits, found = self.settings.matching, defaultdict[str, list[int]](list)
        weights = limits.weights.model_dump()
        for batch in _batches([work_id for work_id in ids if work_id in facts.on_a_list]):
            for work in works.some(self.store, batch).values():
                pairs = [*weigher.pairs(weigher.subject(work))]
                named = {pair.project_id for pair in pairs if pair.candidate.view.named}
                for match in judge(pairs, weights, accept=limits.accept, review=limits.review, decided=facts.decided):
                    if match.band is Band.ACCEPT and match.project_id in named:
                        found[match.project_id].append(match.work_id)
        return {project_id: dumped(work_ids) for project_id, work_ids in found.items()}

    def some_works(self, touched: Touched, state: State, counted: Mapping[str, Any]) -> None:
        """Weigh the works that changed, and those that meet a project of which other outputs are known than before.

        While it lasts the store says that all these changed: if it is cut off, the next run weighs them again.
        """
        facts = replace(known_facts.read(self.store, touched.works), known=self._known(touched.projects, touched))
        changed = Weigher(self.store, self.settings, facts, ids=touched.projects, counted=counted)
        project_keys = dict.fromkeys(touched.projects, frozenset[int]()) | changed.project_keys()
        before = matches.keys_of_projects(self.store, touched.projects)
        meeting = matches.works_with(self.store, before.union(*project_keys.values()))
        ids = matches.standing_of(self.store, meeting | touched.works)
        with self.store.atomic():
            touches.about_to_weigh(self.store, ids, touched.projects)
        facts = known_facts.read(self.store, ids)
        near = self._near(ids, touched, changed) | facts.projects_of(ids)
        facts = replace(facts, known=self._known(near, touched))
        weigher = Weigher(self.store, self.settings, facts, ids=near, counted=counted)
        self._weigh(weigher, facts, ids, keeping=touched.works)
        gone = touched.works.difference(ids)
        with self.store.atomic():
            matches.keep_work_keys(self.store, dict.fromkeys(gone, ()))
            matches.keep_project_keys(self.store, project_keys)
            touches.keep_known(self.store, touched.known, work_ids=touched.works)
            self._settle(state, gone)

    def _known(self, project_ids: Collection[str], touched: Touched) -> frozenset[Pair]:
        """What is known of these projects, and of the works that changed: of other works that is what was known before."""
        before = touches.known_of_projects(self.store, project_ids)
        return touched.known.union(pair for pair in before if pair[1] not in touched.works)

    def _near(self, ids: Sequence[int], touched: Touched, weigher: Weigher) -> set[str]:
        """All the projects that any of these works meets by a key."""
        keys = matches.keys_of_works(self.store, set(ids) - touched.works)
        for batch in _batches(sorted(touched.works.intersection(ids))):
            for work in works.some(self.store, batch).values():
                keys |= weigher.work_keys(weigher.subject(work))
        return matches.projects_with(self.store, keys) | touched.projects

    def _settle(self, state: State, gone: Collection[int] | None) -> None:
        self.report.count("removed", matches.remove_orphans(self.store, gone))
        touches.clear(self.store, self.upto)
        runs.set_mark(self.store, _MARK, state.dump(), at=self.at)

    def _weigh(self, weigher: Weigher, facts: Facts, ids: Sequence[int], *, keeping: frozenset[int]) -> None:
        """Weigh works; of those in `keeping`, whose records or texts may be others, keep also what they are found by."""
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
                    decided=facts.decided,
                    fresh=facts.fresh,
                )
                if work_id in keeping:
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


def _counted(store: Store) -> dict[str, Any]:
    """What was counted when all was weighed last, read as it is asked for."""
    held: dict[str, Any] = {kind: tallies.Tally(store, kind) for kind in _COUNTED}
    return held | {"lexicon": Lexicon(held["stems"].get("", "").split())}


def _batches(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]


def _base(settings: Settings) -> str:
    """What all is weighed by, as a short text: the rules of the code, weights and thresholds, the names of the institution."""
    texts = settings.matching.model_dump_json(), settings.institution.model_dump_json()
    return f"{_RULES}/{hashlib.blake2b(chr(10).join(texts).encode(), digest_size=12).hexdigest()}"
