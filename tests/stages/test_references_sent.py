"""A list on its way: mailed with its files, closed when the mail has left, shown and written again for ever."""
# ruff: noqa: F811

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pubtrack import explain
from pubtrack.config import Credit, EmailChannel, Settings
from pubtrack.errors import ConfigError, UsageError
from pubtrack.models import DutyState, Record, StageReport
from pubtrack.references import sending
from pubtrack.reminders import delivery
from pubtrack.reminders.channels import CHANNELS
from pubtrack.store import Store, findings, outbox, projects, runs, sightings
from pubtrack.store import references as table
from tests.conftest import AT, NOW, PROJECT
from tests.peers.mail import MailServer, mail_server
from tests.stages.test_references import (  # noqa: F401 - two are fixtures
    POLICY,
    add,
    change,
    csl,
    files,
    names,
    report_states,
    run,
    settings,
    store,
)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


def mailing(settings: Settings, *recipients: str) -> Settings:
    section = settings.references.model_copy(
        update={"channel": "mail", "recipients": recipients or ("cbs@example.org",)}
    )
    return settings.model_copy(update={"references": section})


def send(store: Store, settings: Settings, name: str = "2026-11") -> StageReport:
    return sending.send(store, mailing(settings), now=NOW, name=name, who="Anna")


def deliver(store: Store, settings: Settings, server: MailServer) -> None:
    config = EmailChannel(
        kind="email", name="mail", host="127.0.0.1", port=server.port, security="none", sender="dcc@example.org"
    )
    delivery.run(store, settings, now=NOW, channels={"mail": CHANNELS["email"](config)})


def receipts(store: Store) -> list[tuple[str, str, str | None, str | None]]:
    return [(row["name"], row["state"], row["how"], row["receipt"]) for row in table.lists(store)]


def test_a_list_that_is_mailed_is_closed_when_the_mail_has_left(
    store: Store, settings: Settings, mail: MailServer
) -> None:
    add(store, 1)
    run(store, settings)

    queued = send(store, settings)
    before = receipts(store), report_states(store)
    deliver(store, settings, mail)
    closed = sending.settle(store)

    assert queued.counts == {"queued": 1}
    assert before == ([("2026-11", "draft", None, None)], [DutyState.OVERDUE])
    assert closed.notes == ["List 2026-11 is closed with 1 reference. The next list holds what is new since."]
    assert receipts(store) == [("2026-11", "sent", "mailed through mail", "mail 1, cbs@example.org")]
    assert report_states(store) == [DutyState.MET]
    (letter,) = mail.taken
    assert letter["Subject"] == "Reference list 2026-11, University of Example"
    attached = {part.get_filename(): part.get_payload(decode=True) for part in letter.iter_attachments()}
    assert attached == {Path(name).name: content for name, content in files(settings).items()}
    body = letter.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == (
        "Dear colleague,\n\n"
        "Please find attached our list of references (1 reference) of University of Example, as:\n\n"
        "- references-2026-11.xlsx\n- references-2026-11.csv\n- references-2026-11.txt\n- references-2026-11.bib\n\n"
        "Would you let us know that this list (2026-11) has reached you? A reply to this mail will do.\n\n"
        "With kind regards,\nAnna\nDCC\ndcc@example.org\n"
    )


def test_a_letter_of_nobody_in_particular_is_signed_by_the_office(store: Store, settings: Settings) -> None:
    add(store, 1)
    run(store, settings)
    made = sending.show(store, now=NOW, name="2026-11").references

    text = sending.letter(made, ["a.xlsx"], settings, sending.STAFF)

    assert text.endswith("With kind regards,\nDCC\ndcc@example.org\n")


def test_asking_twice_mails_once(store: Store, settings: Settings, mail: MailServer) -> None:
    add(store, 1)
    run(store, settings)

    send(store, settings)
    again = send(store, settings)
    deliver(store, settings, mail)
    deliver(store, settings, mail)

    assert again.notes == ["The list 2026-11 is on its way already."]
    assert len(mail.taken) == 1


def test_what_is_on_its_way_stands_still_and_in_no_other_list(
    store: Store, settings: Settings, mail: MailServer
) -> None:
    """Also when the run that mailed it was killed before it could close it: the next run does."""
    work_id = add(store, 1)
    run(store, settings)
    send(store, settings)
    add(store, 2)
    change(store, work_id, volume="99")

    waiting = run(store, settings)
    meanwhile = names(store)
    deliver(store, settings, mail)
    after = run(store, settings)

    assert "List 2026-11 is on its way by mail, message 1." in waiting.notes
    assert meanwhile == [("2026-11", "draft", 1), ("2026-11-b", "draft", 2)]
    assert names(store) == [("2026-11", "sent", 1), ("2026-11-b", "draft", 2)]
    assert after.notes[0] == "List 2026-11 is closed with 1 reference. The next list holds what is new since."
    attached = {part.get_filename(): part.get_content() for part in mail.taken[0].iter_attachments()}
    assert "12(3)" in attached["references-2026-11.txt"]


def test_a_mail_that_was_taken_back_frees_the_list(store: Store, settings: Settings, mail: MailServer) -> None:
    add(store, 1)
    run(store, settings)
    send(store, settings)
    with pytest.raises(UsageError) as caught:
        sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal", who="staff")
    outbox.cancel(store, 1)

    send(store, settings)
    deliver(store, settings, mail)
    sending.settle(store)

    assert str(caught.value) == "The list 2026-11 is on its way by mail. Take it back first: pubtrack outbox cancel 1"
    assert len(mail.taken) == 1
    assert receipts(store) == [("2026-11", "sent", "mailed through mail", "mail 2, cbs@example.org")]


def test_a_mail_nobody_is_sure_of_does_not_close_the_list_but_a_person_can(
    store: Store, settings: Settings, mail: MailServer
) -> None:
    mail.to_data = ["drop"]
    add(store, 1)
    run(store, settings)
    send(store, settings)
    deliver(store, settings, mail)

    doubtful = sending.settle(store)
    (fault,) = doubtful.faults
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="they wrote back", who="staff")

    assert fault.startswith("List 2026-11: its mail is uncertain (")
    assert fault.endswith(" See: pubtrack outbox show 1")
    assert receipts(store) == [("2026-11", "sent", "handed in", "they wrote back (staff)")]
    assert sending.settle(store).faults == []


def test_a_mail_that_arrived_after_all_closes_the_list(store: Store, settings: Settings, mail: MailServer) -> None:
    mail.to_data = ["drop"]
    add(store, 1)
    run(store, settings)
    send(store, settings)
    deliver(store, settings, mail)
    outbox.arrived(store, 1)
    sending.settle(store)

    assert receipts(store) == [("2026-11", "sent", "mailed through mail", "mail 1, cbs@example.org")]


def test_without_a_channel_nothing_is_mailed(store: Store, settings: Settings) -> None:
    add(store, 1)
    run(store, settings)

    with pytest.raises(
        ConfigError, match=r"^Nobody gets the list: name channel and recipients in the table \[references\]\.$"
    ):
        sending.send(store, settings, now=NOW, name="2026-11", who="staff")


def test_a_list_is_written_again_byte_for_byte_whatever_changed_since(store: Store, settings: Settings) -> None:
    """Another title of the project, another volume, another lead, a new work: what was sent stays what was sent."""
    formats = ["xlsx", "csv", "text", "html", "docx", "bibtex", "biblatex", "ris", "csl-json", "copies"]
    work_id = add(store, 1)
    run(store, settings, formats=formats)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    before = {Path(name).name: content for name, content in files(settings).items()}
    for name in list(files(settings)):
        (settings.reports / name).unlink()
    change(store, work_id, volume="99")
    add(store, 2)
    projects.save(store, replace(PROJECT, title="Another name", institution="Elsewhere", lead=None), at=AT)
    runs.set_mark(store, "references/new", "", at=AT)

    report = sending.again(store, settings, now=NOW, name="2026-11")

    assert report.counts == {"references": 1}
    assert {Path(name).name: content for name, content in files(settings).items()} == before
    shown = sending.show(store, now=NOW, name="2026-11")
    assert shown.files == {name: hashlib.sha256(content).hexdigest() for name, content in before.items()}


def test_a_sent_list_can_be_had_in_a_format_it_did_not_have(store: Store, settings: Settings, tmp_path: Path) -> None:
    """With its correction, and in the words it was sent in."""
    work_id = add(store, 1)
    run(store, settings, formats=["text"])
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="1", who="staff")
    change(store, work_id, volume="13")
    run(store, settings, formats=["text", "html"], language="nl")
    html = files(settings)["references/2026-11-b/references-2026-11-b.html"]
    text = files(settings)["references/2026-11-b/references-2026-11-b.txt"]
    change(store, work_id, volume="14")

    sending.again(store, settings, now=NOW, name="2026-11-b", folder=tmp_path, formats=["ris", "html"])
    store.db.execute("DELETE FROM reference_files")
    sending.again(store, settings, now=NOW, name="2026-11-b", folder=tmp_path, formats=["html", "text"])

    assert b"VL  - 13" in (tmp_path / "references-2026-11-b.ris").read_bytes()
    assert (tmp_path / "references-2026-11-b.html").read_bytes() == html
    assert (tmp_path / "references-2026-11-b.txt").read_bytes() == text


def test_what_was_sent_is_told_of_the_work_for_ever(store: Store, settings: Settings) -> None:
    work_id = add(store, 1)
    run(store, settings)
    sending.sent(store, settings, now=NOW, name="2026-11", receipt="portal 4711", who="staff")
    change(store, work_id, volume="13")
    run(store, settings)

    story = explain.story(store, [POLICY], str(work_id), now=NOW)

    reference = "  van der Berg, A., & 't Hooft, B. (2026). Moving houses, part 1. Journal of Examples, {}, 1–20. https://doi.org/10.5555/example.1"
    assert [(line.text, line.when) for line in story if line.what == "list"] == [
        ("2026-11, for project 9001: handed in, receipt: portal 4711 (staff)", AT),
        (reference.format("12(3)"), None),
        ("2026-11-b, for project 9001: a draft, not sent", AT),
        (reference.format("13(3)"), None),
    ]


# --- copies -----------------------------------------------------------------------------------------------------------


def handed_in(
    store: Store, settings: Settings, work_id: int, content: bytes, *, version: str | None = "published"
) -> Path:
    folder = settings.reports.parent / "copies"
    folder.mkdir(exist_ok=True)
    file = folder / f"{work_id}.pdf"
    file.write_bytes(content)
    columns = {"origin": "file", "version": version, "file": file.name, "media_type": "application/pdf"}
    columns["content_hash"] = hashlib.sha256(content).hexdigest()
    findings.save_copy(store, work_id, f"copies/{file.name}", at=AT, **columns)
    return file


def licensed(store: Store, work_id: int, *licences: dict[str, Any]) -> None:
    raw = json.dumps(csl(work_id) | {"license": list(licences)}).encode()
    record = Record("crossref", f"10.5555/example.{work_id}", "crossref", raw)
    number = sightings.save(store, record, content_hash="x", unusable=None, at=AT)
    sightings.place(store, [(work_id, None, number)])


BY = {
    "URL": "http://creativecommons.org/licenses/by/4.0/",
    "content-version": "vor",
    "start": {"date-parts": [[2026, 1, 1]]},
}


@pytest.fixture
def holding(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"credit": Credit(copies=(tmp_path / "copies",))})


def test_copies_go_along_where_their_licence_allows_it_and_the_others_are_named(
    store: Store, holding: Settings
) -> None:
    for number in range(1, 7):
        add(store, number)
    handed_in(store, holding, 1, b"one")
    licensed(store, 1, BY)
    handed_in(store, holding, 2, b"two")
    licensed(
        store,
        2,
        {"URL": "https://publisher.example.org/terms", "content-version": "vor"},
        BY | {"content-version": "tdm"},
    )
    handed_in(store, holding, 3, b"three", version="accepted")
    licensed(store, 3, BY)
    handed_in(store, holding, 4, b"four")
    licensed(store, 4, BY | {"start": {"date-parts": [[2027, 1, 1]]}})
    handed_in(store, holding, 5, b"five").write_bytes(b"another")
    licensed(store, 5, BY)

    run(store, holding, formats=["copies"])

    content = files(holding)["references/2026-11/references-2026-11.copies.zip"]
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        held = {name: made.read(name) for name in made.namelist()}
    page = held.pop("README.txt").decode()
    assert held == {"copies/vanderberg2026moving-1.pdf": b"one"}
    told = [line.strip() for line in page.splitlines() if line.startswith("    ")]
    assert told == [
        "copies/vanderberg2026moving-1.pdf",
        "CC BY 4.0; copies/1.pdf",
        "there is a copy (copies/2.pdf), but no open licence is known for it",
        "there is a copy (copies/3.pdf); the licence (CC BY 4.0) is for another version, or this one is not known",
        "there is a copy (copies/4.pdf), but no open licence is known for it",
        "open under CC BY 4.0, but the file was not kept; fetch it from copies/5.pdf",
        "no copy is known; see https://doi.org/10.5555/example.6",
    ]


def test_a_copy_that_changed_since_it_was_sent_is_not_taken_for_the_one_that_was(
    store: Store, holding: Settings
) -> None:
    add(store, 1)
    file = handed_in(store, holding, 1, b"one")
    licensed(store, 1, BY)
    run(store, holding, formats=["copies", "text"])
    run(store, holding, formats=["text"])
    before = files(holding)
    again = sending.again(store, holding, now=NOW, name="2026-11")
    file.write_bytes(b"another")

    with pytest.raises(UsageError) as caught:
        sending.again(store, holding, now=NOW, name="2026-11")

    assert len(again.files) == 2
    assert files(holding) == before
    assert str(caught.value) == f"{file}: this file has changed since it was read. Run: pubtrack credit"
