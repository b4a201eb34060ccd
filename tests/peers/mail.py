"""A mail server on this machine: aiosmtpd, with the refusals and breakdowns of real ones."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP as Server
from aiosmtpd.smtp import AuthResult, Envelope, Session


@dataclass
class MailServer:
    """What it took, and what it says to whom."""

    port: int = 0
    taken: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    to_recipient: dict[str, list[str]] = field(default_factory=dict)  # answers to RCPT, the last one for ever
    to_sender: str | None = None
    to_data: list[str] = field(
        default_factory=list
    )  # answers to the mail itself; "drop" takes it and breaks off, "lose" does not take it, "swallow" and "hang" do so in silence
    connections: int = 0
    meets: Callable[[str], None] = lambda moment: None  # told what is about to be done, before it is

    async def handle_EHLO(
        self, server: Server, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        self.meets("connected")
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_sender:
            return self.to_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self.to_recipient.get(address)
        if answers:
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if answer == "hang":
                await asyncio.sleep(30)
            if answer == "drop":
                server.transport.abort()  # type: ignore[union-attr]
                return "250 never heard"
            if not answer.startswith("2"):
                return answer
        envelope.rcpt_tos.append(address)
        self.meets("recipient")
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        answer = self.to_data.pop(0) if self.to_data else "250 OK"
        if answer.startswith("2") or answer in ("drop", "swallow"):
            assert isinstance(envelope.content, bytes)
            self.raw.append(envelope.content)
            self.taken.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.meets("taken")
            self.meets("answered")
        if answer in ("hang", "swallow"):
            await asyncio.sleep(30)
        if answer in ("drop", "lose"):
            server.transport.abort()  # type: ignore[union-attr]
            return "250 never heard"
        return answer


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, login: tuple[str, str] | None = None
) -> Iterator[MailServer]:
    """Yield a running server; `tls` makes it encrypt (from the first byte if `implicit`), `login` makes it ask who it is."""
    peer = MailServer()

    def authenticate(server: Server, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login.decode(), data.password.decode()) == login, handled=False)

    options: dict[str, Any] = {"tls_context": tls, "require_starttls": True} if tls and not implicit else {}
    if login:
        encrypted = bool(tls) and not implicit
        options |= {"authenticator": authenticate, "auth_required": encrypted, "auth_require_tls": encrypted}
    peer.port = free_port()
    controller = Controller(
        peer,
        hostname="127.0.0.1",
        port=peer.port,
        ssl_context=tls if implicit else None,
        enable_SMTPUTF8=True,
        **options,
    )
    controller.start()
    try:
        yield peer
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
