"""Weights from what people decided here: learned, tried on decisions that they were not learned from, written only if better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pubtrack.config import Settings
from pubtrack.errors import UsageError
from pubtrack.matching import stage
from pubtrack.matching.learning import Example, folds, learn, without
from pubtrack.matching.reliability import log_loss, wilson
from pubtrack.matching.scoring import judge, weigh
from pubtrack.models import Band, StageReport
from pubtrack.store import Store, works

_LEAST = 30  # decisions; fewer teach accidents
_LEAST_OF_A_KIND = 5
_RIDGE = 10.0  # the weights that ship stand for hundreds of links: some dozens of decisions move them a little


@dataclass(frozen=True, slots=True)
class Figures:
    """How weights do on decided pairs."""

    loss: float  # mean of minus the logarithm of what was given to the truth
    accepted: int
    accepted_right: int
    right: int  # decided to be outputs
    first: int  # of these, put first among the projects of the work

    def told(self) -> str:
        """Return them as one line."""
        low, high = wilson(self.accepted_right, self.accepted)
        precision = f"{self.accepted_right} of {self.accepted} accepted are right ({low:.2f} to {high:.2f})"
        return f"log loss {self.loss:.3f}; {precision}; {self.first} of {self.right} outputs stand first"


def run(store: Store, settings: Settings, *, path: Path, write: bool) -> StageReport:
    """Given what people decided, learn weights and report figures before and after, cross-validated by project.

    With `write`, put them into the table [weights] of the file at `path`, if they do better; else nothing is written.
    Raise UsageError where too little was decided.
    """
    report = StageReport("calibrate")
    present = settings.matching.weights.model_dump()
    known = _examples(store, settings)
    said = [mine for example in known for mine in example.said.values()]
    report.counts |= {"decisions": len(said), "outputs": sum(said)}
    if len(said) < _LEAST or min(sum(said), len(said) - sum(said)) < _LEAST_OF_A_KIND:
        raise UsageError(
            f"Too little was decided: {sum(said)} outputs and {len(said) - sum(said)} refusals of works that are weighed."
            f" Calibration needs {_LEAST} decisions, {_LEAST_OF_A_KIND} of each kind; until then the weights that ship are better."
        )
    before, after = _held_out(known, present, settings)
    report.notes += [f"before: {before.told()}", f"after:  {after.told()}"]
    better = after.loss < before.loss and _precision(after) >= _precision(before)
    if not better:
        report.notes.append(
            "The present weights stay: the learned ones do no better on decisions they did not learn from."
        )
    elif not write:
        report.notes.append("The learned weights do better. Write them with: pubtrack match --calibrate --write")
    else:
        learned = learn(known, present, ridge=_RIDGE)
        changed = {
            name: round(value, 2) for name, value in learned.items() if round(value, 2) != round(present[name], 2)
        }
        standing = settings.matching.weights.model_dump(exclude_defaults=True)
        path.write_text(
            with_weights(path.read_text(encoding="utf-8") if path.is_file() else "", standing | changed),
            encoding="utf-8",
        )
        report.counts["changed"] = len(changed)
        report.files.append(str(path))
    return report


def with_weights(text: str, weights: Mapping[str, float]) -> str:
    """Given matching.toml, return it with these weights as its table [weights], and everything else as it was."""
    kept, inside = [], False
    for line in text.splitlines():
        if line.strip().startswith("["):
            inside = line.strip() == "[weights]"
        if not inside:
            kept.append(line)
    table = [f"{name} = {value:g}" for name, value in sorted(weights.items())]
    return "\n".join([*"\n".join(kept).rstrip().splitlines(), "", "[weights]", *table, ""])


def _examples(store: Store, settings: Settings) -> list[Example]:
    decided = stage.verdicts(store)
    weigher = stage.weigher(store, settings)
    held = works.some(store, {work_id for _, work_id in decided})
    found = []
    for work_id, work in sorted(held.items()):
        pairs = weigher.pairs(weigher.subject(work))
        said = {pair.project_id: decided[key] for pair in pairs if (key := (pair.project_id, work_id)) in decided}
        if said:
            found.append(Example(pairs, said))
    return found


def _held_out(known: Sequence[Example], present: Mapping[str, float], settings: Settings) -> tuple[Figures, Figures]:
    fold = folds(project_id for example in known for project_id in example.said)
    before, after = [], []
    for out in sorted(set(fold.values())):
        held_out = frozenset(project_id for project_id, at in fold.items() if at == out)
        learned = learn(without(known, held_out), present, ridge=_RIDGE)
        for example in known:
            told = {project_id: mine for project_id, mine in example.said.items() if project_id in held_out}
            if told:
                before.append(_scored(example, told, present, settings))
                after.append(_scored(example, told, learned, settings))
    return _figures(before), _figures(after)


def _scored(
    example: Example, told: Mapping[str, bool], weights: Mapping[str, float], settings: Settings
) -> list[tuple[float, bool, bool, bool]]:
    """Per decided pair: score, whether it is right, whether it would be accepted, whether it stands first."""
    scores = {weighed.pair.project_id: weighed.score for weighed in weigh(example.pairs, weights)}
    limits = settings.matching
    found = judge(example.pairs, weights, accept=limits.accept, review=limits.review)
    accepted = {match.project_id for match in found if match.band is Band.ACCEPT}
    best = max(scores, key=lambda project_id: (scores[project_id], project_id))
    return [(scores[p], mine, p in accepted, p == best) for p, mine in told.items()]


def _figures(scored: Sequence[Sequence[tuple[float, bool, bool, bool]]]) -> Figures:
    rows = [row for found in scored for row in found]
    return Figures(
        log_loss((score, mine) for score, mine, _, _ in rows),
        sum(accepted for _, _, accepted, _ in rows),
        sum(accepted and mine for _, mine, accepted, _ in rows),
        sum(mine for _, mine, _, _ in rows),
        sum(first and mine for _, mine, _, first in rows),
    )


def _precision(figures: Figures) -> float:
    return figures.accepted_right / figures.accepted if figures.accepted else 1.0
