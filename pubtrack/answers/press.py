"""A button that was pressed in Slack: who pressed it, on which matter, and what the message shows afterwards. No socket in here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pubtrack.answers import choices
from pubtrack.answers.choices import Chooser, Given, Outcome, Unfit
from pubtrack.answers.links import Link, LinkRefused, Links
from pubtrack.answers.matters import Opened, open_link
from pubtrack.answers.words import Words, spoken, words
from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.models import Choice, Person
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store
from pubtrack.store import links as table

ACTION = "answer:"
# What a button alone cannot say: it needs a day, a project or words, so it opens the page.
_NEEDS_MORE = frozenset({Choice.PLANNED, Choice.ANOTHER, Choice.WRONG_PROJECT})
_LONGEST = 2_900  # characters of a section
_REFUSED = frozenset({"expired", "revoked", "gone"})

# A Slack user's number -> the mail address that the workspace knows, or None.
Address = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Press:
    """One press of one of our buttons."""

    user: str
    channel: str
    message: str  # its timestamp, which is its name
    block: str
    choice: Choice
    token: str
    blocks: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What Slack is asked to show: new blocks in place of the message's, or a line that only the presser sees."""

    blocks: tuple[Mapping[str, Any], ...] = ()
    text: str = ""  # beside the blocks, for notifications
    whisper: str = ""
    told: str = field(default="", compare=False)  # for the log


@dataclass(frozen=True, slots=True)
class Desk:
    """All that presses are dealt with by."""

    settings: Settings
    policies: Sequence[Policy]
    links: Links


def presses(payload: Mapping[str, Any]) -> list[Press]:
    """Given what Slack sent (https://docs.slack.dev/reference/interaction-payloads/block_actions-payload), return our buttons' presses.

    Whatever is no press of one of our buttons, or has not the shape of one, is left out.
    """
    found = []
    try:
        if payload.get("type") != "block_actions":
            return []
        user, channel = str(payload["user"]["id"]), str(payload["channel"]["id"])
        message = payload["message"]
        blocks = tuple(block for block in message.get("blocks") or () if isinstance(block, dict))
        for action in payload["actions"]:
            name = str(action.get("action_id") or "")
            if name.startswith(ACTION) and name.removeprefix(ACTION) in set(Choice):
                choice = Choice(name.removeprefix(ACTION))
                found.append(
                    Press(
                        user,
                        channel,
                        str(message["ts"]),
                        str(action.get("block_id") or ""),
                        choice,
                        str(action.get("value") or ""),
                        blocks,
                    )
                )
    except (KeyError, TypeError, AttributeError):
        return []
    return found


def answer(store: Store, press: Press, desk: Desk, address: Address, *, now: datetime) -> Reply:
    """Given a press, record what was chosen, once, and return what Slack is to show. Slack may send a press again: nothing changes.

    Refused, in a polite sentence that only the presser sees: a button that we did not make or whose time is over, a user whom nobody
    knows, and anybody but the person whom the message was written to.
    """
    institution = desk.settings.institution
    try:
        link = desk.links.read(press.token, now.date())
        opened = open_link(store, link, desk.policies, now=now)
    except LinkRefused as refused:
        said = words(institution.language)
        return Reply(whisper=said.say(f"refused.{refused.reason}"), told=refused.reason)
    said = spoken(opened.person, institution.language)
    presser = _presser(press.user, opened.person, address)
    if presser is not None:
        whisper = words(institution.language).say(f"slack.{presser}", email=institution.contact.email)
        return Reply(whisper=whisper, told=presser)
    page = f"{desk.links.url(link.person_id, link.duties, link.issued_on)}?choice={press.choice}"
    many = press.choice is not Choice.STOP and len(opened.matters) != 1
    if press.choice in _NEEDS_MORE or many:
        return Reply(whisper=said.say("slack.page", url=page), told="page")
    try:
        outcome = _once(store, press, opened, link, desk, now=now)
    except Unfit:
        return Reply(whisper=said.say("slack.page", url=page), told="page")
    blocks = shown(press, outcome, page.partition("?")[0], said)
    return Reply(blocks=blocks, text=_escaped(said.outcome(outcome)[0]), told=outcome.told)


def _once(store: Store, press: Press, opened: Opened, link: Link, desk: Desk, *, now: datetime) -> Outcome:
    web = desk.settings.web
    by = Chooser(opened.person, opened.projects, "slack", now, nothing_days=web.nothing_days if web else 365)
    name = f"slack {press.channel} {press.message} {press.block} {press.choice}"
    with store.atomic():
        before = table.used(store, name)
        if before is not None:
            return Outcome.from_json(before[1])
        if press.choice is Choice.STOP:
            outcome = choices.stop(store, by)
        else:
            outcome = choices.choose(store, opened.matters[0], Given(press.choice), by)
        table.use(
            store,
            name,
            link=link.id,
            person_id=link.person_id,
            content_hash=link.id,
            outcome=outcome.as_json(),
            at=stamp(now),
        )
    return outcome


def shown(press: Press, outcome: Outcome, page: str, said: Words) -> tuple[Mapping[str, Any], ...]:
    """Given the message's blocks and what was recorded, return them with the buttons of that matter replaced by what happens next."""
    told = "\n".join(
        [*(_escaped(sentence) for sentence in said.outcome(outcome)), _escaped(said.say("slack.change", url=page))]
    )
    note = {"type": "section", "text": {"type": "mrkdwn", "text": told[:_LONGEST], "verbatim": False}}
    replaced = [note if block.get("block_id") == press.block and press.block else block for block in press.blocks]
    return tuple(replaced) if note in replaced else (*replaced, note)


def _presser(user: str, person: Person, address: Address) -> str | None:
    """Return None if the user is the person, else which sentence says that it is not."""
    if person.slack and person.slack == user:
        return None
    known = address(user) if user else None
    if known is None:
        return "unknown"
    return None if person.email and known.casefold() == person.email.casefold() else "not_yours"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
