"""What is queued leaves: claim, send, record. Reminders, digests and lists alike."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.errors import DeliveryError
from pubtrack.models import Message, Progress, StageReport, silent
from pubtrack.reminders.channels import Channel, ChannelDown, DeadAddress, Uncertain
from pubtrack.reminders.quiet import quiet_now
from pubtrack.store import Store, addresses, outbox

log = logging.getLogger(__name__)

# A message that is not taken is tried again after so many minutes, and then no more: a day and a half in all.
_BACKOFF = (10, 30, 60, 120, 240, 480, 1200)


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    channels: Mapping[str, Channel],
    progress: Progress = silent,
) -> StageReport:
    """Given the channels by name, deliver every queued message whose time has come.

    A message that an interrupted run had claimed becomes `uncertain` and is never sent again by itself. A refusal for good makes
    it `failed`; one for now queues it again, later and later. An address where nobody is, is written to no more. A channel that
    takes nothing is left alone for the rest of the run, and its messages stay queued; so do reminders on quiet days and in quiet hours.
    """
    report = StageReport("deliver")
    at = stamp(now)
    for outbox_id in outbox.interrupted(store):
        report.count("uncertain")
        report.faults.append(_ask(outbox_id, "the run was interrupted while it was being sent"))
    due = outbox.waiting(store, at=at)
    if quiet_now(now.astimezone(ZoneInfo(settings.institution.timezone)), settings.reminders):
        held = [row for row in due if row[2] == "reminder"]
        due = [row for row in due if row[2] != "reminder"]
        if held:
            report.count("held for quiet hours", len(held))
            report.notes.append("These are quiet hours, or a quiet day: reminders leave after them.")
    closed: dict[str, str] = {}
    for number, (outbox_id, name, _) in enumerate(due, start=1):
        if name not in channels and name not in closed:
            closed[name] = f"no [[channel]] is named {name}"
        if name in closed:
            report.count("left queued")
        else:
            _deliver(store, report, outbox_id, channels[name], closed, now)
        progress(number, len(due), "messages")
    report.faults.extend(f"The channel {name} takes nothing now: {why}" for name, why in closed.items())
    return report


def _deliver(
    store: Store, report: StageReport, outbox_id: int, channel: Channel, closed: dict[str, str], now: datetime
) -> None:
    claimed = outbox.claim(store, outbox_id, at=stamp(now))
    if claimed is None:
        return
    message, attempts = claimed
    try:
        channel.send(message)
    except Uncertain as error:
        outbox.uncertain(store, outbox_id, str(error))
        report.count("uncertain")
        report.faults.append(_ask(outbox_id, str(error)))
        closed[channel.name] = "it broke off while it had a message"
    except ChannelDown as error:
        wait = _wait(error, 1)
        outbox.later(store, outbox_id, str(error), next_attempt_at=stamp(now + wait), counted=False)
        report.count("left queued")
        closed[channel.name] = str(error)
    except DeadAddress as error:
        _dead(store, report, outbox_id, message, error, now)
    except DeliveryError as error:
        _refused(store, report, outbox_id, message, error, attempts, now)
    except Exception as error:
        # A fault of ours: whether it left is unknown, so it must not be tried again by itself.
        log.exception("A message failed unexpectedly. outbox=%d channel=%s", outbox_id, channel.name)
        outbox.uncertain(store, outbox_id, f"unexpected: {type(error).__name__}")
        report.count("uncertain")
        report.faults.append(_ask(outbox_id, f"unexpected: {type(error).__name__}"))
        closed[channel.name] = f"unexpected: {type(error).__name__}"
    else:
        outbox.sent(store, outbox_id, at=stamp(now))
        report.count("sent")


def _dead(
    store: Store, report: StageReport, outbox_id: int, message: Message, error: DeadAddress, now: datetime
) -> None:
    with store.atomic():
        outbox.failed(store, outbox_id, str(error))
        addresses.switch_off(store, message.channel, message.recipient, str(error), at=stamp(now))
    report.count("failed")
    report.faults.append(
        f"Message {outbox_id} to {message.recipient} failed: {error} Nothing more is sent there."
        f" Correct the address in the register; if it is right after all: pubtrack outbox retry {outbox_id}"
    )


def _refused(
    store: Store,
    report: StageReport,
    outbox_id: int,
    message: Message,
    error: DeliveryError,
    attempts: int,
    now: datetime,
) -> None:
    if error.permanent or attempts > len(_BACKOFF):
        outbox.failed(store, outbox_id, str(error))
        report.count("failed")
        report.faults.append(
            f"Message {outbox_id} to {message.recipient} failed: {error} Correct the address, then: pubtrack outbox retry {outbox_id}"
        )
        return
    outbox.later(store, outbox_id, str(error), next_attempt_at=stamp(now + _wait(error, attempts)))
    report.count("later")
    report.faults.append(f"Message {outbox_id} to {message.recipient} is tried again later: {error}")


def _wait(error: DeliveryError, attempts: int) -> timedelta:
    """Return how long to wait: as long as the far side asks, else longer after each attempt."""
    ours = timedelta(minutes=_BACKOFF[min(attempts, len(_BACKOFF)) - 1])
    return max(ours, timedelta(seconds=error.retry_after)) if error.retry_after else ours


def _ask(outbox_id: int, why: str) -> str:
    return (
        f"Nobody knows whether message {outbox_id} arrived ({why.rstrip('.')}). Ask. If it did: pubtrack outbox arrived {outbox_id}."
        f" If not: pubtrack outbox retry {outbox_id}"
    )
