"""What scanning a Crossref public data file costs: records per CPU second, beside unpacking and reading every record as JSON.

`python -m benchmarks.scanning [RECORDS]`. The works are made up, with references as real ones have them; the register has 10,000 projects
and 35,000 people, of whom six in ten have an ORCID. Both ways run in turns, in one process, and find the same works.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.polling import person
from pubtrack.discovery.sources import dump
from pubtrack.discovery.sources.dump import Part

PROJECTS, IN_A_FILE, ROUNDS = 10_000, 5_000, 3


def work(number: int, chance: random.Random) -> dict[str, Any]:
    """Given a number, return a made-up work as Crossref gives it; one in two hundred is by somebody of the register."""
    words = [f"word{chance.randrange(5_000)}" for _ in range(160)]
    orcid = person(chance.randrange(int(PROJECTS * 3.5))).orcid if number % 200 == 0 else None
    stranger = f"0000-0002-{chance.randrange(10_000):04d}-{chance.randrange(10_000):04d}"
    authors: list[dict[str, Any]] = [
        {"given": "G.", "family": f"Name{chance.randrange(90_000)}", "sequence": "additional", "affiliation": []}
        for _ in range(chance.randrange(1, 7))
    ]
    if orcid or number % 3 == 0:
        authors[0]["ORCID"] = f"http://orcid.org/{orcid or stranger}"
    references = [
        {
            "key": f"ref{at}",
            "doi-asserted-by": "crossref",
            "DOI": f"10.5555/r.{chance.randrange(10**7)}",
            "first-page": str(chance.randrange(900)),
            "volume": str(at),
            "year": "2019",
            "author": f"Name{chance.randrange(90_000)}",
            "journal-title": " ".join(words[at : at + 4]),
        }
        for at in range(chance.randrange(60))
    ]
    return {
        "indexed": {"date-parts": [[2026, 1, 1]], "date-time": "2026-01-01T00:00:00Z", "timestamp": 1767225600000},
        "DOI": f"10.5555/w.{number}",
        "type": "journal-article",
        "title": [" ".join(words[:12])],
        "abstract": " ".join(words) if number % 3 == 0 else "",
        "author": authors,
        "reference": references,
    }


def plainly(part: Part) -> set[str]:
    """Unpack, read everything as JSON, look at every work."""
    wanted = dump.whom(part.wanted)
    return {
        item["DOI"] for item in json.loads(gzip.decompress(Path(part.path).read_bytes()))["items"] if wanted.takes(item)
    }


def main() -> None:
    """Print the table."""
    records = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    chance = random.Random(1)
    people = [person(number) for number in range(int(PROJECTS * 3.5))]
    wanted = dump.told(people, ["012p63287"], ["University of Example", "Universiteit van Voorbeeld"], [])
    with tempfile.TemporaryDirectory() as folder:
        for start in range(0, records, IN_A_FILE):
            items = [work(number, chance) for number in range(start, min(start + IN_A_FILE, records))]
            text = json.dumps({"items": items}, separators=(",", ":")).encode()
            (Path(folder) / f"{start}.json.gz").write_bytes(gzip.compress(text, 6))
        parts = dump.parts(Path(folder), wanted)
        dump.read(parts[0])
        packed = sum(part.size for part in parts) / 1e6
        ours, plain = [], []
        for _ in range(ROUNDS):
            began = time.process_time()
            found = {doi for part in parts for doi, _, _ in dump.read(part).works}
            middle = time.process_time()
            same = {doi for part in parts for doi in plainly(part)}
            ours.append(middle - began)
            plain.append(time.process_time() - middle)
            assert found == same, "both ways must find the same works"
        print(
            f"{records:,} records, {packed:.0f} MB packed, {len(people):,} people; {len(found)} works found. CPU seconds, best of {ROUNDS}:"
        )
        for name, taken in (("pubtrack scan", min(ours)), ("gzip and json", min(plain))):
            speed = f"{records / taken:10,.0f} records/s   {packed / taken:5.1f} MB/s packed"
            print(f"  {name}   {taken:6.2f}   {speed}   {taken / min(ours):.1f} times as long")


if __name__ == "__main__":
    main()
