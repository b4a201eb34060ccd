"""Fit the points of a policy's credit rules to labelled texts: python -m benchmarks.fit_credit [FILE.jsonl ...]

Needs numpy. A text is known by the naming that scores best in it; the points are a logistic regression on the rules that hold there,
drawn back to the values that the policy has, or to one value for all that speak for a credit and one for all against, with its mark and
its cap. Prints figures for the policy's points, cross-validated ones for fitted points, and the points that the whole set would move
furthest. Nothing is written: change the policy by hand, and run its examples.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pubtrack.credit.check import READER
from pubtrack.credit.judge import Judge
from pubtrack.credit.readers.text import read
from pubtrack.obligations.policy import Policy, load

ROOT = Path(__file__).parents[1]
POLICY = ROOT / "config" / "policies" / "cbs-microdata.toml"
FILES = [
    ROOT / "tests" / "fixtures" / f"credit_{name}.jsonl"
    for name in ("varied", "plain", "held_out", *(f"held_out{number}" for number in range(2, 9)))
]
FOLDS, ROUNDS, STEP = 10, 400, 0.5
PULLS = (0.3, 0.03, 0.003)  # how strongly points are drawn back to the policy's own
SIGNS = (2.0, -4.5)  # points that know nothing but what a rule speaks for
LAST_WORD = -20.0  # what a rule without points weighs here
Floats = NDArray[np.float64]


class Watching(Judge):
    """A judge that keeps, for every naming it weighs, the rules that hold there."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy)
        self.namings: list[frozenset[str]] = []
        self._last: frozenset[str] = frozenset()

    def _score(self, held: Sequence[Any], words: float = 0.0) -> float:
        self._last = frozenset(each.rule.id for each in held)
        return super()._score(held, words)

    def _weighed(self, *given: Any) -> tuple[str | None, bool]:
        result = super()._weighed(*given)
        self.namings.append(self._last)
        return result


@dataclass
class Texts:
    """Labelled texts as rows of rules that hold, and which texts are credits."""

    rules: list[str]
    points: Floats
    beyond: NDArray[np.bool_]  # the rules that are not capped
    above: float
    cap: float
    rows: list[Floats] = field(default_factory=list)  # of each text, one row for every naming
    credits: list[bool] = field(default_factory=list)

    def score(self, row: Floats, points: Floats) -> float:
        if not row[points > 0].any():
            return -1.0  # a credit needs a rule that speaks for one
        said = row * points
        inside = said[(points > 0) & ~self.beyond].sum()
        return float(min(inside, self.cap) + said[(points <= 0) | self.beyond].sum() - self.above)

    def best(self, text: int, points: Floats) -> Floats:
        return max(self.rows[text], key=lambda row: self.score(row, points))


def texts(policy: Policy, files: Sequence[Path]) -> Texts:
    """Given labelled files, return those of their texts that name the provider and are not doubtful."""
    rules = policy.credit.rules
    made = Texts(
        [rule.id for rule in rules],
        np.array([LAST_WORD if rule.points is None else rule.points for rule in rules]),
        np.array([bool(rule.before or rule.after) for rule in rules]),
        policy.credit.above,
        policy.credit.at_most or np.inf,
    )
    judge = Watching(policy)
    for line in [line for file in files for line in file.read_text("utf-8").splitlines()]:
        row = json.loads(line)
        judge.namings = []
        judge(read(row["text"].encode()), reader=READER)
        if judge.namings and row["verdict"] != "absent" and not row.get("doubtful"):
            held = [[float(name in naming) for name in made.rules] for naming in judge.namings]
            made.rows.append(np.array(held))
            made.credits.append(row["verdict"] in ("credited", "prescribed"))
    return made


def fitted(known: Texts, use: Sequence[int], pull: float, start: Floats) -> Floats:
    """Given the texts to learn from, return points: gradient descent on the logistic loss and the distance from where they start."""
    points = start.copy()
    wanted = np.array([known.credits[text] for text in use], dtype=float)
    weight = np.where(wanted > 0, 0.5 / max(wanted.mean(), 0.01), 0.5 / max(1 - wanted.mean(), 0.01))
    for turn in range(ROUNDS):
        if turn % 50 == 0:
            rows = np.array([known.best(text, points) for text in use])
        inside = rows * np.where((points > 0) & ~known.beyond, points, 0)
        full = inside.sum(axis=1) > known.cap
        scores = np.where(full, known.cap, inside.sum(axis=1)) + (rows * points - inside).sum(axis=1) - known.above
        off = weight * (1 / (1 + np.exp(-np.clip(scores, -30, 30))) - wanted)
        moved = rows * ~(full[:, None] & ((points > 0) & ~known.beyond)[None, :])
        points = points - STEP * ((moved * off[:, None]).mean(axis=0) + pull * (points - start))
        points = np.where(known.points > 0, np.maximum(points, 0.05), np.minimum(points, -0.05))
    return points


def figures(known: Texts, points_of: Sequence[Floats]) -> str:
    """Given the points to judge each text by, return the shares of credits seen and of mentions taken."""
    found = [max(known.score(row, points) for row in known.rows[text]) > 0 for text, points in enumerate(points_of)]
    seen = [given for given, wanted in zip(found, known.credits, strict=True) if wanted]
    taken = [given for given, wanted in zip(found, known.credits, strict=True) if not wanted]
    shares = [f"{sum(part)} of {len(part)} ({np.mean(part):.3f})" for part in (seen, taken)]
    return f"credits seen {shares[0]}, mentions taken {shares[1]}"


def main() -> None:
    known = texts(load(POLICY), [Path(name) for name in sys.argv[1:]] or FILES)
    total = len(known.rows)
    print(f"{total} texts that name the provider")
    print(f"the policy's points (seen)      {figures(known, [known.points] * total)}")
    fold = np.random.default_rng(1).permutation(total) % FOLDS
    signs = np.where(known.points > 0, *SIGNS)
    for name, start in (("the policy's", known.points), (f"{SIGNS[0]} and {SIGNS[1]}", signs)):
        for pull in PULLS:
            parts = [[text for text in range(total) if fold[text] != out] for out in range(FOLDS)]
            of_fold = [fitted(known, part, pull, start) for part in parts]
            found = figures(known, [of_fold[fold[text]] for text in range(total)])
            print(f"fitted from {name}, {FOLDS} folds, pull {pull}: {found}")
    everything = fitted(known, range(total), PULLS[1], known.points)
    print(f"moved furthest by the whole set (pull {PULLS[1]}):")
    for place in np.argsort(-abs(everything - known.points))[:12]:
        print(f"  {known.rules[place]:<18} {known.points[place]:6.1f} -> {everything[place]:6.1f}")


if __name__ == "__main__":
    main()
