"""All the real records of OpenAlex, Europe PMC and DataCite: no crash, and what cannot be used is counted by its reason."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.errors import UnusableRecord
from pubtrack.models import Record, Work
from pubtrack.store import Store, works
from tests.stages.test_real_records import reasons, taken

pytestmark = pytest.mark.shared


def lines(shared: Path, name: str) -> Iterator[dict[str, Any]]:
    with gzip.open(shared / "other" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as held:
        yield from map(json.loads, held)


def europe_pmc(shared: Path) -> list[Record]:
    return [
        Record("europe-pmc", f"{item['source']}/{item['id']}", "europe-pmc", json.dumps(item).encode())
        for item in lines(shared, "europepmc_results")
    ]


def openalex(shared: Path) -> list[Record]:
    return [
        Record("openalex", item["id"].rsplit("/", 1)[-1], "openalex", json.dumps(item).encode())
        for item in lines(shared, "openalex_works")
    ]


def walked(records: list[Record]) -> tuple[list[Work], dict[str, int]]:
    shown, named = [], Counter[str]()
    for record in records:
        try:
            shown.append(CROSSWALKS[record.format](record.raw))
        except UnusableRecord as error:
            named[str(error)] += 1
    return shown, dict(named)


def test_all_europe_pmc_results(shared: Path, store: Store) -> None:
    records = europe_pmc(shared)

    assert taken(store, records) == {"new": 400}
    assert taken(store, records) == {"unchanged": 400}
    assert reasons(store) == {}
    found = list(works.every(store))
    assert Counter(work.type for work in found) == {"article-journal": 400}
    assert Counter(work.csl.get("genre") for work in found) == {
        None: 386,
        "Correction notice": 13,
        "Retraction notice": 1,
    }
    assert Counter(len(work.csl["issued"]["date-parts"][0]) for work in found) == {3: 321, 2: 79}
    assert sum(not work.authors for work in found) == 3
    shown, _ = walked(records)
    assert sum(bool(work.links) for work in shown) == 132
    assert Counter(link.media_type for work in shown for link in work.links) == {
        "application/xml": 129,
        "application/pdf": 131,
    }


def test_all_openalex_works(shared: Path, store: Store) -> None:
    records = openalex(shared)

    assert taken(store, records) == {"new": 30, "unusable": 2}
    assert taken(store, records) == {"unchanged": 32}
    assert reasons(store) == {"a peer review, not a publication": 1, "no title": 1}
    found = list(works.every(store))
    assert Counter(work.type for work in found) == {
        "article-journal": 14,
        "document": 4,
        "chapter": 3,
        "dataset": 3,
        "paper-conference": 2,
        "thesis": 2,
        "article": 1,
        "book": 1,
    }
    assert Counter(len(work.csl["issued"]["date-parts"][0]) for work in found) == {3: 18, 1: 9, 2: 3}
    assert sum("abstract" in work.csl for work in found) == 18
    shown, _ = walked(records)
    assert Counter(name.split(":")[0] for work in shown for name in work.identities) == {
        "openalex": 30,
        "doi": 27,
        "pmid": 8,
        "pmcid": 5,
    }
    assert Counter(link.version for work in shown for link in work.links) == {"published": 10, None: 10, "accepted": 1}
