"""The people: what each does with a message, by the link, the button or the mail that stands in it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from email.message import EmailMessage
from typing import Any

from pubtrack.answers import press
from pubtrack.answers.choices import Chooser, Given, choose
from pubtrack.answers.links import Link, LinkRefused
from pubtrack.answers.matters import Matter, Opened, open_link
from pubtrack.clock import stamp
from pubtrack.models import Choice, DutyKind
from pubtrack.store import letters, outbox
from tests.simulation.office import Office
from tests.simulation.world import Lead, Publication

_LINK = re.compile(r"https://answers\.example\.org/a/([\w.~-]+)")


@dataclass
class Due:
    """What somebody will do on a day about a message."""

    day: date
    lead: Lead
    token: str
    mail: EmailMessage | None
    post: dict[str, Any] | None
    act: str  # answer | away | bounce | stop


@dataclass
class People:
    """All leads, and what they have still to do."""

    office: Office
    dice: random.Random
    waiting: list[Due] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)  # the kinds of answer that were given, for the report
    unheard: list[str] = field(default_factory=list)  # answers that were given, and asked for again at once
    _mails: int = 0
    _posts: int = 0

    def receive(self, day: date) -> None:
        """Open what arrived since the last time, and decide what to do about it."""
        by_address = {lead.email: lead for lead in self.office.world.leads}
        by_user = {f"U{lead.number:05d}": lead for lead in self.office.world.leads}
        mails = self.office.mail.taken[self._mails :]
        self._mails += len(mails)
        for mail in mails:
            lead = by_address.get(str(mail["To"]))
            part = mail.get_body(("plain",))
            if lead is not None and part is not None:
                self._decide(lead, day, part.get_content(), mail, None)
        posts = self.office.slack.posts[self._posts :]
        self._posts += len(posts)
        for post in posts:
            lead = by_user.get(str(post["channel"]))
            if lead is not None:
                self._decide(lead, day, str(post.get("blocks")), None, post)

    def _decide(self, lead: Lead, day: date, text: str, mail: EmailMessage | None, post: dict[str, Any] | None) -> None:
        found = _LINK.search(text)
        if found is None:  # an acknowledgement of an answer
            return
        lead.met += 1
        token, wait = found[1], self.dice.randrange(1, 11)
        act = {"ignores": "", "bounces": "bounce" if mail else "", "stops": "stop"}.get(lead.manner, "answer")
        if lead.manner == "slow" and lead.met == 1:
            act = ""
        if lead.manner == "leaves" and mail is not None and lead.met == 1:
            self.waiting.append(Due(day, lead, token, mail, post, "away"))
            wait = 25
        if act:
            self.waiting.append(Due(day + timedelta(days=0 if act == "bounce" else wait), lead, token, mail, post, act))

    def act(self, day: date) -> None:
        """Do what is to be done today."""
        now = [due for due in self.waiting if due.day <= day]
        self.waiting = [due for due in self.waiting if due.day > day]
        for due in now:
            {"answer": self._answer, "away": self._away, "bounce": self._bounce, "stop": self._stop}[due.act](due)

    def _answer(self, due: Due) -> None:
        """Answer all that is asked, one matter after the other, until nothing more is owed or can be said."""
        given: set[tuple[int, Choice]] = set()
        while True:
            opened = self._open(due.token)
            if opened is None:
                return
            said = next(self._truths(opened), None)
            if said is None:
                return
            number, choice, more = said
            if (number, choice) in given:
                self.unheard.append(f"{self.office.now.date()} {opened.matters[number].keys}: {choice}")
                return
            given.add((number, choice))
            self.asked.append(choice.value)
            if due.mail is not None and due.lead.way == "mail":
                self._reply(due, _in_words(choice, more, due.lead, alone=len(opened.matters) == 1))
                return
            if due.post is not None and not more and self._press(due, choice, opened.matters[number]):
                continue
            self._submit(due.token, matter=str(number), act="answer", choice=choice.value, **more)

    def _open(self, token: str) -> Opened | None:
        try:
            link = self.office.links.read(token, self.office.now.date())
            return open_link(self.office.store, link, self.office.policies, now=self.office.now)
        except LinkRefused:
            return None

    def _truths(self, opened: Opened) -> Iterator[tuple[int, Choice, dict[str, str]]]:
        for number, matter in enumerate(opened.matters):
            if matter.open:
                said = self._of_project(matter) if matter.work is None else self._of_work(matter, opened)
                if said is not None:
                    yield number, *said

    def _of_project(self, matter: Matter) -> tuple[Choice, dict[str, str]]:
        today = self.office.now.date()
        mine = self.office.world.of(matter.project.id).publications
        out = [one for one in mine if one.published <= today]
        if out:
            return Choice.ANOTHER, {"text": f"https://doi.org/{out[0].doi}"}
        coming = min((one.published for one in mine), default=None)
        if coming is not None and (coming - today).days < 600:
            return Choice.PLANNED, {"day_planned": coming.isoformat()}
        return Choice.NOTHING_TO_REPORT, {}

    def _of_work(self, matter: Matter, opened: Opened) -> tuple[Choice, dict[str, str]] | None:
        assert matter.work is not None
        one = self.office.world.by_doi().get(matter.work.doi or "")
        if one is None:
            return None
        if one.project is None or one.project.id != matter.project.id:
            if one.project is not None and one.project.id in {project.id for project in opened.projects}:
                return Choice.WRONG_PROJECT, {"project": one.project.id}
            return Choice.NOT_MINE, {}
        owed = {duty.kind for duty in matter.duties if duty.state.value in ("upcoming", "due", "overdue")}
        if DutyKind.CREDIT in owed:
            return (Choice.CREDITED if credits(one, self.office.now.date()) else self._correct(one)), {}
        return Choice.REPORTED, {}

    def _correct(self, one: Publication) -> Choice:
        if one.corrected is None and self.dice.random() < 0.5:
            one.corrected = self.office.now.date() + timedelta(days=60)
        return Choice.CORRECTION

    def letters(self, day: date) -> None:
        """What staff do with what they are to read: on Wednesdays they record what its writer means, in the writer's stead."""
        store, now = self.office.store, self.office.now + timedelta(hours=2)
        for letter in letters.waiting(store) if day.weekday() == 2 else ():
            if letter["outbox_id"] is not None and letter["person_id"] is not None:
                duties = tuple(outbox.duties_of(store, letter["outbox_id"]))
                self._in_their_stead(Link(letter["person_id"], duties, day))
            letters.done(store, letter["id"], who="staff", at=stamp(now))

    def _in_their_stead(self, link: Link) -> None:
        store, now = self.office.store, self.office.now
        for _ in range(12):
            try:
                opened = open_link(store, link, self.office.policies, now=now)
            except LinkRefused:
                return
            number, choice, more = next(self._truths(opened), (0, None, {}))
            if choice is None or choice is Choice.ANOTHER:
                return
            until = date.fromisoformat(more["day_planned"]) if "day_planned" in more else None
            by = Chooser(opened.person, opened.projects, "cli", now)
            choose(store, opened.matters[number], Given(choice, until, more.get("project")), by)

    def _submit(self, token: str, **fields: str) -> None:
        browser = self.office.app.test_client()
        page = browser.get(f"/a/{token}").text
        form = re.search(r'name="form" value="([^"]+)"', page)
        assert form, page
        answer = browser.post(f"/a/{token}", data={"form": form[1]} | fields)
        assert answer.status_code == 200, (fields, answer.text)

    def _press(self, due: Due, choice: Choice, matter: Matter) -> bool:
        """Press the button of the matter, if the message has one."""
        assert due.post is not None
        blocks = json.loads(due.post["blocks"]) if isinstance(due.post["blocks"], str) else due.post["blocks"]
        for block in blocks:
            for element in block.get("elements", ()) if block.get("type") == "actions" else ():
                if element.get("action_id") != f"answer:{choice.value}":
                    continue
                link = self.office.links.read(element["value"], self.office.now.date())
                if set(link.duties) & set(matter.keys):
                    payload = {
                        "type": "block_actions",
                        "user": {"id": due.post["channel"]},
                        "channel": {"id": due.post["channel"]},
                        "message": {"ts": f"{self._posts}.{id(due) % 10_000}", "blocks": blocks},
                        "actions": [element | {"block_id": block.get("block_id", "")}],
                    }
                    desk = press.Desk(self.office.settings, self.office.policies, self.office.links)
                    made = [
                        press.answer(self.office.store, one, desk, lambda user: due.lead.email, now=self.office.now)
                        for one in press.presses(payload)
                    ]
                    return any(reply.blocks for reply in made)  # else the reply is a line that leads to the page
        return False

    def _reply(self, due: Due, text: str, **headers: str) -> None:
        assert due.mail is not None
        letter = EmailMessage()
        letter["From"], letter["To"] = due.lead.email, "dcc@example.org"
        letter["Subject"] = headers.pop("Subject", f"Re: {due.mail['Subject']}")
        letter["Message-ID"] = f"<{self.dice.randrange(10**12)}@example.org>"
        letter["In-Reply-To"] = due.mail["Message-ID"]
        for name, value in headers.items():
            letter[name.replace("_", "-")] = value
        letter.set_content(text)
        self.office.mailbox.deliver(letter)

    def _away(self, due: Due) -> None:
        until = due.day + timedelta(days=20)
        self._reply(
            due, f"I am away until {until.isoformat()}.", Auto_Submitted="auto-replied", Subject="Out of office"
        )

    def _stop(self, due: Due) -> None:
        if due.mail is not None and due.lead.way == "mail":
            self._reply(due, "Stop")
        elif self._open(due.token) is not None:
            self._submit(due.token, act="stop")

    def _bounce(self, due: Due) -> None:
        assert due.mail is not None
        self.office.mailbox.deliver(
            (
                f"From: MAILER-DAEMON@mx.example.org\r\nTo: dcc@example.org\r\nSubject: Undelivered Mail Returned to Sender\r\n"
                f"Message-ID: <{self.dice.randrange(10**12)}@mx.example.org>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
                'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
                "--b\r\nContent-Type: text/plain\r\n\r\nNot delivered.\r\n"
                "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n"
                f"Final-Recipient: rfc822; {due.lead.email}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
                f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {due.mail['Message-ID']}\r\n\r\n--b--\r\n"
            ).encode()
        )


def _in_words(choice: Choice, more: dict[str, str], lead: Lead, *, alone: bool) -> str:
    """Return what a person writes who answers by mail: now and then plain enough for a machine."""
    if choice is Choice.ANOTHER:
        return f"Dear colleagues,\n\n{more['text']}\n\nKind regards,\n{lead.given}"
    if choice is Choice.NOTHING_TO_REPORT and alone:
        return "Geen publicatie." if lead.language == "nl" else "There are no publications yet."
    return (
        f"Dear colleagues,\n\nIt is a little more complicated: {choice.value}, I think.\n\nKind regards,\n{lead.given}"
    )


def credits(one: Publication, day: date) -> bool:
    """Return whether the publication credits the provider on a day, in truth."""
    return one.verdict in ("prescribed", "credited") or (one.corrected is not None and one.corrected <= day)
