"""Many works against many projects: python -m benchmarks.matching_scale [--works 1000000] [--peers 20000 100000] [--more]

A made world (benchmarks/matching_world.py) is weighed from a stream of works, as the product weighs it: the sieve first, then what
passes. On parts of the same input splink and recordlinkage block and compare the authors of works with the people of projects, in turns
with pubtrack; they keep all in memory and do no more than that. With --more they compare what pubtrack compares: forms of given names,
titles by the words or letters that they share, years. CPU seconds of each, in processes of their own, and peak memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from matching_world import make

from pubtrack.config import Matching
from pubtrack.matching.blocking import Index
from pubtrack.matching.evidence import gather
from pubtrack.matching.pool import Pool
from pubtrack.matching.scoring import judge
from pubtrack.matching.sieve import Sieve

_SAMPLE = 20_000  # works that say how rare words are


def ours(works: int) -> dict[str, float]:
    """Given a number of works, weigh them and return CPU seconds and what was found."""
    world = make(works=works)
    sample = make(works=min(works, _SAMPLE)).works()
    making = 0.0
    began = time.process_time()
    pool = Pool(world.projects)
    taken = time.process_time() - began
    at = time.process_time()
    while batch := list(islice(sample, 5_000)):
        making += time.process_time() - at
        pool.see(batch)
        at = time.process_time()
    views = pool.views({})
    index, sieve = Index(views, pool.rarity), Sieve(views, pool.lexicon)
    prepared = time.process_time() - began - making
    weights, limits = Matching().weights.model_dump(), Matching()
    found: Counter[tuple[str, bool]] = Counter()
    passed = 0.0
    stream = world.works()
    while True:
        at = time.process_time()
        batch = list(islice(stream, 5_000))
        making += time.process_time() - at
        if not batch:
            break
        for work in filter(sieve.passes, batch):
            passed += 1
            subject = pool.subject(work, harvested=True)
            pairs = gather(subject, index.candidates(subject), pool, index)
            for match in judge(pairs, weights, accept=limits.accept, review=limits.review):
                found[match.band.value, world.truth.get(match.work_id) == match.project_id] += 1
    seconds = time.process_time() - began - making
    return {
        "seconds": seconds,
        "prepared": prepared,
        "of it the projects' words and people": taken,
        "passed": passed,
        "outputs": len(world.truth),
        "accepted": found["accept", True] + found["accept", False],
        "accepted right": found["accept", True],
        "asked": found["review", True] + found["review", False],
        "asked right": found["review", True],
    }


def _tables(works: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    world = make(works=works)
    left = [
        {
            "unique_id": number,
            "family": person.family,
            "initial": person.given[:1],
            "given": person.given,
            "title": project.title,
            "year": project.started_on.year if project.started_on else 0,
        }
        for number, (project, person) in enumerate((each, person) for each in world.projects for person in each.people)
    ]
    right = [
        {
            "unique_id": number,
            "family": a["family"],
            "initial": a["given"][:1],
            "given": a["given"],
            "title": work.title,
            "year": work.csl["issued"]["date-parts"][0][0],
        }
        for number, (work, a) in enumerate((work, author) for work in world.works() for author in work.authors)
    ]
    return left, right


def by_recordlinkage(works: int, more: bool = False) -> dict[str, float]:
    """Given a number of works, block on family name and initial, compare given names and titles, and return CPU seconds."""
    import pandas
    import recordlinkage

    left, right = (pandas.DataFrame(rows).set_index("unique_id") for rows in _tables(works))
    began = time.process_time()
    pairs = recordlinkage.index.Block(["family", "initial"]).index(left, right)
    compare = recordlinkage.Compare()
    compare.string("given", "given", method="jarowinkler")
    compare.string("title", "title", method="cosine" if more else "jarowinkler")
    if more:
        compare.exact("given", "given")
        compare.numeric("year", "year", method="linear", offset=2, scale=5)
    compare.compute(pairs, left, right)
    return {"seconds": time.process_time() - began, "pairs": len(pairs)}


def by_splink(works: int, more: bool = False) -> dict[str, float]:
    """Given a number of works, block and compare alike, with a model of given weights, and return CPU seconds."""
    import logging

    import pandas
    import splink.comparison_library as compared
    from splink import Linker, SettingsCreator, block_on
    from splink.backends.duckdb import DuckDBAPI

    logging.disable(logging.WARNING)
    left, right = (pandas.DataFrame(rows) for rows in _tables(works))
    began = time.process_time()
    plain = [
        compared.JaroWinklerAtThresholds("given", [0.9]),
        compared.JaroWinklerAtThresholds("title", [0.8]),
    ]
    equal = [
        compared.NameComparison("given"),
        compared.JaccardAtThresholds("title", [0.8, 0.6, 0.4]),
        compared.ExactMatch("year"),
    ]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=equal if more else plain,
        blocking_rules_to_generate_predictions=[block_on("family", "initial")],
    )
    api = DuckDBAPI()
    linker = Linker([api.register(left), api.register(right)], settings)
    pairs = linker.inference.predict().as_record_list()
    return {"seconds": time.process_time() - began, "pairs": len(pairs)}


WAYS: dict[str, Callable[[int], dict[str, float]]] = {
    "pubtrack": ours,
    "recordlinkage": by_recordlinkage,
    "splink": by_splink,
    "recordlinkage, more": partial(by_recordlinkage, more=True),
    "splink, more": partial(by_splink, more=True),
}


def apart(way: str, works: int) -> dict[str, float]:
    """Given a way and a number of works, do it in a process of its own and return what it says, with its peak memory."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            told = WAYS[way](works)
            told["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            os.write(writing, repr(told).encode())
        except Exception as error:  # the table tells it
            os.write(writing, repr({"failed": f"{type(error).__name__}: {error}"[:300]}).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    os.waitpid(child, 0)
    import ast

    return dict(ast.literal_eval(text or "{}"))


def main() -> None:
    """Print the table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--works", type=int, default=100_000, help="works given to pubtrack alone")
    asked.add_argument("--peers", type=int, nargs="*", default=[20_000, 100_000], help="works given to all of them")
    asked.add_argument("--more", action="store_true", help="the others compare what pubtrack compares")
    given = asked.parse_args()
    more = ", more" if given.more else ""
    for works in given.peers:
        told = {way: apart(way, works) for way in ("pubtrack", f"recordlinkage{more}", f"splink{more}")}
        for way, figures in told.items():
            print(f"{way}, {works} works, 10,000 projects: {figures}", flush=True)
        mine, *others = (figures.get("seconds", 0.0) for figures in told.values())
        print(f"pubtrack is {min(others) / mine:.2f} times as fast as the faster of the others", flush=True)
    if given.works not in given.peers:
        print(f"pubtrack, {given.works} works, 10,000 projects: {apart('pubtrack', given.works)}", flush=True)


if __name__ == "__main__":
    main()
