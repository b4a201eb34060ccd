"""All the real records of OpenAlex, Europe PMC and DataCite: no crash, and what cannot be used is counted by its reason."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks import CONTENT, CROSSWALKS
from pubtrack.discovery.sources.file import read
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


def datacite(shared: Path) -> list[Record]:
    return [
        Record("datacite", item["id"].lower(), "datacite-json", json.dumps(item).encode())
        for item in lines(shared, "datacite_dois")
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


def test_all_datacite_dois(shared: Path, store: Store) -> None:
    records = datacite(shared)

    assert taken(store, records) == {"new": 57, "unusable": 2}
    assert taken(store, records) == {"unchanged": 59}
    assert reasons(store) == {"a collection, not a publication": 2}
    found = list(works.every(store))
    assert Counter(work.type for work in found) == {
        "dataset": 27,
        "document": 6,
        "software": 6,
        "article-journal": 5,
        "thesis": 3,
        "article": 2,
        "book": 2,
        "graphic": 2,
        "paper-conference": 2,
        "motion_picture": 1,
        "post-weblog": 1,
    }
    assert Counter(len(work.csl["issued"]["date-parts"][0]) for work in found if work.issued) == {1: 37, 3: 16, 2: 3}
    assert sum("abstract" in work.csl for work in found) == 40
    assert sum("ORCID" in name for work in found for name in work.authors) == 42


def test_what_services_and_crossref_say_of_one_doi_is_one_work(shared: Path, store: Store) -> None:
    """All the real records together. Six are in OpenAlex and in Crossref; Crossref gives the reference of those, OpenAlex its ids."""
    taken(store, read(shared / "crossref" / "works.jsonl.gz", "crossref"))

    counts = taken(store, [*europe_pmc(shared), *openalex(shared), *datacite(shared)])

    assert counts == {"new": 487, "unusable": 4, "joined": 6}
    rows = list(
        store.rows(
            "SELECT work_id, source, joined_by FROM sightings WHERE joined_by IS NOT NULL AND source <> 'crossref'"
        )
    )
    assert Counter((row["source"], row["joined_by"]) for row in rows) == {("openalex", "doi"): 6}
    for row in rows:
        work = works.get(store, row["work_id"])
        assert work is not None
        kinds = Counter(name.split(":")[0] for name in work.identities)
        assert (kinds["doi"], kinds["openalex"]) == (1, 1)


ODD = [
    None,
    True,
    0,
    -1,
    10**30,
    1.5,
    "",
    "x" * 50,
    "<b>",
    "2025-01-01",
    "10.1/x;(y)",
    "\ud800",
    [],
    {},
    [None],
    [[1]],
    ["a", {}],
    {"a": 1},
]


def mutated(held: Any, chance: random.Random) -> Any:
    """The value with some of what it holds put out of shape."""
    if chance.random() < 0.03:
        return chance.choice(ODD)
    if isinstance(held, dict):
        return {name: mutated(value, chance) for name, value in held.items()}
    return [mutated(value, chance) for value in held] if isinstance(held, list) else held


@pytest.mark.parametrize("records", [europe_pmc, openalex, datacite])
def test_real_records_out_of_shape_are_works_or_unusable(shared: Path, records: Callable[[Path], list[Record]]) -> None:
    chance, real = random.Random(1), records(shared)
    for record in chance.choices(real, k=1000):
        raw = json.dumps(mutated(json.loads(record.raw), chance)).encode()
        try:
            work = CROSSWALKS[record.format](raw)
        except UnusableRecord:
            continue

        assert work.title
        assert work.issued is None or work.issued.last_day()
        assert CONTENT[record.format](raw)
