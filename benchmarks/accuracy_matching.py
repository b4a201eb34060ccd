"""How well matching finds the right project: python benchmarks/accuracy_matching.py FOLDER...

Each FOLDER holds projects.jsonl, works.jsonl, links.jsonl and negatives.jsonl. Figures are printed with the weights that ship, and
cross-validated by project: every pair scored with weights fitted without its project. Only the second is honest on links that the
weights were fitted on; on unseen links the first is.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matching_links import Figures, cross_validated, measure, score, tasks

from pubtrack.config import Matching


def main(folders: list[str]) -> None:
    given = [each for folder in folders for each in tasks(Path(folder))]
    limits = Matching()
    shipped = limits.weights.model_dump()
    held_out = cross_validated(given, shipped)
    print(f"thresholds: accept {limits.accept}, review {limits.review}")
    for each, scored in zip(given, held_out, strict=True):
        print(f"\n{each.title}: {len(each.data.projects)} projects, {len(each.data.linked)} linked works")
        show("shipped weights", measure(each, score(each, shipped)))
        show("cross-validated by project", figures := measure(each, scored))
        print("  reliability (cross-validated): mean score, pairs, share that is linked")
        for value, pairs, share in figures.reliability:
            print(f"    {value:.2f} {pairs:5d} {share:.2f}")


def show(how: str, figures: Figures) -> None:
    low, high = figures.accept_interval
    among = ", ".join(f"first {n} {share:.3f}" for n, share in figures.among.items())
    print(f"  {how}")
    print(
        f"    best project, asked or accepted: P {figures.precision:.3f} R {figures.recall:.3f} F1 {figures.f1:.3f}; {among}"
    )
    print(
        f"    accept band: {figures.accepted} pairs, project precision {figures.accept_precision:.3f} ({low:.3f} to {high:.3f}),"
        f" recall {figures.accept_recall:.3f}, lead precision {figures.accept_lead_precision:.3f},"
        f" negatives {figures.negatives_accepted}, unlabelled {figures.unlabelled_accepted}"
    )


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
