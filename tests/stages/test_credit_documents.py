"""Generated documents: what columns, line numbers, ligatures and hyphens do to a passage changes no verdict. docs/accuracy.md has all."""

from __future__ import annotations

from pathlib import Path

from benchmarks.accuracy_credit import POLICY, cases
from benchmarks.make_credit_documents import make
from pubtrack.obligations.policy import load

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


def test_the_same_seed_gives_the_same_documents(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
        make(folder, 5, seed=3)

    one, two = ({file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders)
    assert one == two
