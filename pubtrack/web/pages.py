"""The leads' page: GET shows what a link opens, POST records one answer. Nothing else changes anything."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import MultiDict

from pubtrack.answers import choices
from pubtrack.answers.choices import Chooser, Given, Outcome, Unfit
from pubtrack.answers.links import Form, Link, LinkRefused
from pubtrack.answers.matters import Matter, Opened, made_by, open_link
from pubtrack.answers.words import spoken
from pubtrack.clock import stamp
from pubtrack.models import Choice
from pubtrack.store import Store
from pubtrack.store import links as table
from pubtrack.web import show
from pubtrack.web.another import take
from pubtrack.web.app import Office, refuse, render

log = logging.getLogger(__name__)

_KEPT = ("text", "project", *(f"day_{choice}" for choice in Choice))
_OTHER = -1  # the form for another publication, below the matters


@dataclass(frozen=True, slots=True)
class Fault:
    """What was given does not do: in which form, at which field, and the sentence that says so."""

    card: int
    field: str
    sentence: str


@dataclass(slots=True)
class Shown:
    """What stands above the questions: what was recorded, or what is to be mended."""

    outcome: Outcome | None = None
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    fault: Fault | None = None
    status: int = 200


def add(app: Flask, office: Office) -> None:
    """Give the application the leads' page."""

    @app.get("/a/<token>")
    def answer(token: str) -> tuple[str, int]:
        return _with_link(office, token, lambda store, link: _page(office, store, link, Shown()))

    @app.post("/a/<token>")
    def answered(token: str) -> tuple[str, int]:
        return _with_link(office, token, lambda store, link: _act(office, store, link))


def _with_link(office: Office, token: str, act: Callable[[Store, Link], tuple[str, int]]) -> tuple[str, int]:
    try:
        link = office.links.read(token, office.moment().date())
    except LinkRefused as refused:
        # behind one web server all come from one address, so what is forged is limited together and never what is ours
        return refuse(refused.reason if office.rate.allows("refused") else "busy", office)
    if not office.rate.allows(link.id):
        return refuse("busy", office, link_id=link.id)
    store = office.store()
    try:
        return act(store, link)
    except LinkRefused as refused:
        return refuse(refused.reason, office, link_id=link.id)
    finally:
        store.close()


def _act(office: Office, store: Store, link: Link) -> tuple[str, int]:
    """Record what the form says, once: the same form again gives the same page, another answer on it is refused."""
    opened = open_link(store, link, office.policies, now=office.moment())
    sent = request.form
    uploaded = request.files.get("file")
    content = uploaded.read() if uploaded else b""
    one_click = sent.to_dict() == {"List-Unsubscribe": "One-Click"}  # RFC 8058: a mail program's own button
    form = Form(f"one-click {link.id}") if one_click else office.links.read_form(link, sent.get("form", ""))
    told = repr(sorted((name, value) for name, value in sent.items(multi=True) if name != "form"))
    digest = hashlib.sha256(told.encode() + hashlib.sha256(content).digest()).hexdigest()
    name = f"{form.nonce} {_question(sent)}"  # each question of a page can be answered once, also after going back
    before = table.used(store, name)
    if before is None:
        try:
            record, more = _answer(office, store, opened, sent, content, one_click=one_click)
        except Unfit as unfit:
            return _page(office, store, link, Shown(fault=_fault(office, opened, sent, unfit.reason), status=422))
        with store.atomic():
            before = table.used(store, name)  # the other of two presses of one button
            if before is None:
                try:
                    outcome = record()
                except Unfit as unfit:
                    return _page(
                        office, store, link, Shown(fault=_fault(office, opened, sent, unfit.reason), status=422)
                    )
                before = digest, outcome.as_json() | more
                table.use(
                    store,
                    name,
                    link=link.id,
                    person_id=link.person_id,
                    content_hash=digest,
                    outcome=before[1],
                    at=stamp(office.moment()),
                )
                log.info("Answered. link=%s told=%s decisions=%s", link.id, outcome.told, outcome.decisions)
    if before[0] != digest:
        raise LinkRefused("used")
    return _page(office, store, link, Shown(Outcome.from_json(before[1]), before[1].get("verdicts", [])))


def _answer(
    office: Office, store: Store, opened: Opened, sent: MultiDict[str, str], content: bytes, *, one_click: bool
) -> tuple[Callable[[], Outcome], dict[str, Any]]:
    """Given what a form says, return what records it and what else is to be shown. Reading a file takes time, so it is done here."""
    web = office.settings.web
    assert web is not None
    by = Chooser(opened.person, opened.projects, "link", office.moment(), nothing_days=web.nothing_days)
    act = "stop" if one_click else sent.get("act")
    if act == "stop":
        return lambda: choices.stop(store, by), {}
    if act == "take_back":
        number = sent.get("decision", "")
        if not _may_take_back(opened, number):
            raise Unfit("choice")
        told = "start" if opened.stopped and str(opened.stopped.id) == number else "taken_back"
        return lambda: Outcome(told, choices.take_back(store, int(number), by).decisions), {}
    if act == "another":
        asked = {matter.project.id for matter in opened.matters}
        if sent.get("project") not in asked:
            raise Unfit("project")
        return take(office, store, by, sent["project"], sent.get("text", ""), content)
    if act != "answer":
        raise LinkRefused("form")
    matter, given = _matter(opened, sent), _given(sent)
    if given.choice is Choice.ANOTHER and given.choice in matter.choices:
        return take(office, store, by, matter.project.id, given.text, content)
    return lambda: choices.choose(store, matter, given, by), {}


def _question(sent: MultiDict[str, str]) -> str:
    """Return which question of the page a form answers."""
    asked = hashlib.sha256(repr([sent.get(name) for name in ("act", "matter", "decision")]).encode())
    return asked.hexdigest()[:12]


def _may_take_back(opened: Opened, number: str) -> bool:
    """A link can take back what this person said on its own matters, and that they want no more messages: nothing else."""
    allowed = {str(one) for matter in opened.matters for one in matter.mine}
    return number in allowed | ({str(opened.stopped.id)} if opened.stopped else set())


def _matter(opened: Opened, sent: MultiDict[str, str]) -> Matter:
    number = sent.get("matter", "")
    if not number.isascii() or not number.isdecimal() or len(number) > 4 or int(number) >= len(opened.matters):
        raise LinkRefused("form")  # another matter than the link's own
    return opened.matters[int(number)]


def _given(sent: MultiDict[str, str]) -> Given:
    try:
        choice = Choice(sent.get("choice", ""))
    except ValueError:
        raise Unfit("choice") from None
    written = sent.get(f"day_{choice}", "").strip()
    try:
        day = date.fromisoformat(written) if written else None
    except ValueError:
        raise Unfit("day_form") from None
    project = sent.get("project", "") if choice is Choice.WRONG_PROJECT else None
    return Given(choice, day, project, sent.get("text", "") if choice is Choice.ANOTHER else "")


def _fault(office: Office, opened: Opened, sent: MultiDict[str, str], reason: str) -> Fault:
    words = spoken(opened.person, office.settings.institution.language)
    number = sent.get("matter", "")
    card = int(number) if sent.get("act") == "answer" and number.isdecimal() else _OTHER
    place = sent.get("choice", "another") if card >= 0 else "another"
    return Fault(card, "choice" if reason == "choice" else place, words.say(f"fault.{reason}"))


def _page(office: Office, store: Store, link: Link, shown: Shown) -> tuple[str, int]:
    """Return the page as things stand now, with a new form: nothing is written."""
    opened = open_link(store, link, office.policies, now=office.moment())
    words = spoken(opened.person, office.settings.institution.language)
    policies = {policy.id: policy for policy in office.policies}
    cards = show.cards(opened, policies, office.settings.institution, words)
    still = sum(card.open for card in cards)
    count = "none" if still == 0 else "one" if still == 1 else "many"
    mine = opened.stopped is not None and made_by(opened.stopped, opened.person)
    kept = {name: request.form.get(name, "") for name in _KEPT}
    wanted = request.form.get("choice") if shown.fault else request.args.get("choice")

    def chosen(card: show.Card, option: show.Option) -> bool:
        here = shown.fault.card == card.number if shown.fault else len(cards) == 1
        return here and option.name == wanted

    page = render(
        "answer.html.j2",
        office,
        words,
        title=words.say("page.title"),
        name=opened.person.name,
        intro=words.say(f"page.intro_{count}", count=still),
        cards=cards,
        form=office.links.form(link, secrets.token_urlsafe(12)),
        done=words.outcome(shown.outcome) if shown.outcome else None,
        verdicts=show.verdicts(shown.verdicts, policies, words),
        fault=shown.fault,
        kept=kept,
        blank=dict.fromkeys(_KEPT, ""),
        chosen=chosen,
        more_projects=[]
        if all(Choice.ANOTHER in matter.choices for matter in opened.matters)
        else list(
            {one.project.id: (one.project.id, show.project_line(one.project, words)) for one in opened.matters}.values()
        ),
        stopped=words.say("page.stopped", day=words.day(opened.stopped.made_at.date())) if opened.stopped else "",
        stopped_id=opened.stopped.id if opened.stopped and mine else None,
        last_day=words.day(office.links.last_day(link)),
    )
    return page, shown.status
