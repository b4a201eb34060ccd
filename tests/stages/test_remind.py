"""Reminders through the store: stock first, then the ladder; previews otherwise; once, and never after an answer."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pubtrack import clock
from pubtrack.answers.apply import apply
from pubtrack.config import Contact, EmailChannel, FileChannel, Institution, Reminders, Secret, Settings, SlackChannel
from pubtrack.errors import BreakerOpen, ConfigError
from pubtrack.models import Answer, Band, Finding, Match, Message, Project, Verdict
from pubtrack.reminders import delivery, stage
from pubtrack.reminders.channels import CHANNELS
from pubtrack.store import Store, addresses, counts, findings, matches, outbox, projects, works
from tests.conftest import ANNA, AT, BRAM, CARLA, NOW
from tests.duties import POLICY, SUGGESTION, work


def settings(tmp_path: Path, **reminders: Any) -> Settings:
    return Settings(
        institution=Institution(
            name="University of Example", language="en", contact=Contact(name="DCC", email="dcc@example.org")
        ),
        reports=tmp_path / "reports",
        policies=(),
        channel=(FileChannel(kind="file", folder=tmp_path / "messages"),),
        reminders=Reminders(**reminders),
    )


def fill(store: Store) -> None:
    """Anna's project has a paper without the credit; Carla's has nothing; nobody leads the third; Bram has no address."""
    bram = replace(BRAM, email=None)
    for project in (
        Project("9001", "One", lead=ANNA, ended_on=date(2025, 6, 30)),
        Project("9002", "Two", lead=CARLA, ended_on=date(2025, 3, 31)),
        Project("9003", "Three", ended_on=date(2025, 3, 31)),
        Project("9004", "Four", lead=bram, ended_on=date(2025, 3, 31)),
    ):
        projects.save(store, project, at=AT)
    works.save(store, replace(work(1, "2026-09-20"), id=None), at=AT)
    matches.save(store, Match("9001", 1, 0.97, Band.ACCEPT), at=AT)
    findings.save(
        store, Finding(Verdict.ABSENT, "stats", "1", "1", suggestion=SUGGESTION, work_id=1), content_hash="x", at=AT
    )


def run(store: Store, config: Settings, day: int = 0, *, send: bool = True) -> dict[str, int]:
    return stage.run(store, config, now=NOW + timedelta(days=day), policies=[POLICY], send=send).counts


def everything(store: Store) -> list[tuple[Any, ...]]:
    return [
        tuple(row.values())
        for table in ("outbox", "told", "decisions", "marks")
        for row in store.rows(f"SELECT * FROM {table}")
    ]


def queued(store: Store) -> list[tuple[str, str]]:
    return [(row["recipient"], row["rung"]) for row in reversed(outbox.every(store)) if row["state"] == "queued"]


def test_the_first_sending_run_takes_stock(store: Store, tmp_path: Path) -> None:
    """It writes down what is open, queues nothing, and says so; what it found may be told from 14 days later."""
    fill(store)
    config = settings(tmp_path)
    first = stage.run(store, config, now=NOW, policies=[POLICY], send=True)

    assert first.counts == {"open": 6, "stock": 6}
    assert first.notes == [
        "This is the first run that sends: it took stock of 6 open matters and told nobody. They may be told from 14 days on."
    ]
    assert [(row["state"], row["key"], row["text"]) for row in outbox.every(store)] == [
        ("stock", "reminder/stock", "6 open matters were found and nobody was told.")
    ]

    second = stage.run(store, config, now=NOW + timedelta(days=11), policies=[POLICY], send=True)

    assert (second.counts, second.notes) == ({"open": 6}, ["6 matters of the first stock wait out its 14 days."])
    assert run(store, config, 14) == {"open": 6, "queued": 3}
    assert queued(store) == [
        ("dcc@example.org", "heads-up"),
        ("carla@example.org", "heads-up"),
        ("anna@example.org", "heads-up"),
    ]


def test_what_comes_after_the_stock_is_told_in_its_time(store: Store, tmp_path: Path) -> None:
    """The stock holds up what it found, and nothing else."""
    config = settings(tmp_path)
    run(store, config)
    fill(store)

    assert run(store, config, 1) == {"open": 6, "queued": 3}


def test_run_twice_nothing_new(store: Store, tmp_path: Path) -> None:
    """The same day, the next days: nobody is told again before the next rung."""
    fill(store)
    config = settings(tmp_path)
    run(store, config)
    run(store, config)
    run(store, config, 14)
    before = everything(store)

    assert run(store, config, 14) == {"open": 6, "too soon": 3}
    assert run(store, config, 15)["open"] == 6
    assert everything(store) == before


def test_without_send_nothing_is_written_but_previews(store: Store, tmp_path: Path) -> None:
    """The store stays as it is; each message can be opened, and the first preview says that a first sending run sends none."""
    fill(store)
    config = settings(tmp_path)
    before = everything(store)
    report = stage.run(store, config, now=NOW, policies=[POLICY])
    folder = tmp_path / "reports" / "previews"
    note = (
        "No run has sent anything yet. The first run with --send takes stock of what is open and sends none of these;"
        " they may be told from 14 days after it."
    )

    assert everything(store) == before
    assert (report.counts, report.notes, report.files) == (
        {"open": 6, "previews": 3},
        [note],
        [str(folder / "index.html")],
    )
    assert sorted(path.name for path in folder.iterdir()) == [
        "contact.html",
        "contact.txt",
        "index.html",
        "person-1-anna-van-der-berg.html",
        "person-1-anna-van-der-berg.txt",
        "person-2-carla-jansen.html",
        "person-2-carla-jansen.txt",
    ]
    assert (
        (folder / "person-2-carla-jansen.txt")
        .read_text()
        .startswith(
            f"[{note}]\nTo: carla@example.org\nSubject: Project 9002: one open point for Statistics Example\n\nDear Carla Jansen,\n"
        )
    )
    assert note in (folder / "index.html").read_text()
    assert SUGGESTION in (folder / "person-1-anna-van-der-berg.html").read_text()


def test_previews_of_another_day_go(store: Store, tmp_path: Path) -> None:
    """What is no longer planned is no longer there; other files stay, and nothing is touched that says the same."""
    fill(store)
    config = settings(tmp_path)
    folder = tmp_path / "reports" / "previews"
    run(store, config, send=False)
    (folder / "notes.txt").write_text("mine")
    times = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    run(store, config, send=False)

    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == times

    apply(
        store,
        answer=Answer.NOTHING_TO_REPORT,
        who="carla",
        through="cli",
        now=NOW,
        project="9002",
        until=date(2027, 6, 1),
    )
    run(store, config, send=False)

    assert {path.name for path in folder.iterdir()} == set(times) - {
        "person-2-carla-jansen.html",
        "person-2-carla-jansen.txt",
    }


def test_previews_need_no_channel_but_sending_does(store: Store, tmp_path: Path) -> None:
    """A wrong name is a fault of the configuration, in one sentence."""
    fill(store)
    config = settings(tmp_path)
    run(store, config)
    config = config.model_copy(update={"reminders": Reminders(channel="mail")})

    assert run(store, config, 14, send=False) == {"open": 6, "previews": 3}
    with pytest.raises(ConfigError) as error:
        run(store, config, 14)
    assert (
        str(error.value)
        == "reminders.channel is mail, but no [[channel]] has that name. The configuration names: file."
    )


def test_an_answer_buys_silence(store: Store, tmp_path: Path) -> None:
    """What is answered is neither queued nor, if it was queued and has not left, sent."""
    fill(store)
    config = settings(tmp_path)
    run(store, config)
    run(store, config, 14)
    for answer in (Answer.CREDITED, Answer.REPORTED):
        apply(store, answer=answer, who="anna", through="cli", now=NOW, work=1)

    # The message that names all three is taken back, and what is still open is told anew: by a new message, of another day.
    assert run(store, config, 15) == {"open": 4, "taken back": 1, "too soon": 2, "queued": 1}
    assert [(row["state"], row["error"]) for row in outbox.every(store) if row["person_id"] == 1] == [
        ("queued", None),
        ("cancelled", "answered before it left"),
    ]

    apply(store, answer=Answer.COPY_SENT, who="anna", through="cli", now=NOW, work=1)

    assert run(store, config, 16)["taken back"] == 1
    assert "anna@example.org" not in [recipient for recipient, _ in queued(store)]
    for day in range(17, 200):
        run(store, config, day)
    assert [
        row["person_id"] for row in outbox.every(store) if row["person_id"] == 1 and row["state"] != "cancelled"
    ] == []


def test_the_whole_ladder(store: Store, tmp_path: Path) -> None:
    """Day by day for a year, delivered: each rung once, in order, then the contact, then silence; no message on a weekend."""
    fill(store)
    config = settings(tmp_path)
    channels = {config_.name: CHANNELS[config_.kind](config_) for config_ in config.channels}
    for day in range(365):
        run(store, config, day)
        delivery.run(store, config, now=NOW + timedelta(days=day), channels=channels)
    rows = [row for row in reversed(outbox.every(store)) if row["state"] != "stock"]

    assert {row["state"] for row in rows} == {"sent"}
    assert [row["rung"] for row in rows if row["recipient"] == "anna@example.org"] == [
        "heads-up",
        "due",
        "late",
        "later",
    ]
    assert [row["rung"] for row in rows if row["recipient"] == "carla@example.org"] == [
        "heads-up",
        "due",
        "late",
        "later",
    ]
    assert [row["rung"] for row in rows if row["recipient"] == "dcc@example.org"] == ["heads-up", "contact", "contact"]
    assert all(clock.moment(row["created_at"]).isoweekday() < 6 for row in rows)
    assert len(list((tmp_path / "messages").glob("*.txt"))) == len(rows) == 11


def test_the_breaker_stops_a_run_that_would_send_too_much(store: Store, tmp_path: Path) -> None:
    """Nothing is queued, the exit code is 5, and the operator reads what to do; a preview says it beforehand."""
    fill(store)
    run(store, settings(tmp_path))
    config = settings(tmp_path, breaker=2)
    before = everything(store)
    preview = stage.run(store, config, now=NOW + timedelta(days=14), policies=[POLICY])
    with pytest.raises(BreakerOpen) as error:
        run(store, config, 14)

    assert error.value.exit_code == 5
    assert str(error.value) == (
        "3 messages would leave, more than reminders.breaker allows (2), so none was queued. Look at them with: pubtrack remind."
        " Then raise breaker in reminders.toml, or set per_run there to spread them over days."
    )
    assert everything(store) == before
    assert preview.notes == [
        "There are 3 messages, more than reminders.breaker allows (2): a run with --send would queue none of them."
    ]


def test_a_cap_spreads_messages_and_says_so(store: Store, tmp_path: Path) -> None:
    """With `per_run` the rest waits for the next run, and is counted."""
    fill(store)
    run(store, settings(tmp_path))
    config = settings(tmp_path, breaker=2, per_run=2)
    report = stage.run(store, config, now=NOW + timedelta(days=14), policies=[POLICY], send=True)

    assert report.counts == {"open": 6, "over the cap": 1, "queued": 2}
    assert report.notes == ["reminders.per_run is 2: 1 message held back for the next run."]
    assert run(store, config, 15) == {"open": 6, "too soon": 2, "queued": 1}


def test_quiet_days(store: Store, tmp_path: Path) -> None:
    """Nothing is queued on a Saturday or a named day; the next other day it is."""
    fill(store)
    config = settings(tmp_path, stock_days=0, quiet_days=("2026-11-23",))
    run(store, config)
    saturday = stage.run(store, config, now=NOW + timedelta(days=5), policies=[POLICY], send=True)

    assert saturday.counts == {"open": 6}
    assert saturday.notes == ["2026-11-21 is a quiet day: 3 messages held back for the next other day."]
    assert run(store, config, 7) == {"open": 6}
    assert run(store, config, 8) == {"open": 6, "queued": 3}


def test_who_opts_out_is_left_alone(store: Store, tmp_path: Path) -> None:
    """Staff take over, and are told why; who opts in again hears of it again."""
    fill(store)
    config = settings(tmp_path)
    run(store, config)
    apply(store, answer=Answer.OPT_OUT, who="carla", through="cli", now=NOW, person="carla@example.org")
    run(store, config, 14)
    (to_contact,) = [row for row in outbox.every(store) if row["recipient"] == "dcc@example.org"]

    assert [recipient for recipient, _ in queued(store)] == ["dcc@example.org", "anna@example.org"]
    assert "the lead wants no messages" in " ".join(to_contact["text"].split())
    assert "there is no address of the lead" in " ".join(to_contact["text"].split())
    assert "no lead is known" in " ".join(to_contact["text"].split())

    apply(store, answer=Answer.OPT_IN, who="carla", through="cli", now=NOW, person="carla@example.org")
    run(store, config, 15)

    assert ("carla@example.org", "heads-up") in queued(store)


def test_a_refused_address_goes_to_the_contact(store: Store, tmp_path: Path) -> None:
    """A message that was not taken told nobody anything: staff hear of it, and the lead again once the address is another."""
    fill(store)
    config = settings(tmp_path)
    run(store, config)
    run(store, config, 14)
    (number,) = [row["id"] for row in outbox.every(store) if row["person_id"] == 2]
    outbox.claim(store, number, at=AT)
    outbox.failed(store, number, "mailbox unknown")
    run(store, config, 28)
    (to_contact,) = [
        row for row in outbox.every(store) if row["key"].startswith("reminder/contact") and "-12-14" in row["key"]
    ]

    assert "our messages do not reach the lead" in " ".join(to_contact["text"].split())

    projects.save(
        store,
        Project("9002", "Two", lead=replace(CARLA, email="jansen@example.org"), ended_on=date(2025, 3, 31)),
        at=AT,
    )
    run(store, config, 29)

    assert ("jansen@example.org", "heads-up") in queued(store)


def test_the_channel_says_where_a_person_is(store: Store, tmp_path: Path) -> None:
    """Slack: the person's Slack name, else the mail address to look up; the contact has the team's channel."""
    fill(store)
    projects.save(
        store,
        Project(
            "9005", "Five", lead=replace(CARLA, given="Dina", email=None, slack="U0DINA"), ended_on=date(2025, 3, 31)
        ),
        at=AT,
    )
    slack = SlackChannel(kind="slack", name="chat", token=Secret(env="X"), team_channel="C0TEAM")
    chosen = {"reminders": Reminders(channel="chat")}
    config = settings(tmp_path).model_copy(update=chosen | {"channels": (slack,)})
    run(store, config)
    run(store, config, 14)

    assert sorted(recipient for recipient, _ in queued(store)) == [
        "C0TEAM",
        "U0DINA",
        "anna@example.org",
        "carla@example.org",
    ]
    (carla,) = [row for row in outbox.every(store) if row["recipient"] == "carla@example.org"]
    assert "Write to dcc@example.org." in carla["text"]

    mail = EmailChannel(kind="email", name="chat", host="mail.example.org", sender="dcc@example.org")
    by_mail = settings(tmp_path).model_copy(update=chosen | {"channels": (mail,)})
    assert stage.run(store, by_mail, now=NOW + timedelta(days=60), policies=[POLICY]).counts["previews"] == 3


def test_a_day_is_the_institutions_day(store: Store, tmp_path: Path) -> None:
    """At half past eleven in the evening in UTC it is tomorrow in Amsterdam, also in the night the clock is set back."""
    fill(store)
    config = settings(tmp_path)
    stage.run(store, config, now=datetime(2026, 10, 24, 23, 30, tzinfo=UTC), policies=[POLICY], send=True)
    stage.run(store, config, now=datetime(2026, 11, 8, 23, 30, tzinfo=UTC), policies=[POLICY], send=True)

    assert {row["key"].rsplit("/")[-1] for row in outbox.every(store) if row["state"] == "queued"} == {"2026-11-09"}
    assert clock.now("Europe/Amsterdam", date(2026, 10, 25)).tzinfo == ZoneInfo("Europe/Amsterdam")


# --- who is reached, and how --------------------------------------------------------------------------------------------


def two_ways(tmp_path: Path) -> Settings:
    """Slack first, mail for whom Slack does not reach; the team has a channel."""
    slack = SlackChannel(kind="slack", name="chat", token=Secret(env="X"), team_channel="C0TEAM")
    mail = EmailChannel(kind="email", name="mail", host="mail.example.org", sender="dcc@example.org")
    return settings(tmp_path, stock_days=0).model_copy(
        update={
            "channels": (slack, mail),
            "reminders": Reminders(channel="chat", fallback="mail", stock_days=0),
        }
    )


def left(store: Store) -> list[tuple[str, str, str]]:
    """Return channel, recipient and state of every message but the stock, oldest first."""
    return [
        (row["channel"], row["recipient"], row["state"])
        for row in reversed(outbox.every(store))
        if row["state"] != "stock"
    ]


def fail(store: Store, recipient: str, channel: str) -> None:
    """As delivery does where nobody is."""
    (number,) = [
        row["id"]
        for row in outbox.every(store, state="queued")
        if (row["recipient"], row["channel"]) == (recipient, channel)
    ]
    outbox.claim(store, number, at=AT)
    outbox.failed(store, number, "nobody is there")
    addresses.switch_off(store, channel, recipient, "nobody is there", at=AT)


def test_whom_one_channel_does_not_reach_the_other_does(store: Store, tmp_path: Path) -> None:
    """On the very same day, with the words of that channel; and staff only when none is left, until the register knows better."""
    fill(store)
    config = two_ways(tmp_path)
    run(store, config)
    run(store, config, 1)
    fail(store, "carla@example.org", "chat")
    again = run(store, config, 1)
    by_mail = outbox.every(store)[0]

    assert again["queued"] == 1
    assert left(store)[-1] == ("mail", "carla@example.org", "queued")
    assert by_mail["key"] == "reminder/2/heads-up/2026-11-17/mail"
    assert "Reply to this message." in by_mail["text"]

    fail(store, "carla@example.org", "mail")
    report = run(store, config, 15)
    (to_contact,) = [row for row in outbox.every(store) if row["recipient"] == "C0TEAM" and "12-01" in row["key"]]

    assert report["queued"] == 2  # Anna's next rung, and staff
    assert "our messages do not reach the lead" in " ".join(to_contact["text"].split())

    new = replace(CARLA, email="jansen@example.org")
    projects.save(store, Project("9002", "Two", lead=new, ended_on=date(2025, 3, 31)), at=AT)
    run(store, config, 16)

    assert left(store)[-1] == ("chat", "jansen@example.org", "queued")


def test_the_fallback_must_be_there(store: Store, tmp_path: Path) -> None:
    """Before anything is queued, in one sentence."""
    fill(store)
    config = settings(tmp_path, fallback="mail")
    run(store, config)
    with pytest.raises(ConfigError) as error:
        run(store, config, 14)

    assert str(error.value) == (
        "reminders.fallback is mail, but no [[channel]] has that name. The configuration names: file."
    )


def test_who_opts_out_or_leaves_before_it_leaves_is_not_written_to(store: Store, tmp_path: Path) -> None:
    """What is queued for them is taken back, also by a delivery without a run; so is what another leads by now."""
    fill(store)
    config = settings(tmp_path, stock_days=0)
    run(store, config)
    run(store, config, 1)
    now = NOW + timedelta(days=1)
    apply(store, answer=Answer.OPT_OUT, who="anna", through="mail", now=now, person="anna@example.org")
    apply(
        store,
        answer=Answer.AWAY,
        who="carla",
        through="mail",
        now=now,
        person="carla@example.org",
        until=date(2026, 12, 4),
    )

    assert stage.take_back(store, config, now=now, policies=[POLICY]).counts == {"taken back": 2}
    assert [row["recipient"] for row in outbox.every(store, state="queued")] == ["dcc@example.org"]
    assert run(store, config, 2) == {"open": 6, "too soon": 1, "on leave": 1}  # Anna's goes to the contact, who had one
    assert run(store, config, 16) == {"open": 6, "queued": 1, "on leave": 1}
    assert run(store, config, 21)["queued"] == 1  # the Monday after the leave

    dirk = replace(BRAM, given="Dirk", email="d@example.org")
    projects.save(store, Project("9002", "Two", lead=dirk, ended_on=date(2025, 3, 31)), at=AT)

    assert run(store, config, 22) == {"open": 6, "taken back": 1, "queued": 1}
    assert queued(store)[-1] == ("d@example.org", "heads-up")


def test_a_message_refers_to_the_first_about_its_matters(store: Store, tmp_path: Path) -> None:
    """So that mail programs show one conversation; the first refers to none, another person's to none of it."""
    fill(store)
    config = settings(tmp_path, stock_days=0)
    channels = {one.name: CHANNELS[one.kind](one) for one in config.channels}
    run(store, config)
    for day in (1, 15, 29):
        run(store, config, day)
        delivery.run(store, config, now=NOW + timedelta(days=day), channels=channels)
    annas = [row for row in reversed(outbox.every(store)) if row["person_id"] == 1]

    assert [json.loads(row["thread"]) for row in annas] == [[], [annas[0]["message_id"]], [annas[0]["message_id"]]]


def test_links_and_references_are_the_same_whenever_they_are_made(store: Store, tmp_path: Path) -> None:
    """A preview made twice is the same bytes; each message holds its person's links, and the contact's holds none."""
    fill(store)
    config = settings(tmp_path)
    asked: list[tuple[int, tuple[str, ...]]] = []

    def link(person_id: int, keys: Sequence[str]) -> str:
        asked.append((person_id, tuple(keys)))
        return f"https://dcc.example.org/a/{person_id}-{'-'.join(key.rpartition('/')[2] for key in keys)}"

    for _ in range(2):
        stage.run(
            store, config, now=NOW, policies=[POLICY], link=link, cite=lambda work: f"{work.title}, as it is sent"
        )
        made = {path.name: path.read_bytes() for path in (tmp_path / "reports" / "previews").iterdir()}
        if _ == 0:
            before = made

    assert made == before
    assert {person for person, _ in asked} == {1, 2}
    assert (1, ("stats/9001/1/credit", "stats/9001/1/report", "stats/9001/1/copy")) in asked
    assert b"https://dcc.example.org/a/2-publish" in made["person-2-carla-jansen.txt"]
    assert b"Paper 1, as it is sent" in made["person-1-anna-van-der-berg.html"]
    assert b"/a/" not in made["contact.html"]


# --- a database that gives way -----------------------------------------------------------------------------------------


def test_a_database_that_is_full(store: Store, tmp_path: Path) -> None:
    """No room for another message: what was queued is whole, what was not is not there at all, and the next run goes on."""
    fill(store)
    config = settings(tmp_path, stock_days=0)
    run(store, config)
    store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    pages = store.one("PRAGMA page_count")
    assert pages
    store.db.execute(f"PRAGMA max_page_count = {pages['page_count'] + 3}")
    with pytest.raises(sqlite3.OperationalError, match="full"):
        run(store, config, 1)
    told = {row["outbox_id"] for row in outbox.told(store) if row["state"] == "queued"}

    assert told == {row["id"] for row in outbox.every(store, state="queued")}
    assert len(told) < 3

    store.db.execute("PRAGMA max_page_count = 1000000")
    run(store, config, 1)

    assert len(queued(store)) == 3
    assert counts.integrity(store) == "ok"


def test_a_database_that_is_locked_while_a_message_leaves(store: Store, tmp_path: Path) -> None:
    """It left and could not be recorded: it is uncertain, it is not sent again by itself, and the others are not lost."""
    fill(store)
    config = settings(tmp_path, stock_days=0)
    run(store, config)
    run(store, config, 1)
    store.db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.path or "", isolation_level=None)
    real = CHANNELS["file"](config.channels[0])

    class Locking:
        """A channel that works, while somebody else takes the database."""

        name = "file"

        def check(self) -> str:
            return real.check()

        def send(self, message: Message) -> None:
            real.send(message)
            other.execute("BEGIN IMMEDIATE")

    now = NOW + timedelta(days=1)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        delivery.run(store, config, now=now, channels={"file": Locking()})
    other.execute("ROLLBACK")
    other.close()
    report = delivery.run(store, config, now=now, channels={"file": real})

    assert report.counts == {"uncertain": 1, "sent": 2}
    assert len(list((tmp_path / "messages").glob("*.txt"))) == 3
