"""The example of config/, gone through as `make run` does: half a year of a fictional competence centre, told from its tables."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from pubtrack.models import DutyState, Verdict
from tests.conftest import ROOT

SCRIPT = "config/example/half-a-year.txt"
LAST_DAY = "2026-11-16"
LADDER = {"heads-up", "due", "late", "later", "contact"}

Row = dict[str, Any]

# Every copy that somebody handed in, and what a reader of it must find.
VERDICTS = {
    "doi:10.5555/jrm.2025.0912": "prescribed",  # PDF, a footnote in English
    "doi:10.5555/tvs.2026.0141": "prescribed",  # HTML, a footnote in Dutch
    "doi:10.5555/hbk.2024.ch12": "credited",  # text, in other words
    "doi:10.5555/data.2025.9001": "credited",  # a README that names data sets
    "doi:10.5555/jsf.2026.0077": "absent",
    "doi:10.5555/edu.2025.0303": "prescribed",  # JATS, a footnote
    "doi:10.5555/sbe.2025.0058": "credited",  # JATS
    "doi:10.5555/jee.2024.0410": "prescribed",  # PDF, in the section on data
    "doi:10.5555/conf.2025.117": "credited",
    "doi:10.5555/hur.2026.0019": "mentioned",  # an open table, a definition
    "doi:10.5555/pmed.2025.1180": "prescribed",  # PDF, over two pages
    "doi:10.5555/eurj.2026.0024": "unreadable",  # PDF with a password
    "doi:10.5555/ger.2025.0666": "credited",  # a source line
    "doi:10.5555/stud.2025.0201": "prescribed",  # HTML, Dutch, a note to the author's name
    "doi:10.5555/crim.2025.0044": "absent",  # PDF
    "doi:10.5555/labm.2026.0101": "prescribed",
    "oai:repository.example.org:publications/1001": "prescribed",  # a thesis without a DOI
    "oai:repository.example.org:publications/1002": "unreadable",  # a scan
    "devriesbakker2024young": "credited",  # a report without a DOI
    "nowak2025neighbours": "mentioned",  # where the author was once an intern
    "dcc-2025-02": "credited",
    "tvs-2022-099": "credited",  # Dutch
    "ltc-2021": "prescribed",
    "doi:10.5555/hur.2026.0088": "mentioned",
    "doi:10.5555/ger.2026.0310": "prescribed",  # JATS, a data availability statement
    "doi:10.5555/stud.2026.0150": "absent",
    "doi:10.5555/jrm.2026.0715": "unreadable",  # a landing page
    "doi:10.5555/jrm.2026.1005": "prescribed",
    "doi:10.5555/sbe.2026.0101": "absent",  # PDF
    "doi:10.5555/stud.2026.0301": "prescribed",
}

# By people of the same name, or of a part of it: at most a question to staff.
NAMESAKES = ("myc.2025.0513", "phys.2025.3301", "arch.2025.0007", "agri.2025.1402", "hyd.2024.0090", "ocean.2026.0500")
# By people who are nobody's namesake: nothing at all.
STRANGERS = (
    "bird.2025.0210", "metab.2026.0018", "neuro.2025.0404", "poll.2024.0011", "nord.2025.0150", "opt.2026.0003",
    "misc.2025.0001",
)  # fmt: skip


def run(house: Path, *words: str) -> str:
    """Run a command in the house and return what it printed; it must go well."""
    made = subprocess.run(
        [sys.executable, "-m", "pubtrack", *words], cwd=house, capture_output=True, encoding="utf-8", check=False
    )
    assert made.returncode == 0, (
        f"pubtrack {' '.join(words)}: exit code {made.returncode}\n{made.stdout}\n{made.stderr}"
    )
    return made.stdout


def rows(house: Path, *words: str) -> list[Row]:
    """Run a command that prints JSON lines and return its rows."""
    return [json.loads(line) for line in run(house, *words).splitlines()]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the example after its half year."""
    house = tmp_path_factory.mktemp("example")
    shutil.copytree(ROOT / "config", house / "config")
    (house / "told.txt").write_text(run(house, "rehearse", SCRIPT), encoding="utf-8")
    return house


@pytest.fixture(scope="module")
def works(house: Path) -> dict[str, Row]:
    """The works by every identity, and by the identifier their source gave them."""
    found = {}
    by_number = {work["work"]: work for work in rows(house, "export", "works")}
    for work in by_number.values():
        for identity in work["identities"]:
            found[identity] = work
            found[identity.split(":", 2)[-1]] = work
    with sqlite3.connect(house / "pubtrack.db") as database:
        numbers = dict(database.execute("SELECT source_id, work_id FROM sightings WHERE work_id IS NOT NULL"))
    return found | {
        source_id.split("#")[-1]: by_number[number] for source_id, number in numbers.items() if number in by_number
    }


@pytest.fixture(scope="module")
def duties(house: Path) -> list[Row]:
    return rows(house, "duties", "--json", "--as-of", LAST_DAY)


@pytest.fixture(scope="module")
def matches(house: Path) -> dict[int, list[Row]]:
    """The matches above the reject threshold, by work."""
    found = defaultdict(list)
    for match in rows(house, "export", "matches"):
        if match["band"] != "reject":
            found[match["work"]].append(match)
    return found


def test_the_run_ends_with_what_to_open(house: Path) -> None:
    """The last thing a reader sees is what waits for a person, and the files to open; each of them is there."""
    said = (house / "told.txt").read_text(encoding="utf-8")
    waiting, opened = said.split("Open:")
    files = [line.strip() for line in opened.splitlines() if line.strip()]

    assert "Waiting: " in waiting
    assert files
    assert [name for name in files if not (house / name).is_file()] == []


def test_fifteen_projects_and_about_sixty_works(house: Path) -> None:
    assert len(rows(house, "export", "projects")) == 15
    assert 55 <= len(rows(house, "export", "works")) <= 65


@pytest.fixture(scope="module")
def findings(house: Path) -> dict[int, Row]:
    """The newest finding of every work."""
    return {row["work"]: row for row in rows(house, "export", "findings")}


@pytest.mark.parametrize("work", VERDICTS)
def test_every_copy_is_read_as_its_reader_would(work: str, works: dict[str, Row], findings: dict[int, Row]) -> None:
    assert findings[works[work]["work"]]["verdict"] == VERDICTS[work]


def test_every_verdict_is_shown() -> None:
    assert set(VERDICTS.values()) == {verdict.value for verdict in Verdict}


def test_every_state_of_a_duty_is_shown(duties: list[Row]) -> None:
    assert {duty["state"] for duty in duties} == {state.value for state in DutyState}


def test_every_rung_of_the_ladder_was_told(house: Path) -> None:
    """Every rung was told by the last day; the files of the channel are what left."""
    sent = [row for row in rows(house, "outbox", "--json") if row["occasion"] == "reminder" and row["state"] == "sent"]

    assert {row["rung"] for row in sent} == LADDER
    assert len({row["key"] for row in sent}) == len(sent)


def test_who_answers_was_asked(house: Path) -> None:
    """Those who answer in the story were told before, and not again after it."""
    told = defaultdict(list)
    for row in rows(house, "outbox", "--json"):
        told[row["recipient"].partition("@")[0]].append(row["created_at"][:10])

    assert told["bram.thooft"] == ["2026-07-06"]
    assert told["fatima.elamrani"] == ["2026-08-31"]


def test_the_first_run_told_nobody(house: Path) -> None:
    early = [row for row in rows(house, "outbox", "--json") if row["created_at"] < "2026-05-18"]

    assert {row["state"] for row in early if row["occasion"] == "reminder"} <= {"stock"}


def test_a_preprint_and_its_article_are_one_work(works: dict[str, Row]) -> None:
    article = works["doi:10.5555/jrm.2025.0912"]

    assert works["doi:10.5555/preprint.2024.4711"]["work"] == article["work"]
    assert article["type"] == "article-journal"
    assert article["csl"]["DOI"] == "10.5555/jrm.2025.0912"


def test_a_record_of_the_repository_joins_its_work(works: dict[str, Row]) -> None:
    """By the DOI among its identifiers, or the one it names as its other identifier."""
    repository = "oai:repository.example.org:publications/"

    assert works[f"{repository}1003"]["work"] == works["doi:10.5555/tvs.2026.0141"]["work"]
    assert works[f"{repository}1004"]["work"] == works["doi:10.5555/jsf.2026.0077"]["work"]
    assert works[f"{repository}1007"]["work"] == works["doi:10.5555/sbe.2025.0058"]["work"]


@pytest.mark.parametrize(
    ("work", "project"),
    [
        ("oai:repository.example.org:publications/1001", r"SES\9008EXAMPLE_SEC1"),  # a thesis
        ("oai:repository.example.org:publications/1002", "9009"),  # a report, of a year
        ("devriesbakker2024young", "9005"),  # a report with an organisation among its authors
        ("nowak2025neighbours", "9006"),
        ("dcc-2025-02", "9006"),
    ],
)
def test_works_without_a_doi_are_matched(
    work: str, project: str, works: dict[str, Row], matches: dict[int, list[Row]]
) -> None:
    assert project in [match["project"] for match in matches[works[work]["work"]]]


def test_a_lead_of_two_projects_gets_each_work_in_the_right_one(
    works: dict[str, Row], matches: dict[int, list[Row]]
) -> None:
    def accepted(doi: str) -> list[str]:
        return [match["project"] for match in matches[works[f"doi:10.5555/{doi}"]["work"]] if match["band"] == "accept"]

    assert accepted("jrm.2025.0912") == ["9001"]
    assert accepted("jsf.2026.0077") == ["9002"]
    assert accepted("edu.2025.0303") == ["9002"]


@pytest.mark.parametrize("doi", STRANGERS)
def test_strangers_match_nothing(doi: str, works: dict[str, Row], matches: dict[int, list[Row]]) -> None:
    assert matches[works[f"doi:10.5555/{doi}"]["work"]] == []


@pytest.mark.parametrize("doi", NAMESAKES)
def test_a_namesake_is_at_most_a_question(doi: str, works: dict[str, Row], matches: dict[int, list[Row]]) -> None:
    assert {match["band"] for match in matches[works[f"doi:10.5555/{doi}"]["work"]]} <= {"review"}


def test_a_retraction_is_flagged_and_nothing_is_owed_for_it(works: dict[str, Row], duties: list[Row]) -> None:
    work = works["doi:10.5555/labm.2025.0500"]

    assert work["retracted"]
    assert {duty["state"] for duty in duties if duty["work"] == work["work"]} == {"waived"}
    assert works["doi:10.5555/ger.2025.0666"]["corrected"]


def test_what_people_said_holds(duties: list[Row], works: dict[str, Row]) -> None:
    def states(project: str, kind: str) -> set[str]:
        return {duty["state"] for duty in duties if duty["project"] == project and duty["kind"] == kind}

    assert states("9003", "publish") == {"snoozed"}
    assert states("9012", "publish") == {"waived"}
    assert states("9013", "publish") == {"snoozed"}
    separation = works["doi:10.5555/jsf.2026.0077"]["work"]
    assert {d["state"] for d in duties if d["work"] == separation and d["kind"] == "credit"} == {"snoozed"}


def test_nobody_is_told_of_what_is_unclear(house: Path, duties: list[Row]) -> None:
    """No message names a work whose match nobody verified."""
    with sqlite3.connect(house / "pubtrack.db") as database:
        told = {duty for (duty,) in database.execute("SELECT DISTINCT duty FROM told")}
    asked = {
        f"{duty['policy']}/{duty['project']}/{duty['work']}/{duty['kind']}"
        for duty in duties
        if duty["state"] == "unclear" and "nobody has confirmed" in duty["because"] and duty["work"]
    }

    assert asked
    assert told & asked == set()


def test_names_keep_their_particles(house: Path) -> None:
    """In messages and reference lists people are written as they write themselves."""
    written = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted((house / "reports").rglob("*"))
        if path.suffix in (".txt", ".bib", ".csv", ".html", ".eml")
    )

    for name in ("van der Berg", "'t Hooft", "in 't Veld", "de Vries-Bakker", "Özdemir"):
        assert name in written.replace("’", "'").replace("&#39;", "'"), name
    assert "Van der berg" not in written


def snapshot(house: Path) -> tuple[dict[str, list[tuple[Any, ...]]], dict[str, bytes]]:
    """All rows but the run log, and every byte of the reports."""
    with sqlite3.connect(house / "pubtrack.db") as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = {
            name: sorted(database.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
            for name in names
            if name != "runs"
        }
    files = {
        str(path.relative_to(house)): path.read_bytes()
        for path in sorted((house / "reports").rglob("*"))
        if path.is_file()
    }
    return tables, files


@pytest.mark.parametrize(
    "again", [("run", "--send", "--as-of", LAST_DAY), ("rehearse", SCRIPT)], ids=["day", "half year"]
)
def test_again_finds_nothing_new_and_changes_nothing(again: tuple[str, ...], house: Path) -> None:
    before, files = snapshot(house)
    run(house, *again)
    after, files_after = snapshot(house)

    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    assert sorted(files_after) == sorted(files)
    assert [name for name in files if files_after[name] != files[name]] == []


def typed() -> list[str]:
    """The commands that the guide shows in its blocks of code."""
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("pubtrack ")]


def test_the_guide_can_be_typed_on_the_example(house: Path, tmp_path: Path) -> None:
    """Every command of the staff's week goes well on the example, on its last day."""
    week = tmp_path / "week"
    shutil.copytree(house, week)

    assert len(typed()) > 10
    for line in typed():
        words = shlex.split(line.replace(" LIST ", " 2026-11 "))[1:]
        run(week, *words, "--as-of", LAST_DAY)
