"""The monthly digest: written once a month, sent once to each recipient."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
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


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    month: str | None = None,
    send: bool = False,
    progress: Progress = silent,
) -> StageReport:
    """Given a moment, make the digest of every complete month that has none yet, as HTML and text.

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
        made = render(gather(store, settings, policies, wanted, now=now), _language(settings))
        with store.atomic():
            if wanted <= last:
                runs.set_mark(
                    store, f"digest/{wanted}", json.dumps(asdict(made), ensure_ascii=False), at=clock.stamp(now)
                )
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
    made = Rendered(**json.loads(kept))
    if send:
        _queue(store, settings, month, made, report, at=at)
    report.files += _write(settings, month, made)
    report.count("unchanged")


def _language(settings: Settings) -> str:
    return settings.digest.language or settings.institution.language


def _queue(store: Store, settings: Settings, month: Month, made: Rendered, report: StageReport, *, at: str) -> None:
    channel, recipients = settings.digest.channel, settings.digest.recipients
    if channel is None or not recipients:
        note = "Nobody gets the digest: name a channel and recipients in the table [digest] of the configuration."
        if note not in report.notes:
            report.notes.append(note)
        return
    for recipient in recipients:
        message = Message(
            key=f"digest/{month}/{recipient}",
            channel=channel,
            recipient=recipient,
            subject=made.subject,
            text=made.text,
            html=made.html,
            occasion="digest",
        )
        report.count("queued", int(outbox.enqueue(store, message, at=at)))


def _write(settings: Settings, month: Month, made: Rendered) -> list[str]:
    folder = settings.reports / "digests"
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for suffix, text in (("html", made.html), ("txt", made.text)):
        file = folder / f"digest-{month}.{suffix}"
        _write_if_changed(file, text.encode())
        files.append(str(file))
    return files


def _write_if_changed(file: Path, content: bytes) -> None:
    if file.exists() and file.read_bytes() == content:
        return
    unfinished = file.with_name(file.name + ".part")
    unfinished.write_bytes(content)
    os.replace(unfinished, file)
