"""The monthly digest: golden files, once a month, once to each recipient."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import lxml.html
import pytest

from pubtrack import clock
from pubtrack.config import Contact, Digest, FileChannel, Institution, Settings
from pubtrack.digest import stage
from pubtrack.digest.month import Month, to_make
from pubtrack.discovery import reported
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Band, Decision, Finding, Match, Message, Quote, StageReport, Verdict, Work
from pubtrack.obligations.policy import load as load_policy
from pubtrack.references import sending
from pubtrack.references import stage as lists
from pubtrack.store import Store, decisions, findings, letters, listings, matches, outbox, projects, runs, works
from tests.conftest import CARLA, NOW, PROJECT, ROOT
from tests.golden import compare

POLICY = load_policy(ROOT / "config/policies/cbs-microdata.toml")
SCRIPT = "<script>alert(1)</script> & <i>more</i>"


def on(day: int, month: int = 10) -> datetime:
    return NOW.replace(month=month, day=day)


def add(
    store: Store, day: int, title: str, project: str, band: Band = Band.ACCEPT, month: int = 10, **more: Any
) -> int:
    csl = {
        "type": "article-journal",
        "title": title,
        "author": [{"given": "Anna", "family": "van der Berg"}],
        "issued": {"date-parts": [[2026, month, 1]]},
        "container-title": "Journal of Examples",
        "DOI": f"10.5555/{len(title)}.{day}",
    } | more
    at = clock.stamp(on(day, month))
    work_id = works.save(store, Work(csl), at=at)
    matches.save(store, Match(project, work_id, 0.9, band), at=at)
    return work_id


def find(store: Store, work_id: int, verdict: Verdict) -> None:
    made = Finding(
        verdict,
        POLICY.id,
        POLICY.version,
        "reader-1",
        evidence=(Quote("Statistics Netherlands", 1, None, "rule"),),
        work_id=work_id,
        reason="no open copy" if verdict is Verdict.UNREADABLE else None,
    )
    findings.save(store, made, content_hash=str(work_id), at=clock.stamp(on(20)))


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
        channel=(FileChannel(kind="file", name="file", folder=tmp_path / "messages"),),
        digest=Digest(channel="file", recipients=("liaison@example.org", "staff@example.org")),
    )


@pytest.fixture
def october(store: Store, settings: Settings) -> Store:
    """A month in which everything happened that can."""
    first = clock.stamp(on(1, 9))
    projects.save(store, replace(PROJECT, ended_on=date(2025, 6, 30)), at=first)
    faculty = "University of Example_Faculty of Economics"
    alone = replace(PROJECT, id="7012", title="Without anyone", lead=None, members=(), ended_on=date(2024, 1, 1))
    projects.save(store, replace(PROJECT, id="126", title="Firms and wages", lead=CARLA, institution=faculty), at=first)
    projects.save(store, alone, at=first)
    old = add(store, 5, "Published and reported long ago", "9001", month=9)
    find(store, old, Verdict.PRESCRIBED)
    lists.run(store, settings, now=on(30, 9), policies=[POLICY])
    sending.sent(store, settings, now=on(2), name="2026-09", receipt="portal 4711", who="staff")

    credited = add(store, 6, "Moving house and moving up: evidence from registers", "9001")
    find(store, credited, Verdict.CREDITED)
    absent = add(store, 7, SCRIPT, "126", issued={"date-parts": [[2026]]})
    find(store, absent, Verdict.ABSENT)
    unread = add(store, 8, "A report nobody could open", "126", type="report", publisher="Example Bureau")
    find(store, unread, Verdict.UNREADABLE)
    said = add(store, 9, "Wages, said its author", "126", Band.REVIEW, month=9)
    decisions.add(store, Decision(Answer.MINE, on(12), "Carla", "link", work_id=said, project_id="126"))
    add(store, 10, "May belong to the project without anyone", "7012", Band.REVIEW)
    add(store, 11, "Is of November and not of this digest", "9001", month=11)
    listed = listings.ListingRow(2, "126", "T", None, None, None, None, said, "doi")
    listings.save(store, "r", [listed], at=clock.stamp(on(15)))
    for day in (3, 4):
        run_id = runs.start(store, "discover", as_of=str(on(day).date()), at=clock.stamp(on(day)))
        failed = StageReport(
            "discover", faults=["crossref: HTTP 503 after 5 attempts. It is asked again with the next run."]
        )
        runs.finish(store, run_id, failed, at=clock.stamp(on(day)))
    lists.run(store, settings, now=NOW, policies=[POLICY])
    return store


def run(store: Store, settings: Settings, *, now: datetime = NOW, **more: Any) -> StageReport:
    return stage.run(store, settings, now=now, policies=[POLICY], **more)


def files(settings: Settings) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted((settings.reports / "digests").glob("*"))}


def dutch(settings: Settings) -> Settings:
    return settings.model_copy(update={"digest": settings.digest.model_copy(update={"language": "nl"})})


def sent_to(store: Store) -> list[tuple[str, str]]:
    return sorted((row["key"], row["state"]) for row in outbox.every(store))


def without_charts(page: bytes) -> bytes:
    """How matplotlib draws is its own affair: the golden page has a line where each picture stands."""
    return re.sub(rb"<svg.*?</svg>", b"(a chart)", page, flags=re.DOTALL)


def test_the_whole_digest(october: Store, settings: Settings) -> None:
    report = run(october, settings)

    assert report.counts == {"made": 1}
    assert [Path(file).name for file in report.files] == [
        "digest-2026-10.html",
        "digest-2026-10.txt",
        "digest-2026-10-credit.png",
        "digest-2026-10-months.png",
    ]
    compare("digest/digest-2026-10.html", without_charts(files(settings)["digest-2026-10.html"]))
    compare("digest/digest-2026-10.txt", files(settings)["digest-2026-10.txt"])


def test_the_whole_digest_in_dutch(october: Store, settings: Settings) -> None:
    run(october, dutch(settings))

    compare("digest/digest-2026-10.nl.html", without_charts(files(settings)["digest-2026-10.html"]))
    compare("digest/digest-2026-10.nl.txt", files(settings)["digest-2026-10.txt"])


def test_hostile_titles_are_inert_and_nobody_is_named(october: Store, settings: Settings) -> None:
    run(october, settings)

    text = files(settings)["digest-2026-10.html"].decode()
    page = lxml.html.document_fromstring(text)
    assert not page.xpath("//script | //img | //link | //@onclick")
    assert SCRIPT in page.text_content()
    assert "Carla" not in text
    assert "carla@" not in text


def test_the_mail_fits_a_phone_and_outlook(october: Store, settings: Settings) -> None:
    """Tables, inline styles, at most 640 wide, nothing from elsewhere, under the 102 kB at which Gmail cuts a mail off."""
    run(october, settings, send=True)

    text = str(outbox.every(october)[0]["html"])
    assert len(text.encode()) < 102_000
    assert max(int(width) for width in re.findall(r'width="(\d+)"', text)) == 640
    assert "<style" not in text
    assert "<svg" not in text
    assert re.findall(r'(?:src|href)="([^"]+)"', text) == [
        "cid:digest-2026-10-credit.png",
        "cid:digest-2026-10-months.png",
    ]


def test_running_it_again_changes_nothing(october: Store, settings: Settings) -> None:
    run(october, settings)
    before = files(settings)
    add(october, 12, "Found out later", "9001")

    report = run(october, settings, now=NOW + timedelta(days=3))

    assert report.counts == {"unchanged": 1}
    assert files(settings) == before


def test_a_month_is_made_anew_only_when_it_is_asked_for(october: Store, settings: Settings) -> None:
    run(october, settings)
    before = files(settings)
    add(october, 12, "Found out later", "9001")

    report = run(october, settings, now=NOW + timedelta(days=3), month="2026-10")

    assert report.counts == {"made": 1}
    assert b"Found out later" in files(settings)["digest-2026-10.txt"]
    assert files(settings) != before


def test_files_that_were_deleted_come_back_byte_for_byte(october: Store, settings: Settings) -> None:
    run(october, settings)
    before = files(settings)
    for name in before:
        (settings.reports / "digests" / name).unlink()
    add(october, 12, "Found out later", "9001")

    run(october, settings)

    assert files(settings) == before


def test_each_recipient_gets_it_once_for_ever(october: Store, settings: Settings) -> None:
    run(october, settings)
    assert sent_to(october) == []

    first, second = run(october, settings, send=True), run(october, settings, send=True)
    again = run(october, settings, send=True, month="2026-10")

    assert [report.counts["queued"] for report in (first, second, again)] == [2, 0, 0]
    assert sent_to(october) == [
        ("digest/2026-10/liaison@example.org", "queued"),
        ("digest/2026-10/staff@example.org", "queued"),
    ]
    row = outbox.every(october)[0]
    assert row["subject"] == "October 2026: 4 new references, 1 reported, 6 duties overdue"
    assert json.loads(row["attachments"]) == [
        str(settings.reports / "digests" / f"digest-2026-10-{name}.png") for name in ("credit", "months")
    ]
    assert row["text"].encode() == files(settings)["digest-2026-10.txt"]


def test_a_digest_for_nobody_says_so(october: Store, settings: Settings) -> None:
    alone = settings.model_copy(update={"digest": Digest()})

    report = run(october, alone, send=True)

    assert report.notes == [
        "Nobody gets the digest: name a channel and recipients in the table [digest] of the configuration."
    ]


def test_a_missed_month_is_caught_up_but_none_before_the_first(october: Store, settings: Settings) -> None:
    run(october, settings)

    report = run(october, settings, now=NOW.replace(year=2027, month=2), send=True)

    assert report.counts == {"made": 3, "queued": 6}
    assert [name for name in files(settings) if name.endswith("html")] == [
        "digest-2026-10.html",
        "digest-2026-11.html",
        "digest-2026-12.html",
        "digest-2027-01.html",
    ]


def test_a_month_without_news_says_so_in_three_lines(store: Store, settings: Settings) -> None:
    run(store, settings)

    text = files(settings)["digest-2026-10.txt"].decode()
    assert text == (
        "Publications on Statistics Netherlands microdata\n"
        "University of Example, October 2026\n"
        "\n"
        "Nothing new was found, reported or listed in October 2026.\n"
        "Open on 16 November 2026: 0 duties overdue, 0 due, 0 matches to judge.\n"
        "Nothing failed.\n"
        "\n"
        "--\n"
        "Made on 16 November 2026. What was found, sent and listed is counted within\n"
        "October 2026; what is open is counted as it stood on 16 November 2026.\n"
    )


def test_a_month_without_news_has_no_pictures_either(october: Store, settings: Settings) -> None:
    """Three lines are three lines: charts of earlier months that nothing shows are not attached."""
    run(october, settings)

    report = run(october, settings, now=NOW.replace(year=2027, month=2), send=True)

    assert [Path(file).name for file in report.files if "2027-01" in file] == [
        "digest-2027-01.html",
        "digest-2027-01.txt",
    ]
    quiet = next(row for row in outbox.every(october) if row["key"] == "digest/2027-01/staff@example.org")
    assert json.loads(quiet["attachments"]) == []


def test_the_digest_of_a_month_before_the_first_run_says_that_nobody_looked(store: Store, settings: Settings) -> None:
    """Nothing new is one thing; nobody looking is another."""
    runs.start(store, "discover", as_of=str(NOW.date()), at=clock.stamp(NOW))

    run(store, settings)

    text = files(settings)["digest-2026-10.txt"].decode()
    assert (
        "0 new · 0 reported · 0 arrived · 0 overdue\n"
        "pubtrack has looked since 16 November 2026. What it found then is counted as\n"
        "new in the digest of that month.\n"
    ) in text
    assert "NEW REFERENCES\nNone this month.\n" in text


def test_a_busy_month_begins_with_its_numbers_and_shows_ten_references(october: Store, settings: Settings) -> None:
    """Who wants to know what is asked does not scroll past thirty references; the files that go along hold them all."""
    for number in range(30):
        add(october, 12, f"One of many works, number {number}", "9001", DOI=f"10.5555/many.{number}")

    run(october, settings, attach=lambda pairs, stem: {f"{stem}.bib": b"@misc{x}", f"{stem}.xlsx": b"sheet"})

    text = files(settings)["digest-2026-10.txt"].decode()
    headings = [line for line in text.splitlines() if line.isupper() and not line[0].isdigit()]
    assert headings[0] == "WHAT STAFF MUST DECIDE"
    assert headings[-1] == "NEW REFERENCES"
    assert text.count("(2026).") == 10
    assert (
        "and 24 more\n"
        "All 34 references of this month are attached, as they are sent to the\n"
        "provider and as BibTeX: digest-2026-10.bib, digest-2026-10.xlsx\n"
    ) in text
    page = lxml.html.document_fromstring(files(settings)["digest-2026-10.html"].decode())
    assert page.xpath("//a/@href") == ["digest-2026-10.bib", "digest-2026-10.xlsx"]


def test_what_was_reported_has_not_failed_to_arrive_as_long_as_nobody_read_the_providers_list(
    october: Store, settings: Settings
) -> None:
    october.db.execute("DELETE FROM listings")

    run(october, settings)

    text = " ".join(files(settings)["digest-2026-10.txt"].decode().split())
    assert "is not on that list yet" not in text
    assert (
        "* Of 1 reported publication it is not known whether it arrived: the provider's own list was never read (pubtrack reconcile)."
    ) in text


def test_a_month_that_is_not_over_can_be_looked_at_only(october: Store, settings: Settings) -> None:
    report = run(october, settings, month="2026-11")

    assert report.counts == {"made": 1}
    assert b"Is of November" in files(settings)["digest-2026-11.txt"]
    assert run(october, settings, now=on(3, 12)).counts == {"made": 1}
    assert refused(october, settings, month="2026-11", send=True) == (
        "2026-11 is not over yet: its digest can be looked at, but is not sent before it is."
    )


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("october", "october is not a month. Write it as 2026-10."),
        ("2026-13", "2026-13 is not a month. Write it as 2026-10."),
        ("2027-01", "2027-01 has not begun yet."),
    ],
)
def test_a_wrong_month_is_one_sentence(store: Store, settings: Settings, month: str, message: str) -> None:
    assert refused(store, settings, month=month) == message


def refused(store: Store, settings: Settings, **arguments: Any) -> str:
    with pytest.raises(UsageError) as caught:
        run(store, settings, **arguments)
    return str(caught.value)


def test_the_months_still_to_make() -> None:
    assert [str(month) for month in to_make([], Month(2026, 10))] == ["2026-10"]
    assert [str(month) for month in to_make(["2026-10"], Month(2026, 10))] == []
    assert [str(month) for month in to_make(["2026-10", "2026-12"], Month(2027, 1))] == ["2026-11", "2027-01"]
    assert to_make(["2026-10"], Month(2026, 8)) == []


def test_letters_and_reports_that_wait_are_told_to_staff(october: Store, settings: Settings) -> None:
    reported.take(october, settings, now=on(12), text="10.5555/nobody.has.it", who="Anna", project="9001")
    letters.add(
        october, "<1@example.org>", "reply", at=clock.stamp(on(12)), sender="anna@example.org", text="A question."
    )

    run(october, settings)

    text = " ".join(files(settings)["digest-2026-10.txt"].decode().split())
    assert "1 reply waits to be read (pubtrack letters)." in text
    assert "1 publication that somebody named is in no source yet; it is looked for." in text


def test_messages_that_did_not_arrive_are_told_but_not_one_that_went_another_way(
    october: Store, settings: Settings
) -> None:
    """Slack does not know a lead, and the mail reaches her: nothing failed. Years of failures are not told month after month either."""
    lead = october.db.execute("SELECT id FROM people ORDER BY id LIMIT 1").fetchone()[0]
    kept = (
        ("long ago", on(3, 8), "failed", None),
        ("to nobody", on(20), "failed", None),
        ("by slack", on(21), "failed", lead),
        ("by mail", on(22), "sent", lead),
        ("cut off", on(23), "uncertain", None),
    )
    for key, at, state, person in kept:
        outbox.enqueue(october, Message(key, "file", "someone", "s", "t", occasion="reminder"), at=clock.stamp(at))
        october.db.execute("UPDATE outbox SET state = ?, person_id = ? WHERE key = ?", (state, person, key))

    run(october, settings)

    text = " ".join(files(settings)["digest-2026-10.txt"].decode().split())
    assert (
        "* 1 message could not be delivered, and nothing else reached its reader (pubtrack outbox --state failed)."
        in text
    )
    assert "* 1 message is uncertain: nobody knows whether it arrived (pubtrack outbox --state uncertain)." in text
