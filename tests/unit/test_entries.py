"""From cells and records to projects and people, with every fault of the file at once."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.errors import InputFaults
from pubtrack.models import Person, Project
from pubtrack.register import values
from pubtrack.register.model import Entry
from pubtrack.register.stage import read

ORCID = "0000-0002-1825-0097"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def entries(text: str, name: str = "projects.csv") -> list[Entry]:
    Path(name).write_text(text, encoding="utf-8")
    return read(Path(name))[1].entries


def faults(text: str, name: str = "projects.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    with pytest.raises(InputFaults) as error:
        read(Path(name))
    return str(error.value)


FULL = Project(
    "9001",
    "Income mobility",
    abstract="Who moves up?",
    datasets=("GBAPERSOONTAB", "INPATAB"),
    institution="Universiteit van Voorbeeld",
    started_on=date(2020, 2, 1),
    ended_on=date(2025, 3, 31),
    lead=Person("Anna", "van der Berg", "anna@example.org", ORCID, language="nl"),
    members=(Person("Bram", "'t Hooft", "bram@example.org"), Person("Mohamed", "el Idrissi")),
)


def test_one_project_reads_the_same_from_every_kind_of_file() -> None:
    """csv in our words, csv in Dutch as Excel saves it, jsonl and toml."""
    ours = f"""\
id,title,abstract,datasets,lead_given,lead_family,lead_email,lead_orcid,lead_language,members,institution,started_on,ended_on
9001,Income mobility,Who moves up?,GBAPERSOONTAB;INPATAB,Anna,van der Berg,anna@example.org,{ORCID},nl,\
Bram 't Hooft <bram@example.org>; Mohamed el Idrissi,Universiteit van Voorbeeld,2020-02-01,2025-03-31
"""
    dutch = f"""\
Overzicht van projecten;;;;;;;;;;;;
;;;;;;;;;;;;
Einddatum ; Startdatum;Projectnummer;Titel;Samenvatting;Bestanden;Instelling;Voornaam;Tussenvoegsel;Achternaam;E-mail;ORCID;Taal;Leden
31-3-2025;1 feb 2020; 9001 ;Income  mobility;Who moves up?;GBAPERSOONTAB, INPATAB;Universiteit van Voorbeeld;Anna;van der;Berg;\
mailto:anna@EXAMPLE.org;https://orcid.org/{ORCID};Nederlands;"Hooft, Bram 't <bram@example.org>
Mohamed el Idrissi"
"""
    lines = (
        '{"id": 9001, "title": "Income mobility", "abstract": "Who moves up?", "datasets": ["GBAPERSOONTAB", "INPATAB"],'
        f' "lead": {{"given": "Anna", "family": "van der Berg", "email": "anna@example.org", "orcid": "{ORCID}", "language": "nl"}},'
        ' "members": [{"given": "Bram", "family": "\'t Hooft", "email": "bram@example.org"}, "Mohamed el Idrissi"],'
        ' "institution": "Universiteit van Voorbeeld", "started_on": "2020-02-01", "ended_on": "2025-03-31"}\n'
    )
    toml = f"""\
[[project]]
id = 9001
title = "Income mobility"
abstract = "Who moves up?"
datasets = ["GBAPERSOONTAB", "INPATAB"]
institution = "Universiteit van Voorbeeld"
started_on = 2020-02-01
ended_on = "31-03-2025"
lead = "Anna van der Berg <anna@example.org> ({ORCID})"
[[project.members]]
given = "Bram"
family = "'t Hooft"
email = "bram@example.org"
[[project.members]]
given = "Mohamed"
family = "el Idrissi"
"""
    spoken = FULL.__class__(
        **{name: getattr(FULL, name) for name in FULL.__slots__ if name != "lead"},
        lead=Person("Anna", "van der Berg", "anna@example.org", ORCID),
    )

    assert [entry.project for entry in entries(ours)] == [FULL]
    assert [entry.project for entry in entries(dutch)] == [FULL]
    assert [entry.project for entry in entries(lines)] == [FULL]
    assert [entry.project for entry in entries(toml)] == [spoken]


def test_a_register_speaks_only_of_its_columns() -> None:
    """What has no column is carried by nobody, and will be left alone."""
    assert entries("id,title\n1,A\n")[0].carried == {"id", "title"}
    assert entries("id,title,lead_family,lead_email\n1,A,,\n")[0].carried == {"id", "title", "lead"}
    assert entries('{"id": "1", "title": "A", "members": []}\n')[0].carried == {"id", "title", "members"}


def test_every_fault_of_a_sheet_is_told_at_once() -> None:
    """With the line a person sees, the column, what stands there and what to write."""
    assert (
        faults("""\
id,title,abstrac,lead_family,lead_email,lead_orcid,lead_language,started_on,ended_on,Titel

9001,A,,Berg,anna,0000-0002-1825-0098,fr,2020-01-01,31-02-2026,
,B,,,0000-0002-1825-0097,,,2021-01-01,2020-01-01,
9002,,,Berg,a@example.org,12,,2020,1/13/2020,
9001,C,,,,,,,,,,x
""")
        == """\
projects.csv: 16 problems
  line 1, column 3: abstrac is the name of no column. Did you mean abstract?
  line 1, column 10: Titel says the same as another column. Keep one of the two.
  line 3, ended_on: 31-02-2026 is not a date. Write it as 2026-02-28.
  line 3, lead_email: anna is not a mail address. Write it as name@example.org.
  line 3, lead_orcid: the check digit of 0000-0002-1825-0098 is wrong. Did you mean ...0097?
  line 3, lead_language: fr is no language pubtrack writes. Write nl or en.
  line 4, id: it is empty. Every project needs one.
  line 4, ended_on: 2020-01-01 lies before the start, 2021-01-01.
  line 4, lead_email: 0000-0002-1825-0097 is not a mail address. Write it as name@example.org.
  line 4, lead_family: it is empty. A person needs a family name.
  line 5, title: it is empty. Every project needs one.
  line 5, started_on: 2020 is not a date. Write it as 2026-02-28.
  line 5, ended_on: 1/13/2020 is not a date. Write it as 2026-02-28.
  line 5, lead_orcid: 12 is not an ORCID. Write it as 0000-0002-1825-0097.
  line 6, column 12: this line has more cells than there are columns. A text with , in it must stand in quotes: "...".
  line 6, id: 9001 stands on line 3 already. A project has one line."""
    )


def test_every_fault_of_records_is_told_at_once() -> None:
    """Lines that are no JSON stand among the others, in the order of the file."""
    assert (
        faults(
            """\
{"id": "1", "title": "A", "lead": {"given": "A", "famly": "B"}, "colour": 1}
{"id": 7012.5, "title": "B", "members": [{"given": "C"}, 7, "<x@example.org>"], "lead": ["a"]}
nonsense
7
{"id": "1", "title": "C", "members": "Anna Berg <anna>; Jan de Wit (1)"}
""",
            "r.jsonl",
        )
        == """\
r.jsonl: 13 problems
  line 1, colour: there is no such field. Known are: id, title, abstract, datasets, lead, members, institution, started_on, ended_on.
  line 1, lead.famly: there is no such field. Did you mean family?
  line 1, lead.family: it is empty. A person needs a family name.
  line 2, id: 7012.5 is no project number. Write it as text.
  line 2, lead: here stands a list. A project has one lead; the others are members.
  line 2, members.family: it is empty. A person needs a family name.
  line 2, members: 7 is no person. Write: Anna van der Berg <anna@example.org> (0000-0002-1825-0097).
  line 2, members: <x@example.org> is no person. Write: Anna van der Berg <anna@example.org> (0000-0002-1825-0097).
  line 3: this is no JSON from character 1 on. One project stands on one line.
  line 4: here stands no record. A project is written as { ... }.
  line 5, members: anna is not a mail address. Write it as name@example.org.
  line 5, members: 1 is not an ORCID. Write it as 0000-0002-1825-0097.
  line 5, id: 1 stands on line 1 already. A project has one line."""
    )


def test_a_header_without_what_is_needed_says_so() -> None:
    """The id and the title of a project are the least."""
    assert (
        faults("title,lead,lead_email\nA,Anna Berg,\n")
        == """\
projects.csv: 3 problems
  line 1: there is no column id. Every project needs one.
  line 1, lead: the lead stands in one column or in several. Keep either lead or lead_family and the others.
  line 2, id: it is empty. Every project needs one."""
    )


def test_faults_without_end_are_counted() -> None:
    """The first two hundred are enough to see what is wrong; the rest is a number, not a silence."""
    said = faults("id,title\n" + ",x\n" * 1500).split("\n")

    assert (len(said), said[-1]) == (202, "  ... and 1,300 more.")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        (date(2026, 2, 28), date(2026, 2, 28)),
        (datetime(2026, 2, 28, 0, 0), date(2026, 2, 28)),
        (46081.0, date(2026, 2, 28)),
        ("2026-02-28", date(2026, 2, 28)),
        ("2026-02-28T00:00:00", date(2026, 2, 28)),
        (" 28-2-2026 ", date(2026, 2, 28)),
        ("28/02/2026", date(2026, 2, 28)),
        ("28.2.2026", date(2026, 2, 28)),
        ("28 februari 2026", date(2026, 2, 28)),
        ("1 mrt 2026", date(2026, 3, 1)),
        ("3 March 2026", date(2026, 3, 3)),
        ("1-mei-2026", date(2026, 5, 1)),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_a_day_is_read_as_people_and_excel_write_it(cell: Any, day: date | None) -> None:
    """ISO, Dutch with the day first, a month by name, Excel's own number."""
    assert values.day(cell) == day


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("31-02-2026", "31-02-2026 is not a date. Write it as 2026-02-28."),
        ("2025-06-31", "2025-06-31 is not a date. Write it as 2025-06-30."),
        ("02/13/2026", "02/13/2026 is not a date. Write it as 2026-02-28."),
        ("2026", "2026 is not a date. Write it as 2026-02-28."),
        (2026.0, "2026 is not a date. Write it as 2026-02-28."),
        ("medio 2026", "medio 2026 is not a date. Write it as 2026-02-28."),
        ("1-1-0026", "1-1-0026 is not a date. Write it as 2026-02-28."),
        ("#REF!", "#REF! is an error of the workbook. Mend the formula or write the value."),
        ("x" * 90, f"{'x' * 57}... is not a date. Write it as 2026-02-28."),
    ],
)
def test_what_is_no_day_is_told_with_one(cell: Any, said: str) -> None:
    """The day that may be meant, where it can be seen."""
    with pytest.raises(ValueError) as error:
        values.day(cell)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("cell", "number"),
    [(7012.0, "7012"), (7012, "7012"), (" 7012 ", "7012"), ("SES\\208008SSBONT_SEC1", "SES\\208008SSBONT_SEC1"),
     ("6126/7027", "6126/7027"), ("007", "007"), ("7012.0", "7012.0"), ("", None)],
)  # fmt: skip
def test_a_project_number_is_an_opaque_text(cell: Any, number: str | None) -> None:
    """Excel's numbers lose their .0; what is text stays as it is, zeros in front included."""
    assert values.number(cell) == number


def test_a_project_number_that_excel_made_a_day_of_is_refused() -> None:
    """What it was cannot be known any more."""
    with pytest.raises(
        ValueError, match=r"Excel made the date 2027-07-01 of this project number\. Format the column as text\."
    ):
        values.number(date(2027, 7, 1))


@pytest.mark.parametrize(
    ("written", "given", "family"),
    [
        ("Anna van der Berg", "Anna", "van der Berg"),
        ("Berg, Anna van der", "Anna", "van der Berg"),
        ("van der Berg, Anna", "Anna", "van der Berg"),
        ("Bram 't Hooft", "Bram", "'t Hooft"),
        ("Sietske in 't Veld", "Sietske", "in 't Veld"),
        ("Mohamed el Idrissi", "Mohamed", "el Idrissi"),
        ("Jan Peter Van den Bossche", "Jan Peter", "Van den Bossche"),
        ("Jan Jansen", "Jan", "Jansen"),
        ("J.P. Jansen-de Wit", "J.P.", "Jansen-de Wit"),
        ("Jansen", "", "Jansen"),
        ("Prem Das", "Prem", "Das"),
        ("Yu Te", "Yu", "Te"),
    ],
)
def test_a_name_keeps_its_particles_with_the_family(written: str, given: str, family: str) -> None:
    """As the Dutch sort their names."""
    assert values.name(written) == (given, family)


def test_formulas_are_inert_text() -> None:
    """What would be a formula in a sheet is a title here, and no more."""
    titles = [
        entry.project.title for entry in entries('id,title\n1,=1+1\n2,"=HYPERLINK(""http://x.example"")"\n3,@SUM(A1)\n')
    ]

    assert titles == ["=1+1", '=HYPERLINK("http://x.example")', "@SUM(A1)"]


def test_what_cannot_be_printed_is_left_out() -> None:
    """Control characters, half surrogates and zero-width blanks come with copied text and would break the store."""
    assert entries('{"id": "1\\u200b", "title": "A\\u0000 \\ud800B\\u00a0C\\nD"}\n')[0].project == Project(
        "1", "A B C D"
    )


@settings(max_examples=200, deadline=None)
@given(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.dates()
    | st.datetimes()
    | st.times()
)
def test_any_cell_is_read_or_told(cell: Any) -> None:
    """Whatever calamine or JSON gives, a reader returns or raises a ValueError that is a sentence."""
    for reader in (values.text, values.long_text, values.number, values.day, values.datasets, values.language,
                   values.email, values.orcid, values.person):  # fmt: skip
        try:
            reader(cell)
        except ValueError as error:
            said = str(error)
            assert said.endswith((".", "?")), said


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_a_day_survives_every_way_of_writing_it(day: date) -> None:
    """Written as ISO, as the Dutch do or as Excel's number it is the same day."""
    assert values.day(day.isoformat()) == day
    assert values.day(f"{day.day}-{day.month}-{day.year}") == day
    assert values.day(f"{day:%d/%m/%Y}") == day


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["id", "title", "lead", "members", "given", "family", "email", "x"]), inner, max_size=4)))  # fmt: skip
def test_any_record_is_a_project_or_told(record: Any) -> None:
    """Nothing in a jsonl brings anything but faults."""
    import json

    Path("r.jsonl").write_text(json.dumps({"id": "1", "title": "A"}) + "\n" + json.dumps(record) + "\n")
    try:
        read(Path("r.jsonl"))
    except InputFaults as error:
        assert str(error).startswith("r.jsonl: ")  # noqa: PT017
