"""No class of real records without a golden pair: what the data show beyond what the tables show turns these red."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.test_quirks import QUIRKS, TAGGED, record, shapes

pytestmark = pytest.mark.shared
COVERED = {shape for given, _ in QUIRKS.values() for shape in shapes(record(given))}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def test_every_tag_of_the_edge_cases_has_a_golden_pair_that_shows_it_as_they_do(shared: Path) -> None:
    tagged, shown = set(), defaultdict(list)
    for row in rows(shared / "crossref" / "edge_cases.jsonl"):
        tagged |= set(row["cases"])
        for tag in row["cases"]:
            shown[tag].append(tag in set(shapes(row["work"])))

    assert tagged == set(TAGGED)
    assert [tag for tag, seen in shown.items() if not any(seen)] == []


def test_every_shape_of_the_real_works_has_a_golden_pair(shared: Path) -> None:
    """Fields, types, subtypes, relations, updates and dates of all works there are, those in lists among them."""
    met: dict[str, str] = {}
    folder = shared / "crossref"
    works = [
        row.get("work", row)
        for name in ("works.jsonl.gz", "edge_cases.jsonl", "nl_affiliated.jsonl")
        for row in rows(folder / name)
    ]
    for answer in rows(folder / "list_responses.jsonl.gz"):
        works += json.loads(answer["body"])["message"]["items"]
    for work in works:
        for shape in shapes(work):
            met.setdefault(shape, str(work.get("DOI")))

    assert {shape: doi for shape, doi in met.items() if shape not in COVERED} == {}
    assert len(met) > 120
