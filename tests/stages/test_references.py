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
from pubtrack.obligations.ledger import duties
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.policy import load as load_policy
from pubtrack.references import sending, stage
from pubtrack.store import Store, decisions, listings, matches, projects, works
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


def test_running_it_again_changes_no_row_and_no_byte(store: Store, settings: Settings) -> None:
    add(store, 1)
    run(store, settings)
    rows, before = list(store.rows("SELECT * FROM reference_lists")), files(settings)

    report = run(store, settings, now=NOW + timedelta(days=40))

    assert report.counts == {"unchanged": 1}
    assert [Path(file).name for file in report.files] == [
        "references-2026-11.xlsx",
        "references-2026-11.csv",
        "references-2026-11.txt",
        "references-2026-11.bib",
    ]
    assert list(store.rows("SELECT * FROM reference_lists")) == rows
    assert files(settings) == before


def test_files_that_were_deleted_are_written_again_byte_for_byte(store: Store, settings: Settings) -> None:
    add(store, 1)
    run(store, settings)
    before = files(settings)
    for name in before:
        (settings.reports / name).unlink()

    run(store, settings, now=NOW + timedelta(days=3))

    assert files(settings) == before


def test_a_draft_is_remade_on_its_day_and_followed_by_another_on_a_later_one(store: Store, settings: Settings) -> None:
    """Whoever took yesterday's list away can still close it as it was; what came since stays to be sent."""
    add(store, 1)
    run(store, settings)
    add(store, 2)
    run(store, settings)
    assert names(store) == [("2026-11", "draft", 2)]

    add(store, 3)
    run(store, settings, now=NOW + timedelta(days=1))
    assert names(store) == [("2026-11", "draft", 2), ("2026-11-b", "draft", 3)]

    sending.sent(store, settings, now=NOW + timedelta(days=1), name="2026-11", receipt="portal 1", who="staff")
    run(store, settings, now=NOW + timedelta(days=20))
    assert names(store) == [("2026-11", "sent", 2), ("2026-11-b", "draft", 3), ("2026-12", "draft", 1)]

    sending.sent(store, settings, now=NOW + timedelta(days=20), name="2026-12", receipt="portal 2", who="staff")
    run(store, settings, now=NOW + timedelta(days=21))
    assert names(store) == [("2026-11", "sent", 2), ("2026-12", "sent", 1)]


def test_closing_a_list_meets_the_duty_to_report_and_empties_the_next(store: Store, settings: Settings) -> None:
    add(store, 1)
    run(store, settings)
    assert report_states(store) == [DutyState.OVERDUE]

    report = sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal 4711", who="staff")
    after = run(store, settings)

    assert report.counts == {"references": 1}
    assert report.notes == ["List 2026-11 is closed with 1 reference. The next list holds what is new since."]
    assert report_states(store) == [DutyState.MET]
    assert (after.counts, after.files) == ({}, [])
    assert after.notes == ["There is nothing new to report to the provider."]
    (row,) = table.lists(store)
    assert (row["state"], row["receipt"], row["sent_at"]) == ("sent", "portal 4711 (staff)", AT)


def test_what_the_provider_knows_already_is_not_reported_again(store: Store, settings: Settings) -> None:
    """Nobody is told twice what he lists himself, or what a person handed in."""
    say(store, Answer.REPORTED, add(store, 1))
    listed = add(store, 2)
    listings.save(store, "r", [listings.ListingRow(2, "9001", "T", None, None, None, None, listed, "doi")], at=AT)
    add(store, 3)

    run(store, settings)

    assert names(store) == [("2026-11", "draft", 1)]
    assert run(store, settings, scope="all").counts["new"] == 3


def test_a_reference_that_changed_after_it_was_sent_comes_back_as_a_correction_once(
    store: Store, settings: Settings
) -> None:
    work_id = add(store, 1)
    run(store, settings)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    change(store, work_id, volume="13")

    report = run(store, settings, now=NOW + timedelta(days=30))

    assert report.counts == {"new": 0, "corrections": 1, "lacking": 0}
    text = files(settings)["references/2026-12/references-2026-12.txt"].decode()
    assert text.split("\n\n", 1)[1] == (
        "Corrections to references reported before\n"
        "\n"
        "Project 9001 · Social mobility of second-generation households\n"
        "van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 1. Journal of Examples, 13(3), 1–20."
        " https://doi.org/10.5555/example.1\n"
        "  Changed: volume\n"
        "  Was (sent in list 2026-11): van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 1. Journal of Examples,"
        " 12(3), 1–20. https://doi.org/10.5555/example.1\n"
    )

    sending.sent(store, settings, now=NOW + timedelta(days=30), name="2026-12", receipt="2", who="staff")
    assert run(store, settings, now=NOW + timedelta(days=31)).counts == {}


def test_a_citation_key_once_sent_stays(store: Store, settings: Settings) -> None:
    work_id = add(store, 1)
    run(store, settings)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    change(store, work_id, title="Another name", issued={"date-parts": [[2027]]})

    run(store, settings)

    kept = [row.csl["id"] for listed in table.lists(store) for row in table.items(store, listed["id"])]
    assert kept == [f"vanderberg2026moving-{work_id}"] * 2


def test_a_retraction_after_sending_is_a_correction(store: Store, settings: Settings) -> None:
    work_id = add(store, 1)
    run(store, settings)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    work = works.get(store, work_id)
    assert work is not None
    works.save(store, replace(work, retracted=True), at=AT)

    run(store, settings)

    text = files(settings)["references/2026-11-b/references-2026-11-b.txt"].decode()
    assert "https://doi.org/10.5555/example.1 [Retracted publication]\n  Changed: status\n" in text


def test_what_is_left_out_and_what_was_taken_back_is_said(store: Store, settings: Settings) -> None:
    work_id = add(store, 1)
    run(store, settings)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    say(store, Answer.NOT_MINE, work_id)
    add(store, 2, type="software")

    report = run(store, settings)

    assert report.notes == [
        "1 of the outputs are of a kind that no policy counts as a publication: software.",
        f"Sent to the provider, and no longer held to be an output: work {work_id} of project 9001. Tell the provider.",
        "There is nothing new to report to the provider.",
    ]


def test_what_references_lack_stands_in_a_file_of_its_own(store: Store, settings: Settings) -> None:
    add(store, 1)
    add(store, 2, author=[], issued={"date-parts": [[2026]]}, DOI=None)

    report = run(store, settings)

    assert report.counts == {"new": 2, "corrections": 0, "lacking": 1}
    assert files(settings)["references/2026-11/lacking-2026-11.txt"].decode() == (
        "What is still lacking, and who can give it: reference list 2026-11\n"
        "\n"
        "Project 9001\n"
        "  Moving houses, part 2\n"
        "    - the authors: ask Anna van der Berg, lead of the project\n"
        "    - the full publication date (known: 2026): ask Anna van der Berg, lead of the project\n"
        "    - a DOI or a link: ask Anna van der Berg, lead of the project\n"
    )
    assert report.notes[0] == f"References that lack something: 1. What, and who can give it: {report.files[-1]}"


def test_one_project_can_have_a_list_of_its_own(store: Store, settings: Settings) -> None:
    add(store, 1)
    add(store, 2, project="126")

    run(store, settings, project="126", formats=["ris"])
    run(store, settings)

    assert names(store) == [("2026-11-project-126", "draft", 1), ("2026-11", "draft", 2)]
    assert "references/2026-11-project-126/references-2026-11-project-126.ris" in files(settings)


def test_one_period_can_have_a_list_of_its_own(store: Store, settings: Settings) -> None:
    """By the day of publication: a month that is a year in its record may lie in it, and what has no date is named."""
    add(store, 1, issued={"date-parts": [[2026, 6, 30]]})
    add(store, 2, issued={"date-parts": [[2026, 7, 1]]})
    add(store, 3, issued={"date-parts": [[2026, 9]]})
    add(store, 4, issued={"date-parts": [[2026]]})
    undated = add(store, 5, issued=None)
    add(store, 6, project="126", issued={"date-parts": [[2026, 10, 1]]})

    quarter = run(store, settings, period="2026-07:2026-09", formats=["csl-json"])
    run(store, settings, period="2026-10", project="126", scope="all", formats=["csl-json"])

    assert names(store) == [
        ("2026-11-of-2026-07-2026-09", "draft", 3),
        ("2026-11-all-project-126-of-2026-10", "draft", 1),
    ]
    assert quarter.counts["new"] == 3
    assert quarter.notes[0] == f"In no period, for want of a publication date: work {undated} of project 9001."


def test_a_period_list_that_was_sent_is_not_sent_again_with_the_next(store: Store, settings: Settings) -> None:
    add(store, 1, issued={"date-parts": [[2026, 8, 1]]})
    add(store, 2, issued={"date-parts": [[2026, 10, 1]]})
    run(store, settings, period="2026-08")
    sending.sent(store, settings, now=NOW, name="2026-11-of-2026-08", receipt="portal 4711", who="staff")

    run(store, settings)

    assert names(store) == [("2026-11-of-2026-08", "sent", 1), ("2026-11", "draft", 1)]


def test_every_format_and_another_folder(store: Store, settings: Settings, tmp_path: Path) -> None:
    from pubtrack.references.writers import WRITERS

    add(store, 1)

    report = run(store, settings, formats=list(WRITERS), folder=tmp_path / "elsewhere")

    assert [Path(file).name.removeprefix("references-2026-11.") for file in report.files] == [
        "xlsx", "csv", "txt", "html", "docx", "bib", "biblatex.bib", "ris", "json", "copies.zip",
    ]  # fmt: skip
    assert {Path(file).parent for file in report.files} == {tmp_path / "elsewhere"}
    assert files(settings) == {}


def test_a_crash_between_the_row_and_the_files_loses_nothing(
    store: Store, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(store, 1)
    with monkeypatch.context() as broken:
        broken.setattr("pubtrack.references.stage.write_files", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run(store, settings)

    run(store, settings)

    assert names(store) == [("2026-11", "draft", 1)]
    assert len(files(settings)) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"formats": ["word"]},
            "There is no format named word. Known: xlsx, csv, text, html, docx, bibtex, biblatex,"
            " ris, csl-json, copies.",
        ),
        ({"project": "1"}, "There is no project 1 in the register."),
        ({"period": "last year"}, "last year is not a period. Write it as 2026, as 2026-10, or as 2026-07:2026-09."),
        ({"period": "2026:2025"}, "2026:2025 is not a period. Write it as 2026, as 2026-10, or as 2026-07:2026-09."),
        (
            {"style": "../../etc/passwd"},
            "There is no citation style named ../../etc/passwd. Write its name as on citationstyles.org,"
            " such as apa or chicago-author-date.",
        ),
    ],
)
def test_what_is_not_known_is_one_clear_sentence(
    store: Store, settings: Settings, arguments: dict[str, Any], message: str
) -> None:
    add(store, 1)

    with pytest.raises(UsageError) as caught:
        run(store, settings, **arguments)

    assert str(caught.value) == message


def test_only_a_draft_can_be_closed(store: Store, settings: Settings) -> None:
    def refused(name: str, receipt: str = "1") -> str:
        with pytest.raises(UsageError) as caught:
            sending.sent(store, settings, now=NOW, name=name, receipt=receipt, who="staff")
        return str(caught.value)

    assert refused("2026-11") == "There is no reference list named 2026-11. Make one with: pubtrack references"
    add(store, 1)
    run(store, settings)
    assert refused("2026-10") == "There is no reference list named 2026-10. Not yet sent: 2026-11."
    assert refused("2026-11", " ") == "Say what shows that the list arrived: --receipt 'portal, 22 November, no. 4711'."
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal 4711", who="staff")
    assert refused("2026-11") == "The list 2026-11 was sent on 2026-11-16, receipt: portal 4711 (staff)."


def test_copies_that_went_along_are_decisions(store: Store, settings: Settings) -> None:
    """`--copies` says of every reference in the list that its copy was sent; saying it again changes nothing."""
    add(store, 1)
    add(store, 2)
    run(store, settings)
    for _ in range(2):
        sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal 4711", who="staff", copies=True)

    assert [(made.answer.value, made.work_id, made.note) for made in decisions.history(store)] == [
        ("copy_sent", 1, "with list 2026-11"),
        ("copy_sent", 2, "with list 2026-11"),
    ]


def test_a_copy_that_went_to_one_provider_is_still_owed_to_another(store: Store, settings: Settings) -> None:
    """Under two policies the list, and what goes along with it, goes to the provider of the first that applies."""
    add(store, 1)
    run(store, settings)
    cbs = POLICY
    elsewhere = cbs.model_copy(update={"id": "elsewhere", "applies_to": ("8*",)})
    both = [elsewhere, cbs, cbs.model_copy(update={"id": "other"})]
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal 1", who="staff", copies=True, policies=both)
    owed = {
        duty.policy: duty.state
        for duty in duties(facts.gather(store), both, NOW.date())
        if duty.kind is DutyKind.COPY and duty.work_id == 1
    }

    assert owed == {cbs.id: DutyState.MET, "other": DutyState.OVERDUE}
