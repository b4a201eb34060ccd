"""Projects, taken apart and indexed, with all that is known of them: a work is held against them by asking for its pairs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any

from pubtrack.config import Settings
from pubtrack.matching import keys
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import Pair, gather
from pubtrack.matching.facts import Facts, verdicts
from pubtrack.matching.pool import Output, Pool, Subject
from pubtrack.matching.sieve import Sieve
from pubtrack.models import Work
from pubtrack.store import Store, matches, projects, works

MANY = 100_000  # works: from here on one name that many bear, and nothing else in common, is not kept even as rejected
_NOTICES = frozenset({"corrects", "retracts"})  # a notice about a publication is no publication of results itself


class Weigher:
    """All projects, or those of `ids` and then with what was counted of all (`counted`)."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        facts: Facts,
        *,
        ids: Iterable[str] | None = None,
        counted: Mapping[str, Any] | None = None,
        accepted: Mapping[str, str] | None = None,
    ) -> None:
        """`accepted` are the works that a first look accepted, by project as `dumped` writes them: else those of `counted`."""
        pool = Pool(projects.every(store, ids), counted)
        if counted is None:
            pool.see(works.every(store))
        self._pool, self._facts, self._counted = pool, facts, counted
        self._many = counted is None and matches.number_of_works(store) > MANY
        self._spoken_of = facts.on_a_list | facts.said.keys() | {work_id for _, work_id in facts.decided}
        self.learn(store, settings, (counted or {}).get("accepted", {}) if accepted is None else accepted)

    def learn(self, store: Store, settings: Settings, accepted: Mapping[str, str]) -> None:
        """Given the works that a first look accepted, by project, take the projects apart with what these and known outputs teach."""
        pool, facts, institution = self._pool, self._facts, settings.institution
        here = {project.id: project for project in pool.projects}
        sure = {pair for pair in facts.known if pair[0] in here}
        near = {(project_id, work_id) for project_id in here for work_id in loaded(accepted.get(project_id))} - sure
        said = verdicts(store, {work_id for _, work_id in near}) if near else {}
        given = {work_id for (_, work_id), mine in said.items() if mine}
        unsure = {pair for pair in near if pair not in said and pair[1] not in given}
        held = works.some(store, {work_id for _, work_id in sure | unsure})
        outputs = _outputs(pool, held, sure, unsure)
        self._accepted = accepted
        self._views = pool.views(outputs, [institution.name, institution.name_en or "", *institution.names])
        self._index = Index(self._views, pool.rarity, facts.decided, facts.listed, self._counted)
        self._words: Container[str] = (self._counted or self._index.counts())["words"]
        self._sieve = Sieve(self._views, pool.lexicon) if self._many else None

    def counts(self) -> dict[str, Mapping[str, Any]]:
        """Return all that was counted, by kind and name: what another Weigher of some of the projects needs to weigh as this one does."""
        return (
            self._pool.counts()
            | self._index.counts()
            | {
                "accepted": self._accepted,
                "accepted for": by_work(self._accepted),
            }
        )

    def subject(self, work: Work) -> Subject | None:
        """Given a work, return it taken apart; None for a notice about another publication, and for what is not worth it."""
        if any(relation.kind in _NOTICES for relation in work.relations):
            return None
        if self._sieve is not None and work.id not in self._spoken_of and not self._sieve.passes(work):
            return None
        return self._pool.subject(
            work, self._facts.said.get(work.id or 0), harvested=work.id not in self._facts.on_a_list
        )

    def pairs(self, subject: Subject | None) -> list[Pair]:
        """Given a work taken apart, return its pairs with their evidence."""
        if subject is None:
            return []
        return gather(subject, self._index.candidates(subject), self._pool, self._index)

    def work_keys(self, subject: Subject | None) -> frozenset[int]:
        """Given a work taken apart, return the keys that it can be found by."""
        return keys.of_work(subject, self._words) if subject else frozenset()

    def project_keys(self) -> dict[str, frozenset[int]]:
        """Return the keys that lead to each project."""
        return {project_id: keys.of_project(view) for project_id, view in self._views.items()}


def by_work(accepted: Mapping[str, str]) -> dict[str, str]:
    """Given works by project, as `dumped` writes them, return the projects by work, a line each."""
    found: dict[str, list[str]] = {}
    for project_id in sorted(accepted):
        for work_id in loaded(accepted[project_id]):
            found.setdefault(str(work_id), []).append(project_id)
    return {work_id: "\n".join(project_ids) for work_id, project_ids in found.items()}


def dumped(work_ids: Iterable[int]) -> str:
    """Given works, return them as text."""
    return " ".join(map(str, sorted(work_ids)))


def loaded(text: str | None) -> list[int]:
    """Given what `dumped` wrote, return the works."""
    return [*map(int, (text or "").split())]


def _outputs(
    pool: Pool, held: Mapping[int, Work], sure: set[tuple[str, int]], unsure: set[tuple[str, int]]
) -> dict[str, list[Output]]:
    outputs: dict[str, list[Output]] = {}
    for project_id, work_id in sorted(sure | unsure):
        if work_id in held:
            subject, known = pool.subject(held[work_id]), (project_id, work_id) in sure
            outputs.setdefault(project_id, []).append(
                Output(work_id, subject.authors, subject.text, subject.site, subject.organisations, known)
            )
    return outputs
