"""Each field's fate is documented: what the real records carry stands in docs/crosswalks.md, format by format."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks.xml import parsed
from tests.conftest import ROOT

pytestmark = pytest.mark.shared

PAGE = (ROOT / "docs" / "crosswalks.md").read_text(encoding="utf-8")


def told(section: str) -> set[str]:
    """The fields that a section of the page names."""
    (text,) = (part for part in PAGE.split("\n## ")[1:] if part.startswith(f"{section}\n"))
    return set(re.findall(r"`([^`]+)`", text))


def rows(path: Path) -> Iterator[dict[str, Any]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for line in lines)


def crossref(shared: Path) -> Iterator[str]:
    folder = shared / "crossref"
    works = [*rows(folder / "works.jsonl.gz"), *(row["work"] for row in rows(folder / "edge_cases.jsonl"))]
    works += [row.get("work", row) for row in rows(folder / "nl_affiliated.jsonl")]
    works += [work for name in ("cbs", "fsrdc") for work in rows(shared / "matching" / name / "works.jsonl")]
    for answer in rows(folder / "list_responses.jsonl.gz"):
        works += json.loads(answer["body"])["message"]["items"]
    for work in works:
        yield from work
        for role in ("author", "editor"):
            people = work.get(role)
            for person in people if isinstance(people, list) else ():
                yield from person if isinstance(person, dict) else ()


def oai(*families: str) -> Callable[[Path], Iterator[str]]:
    def elements(shared: Path) -> Iterator[str]:
        for row in rows(shared / "oai" / "records.jsonl.gz"):
            root = parsed(row["xml"].encode()) if row["family"] in families else None
            for node in root.iter() if root is not None else ():
                if isinstance(node.tag, str):
                    yield node.tag.rpartition("}")[2]

    return elements


def service(name: str) -> Callable[[Path], Iterator[str]]:
    def keys(shared: Path) -> Iterator[str]:
        for row in rows(shared / "other" / f"{name}.jsonl.gz"):
            yield from row.get("attributes", row)

    return keys


@pytest.mark.parametrize(
    ("section", "fields"),
    [
        ("Crossref", crossref),
        ("Dublin Core", oai("oai_dc")),
        ("DIDL with MODS", oai("didl", "mods")),
        ("CERIF", oai("cerif")),
        ("DataCite XML", oai("datacite")),
        ("DataCite JSON", service("datacite_dois")),
        ("OpenAlex", service("openalex_works")),
        ("Europe PMC", service("europepmc_results")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_field_that_real_records_carry_has_its_fate(
    shared: Path, section: str, fields: Callable[[Path], Iterator[str]]
) -> None:
    met = set(fields(shared))

    assert len(met) > 15
    assert met - told(section) == set()
