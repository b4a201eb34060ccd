"""The days by which something is asked for, as a file for a calendar (iCalendar, RFC 5545). Pure."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from pubtrack.obligations.wording import plain
from pubtrack.reminders.views import Block, Item, View

_ABOUT = 70  # characters of a reference or a project that stand in the title of its day


def calendar_file(view: View, person_id: int, today: date) -> str | None:
    """Given a lead's message, return a calendar with a whole day for each day to come by which something is asked for, or None.

    A day keeps its name (UID) in every later message, so that a calendar shows it once.
    """
    events = [
        _event(block, item, person_id, today)
        for block in view.blocks
        for item in block.items
        if item.due is not None and item.due > today
    ]
    if not events:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//pubtrack//reminders//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for event in events:
        calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made.decode("utf-8")


def _event(block: Block, item: Item, person_id: int, today: date) -> Event:
    assert item.due is not None
    event = Event()
    event.add("uid", f"{hashlib.sha256(f'{person_id}/{item.key}'.encode()).hexdigest()[:32]}@pubtrack")
    event.add("dtstamp", datetime.combine(today, time(), UTC))
    event.add("dtstart", item.due)
    event.add("dtend", item.due + timedelta(days=1))
    about = plain(block.heading.partition(" http")[0], _ABOUT)  # months later the title alone says too little
    event.add("summary", f"{item.title} – {about}")
    lines = [block.heading, *block.under, item.why]  # no link: colleagues may see a calendar
    event.add("description", "\n".join(line for line in lines if line))
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event
