"""The provider's own list: three layouts, a fourth, and what people type into it."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pubtrack import bootstrap
from pubtrack.config import Contact, Institution, Settings
from pubtrack.discovery.ingest import ingest
from pubtrack.errors import UsageError
from pubtrack.matching import stage as matching
from pubtrack.models import Answer, Band, Decision, DutyKind, DutyState, Match, Project, Record, StageReport, Work
from pubtrack.obligations import facts
from pubtrack.obligations.policy import load as load_policy
from pubtrack.references import published, reconcile
from pubtrack.references.headings import fields
from pubtrack.references.joining import PublishedRow, dois, url_key
from pubtrack.references.published import read
from pubtrack.references.rows import LAYOUTS
from pubtrack.store import Store, decisions, listings, matches, projects, works
from pubtrack.store import references as table
from tests.conftest import AT, NOW, PROJECT, ROOT

POLICY = load_policy(ROOT / "config/policies/cbs-microdata.toml")

Row = dict[str, Any]


def csl(title: str, *authors: str, year: int = 2024, **more: Any) -> dict[str, Any]:
    people = [dict(zip(("given", "family"), name.split(" ", 1), strict=True)) for name in authors]
    return {"type": "article-journal", "title": title, "author": people, "issued": {"date-parts": [[year]]}} | more


WORKS = [
    csl("Moving house and moving up: evidence from registers", "Anna van der Berg", DOI="10.5555/house.1"),
    csl("Wages", "Bram 't Hooft", URL="https://www.repository.example.org/handle/1?utm_source=x"),
    csl("Income and the length of schooling in the Netherlands", "Carla Jansen", "Anna van der Berg", year=2023),
    csl("Editorial", "Carla Jansen", year=2023),
    csl("Editorial", "Carla Jansen", year=2023, DOI="10.5555/editorial.2"),
    csl("A paper of another project altogether, with a long title", "Carla Jansen", DOI="10.5555/other.9"),
]
ROWS: list[Row] = [
    {"project": 9001, "title": "Moving house & moving up", "authors": "Berg", "issued": 2024, "url": "https://doi.org/10.5555/HOUSE.1"},
    {"project": "9001", "title": "Wages", "authors": "B. 't Hooft", "issued": 2024.0, "url": "repository.example.org/handle/1/"},
    {
        "project": "126/9001",
        "title": "Income and the length of schooling in The Netherlands.",
        "authors": "Jansen, C. et al.",
        "issued": date(2024, 1, 5),
        "url": "geen",
    },
    {"project": "9001", "title": "Editorial", "authors": "Jansen", "issued": "2023", "url": "https://www.example.org/"},
    {"project": "9001", "title": "Something nobody here has seen", "authors": "Diverse", "issued": "n.n.b.", "url": ""},
    {"project": "9001", "title": "A paper of another project altogether, with a long title", "authors": "Diverse", "issued": 2024},
    {"project": "4711", "title": "Of a project elsewhere", "authors": "X", "issued": 2020, "url": "https://example.org/x"},
    {"project": "9001", "title": "Quite another thing about fish", "authors": "Y", "issued": 2020, "url": "https://doi.org/10.5555/house.1"},
]  # fmt: skip
COUNTS = {
    "rows": 8,
    "arrived": 4,
    "new": 0,
    "unknown": 2,
    "unclaimed": 0,
    "other_project": 1,
    "elsewhere": 1,
    "twice": 0,
    "slips": 0,
}


def xlsx(file: Path, layout: str, rows: Sequence[Row], above: Sequence[str] = ()) -> Path:
    headers = LAYOUTS[layout]
    book = xlsxwriter.Workbook(str(file))
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    book.add_worksheet("Toelichting").write(0, 0, "Lijst van publicaties")
    sheet = book.add_worksheet("Lijst")
    for number, line in enumerate(above):
        sheet.write(number, 0, line)
    for column, (field, header) in enumerate(headers.items()):
        sheet.write(len(above), column, header)
        for number, row in enumerate(rows, start=len(above) + 1):
            value = row.get(field, "Universiteit van Voorbeeld_Faculty" if field == "institution" else "")
            if isinstance(value, date):
                sheet.write_datetime(number, column, value, day)
            else:
                sheet.write(number, column, value)
    book.close()
    return file


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        institution=Institution(
            name="University of Example", contact=Contact(name="DCC", email="dcc@example.org"), language="en"
        ),
        reports=tmp_path / "reports",
        policies=(ROOT / "config/policies/cbs-microdata.toml",),
    )


@pytest.fixture
def store(store: Store) -> Store:
    for project_id in ("9001", "126"):
        projects.save(store, replace(PROJECT, id=project_id), at=AT)
    for number, made in enumerate(WORKS, start=1):
        work_id = works.save(store, Work(made, identities=(f"doi:{made['DOI']}",) if "DOI" in made else ()), at=AT)
        project = "126" if number == 6 else "9001"
        if number != 5:
            matches.save(store, Match(project, work_id, 0.9, Band.ACCEPT), at=AT)
    return store


def run(store: Store, settings: Settings, file: Path) -> StageReport:
    return reconcile.run(store, settings, now=NOW, file=file)


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_known_layout_is_read_and_joined(store: Store, settings: Settings, tmp_path: Path, layout: str) -> None:
    report = run(store, settings, xlsx(tmp_path / "list.xlsx", layout, ROWS, above=("CBS", "", "Stand mei")))

    ((release),) = table.releases(store)
    joined = [(row.row, row.work_id, row.joined_by) for row in listings.rows(store, release["release"])]
    assert release["release"].startswith(f"{layout}/")
    assert joined == [
        (5, 1, "doi"),
        (6, 2, "url"),
        (7, 3, "title"),
        (8, 4, "title"),
        (9, None, None),
        (10, 6, "title"),
        (11, None, None),
        (12, None, "disputed"),
    ]
    # Two editorials of one author and year: only one is an output of the project, so it is that one.
    assert report.counts == COUNTS | {"changed": 8}


def test_what_somebody_must_look_at_is_named(store: Store, settings: Settings, tmp_path: Path) -> None:
    report = run(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", ROWS))

    assert report.notes == [
        "2 listed there, not known here: a publication to look for",
        "  row 6, project 9001: Something nobody here has seen; Diverse; n.n.b.",
        "  row 9, project 9001: Quite another thing about fish; Y; 2020; https://doi.org/10.5555/house.1",
        "1 listed there under another project number than here: a correction to send, or a match to look at",
        "  row 7, project 9001: A paper of another project altogether, with a long title; Diverse; 2024",
    ]
    assert Path(report.files[0]).read_text().splitlines()[2:] == [*report.notes[:3], "", *report.notes[3:]]


def test_reading_it_again_changes_nothing_and_csv_is_the_same_release(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    book = xlsx(tmp_path / "list.xlsx", "2026-05", ROWS)
    run(store, settings, book)
    before = list(store.rows("SELECT * FROM listings"))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    headers = LAYOUTS["2026-05"]
    writer.writerow(headers.values())
    for row in read(book).rows:
        writer.writerow([getattr(row, field, "") for field in headers])
    sheet = tmp_path / "same.txt"
    sheet.write_bytes(out.getvalue().encode("cp1252"))

    again, as_csv = run(store, settings, book), run(store, settings, sheet)

    assert again.counts["changed"] == as_csv.counts["changed"] == 0
    assert list(store.rows("SELECT * FROM listings")) == before


def test_a_new_work_is_joined_when_the_list_is_read_again(store: Store, settings: Settings, tmp_path: Path) -> None:
    title = "Something that nobody here has ever seen before"
    book = xlsx(tmp_path / "list.xlsx", "2026-05", [{"project": "9001", "title": title, "issued": 2024}])
    before = run(store, settings, book)
    works.save(store, Work(csl(title, "Anna van der Berg")), at=AT)

    report = run(store, settings, book)

    assert (before.counts["unknown"], before.counts["unclaimed"]) == (1, 0)
    assert (report.counts["unknown"], report.counts["unclaimed"], report.counts["changed"]) == (0, 1, 1)


def test_what_arrived_meets_the_duty_and_what_was_sent_and_has_not_is_told(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    store.db.execute(
        "INSERT INTO reference_lists (name, scope, made_at, state, sent_at) VALUES ('a', 'new', ?, 'sent', ?)", (AT, AT)
    )
    for work_id in (1, 4):
        store.db.execute("INSERT INTO reference_items VALUES (1, ?, '9001', '{}', 'x', '')", (work_id,))

    book = xlsx(tmp_path / "list.xlsx", "2026-05", ROWS[:3])
    report = reconcile.run(store, settings, now=NOW + timedelta(days=90), file=book)

    assert table.listed(store) == {1, 2, 3}
    assert report.notes == [
        "1 sent to the provider and not in its list:",
        "  work 4, project 9001: Editorial (list a, sent 90 days ago)",
    ]
    assert Path(report.files[0]).read_text().splitlines()[1:] == report.notes


# --- what the list knows and we did not ------------------------------------------------------------------------------


NEW: list[Row] = [
    {"project": "9001", "title": "Schooling of migrants' children in registers", "authors": "Jansen, C., & 't Hooft, B.", "issued": "2025",
     "url": "https://publisher.example.org/doi/full/10.5555/new.1?af=R", "publisher": "Example Press"},
    {"project": "9001", "title": "Een rapport over huishoudens in de grote stad", "authors": "Diverse", "issued": "n.n.b.", "url": "geen"},
    {"project": "9001", "title": "Quite another thing about fish", "authors": "Y", "issued": 2020, "url": "https://doi.org/10.5555/house.1"},
    {"project": "9001", "title": "", "url": "https://repository.example.org/handle/77"},
    {"project": "4711", "title": "Of a project elsewhere", "authors": "X", "issued": 2020},
]  # fmt: skip


def through_the_door(store: Store, settings: Settings, file: Path) -> StageReport:
    return reconcile.run(store, settings, now=NOW, file=file, door=bootstrap.listed_door(store, settings, now=NOW))


def test_what_is_listed_and_unknown_comes_in_as_a_publication(store: Store, settings: Settings, tmp_path: Path) -> None:
    """With what the row says and no more; a link that leads to another work is left out; what has no title is a question."""
    report = through_the_door(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", NEW))

    assert (report.counts["new"], report.counts["unknown"], report.counts["elsewhere"]) == (3, 1, 1)
    made = {
        work.title: {name: value for name, value in work.csl.items() if name not in ("title", "id")}
        for work in works.every(store)
        if (work.id or 0) > len(WORKS)
    }
    assert made == {
        "Schooling of migrants' children in registers": {
            "type": "document",
            "author": [{"given": "C.", "family": "Jansen"}, {"given": "B.", "family": "'t Hooft"}],
            "issued": {"date-parts": [[2025]]},
            "DOI": "10.5555/new.1",
            "URL": "https://doi.org/10.5555/new.1",
        },
        "Een rapport over huishoudens in de grote stad": {"type": "document"},
        "Quite another thing about fish": {
            "type": "document",
            "author": [{"literal": "Y"}],
            "issued": {"date-parts": [[2020]]},
        },
    }
    assert "3 listed there, not known here: taken in as publications, and held against their projects" in report.notes


def test_taking_it_in_again_changes_nothing(store: Store, settings: Settings, tmp_path: Path) -> None:
    book = xlsx(tmp_path / "list.xlsx", "2026-05", NEW)
    first = through_the_door(store, settings, book)
    before = {name: list(store.rows(f"SELECT * FROM {name}")) for name in ("works", "sightings", "listings")}

    again = through_the_door(store, settings, book)

    assert again.counts == first.counts | {"changed": 0}
    assert {name: list(store.rows(f"SELECT * FROM {name}")) for name in before} == before


def test_what_the_provider_lists_is_an_output_of_the_project_and_teaches_who_belongs_to_it(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Without a person of the project in it; unless a person says no. Then the duty to report it is met, and it is in no list."""
    through_the_door(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", NEW))
    new, report_, disputed = (work.id or 0 for work in works.every(store) if (work.id or 0) > len(WORKS))
    decisions.add(store, Decision(Answer.NOT_MINE, NOW, "staff", "cli", work_id=disputed, project_id="9001"))

    matching.run(store, settings, now=NOW)

    found = {match.work_id: match for match in matches.every(store, project_id="9001")}
    told = [piece.detail for piece in found[report_].evidence if piece.kind == "listed"]
    assert told == ["The provider's own list names it under project 9001"]
    assert {number: found[number].band for number in (new, report_, disputed)} == {
        new: Band.ACCEPT,
        report_: Band.ACCEPT,
        disputed: Band.REJECT,
    }
    duties = facts.today(store, [POLICY], now=NOW)
    assert {duty.state for duty in duties if duty.kind is DutyKind.REPORT and duty.work_id in (new, report_)} == {
        DutyState.MET
    }
    assert matching.run(store, settings, now=NOW).counts["scored"] == 0


def test_the_record_of_a_source_makes_the_listed_work_whole(store: Store, settings: Settings, tmp_path: Path) -> None:
    """What came in from the list is the work that Crossref shows later, not a second one."""
    through_the_door(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", NEW[:1]))
    raw = csl("Schooling of migrants' children in registers", "Carla Jansen", year=2025, DOI="10.5555/new.1")
    raw |= {"title": [raw["title"]], "type": "journal-article", "container-title": ["Journal of Examples"]}
    record = Record("crossref", "10.5555/new.1", "crossref", json.dumps(raw).encode())

    with store.atomic():
        ingest(store, [record], at=AT, report=StageReport("discover"))
    report = through_the_door(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", NEW[:1]))

    (made,) = [work for work in works.every(store) if (work.id or 0) > len(WORKS)]
    assert (made.type, made.csl["container-title"]) == ("article-journal", "Journal of Examples")
    assert (report.counts["new"], report.counts["unclaimed"]) == (0, 1)


def test_what_is_not_right_in_the_list_is_told_and_a_letter_is_drafted(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    rows: list[Row] = [
        ROWS[0],
        ROWS[0],
        ROWS[5] | {"issued": 2023},
        {"project": "9001", "title": "Earnings and other stories", "authors": "'t Hooft", "issued": 2024,
         "url": "repository.example.org/handle/1"},
        {"project": "9001", "title": "Income and the length of schooling in the Netherlands", "authors": "Jansen", "issued": 2019},
    ]  # fmt: skip

    report = run(store, settings, xlsx(tmp_path / "list.xlsx", "2026-05", rows))

    assert (report.counts["twice"], report.counts["slips"]) == (1, 2)
    assert Path(report.files[-1]).name.endswith("-letter.txt")
    assert Path(report.files[-1]).read_text() == (
        "Dear colleague,\n\n"
        "In your list of publications (list.xlsx) we noticed the following about our projects. Would you look at it?\n\n"
        "Row 3, project 9001: Moving house & moving up\n"
        "  - stands there twice: also in row 2\n\n"
        "Row 4, project 9001: A paper of another project altogether, with a long title\n"
        "  - stands under project 9001; as far as we know this publication belongs to project 126\n\n"
        "Row 5, project 9001: Earnings and other stories\n"
        "  - title in the list: Earnings and other stories\n    title of the publication: Wages\n\n"
        "Row 6, project 9001: Income and the length of schooling in the Netherlands\n"
        "  - year in the list: 2019; year of the publication: 2023\n\n"
        "With kind regards,\nDCC\ndcc@example.org\n"
    )


def test_online_in_one_year_and_in_print_in_the_next_is_no_fault(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    raw = csl("Household debt over three generations", "Carla Jansen", year=2022, DOI="10.5555/debt.1") | {
        "title": ["Household debt over three generations"],
        "published-online": {"date-parts": [[2022, 12, 1]]},
        "published-print": {"date-parts": [[2023, 2]]},
    }
    record = Record("crossref", "10.5555/debt.1", "crossref", json.dumps(raw).encode())
    with store.atomic():
        (work_id,) = ingest(store, [record], at=AT, report=StageReport("discover"))
    matches.save(store, Match("9001", work_id, 0.9, Band.ACCEPT), at=AT)
    row: Row = {"project": "9001", "title": "Household debt over three generations", "url": "10.5555/debt.1"}

    found = [
        run(store, settings, xlsx(tmp_path / f"{year}.xlsx", "2026-05", [row | {"issued": year}])).counts["slips"]
        for year in (2021, 2022, 2023, 2024)
    ]

    assert found == [1, 0, 0, 1]


# --- files ------------------------------------------------------------------------------------------------------------


def test_a_workbook_that_unpacks_to_far_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "_MOST_UNPACKED", 20_000_000)  # a tenth of the true limit, for speed
    file = xlsx(tmp_path / "list.xlsx", "2026-05", ROWS)
    with (
        zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as parts,
        parts.open("xl/media/big", "w", force_zip64=True) as big,
    ):
        for _ in range(21):
            big.write(bytes(1_000_000))

    with pytest.raises(UsageError) as caught:
        read(file)

    assert file.stat().st_size < 1_000_000
    assert str(caught.value) == f"{file}: unpacked this workbook is over 20 MB: it is no list."


def test_a_stray_cell_at_the_end_of_the_sheet_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, list(LAYOUTS["2026-05"].values()))
    sheet.write(1_048_575, 16_383, "x")
    book.close()

    with pytest.raises(UsageError) as caught:
        read(file)

    assert str(caught.value) == (
        f"{file}: a cell stands as far away as row 1,048,576, column 16,384. Delete what stands behind the list and save it again."
    )


def test_a_fourth_layout_is_read_if_its_headers_can_be_understood(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("Projectnr;Titel;Auteurs;Jaar;Link;Kleur\n9001;Wages;'t Hooft;2024;geen;rood\n")

    found = read(file)

    assert found.rows == (PublishedRow(2, "9001", "Wages", "'t Hooft", "2024", "", "geen"),)
    assert found.unknown_headers == ("Kleur",)
    assert found.release.startswith("other/")


@pytest.mark.parametrize(
    ("headers", "understood"),
    [
        (
            "CBS project no.|Title of publication|Authors|Year of publication|Name of institution|Link to publication|Remarks",
            ["project", "title", "authors", "issued", "institution", "url", None],
        ),
        (
            "Project number|Project title|Title|Start date|Publication year|DOI / URL",
            ["project", None, "title", None, "issued", "url"],
        ),
        (
            "Project|Project leader|Publication title|Number of authors|Author names|DOI",
            ["project", None, "title", None, "authors", "doi"],
        ),
        (
            "Projectcode|Titel van de publicatie|Naam auteur(s)|Verschijningsjaar|Tijdschrift",
            ["project", "title", "authors", "issued", None],
        ),
        ("Project|Title|Journal title|Link to data|Titel", ["project", "title", None, None, None]),
    ],
)
def test_a_header_is_understood_or_left_alone(headers: str, understood: list[str | None]) -> None:
    """What says two things, or what somebody else than the publication has, is no column of ours."""
    assert fields(headers.split("|")) == understood


def test_a_list_from_another_office_is_read(tmp_path: Path) -> None:
    """Merged title rows, columns of their own, a workbook of LibreOffice; rows of nothing at its end."""
    file = tmp_path / "list.xlsx"
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet("About")
    sheet.write(0, 0, "Made by hand")
    sheet = book.add_worksheet("Output 2026")
    sheet.merge_range(0, 0, 0, 6, "Publications per project, all authors")
    sheet.merge_range(1, 0, 1, 6, "Title, year and link as given by the projects")
    for column, header in enumerate(
        ["#", "Project no.", "Title of the paper", "Author(s)", "Year", "Publication link", "Checked by"]
    ):
        sheet.write(3, column, header)
    for column, cell in enumerate([1, 9001, "Wages", "Hooft", 2024, "geen", "X"]):
        sheet.write(4, column, cell)
    sheet.write(5, 6, "X")
    book.close()

    found = read(file)

    assert found.rows == (PublishedRow(5, "9001", "Wages", "Hooft", "2024", "", "geen"),)
    assert found.unknown_headers == ("#", "Checked by")


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_older_and_other_workbooks_are_read_as_well(tmp_path: Path, kind: str) -> None:
    program = shutil.which("soffice")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("soffice is missing: apt-get install libreoffice-calc")
        pytest.skip("soffice is missing: apt-get install libreoffice-calc")
    made = xlsx(tmp_path / "list.xlsx", "2026-05", ROWS)
    command = [
        program,
        f"-env:UserInstallation={(tmp_path / 'office').as_uri()}",
        "--headless",
        "--convert-to",
        kind,
        str(made),
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)

    assert read(tmp_path / f"list.{kind}") == read(made)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"Projectnummer;Naam van het stuk;Auteurs;Jaar\n1;2;3;4\n",
            'row 1 looks like the header, but holds no column for title. Headers not known: "Naam van het stuk".',
        ),
        (
            b"a,b\n1,2\n",
            "no header row was found. One row must hold the names of the columns, such as: Institute, Project,"
            " Publication title, Author(s), Publication date, Publisher, URL publication, Published code or scripts.",
        ),
        (b"\x00\x01", "this is neither a workbook nor csv."),
        (b"PK\x05\x06" + b"\0" * 18, "this workbook cannot be read: "),
    ],
)
def test_a_list_that_cannot_be_understood_says_why(
    store: Store, settings: Settings, tmp_path: Path, content: bytes, message: str
) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)

    with pytest.raises(UsageError) as caught:
        run(store, settings, file)

    assert str(caught.value).startswith(f"{file}: {message}")


def test_a_file_that_is_not_there_is_one_sentence(store: Store, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"/none\.xlsx: there is no such file\.$"):
        run(store, settings, tmp_path / "none.xlsx")


@given(st.binary(max_size=200) | st.text(alphabet=';,\n"ProjectTil 1\xe9=', max_size=200).map(str.encode))
@hypothesis_settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_file_gives_rows_or_one_sentence(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any"
    file.write_bytes(content)

    said = ""
    try:
        rows = read(file).rows
    except UsageError as error:
        rows, said = (), str(error)

    assert all(row.title or row.project for row in rows)
    assert not said or said.startswith(f"{file}: ")


@given(st.text(max_size=60))
@hypothesis_settings(max_examples=150, deadline=None)
def test_any_link_can_be_looked_at(url: str) -> None:
    key = url_key(url)
    assert key is None or "." in key
    dois(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://doi.org/10.5555/a.1", "10.5555/a.1"),
        ("10.5555/a.1", "10.5555/a.1"),
        ("https://publisher.example.org/doi/full/10.5555/a.1?af=R", "10.5555/a.1"),
        ("https://publisher.example.org/doi/10.5555/a.1/abstract", "10.5555/a.1"),
        ("https://publisher.example.org/10.5555%2Fa.1.pdf", "10.5555/a.1"),
    ],
)
def test_a_doi_is_found_in_a_link(url: str, expected: str) -> None:
    assert expected in dois(url)


@pytest.mark.parametrize(
    "url", ["", "geen", "www.example.org", "https://example.org/", "http://example.org/index.html"]
)
def test_a_host_or_a_home_page_is_no_link_to_a_work(url: str) -> None:
    assert url_key(url) is None


@pytest.mark.shared
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_rows_made_from_real_outputs_come_back_to_their_works(
    store: Store, settings: Settings, tmp_path: Path, shared: Path, layout: str
) -> None:
    """A third of the rows lose their link, authors are abbreviated or reversed, years slip by one: precision stays."""
    from pubtrack.discovery.crosswalks import CROSSWALKS

    folder = shared / "matching/cbs"
    rng = random.Random(4)
    ids: dict[str, int] = {}
    with store.atomic():
        for line in (folder / "projects.jsonl").read_text().splitlines():
            row = json.loads(line)
            projects.save(store, Project(row["id"].removeprefix("cbs:"), row["title"]), at=AT)
        for line in (folder / "works.jsonl").read_bytes().splitlines():
            work = CROSSWALKS["crossref"](line)
            ids[json.loads(line)["id"]] = works.save(store, work, at=AT)
    links = [json.loads(line) for line in (folder / "links.jsonl").read_text().splitlines()]
    rows: list[Row] = []
    meant: list[int] = []
    for link in links:
        found = works.get(store, ids[link["work"]])
        assert found is not None
        names = [str(author.get("family") or author.get("literal")) for author in found.authors]
        authors = rng.choice(
            [", ".join(names), f"{names[0]} et al." if names else "", "; ".join(reversed(names)), "Diverse"]
        )
        year = found.issued.year + rng.choice([0, 0, 0, 1]) if found.issued else "onbekend"
        url = rng.choice([found.csl.get("URL", ""), found.csl.get("URL", ""), "geen"])
        title = rng.choice([found.title, found.title + ".", found.title.upper()])
        rows.append(
            {
                "project": link["project"].removeprefix("cbs:"),
                "title": title,
                "authors": authors,
                "issued": year,
                "url": url,
            }
        )
        meant.append(ids[link["work"]])

    report = run(store, settings, xlsx(tmp_path / "list.xlsx", layout, rows))

    release = next(row["release"] for row in table.releases(store))
    found_ids = [row.work_id for row in listings.rows(store, release)]
    joined = [(got, want) for got, want in zip(found_ids, meant, strict=True) if got is not None]
    right = sum(got == want for got, want in joined)
    print(f"{layout}: {len(links)} rows, {len(joined)} joined, {right} rightly")
    assert report.counts["rows"] == len(links)
    assert right / len(joined) >= 0.99
    assert right / len(links) >= 0.9
