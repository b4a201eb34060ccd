"""Learning weights from pairs that people decided or institutions reported. Pure.

First a conditional regression: of the projects that a work may belong to, and none, which is right. Then a line that makes
probabilities of the
shares. Both are drawn by a ridge to the weights they start from, so that few decisions move little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pubtrack.matching.evidence import Pair
from pubtrack.matching.scoring import Weights, bounded, scale_of, weigh

Array = NDArray[np.float64]
FOLDS = 5
_STEPS = 40  # of Newton's method; it settles in about ten
_SETTLED = 1e-5
BY_HAND = frozenset(
    {"no_word", "no_word_harvested", "harvested"}
)  # what lists of outputs would say of these holds for no harvest


@dataclass(frozen=True, slots=True)
class Example:
    """The pairs of one work, and whether it is an output of the project. Pairs that are not in `said` teach nothing."""

    pairs: Sequence[Pair]
    said: Mapping[str, bool]


def learn(examples: Sequence[Example], start: Weights, *, ridge: float = 2.0) -> dict[str, float]:
    """Given examples and the weights to start from, return those that fit them. What no example shows keeps its weight."""
    weights = _choose(examples, dict(start), ridge)
    rows, right = [], []
    for example in examples:
        for weighed in weigh(example.pairs, weights):
            if weighed.pair.project_id in example.said:
                own = bounded(weighed.strength)
                rows.append({scale_of(weighed.pair): 1.0, "scale_share": weighed.share, "scale_own": own})
                right.append(float(example.said[weighed.pair.project_id]))
    return weights | _line(rows, np.array(right), weights)


def folds(names: Iterable[str], seed: int = 1) -> dict[str, int]:
    """Given names, deal them into five folds, always the same way for one seed."""
    held = sorted(set(names), key=lambda name: hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest())
    return {name: at % FOLDS for at, name in enumerate(held)}


def without(examples: Sequence[Example], held_out: frozenset[str]) -> list[Example]:
    """Given examples and the projects that are held out, return what may be learned from: nothing that these projects' outputs teach."""
    left = []
    for example in examples:
        said = {project_id: mine for project_id, mine in example.said.items() if project_id not in held_out}
        if said:
            outside = any(mine for project_id, mine in example.said.items() if project_id in held_out)
            left.append(Example(example.pairs, said | ({_ELSEWHERE: True} if outside else {})))
    return left


_ELSEWHERE = (
    ""  # stands in `said` for a project that is held out and is the right one: nothing is learned of the choice
)


def parts(pair: Pair) -> dict[str, float]:
    """Given a pair, return its features, summed."""
    found: dict[str, float] = {}
    for signal in pair.signals:
        for part, value in signal.parts.items():
            found[part] = found.get(part, 0.0) + value
    return found


def _choose(examples: Sequence[Example], start: dict[str, float], ridge: float) -> dict[str, float]:
    groups = [
        ([parts(pair) for pair in example.pairs], _right(example))
        for example in examples
        if example.pairs and _ELSEWHERE not in example.said
    ]
    seen = {name for rows, _ in groups for row in rows for name in row}
    names = [name for name in start if name in seen and name not in BY_HAND]
    if not names:
        return start
    by_hand = {name: start[name] for name in BY_HAND if name in start}
    tables = [
        (_table(rows, names), np.array([sum(by_hand.get(n, 0.0) * v for n, v in row.items()) for row in rows]), right)
        for rows, right in groups
    ]
    origin = np.array([start[name] for name in names])
    pull = np.array([ridge / 1000 if name.startswith("base") and not start[name] else ridge for name in names])
    at, loss = origin.copy(), _loss(tables, origin, origin, pull)
    for _ in range(_STEPS):
        slope, curve = -pull * (at - origin), np.diag(pull)
        for table, fixed, right in tables:
            chance = _shares(table @ at + fixed)
            wanted = chance * right / (chance * right).sum()
            slope += table.T @ (wanted - chance)[:-1]
            mean = table.T @ chance[:-1]
            curve += (table * chance[:-1, None]).T @ table - np.outer(mean, mean)
        step = np.linalg.solve(curve, slope)
        while (new := _loss(tables, at + step, origin, pull)) > loss and np.abs(step).max() > _SETTLED:
            step = step / 2
        at, loss = at + step, new
        if np.abs(step).max() < _SETTLED:
            break
    return start | dict(zip(names, at.tolist(), strict=True))


def _right(example: Example) -> Array:
    """Which may be right, the last being none of them: the outputs; without one, whatever nobody said no to."""
    said = [example.said.get(pair.project_id) for pair in example.pairs]
    if any(said):
        return np.array([*(float(mine is True) for mine in said), 0.0])
    return np.array([*(float(mine is None) for mine in said), 1.0])


def _loss(tables: Sequence[tuple[Array, Array, Array]], at: Array, origin: Array, pull: Array) -> float:
    drawn = 0.5 * float((pull * (at - origin) ** 2).sum())
    missed = sum(float(np.log((_shares(table @ at + fixed) * right).sum() + 1e-300)) for table, fixed, right in tables)
    return drawn - missed


def _shares(strengths: Array) -> Array:
    """The shares of all and, last, of none of them, whose strength is 0."""
    grown = np.exp(np.append(strengths, 0.0) - max(float(strengths.max()), 0.0))
    return np.asarray(grown / grown.sum())


def _line(rows: Sequence[Mapping[str, float]], right: Array, start: Mapping[str, float]) -> dict[str, float]:
    names = sorted({name for row in rows for name in row})
    table, origin = _table(rows, names), np.array([start[name] for name in names])
    at = origin.copy()
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(table @ at, -30, 30)))
        slope = table.T @ (right - chance) - (at - origin)
        step = np.linalg.solve((table * (chance * (1 - chance))[:, None]).T @ table + np.eye(len(names)), slope)
        at = at + step
        if np.abs(step).max() < _SETTLED:
            break
    return dict(zip(names, at.tolist(), strict=True))


def _table(rows: Sequence[Mapping[str, float]], names: Sequence[str]) -> Array:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows]).reshape(len(rows), len(names))
