"""Mail by SMTP (RFC 5321), composed by the standard library's EmailMessage, which refuses forged headers."""

from __future__ import annotations

import mimetypes
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses, parseaddr
from pathlib import Path
from typing import cast

from pubtrack import clock
from pubtrack.config import EmailChannel, read_secret
from pubtrack.errors import DeliveryError
from pubtrack.models import Message
from pubtrack.obligations.wording import plain
from pubtrack.reminders.channels import ChannelDown, DeadAddress, Uncertain

_THREAD = 20  # first mails that a mail refers to at most
_LONGEST = 800  # characters of an address that still fits into a line of a header


class Email:
    """Sends each message in a connection of its own."""

    def __init__(self, config: EmailChannel) -> None:
        self.name = config.name
        self._config = config
        self._password = read_secret(config.password) if config.password else None

    def send(self, message: Message) -> None:
        mail = compose(message, self._config.sender)
        sender = parseaddr(self._config.sender)[1]
        recipients = [address for _, address in getaddresses([message.recipient])]
        with self._connected() as smtp:
            _envelope(smtp, sender, recipients)
            _data(smtp, mail.as_bytes(policy=SMTP.clone(max_line_length=998)))

    def check(self) -> str:
        with self._connected() as smtp:
            _envelope(smtp, parseaddr(self._config.sender)[1], [])
        login = f", as {self._config.username}" if self._config.username else ""
        return f"{self._config.host}:{self._config.port} takes mail from {self._config.sender}{login}"

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Yield a connection, encrypted and logged in. Whatever fails here is no message's fault: raise ChannelDown."""
        config, where = self._config, f"{self._config.host}:{self._config.port}"
        context = ssl.create_default_context()
        try:
            if config.security == "tls":
                smtp: smtplib.SMTP = smtplib.SMTP_SSL(config.host, config.port, timeout=config.timeout, context=context)
            else:
                smtp = smtplib.SMTP(config.host, config.port, timeout=config.timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise ChannelDown(f"{where}: no mail server answers ({_said(error)}).", permanent=False) from error
        try:
            try:
                smtp.ehlo_or_helo_if_needed()
                if config.security == "starttls":
                    smtp.starttls(context=context)
                    smtp.ehlo()
                if config.username is not None:
                    smtp.login(config.username, self._password or "")
            except smtplib.SMTPAuthenticationError as error:
                raise ChannelDown(
                    f"{where}: the login is refused ({error.smtp_code}). Check username and password of the channel {self.name}.",
                    permanent=True,
                ) from None  # the error may repeat what was sent
            except smtplib.SMTPNotSupportedError as error:
                raise ChannelDown(
                    f"{where}: {_said(error)} Check security of the channel {self.name}.", permanent=True
                ) from None
            except (OSError, smtplib.SMTPException) as error:
                raise ChannelDown(f"{where}: {_said(error)}", permanent=False) from error
            yield smtp
        finally:
            _goodbye(smtp)


def compose(message: Message, sender: str) -> EmailMessage:
    """Given a message and the sender's address, return the mail.

    Its Message-ID is the message's own, so a mail that was sent twice after all is one mail to the reader's program. It
    refers to the first mails about the same matters, so that programs show them as one conversation.
    Raise DeliveryError, permanent, if an address or the subject cannot be a header (a line break in it, for one) or an
    attachment cannot be read.
    """
    address = parseaddr(sender)[1]
    mail = EmailMessage(policy=SMTP)
    try:
        mail["From"] = sender
        mail["To"] = message.recipient
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(clock.now())
        domain = address.rpartition("@")[2]
        mail["Message-ID"] = f"<{message.message_id}@{domain}>"
        if message.thread:
            mail["In-Reply-To"] = f"<{message.thread[-1]}@{domain}>"
            mail["References"] = " ".join(f"<{name}@{domain}>" for name in message.thread[-_THREAD:])
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: answering machines leave it alone
        for name, value in _unsubscribe(message, address):
            mail[name] = value
        if not getaddresses([message.recipient])[0][1]:
            raise ValueError("no address")
    except (ValueError, IndexError, UnicodeError) as error:
        raise DeliveryError(f"This message cannot be addressed: {error}.", permanent=True) from None
    mail.set_content(message.text, cte="quoted-printable")
    if message.html is not None:
        mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    if message.calendar is not None:
        mail.add_attachment(
            message.calendar.encode(),
            "text",
            "calendar",
            filename="days.ics",
            params={"method": "PUBLISH", "charset": "utf-8"},
        )
    for name in message.attachments:
        path = Path(name)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise DeliveryError(f"{path}: {error.strerror or error}.", permanent=False) from None
        main, _, sub = (mimetypes.guess_type(path.name)[0] or "application/octet-stream").partition("/")
        if message.html is not None and f'"cid:{path.name}"' in message.html:  # RFC 2392: a picture of the page
            page = cast(EmailMessage, mail.get_body(("related", "html")))
            page.add_related(
                content, maintype=main, subtype=sub, cid=f"<{path.name}>", filename=path.name, disposition="inline"
            )
        else:
            mail.add_attachment(content, maintype=main, subtype=sub, filename=path.name)
    return mail


def _unsubscribe(message: Message, address: str) -> Iterator[tuple[str, str]]:
    """Yield the headers by which a mail program offers to end the messages: by mail, and with one click where a page takes it."""
    by_mail = f"<mailto:{address}?subject=stop>"  # RFC 2369
    if message.unsubscribe is None or len(message.unsubscribe) > _LONGEST:
        yield "List-Unsubscribe", by_mail
    else:
        yield "List-Unsubscribe", f"<{message.unsubscribe}>, {by_mail}"
        yield "List-Unsubscribe-Post", "List-Unsubscribe=One-Click"  # RFC 8058


def _envelope(smtp: smtplib.SMTP, sender: str, recipients: list[str]) -> None:
    """Name sender and recipients. Unless all recipients are taken the mail is given up before it is handed over: all or none."""
    options = []
    if not all(address.isascii() for address in (sender, *recipients)):
        if not smtp.has_extn("smtputf8"):
            raise DeliveryError("This mail server takes no address with letters beyond ASCII.", permanent=True)
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    try:
        _expect(smtp.mail(sender, options), channel=True)
        for address in recipients:
            _expect(smtp.rcpt(address), alone=len(recipients) == 1)
    except (OSError, smtplib.SMTPException) as error:  # nothing was handed over yet
        raise ChannelDown(f"The mail server broke off: {_said(error)}", permanent=False) from error


def _data(smtp: smtplib.SMTP, content: bytes) -> None:
    """Hand the mail over. From the first byte of it on, only the server's answer says whether it has it."""
    try:
        code, said = smtp.docmd("DATA")
    except (OSError, smtplib.SMTPException) as error:
        raise ChannelDown(f"The mail server broke off: {_said(error)}", permanent=False) from error
    if code != 354:
        _expect((code, said))
        raise DeliveryError(f"The mail server said {code} to DATA.", permanent=False)
    lines = re.sub(rb"(?m)^\.", b"..", content)  # RFC 5321 4.5.2
    try:
        smtp.send(lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        answer = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Uncertain(
            f"The mail server broke off after it was given the mail ({_said(error)}): it may have it or not."
        ) from error
    _expect(answer)


def _expect(answer: tuple[int, bytes], *, channel: bool = False, alone: bool = False) -> None:
    """Given a server's answer, raise unless it is yes. 4xx is worth another try, 5xx is not; 421 closes the channel.

    `alone`: the answer is about one recipient. With the codes of RFC 3463, 5.7 is about us and 5.2.2 is a full mailbox, which may be
    emptied; any other refusal says that nobody is there.
    """
    code, said = answer
    if 200 <= code < 300:
        return
    words = plain(said.decode("utf-8", "replace")).rstrip(".")
    text = f"The mail server said {code}: {words}."
    if channel or code == 421:
        raise ChannelDown(text, permanent=code >= 500)
    enhanced = re.match(r"5\.(\d+)\.(\d+)\b", words)
    full = code == 552 or (enhanced is not None and enhanced.groups() == ("2", "2"))
    if alone and code >= 500 and not full and code != 554 and not (enhanced and enhanced[1] == "7"):
        raise DeadAddress(text)
    raise DeliveryError(text, permanent=code >= 500 and not full)


def _goodbye(smtp: smtplib.SMTP) -> None:
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _said(error: Exception) -> str:
    return plain(error) or type(error).__name__
