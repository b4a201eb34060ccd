"""Every join by title in all the real records there are. Each was read by a person; the list is the one read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pubtrack.discovery import versions
from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.sources.file import read
from pubtrack.discovery.versions import Seen
from pubtrack.errors import UnusableRecord
from pubtrack.models import Record

pytestmark = pytest.mark.shared

# What was joined with what it was joined with; all are manuscripts and the articles that they became.
READ = {
    ("fw:0473", "fw:0467"),
    ("fw:0664", "10.1002/smj.2656"),
    ("fw:0936", "fw:0938"),
    ("fw:1200", "fw:1183"),
    ("fw:1253", "10.1287/mnsc.2020.3946"),
    ("fw:1272", "fw:1273"),
    ("fw:1397", "fw:1389"),
    ("fw:1519", "fw:1514"),
    ("fw:1520", "10.1007/s10803-023-05920-z"),
    ("fw:1560", "10.1080/10511482.2024.2347857"),
    ("fw:1561", "fw:1562"),
}


def every_record(shared: Path) -> Iterator[Record]:
    yield from read(shared / "crossref" / "works.jsonl.gz", "crossref")
    for line in (shared / "crossref" / "edge_cases.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(line)["work"]
        yield Record("edge cases", str(item.get("DOI")), "crossref", json.dumps(item).encode())
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        for at, row in enumerate(map(json.loads, lines)):
            host = (row["identifier"] or "").removeprefix("oai:").split(":")[0]
            yield Record(f"oai {host}", f"{row['identifier']} {at}", row["family"], row["xml"].encode())
    for folder in ("cbs", "fsrdc"):
        yield from read(shared / "matching" / folder / "works.jsonl", folder)


def test_no_false_join_by_title(shared: Path) -> None:
    """All together, as if one register held them: 11 joins, all of them right; see docs/accuracy.md."""
    seen = []
    for at, record in enumerate(every_record(shared)):
        if record.format in CROSSWALKS:
            try:
                seen.append(
                    Seen(at, record.source, record.source_id, record.format, CROSSWALKS[record.format](record.raw))
                )
            except UnusableRecord:
                continue

    found = versions.groups(seen)

    assert len(seen) > 11_000
    by_id = {one.id: one for one in seen}
    joined = {
        (by_id[id_].source_id, why.split(" of ", 1)[1].split(" ")[-1])
        for group in found
        for id_, why in group.joined_by.items()
        if why.startswith("title, authors and year")
    }
    assert joined == READ
