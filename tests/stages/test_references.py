"""Reference lists from draft to receipt, on a real store and real files."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.config import Contact, Institution, Settings
from pubtrack.config.sections import References
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Band, Decision, DutyKind, DutyState, Match, Work
from pubtrack.obligations import facts
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.policy import load as load_policy
from pubtrack.references import stage
from pubtrack.store import Store, decisions, matches, projects, works
from pubtrack.store import references as table
from tests.conftest import AT, CARLA, NOW, PROJECT, ROOT

POLICY = load_policy(ROOT / "config/policies/cbs-microdata.toml")
OTHER = replace(PROJECT, id="126", title="Firms and wages", lead=CARLA, members=())


def csl(number: int, **more: Any) -> dict[str, Any]:
    return {
        "type": "article-journal",
        "title": f"Moving houses, part {number}",
        "author": [{"given": "Anna", "family": "van der Berg"}, {"given": "Bram", "family": "'t Hooft"}],
        "issued": {"date-parts": [[2026, 10, number]]},
        "container-title": "Journal of Examples",
        "volume": "12",
        "issue": "3",
        "page": "1-20",
        "publisher": "Example Press",
        "DOI": f"10.5555/example.{number}",
    } | more


def add(store: Store, number: int, project: str = "9001", band: Band = Band.ACCEPT, **more: Any) -> int:
    work_id = works.save(store, Work(csl(number, **more)), at=AT)
    matches.save(store, Match(project, work_id, 0.95, band), at=AT)
    return work_id


def change(store: Store, work_id: int, **more: Any) -> None:
    work = works.get(store, work_id)
    assert work is not None
    works.save(store, replace(work, csl=work.csl | more), at=AT)


def say(store: Store, answer: Answer, work_id: int, project: str = "9001") -> None:
    decisions.add(store, Decision(answer, NOW, "staff", "cli", work_id=work_id, project_id=project))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        institution=Institution(
            name="Universiteit van Voorbeeld",
            name_en="University of Example",
            contact=Contact(name="DCC", email="dcc@example.org"),
            language="en",
        ),
        database=tmp_path / "pubtrack.db",
        reports=tmp_path / "reports",
        policies=(ROOT / "config/policies/cbs-microdata.toml",),
        references=References(to="portal.example.org"),
    )


@pytest.fixture
def store(store: Store) -> Store:
    projects.save(store, PROJECT, at=AT)
    projects.save(store, OTHER, at=AT)
    return store


def run(store: Store, settings: Settings, *, now: datetime = NOW, **more: Any) -> Any:
    return stage.run(store, settings, now=now, policies=[POLICY], **more)


def files(settings: Settings) -> dict[str, bytes]:
    return {
        str(file.relative_to(settings.reports)): file.read_bytes()
        for file in sorted(settings.reports.rglob("*"))
        if file.is_file()
    }


def names(store: Store) -> list[tuple[str, str, int]]:
    return [(row["name"], row["state"], row["items"]) for row in table.lists(store)]


def report_states(store: Store, policy: Policy = POLICY) -> list[DutyState]:
    return [duty.state for duty in facts.today(store, [policy], now=NOW) if duty.kind is DutyKind.REPORT]


def test_what_is_accepted_or_confirmed_goes_into_the_draft_and_nothing_else(store: Store, settings: Settings) -> None:
    """A question to staff is no reference, and a person's no outweighs the machine's yes."""
    add(store, 1)
    say(store, Answer.MINE, add(store, 2, band=Band.REVIEW))
    add(store, 3, band=Band.REVIEW)
    say(store, Answer.NOT_MINE, add(store, 4))
    add(store, 5, project="126")

    report = run(store, settings)

    assert report.counts == {"new": 3, "corrections": 0, "lacking": 0}
    assert report.faults == []
    assert names(store) == [("2026-11", "draft", 3)]
    text = files(settings)["references/2026-11/references-2026-11.txt"].decode()
    assert text == (
        "Reference list 2026-11 for Statistics Netherlands\n"
        "University of Example, made on 2026-11-16, to be handed in at portal.example.org\n"
        "3 references\n"
        "\n"
        "Project 126 · Firms and wages\n"
        "\n"
        "van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 5. Journal of Examples, 12(3), 1–20."
        " https://doi.org/10.5555/example.5\n"
        "\n"
        "Project 9001 · Social mobility of second-generation households\n"
        "\n"
        "van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 1. Journal of Examples, 12(3), 1–20."
        " https://doi.org/10.5555/example.1\n"
        "van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 2. Journal of Examples, 12(3), 1–20."
        " https://doi.org/10.5555/example.2\n"
    )
