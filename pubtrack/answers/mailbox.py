"""The mailbox that replies reach, by IMAP through imap-tools. A letter is dealt with in the database first and moved away after."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxUnencrypted

from pubtrack.answers import mail, receive
from pubtrack.answers.choices import Report
from pubtrack.answers.links import Links
from pubtrack.config import Mailbox, Settings
from pubtrack.errors import SourceError
from pubtrack.models import StageReport
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, letters

_HEADERS = 65_536  # bytes of a letter's head that are read to know it by


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    password: str,
    policies: Sequence[Policy],
    links: Links | None,
    report: Report | None,
) -> StageReport:
    """Given a moment, read the mailbox once, oldest letter first, and return what the letters were.

    Each letter is one transaction; only then it is moved to the folder `done`. Killed in between, it is known the next time and moved.
    Raise SourceError if the mailbox cannot be reached or refuses us.
    """
    assert settings.mailbox is not None
    config, told = settings.mailbox, StageReport("listen")
    desk = receive.Desk(settings, policies, links, report)
    with _opened(config, password) as box:
        if not box.folder.exists(config.done):
            box.folder.create(config.done)
        box.folder.set(config.folder)
        uids = box.uids()
        for uid in uids[: config.per_run]:
            told.count(_one(store, box, uid, config, desk, now=now))
            box.move([uid], config.done)
    if len(uids) > config.per_run:
        told.notes.append(f"{len(uids) - config.per_run} letters are left for the next run (mailbox.per_run).")
    waiting = len(letters.waiting(store))
    if waiting:
        told.notes.append(f"{waiting} {'letter waits' if waiting == 1 else 'letters wait'} for staff: pubtrack letters")
    return told


def check(config: Mailbox, password: str) -> str:
    """Given the mailbox, log in, open the folder, and return what stands there. Raise SourceError if that does not go."""
    with _opened(config, password) as box:
        status = box.folder.status(config.folder)
        return f"{config.host}:{config.port}, {config.folder}: {status.get('MESSAGES', 0)} letters"


def _one(store: Store, box: BaseMailBox, uid: str, config: Mailbox, desk: receive.Desk, *, now: datetime) -> str:
    size, head = _head(box, uid)
    if head is None:
        return "gone"
    name = mail.name_of(head)
    if letters.known(store, name):
        return "known"
    if size > config.max_bytes:
        why = f"it is larger than mailbox.max_bytes ({size // 1_000_000} MB); it stands in {config.done}"
        return receive.unread(store, name, why, now=now)
    raw = _fetched(box, uid, "(BODY.PEEK[])")
    if raw is None:
        return "gone"
    try:
        read = mail.read(raw)
    except ValueError as error:
        return receive.unread(store, mail.name_of(raw), f"{error}; it stands in {config.done}", now=now)
    return receive.receive(store, read, desk, now=now)


def _head(box: BaseMailBox, uid: str) -> tuple[int, bytes | None]:
    """Return a letter's size and the beginning of its head."""
    answer = box.client.uid("fetch", uid, f"(RFC822.SIZE BODY.PEEK[HEADER]<0.{_HEADERS}>)")[1]
    for item in answer or []:
        if isinstance(item, tuple):
            size = item[0].upper().partition(b"RFC822.SIZE ")[2].split(b" ")[0]
            return int(size) if size.isdigit() else 0, item[1]
    return 0, None


def _fetched(box: BaseMailBox, uid: str, parts: str) -> bytes | None:
    answer = box.client.uid("fetch", uid, parts)[1]
    return next((item[1] for item in answer or [] if isinstance(item, tuple)), None)


@contextmanager
def _opened(config: Mailbox, password: str) -> Iterator[BaseMailBox]:
    """Yield the mailbox, encrypted where configured, and logged in. Whatever it does wrong is a SourceError that names it."""
    where = f"{config.host}:{config.port}"
    context = ssl.create_default_context()
    box: BaseMailBox | None = None
    try:
        if config.security == "tls":
            box = MailBox(config.host, config.port, config.timeout, ssl_context=context)
        else:
            box = MailBoxUnencrypted(config.host, config.port, config.timeout)
            if (
                config.security == "starttls"
            ):  # not imap-tools' own class: it leaves the socket open if the server has no TLS
                box.client.starttls(context)
        try:
            box.login(config.username, password, initial_folder=None)
        except (ImapToolsError, imaplib.IMAP4.error):
            raise SourceError(
                f"{where}: the mailbox refuses the login. Check username and password in [mailbox]."
            ) from None  # the error may repeat what was sent
        yield box
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise SourceError(f"{where}: the mailbox cannot be read ({said}).") from error
    finally:
        if box is not None:
            with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
                box.logout()
