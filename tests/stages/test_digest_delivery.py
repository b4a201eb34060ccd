"""The digest as it leaves: the mail with its pictures and files, the page as a file, the short message to the team."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote

import bibtexparser
import lxml.html
from python_calamine import CalamineWorkbook

from pubtrack.config import Digest, FileChannel, Settings
from pubtrack.pipeline import month_files
from pubtrack.reminders import delivery
from pubtrack.reminders.channels import CHANNELS
from pubtrack.store import Store, outbox
from tests.conftest import NOW
from tests.peers.mail import mail_server
from tests.stages.test_delivery import email_channel
from tests.stages.test_digest import POLICY, files, october, run, settings

__all__ = ["october", "settings"]
PNG = b"\x89PNG\r\n\x1a\n"


def attach(new: Sequence[tuple[str, int]], stem: str) -> dict[str, bytes]:
    return {f"{stem}.bib": "\n".join(f"@misc{{{project}-{work}}}" for project, work in new).encode()}


def deliver(store: Store, settings: Settings, **channels: object) -> dict[str, int]:
    return delivery.run(store, settings, now=NOW, channels=channels).counts  # type: ignore[arg-type]


def test_the_mail_holds_its_pictures_and_the_files_of_the_month(october: Store, settings: Settings) -> None:
    """What the page shows is in the mail itself; nothing is fetched from elsewhere."""
    run(october, settings, send=True, attach=attach)
    with mail_server() as server:
        assert deliver(october, settings, file=email_channel(server.port)) == {"sent": 2}
    page = server.taken[0].get_body(("html",))
    assert page is not None
    tree = lxml.html.document_fromstring(page.get_content())
    shown = [image.get("src").removeprefix("cid:") for image in tree.xpath("//img")]
    held = {
        part["Content-ID"].strip("<>"): part.get_payload(decode=True)
        for part in server.taken[0].walk()
        if part["Content-ID"]
    }
    assert shown == list(held) == ["digest-2026-10-credit.png", "digest-2026-10-months.png"]
    assert all(bytes(content).startswith(PNG) for content in held.values())
    assert all(image.get("alt") for image in tree.xpath("//img"))
    attached = {part.get_filename(): part.get_payload(decode=True) for part in server.taken[0].iter_attachments()}
    assert list(attached) == ["digest-2026-10.bib"]
    assert attached["digest-2026-10.bib"] == files(settings)["digest-2026-10.bib"]


def test_a_rehearsed_mail_shows_its_pictures_in_a_browser(october: Store, settings: Settings) -> None:
    run(october, settings, send=True)
    folder = settings.reports / "messages"
    assert deliver(october, settings, file=CHANNELS["file"](FileChannel(kind="file", folder=folder))) == {"sent": 2}
    page = next(folder.glob("*liaison*.html"))
    shown = lxml.html.document_fromstring(page.read_text()).xpath("//img/@src")
    assert len(shown) == 2
    assert all((page.parent / unquote(source)).read_bytes().startswith(PNG) for source in shown)


def test_the_team_gets_a_short_message_once(october: Store, settings: Settings) -> None:
    team = settings.model_copy(update={"digest": Digest(slack="file")})
    for _ in range(2):
        run(october, team, send=True)
    (row,) = outbox.every(october)
    assert (row["key"], row["recipient"]) == ("digest/2026-10/slack", "team")
    assert row["text"] == (
        "*October 2026: 4 new references, 1 reported, 6 duties overdue*\n"
        "• 4 new · 1 reported · 1 arrived · 6 overdue\n"
        "• 1 match of a publication with a project waits for a person (pubtrack review)\n"
        "• 7 duties are unclear: what is known does not settle whether anything is owed (pubtrack duties --open).\n"
        "• 1 thing failed this month: it stands in the digest.\n"
        "The whole digest came by mail, with the references and the sheet of the month.\n"
    )
    assert json.loads(row["blocks"])[0]["text"] == {"type": "mrkdwn", "text": row["text"]}


def test_leads_are_named_only_where_the_configuration_says_so(october: Store, settings: Settings) -> None:
    run(october, settings, month="2026-10")
    assert b"OVERDUE, BY PROJECT" not in files(settings)["digest-2026-10.txt"]
    named = settings.model_copy(update={"digest": settings.digest.model_copy(update={"names": True})})
    run(october, named, month="2026-10")
    text = files(settings)["digest-2026-10.txt"].decode()
    assert "OVERDUE, BY PROJECT\n  * 126: send a copy, due on 29 September 2026. Carla" in text


def test_a_digest_kept_before_there_were_charts_can_still_be_sent(store: Store, settings: Settings) -> None:
    from pubtrack.store import runs

    old = {"subject": "October", "text": "text\n", "html": "<p>page</p>"}
    runs.set_mark(store, "digest/2026-10", json.dumps(old), at="2026-11-01T06:00:00Z")
    report = run(store, settings, send=True)
    assert report.counts == {"unchanged": 1, "queued": 2}
    assert [Path(file).name for file in report.files] == ["digest-2026-10.html", "digest-2026-10.txt"]
    assert outbox.every(store)[0]["html"] == "<p>page</p>"


def test_the_sheet_and_the_bibtex_of_the_month_read_back(october: Store, settings: Settings) -> None:
    """The real files: what is new this month, and nothing else."""
    files_of = month_files(october, settings, [POLICY], NOW)
    run(october, settings, send=True, attach=files_of)
    made = files(settings)
    names = sorted(name for name in made if name.endswith((".bib", ".xlsx")))
    assert names == ["digest-2026-10.bib", "digest-2026-10.xlsx"]
    entries = bibtexparser.parse_string(made["digest-2026-10.bib"].decode()).entries
    assert sorted(entry.fields_dict["doi"].value for entry in entries) == [
        "10.5555/22.9",
        "10.5555/26.8",
        "10.5555/39.7",
        "10.5555/51.6",
    ]
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(made["digest-2026-10.xlsx"])).get_sheet_by_index(0)
    titles = {str(cell) for row in sheet.to_python() for cell in row}
    assert "Moving house and moving up: evidence from registers" in titles
    assert "Published and reported long ago" not in titles
    assert files_of([], "digest-2026-09") == {}
