"""What becomes of one letter: a decision where it is plain and from the right person, else a place in the staff's queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pubtrack.answers import apply, choices
from pubtrack.answers.choices import Chooser, Given, Outcome, Report, Unfit
from pubtrack.answers.links import Link, LinkRefused, Links
from pubtrack.answers.mail import Mail
from pubtrack.answers.matters import Opened, name_of, open_link
from pubtrack.answers.meaning import Meaning, away_until, understood
from pubtrack.answers.words import spoken
from pubtrack.clock import moment, stamp
from pubtrack.config import Settings
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Choice, Message, Person
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.wording import plain
from pubtrack.store import Store, letters, outbox, people


@dataclass(frozen=True, slots=True)
class Desk:
    """All that letters are dealt with by."""

    settings: Settings
    policies: Sequence[Policy]
    links: Links | None
    report: Report | None


class _ToStaff(Exception):
    """The letter is for staff; the message says why."""


def receive(store: Store, mail: Mail, desk: Desk, *, now: datetime) -> str:
    """Given a letter, deal with it once, and return what it was: a word that is counted.

    All that it changes is one transaction, with the row that says it came: a letter that comes again changes nothing. Nothing is acted on
    unless the sender is known, is the person whom the message that it answers was written to, and the mail server vouches for it
    where `mailbox.checked_by` names one.
    """
    with store.atomic():
        if letters.known(store, mail.id):
            return "known"
        row = next((found for name in mail.replied if (found := outbox.by_message_id(store, name))), None)
        person = _sender(store, mail)
        common: dict[str, Any] = {"at": stamp(now), "outbox_id": row["id"] if row else None}
        if (
            row is not None
            and row["state"] == "uncertain"
            and not mail.returned
            and _from_its_reader(mail, row, person, desk)
        ):
            outbox.arrived(store, row["id"])
        try:
            kind = _act(store, mail, row, person, desk, now=now)
        except _ToStaff as why:
            letters.add(
                store,
                mail.id,
                "returned" if mail.returned else "letter",
                person_id=person.id if person else None,
                sender=mail.sender or "",
                subject=plain(mail.subject),
                text=_clean(mail.text),
                reason=str(why),
                **common,
            )
            return "to staff"
        letters.add(store, mail.id, kind, person_id=person.id if person else None, waiting=False, **common)
        return kind


def unread(store: Store, name: str, why: str, *, now: datetime) -> str:
    """Given a letter that is too large or cannot be taken apart, leave it to staff without its text, once."""
    added = letters.add(store, name, "letter", at=stamp(now), reason=why)
    return "to staff" if added is not None else "known"


def _act(
    store: Store, mail: Mail, row: dict[str, Any] | None, person: Person | None, desk: Desk, *, now: datetime
) -> str:
    if mail.returned:
        return _returned(store, mail, row, now=now)
    if mail.automatic:
        return _automatic(store, mail, row, person, desk, now=now)
    if person is None:
        raise _ToStaff("the sender is not in the register")
    if not _vouched(mail, desk):
        raise _ToStaff("the mail server does not vouch for the sender")
    if row is not None and row["person_id"] != person.id:
        raise _ToStaff("the message that it answers was written to somebody else")
    meaning = understood(mail.text, mail.subject)
    if meaning is not None and meaning.choice is Choice.STOP:
        choices.stop(store, Chooser(person, (), "mail", now))
        return "stop"
    if row is None:
        raise _ToStaff("it answers no message of ours")
    if meaning is None:
        raise _ToStaff("it says something that only a person can understand")
    outcome = _said(store, meaning, row, person, desk, now=now)
    _acknowledge(store, mail, row, person, outcome, desk, now=now)
    return "publication" if meaning.choice is Choice.ANOTHER else "nothing to report"


def _returned(store: Store, mail: Mail, row: dict[str, Any] | None, *, now: datetime) -> str:
    """A message of ours came back. Only what names our message and its address switches that address off."""
    if row is None:
        return "returned, not ours"
    bounce = mail.bounce
    if bounce is None:
        raise _ToStaff("a message of ours came back, without a report that can be read")
    if bounce.action in ("delayed", "delivered", "relayed", "expanded"):
        return "still under way"
    if row["recipient"].casefold() not in {address.casefold() for address in bounce.recipients}:
        raise _ToStaff(f"a message of ours came back from another address ({bounce.status or 'no status'})")
    if not bounce.dead:
        raise _ToStaff(f"a message of ours came back ({bounce.status or 'no status'}), and the address may still work")
    outbox.bounced(store, row["id"], f"came back: {bounce.status} {plain(bounce.said, 120)}".strip(), at=stamp(now))
    return "bounce"


def _automatic(
    store: Store, mail: Mail, row: dict[str, Any] | None, person: Person | None, desk: Desk, *, now: datetime
) -> str:
    """An answering machine: it says at most until when somebody is away, and only in answer to a message to that person."""
    until = away_until(f"{mail.subject}\n{mail.text}", now.date())
    if until is None or person is None or row is None or not _from_its_reader(mail, row, person, desk):
        return "automatic"
    apply.apply(store, answer=Answer.AWAY, who=name_of(person), through="mail", now=now, person=person.id, until=until)
    return "away"


def _said(store: Store, meaning: Meaning, row: dict[str, Any], person: Person, desk: Desk, *, now: datetime) -> Outcome:
    opened = _opened(store, row, person, desk, now=now)
    nothing_days = desk.settings.web.nothing_days if desk.settings.web else 365
    by = Chooser(person, opened.projects, "mail", now, nothing_days=nothing_days)
    asked = [matter for matter in opened.matters if Choice.NOTHING_TO_REPORT in matter.choices]
    if meaning.choice is Choice.NOTHING_TO_REPORT:
        if len(asked) != 1:
            raise _ToStaff("it says that there is no publication, but not of which project")
        return choices.choose(store, asked[0], Given(meaning.choice), by)
    known = {matter.work.doi for matter in opened.matters if matter.work is not None}
    if known & set(meaning.dois):
        raise _ToStaff("it names a publication that the message was about")
    projects = {matter.project.id for matter in asked or opened.matters}
    if len(projects) != 1 or desk.report is None:
        raise _ToStaff("it names a publication, but not of which project")
    made: tuple[int, ...] = ()
    for doi in meaning.dois[:10]:
        try:
            taken = desk.report(store, text=doi, project=min(projects), who=by.who, through=by.through, now=now)
        except UsageError:
            raise _ToStaff("it names a publication by something that is no DOI") from None
        made += taken.decisions or choices.hold(store, min(projects), by)
    return Outcome("another", made, {"what": ", ".join(meaning.dois[:10]), "project": min(projects)})


def _opened(store: Store, row: dict[str, Any], person: Person, desk: Desk, *, now: datetime) -> Opened:
    link = Link(person.id or 0, tuple(outbox.duties_of(store, row["id"])), moment(row["created_at"]).date())
    try:
        return open_link(store, link, desk.policies, now=now)
    except (LinkRefused, Unfit, ValueError):
        raise _ToStaff("what the message was about is no longer with its sender") from None


def _acknowledge(
    store: Store,
    mail: Mail,
    row: dict[str, Any],
    person: Person,
    outcome: Outcome,
    desk: Desk,
    *,
    now: datetime,
) -> None:
    """Queue a short answer in the same thread: what was recorded, what happens next, and where it can be changed."""
    if desk.settings.mailbox is None or not desk.settings.mailbox.acknowledge:
        return
    words = spoken(person, desk.settings.institution.language)
    lines = [words.say("page.greeting", name=person.name), "", *words.outcome(outcome), ""]
    if desk.links is not None:
        keys = outbox.duties_of(store, row["id"])
        lines += [words.say("mail.change", url=desk.links.url(person.id or 0, keys, now.date())), ""]
    contact = desk.settings.institution.contact
    lines.append(words.say("page.contact", name=contact.name, email=contact.email))
    subject = plain(row["subject"], 140)
    answer = Message(
        key=f"answer/{mail.id}",
        channel=row["channel"],
        recipient=row["recipient"],
        subject=subject if subject.lower().startswith("re:") else f"Re: {subject}",
        text="\n".join(lines) + "\n",
        person_id=person.id,
        occasion="answer",
        thread=(row["message_id"],) if row["message_id"] else (),
    )
    outbox.enqueue(store, answer, at=stamp(now))


def _sender(store: Store, mail: Mail) -> Person | None:
    """Return the one person of the register who writes from the letter's address, or None."""
    if mail.sender is None:
        return None
    found = [one for one in people.every(store) if one.email and one.email.casefold() == mail.sender.casefold()]
    return found[0] if len(found) == 1 else None


def _from_its_reader(mail: Mail, row: dict[str, Any], person: Person | None, desk: Desk) -> bool:
    """Whether a letter comes from the person to whom the message that it answers was written: then that one arrived."""
    return person is not None and row["person_id"] == person.id and _vouched(mail, desk)


def _vouched(mail: Mail, desk: Desk) -> bool:
    """Whether the mail server that we trust checked where the letter comes from. Only the newest of its own lines counts."""
    wanted = desk.settings.mailbox.checked_by if desk.settings.mailbox else None
    if wanted is None:
        return True
    return next((held for checker, held in mail.passed if checker == wanted.lower()), False)


def _clean(text: str) -> str:
    """Return the text without characters that steer a terminal or turn the writing direction; its lines stay."""
    return "\n".join(plain(line, 2_000) for line in text[:40_000].split("\n"))
