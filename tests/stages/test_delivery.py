"""What is queued leaves once: claimed, sent, recorded; refusals, throttles and breakdowns against real servers."""

from __future__ import annotations

import email.utils
import json
import re
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack import clock
from pubtrack.config import EmailChannel, FileChannel, Secret, SlackChannel
from pubtrack.errors import ConfigError, DeliveryError, UsageError
from pubtrack.models import Message, StageReport
from pubtrack.reminders import delivery
from pubtrack.reminders.channels import CHANNELS, Channel
from pubtrack.store import Store, addresses, outbox
from tests.conftest import AT, NOW, ROOT
from tests.peers.mail import MailServer, free_port, mail_server
from tests.peers.slack import TOKEN, SlackServer, slack_server
from tests.stages.test_remind import settings

MESSAGE = Message(
    key="reminder/1/due/2026-11-16",
    channel="mail",
    recipient="anna@example.org",
    subject="Project 9001: één open punt",
    text="Beste Anna,\n\n.een punt aan het begin van een regel\n" + "lang " * 300 + "\n",
    html="<p>Beste Anna</p>",
    blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "Beste Anna"}},),
    occasion="reminder",
    rung="due",
    duties=("stats/9001/1/report",),
    message_id="pubtrack-anna-due",
)


def queue(store: Store, **changes: Any) -> int:
    message = replace(MESSAGE, **changes)
    assert outbox.enqueue(store, message, at=AT)
    row = store.one("SELECT id FROM outbox WHERE key = ?", (message.key,))
    assert row is not None
    return int(row["id"])


def deliver(store: Store, tmp_path: Path, channel: Channel | None, *, hours: float = 0) -> StageReport:
    channels = {"mail": channel} if channel else {}
    return delivery.run(store, settings(tmp_path), now=NOW + timedelta(hours=hours), channels=channels)


def states(store: Store) -> list[tuple[str, int, str | None]]:
    return [(row["state"], row["attempts"], row["error"]) for row in reversed(outbox.every(store))]


def email_channel(port: int, **changes: Any) -> Channel:
    options = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "DCC <dcc@example.org>",
        "timeout": 5,
    } | changes
    return CHANNELS["email"](EmailChannel(kind="email", name="mail", **options))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def slack(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlackServer]:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_TOKEN", TOKEN)
    with slack_server() as server:
        server.users = {"anna@example.org": "U0ANNA"}
        yield server


def slack_channel(server: SlackServer, *, timeout: float = 5) -> Channel:
    return CHANNELS["slack"](
        SlackChannel(
            kind="slack", name="mail", token=Secret(env="SLACK_TOKEN"), base_url=server.base_url, timeout=timeout
        )
    )


# --- the outbox ------------------------------------------------------------------------------------------------------


def test_a_key_stands_once_for_ever(store: Store) -> None:
    """The same message is queued once, whatever it says the second time; what it tells is recorded with it."""
    queue(store)

    assert not outbox.enqueue(store, replace(MESSAGE, text="other"), at=AT)
    assert [(row["duty"], row["rung"], row["state"]) for row in outbox.told(store)] == [
        ("stats/9001/1/report", "due", "queued")
    ]


def test_nobody_can_guess_how_a_message_is_named(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """A reply or a bounce is believed for naming a message of ours: so the name is drawn, and stays with the message."""
    for key in ("one", "two"):
        queue(store, key=key, message_id="")
    names = [row["message_id"] for row in reversed(outbox.every(store))]
    deliver(store, tmp_path, email_channel(mail.port))

    assert all(re.fullmatch(r"pubtrack-[0-9a-f]{32}", name) for name in names)
    assert len(set(names)) == 2
    assert [taken["Message-ID"] for taken in mail.taken] == [f"<{name}@example.org>" for name in names]


def test_only_one_of_two_claims_a_message(store: Store) -> None:
    """The claim is an UPDATE that must change exactly one row."""
    number = queue(store)
    other = Store.open(store.path)
    first, second = outbox.claim(store, number, at=AT), outbox.claim(other, number, at=AT)
    other.close()

    assert first == (replace(MESSAGE, duties=()), 1)
    assert second is None


def test_an_interrupted_send_is_uncertain(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Found `sending` after a crash: shown to staff with what to do, and never sent again by itself."""
    number = queue(store)
    outbox.claim(store, number, at=AT)
    channel = email_channel(mail.port)
    report = deliver(store, tmp_path, channel)

    assert report.counts == {"uncertain": 1}
    assert report.faults == [
        f"Nobody knows whether message {number} arrived (the run was interrupted while it was being sent). Ask."
        f" If it did: pubtrack outbox arrived {number}. If not: pubtrack outbox retry {number}"
    ]
    assert deliver(store, tmp_path, channel, hours=100).counts == {}
    assert mail.taken == []


def test_staff_retry_and_cancel(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Retry and cancel do what the state allows, and say why not otherwise."""
    number = queue(store)
    outbox.claim(store, number, at=AT)
    outbox.uncertain(store, number, "who knows")
    outbox.retry(store, number)
    deliver(store, tmp_path, email_channel(mail.port))

    assert [state for state, *_ in states(store)] == ["sent"]
    for act, rule in (
        (outbox.arrived, "Only an uncertain message can be said to have arrived."),
        (outbox.retry, "Only a failed or uncertain message can be queued again."),
        (outbox.cancel, "Only a queued, failed or uncertain message can be cancelled."),
    ):
        with pytest.raises(UsageError) as error:
            act(store, number)
        assert str(error.value) == f"Message {number} is sent. {rule}"
    with pytest.raises(UsageError) as error:
        outbox.cancel(store, 99)
    assert str(error.value) == "There is no message 99. See them with: pubtrack outbox"

    other = queue(store, key="reminder/2/due/2026-11-16")
    outbox.cancel(store, other)
    assert deliver(store, tmp_path, email_channel(mail.port)).counts == {}


def test_staff_found_that_it_arrived(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Its person was told, on the day it was claimed; it is never sent again, and what stood in it is not told anew."""
    number = queue(store)
    outbox.claim(store, number, at=AT)
    outbox.interrupted(store)
    outbox.arrived(store, number)

    assert [(row["duty"], row["state"]) for row in outbox.told(store)] == [("stats/9001/1/report", "sent")]
    assert outbox.get(store, number)["sent_at"] == AT
    assert deliver(store, tmp_path, email_channel(mail.port), hours=100).counts == {}


def test_a_channel_that_is_not_configured_leaves_its_messages(store: Store, tmp_path: Path) -> None:
    """Nothing is lost; the operator is told once."""
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16")
    report = deliver(store, tmp_path, None)

    assert (report.counts, report.faults) == (
        {"left queued": 2},
        ["The channel mail takes nothing now: no [[channel]] is named mail"],
    )
    assert [state for state, *_ in states(store)] == ["queued", "queued"]


def test_a_fault_of_ours_is_uncertain(store: Store, tmp_path: Path) -> None:
    """An unexpected error says nothing about whether the message left, so it is not tried again by itself."""

    class Broken:
        name = "mail"

        def check(self) -> str:
            return "fine"

        def send(self, message: Message) -> None:
            raise ZeroDivisionError

    queue(store)
    queue(store, key="reminder/2/due/2026-11-16")
    report = deliver(store, tmp_path, Broken())

    assert report.counts == {"uncertain": 1, "left queued": 1}
    assert states(store) == [("uncertain", 1, "unexpected: ZeroDivisionError"), ("queued", 0, None)]


# --- files -----------------------------------------------------------------------------------------------------------


def test_messages_as_files(store: Store, tmp_path: Path) -> None:
    """Named after the key, complete, and the same every time; a key is no path."""
    folder = tmp_path / "messages"
    channel = CHANNELS["file"](FileChannel(kind="file", name="mail", folder=folder))
    queue(store, key="../../etc/passwd")
    attached = tmp_path / "list.csv"
    attached.write_text("a,b\n")
    queue(store, key="digest/2026-10", attachments=(str(attached),))

    assert deliver(store, tmp_path, channel).counts == {"sent": 2}
    names = sorted(path.name for path in folder.iterdir())
    assert [name.rpartition("-")[0] for name in names] == ["digest-2026-10"] * 3 + ["etc-passwd"] * 3
    assert (folder / names[2]).read_text() == (
        f"To: anna@example.org\nSubject: Project 9001: één open punt\nAttachment: list.csv\n\n{MESSAGE.text}"
    )
    assert json.loads((folder / names[1]).read_text()) == [
        {"type": "section", "text": {"type": "mrkdwn", "text": "Beste Anna"}}
    ]


def test_a_folder_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    """Later, perhaps: the message stays."""
    (tmp_path / "messages").write_text("a file stands here")
    queue(store)
    report = deliver(
        store, tmp_path, CHANNELS["file"](FileChannel(kind="file", name="mail", folder=tmp_path / "messages"))
    )

    assert report.counts == {"later": 1}
    assert report.faults[0].startswith(f"Message 1 to anna@example.org is tried again later: {tmp_path / 'messages'}: ")


# --- mail ------------------------------------------------------------------------------------------------------------


def test_a_mail_arrives_whole(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Text, HTML, an attachment, and the headers that keep machines quiet; lines of any length and with any beginning."""
    attached = tmp_path / "lijst.csv"
    attached.write_text("titel\n")
    queue(store, attachments=(str(attached),))

    assert deliver(store, tmp_path, email_channel(mail.port)).counts == {"sent": 1}
    (taken,) = mail.taken
    text, html = taken.get_body(("plain",)), taken.get_body(("html",))
    assert text is not None
    assert html is not None
    assert {name: taken[name] for name in ("From", "To", "Subject", "Auto-Submitted", "List-Unsubscribe")} == {
        "From": "DCC <dcc@example.org>",
        "To": "anna@example.org",
        "Subject": "Project 9001: één open punt",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": "<mailto:dcc@example.org?subject=stop>",
    }
    assert taken["Message-ID"] == f"<{MESSAGE.message_id}@example.org>"
    assert (taken["References"], taken["In-Reply-To"], taken["List-Unsubscribe-Post"]) == (None, None, None)
    assert email.utils.parsedate_to_datetime(taken["Date"]).tzinfo is not None
    assert text.get_content().replace("\r\n", "\n") == MESSAGE.text
    assert html.get_content().strip() == "<p>Beste Anna</p>"
    assert [part.get_filename() for part in taken.iter_attachments()] == ["lijst.csv"]
    assert all(len(line) <= 998 for line in mail.raw[0].split(b"\r\n"))


def test_a_mail_belongs_to_a_conversation_and_can_be_ended_with_one_click(
    store: Store, tmp_path: Path, mail: MailServer
) -> None:
    """It refers to the first mails about its matters, brings a calendar file, and names the page that ends the messages."""
    page = "https://dcc.example.org/a/" + "x" * 300
    queue(
        store,
        thread=("pubtrack-one", "pubtrack-two"),
        unsubscribe=page,
        calendar="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    )
    queue(store, key="reminder/2/due/2026-11-16", unsubscribe="https://dcc.example.org/" + "x" * 3000)
    deliver(store, tmp_path, email_channel(mail.port))
    first, second = mail.taken
    (calendar,) = first.iter_attachments()

    assert first["References"] == "<pubtrack-one@example.org> <pubtrack-two@example.org>"
    assert first["In-Reply-To"] == "<pubtrack-two@example.org>"
    assert first["List-Unsubscribe"] == f"<{page}>, <mailto:dcc@example.org?subject=stop>"
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (calendar.get_content_type(), calendar.get_filename()) == ("text/calendar", "days.ics")
    assert calendar.get_content().startswith("BEGIN:VCALENDAR")
    assert second["List-Unsubscribe"] == "<mailto:dcc@example.org?subject=stop>"
    assert second["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    ("moment", "leaves"),
    [
        ("2026-11-16T06:59:00+01:00", False),
        ("2026-11-16T07:00:00+01:00", True),
        ("2026-11-16T19:59:00+01:00", True),
        ("2026-11-16T20:00:00+01:00", False),
        ("2026-11-16T05:30:00+00:00", False),  # half past six in Amsterdam
        ("2026-07-06T05:30:00+00:00", True),  # half past seven, in summer
        (
            "2026-10-25T23:30:00+00:00",
            False,
        ),  # the night after the clock was set back: half past midnight, not half past one
        ("2026-03-29T05:15:00+00:00", False),  # the morning it was set forward, a Sunday
        ("2026-03-30T05:15:00+00:00", True),  # and the day after: a quarter past seven
        ("2026-11-21T12:00:00+01:00", False),  # Saturday
        ("2027-03-29T12:00:00+02:00", False),  # Easter Monday
        ("2028-02-29T12:00:00+01:00", True),
    ],
)
def test_quiet_hours(store: Store, tmp_path: Path, mail: MailServer, moment: str, leaves: bool) -> None:
    """On quiet days and in quiet hours, as the institution's clock shows them, reminders wait and nothing else does."""
    config = settings(tmp_path, quiet_hours=(time(20), time(7)), holidays="nl")
    queue(store)
    queue(store, key="digest/2026-10", occasion="digest", recipient="liaison@example.org")
    report = delivery.run(
        store, config, now=datetime.fromisoformat(moment), channels={"mail": email_channel(mail.port)}
    )

    assert report.counts == ({"sent": 2} if leaves else {"held for quiet hours": 1, "sent": 1})
    assert bool(report.notes) is not leaves


def test_delivered_once(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Run twice, nothing new."""
    queue(store)
    channel = email_channel(mail.port)
    deliver(store, tmp_path, channel)
    row = outbox.get(store, 1)

    assert deliver(store, tmp_path, channel, hours=5).counts == {}
    assert len(mail.taken) == 1
    assert outbox.get(store, 1) == row | {"state": "sent", "sent_at": "2026-11-16T11:00:00Z"}


def test_a_refusal_for_good_fails_at_once(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """5xx: not tried again, said with what to do; the next message leaves."""
    mail.to_recipient = {"anna@example.org": ["550 no such user"]}
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16", recipient="carla@example.org")
    report = deliver(store, tmp_path, email_channel(mail.port))

    assert report.counts == {"failed": 1, "sent": 1}
    assert report.faults == [
        "Message 1 to anna@example.org failed: The mail server said 550: no such user."
        " Nothing more is sent there. Correct the address in the register; if it is right after all: pubtrack outbox retry 1"
    ]
    assert addresses.switched_off(store) == {("mail", "anna@example.org"): "The mail server said 550: no such user."}
    assert deliver(store, tmp_path, email_channel(mail.port), hours=100).counts == {}
    outbox.retry(store, 1)
    assert addresses.switched_off(store) == {}


@pytest.mark.parametrize(
    ("answer", "counts", "dead"),
    [
        ("550 5.1.1 no such user", {"failed": 1}, True),
        ("553 mailbox name not allowed", {"failed": 1}, True),
        ("550 5.7.1 we do not relay for you", {"failed": 1}, False),  # that is about us
        ("554 5.7.1 blocked", {"failed": 1}, False),
        ("552 5.2.2 mailbox full", {"later": 1}, False),  # it may be emptied
        ("450 4.2.1 busy", {"later": 1}, False),
    ],
)
def test_only_an_address_where_nobody_is_is_given_up(
    store: Store, tmp_path: Path, mail: MailServer, answer: str, counts: dict[str, int], dead: bool
) -> None:
    """What a server says of us, or of a full mailbox, is not held against the address."""
    mail.to_recipient = {"anna@example.org": [answer]}
    queue(store)

    assert deliver(store, tmp_path, email_channel(mail.port)).counts == counts
    assert bool(addresses.switched_off(store)) is dead


def test_a_mail_that_the_server_refuses_is_no_dead_address(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """The content was not liked: this message fails, and the person is written to again."""
    mail.to_data = ["554 5.6.0 content refused"]
    queue(store)

    assert deliver(store, tmp_path, email_channel(mail.port)).counts == {"failed": 1}
    assert addresses.switched_off(store) == {}


def test_a_server_that_says_nothing_at_the_address(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """It hangs before it was given anything: nothing is lost, and the run goes on after the timeout."""
    mail.to_recipient = {"anna@example.org": ["hang", "250 OK"]}
    queue(store)
    channel = email_channel(mail.port, timeout=0.3)

    assert deliver(store, tmp_path, channel).counts == {"left queued": 1}
    assert deliver(store, tmp_path, channel, hours=1).counts == {"sent": 1}
    assert len(mail.taken) == 1


@pytest.mark.parametrize("trouble", ["swallow", "hang", "lose"])
def test_a_server_that_says_nothing_after_the_mail(
    store: Store, tmp_path: Path, mail: MailServer, trouble: str
) -> None:
    """Whether it has the mail or not, nobody knows: uncertain, and never sent again by itself."""
    mail.to_data = [trouble]
    queue(store)
    channel = email_channel(mail.port, timeout=0.3)

    assert deliver(store, tmp_path, channel).counts == {"uncertain": 1}
    assert deliver(store, tmp_path, channel, hours=50).counts == {}
    assert len(mail.taken) == (trouble == "swallow")


def test_a_mail_that_comes_back_later(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Accepted, then bounced: the reply's headers find the message, it counts as failed, and the address is given up."""
    queue(store)
    deliver(store, tmp_path, email_channel(mail.port))
    row = outbox.by_message_id(store, mail.taken[0]["Message-ID"])

    assert row is not None
    assert (row["id"], row["state"], outbox.duties_of(store, row["id"])) == (1, "sent", ["stats/9001/1/report"])
    assert outbox.bounced(store, 1, "user unknown", at=AT)
    assert not outbox.bounced(store, 1, "user unknown", at=AT)
    assert states(store) == [("failed", 1, "user unknown")]
    assert addresses.switched_off(store) == {("mail", "anna@example.org"): "user unknown"}
    assert outbox.by_message_id(store, "<unknown@example.org>") is None
    assert outbox.by_message_id(store, "") is None


def test_a_refusal_for_now_is_tried_later_and_later(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """4xx: ten minutes, half an hour, an hour; at last it fails."""
    mail.to_recipient = {"anna@example.org": ["451 greylisted"]}
    queue(store)
    channel = email_channel(mail.port)
    tried = []
    for quarter in range(4 * 60):
        report = deliver(store, tmp_path, channel, hours=quarter / 4)
        if report.counts:
            tried.append((quarter / 4, *report.counts))

    assert tried == [
        *((hours, "later") for hours in (0.0, 0.25, 0.75, 1.75, 3.75, 7.75, 15.75)),
        (35.75, "failed"),
    ]
    assert mail.connections == 8


def test_a_refusal_for_now_that_ends(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Greylisting: the second attempt is taken."""
    mail.to_recipient = {"anna@example.org": ["451 greylisted", "250 OK"]}
    mail.to_data = ["452 disk full", "250 OK"]
    queue(store)
    channel = email_channel(mail.port)
    said = [deliver(store, tmp_path, channel, hours=hours).counts for hours in (0, 0.1, 0.2, 0.8)]

    assert said == [{"later": 1}, {}, {"later": 1}, {"sent": 1}]
    assert len(mail.taken) == 1


def test_broken_off_after_the_mail_was_handed_over(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """The server has it and never said so: uncertain, never sent again by itself. The channel rests for this run."""
    mail.to_data = ["drop"]
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16", recipient="carla@example.org")
    channel = email_channel(mail.port)
    report = deliver(store, tmp_path, channel)

    assert report.counts == {"uncertain": 1, "left queued": 1}
    assert len(report.faults) == 2
    assert [state for state, *_ in states(store)] == ["uncertain", "queued"]
    assert deliver(store, tmp_path, channel, hours=2).counts == {"sent": 1}
    assert [taken["To"] for taken in mail.taken] == ["anna@example.org", "carla@example.org"]


def test_broken_off_before_the_mail_was_handed_over(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """Nothing was given away: it stays queued, and leaves later."""
    mail.to_recipient = {"anna@example.org": ["drop", "250 OK"]}
    queue(store)
    channel = email_channel(mail.port)

    assert deliver(store, tmp_path, channel).counts == {"left queued": 1}
    assert states(store)[0][:2] == ("queued", 0)
    assert deliver(store, tmp_path, channel, hours=1).counts == {"sent": 1}
    assert len(mail.taken) == 1


def test_of_several_recipients_all_or_none(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """A partial refusal is given up before the mail is handed over: nobody gets it twice when it is tried again."""
    mail.to_recipient = {"carla@example.org": ["450 busy", "250 OK"]}
    queue(store, recipient="anna@example.org, Carla <carla@example.org>")
    channel = email_channel(mail.port)

    assert deliver(store, tmp_path, channel).counts == {"later": 1}
    assert mail.taken == []
    assert deliver(store, tmp_path, channel, hours=1).counts == {"sent": 1}
    assert len(mail.taken) == 1


def test_no_mail_server(store: Store, tmp_path: Path) -> None:
    """No message is to blame: all stay queued, and nothing is counted against them."""
    port = free_port()
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16")
    report = deliver(store, tmp_path, email_channel(port))

    assert report.counts == {"left queued": 2}
    assert report.faults == [
        f"The channel mail takes nothing now: 127.0.0.1:{port}: no mail server answers ([Errno 111] Connection refused)."
    ]
    assert [attempts for _, attempts, _ in states(store)] == [0, 0]


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: all@example.org", "Hello\nBcc: all@example.org"])
def test_no_header_is_forged(store: Store, tmp_path: Path, mail: MailServer, subject: str) -> None:
    """A line break in a subject or an address is refused, not sent."""
    queue(store, subject=subject)
    queue(store, key="reminder/2/due/2026-11-16", recipient="anna@example.org\r\nBcc: all@example.org")
    report = deliver(store, tmp_path, email_channel(mail.port))

    assert report.counts == {"failed": 2}
    assert mail.taken == []
    assert all("cannot be addressed" in fault for fault in report.faults)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not there to make a certificate")
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", file.with_name("key.pem"), "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_encrypted_and_logged_in(
    store: Store, tmp_path: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    """STARTTLS and TLS with a login; a wrong password and a certificate nobody vouches for close the channel, and say why."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.with_name("key.pem"))
    monkeypatch.setenv("PASSWORD", "s3cret-right")
    monkeypatch.setenv("WRONG", "s3cret-wrong")
    queue(store)
    with mail_server(tls=tls, implicit=security == "tls", login=("dcc", "s3cret-right")) as server:
        options = {"security": security, "username": "dcc"}
        channel = email_channel(server.port, **options, password=Secret(env="PASSWORD"))
        unknown = deliver(store, tmp_path, channel)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        wrong = deliver(store, tmp_path, email_channel(server.port, **options, password=Secret(env="WRONG")), hours=1)
        right = deliver(store, tmp_path, channel, hours=2)

    assert "CERTIFICATE_VERIFY_FAILED" in unknown.faults[0]
    assert wrong.faults == [
        f"The channel mail takes nothing now: 127.0.0.1:{server.port}: the login is refused (535)."
        " Check username and password of the channel mail."
    ]
    assert right.counts == {"sent": 1}
    assert "s3cret" not in json.dumps([unknown.faults, wrong.faults, states(store)])


def test_no_encryption_where_it_is_asked_for(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """A server that offers no STARTTLS gets nothing."""
    queue(store)
    report = deliver(store, tmp_path, email_channel(mail.port, security="starttls"))

    assert report.faults == [
        f"The channel mail takes nothing now: 127.0.0.1:{mail.port}: STARTTLS extension not supported by server."
        " Check security of the channel mail."
    ]
    assert mail.taken == []


# --- Slack -----------------------------------------------------------------------------------------------------------


def test_a_slack_message_arrives(store: Store, tmp_path: Path, slack: SlackServer) -> None:
    """The person is found by mail address, once; the blocks arrive as they are."""
    queue(store)
    queue(store, key="reminder/1/late/2026-12-01")
    queue(store, key="reminder/contact/contact/2026-12-01", recipient="C0TEAM")

    assert deliver(store, tmp_path, slack_channel(slack)).counts == {"sent": 3}
    assert slack.calls == ["users.lookupByEmail", *["chat.postMessage"] * 3]
    assert [(post["channel"], post["text"], post["blocks"]) for post in slack.posts] == [
        (channel, MESSAGE.subject, [dict(block) for block in MESSAGE.blocks])
        for channel in ("U0ANNA", "U0ANNA", "C0TEAM")
    ]


def test_a_short_throttle_is_waited_out(
    store: Store, tmp_path: Path, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with Retry-After, for the look-up and for the post: one message arrives."""
    waited: list[float] = []
    monkeypatch.setattr("slack_sdk.http_retry.builtin_handlers.time.sleep", waited.append)
    slack.next = {"users.lookupByEmail": [(429, 1)], "chat.postMessage": [(429, 2)]}
    queue(store)

    assert deliver(store, tmp_path, slack_channel(slack)).counts == {"sent": 1}
    assert [int(seconds) for seconds in waited] == [1, 2]
    assert len(slack.posts) == 1


def test_a_long_throttle_is_left_to_the_next_run(store: Store, tmp_path: Path, slack: SlackServer) -> None:
    """A run does not sleep for an hour; the message waits as long as Slack asks."""
    slack.next = {"chat.postMessage": [(429, 3600)]}
    queue(store)
    report = deliver(store, tmp_path, slack_channel(slack))

    assert (report.counts, report.faults) == (
        {"left queued": 1},
        ["The channel mail takes nothing now: Slack is busy (ratelimited)."],
    )
    assert outbox.get(store, 1)["next_attempt_at"] == "2026-11-16T12:00:00Z"
    assert deliver(store, tmp_path, slack_channel(slack), hours=1).counts == {"sent": 1}


def test_a_breakdown_at_the_look_up_is_tried_again(
    store: Store, tmp_path: Path, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looking up twice hurts nobody."""
    monkeypatch.setattr("slack_sdk.http_retry.handler.time.sleep", lambda seconds: None)
    slack.next = {"users.lookupByEmail": [500, 503]}
    queue(store)

    assert deliver(store, tmp_path, slack_channel(slack)).counts == {"sent": 1}


@pytest.mark.parametrize("trouble", [500, "page", "fatal_error", "internal_error", "drop", "hang"])
def test_a_breakdown_at_the_post_is_uncertain(
    store: Store, tmp_path: Path, slack: SlackServer, trouble: object
) -> None:
    """Slack may have posted it: it is not posted again, and nothing else is until the next run."""
    slack.next = {"chat.postMessage": [trouble]}
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16", recipient="C0TEAM")
    report = deliver(store, tmp_path, slack_channel(slack, timeout=1 if trouble == "hang" else 5))

    assert report.counts == {"uncertain": 1, "left queued": 1}
    assert slack.calls.count("chat.postMessage") == 1
    assert deliver(store, tmp_path, slack_channel(slack), hours=1).counts == {"sent": 1}


@pytest.mark.parametrize(
    "trouble", ["users_not_found", "user_not_found", "cannot_dm_bot", "is_archived", "invalid_blocks"]
)
def test_a_person_slack_does_not_know(store: Store, tmp_path: Path, slack: SlackServer, trouble: str) -> None:
    """This message fails; the next leaves."""
    if trouble != "users_not_found":
        slack.users["bram@example.org"] = "U0BRAM"
        slack.next = {"chat.postMessage": [trouble]}
    queue(store, recipient="bram@example.org")
    queue(store, key="reminder/2/due/2026-11-16")
    report = deliver(store, tmp_path, slack_channel(slack))

    assert report.counts == {"failed": 1, "sent": 1}
    assert states(store)[0][2] == f"Slack does not take this message ({trouble})."
    gone = trouble in ("users_not_found", "user_not_found", "cannot_dm_bot")
    assert list(addresses.switched_off(store)) == ([("mail", "bram@example.org")] if gone else [])


def test_a_user_who_left(store: Store, tmp_path: Path, slack: SlackServer) -> None:
    """Slack still finds a deactivated user: that one is written to no more."""
    slack.users["bram@example.org"] = "U0BRAM"
    slack.deactivated = {"U0BRAM"}
    queue(store, recipient="bram@example.org")

    assert deliver(store, tmp_path, slack_channel(slack)).counts == {"failed": 1}
    assert addresses.switched_off(store) == {("mail", "bram@example.org"): "Slack says that this user is deactivated."}
    assert slack.posts == []


def test_the_teams_webhook(store: Store, tmp_path: Path, slack: SlackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is the team's goes by the incoming webhook; its address, a secret, stands nowhere; refused, throttled, broken off."""
    monkeypatch.setenv("SLACK_WEBHOOK", slack.webhook)
    config = SlackChannel(
        kind="slack", name="mail", token=Secret(env="SLACK_TOKEN"), base_url=slack.base_url, timeout=5,
        webhook=Secret(env="SLACK_WEBHOOK"),
    )  # fmt: skip
    for number in range(5):
        queue(store, key=f"reminder/contact/due/{number}", recipient="webhook", subject="a < b")
    slack.next = {"not-a-real-secret": [(429, 3600), "no_service", "drop", 500]}
    said = [deliver(store, tmp_path, CHANNELS["slack"](config), hours=2 * turn) for turn in range(6)]

    assert [report.counts for report in said] == [
        {"left queued": 5},
        {"left queued": 5},
        {"uncertain": 1, "left queued": 4},
        {"uncertain": 1, "left queued": 3},
        {"sent": 3},
        {},
    ]
    assert said[1].faults == [
        "The channel mail takes nothing now: Slack refuses the webhook (no_service). Check the webhook of the channel mail."
    ]
    assert len(slack.hooked) == 4
    assert slack.hooked[-1]["text"] == "a &lt; b"
    assert "not-a-real-secret" not in json.dumps([[report.faults for report in said], states(store)])


@pytest.mark.parametrize("trouble", ["invalid_auth", "token_revoked", "missing_scope"])
def test_a_token_slack_does_not_take(store: Store, tmp_path: Path, slack: SlackServer, trouble: str) -> None:
    """The channel is closed, the operator told what to check, and the token stands nowhere."""
    if trouble == "invalid_auth":
        slack.token = "another"
    else:
        slack.next = {"users.lookupByEmail": [trouble]}
    queue(store)
    report = deliver(store, tmp_path, slack_channel(slack))

    assert report.faults == [
        f"The channel mail takes nothing now: Slack refuses the app ({trouble}). Check the token of the channel mail and the app's"
        " scopes (chat:write, users:read.email)."
    ]
    assert [state for state, *_ in states(store)] == ["queued"]
    assert TOKEN not in json.dumps([report.faults, states(store)])


def test_no_slack(store: Store, tmp_path: Path, slack: SlackServer) -> None:
    """It does not answer: nothing is lost, whoever is to be written to."""
    slack.base_url = f"http://127.0.0.1:{free_port()}/api/"
    queue(store)
    queue(store, key="reminder/2/due/2026-11-16", recipient="C0TEAM")

    assert deliver(store, tmp_path, slack_channel(slack)).faults == [
        "The channel mail takes nothing now: Slack does not answer (ConnectionRefusedError)."
    ]
    outbox.cancel(store, 1)
    assert deliver(store, tmp_path, slack_channel(slack), hours=1).counts == {"left queued": 1}


def test_a_secret_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, slack: SlackServer) -> None:
    """At the building of the channel, before anything leaves."""
    monkeypatch.delenv("SLACK_TOKEN")
    with pytest.raises(ConfigError, match="SLACK_TOKEN"):
        slack_channel(slack)


def test_a_channel_is_asked_whether_it_would_take_a_message(
    tmp_path: Path, mail: MailServer, slack: SlackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pubtrack check --online`: who answers, without anything being sent; or why it would not."""
    assert email_channel(mail.port).check() == f"127.0.0.1:{mail.port} takes mail from DCC <dcc@example.org>"
    assert slack_channel(slack).check() == "pubtrack in Example"
    folder = CHANNELS["file"](FileChannel(kind="file", folder=tmp_path / "out"))
    assert folder.check() == f"writes into {tmp_path / 'out'}"

    mail.to_sender = "550 not from you"
    slack.token = "another"
    (tmp_path / "taken").write_text("")
    for channel, said in (
        (email_channel(mail.port), "The mail server said 550: not from you."),
        (slack_channel(slack), "Slack refuses the app (invalid_auth)."),
        (CHANNELS["file"](FileChannel(kind="file", folder=tmp_path / "taken")), f"{tmp_path / 'taken'}: File exists."),
    ):
        with pytest.raises(DeliveryError) as error:
            channel.check()
        assert str(error.value).startswith(said)
    assert (mail.taken, slack.posts) == ([], [])


KILLED = """
import sys
from pathlib import Path
from pubtrack import clock
from pubtrack.config import Contact, EmailChannel, Institution, Reminders, Settings
from pubtrack.reminders import delivery
from pubtrack.reminders.channels import CHANNELS
from pubtrack.store import Store
config = EmailChannel(kind="email", name="mail", host="127.0.0.1", port=int(sys.argv[2]), security="none", sender="dcc@example.org")
contact = Contact(name="DCC", email="dcc@example.org")
settings = Settings(institution=Institution(name="Example", contact=contact), policies=(), reminders=Reminders(quiet_weekdays=()))
delivery.run(Store.open(Path(sys.argv[1])), settings, now=clock.now(), channels={"mail": CHANNELS["email"](config)})
"""


def test_killed_at_any_moment_nothing_is_lost_and_nothing_twice(store: Store, tmp_path: Path, mail: MailServer) -> None:
    """SIGKILL while messages leave: each arrives once, or is listed as uncertain; none is forgotten."""
    for number in range(40):
        queue(store, key=f"reminder/{number}/due/2026-11-16", recipient=f"lead{number}@example.org")
    for after in (4, 11):
        before = len(mail.taken)
        command = [sys.executable, "-c", KILLED, str(store.path), str(mail.port)]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
        while len(mail.taken) < before + after and process.poll() is None:
            clock.sleep(0.001)
        process.kill()
        process.wait()
        # Only those that this run interrupted: the rest goes on in the next.
        assert sum(state == "sending" for state, *_ in states(store)) <= 1
    report = deliver(store, tmp_path, email_channel(mail.port))
    arrived = [taken["To"] for taken in mail.taken]
    uncertain = [row["recipient"] for row in outbox.every(store, state="uncertain")]

    assert len(arrived) == len(set(arrived))
    assert {row["state"] for row in outbox.every(store)} <= {"sent", "uncertain"}
    assert {f"lead{number}@example.org" for number in range(40)} == set(arrived) | set(uncertain)
    assert report.counts["sent"] >= 1
