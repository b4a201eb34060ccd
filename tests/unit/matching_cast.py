"""Works and projects for the tests of matching, held against each other through the product's own modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from pubtrack.config import Matching
from pubtrack.matching.blocking import Candidate, Index
from pubtrack.matching.evidence import Pair, gather
from pubtrack.matching.pool import Output, Pool, Subject
from pubtrack.matching.scoring import judge
from pubtrack.models import Finding, Match, Person, Project, Verdict, Work

WEIGHTS = Matching().weights.model_dump()


def work(
    number: int, title: str, *authors: str | Mapping[str, Any], year: int | None = 2023, abstract: str = ""
) -> Work:
    """An author is `Jan van der Berg`, an organisation in brackets, or a CSL author."""
    csl: dict[str, Any] = {"title": title, "type": "article-journal", "author": [_author(author) for author in authors]}
    if year:
        csl["issued"] = {"date-parts": [[year]]}
    if abstract:
        csl["abstract"] = abstract
    return Work(csl, id=number)


def _author(author: str | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(author, str):
        return dict(author)
    if author.startswith("["):
        return {"literal": author.strip("[]")}
    given, _, family = author.partition(" ")
    return {"given": given, "family": family}


def project(number: str, title: str, *people: str | Person, start: int | None = 2020, **fields: Any) -> Project:
    """The first of the people is the lead."""
    persons = [person if isinstance(person, Person) else Person(*person.split(" ", 1)) for person in people]
    return Project(
        number,
        title,
        started_on=date(start, 1, 1) if start else None,
        lead=persons[0] if persons else None,
        members=tuple(persons[1:]),
        **fields,
    )


def says(verdict: str, *mentions: str) -> Finding:
    """What a text says."""
    return Finding(Verdict(verdict), "example", "1", "1", mentions=mentions)


class World:
    """Projects and works, weighed as the stage weighs them."""

    def __init__(
        self,
        projects: Sequence[Project],
        works: Sequence[Work],
        *,
        findings: Mapping[int, Finding] | None = None,
        known: Sequence[tuple[str, int]] = (),
        accepted: Sequence[tuple[str, int]] = (),
        decided: Mapping[tuple[str, int], bool] | None = None,
        harvested: bool = False,
    ) -> None:
        self.works = {work.id or 0: work for work in works}
        self.findings = dict(findings or {})
        self.decided = dict(decided or {})
        self.harvested = harvested
        self.pool = Pool(projects)
        self.pool.see(works)
        outputs: dict[str, list[Output]] = {}
        for project_id, work_id in (*known, *accepted):
            subject, sure = self.subject(work_id), (project_id, work_id) in known
            outputs.setdefault(project_id, []).append(
                Output(work_id, subject.authors, subject.text, subject.site, subject.organisations, sure)
            )
        self.index = Index(self.pool.views(outputs), self.pool.rarity, self.decided)

    def subject(self, work_id: int) -> Subject:
        return self.pool.subject(self.works[work_id], self.findings.get(work_id), harvested=self.harvested)

    def candidates(self, work_id: int) -> dict[str, Candidate]:
        return self.index.candidates(self.subject(work_id))

    def pairs(self, work_id: int) -> dict[str, Pair]:
        pairs = gather(self.subject(work_id), self.candidates(work_id), self.pool, self.index)
        return {pair.project_id: pair for pair in pairs}

    def parts(self, work_id: int, project_id: str) -> dict[str, float]:
        return {
            part: value for signal in self.pairs(work_id)[project_id].signals for part, value in signal.parts.items()
        }

    def details(self, work_id: int, project_id: str) -> dict[str, str]:
        return {signal.kind: signal.detail for signal in self.pairs(work_id)[project_id].signals}

    def matches(self, work_id: int, *, accept: float = 0.9, review: float = 0.2) -> dict[str, Match]:
        pairs = list(self.pairs(work_id).values())
        found = judge(pairs, WEIGHTS, accept=accept, review=review, decided=self.decided)
        return {match.project_id: match for match in found}
