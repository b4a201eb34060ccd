"""The mailbox, against a real IMAP server: what is plain and comes from the right person is recorded, once; all else waits for staff."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pubtrack import bootstrap
from pubtrack.answers import mailbox, receive
from pubtrack.clock import stamp
from pubtrack.errors import SourceError
from pubtrack.models import Message, StageReport
from pubtrack.store import Store, addresses, decisions, letters, outbox, people, privacy
from tests.conftest import ANNA, AT, NOW, ROOT
from tests.duties import POLICY
from tests.peers.imap import PASSWORD, USER, Mailbox, imap_server
from tests.web import ANNA_ID, COPY, PUBLISH, REPORT, House, house

DCC = "dcc@example.org"
PERSONS = str(ANNA.email)


@pytest.fixture(scope="module")
def server() -> Iterator[Mailbox]:
    with imap_server() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path, server: Mailbox) -> Iterator[House]:
    """A house with a mailbox, and two messages that went to Anna: about project 9002, and about the work of 9001."""
    server.empty()
    (tmp_path / "password").write_text(PASSWORD)
    made = house(
        tmp_path,
        more=f'[mailbox]\nhost = "127.0.0.1"\nport = {server.port}\nsecurity = "none"\nusername = "{USER}"\n'
        'password = { file = "password" }\nmax_bytes = 100000',
    )
    for key, duties in (("one", (PUBLISH,)), ("two", (REPORT, COPY))):
        message = Message(key, "email", PERSONS, f"Subject {key}", "text", person_id=ANNA_ID, occasion="reminder")
        outbox.enqueue(made.store, replace(message, duties=duties, message_id=f"pubtrack-{key}"), at=AT)
    made.store.db.execute("UPDATE outbox SET state = 'sent', sent_at = ?", (AT,))
    yield made
    made.store.close()


def name(key: str) -> str:
    """The Message-ID of a message that we sent."""
    return f"<pubtrack-{key}@example.org>"


def letter(text: str, *, to: str | None = "one", sender: str = PERSONS, id_: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, DCC, headers.pop("Subject", "Re: Subject")
    made["Message-ID"] = f"<{id_ or abs(hash((text, sender, to)))}@example.org>"
    if to:
        made["In-Reply-To"] = name(to)
    for header, value in headers.items():
        made[header.replace("_", "-")] = value
    made.set_content(text)
    return made


def listen(here: House) -> StageReport:
    settings = here.settings
    report = bootstrap.report(settings)
    return mailbox.run(
        here.store, settings, now=here.now[0], password=PASSWORD, policies=[POLICY], links=here.links, report=report
    )


def recorded(store: Store) -> list[tuple[str, Any, Any, Any, str, str]]:
    return [
        (made.answer.value, made.project_id, made.work_id, made.until, made.who, made.through)
        for made in decisions.history(store)
    ]


def reasons(store: Store) -> list[str]:
    return [row["reason"] for row in letters.waiting(store)]


def test_no_publication(here: House, server: Mailbox) -> None:
    """It holds for a year; one short answer in the same thread says so; the letter is moved away and nothing of its text is kept."""
    server.deliver(letter("Beste DCC,\n\nEr is nog geen publicatie.\n\nGroet,\nAnna"))
    report = listen(here)

    assert report.counts == {"nothing to report": 1}
    assert recorded(here.store) == [
        ("nothing_to_report", "9002", None, date(2027, 11, 16), "Anna van der Berg", "mail")
    ]
    assert (server.count(), server.count("pubtrack")) == (0, 1)
    (answer,) = [row for row in outbox.every(here.store) if row["occasion"] == "answer"]
    assert (answer["recipient"], answer["subject"], answer["state"]) == (PERSONS, "Re: Subject one", "queued")
    assert "Vastgelegd: project 9002 heeft nog niets te melden." in answer["text"]
    assert "https://answers.example.org/x/a/" in answer["text"]
    row = here.store.one("SELECT * FROM letters")
    assert row is not None
    assert (row["kind"], row["state"], row["sender"], row["subject"], row["text"]) == (
        "nothing to report",
        "done",
        "",
        "",
        "",
    )


def test_the_same_letter_twice_is_one(here: House, server: Mailbox) -> None:
    reply = letter("10.5555/2", id_="same")
    server.deliver(reply, reply)
    assert listen(here).counts == {"publication": 1, "known": 1}
    server.deliver(reply)
    assert listen(here).counts == {"known": 1}
    assert [made[:3] for made in recorded(here.store)] == [("mine", "9002", 2)]
    assert len([row for row in outbox.every(here.store) if row["occasion"] == "answer"]) == 1
    assert (server.count(), server.count("pubtrack")) == (0, 3)


def test_a_doi_that_nobody_knows_is_looked_for(here: House, server: Mailbox) -> None:
    server.deliver(letter("Ons artikel: https://doi.org/10.5555/unknown."))
    assert listen(here).counts == {"publication": 1}
    assert [made[:4] for made in recorded(here.store)] == [("snoozed", "9002", None, date(2026, 12, 16))]
    assert here.store.one("SELECT count(*) AS n FROM reports WHERE project_id = '9002'") == {"n": 1}


def test_an_answer_to_our_answer_begins_no_conversation(here: House, server: Mailbox) -> None:
    """A machine that does not say that it is one answers whatever we write with the same words: it gets one answer, and staff the rest."""
    server.deliver(letter("No publication", id_="first"))
    listen(here)
    (first,) = [row for row in outbox.every(here.store) if row["occasion"] == "answer"]
    for number in range(3):
        again = letter("No publication", to=None, id_=f"again{number}")
        again["In-Reply-To"] = f"<{first['message_id']}@example.org>"
        server.deliver(again)
        assert listen(here).counts == {"to staff": 1}

    assert [row["id"] for row in outbox.every(here.store) if row["occasion"] == "answer"] == [first["id"]]
    assert len(recorded(here.store)) == 1


def test_a_database_that_is_locked_loses_no_letter(
    here: House, server: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays in the mailbox, and the next time it is read."""
    here.store.db.execute("PRAGMA busy_timeout = 20")
    server.deliver(letter("No publication"))
    other = sqlite3.connect(here.store.path or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        listen(here)
    other.execute("ROLLBACK")
    other.close()

    assert (server.count(), recorded(here.store)) == (1, [])
    assert listen(here).counts == {"nothing to report": 1}


def test_stop_needs_no_thread_and_gets_no_answer(here: House, server: Mailbox) -> None:
    server.deliver(letter("stop", to=None, Subject="stop"))
    assert listen(here).counts == {"stop": 1}
    assert people.opted_out(here.store) == {ANNA_ID}
    assert [row["occasion"] for row in outbox.every(here.store)] == ["reminder", "reminder"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (letter("No publication", sender="stranger@example.org"), "the sender is not in the register"),
        (letter("stop", sender="stranger@example.org"), "the sender is not in the register"),
        (letter("No publication", sender="carla@example.org"), "the message that it answers was written to somebody else"),
        (letter("No publication", to=None), "it answers no message of ours"),
        (letter("No publication", to="none"), "it answers no message of ours"),
        (letter("There is none yet, but we expect one in May"), "it says something that only a person can understand"),
        (letter("10.5555/1", to="two"), "it names a publication that the message was about"),
        (letter("No publication", to="two"), "it says that there is no publication, but not of which project"),
        (letter("No publication", sender=f"{PERSONS}, carla@example.org"), "the sender is not in the register"),
        (letter("No publication", sender=f'"{PERSONS}" <stranger@example.org>'), "the sender is not in the register"),
    ],
)  # fmt: skip
def test_everything_else_is_left_to_staff_with_its_text(
    here: House, server: Mailbox, given: EmailMessage, reason: str
) -> None:
    server.deliver(given)
    report = listen(here)

    assert report.counts == {"to staff": 1}
    assert report.notes == ["1 letter waits for staff: pubtrack letters"]
    assert recorded(here.store) == []
    (waiting,) = letters.waiting(here.store)
    assert waiting["reason"] == reason
    assert waiting["text"] == str(given.get_content()).strip()
    letters.done(here.store, waiting["id"], who="staff", at=stamp(NOW))
    kept = letters.get(here.store, waiting["id"])
    assert (kept["text"], kept["sender"], kept["subject"], kept["done_by"]) == ("", "", "", "staff")


@pytest.mark.parametrize(
    ("headers", "text", "until"),
    [
        ({"Auto_Submitted": "auto-replied"}, "I am away until 5 January 2027.", date(2027, 1, 5)),
        ({"X_Autoreply": "yes"}, "Ik ben terug op 4 januari 2027", date(2027, 1, 3)),
        ({"Subject": "Automatisch antwoord: Subject"}, "Afwezig t/m 24 december.", date(2026, 12, 24)),
        ({"Subject": "Out of office until 1 December"}, "", date(2026, 12, 1)),
        ({"Auto_Submitted": "auto-replied"}, "I am away for a while; geen publicatie. 10.5555/2 stop", None),
    ],
)
def test_an_answering_machine(
    here: House, server: Mailbox, headers: dict[str, str], text: str, until: date | None
) -> None:
    """Where it names a day plainly the person is away until then; it is never read as an answer, and gets none."""
    server.deliver(letter(text, **headers))
    assert listen(here).counts == {"away" if until else "automatic": 1}
    assert people.away(here.store) == ({ANNA_ID: until} if until else {})
    assert [made[0] for made in recorded(here.store)] == (["away"] if until else [])
    assert [row["occasion"] for row in outbox.every(here.store)] == ["reminder", "reminder"]
    assert letters.waiting(here.store) == []


@pytest.mark.parametrize(
    ("sender", "headers", "state"),
    [
        (PERSONS, {}, "sent"),
        (PERSONS, {"Auto_Submitted": "auto-replied"}, "sent"),
        ("someone@elsewhere.example", {}, "uncertain"),
    ],
)
def test_what_its_reader_answers_has_arrived(
    here: House, server: Mailbox, sender: str, headers: dict[str, str], state: str
) -> None:
    """Of a message of which nobody knows whether it arrived, an answer says that it did, whatever it says."""
    here.store.db.execute(
        "UPDATE outbox SET state = 'uncertain', sent_at = NULL, claimed_at = ? WHERE key = 'one'", (AT,)
    )
    server.deliver(letter("Ik kijk er nog naar.", sender=sender, **headers))
    listen(here)
    row = here.store.one("SELECT state, sent_at FROM outbox WHERE key = 'one'")

    assert row == {"state": state, "sent_at": AT if state == "sent" else None}


def test_an_answering_machine_of_somebody_else_is_not_believed(here: House, server: Mailbox) -> None:
    away = {"Auto_Submitted": "auto-replied"}
    server.deliver(letter("away until 5 January 2027", sender="carla@example.org", **away))
    server.deliver(letter("away until 5 January 2027", to=None, **away))
    assert listen(here).counts == {"automatic": 2}
    assert people.away(here.store) == {}


def report_of(key: str, recipient: str, *, status: str = "5.1.1", action: str = "failed", extra: str = "") -> bytes:
    """A delivery status notification as mail servers write it (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.example.org\r\nTo: {DCC}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"Message-ID: <bounce-{key}-{status}-{action}-{recipient}@mx.example.org>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI am sorry. 10.5555/2 no publication stop\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; 550 {status} <{recipient}>: no such user{extra}\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {name(key)}\r\nTo: {recipient}\r\n\r\n--b--\r\n"
    ).encode()


def test_a_bounce_switches_the_address_off(here: House, server: Mailbox) -> None:
    """The message failed, and nothing more is written to that address; the report's own words hold no address."""
    server.deliver(report_of("one", PERSONS.upper()))
    assert listen(here).counts == {"bounce": 1}
    why = addresses.switched_off(here.store)[("email", PERSONS)]
    assert why.startswith("came back: 5.1.1 smtp; 550 5.1.1")
    assert "@" not in why
    assert outbox.get(here.store, 1)["state"] == "failed"
    assert recorded(here.store) == []


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (report_of("one", PERSONS, action="delayed", status="4.4.1"), "still under way"),
        (report_of("none", PERSONS), "returned, not ours"),
        (report_of("one", PERSONS, status="5.2.2"), "to staff"),
        (report_of("one", PERSONS, status="5.7.1"), "to staff"),
        (report_of("one", "elsewhere@example.org"), "to staff"),
        (report_of("one", PERSONS).replace(b"Action: failed", b"Nothing: here"), "to staff"),
    ],
)
def test_what_comes_back_and_may_pass_switches_nothing_off(here: House, server: Mailbox, raw: bytes, kind: str) -> None:
    server.deliver(raw)
    assert listen(here).counts == {kind: 1}
    assert addresses.switched_off(here.store) == {}
    assert outbox.get(here.store, 1)["state"] == "sent"


def test_where_the_mail_server_must_vouch(here: House, server: Mailbox) -> None:
    """With `checked_by`, only what passed DMARC there is acted on; a line that the sender wrote itself counts for nothing."""
    box = here.settings.mailbox
    assert box is not None
    here.settings = here.settings.model_copy(
        update={"mailbox": box.model_copy(update={"checked_by": "mx.example.org"})}
    )
    for number, results in enumerate(
        (
            "mx.example.org; dmarc=fail header.from=example.org",
            "evil.example.com; dmarc=pass",
            "",
        )
    ):
        more = {"Authentication_Results": results} if results else {}
        server.deliver(letter("No publication", id_=f"bad{number}", **more))
    forged = letter("No publication", id_="forged", Authentication_Results="mx.example.org; dmarc=fail")
    forged["Authentication-Results"] = "mx.example.org; dmarc=pass"
    server.deliver(forged)
    assert listen(here).counts == {"to staff": 4}
    assert reasons(here.store) == ["the mail server does not vouch for the sender"] * 4
    server.deliver(letter("No publication", id_="good", Authentication_Results="mx.example.org; spf=pass; dmarc=pass"))
    assert listen(here).counts == {"nothing to report": 1}


def nested(depth: int) -> bytes:
    head = f"From: {PERSONS}\r\nMessage-ID: <nested@example.org>\r\n".encode()
    parts = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level) for level in range(depth)
    )
    return head + parts + b"Content-Type: text/plain\r\n\r\nNo publication\r\n"


HOSTILE: list[tuple[str, bytes]] = [
    ("too large", letter("x" * 300_000, id_="large").as_bytes()),
    ("nested", nested(600)),
    ("no headers", b"\r\n\r\njust text"),
    ("empty", b"\r\n"),
    ("a charset that is none", letter("hello ü").as_bytes().replace(b"utf-8", b"x-evil-\xff\xfe")),
    ("forged header", letter("x", Subject="a").as_bytes().replace(b"Subject: a", b"Subject: =?utf-8?q?a=0D=0ABcc:_all@example.org?=")),
    ("two senders", b"From: anna@example.org\r\nFrom: evil@example.org\r\nMessage-ID: <two@x>\r\n\r\nNo publication"),
    ("markup", letter("<script>alert(1)</script> \u202e \x1b[31m =cmd|' /C calc'!A0 <!here>").as_bytes()),
    ("broken base64", b"From: anna@example.org\r\nMessage-ID: <b64@x>\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!\xff"),
    ("a header of 90 kB", b"From: anna@example.org\r\nX: " + b"y" * 90_000 + b"\r\nMessage-ID: <late@x>\r\n\r\nhello"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "raw"), HOSTILE, ids=[case[0] for case in HOSTILE])
def test_hostile_letters_do_nothing(here: House, server: Mailbox, what: str, raw: bytes) -> None:
    """Each is left to staff, moved away, and read once; nothing in it reaches a header or a terminal."""
    server.deliver(raw)
    first = listen(here)
    assert first.counts == {"to staff": 1}
    assert server.count() == 0
    assert recorded(here.store) == []
    (row,) = letters.waiting(here.store)
    held = f"{row['subject']}{row['text']}{row['sender']}"
    assert all(sign not in held for sign in ("\r", "\x1b", "\u202e", "\x00"))
    assert "\n" not in row["subject"]
    server.deliver(raw)
    assert listen(here).counts == {"known": 1}


def test_ten_megabytes_are_not_even_fetched(here: House, server: Mailbox) -> None:
    server.deliver(letter("y" * 10_000_000, id_="huge").as_bytes())
    began = time.process_time()
    assert listen(here).counts == {"to staff": 1}
    assert time.process_time() - began < 2
    assert reasons(here.store) == ["it is larger than mailbox.max_bytes (10 MB); it stands in pubtrack"]


def test_html_letters_are_read_without_what_they_quote(here: House, server: Mailbox) -> None:
    reply = letter("x")
    reply.set_content(
        "<html><head><style>p{}</style></head><p>Geen publicatie.</p><blockquote>10.5555/2</blockquote></html>", "html"
    )
    server.deliver(reply)
    assert listen(here).counts == {"nothing to report": 1}


def test_an_attachment_is_not_the_text(here: House, server: Mailbox) -> None:
    reply = letter("See the file.")
    reply.add_attachment(b"No publication", maintype="text", subtype="plain", filename="a.txt")
    server.deliver(reply)
    assert listen(here).counts == {"to staff": 1}
    assert letters.waiting(here.store)[0]["text"] == "See the file."


def test_killed_between_the_record_and_the_move(here: House, server: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was recorded is recorded; the letter is still there, and only moved the next time."""
    server.deliver(letter("No publication"), letter("10.5555/2", id_="second"))

    def killed(*args: Any, **more: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("imap_tools.mailbox.BaseMailBox.move", killed)
        with pytest.raises(KeyboardInterrupt):
            listen(here)
    before = recorded(here.store)
    assert (len(before), server.count()) == (1, 2)
    assert listen(here).counts == {"known": 1, "publication": 1}
    assert recorded(here.store)[:1] == before
    assert server.count() == 0


def test_killed_within_the_record_nothing_is_recorded(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Decision, letter and answer are one transaction."""
    read = receive.Desk(here.settings, [POLICY], here.links, None)
    from pubtrack.answers.mail import read as parse

    monkeypatch.setattr("pubtrack.answers.receive._acknowledge", lambda *args, **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        receive.receive(here.store, parse(letter("No publication").as_bytes()), read, now=NOW)
    assert recorded(here.store) == []
    assert here.store.one("SELECT count(*) AS n FROM letters") == {"n": 0}


@pytest.mark.slow
def test_killed_anywhere(here: House, server: Mailbox, tmp_path: Path) -> None:
    """SIGKILL a few times while it reads forty letters: in the end every letter was dealt with once. PUBTRACK_MAIL_KILLS: how often."""
    server.deliver(*(letter(f"10.5555/new{number}", id_=f"n{number}") for number in range(40)))
    (tmp_path / "policy.toml").write_text((ROOT / "config" / "policies" / "cbs-microdata.toml").read_text())
    command = [sys.executable, "-m", "pubtrack", "listen", "--config", str(tmp_path / "pubtrack.toml")]
    for kill in range(int(os.environ.get("PUBTRACK_MAIL_KILLS", "3"))):
        pause = 0.5 + 0.2 * (kill % 8)
        process = subprocess.Popen([*command, "--as-of", "2026-11-16"], stdout=subprocess.DEVNULL)
        time.sleep(pause)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = subprocess.run([*command, "--as-of", "2026-11-16"], check=True, capture_output=True, text=True)
    assert done.stderr == ""
    assert server.count() == 0
    assert here.store.one("SELECT count(*) AS n, count(DISTINCT message_id) AS m FROM letters") == {"n": 40, "m": 40}
    assert here.store.one("SELECT count(*) AS n FROM reports") == {"n": 40}
    assert len([row for row in outbox.every(here.store) if row["occasion"] == "answer"]) == 40


def test_a_mailbox_that_refuses_or_is_not_there(here: House, server: Mailbox) -> None:
    """One sentence that names it, and never the password."""
    box = here.settings.mailbox
    assert box is not None
    assert mailbox.check(box, PASSWORD) == f"127.0.0.1:{server.port}, INBOX: 0 letters"
    for wrong, password, sentence in (
        (box, "wrong-secret", "the mailbox refuses the login. Check username and password in [mailbox]."),
        (box.model_copy(update={"port": 1}), PASSWORD, "the mailbox cannot be read"),
        (box.model_copy(update={"security": "tls", "timeout": 0.5}), PASSWORD, "the mailbox cannot be read"),
        (box.model_copy(update={"security": "starttls"}), PASSWORD, "the mailbox cannot be read"),
        (box.model_copy(update={"folder": "None"}), PASSWORD, "the mailbox cannot be read"),
    ):
        with pytest.raises(SourceError) as refused:
            mailbox.check(wrong, password)
        assert sentence in str(refused.value)
        assert "secret" not in str(refused.value)
        assert PASSWORD not in str(refused.value)


def test_so_many_at_once_and_the_rest_later(here: House, server: Mailbox) -> None:
    box = here.settings.mailbox
    assert box is not None
    here.settings = here.settings.model_copy(update={"mailbox": box.model_copy(update={"per_run": 2})})
    server.deliver(*(letter("hello", id_=str(number)) for number in range(3)))
    assert listen(here).notes[0] == "1 letters are left for the next run (mailbox.per_run)."
    assert listen(here).counts == {"to staff": 1}


def test_who_is_forgotten_leaves_no_letter(here: House, server: Mailbox) -> None:
    server.deliver(letter("My secret"), letter("No publication", id_="n"))
    listen(here)
    about = privacy.everything_about(here.store, ANNA_ID)
    assert [row["text"] for row in about["letters"]] == ["My secret", ""]
    privacy.forget(here.store, ANNA_ID, at=stamp(NOW + timedelta(days=1)))
    dump = "\n".join(here.store.db.conn.iterdump())
    assert "My secret" not in dump
    assert PERSONS not in dump
    assert "Anna van der Berg" not in dump.replace("Anna van der Berg\\", "")
