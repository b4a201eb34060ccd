"""All the real records there are: no crash, and what cannot be used is counted by its reason. The figures are those seen."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.sources.file import read
from pubtrack.errors import UnusableRecord
from pubtrack.models import Record, StageReport, Work
from pubtrack.store import Store, works
from tests.conftest import AT

pytestmark = pytest.mark.shared

WORKS = {
    "a component (a figure, table or supplement), not a publication": 21,
    "a journal issue, not a publication": 14,
    "a journal volume, not a publication": 2,
    "a journal, not a publication": 14,
    "a peer review, not a publication": 28,
    "no title": 376,
}


def taken(store: Store, records: Iterable[Record]) -> dict[str, int]:
    """Ingest the records in batches, and return the counts."""
    report, batch = StageReport("import"), []
    for record in records:
        batch.append(record)
        if len(batch) == 500:
            _flush(store, batch, report)
    _flush(store, batch, report)
    return report.counts


def _flush(store: Store, batch: list[Record], report: StageReport) -> None:
    with store.atomic():
        ingest(store, batch, at=AT, report=report)
    batch.clear()


def reasons(store: Store) -> dict[str, int]:
    rows = store.rows("SELECT unusable, count(*) AS n FROM sightings WHERE unusable IS NOT NULL GROUP BY unusable")
    return {row["unusable"]: row["n"] for row in rows}


def walked(raws: Iterable[tuple[str, bytes]]) -> tuple[list[Work], Counter[str]]:
    shown, named = [], Counter[str]()
    for format_, raw in raws:
        try:
            shown.append(CROSSWALKS[format_](raw))
        except UnusableRecord as error:
            named[str(error)] += 1
    return shown, named


def test_all_crossref_works_become_works_and_coming_again_changes_nothing(shared: Path, store: Store) -> None:
    path = shared / "crossref" / "works.jsonl.gz"

    assert taken(store, read(path, "import")) == {"new": 10_034, "unusable": 455}
    assert reasons(store) == WORKS
    assert taken(store, read(path, "import")) == {"unchanged": 10_489}

    found = list(works.every(store))
    assert Counter(work.type for work in found) == {
        "article-journal": 9_569,
        "chapter": 192,
        "paper-conference": 104,
        "report": 29,
        "book": 28,
        "article": 25,
        "standard": 23,
        "entry": 22,
        "thesis": 15,
        "document": 13,
        "dataset": 10,
        "post-weblog": 4,
    }
    assert sum(work.issued is None for work in found) == 20
    assert sum(work.corrected for work in found) == 2


def test_the_same_works_in_another_order_are_the_same_works(shared: Path) -> None:
    """Preprints, versions, corrections and what they name, shuffled and in batches of another size."""
    words = (b"preprint", b"version-of", b"update-to", b"updated-by")
    tied = [r for r in read(shared / "crossref" / "works.jsonl.gz", "import") if any(word in r.raw for word in words)]
    tied += [Record("repository", record.source_id, "crossref", record.raw) for record in tied[::3]]
    outcomes = []
    for seed in (1, 2):
        opened, shuffled = Store.open(None), list(tied)
        random.Random(seed).shuffle(shuffled)
        taken(opened, shuffled)
        outcomes.append(sorted(json.dumps([work.csl, work.retracted, work.corrected]) for work in works.every(opened)))
        opened.close()

    assert outcomes[0] == outcomes[1]


def test_edge_cases(shared: Path) -> None:
    lines = (shared / "crossref" / "edge_cases.jsonl").read_text(encoding="utf-8").splitlines()

    shown, named = walked(("crossref", json.dumps(json.loads(line)["work"]).encode()) for line in lines)

    assert (len(shown), named) == (
        127,
        {
            "a component (a figure, table or supplement), not a publication": 1,
            "a journal issue, not a publication": 2,
            "a journal, not a publication": 4,
            "a peer review, not a publication": 9,
            "no title": 5,
        },
    )


def _items(path: Path) -> Iterator[tuple[str, bytes]]:
    with gzip.open(path, "rt", encoding="utf-8") as exchanges:
        for exchange in map(json.loads, exchanges):
            message: Any = json.loads(exchange["body"])["message"]
            yield from (("crossref", json.dumps(item).encode()) for item in message["items"])


def test_items_of_list_answers(shared: Path) -> None:
    """Works, and whatever else lists hold: with `select`, only some of the fields."""
    shown, named = walked(_items(shared / "crossref" / "list_responses.jsonl.gz"))

    assert (len(shown), named) == (
        2_311,
        {
            "a component (a figure, table or supplement), not a publication": 35,
            "a journal issue, not a publication": 14,
            "a journal, not a publication": 9,
            "a peer review, not a publication": 24,
            "no title": 9,
        },
    )


@pytest.mark.parametrize(
    ("folder", "counts"), [("cbs", {"new": 290}), ("fsrdc", {"new": 976, "joined": 1})], ids=["cbs", "fsrdc"]
)
def test_works_as_institutions_reported_them(shared: Path, store: Store, folder: str, counts: dict[str, int]) -> None:
    """Every id is kept. Of two pairs under one DOI one is a paper reported twice; the other's DOI was cut off, and they stay two."""
    path = shared / "matching" / folder / "works.jsonl"
    ids = {json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()}

    assert (taken(store, read(path, "import")), reasons(store)) == (counts, {})
    assert ids <= {name for names in works.source_ids(store).values() for name in names}


def test_records_of_repositories(shared: Path, store: Store) -> None:
    """218 in oai_dc, among them some twice; the other formats have no crosswalk yet, and say so."""
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    records = [
        Record(
            "repository",
            f"{row['identifier']} {at}",
            row["family"],
            row["xml"].encode(),
            deleted=row["family"] == "deleted",
        )
        for at, row in enumerate(rows)
    ]

    assert taken(store, records) == {"deleted": 8, "new": 218, "unusable": 282, "joined": 10}
    assert reasons(store) == {
        "no crosswalk reads the format cerif": 51,
        "no crosswalk reads the format datacite": 42,
        "no crosswalk reads the format didl": 19,
        "no crosswalk reads the format doaj": 80,
        "no crosswalk reads the format marc": 82,
        "no crosswalk reads the format other": 8,
    }
