"""The provider's own register: one row per project and data set, whatever the release calls its columns."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.errors import InputFaults
from pubtrack.models import Project
from pubtrack.register import cbs_workbook
from pubtrack.register.model import Reading, Sheet
from pubtrack.register.stage import read
from tests.unit.test_table import workbook

HEADER = ("Projectnummer", "Bestandsnaam", "Instelling", "Onderzoek", "Startdatum", "Einddatum")
START, END = date(2019, 1, 1), date(2024, 12, 31)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def reading(*lines: tuple[Any, ...], title: str = "", name: str = "any name.xlsx") -> tuple[str, Reading]:
    Path(name).write_bytes(workbook(list(lines), title=title))
    return read(Path(name))


def test_rows_become_projects_with_their_data_sets() -> None:
    """Each data set once, in the order of the rows; a project without one is a project all the same."""
    name, found = reading(
        HEADER,
        (7012, "GBAPERSOONTAB", "Universiteit van Voorbeeld", "Social  mobility \nof households", START, END),
        (7012, "INPATAB", "Universiteit van Voorbeeld", "Social mobility of households", START, END),
        (7012, "GBAPERSOONTAB", "Universiteit van Voorbeeld", "Social mobility of households", START, END),
        (7013, None, "Universiteit van Voorbeeld", "School careers", START, END),
    )

    assert name == "cbs-workbook"
    assert [entry.project for entry in found.entries] == [
        Project(
            "7012", "Social mobility of households", None, ("GBAPERSOONTAB", "INPATAB"), "Universiteit van Voorbeeld", START, END
        ),
        Project("7013", "School careers", None, (), "Universiteit van Voorbeeld", START, END),
    ]  # fmt: skip
    assert {name for entry in found.entries for name in entry.carried} == {
        "id", "title", "datasets", "institution", "started_on", "ended_on",
    }  # fmt: skip
    assert found.notes == []


def test_project_numbers_are_opaque() -> None:
    """Numbers lose Excel's .0, anything else stays as it is written."""
    _, found = reading(
        HEADER,
        *(
            (number, "A", "U", "T", START, END)
            for number in (7012.0, "SES\\208008SSBONT_SEC1", "6126/7027", "0815", 12345678901)
        ),
    )

    assert [entry.project.id for entry in found.entries] == [
        "7012",
        "SES\\208008SSBONT_SEC1",
        "6126/7027",
        "0815",
        "12345678901",
    ]


@pytest.mark.parametrize(
    "header",
    [
        ("PROJECTNUMMER", "BESTANDSNAAM", "INSTELLING", "ONDERZOEK", "STARTDATUM", "EINDDATUM"),
        ("Project number", "File name", "Institution", "Research", "Start date", "End date"),
        ("Projectnumber", "Dataset name", "Institute", "Project title", "Start_date", "End_date"),
        ("project no.", "Filename", "Organisation", "Study", "Start", "End"),
    ],
)
def test_the_header_may_change_from_release_to_release(header: tuple[str, ...]) -> None:
    """Another case, another language, title rows above it: it is the same register."""
    name, found = reading(header, (7012, "A", "U", "T", START, END), title="Projecten met bestanden, november 2026")

    assert name == "cbs-workbook"
    assert [entry.project for entry in found.entries] == [Project("7012", "T", None, ("A",), "U", START, END)]


def test_columns_may_stand_in_any_order_and_more_may_come() -> None:
    """A column that is not known is named in a note; the provider's file is not ours to mend."""
    _, found = reading(("Thema", *reversed(HEADER)), ("Wonen", END, START, "T", "U", "A", 7012))

    assert [entry.project for entry in found.entries] == [Project("7012", "T", None, ("A",), "U", START, END)]
    assert found.notes == ["Columns that are not read: Thema."]


def test_rows_that_disagree_are_settled_and_noted() -> None:
    """The title of most rows, the latest days; of equals the first."""
    _, found = reading(
        HEADER,
        (7012, "A", "U", "Mobility", START, END),
        (7012, "B", "V", "Social mobility", START, date(2025, 6, 30)),
        (7012, "C", "W", "Social mobility", START, END),
    )

    assert [entry.project for entry in found.entries] == [
        Project("7012", "Social mobility", None, ("A", "B", "C"), "U", START, date(2025, 6, 30))
    ]
    assert found.notes == [
        "7012: its rows disagree on title. Kept: Social mobility. Not: Mobility.",
        "7012: its rows disagree on institution. Kept: U. Not: V; W.",
        "7012: its rows disagree on ended_on. Kept: 2025-06-30. Not: 2024-12-31.",
    ]


def test_every_fault_is_told_at_once_by_its_row() -> None:
    """As in the sheet: the first row is 1."""
    with pytest.raises(InputFaults) as error:
        reading(
            (*HEADER, "Titel"),
            (7012, "A", "U", "T", "31-02-2026", END),
            (None, "A", "U", "T", START, END),
            (7013, "A", "U", None, START, END),
            (7014, "A", "U", "T", END, START),
            (date(2027, 7, 1), "A", "U", "T", START, END),
        )

    assert (
        str(error.value)
        == """\
any name.xlsx: 6 problems
  line 1, column 7: Titel says the same as another column. Keep one of the two.
  line 2, started_on: 31-02-2026 is not a date. Write it as 2026-02-28.
  line 3, id: it is empty. Every row needs its project number.
  line 4, title: no row of project 7013 has a title.
  line 5, ended_on: 2019-01-01 lies before the start, 2024-12-31.
  line 6, id: Excel made the date 2027-07-01 of this project number. Format the column as text."""
    )


def test_the_same_table_as_csv_is_the_same_register() -> None:
    """Content decides."""
    Path("x.csv").write_text(
        "Projectnummer;Bestandsnaam;Instelling;Onderzoek;Startdatum;Einddatum\n7012;A;U;T;1-1-2019;31-12-2024\n"
    )

    name, found = read(Path("x.csv"))

    assert (name, [entry.project for entry in found.entries]) == (
        "cbs-workbook",
        [Project("7012", "T", None, ("A",), "U", START, END)],
    )


def test_parts_of_a_release_are_merged() -> None:
    """Projects that have ended and projects that run come in two files."""
    _, one = reading(HEADER, (7012, "A", "U", "T", START, END), (7013, "A", "U", "T", START, END))
    _, two = reading(HEADER, (7013, "B", "V", "S", START, END))

    merged = [entry.project for entry in cbs_workbook.merge([one, two])]

    assert merged == [
        Project("7012", "T", None, ("A",), "U", START, END),
        Project("7013", "S", None, ("A", "B"), "V", START, END),
    ]


CELLS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.dates() | st.datetimes()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=8), max_size=8))
def test_any_rows_are_projects_or_faults(rows: list[list[Any]]) -> None:
    """Whatever stands in the cells: every row with a number is in a project, or the reading says why not."""
    sheet = Sheet([(1, list(HEADER)), *enumerate(rows, 2)])
    header = cbs_workbook.recognise([sheet])
    assert header is not None

    found = cbs_workbook.read(header)

    assert len(found.entries) <= len(rows)
    assert found.faults or len(found.entries) >= min(len(rows), 1)
    assert all(entry.project.id and entry.project.title for entry in found.entries)


@pytest.mark.shared
def test_the_real_workbook(shared: Path) -> None:
    """19,648 rows are 1,660 projects; one of them has three institutions."""
    path = shared / "cbs" / "Projecten_met_bestanden_einddatum_voor_2025_.xlsx"

    name, found = read(path)

    assert (name, len(found.entries)) == ("cbs-workbook", 1660)
    assert (
        sum(len(entry.project.datasets) for entry in found.entries) == 19_648 - 14 - 14
    )  # rows without a name, rows that stand twice
    assert all(entry.project.ended_on and entry.project.ended_on.year < 2025 for entry in found.entries)
    assert all(entry.project.id.isdigit() for entry in found.entries)
    assert len(found.notes) == 1
