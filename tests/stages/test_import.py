"""Import: files of publications, and a project they are confirmed for."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pubtrack.discovery import stage
from pubtrack.errors import UsageError
from pubtrack.models import Answer
from pubtrack.store import Store, decisions, projects
from tests.conftest import AT, NOW, PROJECT
from tests.stages.test_discover_crossref import SETTINGS, work


def lines(folder: Path, *numbers: int) -> Path:
    path = folder / f"works-{numbers[0]}.jsonl"
    path.write_text("".join(json.dumps(work(number)) + "\n" for number in numbers), encoding="utf-8")
    return path


def test_files_are_imported(store: Store, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None, str]] = []

    report = stage.import_files(
        store,
        SETTINGS,
        now=NOW,
        files=[lines(tmp_path, 1, 2), lines(tmp_path, 3)],
        progress=lambda *step: seen.append(step),
    )

    assert (report.counts, report.faults, report.notes) == ({"records": 3, "new": 3}, [], [])
    assert seen == [(2, None, "importing works-1.jsonl"), (3, None, "importing works-3.jsonl")]


def test_importing_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = lines(tmp_path, 1, 2)
    stage.import_files(store, SETTINGS, now=NOW, files=[path])

    assert stage.import_files(store, SETTINGS, now=NOW, files=[path]).counts == {"records": 2, "unchanged": 2}


@pytest.mark.parametrize("before", [False, True])
def test_works_are_confirmed_for_a_project(store: Store, tmp_path: Path, before: bool) -> None:
    """Also those that were known already; saying it again adds nothing."""
    projects.save(store, PROJECT, at=AT)
    path = lines(tmp_path, 1, 2)
    if before:
        stage.import_files(store, SETTINGS, now=NOW, files=[path])

    for _ in range(2):
        report = stage.import_files(store, SETTINGS, now=NOW, files=[path], confirm=PROJECT.id, who="carla")

    assert report.counts["confirmed"] == 2
    made = [(d.answer, d.who, d.through, d.project_id, d.work_id) for d in decisions.every(store)]
    assert made == [(Answer.MINE, "carla", "import", PROJECT.id, work_id) for work_id in (1, 2)]


def test_an_unknown_project_is_told_before_anything_is_imported(store: Store, tmp_path: Path) -> None:
    projects.save(store, replace(PROJECT, id="9002"), at=AT)

    with pytest.raises(UsageError) as raised:
        stage.import_files(store, SETTINGS, now=NOW, files=[lines(tmp_path, 1)], confirm="9001")

    assert str(raised.value) == "There is no project 9001 in the register. Nothing was imported."
    assert store.one("SELECT count(*) AS n FROM works") == {"n": 0}


def test_a_file_that_cannot_be_read_is_told_after_the_others(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        stage.import_files(
            store, SETTINGS, now=NOW, files=[tmp_path / "none.jsonl", lines(tmp_path, 1), tmp_path / "nor.bib"]
        )

    assert "none.jsonl" in str(raised.value)
    assert "nor.bib" in str(raised.value)
    assert store.one("SELECT count(*) AS n FROM works") == {"n": 1}
