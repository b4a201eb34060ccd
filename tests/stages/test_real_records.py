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
    ("folder", "counts"), [("cbs", {"new": 290}), ("fsrdc", {"new": 976, "joined": 12})], ids=["cbs", "fsrdc"]
)
def test_works_as_institutions_reported_them(shared: Path, store: Store, folder: str, counts: dict[str, int]) -> None:
    """Every id is kept. Of two pairs under one DOI one is a paper reported twice; the other's DOI was cut off, and they stay two.

    Eleven manuscripts are joined to the articles they became, by title, authors and year (test_title_joins.py)."""
    path = shared / "matching" / folder / "works.jsonl"
    ids = {json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()}

    assert (taken(store, read(path, "import")), reasons(store)) == (counts, {})
    assert ids <= {name for names in works.source_ids(store).values() for name in names}


def test_records_of_repositories(shared: Path, store: Store) -> None:
    """In oai_dc, DIDL, CERIF and DataCite's XML, among them some twice; what shows no publication says what it is,
    and formats without a crosswalk too."""
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

    assert taken(store, records) == {"deleted": 8, "new": 289, "unusable": 211, "joined": 34}
    assert reasons(store) == {
        "a funding, not a publication": 8,
        "a journal, not a publication": 2,
        "a person, not a publication": 12,
        "a piece of equipment, not a publication": 2,
        "a project, not a publication": 4,
        "an event, not a publication": 1,
        "an organisation, not a publication": 12,
        "no crosswalk reads the format doaj": 80,
        "no crosswalk reads the format marc": 82,
        "no crosswalk reads the format other": 8,
    }


def test_records_of_dutch_repositories_and_of_a_cris(shared: Path) -> None:
    """19 in DIDL (17 with MODS 3.0 to 3.8 in it, two with oai_dc), 51 in CERIF: what comes out of them, field by field."""
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    filled = {}
    for family in ("didl", "cerif"):
        shown, _ = walked((row["family"], row["xml"].encode()) for row in rows if row["family"] == family)
        fields = ("author", "issued", "DOI", "container-title", "language", "abstract", "publisher", "page", "ISSN")
        filled[family] = {"works": len(shown), "links": sum(len(work.links) for work in shown)} | {
            name: sum(name in work.csl for work in shown) for name in fields
        }
        filled[family]["ORCID"] = sum("ORCID" in author for work in shown for author in work.authors)
        filled[family]["year only"] = sum(work.issued is not None and work.issued.month is None for work in shown)
        assert all(author.keys() & {"family", "literal"} for work in shown for author in work.authors)

    assert filled == {
        "didl": {
            "works": 19,
            "links": 9,
            "author": 19,
            "issued": 19,
            "DOI": 3,
            "container-title": 6,
            "language": 11,
            "abstract": 7,
            "publisher": 9,
            "page": 6,
            "ISSN": 6,
            "ORCID": 1,
            "year only": 12,
        },
        "cerif": {
            "works": 10,
            "links": 3,
            "author": 9,
            "issued": 4,
            "DOI": 8,
            "container-title": 4,
            "language": 2,
            "abstract": 3,
            "publisher": 3,
            "page": 3,
            "ISSN": 3,
            "ORCID": 5,
            "year only": 0,
        },
    }
