"""A planned message becomes one that can leave: subject, plain text, HTML and Slack blocks."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from pubtrack.models import Message
from pubtrack.reminders.blocks import slack_blocks
from pubtrack.reminders.calendar_file import calendar_file
from pubtrack.reminders.contact_view import contact_view
from pubtrack.reminders.lead_view import lead_view
from pubtrack.reminders.plan import Planned
from pubtrack.reminders.views import Known
from pubtrack.reminders.words import LANGUAGES, words

_WIDTH = 76


@dataclass(frozen=True, slots=True)
class Envelope:
    """Through which channel a message leaves, and to which address there."""

    channel: str
    recipient: str
    can_reply: bool = True  # an answer to the message reaches a person
    again: bool = False  # by the second channel, after the first did not take it: a message of its own


def render(planned: Planned, known: Known, envelope: Envelope, today: date) -> Message:
    """Given a planned message, return it ready to leave, in the person's language (the institution's for the contact)."""
    person = known.people.get(planned.person_id) if planned.person_id is not None else None
    spoken = words(_language(person.language if person else None, known.institution.language))
    if planned.person_id is None:
        view, layout = contact_view(planned, known, spoken), "contact"
    else:
        view, layout = lead_view(planned, known, spoken, today, can_reply=envelope.can_reply), "lead"
    key = f"reminder/{'contact' if planned.person_id is None else planned.person_id}/{planned.rung}/{today}"
    return Message(
        key=f"{key}/{envelope.channel}" if envelope.again else key,
        channel=envelope.channel,
        recipient=envelope.recipient,
        subject=view.subject,
        text=page(f"{layout}.txt.j2", view=view),
        html=page(f"{layout}.html.j2", view=view),
        blocks=slack_blocks(view),
        person_id=planned.person_id,
        occasion="reminder",
        rung=planned.rung,
        duties=tuple(matter.duty.key for matter in planned.matters),
        unsubscribe=view.page,
        calendar=calendar_file(view, planned.person_id, today) if planned.person_id and envelope.can_reply else None,
    )


def _language(wanted: str | None, otherwise: str) -> str:
    short = (wanted or "").lower()[:2]
    return short if short in LANGUAGES else otherwise


def page(template: str, **values: object) -> str:
    """Given a template of templates/reminders and what it shows, return it laid out; in HTML everything is escaped."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("pubtrack", "templates/reminders"),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["wrapped"] = _wrapped
    return environment


def _wrapped(text: str, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text, _WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
