"""Ten thousand real works through every format and back, by readers that did not write them.

PUBTRACK_ROUNDTRIP=all takes all works where the small version takes some: biber needs minutes for them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import bibtexparser
import lxml.html
import pytest
import rispy
from bibtexparser.middlewares import SeparateCoAuthors, SplitNameParts
from lxml import etree
from pybtex.database import parse_string

from pubtrack.models import Csl
from pubtrack.references.csl import date_text
from pubtrack.references.formatting import Formatter, plain
from pubtrack.references.lists import Item, ReferenceList
from pubtrack.references.writers import WRITERS
from tests.readback import (
    csl_person,
    differences_in_bibtex,
    differences_in_ris,
    expected_rows,
    percent,
    read_csv,
    read_docx,
    read_xlsx,
    real_items,
    untex,
)
from tests.references import quirks, reference_list

ALL = os.environ.get("PUBTRACK_ROUNDTRIP") == "all"
BLTX = "{http://biblatex-biber.sourceforge.net/biblatexml}"


@pytest.fixture(scope="module")
def real(shared: Path) -> list[Item]:
    """All real Crossref works as references, with plain lines for the formatted text."""
    return real_items(shared)


def listed(items: Iterable[Item]) -> ReferenceList:
    return replace(reference_list(corrections=False), items=tuple(items))


def program(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail(f"{name} is missing: apt-get install {package}")
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return found


@pytest.mark.shared
@pytest.mark.slow
def test_every_real_work_goes_through_every_format_and_back(real: list[Item]) -> None:
    """Differences are listed by kind; none is without an explanation."""
    references = listed(real)
    content = {name: writer.write(references) for name, writer in WRITERS.items() if name != "docx"}

    data = parse_string(content["bibtex"].decode(), "bibtex")
    ris = {entry["id"]: entry for entry in rispy.loads(content["ris"].decode())}
    bibtex_kinds = Counter(name for made in real for name in differences_in_bibtex(made.csl, data))
    ris_kinds = Counter(name for made in real for name in differences_in_ris(made.csl, ris[made.csl["id"]]))

    assert len(real) > 9_900
    assert len({made.csl["id"].lower() for made in real}) == len(real)
    assert bibtex_kinds == {}
    assert ris_kinds == {}
    assert [entry["id"] for entry in json.loads(content["csl-json"])] == [made.csl["id"] for made in real]
    assert read_csv(content["csv"]) == expected_rows(references)
    assert read_xlsx(content["xlsx"]) == expected_rows(references)
    page = lxml.html.document_fromstring(content["html"])
    shown = [" ".join(found.text_content().split()) for found in page.findall(".//p[@class='reference']")]
    assert shown == [" ".join(plain(made.formatted).split()) for made in real]


@pytest.mark.shared
@pytest.mark.slow
def test_every_real_work_stands_in_the_document_as_it_is_formatted(real: list[Item]) -> None:
    some = real if ALL else real[::5]

    paragraphs = read_docx(WRITERS["docx"].write(listed(some)))

    wanted = {plain(made.formatted) for made in some}
    assert len(some) > 2_000
    assert wanted - set(paragraphs) == set()


def test_every_oddity_stands_in_the_document() -> None:
    made = quirks()

    assert {plain(item.formatted) for item in made.items} - set(read_docx(WRITERS["docx"].write(made))) == set()


def differences_by_bibtexparser(csl: Csl, entry: Any) -> list[str]:
    """Return the names of what bibtexparser does not read back as it was."""
    fields = {name: field.value for name, field in entry.fields_dict.items()}
    people = [
        (untex(" ".join([*name.von, *name.last])), untex(" ".join(name.jr)), untex(" ".join(name.first)))
        for name in fields.get("author", [])
    ]
    kept = [csl_person(name) for name in csl.get("author", [])]
    pairs: dict[str, tuple[Any, Any]] = {
        "title": (untex(fields.get("title", "")), csl.get("title", "")),
        "doi": (fields.get("doi", ""), percent(csl.get("DOI", ""))),
        "url": (fields.get("url", ""), csl.get("URL", "")),
        "volume": (untex(fields.get("volume", "")), csl.get("volume", "")),
        "author": (people, kept),
    }
    return [name for name, (read, meant) in pairs.items() if read != meant]


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("format", ["bibtex", "biblatex"])
def test_bibtexparser_reads_the_same(real: list[Item], format: str) -> None:
    some = [*quirks().items, *(real if ALL else real[::5])]

    library = bibtexparser.parse_string(
        WRITERS[format].write(listed(some)).decode(), append_middleware=[SeparateCoAuthors(), SplitNameParts()]
    )

    assert library.failed_blocks == []
    found = Counter(
        name for made in some for name in differences_by_bibtexparser(made.csl, library.entries_dict[made.csl["id"]])
    )
    assert found == {}


@pytest.mark.shared
@pytest.mark.slow
def test_bibtex_itself_takes_every_entry(real: list[Item], tmp_path: Path) -> None:
    """Its warnings name what a reference lacks, and nothing else."""
    command = program("bibtex", "texlive-binaries")
    some = [*quirks().items, *real]
    (tmp_path / "list.bib").write_bytes(WRITERS["bibtex"].write(listed(some)))
    (tmp_path / "list.aux").write_text("\\citation{*}\n\\bibstyle{plain}\n\\bibdata{list}\n")

    made = subprocess.run([command, "list"], cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)

    said = (tmp_path / "list.blg").read_text(errors="replace").splitlines()
    warnings = [line for line in said if line.startswith("Warning--")]
    known = re.compile(
        r"Warning--(empty [\w ]+ in|to sort, need|there's a number but no|can't use both|page numbers missing)"
    )
    assert [line for line in warnings if not known.match(line)] == []
    assert [line for line in said if "---line" in line or line.startswith("I ")] == []
    assert made.returncode in (0, 1)  # 1: there were warnings
    assert (tmp_path / "list.bbl").read_text(encoding="utf-8", errors="replace").count("\\bibitem") == len(some)


def biber(content: bytes, folder: Path) -> tuple[dict[str, Any], list[str]]:
    """Given a file for biblatex, return its entries as biber reads them, and biber's warnings."""
    command = program("biber", "biber")
    (folder / "list.bib").write_bytes(content)
    options = ["--tool", "--validate-datamodel", "--output-format=biblatexml", "--output-file", "list.bltxml"]
    made = subprocess.run(
        [command, *options, "list.bib"], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert made.returncode == 0, made.stdout[-2000:]
    root = etree.parse(str(folder / "list.bltxml")).getroot()
    entries = {entry.get("id"): entry for entry in root.iter(f"{BLTX}entry")}
    return entries, [line for line in made.stdout.splitlines() if line.startswith(("WARN", "ERROR"))]


def differences_by_biber(csl: Csl, entry: Any) -> list[str]:
    """Return the names of what biber does not read back as it was."""

    def text(name: str) -> str:
        found = entry.find(f"{BLTX}{name}")
        return untex("".join(found.itertext())) if found is not None else ""

    def part(name: Any, kind: str) -> str:
        found = name.find(f"{BLTX}namepart[@type='{kind}']")
        parts = [untex("".join(one.itertext())) for one in found] if found is not None and len(found) else []
        return " ".join(parts) if parts else untex(found.text or "") if found is not None else ""

    people = [
        (
            " ".join(filter(None, [part(name, "prefix"), part(name, "family")])),
            part(name, "suffix"),
            part(name, "given"),
        )
        for names in entry.findall(f"{BLTX}names[@type='author']")
        for name in names.findall(f"{BLTX}name")
    ]
    squeezed = [tuple(re.sub(r"[\s~]+", " ", one).strip() for one in person) for person in people]
    dated = (csl.get("issued") or {}).get("date-parts")
    pairs: dict[str, tuple[Any, Any]] = {
        "title": (text("title"), csl.get("title", "")),
        "doi": (text("doi"), percent(csl.get("DOI", ""))),
        "date": (text("date") if dated else "", date_text(csl) if dated else ""),
        "author": (squeezed, [csl_person(name) for name in csl.get("author", [])]),
    }
    return [name for name, (read, meant) in pairs.items() if read != meant]


@pytest.mark.shared
@pytest.mark.slow
def test_biber_reads_the_same(real: list[Item], tmp_path: Path) -> None:
    some = [*quirks().items, *(real if ALL else real[::50])]

    entries, warnings = biber(WRITERS["biblatex"].write(listed(some)), tmp_path)

    found = {
        made.csl["id"]: names for made in some if (names := differences_by_biber(made.csl, entries[made.csl["id"]]))
    }
    # What a record lacks, a number that is none, and pages that are no range: all said of the record, none of the file.
    known = re.compile(r"Missing mandatory|Missing \w+|Invalid|malformed|At least one|Datamodel|not valid|legacy")
    assert [line for line in warnings if not known.search(line)] == []
    assert found == {}


@pytest.mark.shared
def test_real_works_are_formatted_without_a_fault(shared: Path) -> None:
    """Every hundredth, or all."""
    formatter = Formatter("apa", "nl")
    some = real_items(shared, every=1 if ALL else 100)

    found = [formatter.format(made.csl, made.content_hash) for made in some]

    assert [made.fault for made in found if made.fault] == []
