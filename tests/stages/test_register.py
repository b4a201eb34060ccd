"""Registers into the store: importing again updates, reports what changed, and deletes nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.clock import stamp
from pubtrack.config import Contact, Institution, Settings
from pubtrack.config import Register as RegisterFiles
from pubtrack.errors import InputFaults, UsageError
from pubtrack.models import Answer, Decision, Person, StageReport
from pubtrack.register import stage
from pubtrack.store import Store, decisions, people, projects, registers
from tests.conftest import ANNA, AT, NOW, PROJECT
from tests.unit.test_table import workbook

HEADER = ("Projectnummer", "Bestandsnaam", "Instelling", "Onderzoek", "Startdatum", "Einddatum")
START, END = date(2019, 1, 1), date(2024, 12, 31)
COUNTS = {"new": 0, "changed": 0, "unchanged": 0, "gone": 0}
LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def settings(*files: str) -> Settings:
    contact = Contact(name="DCC", email="dcc@example.org")
    return Settings(
        institution=Institution(name="U", contact=contact),
        policies=(),
        register=RegisterFiles(files=tuple(map(Path, files))),
    )


def cbs(*lines: tuple[Any, ...], name: str = "cbs.xlsx") -> str:
    Path(name).write_bytes(workbook([HEADER, *lines]))
    return name


def csv(
    *lines: str, name: str = "projects.csv", header: str = "id,title,lead_given,lead_family,lead_email,members"
) -> str:
    Path(name).write_text("\n".join([header, *lines]) + "\n")
    return name


def run(store: Store, *files: str, now: Any = NOW) -> StageReport:
    return stage.run(store, settings(*files), now=now)


def names(store: Store, project_id: str) -> tuple[str | None, list[str]]:
    project = projects.get(store, project_id)
    assert project is not None
    return project.lead.name if project.lead else None, [one.name for one in project.members]


def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    return {
        table: list(store.rows(f"SELECT * FROM {table} ORDER BY 1, 2"))
        for table in ("projects", "people", "memberships", "registrations", "registers")
    }


def test_projects_and_people_are_registered_once(store: Store) -> None:
    """The second run reads nothing and changes nothing."""
    files = (
        cbs((7012, "A", "U", "Mobility", START, END)),
        csv("9001,Income,Anna,van der Berg,anna@example.org,Bram 't Hooft <bram@example.org>"),
    )

    first = run(store, *files)
    before = everything(store)
    second = run(store, *files, now=LATER)

    assert first.counts == COUNTS | {"new": 2}
    assert (first.faults, first.notes) == ([], [])
    assert [project.id for project in projects.every(store)] == ["7012", "9001"]
    assert names(store, "9001") == ("Anna van der Berg", ["Bram 't Hooft"])
    assert second.counts == COUNTS | {"unchanged": 2}
    assert everything(store) == before


def test_what_changed_is_told_by_project(store: Store) -> None:
    """Old and new value of each field; the rest is unchanged."""
    header = "id,title,abstract,datasets,ended_on,lead_family,lead_email"
    csv("1,A,,X;Y,2025-01-01,Berg,a@example.org", "2,B,,,,,", name="p.csv", header=header)
    run(store, "p.csv")
    csv("1,A,Why?,Y;Z,2026-01-01,Jansen,j@example.org", "2,B,,,,,", "3,C,,,,,", name="p.csv", header=header)

    report = run(store, "p.csv", now=LATER)

    assert report.counts == {"new": 1, "changed": 1, "unchanged": 1, "gone": 0}
    assert report.notes == ["1: an abstract; datasets +Z -X; ended_on 2025-01-01 -> 2026-01-01; other people"]
    assert store.one("SELECT first_seen_at, changed_at FROM projects WHERE id = '1'") == {
        "first_seen_at": AT, "changed_at": stamp(LATER),
    }  # fmt: skip
    assert store.one("SELECT changed_at FROM projects WHERE id = '2'") == {"changed_at": AT}


def test_a_vanished_project_is_kept_marked_and_told(store: Store) -> None:
    """Nothing is deleted, whatever a new release leaves out; one that returns is unmarked."""
    csv("1,A,,,,", "2,B,,,,", "3,C,,,,")
    run(store, "projects.csv")
    csv("1,A,,,,")

    without = run(store, "projects.csv", now=LATER)

    assert without.counts == COUNTS | {"unchanged": 1, "gone": 2}
    assert without.notes == ["projects no longer lists: 2, 3. They are kept."]
    assert [project.id for project in projects.every(store)] == ["1", "2", "3"]
    assert registers.gone(store) == ["2", "3"]
    csv("1,A,,,,", "3,C,,,,")

    returned = run(store, "projects.csv", now=LATER)

    assert returned.counts == COUNTS | {"unchanged": 2, "returned": 1}
    assert returned.notes == ["projects lists again: 3."]
    assert registers.gone(store) == ["2"]


def test_a_part_of_a_register_makes_nobody_vanish(store: Store) -> None:
    """When most of a large register is not there, it is more likely a part of it."""
    csv(*(f"{number},A,,,," for number in range(100, 160)))
    run(store, "projects.csv")
    csv(*(f"{number},A,,,," for number in range(100, 110)))

    report = run(store, "projects.csv", now=LATER)

    assert report.counts == COUNTS | {"unchanged": 10}
    assert report.notes == [
        "projects lacks 50 of the 60 projects it listed, so it may be a part of it: none is marked as gone."
        " Register all its files in one command."
    ]
    assert registers.gone(store) == []


def test_the_workbook_is_the_same_register_under_any_name(store: Store) -> None:
    """The provider names every release anew."""
    run(store, cbs((7012, "A", "U", "T", START, END), (7013, "A", "U", "T", START, END), name="2024.xlsx"))

    report = run(store, cbs((7012, "A", "U", "T", START, END), name="2025.xlsx"), now=LATER)

    assert report.notes == ["cbs-workbook no longer lists: 7013. They are kept."]
    assert list(registers.imported(store)) == ["cbs-workbook"]


def test_two_workbooks_in_one_run_are_parts_of_one_release(store: Store) -> None:
    """Projects that ended and projects that run; when one part is renewed, the other is read with it."""
    ended = cbs((7012, "A", "U", "T", START, END), name="ended.xlsx")
    running = cbs((7013, "A", "U", "T", START, END), name="running.xlsx")
    assert run(store, ended, running).counts == COUNTS | {"new": 2}
    assert run(store, ended, running).counts == COUNTS | {"unchanged": 2}
    cbs((7013, "A", "U", "T", START, END), (7014, "A", "U", "T", START, END), name="running.xlsx")

    report = run(store, ended, running, now=LATER)

    assert report.counts == COUNTS | {"new": 1, "unchanged": 2}
    assert registers.gone(store) == []


def test_the_workbook_leaves_people_and_abstracts_alone(store: Store) -> None:
    """It names none: what the institution's own register says of them stays."""
    own = csv(
        "7012,Mobility,Why?,Anna,van der Berg,anna@example.org",
        header="id,title,abstract,lead_given,lead_family,lead_email",
    )
    run(store, own)

    report = run(store, own, cbs((7012, "GBAPERSOONTAB", "U", "Mobility", START, END)), now=LATER)

    project = projects.get(store, "7012")
    assert project is not None
    assert (project.abstract, project.datasets, project.ended_on) == ("Why?", ("GBAPERSOONTAB",), END)
    assert names(store, "7012") == ("Anna van der Berg", [])
    assert report.notes == [
        "7012: datasets +GBAPERSOONTAB; institution empty -> U; started_on empty -> 2019-01-01;"
        " ended_on empty -> 2024-12-31"
    ]


def test_the_newest_word_holds_and_an_old_one_is_not_repeated(store: Store) -> None:
    """A register that says what it always said overrules nobody; one that takes back its word leaves the field to the others."""
    header = "id,title,institution,datasets"
    cbs((7012, "A", "U", "Mobility", START, END))
    csv("7012,Social mobility,Faculty,B", header=header)
    run(store, "cbs.xlsx", "projects.csv")
    assert said(store) == ("Social mobility", "Faculty", ("A", "B"))

    cbs((7012, "C", "U", "Mobility", START, END))
    run(store, "cbs.xlsx", "projects.csv", now=LATER)
    assert said(store) == ("Social mobility", "Faculty", ("C", "B"))

    csv("7012,Social mobility,,", header=header)
    run(store, "cbs.xlsx", "projects.csv", now=LATER)
    assert said(store) == ("Social mobility", "U", ("C",))

    cbs((7012, "C", "U", "Mobility of households", START, END))
    run(store, "cbs.xlsx", "projects.csv", now=LATER)
    assert said(store) == ("Mobility of households", "U", ("C",))


def said(store: Store) -> tuple[Any, ...]:
    project = projects.get(store, "7012")
    assert project is not None
    return project.title, project.institution, project.datasets


def test_people_who_left_are_taken_from_the_project(store: Store) -> None:
    """By the register that named them; an emptied column empties, a column that is not there says nothing."""
    csv("1,A,Anna,van der Berg,anna@example.org,Bram 't Hooft; Carla Jansen")
    run(store, "projects.csv")
    csv("1,A,Carla,Jansen,,Bram 't Hooft")
    run(store, "projects.csv", now=LATER)
    assert names(store, "1") == ("Carla Jansen", ["Bram 't Hooft"])

    csv("1,B", header="id,title")
    run(store, "projects.csv", now=LATER)
    assert names(store, "1") == ("Carla Jansen", ["Bram 't Hooft"])

    csv("1,B,,,,")
    run(store, "projects.csv", now=LATER)
    assert names(store, "1") == (None, [])


def test_a_file_with_faults_is_left_out_and_the_others_go_on(store: Store) -> None:
    """From the configuration, faults are reported; nothing of that file is imported."""
    csv("1,A,,,,", name="good.csv")
    csv("2,B,,,,", "3,,,,nobody,", name="bad.csv")

    report = run(store, "bad.csv", "none.csv", "good.csv")

    assert report.counts == COUNTS | {"new": 1}
    assert report.faults == [
        "bad.csv: 3 problems\n"
        "  line 3, title: it is empty. Every project needs one.\n"
        "  line 3, lead_email: nobody is not a mail address. Write it as name@example.org.\n"
        "  line 3, lead_family: it is empty. A person needs a family name.",
        "none.csv: there is no such file.",
    ]
    assert [project.id for project in projects.every(store)] == ["1"]


def test_a_single_file_with_faults_is_an_error(store: Store) -> None:
    """Who names one file wants to hear at once what is wrong with it."""
    csv("1,,,,,", name="bad.csv")

    with pytest.raises(InputFaults, match=r"bad\.csv: 1 problem"):
        stage.run(store, settings(), now=NOW, files=[Path("bad.csv")])
    with pytest.raises(UsageError, match=r"none\.csv: there is no such file\."):
        stage.run(store, settings(), now=NOW, files=[Path("none.csv")])
    Path("x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError) as unknown:
        stage.run(store, settings(), now=NOW, files=[Path("x.csv")])
    assert str(unknown.value).startswith(
        "x.csv: no line in it names the columns of a register. Needed are id and title;"
    )


def test_two_files_of_one_name_are_refused(store: Store) -> None:
    """A register is known by its file's name: the second would make the first one's projects vanish."""
    Path("a").mkdir()
    Path("b").mkdir()
    csv("1,A,,,,", name="a/projects.csv")
    csv("2,B,,,,", name="b/projects.csv")

    report = run(store, "a/projects.csv", "b/projects.csv", "a/projects.csv")

    assert report.faults == [
        "b/projects.csv: a/projects.csv has the same name, and a register is known by it. Rename one of the two."
    ]
    assert report.counts == COUNTS | {"new": 1}


def test_a_crash_in_the_middle_leaves_nothing_half_done(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects, people and the mark that the file was read are one transaction."""
    csv("1,A,Anna,van der Berg,anna@example.org,")
    with monkeypatch.context() as patched:
        patched.setattr(registers, "record", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(store, "projects.csv")

    assert all(rows == [] for rows in everything(store).values())
    assert run(store, "projects.csv").counts == COUNTS | {"new": 1}


def test_the_same_orcid_or_mail_address_is_the_same_person(store: Store) -> None:
    """In any case, under any spelling of the name; a name alone is not enough."""
    with store.atomic():
        by_mail = projects.save_person(store, Person("Anna", "Berg", "Anna@example.org"), at=AT)
        again = projects.save_person(store, replace(ANNA, email="anna@EXAMPLE.org"), at=AT)
        moved = projects.save_person(store, replace(ANNA, email="anna@elsewhere.example"), at=AT)
        namesake = projects.save_person(store, Person("Anna", "van der Berg", "other@example.org"), at=AT)
        nameless = projects.save_person(store, Person("Anna", "van der Berg"), at=AT)
        nameless_again = projects.save_person(store, Person("Anna", "van der Berg"), at=AT)

    assert by_mail == again == moved
    assert nameless == nameless_again
    assert len({by_mail, namesake, nameless}) == 3
    assert people.every(store)[0] == replace(ANNA, email="anna@elsewhere.example", id=by_mail)


def test_two_orcids_are_two_people_even_at_one_address(store: Store) -> None:
    """A secretariat's address, for one."""
    with store.atomic():
        first = projects.save_person(store, ANNA, at=AT)
        second = projects.save_person(store, replace(ANNA, given="Bea", orcid="0000-0001-5109-3700"), at=AT)

    assert first != second


def test_two_rows_that_turn_out_to_be_one_person_become_one(store: Store) -> None:
    """Projects, decisions and what registers said follow; a lead stays the lead."""
    header = "id,title,lead_given,lead_family,lead_email,lead_orcid,members"
    csv(f"1,A,A.,Berg,,{ANNA.orcid},", "2,B,Anna,Berg,anna@example.org,,",
        f"3,C,Carla,Jansen,,,Anna Berg <anna@example.org>; A. Berg ({ANNA.orcid})",
        header=header)  # fmt: skip
    run(store, "projects.csv")
    asked = next(one for one in people.every(store) if one.email == "anna@example.org")
    decisions.add(store, Decision(Answer.OPT_OUT, NOW, "anna", "link", person_id=asked.id))
    assert len(people.every(store)) == 3
    csv(f"1,A,Anna,Berg,anna@example.org,{ANNA.orcid},", "2,B,Anna,Berg,anna@example.org,,",
        f"3,C,Carla,Jansen,,,Anna Berg <anna@example.org>; A. Berg ({ANNA.orcid})", header=header)  # fmt: skip

    report = run(store, "projects.csv", now=LATER)

    found = people.every(store)
    assert [(one.given, one.email, one.orcid) for one in found if one.family == "Berg"] == [
        ("Anna", "anna@example.org", ANNA.orcid)
    ]
    assert [decision.person_id for decision in decisions.every(store)] == [found[0].id]
    assert (names(store, "1"), names(store, "2")) == (("Anna Berg", []), ("Anna Berg", []))
    assert names(store, "3") == ("Carla Jansen", ["Anna Berg"])
    assert report.faults == []
    words = [json.loads(row["said"]) for row in store.rows("SELECT said FROM registrations ORDER BY project_id")]
    assert [word["lead"] for word in words[:2]] == [found[0].id] * 2
    assert words[2]["members"] == [found[0].id]


def test_save_makes_a_project_what_is_given(store: Store) -> None:
    """New, unchanged, changed with old and new values, and emptied."""
    with store.atomic():
        assert projects.save(store, PROJECT, at=AT) is None
        assert projects.save(store, PROJECT, at=AT) == {}
        changes = projects.save(store, replace(PROJECT, title="B", datasets=(), members=()), at=AT)

    assert changes is not None
    assert {name: changes[name] for name in ("title", "datasets")} == {
        "title": (PROJECT.title, "B"),
        "datasets": (["GBAPERSOONTAB", "INPATAB"], []),
    }
    saved = projects.get(store, "9001")
    assert saved is not None
    assert (saved.title, saved.datasets, names(store, "9001")) == ("B", (), ("Anna van der Berg", []))


@pytest.mark.shared
def test_the_real_workbook_is_registered_in_seconds(store: Store, shared: Path) -> None:
    """1,660 projects, all found again; the second run reads nothing."""
    path = str(shared / "cbs" / "Projecten_met_bestanden_einddatum_voor_2025_.xlsx")
    started = time.perf_counter()

    first = run(store, path)
    second = run(store, path)

    assert time.perf_counter() - started < 30  # the benchmark measures; this only notices an accident
    assert first.counts == COUNTS | {"new": 1660}
    assert second.counts == COUNTS | {"unchanged": 1660}
    assert len(projects.every(store)) == 1660


def test_a_register_of_the_configuration_without_projects_is_a_note(store: Store, folder: Path) -> None:
    """A house just made has no projects yet: that is worth a line, and no fault. Asked for by name, it is one."""
    (folder / "projects.csv").write_text("id,title\n", encoding="utf-8")

    report = stage.run(store, settings("projects.csv"), now=NOW)

    assert report.faults == []
    assert report.notes == ["projects.csv: it names its columns, and no project stands below them."]
    with pytest.raises(UsageError, match="no project stands below them"):
        stage.run(store, settings(), now=NOW, files=[Path("projects.csv")])
