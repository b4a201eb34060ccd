"""What would be sent, as files to open: nothing leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from anyascii import anyascii

from pubtrack.models import Message, Person, StageReport
from pubtrack.reminders.channels.file import write
from pubtrack.reminders.messages import page

_OURS = re.compile(r"(?:person-\d+(?:-[a-z0-9-]*)?|contact)\.(?:txt|html)|index\.html")


def write_all(
    report: StageReport,
    folder: Path,
    messages: Sequence[Message],
    people: Mapping[int, Person],
    *,
    notes: Sequence[str],
    today: date,
) -> None:
    """Given a day's messages, write each as text and HTML, and an index of them; previews of earlier days go.

    The report counts the previews and names the index. Files that already say the same are not touched.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = {"index.html"}
    rows = []
    for message in messages:
        stem = _stem(message, people)
        banner = "".join(f"[{note}]\n" for note in notes)
        write(folder / f"{stem}.txt", f"{banner}To: {message.recipient}\nSubject: {message.subject}\n\n{message.text}")
        write(folder / f"{stem}.html", message.html or "")
        written |= {f"{stem}.txt", f"{stem}.html"}
        rows.append((stem, message))
        report.count("previews")
    write(folder / "index.html", page("previews.html.j2", rows=rows, notes=notes, today=today))
    for path in folder.iterdir():
        if path.is_file() and path.name not in written and _OURS.fullmatch(path.name):
            path.unlink()
    report.files.append(str(folder / "index.html"))
    report.notes.extend(notes)


def _stem(message: Message, people: Mapping[int, Person]) -> str:
    if message.person_id is None:
        return "contact"
    person = people.get(message.person_id)
    name = re.sub(r"[^a-z0-9]+", "-", anyascii(person.name).lower()).strip("-")[:40] if person else ""
    return f"person-{message.person_id}-{name}".rstrip("-")
