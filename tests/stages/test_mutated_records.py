"""Real records, damaged: whatever comes is a work or is named, soon, and never anything else. `PUBTRACK_MUTATED_RECORDS` widens it."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery import versions
from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.sources import oai_answer
from pubtrack.errors import BadHarvest, UnusableRecord
from pubtrack.models import Record, StageReport
from pubtrack.store import Store, works
from tests.conftest import AT

pytestmark = pytest.mark.shared

MANY = int(os.environ.get("PUBTRACK_MUTATED_RECORDS", "250"))  # of each format
LONG = 2.0  # CPU seconds that one record may take on a busy machine; the slowest real one takes a hundredth of it
SEED = 20261122

# What the wild was seen to put where something else belongs.
ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**30, 1.5, "", " ", "\x00", "\ud800", "\u202eevil", "<b>", "&#0;", "]]>", "10.5555/", "2024-13-45",
    "0000-0000-0000-0000",
    [], [None], [[]], {}, {"date-parts": [[None]]}, {"name": None}, "A" * 20_000, "<" * 3_000, "((((" * 500, "é" * 5_000, "1-" * 3_000,
)  # fmt: skip
PIECES = (
    b"",
    b"<",
    b">",
    b"&",
    b"&nbsp;",
    b"]]>",
    b"<!--",
    b"<![CDATA[",
    b"\x00",
    b"\xff\xfe",
    b"\xc3",
    b"</record>",
    b'"',
    b"&#x0;",
    b"<x:y>",
    b"A" * 9_000,
)


def rows(path: Path, step: int = 1) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in islice(lines, 0, None, step))


def shuffled(held: Any, chance: random.Random) -> Any:
    """The same record with values swapped for odd ones, keys taken away, and lists doubled."""
    if chance.random() < 0.04:
        return chance.choice(ODD)
    if isinstance(held, dict):
        return {key: shuffled(value, chance) for key, value in held.items() if chance.random() > 0.02}
    if isinstance(held, list):
        found = [shuffled(value, chance) for value in held]
        return found * 2 if chance.random() < 0.03 else found
    return held


def torn(raw: bytes, chance: random.Random) -> bytes:
    """The same record with pieces cut out, put in and repeated."""
    for _ in range(chance.randrange(1, 4)):
        at, to = sorted((chance.randrange(len(raw) + 1), chance.randrange(len(raw) + 1)))
        to = min(to, at + chance.choice((1, 20, 400)))
        raw = raw[:at] + chance.choice((*PIECES, raw[at:to] * 2)) + raw[to:]
    return raw


def as_json(records: Iterator[Any]) -> Callable[[random.Random], list[bytes]]:
    def made(chance: random.Random) -> list[bytes]:
        held = [json.dumps(record).encode() for record in records]
        return [
            json.dumps(shuffled(json.loads(raw), chance)).encode() if chance.random() < 0.8 else torn(raw, chance)
            for raw in chance.sample(held, min(MANY, len(held)))
        ]

    return made


def as_bytes(records: Iterator[bytes]) -> Callable[[random.Random], list[bytes]]:
    def made(chance: random.Random) -> list[bytes]:
        held = list(records)
        return [torn(chance.choice(held), chance) for _ in range(MANY)]

    return made


def sample(shared: Path, format_: str) -> Callable[[random.Random], list[bytes]]:
    """Damaged real records of a format."""
    services = {"openalex": "openalex_works", "datacite-json": "datacite_dois", "europe-pmc": "europepmc_results"}
    if format_ in services:
        return as_json(rows(shared / "other" / f"{services[format_]}.jsonl.gz"))
    crossref = rows(shared / "crossref" / "works.jsonl.gz", 24 if MANY < 400 else 2)
    if format_ == "crossref":
        return as_json(crossref)
    if format_ in ("csl-json", "bibtex", "ris"):
        shown = (csl for row in crossref if (csl := _csl(row)))
        return as_json(shown) if format_ == "csl-json" else as_bytes(_entry(csl, format_) for csl in shown)
    family = {"mods": "didl"}.get(format_, format_)
    return as_bytes(row["xml"].encode() for row in rows(shared / "oai" / "records.jsonl.gz") if row["family"] == family)


def _csl(row: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return CROSSWALKS["crossref"](json.dumps(row).encode()).csl
    except UnusableRecord:
        return None


def _entry(csl: dict[str, Any], format_: str) -> bytes:
    """A real work as a reference manager would write it."""
    people = [f"{name.get('family') or name.get('literal')}, {name.get('given', '')}" for name in csl.get("author", ())]
    year = str(csl.get("issued", {}).get("date-parts", [[""]])[0][0])
    told = [
        ("title", csl["title"]),
        ("journal", csl.get("container-title", "")),
        ("pages", csl.get("page", "")),
        ("year", year),
    ]
    if format_ == "bibtex":
        fields = [
            *told,
            ("author", " and ".join(people)),
            ("doi", csl.get("DOI", "")),
            ("abstract", csl.get("abstract", "")),
        ]
        return ("@article{key,\n" + "".join(f"  {name} = {{{text}}},\n" for name, text in fields) + "}\n").encode()
    lines = ["TY  - JOUR", *(f"AU  - {name}" for name in people), f"TI  - {csl['title']}", f"PY  - {year}"]
    return "\n".join(
        [*lines, f"JO  - {csl.get('container-title', '')}", f"DO  - {csl.get('DOI', '')}", "ER  - "]
    ).encode()


FORMATS = [
    "crossref",
    "oai_dc",
    "didl",
    "mods",
    "cerif",
    "datacite",
    "datacite-json",
    "openalex",
    "europe-pmc",
    "csl-json",
    "bibtex",
    "ris",
]


@pytest.mark.parametrize("format_", FORMATS)
def test_a_damaged_record_is_a_work_or_is_named_and_soon(shared: Path, format_: str) -> None:
    chance = random.Random(f"{SEED} {format_}")
    named, shown = 0, 0
    for raw in sample(shared, format_)(chance):
        began = time.process_time()
        try:
            work = CROSSWALKS[format_](raw)
        except UnusableRecord as error:
            assert str(error) and len(str(error)) < 200  # noqa: PT017, PT018
            named += 1
        else:
            shown += 1
            assert work.title.strip()
            assert all(name.keys() & {"family", "literal"} for name in work.authors)
            assert work.issued is None or work.issued.last_day()
            versions.ties("somewhere", "1", format_, work)
            json.dumps(work.csl).encode()
        assert time.process_time() - began < LONG, raw[:300]

    assert shown + named > 20


def test_damaged_records_of_all_kinds_go_through_the_store(shared: Path, store: Store) -> None:
    """Together, into one store, twice: no crash, every one is counted, and the second time nothing changes."""
    chance = random.Random(SEED)
    records = [
        Record(format_, str(number), format_, raw)
        for format_ in FORMATS
        for number, raw in enumerate(sample(shared, format_)(chance)[:40])
    ]
    chance.shuffle(records)
    for expected in ("new", "unchanged"):
        report = StageReport("import")
        for start in range(0, len(records), 100):
            with store.atomic():
                ingest(store, records[start : start + 100], at=AT, report=report)
        counts = report.counts
        assert sum(counts.get(name, 0) for name in ("new", "unusable", "unchanged")) == len(records)
        assert counts.get(expected, 0) > len(records) // 3
    assert all(work.title for work in works.every(store))


def test_a_damaged_answer_is_an_answer_or_no_harvest_and_soon(shared: Path) -> None:
    """Whole OAI-PMH answers of live repositories: nothing of a damaged one counts, unless every record in it is told apart."""
    chance = random.Random(SEED)
    answers = [path.read_bytes() for path in sorted((shared / "oai" / "responses").glob("*.xml"))]
    for _ in range(MANY // 2):
        raw = torn(chance.choice(answers), chance)
        began = time.process_time()
        try:
            answer = oai_answer.read(raw, "repository")
        except BadHarvest as error:
            assert str(error).startswith("repository: ")  # noqa: PT017
        else:
            assert all(record.source_id for record in answer.records)
        assert time.process_time() - began < LONG, raw[:300]
