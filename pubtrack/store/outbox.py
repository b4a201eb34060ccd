"""outbox and told: what is to leave, what became of it, and which matter was told about on which rung."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from pubtrack.errors import UsageError
from pubtrack.models import Message
from pubtrack.store import addresses
from pubtrack.store.database import Store

STOCK = "stock"  # the rung of what the first sending run found and told nobody
SUPERSEDED = "answered before it left"


def enqueue(store: Store, message: Message, *, at: str, rungs: Mapping[str, str] | None = None) -> bool:
    """Given a message, queue it and record which duty it tells about on which rung, in one transaction.

    `rungs` names the rung of each duty (else the message's own). Return False, changing nothing, if its key stands already.
    """
    with store.atomic():
        cursor = store.db.execute(
            "INSERT INTO outbox (key, channel, recipient, person_id, occasion, rung, subject, text, html, blocks, attachments,"
            " message_id, thread, unsubscribe, calendar, state, created_at)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,'queued',?) ON CONFLICT (key) DO NOTHING",
            (
                message.key,
                message.channel,
                message.recipient,
                message.person_id,
                message.occasion,
                message.rung,
                message.subject,
                message.text,
                message.html,
                json.dumps([dict(block) for block in message.blocks], ensure_ascii=False),
                json.dumps(message.attachments, ensure_ascii=False),
                message.message_id or f"pubtrack-{secrets.token_hex(16)}",
                json.dumps(message.thread),
                message.unsubscribe,
                message.calendar,
                at,
            ),
        )
        if cursor.rowcount != 1:
            return False
        row_id = int(cursor.lastrowid or 0)
        store.db.conn.executemany(
            "INSERT OR IGNORE INTO told (duty, rung, outbox_id, told_at) VALUES (?,?,?,?)",
            [(duty, (rungs or {}).get(duty, message.rung or ""), row_id, at) for duty in message.duties],
        )
    return True


def take_stock(store: Store, duties: list[str], *, at: str) -> bool:
    """Given the duties that are open when the first sending run begins, record them as known and told to nobody.

    Return False, changing nothing, if stock was taken before.
    """
    with store.atomic():
        cursor = store.db.execute(
            "INSERT INTO outbox (key, channel, recipient, occasion, rung, subject, text, state, created_at)"
            " VALUES ('reminder/stock', '', '', 'reminder', ?, 'stock', ?, 'stock', ?) ON CONFLICT (key) DO NOTHING",
            (STOCK, f"{len(duties)} open matters were found and nobody was told.", at),
        )
        if cursor.rowcount != 1:
            return False
        row_id = int(cursor.lastrowid or 0)
        store.db.conn.executemany(
            "INSERT INTO told (duty, rung, outbox_id, told_at) VALUES (?,?,?,?)",
            [(duty, STOCK, row_id, at) for duty in dict.fromkeys(duties)],
        )
    return True


def stock_taken(store: Store) -> bool:
    """Return whether a sending run has taken stock."""
    return store.one("SELECT 1 FROM outbox WHERE key = 'reminder/stock'") is not None


def told(store: Store) -> list[dict[str, Any]]:
    """Return every duty told about, oldest first: duty, rung, told_at, outbox_id, and the message's person_id, state and message_id."""
    return list(
        store.rows(
            "SELECT t.duty, t.rung, t.told_at, t.outbox_id, o.person_id, o.state, o.message_id FROM told t"
            " JOIN outbox o ON o.id = t.outbox_id ORDER BY o.id, t.duty"
        )
    )


def newest(store: Store, occasion: str) -> list[dict[str, Any]]:
    """Given an occasion, return each person's newest message (person_id None: the contact): when, state, channel, recipient, error.

    Messages that were taken back because they were answered before they left do not count: nobody was disturbed.
    """
    return list(
        store.rows(
            "SELECT person_id, channel, recipient, state, error, created_at FROM outbox WHERE id IN ("
            " SELECT max(id) FROM outbox WHERE occasion = ? AND state <> 'stock' AND NOT (state = 'cancelled' AND error IS ?)"
            " GROUP BY person_id) ORDER BY id",
            (occasion, SUPERSEDED),
        )
    )


def disturbed(store: Store, occasion: str) -> list[tuple[int | None, str]]:
    """Given an occasion, return who was written to, or is about to be, and when (None: the contact), oldest first.

    Messages that failed or were taken back because they were answered before they left do not count: nobody was disturbed.
    """
    return [
        (row["person_id"], row["created_at"])
        for row in store.rows(
            "SELECT person_id, created_at FROM outbox WHERE occasion = ? AND state NOT IN ('stock', 'failed')"
            " AND NOT (state = 'cancelled' AND error IS ?) ORDER BY id",
            (occasion, SUPERSEDED),
        )
    ]


def queued_duties(store: Store, occasion: str) -> list[dict[str, Any]]:
    """Given an occasion, return its queued messages: id, person_id (None: the contact), duties, and whether their address is dead."""
    return [
        row | {"duties": json.loads(row["duties"])}
        for row in store.rows(
            "SELECT o.id, o.person_id, json_group_array(t.duty) duties, EXISTS (SELECT 1 FROM dead_addresses d"
            " WHERE d.channel = o.channel AND d.address = o.recipient) dead FROM outbox o JOIN told t ON t.outbox_id = o.id"
            " WHERE o.state = 'queued' AND o.occasion = ? GROUP BY o.id ORDER BY o.id",
            (occasion,),
        )
    ]


def supersede(store: Store, outbox_id: int) -> bool:
    """Given a queued message whose matter was answered meanwhile, take it back. Return whether it was still queued."""
    cursor = store.db.execute(
        "UPDATE outbox SET state = 'cancelled', error = ? WHERE id = ? AND state = 'queued'", (SUPERSEDED, outbox_id)
    )
    return cursor.rowcount == 1


def interrupted(store: Store) -> list[int]:
    """Turn every row found `sending` into `uncertain`, and return their numbers.

    Whoever claimed them was killed between the claim and the record, so nobody knows whether they left: staff decide.
    """
    with store.atomic():
        found = [row["id"] for row in store.rows("SELECT id FROM outbox WHERE state = 'sending' ORDER BY id")]
        store.db.execute(
            "UPDATE outbox SET state = 'uncertain', error = 'the run was interrupted while it was being sent' WHERE state = 'sending'"
        )
    return found


def waiting(store: Store, *, at: str) -> list[tuple[int, str, str]]:
    """Given a moment, return number, channel and occasion of every queued message whose time has come, oldest first."""
    return [
        (row["id"], row["channel"], row["occasion"])
        for row in store.rows(
            "SELECT id, channel, occasion FROM outbox WHERE state = 'queued'"
            " AND (next_attempt_at IS NULL OR next_attempt_at <= ?) ORDER BY id",
            (at,),
        )
    ]


def claim(store: Store, outbox_id: int, *, at: str) -> tuple[Message, int] | None:
    """Given a message's number, claim it and return it with the number of attempts, this one included.

    Return None if it is not queued any more: somebody else claimed it, or it was cancelled.
    """
    # WAL with synchronous NORMAL may lose the newest commits in a power cut; a lost claim would send a message twice.
    store.db.execute("PRAGMA synchronous = FULL")
    cursor = store.db.execute(
        "UPDATE outbox SET state = 'sending', claimed_at = ?, attempts = attempts + 1 WHERE id = ? AND state = 'queued'",
        (at, outbox_id),
    )
    if cursor.rowcount != 1:
        return None
    row = get(store, outbox_id)
    store.db.execute("PRAGMA synchronous = NORMAL")
    message = Message(
        key=row["key"],
        channel=row["channel"],
        recipient=row["recipient"],
        subject=row["subject"],
        text=row["text"],
        html=row["html"],
        blocks=tuple(json.loads(row["blocks"])),
        attachments=tuple(json.loads(row["attachments"])),
        person_id=row["person_id"],
        occasion=row["occasion"],
        rung=row["rung"],
        thread=tuple(json.loads(row["thread"])),
        unsubscribe=row["unsubscribe"],
        calendar=row["calendar"],
        message_id=row["message_id"] or "",
    )
    return message, int(row["attempts"])


def sent(store: Store, outbox_id: int, *, at: str) -> None:
    """Record that a claimed message left."""
    _record(store, outbox_id, "sent", None, sent_at=at)


def failed(store: Store, outbox_id: int, error: str) -> None:
    """Record that a claimed message will not be taken: not now, not later."""
    _record(store, outbox_id, "failed", error)


def uncertain(store: Store, outbox_id: int, error: str) -> None:
    """Record that nobody knows whether a claimed message left; it is never sent again by itself."""
    _record(store, outbox_id, "uncertain", error)


def later(store: Store, outbox_id: int, error: str, *, next_attempt_at: str, counted: bool = True) -> None:
    """Record that a claimed message was not taken now and is to be tried again; `counted` False: it was not its own fault."""
    _record(store, outbox_id, "queued", error, next_attempt_at=next_attempt_at)
    if not counted:
        store.db.execute("UPDATE outbox SET attempts = attempts - 1 WHERE id = ?", (outbox_id,))


def _record(store: Store, outbox_id: int, state: str, error: str | None, **columns: str) -> None:
    names = "".join(f", {name} = ?" for name in columns)
    store.db.execute(
        f"UPDATE outbox SET state = ?, error = ?{names} WHERE id = ? AND state = 'sending'",
        (state, error, *columns.values(), outbox_id),
    )


def every(store: Store, *, state: str | None = None) -> list[dict[str, Any]]:
    """Return every message, or those in one state, newest first."""
    return list(
        store.rows("SELECT * FROM outbox WHERE :state IS NULL OR state = :state ORDER BY id DESC", {"state": state})
    )


def get(store: Store, outbox_id: int) -> dict[str, Any]:
    """Given a message's number, return its row. Raise UsageError if there is none."""
    row = store.one("SELECT * FROM outbox WHERE id = ?", (outbox_id,))
    if row is None:
        raise UsageError(f"There is no message {outbox_id}. See them with: pubtrack outbox")
    return row


def by_message_id(store: Store, message_id: str) -> dict[str, Any] | None:
    """Given a Message-ID as it stands in a header (`<...@...>`, or its part before the @), return the message's row, or None.

    The row names the person, the channel and the recipient; the duties it told about are in `duties_of`.
    """
    name = message_id.strip().strip("<>").partition("@")[0]
    return store.one("SELECT * FROM outbox WHERE message_id = ? ORDER BY id LIMIT 1", (name,)) if name else None


def duties_of(store: Store, outbox_id: int) -> list[str]:
    """Given a message's number, return the keys of the duties that it told about."""
    return [row["duty"] for row in store.rows("SELECT duty FROM told WHERE outbox_id = ? ORDER BY duty", (outbox_id,))]


def bounced(store: Store, outbox_id: int, why: str, *, at: str) -> bool:
    """Given a message that came back for good, record that it failed and write to that address no more by that channel.

    The person hears of its matters by another channel if there is one, else staff do. Return whether anything changed.
    """
    with store.atomic():
        row = get(store, outbox_id)
        cursor = store.db.execute(
            "UPDATE outbox SET state = 'failed', error = ? WHERE id = ? AND state IN ('sent', 'uncertain')",
            (why, outbox_id),
        )
        return addresses.switch_off(store, row["channel"], row["recipient"], why, at=at) or cursor.rowcount == 1


def arrived(store: Store, outbox_id: int) -> None:
    """Given an uncertain message's number, record that it arrived: its person was told. Raise UsageError if it is not uncertain."""
    _move(store, outbox_id, ("uncertain",), "sent", "Only an uncertain message can be said to have arrived.")


def retry(store: Store, outbox_id: int) -> None:
    """Given a failed or uncertain message's number, queue it again, and write to its address again. Raise UsageError if it is neither."""
    with store.atomic():
        rule = "Only a failed or uncertain message can be queued again."
        _move(store, outbox_id, ("failed", "uncertain"), "queued", rule)
        row = get(store, outbox_id)
        addresses.switch_on(store, row["recipient"], channel=row["channel"])


def cancel(store: Store, outbox_id: int) -> None:
    """Given a queued, failed or uncertain message's number, take it out for ever. Raise UsageError if it is none of these."""
    _move(
        store,
        outbox_id,
        ("queued", "failed", "uncertain"),
        "cancelled",
        "Only a queued, failed or uncertain message can be cancelled.",
    )


def _move(store: Store, outbox_id: int, states: tuple[str, ...], to: str, rule: str) -> None:
    cursor = store.db.execute(
        "UPDATE outbox SET state = ?, attempts = 0, next_attempt_at = NULL, sent_at = CASE ? WHEN 'sent' THEN claimed_at END"
        f" WHERE id = ? AND state IN ({', '.join('?' * len(states))})",
        (to, to, outbox_id, *states),
    )
    if cursor.rowcount != 1:
        raise UsageError(f"Message {outbox_id} is {get(store, outbox_id)['state']}. {rule}")
