"""Generated documents: what columns, line numbers, notes, ligatures and hyphens do to a passage changes no verdict.

docs/accuracy.md has all of them; here a sample is judged, and a larger one read.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

from benchmarks.accuracy_credit import POLICY, cases
from benchmarks.make_credit_documents import SHAPES, make, passages
from pubtrack.credit import readers
from pubtrack.credit.text import Flat, Text
from pubtrack.obligations.policy import load

NUMBER = int(os.environ.get("PUBTRACK_LAYOUTS", "120"))

# Wrong as texts too (tests/unit/test_judge.py): docs/accuracy.md says why.
KNOWN = {"own019", "a33", "b09"}


def test_documents_say_what_their_passages_say(tmp_path: Path) -> None:
    """Text, HTML, JATS and PDF of the same seed are the same documents; each verdict is its label, each quote on its page."""
    make(tmp_path, 25, seed=2)
    labels = [line.split(",") for line in (tmp_path / "labels.csv").read_text("utf-8").splitlines()[1:]]
    known = {label[0] for label in labels if label[-1] in KNOWN}
    found = [case for case in cases(tmp_path, load(POLICY)) if case.name not in known]

    assert [(case.name, case.expected, case.found) for case in found if case.expected != case.found] == []
    assert [
        case.name
        for case in found
        if case.pages
        and case.found in ("prescribed", "credited")
        and not any(quote.page in case.pages for quote in case.finding.evidence)
    ] == []


def letters(text: str) -> str:
    """What hyphens and blanks at lines' ends leave alone."""
    return "".join(text.split()).replace("-", "").replace("\u00ad", "")


def test_every_reader_delivers_the_sentence_whole_and_on_its_page(tmp_path: Path) -> None:
    """Whatever stands between its words in the file: line numbers of two columns, a note, a running head, a page's end."""
    make(tmp_path, NUMBER, seed=4)
    said = {row["id"]: letters(row["text"]) for row in passages()}
    with (tmp_path / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["verdict"] != "unreadable"]
    parted, misplaced, shapes = [], [], set()
    with readers.Reader() as reader:
        for row in rows:
            text = reader.read(tmp_path / row["file"])
            shapes.add(row["shape"])
            if said[row["passage"]] not in letters(Flat.of(text).text):
                parted.append((row["file"], row["shape"]))
            elif row["pages"] and not beginning_on(
                text, said[row["passage"]], {int(page) for page in row["pages"].split()}
            ):
                misplaced.append((row["file"], row["shape"]))

    assert (parted, misplaced) == ([], [])
    assert NUMBER < 100 or shapes == set(map(str, SHAPES))


def beginning_on(text: Text, sentence: str, pages: set[int]) -> bool:
    """Whether the sentence begins on one of these pages."""
    pieces = [(letters(block.text), block.page) for block in text.blocks]
    at = "".join(piece for piece, _ in pieces).find(sentence)
    for piece, page in pieces:
        if at < len(piece):
            return page in pages
        at -= len(piece)
    return False


def test_the_same_seed_gives_the_same_documents(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        make(folder, 5, seed=3)

    one, two = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert one == two
