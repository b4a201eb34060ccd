"""The monthly digest: written once a month, sent once to each recipient."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.digest.gather import gather
from pubtrack.digest.month import Month, to_make
from pubtrack.digest.render import Rendered, render
from pubtrack.errors import UsageError
from pubtrack.models import Message, Progress, StageReport, silent
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, digests, outbox, runs

Attach = Callable[[Sequence[tuple[str, int]], str], dict[str, bytes]]


@dataclass(frozen=True, slots=True)
class Made:
    """A digest as it was made, and is kept: in words, and the files that go along, as base64 by name."""

    told: Rendered
    files: dict[str, str]

    def kept(self) -> str:
        """Return it as the JSON that is kept."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, kept: str) -> Made:
        """Given what was kept, return it."""
        held = json.loads(kept)
        if "told" not in held:  # kept before digests had charts and a short message
            held = {"told": held | {"mail": held["html"], "slack": held["subject"], "pictures": {}}, "files": {}}
        return cls(Rendered(**held["told"]), held["files"])


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    month: str | None = None,
    send: bool = False,
    attach: Attach | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Given a moment, make the digest of every complete month that has none yet: as HTML, as text, and as a short Slack message.

    `attach` makes the files that go along, the sheet and the BibTeX of the month, from the pairs of project and work that are new.

    The first ever is the last complete month's; later no month is left out. A digest once made is kept as it is, whatever
    happens later; only `month` makes that month's anew. With `send` those made now, and the last one, are queued to each
    recipient, each once for ever. A month that is not over can be looked at; it is neither kept nor sent.
    Counts: made, queued, unchanged. Raise UsageError if `month` is none, or lies in the future.
    """
    report = StageReport("digest")
    last = Month.of(now.date()).previous
    asked = Month.parse(month) if month else None
    if asked is not None and asked > last.next:
        raise UsageError(f"{asked} has not begun yet.")
    if asked is not None and asked > last and send:
        raise UsageError(f"{asked} is not over yet: its digest can be looked at, but is not sent before it is.")

    kept = digests.made(store)
    months = [asked] if asked else to_make(kept, last)
    for done, wanted in enumerate(months, start=1):
        progress(done, len(months), f"digest {wanted}")
        told, new = gather(store, settings, policies, wanted, now=now)
        attached = _attached(attach, new, wanted)
        made = Made(render(replace(told, attached=tuple(attached)), _language(settings)), attached)
        with store.atomic():
            if wanted <= last:
                runs.set_mark(store, f"digest/{wanted}", made.kept(), at=clock.stamp(now))
            if send:
                _queue(store, settings, wanted, made, report, at=clock.stamp(now))
        report.files += _write(settings, wanted, made)
        report.count("made")
    if asked is None and last not in months:
        _keep(store, settings, last, report, send=send, at=clock.stamp(now))
    return report


def _keep(store: Store, settings: Settings, month: Month, report: StageReport, *, send: bool, at: str) -> None:
    """Put the kept digest's files back if they are gone, and send it if that was not done when it was made."""
    kept = runs.mark(store, f"digest/{month}")
    if kept is None:  # --as-of before the first digest ever
        return
    made = Made.of(kept)
    if send:
        _queue(store, settings, month, made, report, at=at)
    report.files += _write(settings, month, made)
    report.count("unchanged")


def _attached(attach: Attach | None, new: Sequence[tuple[str, int]], month: Month) -> dict[str, str]:
    made = attach(new, f"digest-{month}") if attach is not None and new else {}
    return {name: base64.b64encode(content).decode() for name, content in made.items()}


def _language(settings: Settings) -> str:
    return settings.digest.language or settings.institution.language


def _queue(store: Store, settings: Settings, month: Month, made: Made, report: StageReport, *, at: str) -> None:
    wanted = settings.digest
    if (wanted.channel is None or not wanted.recipients) and wanted.slack is None:
        note = "Nobody gets the digest: name a channel and recipients in the table [digest] of the configuration."
        if note not in report.notes:
            report.notes.append(note)
        return
    attached = tuple(str(_folder(settings) / name) for name in (*made.told.pictures, *made.files))
    messages = [
        Message(
            key=f"digest/{month}/{recipient}",
            channel=wanted.channel,
            recipient=recipient,
            subject=made.told.subject,
            text=made.told.text,
            html=made.told.mail,
            attachments=attached,
            occasion="digest",
        )
        for recipient in (wanted.recipients if wanted.channel else ())
        if wanted.channel
    ]
    if wanted.slack:
        messages.append(_short(settings, wanted.slack, month, made))
    for message in messages:
        report.count("queued", int(outbox.enqueue(store, message, at=at)))


def _short(settings: Settings, slack: str, month: Month, made: Made) -> Message:
    """Return the short message to the team's channel."""
    channel = next((channel for channel in settings.channels if channel.name == slack), None)
    return Message(
        key=f"digest/{month}/slack",
        channel=slack,
        recipient=getattr(channel, "team_channel", None) or "team",
        subject=made.told.subject,
        text=made.told.slack,
        blocks=({"type": "section", "text": {"type": "mrkdwn", "text": made.told.slack[:3000]}},),
        occasion="digest",
    )


def _folder(settings: Settings) -> Path:
    return settings.reports / "digests"


def _write(settings: Settings, month: Month, made: Made) -> list[str]:
    """Write a digest's files where they are not yet as they were made. Return the two to read, and what is attached."""
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"digest-{month}.html": made.told.html.encode(), f"digest-{month}.txt": made.told.text.encode()}
    contents |= {name: base64.b64decode(held) for name, held in (made.told.pictures | made.files).items()}
    for name, content in contents.items():
        _write_if_changed(folder / name, content)
    return [str(folder / name) for name in contents]


def _write_if_changed(file: Path, content: bytes) -> None:
    if file.exists() and file.read_bytes() == content:
        return
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, file)
