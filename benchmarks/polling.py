"""What a daily poll of Crossref costs as the register grows, beside the plain way: one search for every person.

The peer holds what moved in the world in the days that a poll reaches back over: 30,000 works a day, half of them with an ORCID (the
others are no part of any answer here, so they are left out), and the day's 200 works of the register's people, whole records of some 4 kB.
"""

from __future__ import annotations

import random
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pubtrack.config import Contact, Institution, Settings
from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery import stage
from pubtrack.discovery.sources import crossref, crossref_sweep
from pubtrack.identifiers import orcid_check_digit
from pubtrack.models import Person, Project
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, projects
from tests.peers.crossref import CrossrefPeer

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
CHANGED = 200  # works of the day, by people of the register
MOVED = 15_000  # works a day with an ORCID, by strangers
DAYS = 5  # that a poll asks for: three of overlap, yesterday, today
BEFORE = 31  # polls before the one that is measured, so that searches by name have a rhythm; fewer where they fill every run anyway
PEOPLE = 3.5  # to a project
WITH_ORCID = 0.6
SETTINGS = Settings(
    institution=Institution(name="University of Example", contact=Contact(name="DCC", email="dcc@example.org")),
    policies=(),
)


@dataclass(frozen=True)
class Cost:
    """What one day's poll came to."""

    requests: int
    searches: int
    megabytes: float
    found: int


def orcid(number: int) -> str:
    """Given a number, return an ORCID with its check digit."""
    digits = f"0000000{number:08d}"
    return "-".join(re.findall("....", digits + orcid_check_digit(digits)))


def person(number: int) -> Person:
    """Given a number, return a fictional person; six in ten have an ORCID."""
    known = number % 10 < WITH_ORCID * 10
    return Person(
        f"Given{number}", f"Family{number}", orcid=orcid(number) if known else None, email=f"p{number}@example.org"
    )


def work(doi: str, day: datetime, authors: list[dict[str, Any]], size: int = 0) -> dict[str, Any]:
    """Given what differs, return a work as the API gives it, `size` bytes larger by its references."""
    return {
        "DOI": doi,
        "type": "journal-article",
        "title": [f"A work of the day, {doi}"],
        "author": authors,
        "issued": {"date-parts": [[2026, 11, 15]]},
        "indexed": {"date-time": f"{day:%Y-%m-%d}T10:00:00Z"},
    } | ({"reference": [{"key": str(n), "unstructured": "x" * 80} for n in range(size // 110)]} if size else {})


def strangers() -> Iterator[dict[str, Any]]:
    """Yield what the rest of the world's works came to in the days a poll asks for: four authors each, one in two with an ORCID."""
    chance = random.Random(1)
    for day in range(DAYS):
        for n in range(MOVED):
            authors = []
            for at in range(4):
                one: dict[str, Any] = {
                    "given": "Some A.",
                    "family": f"Stranger{chance.randrange(10**6)}",
                    "affiliation": [],
                }
                one["sequence"] = "additional" if at else "first"
                if at % 2 == 0:
                    one["ORCID"] = f"https://orcid.org/{orcid(10**7 + chance.randrange(10**7))}"
                    one["authenticated-orcid"] = False
                if chance.random() < 0.1:
                    one["affiliation"] = [{"name": "Department of Examples, University of Elsewhere, Elsewhere"}]
                authors.append(one)
            yield work(f"10.5555/world.{day}.{n}", NOW - timedelta(days=day), authors)


def poll(number: int, peer: CrossrefPeer, file: Path, *, now: datetime, sweeps: bool = True) -> Cost:
    """Given a number of projects in a database, poll once and return what it cost."""
    few, crossref_sweep.FEW = crossref_sweep.FEW, crossref_sweep.FEW if sweeps else 10**9
    before, sent, asked = peer.requests, peer.sent, len(peer.seen)
    try:
        config = CrossrefSource(kind="crossref", mailto="dcc@example.org", base_url=peer.url, first_since="2026-10-01")
        session = PoliteSession("crossref", user_agent="pubtrack")
        source = crossref.Crossref(config, session, rors=["04vgbd477"], affiliation="University of Example")
        with closing(Store.open(file)) as store:
            report = stage.run(store, SETTINGS, now=now, sources=[source])
    finally:
        crossref_sweep.FEW = few
    if report.faults or report.counts["requests"] != peer.requests - before:
        raise RuntimeError(f"{number} projects: {report.faults}, {report.counts}")
    searches = sum("query.author" in seen for seen in peer.seen[asked:])
    return Cost(peer.requests - before - searches, searches, (peer.sent - sent) / 1e6, report.counts.get("new", 0))


def day(number: int, world: CrossrefPeer) -> tuple[int, Cost, Cost]:
    """Given a number of projects, return its people, and what the day's poll costs, without sweeps and as it is."""
    people = [person(n) for n in range(int(number * PEOPLE))]
    chance = random.Random(number)
    known = [one for one in people if one.orcid]
    with tempfile.TemporaryDirectory() as folder, CrossrefPeer([]) as peer:
        file, other = Path(folder) / "pubtrack.db", Path(folder) / "other.db"
        with closing(Store.open(file)) as store, store.atomic():
            for n in range(number):
                team = people[int(n * PEOPLE) : int((n + 1) * PEOPLE)]
                projects.save(store, Project(str(n), f"Project {n}", members=tuple(team)), at="2026-10-01T11:00:00Z")
        for ago in range(BEFORE if number <= 1000 else 2, 0, -1):
            poll(number, peer, file, now=NOW - timedelta(days=ago))
        peer.take(world)
        for n, author in enumerate(chance.choices(known, k=CHANGED)):
            named = {"given": author.given, "family": author.family, "ORCID": f"https://orcid.org/{author.orcid}"}
            peer.put(work(f"10.5555/poll.{number}.{n}", NOW - timedelta(days=1), [named], size=3_500))
        shutil.copy(file, other)
        return len(people), poll(number, peer, other, now=NOW, sweeps=False), poll(number, peer, file, now=NOW)


def table(numbers: list[int]) -> None:
    """Print what a day's poll costs at these numbers of projects."""
    print(
        "One day's poll of Crossref; requests for ORCIDs and the institution, searches by name, megabytes on the line (gzip)"
    )
    print(
        f"{'':9} {'':8} {'plain way':>10} | {'lists only':>21} | {'as it is':>21} {'all':>6} {'share':>6} {'found':>6}"
    )
    world = CrossrefPeer(strangers())
    for number in numbers:
        people, lists, ours = day(number, world)
        whole = ours.requests + ours.searches
        print(
            f"{number:9,} {people:8,} {people:10,} | {lists.requests:5,} +{lists.searches:4} {lists.megabytes:7.1f} MB |"
            f" {ours.requests:5,} +{ours.searches:4} {ours.megabytes:7.1f} MB {whole:6,} {whole / people:6.2%} {ours.found:6}",
            flush=True,
        )
        if lists.found != ours.found:
            raise RuntimeError(f"lists found {lists.found} works, the plan {ours.found}")
    world.close()
    print("wanted: 2 % at 10,000 projects; flat where ORCIDs are known")
