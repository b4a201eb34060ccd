"""How well matching finds the right project: python benchmarks/accuracy_matching.py FOLDER... [--shipped]

Each FOLDER holds projects.jsonl, works.jsonl, links.jsonl and negatives.jsonl. Where projects name people, works are matched with
abstracts and without; where none does, with every project's other outputs as confirmed, and with nothing. Figures are
cross-validated by project:
every pair is scored with weights fitted without its project. With --shipped they are those of the weights that ship, which is right for
links that nobody fitted on. Beside them: what a sketch of sixty lines reached, and what is aimed at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matching_links import Figures, cross_validated, measure, score, shipped, tasks

from pubtrack.config import Matching

_LISTED = {"F1": (0.87, 0.90), "three": (0.91, 0.93), "accept": ("0.96 at 0.70", "0.97 at 0.65"), "lead": (None, 0.99)}
_LEARNED = {"F1": (0.75, 0.80), "three": (0.76, 0.82), "accept": ("0.99 at 0.53", "0.98 at 0.55")}
_NOBODY = {"F1": (0.43, 0.50), "ten": (0.52, 0.60), "accept": ("none", "none")}


def main(arguments: list[str]) -> None:
    folders = [Path(argument) for argument in arguments if not argument.startswith("--")]
    given = [each for folder in folders for each in tasks(folder)]
    limits = Matching()
    if "--shipped" in arguments:
        how, scored = "the weights that ship", [score(each, shipped()) for each in given]
    else:
        how, scored = "cross-validated by project", cross_validated(given)
    print(f"{how}; thresholds: accept {limits.accept}, review {limits.review}")
    for each, found in zip(given, scored, strict=True):
        aims = _LISTED if each.data.named else _LEARNED if each.known else _NOBODY
        print(f"\n{each.title}: {len(each.data.projects)} projects, {len(each.data.linked)} linked works")
        show(measure(each, found), aims)


def show(figures: Figures, aims: dict[str, tuple[object, object]]) -> None:
    print(f"  {'':52s} {'here':>26s} {'sketch':>14s} {'at least':>14s}")

    def row(what: str, here: str, aim: str = "") -> None:
        sketch, least = aims.get(aim, ("", ""))
        print(f"  {what:52s} {here:>26s} {sketch if sketch is not None else '':>14} {least:>14}")

    low, high = figures.f1_interval
    row("best project per work, F1", f"{figures.f1:.3f} ({low:.3f} to {high:.3f})", "F1")
    row("  precision and recall", f"{figures.precision:.3f} {figures.recall:.3f}")
    row("right project first", f"{figures.among[1]:.3f}")
    row("  among the first three", f"{figures.among[3]:.3f}", "three")
    row("  among the first ten", f"{figures.among[10]:.3f}", "ten")
    low, high = figures.accept_interval
    if figures.accepted:
        row(
            f"accepted ({figures.accepted}): precision at recall",
            f"{figures.accept_precision:.3f} at {figures.accept_recall:.3f}",
            "accept",
        )
        row("  interval of the precision", f"{low:.3f} to {high:.3f}")
        row("  lead precision", f"{figures.accept_lead_precision:.3f}", "lead")
    else:
        row("accepted", "none", "accept")
    told = ", ".join(f"{precision:.3f} at {recall}" for recall, precision in figures.precision_at.items() if precision)
    row("by score alone: precision at recall", told)
    row("negatives accepted", str(figures.negatives_accepted))
    row("unlabelled accepted (counted nowhere else)", str(figures.unlabelled_accepted))
    print("  scores, tenth by tenth: mean score, pairs, share that is linked")
    for tenth in figures.reliability:
        print(f"    {tenth.mean:.2f} {tenth.pairs:5d} {tenth.share:.2f}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
