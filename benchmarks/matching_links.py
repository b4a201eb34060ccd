"""Links between projects and works as institutions reported them: read, weighed through the product's own modules, fitted, measured.

A folder holds projects.jsonl, works.jsonl (Crossref-shaped), links.jsonl and negatives.jsonl. Works of kind `unlabelled` are left
out of fitting and of every figure but their own count.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from pubtrack.config import Matching
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import Pair, gather
from pubtrack.matching.learning import Example, folds, learn, without
from pubtrack.matching.pool import Output, Pool, Subject
from pubtrack.matching.reliability import Bin, bins, wilson
from pubtrack.matching.scoring import judge, weigh
from pubtrack.models import Band, PartialDate, Person, Project, Work

Key = tuple[str, int]  # project and work
Scored = dict[Key, tuple[float, Band]]
# What a list of links shows; all else keeps the weight that was set by hand.
TAUGHT = [
    "base_people",
    "base_known",
    "base_accepted",
    "base_title",
    "name_same",
    "name_initials",
    "name_partial",
    "name_conflict",
    "lead",
    "more_people",
    "namesakes",
    "many_authors",
    "known_people",
    "known_outputs",
    "when",
    "before",
    "late",
    "title",
    "text",
    "contained",
    "inside",
    "outputs",
    "accepted",
    "site_own",
    "site_other",
    "site_known",
    "scale_share",
    "scale_own",
    "scale_people",
    "scale_known",
    "scale_title",
]


@dataclass
class Links:
    """One folder, read."""

    name: str
    projects: list[Project]
    works: list[Work]
    links: set[Key]
    kinds: dict[int, str]  # of works that are no output: negative or unlabelled
    linked: dict[int, set[str]] = field(default_factory=dict)

    @property
    def named(self) -> bool:
        return any(project.people for project in self.projects)


@dataclass
class Task:
    """A folder looked at in one way: `known` hands the matcher every project's other outputs as confirmed."""

    title: str
    data: Links
    groups: list[list[Pair]]  # the pairs of one work
    known: bool
    pool: Pool
    subjects: list[Subject]

    def again(self, weights: Mapping[str, float]) -> Task:
        """Return the task as it is looked at once more: what these weights accept tells of its project's people and topics."""
        if not self.data.named:
            return self
        limits = Matching()
        held = {subject.id: subject for subject in self.subjects}
        outputs: dict[str, list[Output]] = {}
        for group in self.groups:
            for match in judge(group, weights, accept=limits.accept, review=limits.review):
                if match.band is Band.ACCEPT:
                    outputs.setdefault(match.project_id, []).append(output_of(held[match.work_id], sure=False))
        return replace(self, groups=groups_of(self.pool, self.subjects, outputs))


def read(folder: Path, *, abstracts: bool = True) -> Links:
    projects = [_project(row, abstracts) for row in _rows(folder / "projects.jsonl")]
    works, numbers = [], {}
    for number, row in enumerate(_rows(folder / "works.jsonl"), 1):
        numbers[row["id"]] = number
        works.append(Work(_csl(row, abstracts), id=number))
    links = {(row["project"], numbers[row["work"]]) for row in _rows(folder / "links.jsonl")}
    kinds = {numbers[row["work"]]: row["kind"] for row in _rows(folder / "negatives.jsonl")}
    data = Links(folder.name, projects, works, links, kinds)
    for project_id, work_id in links:
        data.linked.setdefault(work_id, set()).add(project_id)
    return data


def task(title: str, data: Links, *, known: bool = False) -> Task:
    pool = Pool(data.projects)
    pool.see(data.works)
    subjects = [pool.subject(work) for work in data.works]
    outputs: dict[str, list[Output]] = {}
    if known:
        held = {subject.id: subject for subject in subjects}
        for project_id, work_id in sorted(data.links):
            outputs.setdefault(project_id, []).append(output_of(held[work_id]))
    return Task(title, data, groups_of(pool, subjects, outputs), known, pool, subjects)


def output_of(subject: Subject, *, sure: bool = True) -> Output:
    return Output(subject.id, subject.authors, subject.text, subject.site, subject.organisations, sure)


def groups_of(pool: Pool, subjects: Sequence[Subject], outputs: Mapping[str, Sequence[Output]]) -> list[list[Pair]]:
    index = Index(pool.views(outputs), pool.rarity)
    groups = [gather(subject, index.candidates(subject), pool, index) for subject in subjects]
    return [group for group in groups if group]


def tasks(folder: Path) -> list[Task]:
    data = read(folder)
    if data.named:
        bare = read(folder, abstracts=False)
        return [task(f"{data.name}, with abstracts", data), task(f"{data.name}, titles only", bare)]
    return [
        task(f"{data.name}, names from the project's other outputs", data, known=True),
        task(f"{data.name}, no names at all", data),
    ]


def shipped() -> dict[str, float]:
    """Return the weights that ship."""
    return Matching().weights.model_dump()


def blank() -> dict[str, float]:
    """Return the weights that ship, 0 where links can teach them: what fitting starts from."""
    return {name: 0.0 if name in TAUGHT else value for name, value in shipped().items()}


def examples(given: Sequence[Task]) -> list[Example]:
    """Return what the links say of every pair; works of kind `unlabelled` say nothing."""
    return [
        Example(group, {pair.project_id: (pair.project_id, pair.subject.id) in each.data.links for pair in group})
        for each in given
        for group in each.groups
        if each.data.kinds.get(group[0].subject.id) != "unlabelled"
    ]


def cross_validated(given: Sequence[Task], seed: int = 1) -> list[Scored]:
    """Score every pair with weights fitted without its project, from nothing. Bands by the product's own rules and thresholds."""
    fold = folds((project.id for each in given for project in each.data.projects), seed)
    scored: list[Scored] = [{} for _ in given]
    for out in sorted(set(fold.values())):
        held_out = frozenset(project_id for project_id, at in fold.items() if at == out)
        weights = fitted(given, held_out)
        for each, found in zip(given, scored, strict=True):
            found.update({key: value for key, value in score(each, weights).items() if key[0] in held_out})
    return scored


def fitted(given: Sequence[Task], held_out: frozenset[str] = frozenset()) -> dict[str, float]:
    """Return weights that fit the links of all projects but those held out, from nothing; both looks are taken with them."""
    first = learn(without(examples(given), held_out), blank())
    return learn(without(examples([each.again(first) for each in given]), held_out), blank())


def score(each: Task, weights: Mapping[str, float], thresholds: Matching | None = None) -> Scored:
    limits = thresholds or Matching()
    found: Scored = {}
    groups = each.again(weights).groups
    for group in groups:
        for weighed in weigh(group, weights):
            found[weighed.pair.project_id, weighed.pair.subject.id] = (weighed.score, Band.REJECT)
        for match in judge(group, weights, accept=limits.accept, review=limits.review):
            found[match.project_id, match.work_id] = (match.score, match.band)
    return found


@dataclass
class Figures:
    """What is reported of one task."""

    precision: float
    recall: float
    f1: float
    f1_interval: tuple[float, float]  # of 1000 draws of projects and works that are no output, 95 %
    among: dict[int, float]
    linked: int
    accepted: int
    accept_precision: float
    accept_interval: tuple[float, float]  # Wilson's, 95 %
    accept_recall: float
    accept_lead_precision: float
    precision_at: dict[float, float]  # of the best project per work, by score alone, at a recall
    negatives_accepted: int
    unlabelled_accepted: int
    reliability: list[Bin]


def measure(each: Task, scored: Mapping[Key, tuple[float, Band]]) -> Figures:
    data = each.data
    ranked: dict[int, list[tuple[float, str, Band]]] = defaultdict(list)
    for (project_id, work_id), (value, band) in scored.items():
        ranked[work_id].append((value, project_id, band))
    for found in ranked.values():
        found.sort(key=lambda item: (-item[0], item[1]))
    counted = {work_id: found for work_id, found in ranked.items() if data.kinds.get(work_id) != "unlabelled"}
    asked = {work_id: found[0][1] for work_id, found in counted.items() if found[0][2] is not Band.REJECT}
    right = {work_id for work_id, project_id in asked.items() if project_id in data.linked.get(work_id, ())}
    accepted = [(p, w) for w, found in counted.items() for _, p, band in found if band is Band.ACCEPT]
    true = [key for key in accepted if key in data.links]
    leads = {project.id: project.lead.family if project.lead else project.id for project in data.projects}
    lead_right = sum(leads[p] in {leads[q] for q in data.linked.get(w, ())} for p, w in accepted)
    best = sorted(((found[0][0], found[0][1] in data.linked.get(w, ())) for w, found in counted.items()), reverse=True)
    return Figures(
        len(right) / max(1, len(asked)),
        len(right) / len(data.linked),
        _f1(len(right), len(asked), len(data.linked)),
        _drawn(data, asked, right),
        {n: _within(counted, data, n) for n in (1, 3, 10)},
        len(data.linked),
        len(accepted),
        len(true) / max(1, len(accepted)),
        wilson(len(true), len(accepted)),
        len({w for _, w in true}) / len(data.linked),
        lead_right / max(1, len(accepted)),
        {recall: _precision_at(best, recall * len(data.linked)) for recall in (0.55, 0.65)},
        sum(data.kinds.get(w) == "negative" for _, w in accepted),
        sum(band is Band.ACCEPT for w, found in ranked.items() if w not in counted for _, _, band in found),
        bins([(value, (p, w) in data.links) for w, found in counted.items() for value, p, _ in found]),
    )


def _f1(right: int, asked: int, linked: int) -> float:
    return 2 * right / max(1, asked + linked)


def _drawn(data: Links, asked: Mapping[int, str], right: set[int]) -> tuple[float, float]:
    """Projects come with all their works or not at all: so they are what is drawn, and works that are no output one by one."""
    units: dict[object, list[tuple[int, int, int]]] = defaultdict(list)
    for work in data.works:
        if work.id is not None and data.kinds.get(work.id) != "unlabelled":
            unit = min(data.linked[work.id]) if work.id in data.linked else work.id
            units[unit].append((work.id in right, work.id in asked, work.id in data.linked))
    sums = [
        tuple(map(sum, zip(*held, strict=True))) for _, held in sorted(units.items(), key=lambda item: str(item[0]))
    ]
    dice = random.Random(1)
    found = sorted(_f1(*map(sum, zip(*dice.choices(sums, k=len(sums)), strict=True))) for _ in range(1000))
    return (found[25], found[974])


def _precision_at(best: Sequence[tuple[float, bool]], wanted: float) -> float:
    hits = 0
    for number, (_, true) in enumerate(best, 1):
        hits += true
        if hits >= wanted:
            return hits / number
    return 0.0


def _within(counted: Mapping[int, Sequence[tuple[float, str, Band]]], data: Links, first: int) -> float:
    hits = sum(
        any(p in data.linked[w] for _, p, _ in found[:first]) for w, found in counted.items() if w in data.linked
    )
    return hits / len(data.linked)


def _rows(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _project(row: Mapping[str, Any], abstracts: bool) -> Project:
    return Project(
        row["id"],
        row["title"],
        row.get("abstract") if abstracts else None,
        tuple(row.get("datasets") or ()),
        row.get("institution"),
        _day(row.get("started_on"), PartialDate.first_day),
        _day(row.get("ended_on"), PartialDate.last_day),
        _person(row["lead"]) if row.get("lead") else None,
        tuple(_person(member) for member in row.get("members") or ()),
    )


def _person(row: Mapping[str, Any]) -> Person:
    return Person(row.get("given") or "", row["family"], orcid=row.get("orcid"))


def _day(text: str | None, which: Callable[[PartialDate], date]) -> date | None:
    return which(PartialDate.parse(text)) if text else None


def _csl(row: Mapping[str, Any], abstracts: bool) -> dict[str, Any]:
    csl: dict[str, Any] = {
        "title": row["title"][0] if row.get("title") else "",
        "author": [{"literal": a["name"]} if "name" in a else dict(a) for a in row.get("author") or ()],
    }
    csl |= {name: row[name] for name in ("issued", "DOI", "URL") if row.get(name)}
    if abstracts and row.get("abstract"):
        csl["abstract"] = row["abstract"]
    return csl
