"""Learn what the words around a naming say for a credit: python -m benchmarks.fit_words [--write] [FILE.jsonl ...]

Needs numpy. Takes labelled texts and the policy's own examples, and of each the naming that speaks most for a credit; its words, those
of the sentences beside it and its place are weighed by a logistic regression, drawn to zero. Prints for every set what the rules alone
come to, and the rules with words that were learned from all other sets. With --write the weights go into the policy's [credit.weighed].
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pubtrack.credit.beside import Beside
from pubtrack.credit.check import READER
from pubtrack.credit.judge import Judge
from pubtrack.credit.readers.text import read
from pubtrack.credit.steps import Words
from pubtrack.credit.weighing import _ENOUGH, _FEW, signs
from pubtrack.models import Verdict
from pubtrack.obligations.policy import Policy, load

ROOT = Path(__file__).parents[1]
POLICY = ROOT / "config" / "policies" / "cbs-microdata.toml"
FILES = sorted((ROOT / "tests" / "fixtures").glob("credit_*.jsonl"))
EXAMPLES = "examples of rules"
HALF = ("credit_pairs",)  # made to be hard, each beside its contrary: they count half
KEPT, LEAST, PULL, SHAPE = (
    1000,
    3,
    1 / 3,
    0.4,
)  # signs; texts that must have one; how strongly they are drawn to zero; weight of the shape
COUNTS, SHIFT, AT_MOST = 2.0, 0.7, 3.0  # how much words count beside the rules' points, and where they start
ALONE = 2.0  # what they must come to where no rule speaks for a credit
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Naming:
    """One naming: what the rules come to where words say so much more, and its signs with their sizes."""

    score: Callable[[float], float]
    signs: dict[str, float]


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled text that names the provider."""

    group: str
    weight: float
    credit: bool
    namings: tuple[Naming, ...]


class Watching(Judge):
    """A judge that keeps what it sees of every naming, and weighs no words."""

    def __init__(self, policy: Policy) -> None:
        super().__init__(policy.model_copy(update={"credit": policy.credit.model_copy(update={"weighed": None})}))
        self.namings: list[Naming] = []
        self._found: Sequence[Any] = ()

    def _score(self, held: Sequence[Any], words: float = 0.0) -> float:
        self._found = held
        return super()._score(held, words)

    def _score_of(self, held: Sequence[Any], enough: bool, words: float) -> float:
        told = any(rule.points > 0 for rule in held)
        score, above = super()._score(held, words), self.policy.credit.above
        return score if told else score + above - (ALONE if enough and not held else ALONE + AT_MOST)

    def _weighed(self, words: Words, section: str | None, near: Beside | None) -> tuple[str | None, bool]:
        super()._weighed(words, section, near)
        if near is not None:
            beside = near.words(-1).text + near.words(1).text
            sizes: dict[str, float] = {}
            for kind, found, among in signs(words.text, beside):
                size = 1 / sqrt(max(_FEW, among)) if among else SHAPE
                sizes.update((f"{kind} {word}", size) for word in found)
            self.namings.append(
                Naming(partial(self._score_of, tuple(self._found), words.text.count(" ") >= _ENOUGH), sizes)
            )
        return None, False  # so every naming is seen


def texts(policy: Policy, files: Iterable[Path]) -> Iterator[tuple[str, bool, str]]:
    """Given a policy and labelled files, yield set, whether it is a credit, and text, for each text and each of the policy's examples."""
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            if row["verdict"] != "absent" and not row.get("doubtful"):
                part = re.match(r"[a-z]*", row["id"])
                group = file.stem + (f" {part.group()}" if part and file.stem == "credit_held_out" else "")
                yield group, row["verdict"] != "mentioned", row["text"]
    for rule in policy.credit.rules:
        credits_ = rule.verdict is Verdict.CREDITED
        yield from ((EXAMPLES, credits_, text) for text in rule.yes)
        yield from ((EXAMPLES, not credits_, text) for text in rule.no)


def cases(policy: Policy, files: Iterable[Path]) -> list[Case]:
    """Given a policy and labelled files, return those of their texts, and of the policy's examples, that name the provider."""
    judge, made = Watching(policy), []
    for group, credits_, text in texts(policy, files):
        judge.namings = []
        judge(read(text.encode()), reader=READER)
        if judge.namings:
            made.append(Case(group, 0.5 if group in HALF else 1.0, credits_, tuple(judge.namings)))
    return made


def learned(known: Sequence[Case], turns: int = 2) -> tuple[float, dict[str, float]]:
    """Given cases, return where their words' sum starts and the weights of those kept.

    A text is known by the naming that speaks most for a credit: at first by the rules' points, then by both.
    """
    chosen = [max(case.namings, key=lambda naming: naming.score(0)) for case in known]
    start, weights = 0.0, dict[str, float]()
    for _ in range(turns):
        counts: dict[str, int] = {}
        for naming in chosen:
            for sign in naming.signs:
                counts[sign] = counts.get(sign, 0) + 1
        names = sorted(sign for sign, count in counts.items() if count >= LEAST)
        start, found = _fitted(known, chosen, names)
        size = np.sqrt((_matrix(chosen, names) ** 2).mean(axis=0))
        names = sorted(names[place] for place in np.argsort(-abs(found) * size)[:KEPT])
        start, found = _fitted(known, chosen, names)
        weights = dict(zip(names, found.tolist(), strict=True))
        chosen = [max(case.namings, key=lambda naming: naming.score(said(naming, start, weights))) for case in known]
    return start, weights


def _matrix(chosen: Sequence[Naming], names: Sequence[str]) -> Floats:
    place = {name: number for number, name in enumerate(names)}
    made = np.zeros((len(chosen), len(names)))
    for row, naming in enumerate(chosen):
        for sign, size in naming.signs.items():
            if sign in place:
                made[row, place[sign]] = size
    return made


def _fitted(known: Sequence[Case], chosen: Sequence[Naming], names: Sequence[str]) -> tuple[float, Floats]:
    """Fit a logistic regression, both verdicts counting the same, by Newton's steps on the texts' side: there are fewer of them."""
    rows = _matrix(chosen, names)
    likeness = rows @ rows.T / PULL + 100.0  # the start is a sign that all have, hardly drawn to zero
    wanted = np.array([case.credit for case in known], dtype=float)
    weight = np.array([case.weight for case in known])
    for verdict in (0.0, 1.0):
        weight[wanted == verdict] *= 0.5 * weight.sum() / weight[wanted == verdict].sum()
    held = np.zeros(len(known))
    for _ in range(30):
        score = likeness @ held
        chance = 1 / (1 + np.exp(-np.clip(score, -30, 30)))
        curve = np.maximum(weight * chance * (1 - chance), 1e-9)
        aim = score + weight * (wanted - chance) / curve
        new = np.linalg.solve(likeness + np.diag(1 / curve), aim)
        if abs(new - held).max() < 1e-6:
            break
        held = new
    return float(100.0 * held.sum()), rows.T @ held / PULL


def said(naming: Naming, start: float, weights: dict[str, float]) -> float:
    """Given what was learned, return what a naming's words say for a credit."""
    total = start + sum(weights[sign] * size for sign, size in naming.signs.items() if sign in weights)
    return max(-AT_MOST, min(AT_MOST, COUNTS * total + SHIFT))


def best(case: Case, start: float, weights: dict[str, float], above: float) -> float:
    """Return how far a case's best naming comes above the policy's mark, words and all."""
    return max(naming.score(said(naming, start, weights)) for naming in case.namings) - above


def shares(found: Sequence[tuple[bool, bool]]) -> str:
    """Given what was wanted and found of cases, return the shares of credits seen and mentions taken."""
    seen = [given for wanted, given in found if wanted]
    taken = [given for wanted, given in found if not wanted]
    return (
        f"{sum(seen):3} of {len(seen):3} ({np.mean(seen):.3f}), {sum(taken):3} of {len(taken):3} ({np.mean(taken):.3f})"
    )


def report(known: Sequence[Case], above: float) -> None:
    """Print for every set the rules alone, and the rules with words learned from all other sets."""
    everything: list[tuple[bool, bool, float]] = []
    for group in sorted({case.group for case in known}):
        start, weights = learned([case for case in known if case.group != group])
        part = [
            (case.credit, max(naming.score(0) for naming in case.namings) > above, best(case, start, weights, above))
            for case in known
            if case.group == group
        ]
        everything += part
        alone = shares([(wanted, given) for wanted, given, _ in part])
        print(f"{group:<20} rules {alone}   with words of the others {shares([(w, s > 0) for w, _, s in part])}")
    print(f"{'all':<20} rules {shares([(wanted, given) for wanted, given, _ in everything])}")
    for move in (-1.0, -0.5, 0.0, 0.5, 1.0):
        print(f"{'':<20} with words, the mark moved by {move:4}: {shares([(w, s > move) for w, _, s in everything])}")


def table(start: float, weights: dict[str, float]) -> str:
    """Given what was learned, return it as the policy's [credit.weighed]."""
    lines = [
        "[credit.weighed]",
        f"start = {COUNTS * start + SHIFT:.2f}",
        f"at_most = {AT_MOST}",
        f"alone = {ALONE}",
        "[credit.weighed.words]",
    ]
    kinds: dict[str, list[str]] = {}
    for sign, weight in sorted(weights.items()):
        kind, word = sign.split(" ", 1)
        value = COUNTS * weight * (SHAPE if kind == "shape" else 1)
        if abs(value) >= 0.05:
            kinds.setdefault(kind, []).append(f"{word} {value:.1f}" if kind != "shape" else f"{word} {value:.2f}")
    for kind, words in kinds.items():
        lines.append(f"{kind} = '''")
        line = ""
        for word in words:
            if len(line) + len(word) > 138:
                lines.append(line.strip())
                line = ""
            line += f"{word} "
        lines += [line.strip(), "'''"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Learn, print and, if asked, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE.jsonl")
    parser.add_argument("--quiet", action="store_true", help="leave the figures out: they take minutes")
    parser.add_argument("--write", action="store_true", help="put the weights into the policy")
    arguments = parser.parse_args()
    policy = load(POLICY)
    known = cases(policy, arguments.files or FILES)
    if not arguments.quiet:
        report(known, policy.credit.above)
    if arguments.write:
        content = POLICY.read_text("utf-8")
        head = content.split("[credit.weighed]")[0].rstrip("\n")
        POLICY.write_text(f"{head}\n\n{table(*learned(known))}", "utf-8")


if __name__ == "__main__":
    main()
