"""Links between projects and works as institutions reported them: read, weighed through the product's own modules, fitted, measured.

A folder holds projects.jsonl, works.jsonl (Crossref-shaped), links.jsonl and negatives.jsonl. Works of kind `unlabelled` are left
out of fitting and of every figure but their own count.
"""

from __future__ import annotations

import json
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pubtrack.config import Matching
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import Pair, gather
from pubtrack.matching.pool import Output, Pool
from pubtrack.matching.scoring import judge, log_odds, probability, with_siblings
from pubtrack.models import Band, PartialDate, Person, Project, Work

Key = tuple[str, int]  # project and work
FOLDS = 5


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
    outputs: dict[str, list[Output]] = defaultdict(list)
    if known:
        held = {work.id: work for work in data.works}
        for project_id, work_id in sorted(data.links):
            subject = pool.subject(held[work_id])
            outputs[project_id].append(Output(work_id, subject.authors, subject.text))
    index = Index(pool.views(outputs), pool.rarity)
    groups = []
    for work in data.works:
        subject = pool.subject(work)
        groups.append(gather(subject, index.candidates(subject), pool, index))
    return Task(title, data, [group for group in groups if group])


def tasks(folder: Path) -> list[Task]:
    data = read(folder)
    if data.named:
        bare = read(folder, abstracts=False)
        return [task(f"{data.name}, with abstracts", data), task(f"{data.name}, titles only", bare)]
    return [
        task(f"{data.name}, names from the project's other outputs", data, known=True),
        task(f"{data.name}, no names at all", data),
    ]


def features(group: Sequence[Pair], weights: Mapping[str, float]) -> dict[Key, dict[str, float]]:
    found = {}
    for pair, signals in zip(group, with_siblings(group, weights), strict=True):
        parts: dict[str, float] = defaultdict(float)
        for signal in signals:
            for part, value in signal.parts.items():
                parts[part] += value
        found[pair.project_id, pair.subject.id] = dict(parts)
    return found


def fit(
    given: Sequence[Task], fixed: Mapping[str, float], use: Callable[[str], bool], ridge: float = 1.0
) -> dict[str, float]:
    """Logistic regression. The share among siblings rests on the weights themselves: so weigh, fit, and again until it settles."""
    weights = dict(fixed)
    for _ in range(4):
        rows, labels = [], []
        for each in given:
            for group in each.groups:
                if each.data.kinds.get(group[0].subject.id) == "unlabelled":
                    continue
                for key, parts in features(group, weights).items():
                    if use(key[0]):
                        rows.append(parts)
                        labels.append(int(key in each.data.links))
        weights |= _regress(rows, labels, ridge)
    return weights


def cross_validated(
    given: Sequence[Task], fixed: Mapping[str, float], seed: int = 1
) -> list[dict[Key, tuple[float, Band]]]:
    """Score every pair with weights fitted without its project. Bands by the product's own rules and default thresholds."""
    ids = sorted({project.id for each in given for project in each.data.projects})
    random.Random(seed).shuffle(ids)
    fold = {project_id: at % FOLDS for at, project_id in enumerate(ids)}
    scored: list[dict[Key, tuple[float, Band]]] = [{} for _ in given]
    for out in range(FOLDS):
        weights = fit(given, fixed, lambda project_id, out=out: fold[project_id] != out)
        for each, found in zip(given, scored, strict=True):
            found.update({key: value for key, value in score(each, weights).items() if fold[key[0]] == out})
    return scored


def score(
    each: Task, weights: Mapping[str, float], thresholds: Matching | None = None
) -> dict[Key, tuple[float, Band]]:
    limits = thresholds or Matching()
    found: dict[Key, tuple[float, Band]] = {}
    for group in each.groups:
        for pair, signals in zip(group, with_siblings(group, weights), strict=True):
            found[pair.project_id, pair.subject.id] = (probability(log_odds(signals, weights)), Band.REJECT)
        for match in judge(group, weights, accept=limits.accept, review=limits.review):
            found[match.project_id, match.work_id] = (match.score, match.band)
    return found


@dataclass
class Figures:
    """What is reported of one task; `interval` is Wilson's, 95 %."""

    precision: float
    recall: float
    f1: float
    among: dict[int, float]
    accepted: int
    accept_precision: float
    accept_interval: tuple[float, float]
    accept_recall: float
    accept_lead_precision: float
    negatives_accepted: int
    unlabelled_accepted: int
    reliability: list[tuple[float, int, float]]


def measure(each: Task, scored: Mapping[Key, tuple[float, Band]]) -> Figures:
    data = each.data
    ranked: dict[int, list[tuple[float, str, Band]]] = defaultdict(list)
    for (project_id, work_id), (value, band) in scored.items():
        ranked[work_id].append((value, project_id, band))
    for found in ranked.values():
        found.sort(key=lambda item: (-item[0], item[1]))
    counted = {work_id: found for work_id, found in ranked.items() if data.kinds.get(work_id) != "unlabelled"}
    asked = {work_id: found[0][1] for work_id, found in counted.items() if found[0][2] is not Band.REJECT}
    right = sum(project_id in data.linked.get(work_id, ()) for work_id, project_id in asked.items())
    precision, recall = right / max(1, len(asked)), right / len(data.linked)
    accepted = [(p, w) for w, found in counted.items() for _, p, band in found if band is Band.ACCEPT]
    true = [key for key in accepted if key in data.links]
    leads = {project.id: project.lead.family if project.lead else project.id for project in data.projects}
    lead_right = sum(leads[p] in {leads[q] for q in data.linked.get(w, ())} for p, w in accepted)
    return Figures(
        precision,
        recall,
        2 * precision * recall / max(1e-9, precision + recall),
        {n: _within(counted, data, n) for n in (1, 3, 10)},
        len(accepted),
        len(true) / max(1, len(accepted)),
        _wilson(len(true), len(accepted)),
        len({w for _, w in true}) / len(data.linked),
        lead_right / max(1, len(accepted)),
        sum(data.kinds.get(w) == "negative" for _, w in accepted),
        sum(band is Band.ACCEPT for w, found in ranked.items() if w not in counted for _, _, band in found),
        _reliability([(value, (p, w) in data.links) for w, found in counted.items() for value, p, _ in found]),
    )


def _within(counted: Mapping[int, Sequence[tuple[float, str, Band]]], data: Links, first: int) -> float:
    hits = sum(
        any(p in data.linked[w] for _, p, _ in found[:first]) for w, found in counted.items() if w in data.linked
    )
    return hits / len(data.linked)


def _reliability(pairs: Iterable[tuple[float, bool]]) -> list[tuple[float, int, float]]:
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for value, true in pairs:
        bins[min(9, int(value * 10))].append((value, true))
    return [
        (sum(v for v, _ in held) / len(held), len(held), sum(t for _, t in held) / len(held))
        for _, held in sorted(bins.items())
    ]


def _wilson(hits: int, of: int) -> tuple[float, float]:
    if not of:
        return (0.0, 1.0)
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    reach = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach, middle + reach)


def _regress(rows: Sequence[Mapping[str, float]], labels: Sequence[int], ridge: float) -> dict[str, float]:
    """Newton's method with a ridge on all but the starting points (`base_`)."""
    names = sorted({name for row in rows for name in row})
    at = {name: number for number, name in enumerate(names)}
    penalty = [1e-3 if name.startswith("base") else ridge for name in names]
    sparse = [[(at[name], value) for name, value in row.items()] for row in rows]
    weights = [0.0] * len(names)
    for _ in range(30):
        slope = [-p * w for p, w in zip(penalty, weights, strict=True)]
        curve = [[p if i == j else 0.0 for j in range(len(names))] for i, p in enumerate(penalty)]
        for row, label in zip(sparse, labels, strict=True):
            chance = probability(sum(weights[i] * value for i, value in row))
            doubt = chance * (1 - chance)
            for i, value in row:
                slope[i] += (label - chance) * value
                for j, other in row:
                    curve[i][j] += doubt * value * other
        step = _solve(curve, slope)
        weights = [w + s for w, s in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-5:
            break
    return dict(zip(names, weights, strict=True))


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    size = len(right)
    table = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(table[row][column]))
        table[column], table[pivot] = table[pivot], table[column]
        for row in range(size):
            if row != column and table[row][column]:
                times = table[row][column] / table[column][column]
                table[row] = [a - times * b for a, b in zip(table[row], table[column], strict=True)]
    return [table[i][size] / table[i][i] for i in range(size)]


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
