"""Fit the weights of matching on reported links: python benchmarks/fit_matching.py FOLDER... [--write]

Prints every weight with what it was; with --write it puts them into pubtrack/config/weights.py. Features that the folders do not show
(ORCIDs, affiliations, findings) keep the value that was set by hand.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from matching_links import fitted, shipped, tasks

from pubtrack.config import weights


def main(arguments: list[str]) -> None:
    given = [each for folder in arguments if not folder.startswith("--") for each in tasks(Path(folder))]
    old, new = shipped(), fitted(given)
    print("[weights]")
    for name, value in old.items():
        print(f"{name} = {new[name]:.2f}  # {'kept' if round(new[name], 2) == value else f'was {value:.2f}'}")
    if "--write" in arguments:
        path = Path(weights.__file__)
        text = path.read_text(encoding="utf-8")
        for name, value in new.items():
            text = re.sub(rf"(?m)^(    {name}: float = )-?[\d.]+", rf"\g<1>{value:.2f}", text)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
