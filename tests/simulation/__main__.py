"""Run it: `python -m tests.simulation --months 24 --projects 300 --works 2000`. Prints the table of docs/accuracy.md."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

from tests.simulation.figures import Figures, Watch
from tests.simulation.killing import Reaper
from tests.simulation.office import office
from tests.simulation.people import People
from tests.simulation.world import BEGIN, build


def simulate(folder: Path, *, months: int, projects: int, works: int, kills: int = 0, seed: int = 20261122) -> Figures:
    """Given a folder and how large a world, live through it day by day, and return what it came to.

    With `kills`, every run is a process of its own, and so many of them, up to four a day, are killed (SIGKILL) on their way.
    """
    world = build(projects=projects, works=works, months=months, seed=seed)
    with office(folder, world) as house, ExitStack() as last:
        people, watch = People(house, random.Random(seed + 1)), Watch(house)
        readable = 0
        reaper = last.enter_context(closing(Reaper(house, random.Random(seed + 2)))) if kills else None
        for number in range(months * 30):
            day = BEGIN + timedelta(days=number)
            house.open(day)
            if reaper:
                reaper.day(min(4, kills - reaper.killed.runs))
            else:
                house.run()
            readable = house.mailbox.delivered  # what people write after the last run, no run reads
            people.receive(day)
            people.act(day)
            house.staff(day)
            people.letters(day)
            watch.look()
            if sys.stderr.isatty() or number % 30 == 0:
                print(f"\r{day} {len(house.mail.taken)} mails {len(house.slack.posts)} posts", end="", file=sys.stderr)
        print(file=sys.stderr)
        made = watch.figures(people.asked, reaper.killed if reaper else None)
        made.unheard = people.unheard
        made.letters, made.letters_lost = readable, made.letters_lost - (made.letters - readable)
        return made


def main() -> None:
    """Read the command line and print the report."""
    asked = argparse.ArgumentParser(description=__doc__)
    for name, default in (("months", 24), ("projects", 300), ("works", 2000), ("kills", 0), ("seed", 20261122)):
        asked.add_argument(f"--{name}", type=int, default=default)
    asked.add_argument("--json", action="store_true")
    given = asked.parse_args()
    with tempfile.TemporaryDirectory(prefix="pubtrack-simulation-") as folder:
        made = simulate(
            Path(folder),
            months=given.months,
            projects=given.projects,
            works=given.works,
            kills=given.kills,
            seed=given.seed,
        )
    print(json.dumps(made.as_json(), indent=1) if given.json else made.table())


if __name__ == "__main__":
    main()
