"""A list leaves: handed in by a person, with a receipt, or mailed to whom the configuration names. And it can be shown for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.errors import ConfigError, UsageError
from pubtrack.models import Answer, Decision, Message, StageReport
from pubtrack.obligations.policy import Policy, first_applying
from pubtrack.references import snapshot
from pubtrack.references.csl import clean
from pubtrack.references.lists import ReferenceList
from pubtrack.references.output import write_if_changed
from pubtrack.references.words import WORDS, count_words
from pubtrack.references.writers import WRITERS
from pubtrack.store import Store, decisions, outbox
from pubtrack.store import references as table

STAFF = "staff"  # who hands a list in, if nobody is named


def sent(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    name: str,
    receipt: str,
    who: str,
    copies: bool = False,
    policies: Sequence[Policy] = (),
) -> StageReport:
    """Given a draft's name and what shows that it arrived, close it; later lists hold only what is new since.

    With `copies`, the copies of the publications went along, and a decision `copy_sent` says so of each: under the first of
    `policies` that applies to its project, whose provider gets the lists. Saying the same again changes nothing. Raise UsageError
    if there is no such list, if it was sent with another receipt, if the receipt is empty, or if the list is on its way by mail.
    """
    del settings  # every stage is called alike
    report = StageReport("references sent")
    if not clean(receipt):
        raise UsageError("Say what shows that the list arrived: --receipt 'portal, 22 November, no. 4711'.")
    with store.atomic():
        row = _list(store, name)
        told = f"{clean(receipt)} ({clean(who)})"
        message = _message(store, row)
        if row["state"] == "draft" and message is not None and message["state"] in ("queued", "sending"):
            raise UsageError(
                f"The list {name} is on its way by mail. Take it back first: pubtrack outbox cancel {message['id']}"
            )
        at = clock.stamp(now)
        if not table.close(store, name, receipt=told, how="handed in", at=at) and row["receipt"] != told:
            raise UsageError(f"The list {name} was sent on {row['sent_at'][:10]}, receipt: {row['receipt']}.")
        for item in table.items(store, int(row["id"])) if copies else ():
            policy = first_applying(policies, item.project_id)
            decisions.add(
                store, _copy_sent(item.project_id, item.work_id, name, now, who, policy.id if policy else None)
            )
    _closed(report, row)
    return report


def send(store: Store, settings: Settings, *, now: datetime, name: str, who: str) -> StageReport:
    """Given a draft's name, queue it as a mail to whom the configuration names, its files attached; nothing leaves here.

    From then on the draft stands still, and no other list holds its references. `settle` closes it once the mail has left.
    Raise UsageError if there is no such draft, ConfigError if the configuration names no channel or nobody.
    """
    report = StageReport("references sent")
    channel, recipients = settings.references.channel, settings.references.recipients
    if channel is None or not recipients:
        raise ConfigError("Nobody gets the list: name channel and recipients in the table [references].")
    with store.atomic():
        row = _list(store, name)
        if row["state"] == "sent":
            raise UsageError(f"The list {name} was sent on {row['sent_at'][:10]}, receipt: {row['receipt']}.")
        if row["outbox_key"] is not None and (_message(store, row) or {}).get("state") != "cancelled":
            report.notes.append(f"The list {name} is on its way already.")
            return report
        references = whole(store, row, now)
        files = again(store, settings, now=now, name=name, folder=_folder(settings, name)).files
        key = f"references/{name}" if row["outbox_key"] is None else _next(row["outbox_key"])
        message = Message(
            key=key,
            channel=channel,
            recipient=", ".join(recipients),
            subject=f"{WORDS[references.language]['title']} {name}, {references.institution}",
            text=letter(references, [Path(file).name for file in files], settings, who),
            attachments=tuple(files),
            occasion="references",
        )
        if outbox.enqueue(store, message, at=clock.stamp(now)):
            report.count("queued")
        table.on_its_way(store, name, key)
    return report


def _next(key: str) -> str:
    """Given the key of a mail that was taken back, return that of the next: `references/2026-11#2`."""
    stem, _, number = key.partition("#")
    return f"{stem}#{int(number or 1) + 1}"


def settle(store: Store) -> StageReport:
    """Close every list whose mail has left, and let go of those whose mail was taken back. Doing it again changes nothing."""
    report = StageReport("references sent")
    for row in table.lists(store):
        message = _message(store, row) if row["state"] == "draft" else None
        if message is None:
            continue
        if message["state"] == "sent":
            told = f"mail {message['id']}, {message['recipient']}"
            how = f"mailed through {message['channel']}"
            with store.atomic():
                table.close(store, row["name"], receipt=told, how=how, at=message["sent_at"])
            _closed(report, row)
        elif message["state"] == "cancelled":
            table.on_its_way(store, row["name"], None)
        elif message["state"] in ("failed", "uncertain"):
            report.faults.append(
                f"List {row['name']}: its mail is {message['state']} ({message['error'] or 'no reason given'})."
                f" See: pubtrack outbox show {message['id']}"
            )
        else:
            report.notes.append(f"List {row['name']} is on its way by mail, message {message['id']}.")
    return report


def letter(references: ReferenceList, files: Sequence[str], settings: Settings, who: str) -> str:
    """Given a list and the names of its files, return the text of the mail that goes with them."""
    words = WORDS[references.language]
    contact = settings.institution.contact
    counts = count_words(len(references.items), len(references.corrections), references.language)
    lines = [words["dear"], "", words["letter"].format(counts=counts, institution=references.institution), ""]
    lines += [f"- {file}" for file in files]
    signed = [contact.name, contact.email] if who == STAFF else [clean(who), contact.name, contact.email]
    return "\n".join([*lines, "", words["answer"].format(name=references.name), "", words["regards"], *signed]) + "\n"


@dataclass(frozen=True, slots=True)
class Shown:
    """A list as it is kept: its row, and the references in it."""

    row: dict[str, Any]
    references: ReferenceList
    files: dict[str, str]  # name -> SHA-256


def show(store: Store, *, now: datetime, name: str) -> Shown:
    """Given a list's name, return what was, or is to be, sent. Raise UsageError if there is no such list."""
    row = _list(store, name)
    files = {file.name: file.content_hash for file in table.files(store, int(row["id"]))}
    return Shown(row, whole(store, row, now), files)


def again(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    name: str,
    folder: Path | None = None,
    formats: Sequence[str] = (),
) -> StageReport:
    """Given a list's name, write its files again, byte for byte as they were; and in `formats` also those it did not have.

    Raise UsageError if there is no such list or format, or if a copy that went along is no longer what it was.
    """
    report = StageReport("references again")
    row = _list(store, name)
    target = folder or _folder(settings, name)
    target.mkdir(parents=True, exist_ok=True)
    kept = {file.format: file for file in table.files(store, int(row["id"]))}
    references = whole(store, row, now)
    for format in formats or kept:
        if format not in WRITERS:
            raise UsageError(f"There is no format named {format}. Known: {', '.join(WRITERS)}.")
        held = kept.get(format)
        content = held.content if held and held.content else WRITERS[format].write(references)
        if held and hashlib.sha256(content).hexdigest() != held.content_hash:
            raise UsageError(f"{held.name} cannot be made again as it was: the copies in it are others now.")
        file = target / (held.name if held else f"references-{name}.{WRITERS[format].extension}")
        write_if_changed(file, content)
        report.files.append(str(file))
    report.count("references", int(row["items"]))
    return report


def whole(store: Store, row: dict[str, Any], now: datetime) -> ReferenceList:
    """Given a list's row, return the list as it was made."""
    made_on = clock.moment(row["made_at"]).astimezone(now.tzinfo).date()
    return snapshot.restored(row["name"], made_on, row["about"], table.items(store, int(row["id"])))


def _folder(settings: Settings, name: str) -> Path:
    return settings.reports / "references" / name


def _list(store: Store, name: str) -> dict[str, Any]:
    found = {row["name"]: row for row in table.lists(store)}
    if name in found:
        return found[name]
    drafts = [other for other, held in found.items() if held["state"] == "draft"]
    known = f"Not yet sent: {', '.join(drafts)}." if drafts else "Make one with: pubtrack references"
    raise UsageError(f"There is no reference list named {name}. {known}")


def _message(store: Store, row: dict[str, Any]) -> dict[str, Any] | None:
    return table.mail_of(store, row["outbox_key"]) if row["outbox_key"] else None


def _closed(report: StageReport, row: dict[str, Any]) -> None:
    report.count("references", int(row["items"]))
    count = "1 reference" if row["items"] == 1 else f"{row['items']} references"
    report.notes.append(f"List {row['name']} is closed with {count}. The next list holds what is new since.")


def _copy_sent(project_id: str, work_id: int, name: str, now: datetime, who: str, policy: str | None) -> Decision:
    note = f"with list {name}"
    return Decision(Answer.COPY_SENT, now, who, "cli", work_id=work_id, project_id=project_id, note=note, policy=policy)
