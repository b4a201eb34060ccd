"""The office: a folder with a configuration, the servers it talks to, and one run a day by the real stages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from pubtrack import bootstrap, pipeline
from pubtrack.answers.apply import apply
from pubtrack.answers.links import Links
from pubtrack.config import Settings, load
from pubtrack.models import Answer, Band
from pubtrack.obligations.policy import Policy
from pubtrack.references import sending
from pubtrack.reminders.blocks import mrkdwn
from pubtrack.store import Store, decisions, matches, outbox, references, works
from pubtrack.web import app as web
from tests.conftest import ROOT
from tests.peers.imap import PASSWORD, USER, Mailbox, imap_server
from tests.peers.mail import MailServer, mail_server
from tests.peers.slack import TOKEN, SlackServer, slack_server
from tests.simulation import world as worlds
from tests.simulation.world import BEGIN, World

ZONE = ZoneInfo("Europe/Amsterdam")
_CONFIG = """\
database = "pubtrack.db"
reports = "reports"
policies = ["{root}/config/policies/cbs-microdata.toml"]
[institution]
name = "Universiteit van Voorbeeld"
name_en = "University of Example"
contact = {{ name = "Digital Competence Centre", email = "dcc@example.org" }}
[register]
files = ["projects.jsonl"]
[[source]]
kind = "file"
name = "works"
files = {files}
[credit]
copies = ["copies"]
[[channel]]
kind = "email"
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "dcc@example.org"
[[channel]]
kind = "slack"
token = {{ file = "slack-token" }}
base_url = "{slack}"
[reminders]
channel = "slack"
fallback = "email"
breaker = 500
holidays = "nl"
[digest]
channel = "email"
recipients = ["liaison@example.org"]
[web]
base_url = "https://answers.example.org"
keys = {{ file = "keys" }}
[mailbox]
host = "127.0.0.1"
port = {imap}
security = "none"
username = "{user}"
password = {{ file = "mailbox-password" }}
"""


@dataclass
class Office:
    """A house, its servers, and the world it is in."""

    folder: Path
    world: World
    mail: MailServer
    slack: SlackServer
    mailbox: Mailbox
    store: Store = field(init=False)
    settings: Settings = field(init=False)
    policies: list[Policy] = field(init=False)
    links: Links = field(init=False)
    app: Flask = field(init=False)
    now: datetime = field(init=False)
    faults: list[str] = field(default_factory=list)
    _copies: list[str] = field(default_factory=list)
    _lines: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, content in (
            ("projects.jsonl", self.world.register()),
            ("keys", "a-key-of-the-simulation-and-of-nothing-else\n"),
            ("slack-token", TOKEN),
            ("mailbox-password", PASSWORD),
        ):
            (self.folder / name).write_text(content, encoding="utf-8")
        (self.folder / "copies").mkdir()
        self.slack.users = {lead.email: f"U{lead.number:05d}" for lead in self.world.leads if lead.way == "slack"}
        self.open(BEGIN)

    def open(self, day: date) -> None:
        """Bring the world's news of the day into the house, and read its configuration again, as a new process would."""
        self.now = datetime.combine(day, time(9, 30), ZONE)
        self._news(day)
        files = sorted(f"works-{name}.jsonl" for name in self._lines)
        config = _CONFIG.format(
            root=ROOT,
            files=json.dumps(files),
            smtp=self.mail.port,
            slack=self.slack.base_url,
            imap=self.mailbox.port,
            user=USER,
        )
        path = self.folder / "pubtrack.toml"
        if not path.exists() or path.read_text(encoding="utf-8") != config:
            path.write_text(config, encoding="utf-8")
            self.settings = load(path)
            self.policies = bootstrap.policies(self.settings)
            made = bootstrap.links(self.settings)
            assert made is not None
            self.links = made
            if not hasattr(self, "store"):
                self.store = bootstrap.store(self.settings)
            self.app = web.create(
                self.settings,
                policies=self.policies,
                links=self.links,
                report=bootstrap.report(self.settings),
                moment=lambda: self.now + timedelta(hours=4),
            )

    def _news(self, day: date) -> None:
        for one in self.world.publications:
            new = one.indexed == day or (day == BEGIN and one.indexed < day)
            if new:
                self._lines.setdefault(f"{day:%Y-%m}", []).append(worlds.crossref(one))
            if one.verdict != "none" and (new or one.corrected == day):
                name = f"{one.doi.rpartition('/')[2]}.txt"
                (self.folder / "copies" / name).write_text(worlds.text(one, day), encoding="utf-8")
                if new:
                    self._copies.append(f"{one.doi},{name},published\n")
        month = f"{day:%Y-%m}"
        if month in self._lines:
            (self.folder / f"works-{month}.jsonl").write_text("\n".join(self._lines[month]) + "\n", encoding="utf-8")
        index = "work,file,version\n" + "".join(self._copies)
        (self.folder / "copies" / "index.csv").write_text(index, encoding="utf-8")

    def run(self) -> None:
        """Run every stage once, sending."""
        settings = self.settings
        result = pipeline.run(
            self.store,
            settings,
            now=self.now,
            policies=self.policies,
            sources=bootstrap.sources(settings),
            fetch=None,
            channels=bootstrap.channels(settings),
            send=True,
            link=bootstrap.link(settings, now=self.now),
            listen=bootstrap.mailbox(settings),
            cite=bootstrap.cite(self.store, settings),
        )
        self.faults += [
            f"{self.now.date()} {report.stage}: {fault}" for report in result.reports for fault in report.faults
        ]

    def staff(self, day: date) -> None:
        """What staff do: judge what waits for them every Wednesday, and hand the list over on the first working day of a month."""
        truth = self.world.by_doi()
        at = self.now + timedelta(hours=2)
        if day.weekday() == 2:
            self._ask_about_the_uncertain()
            decided = {(made.project_id, made.work_id) for made in decisions.every(self.store)}
            for match in matches.every(self.store):
                if match.band is not Band.REVIEW or (match.project_id, match.work_id) in decided:
                    continue
                work = works.get(self.store, match.work_id)
                one = truth.get(work.doi or "") if work else None
                if one is None:
                    continue
                mine = one.project is not None and one.project.id == match.project_id
                answer = Answer.MINE if mine else Answer.NOT_MINE
                apply(
                    self.store,
                    answer=answer,
                    who="staff",
                    through="cli",
                    now=at,
                    work=match.work_id,
                    project=match.project_id,
                )
        if day.day <= 3 and day.weekday() < 5 and (day.day == 1 or day.weekday() == 0):
            drafts = [row["name"] for row in references.lists(self.store) if row["state"] == "draft"]
            for name in drafts[-1:]:  # the newest holds all that is new
                sending.sent(
                    self.store,
                    self.settings,
                    now=at,
                    name=name,
                    receipt=f"portal {day}",
                    who="staff",
                    copies=True,
                    policies=self.policies,
                )

    def _ask_about_the_uncertain(self) -> None:
        """Ask whether it arrived, and say so: of what did not arrive, every other message is sent again."""
        for row in outbox.every(self.store, state="uncertain"):
            if self.arrivals(row):
                outbox.arrived(self.store, row["id"])
            else:
                (outbox.retry if row["id"] % 2 else outbox.cancel)(self.store, row["id"])

    def arrivals(self, row: dict[str, Any]) -> int:
        """Given a message's row, return how often the mail server, or Slack, took it."""
        if row["channel"] == "email":
            return sum(
                str(mail["Message-ID"]).strip("<>").partition("@")[0] == row["message_id"] for mail in self.mail.taken
            )
        written = (self.slack.users.get(row["recipient"]), mrkdwn(row["subject"]), json.loads(row["blocks"]))
        return sum((post["channel"], post["text"], _blocks(post)) == written for post in self.slack.posts)


def _blocks(post: dict[str, Any]) -> Any:
    said = post.get("blocks") or []
    return json.loads(said) if isinstance(said, str) else said


@contextmanager
def office(folder: Path, world: World) -> Iterator[Office]:
    """Given a folder and a world, yield an office with its servers running: aiosmtpd, a Slack peer, dovecot."""
    with (
        mail_server() as mail,
        slack_server() as slack,
        imap_server() as mailbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
            patch.delenv(name, raising=False)
        house = Office(folder, world, mail, slack, mailbox)
        try:
            yield house
        finally:
            house.store.close()
