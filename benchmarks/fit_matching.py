"""Fit the weights of matching on reported links: python benchmarks/fit_matching.py FOLDER... prints the table [weights] as TOML.

Features that the folders do not show (ORCIDs, affiliations, findings) keep the value that ships.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matching_links import fit, tasks

from pubtrack.config import Matching


def main(folders: list[str]) -> None:
    shipped = Matching().weights.model_dump()
    given = [each for folder in folders for each in tasks(Path(folder))]
    fitted = fit(given, shipped, lambda _: True)
    print("[weights]")
    for name, old in shipped.items():
        print(f"{name} = {fitted[name]:.2f}  # {'kept' if fitted[name] == old else f'was {old:.2f}'}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
