"""A letter's bytes, as somebody sent them, to what can be told of it. Pure; anything may stand in them, so nothing is trusted.

Sources: RFC 5322 (headers), RFC 3834 (automatic answers), RFC 3464 (delivery status), RFC 8601 (Authentication-Results).
"""

from __future__ import annotations

import email
import email.message
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.utils import getaddresses
from html.parser import HTMLParser

from pubtrack import identifiers

_PARTS = 60  # parts of a letter that are looked at
_LONGEST = 60_000  # characters of its text
_HEADER = 2_000
_ID = re.compile(r"<([^<>\s]{1,300})>")
_AUTOMATIC_SUBJECT = re.compile(
    r"^\s*(?:automati(?:sch antwoord|c reply|sche (?:reactie|antwoord|beantwoording))|out of (?:the )?office"
    r"|afwezig(?:heid(?:sbericht)?)?\b|auto(?:matic)?[ -]?(?:reply|response)|autosvar|abwesenheit|vacation)",
    re.IGNORECASE,
)
_DAEMON = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
_BOUNCED = re.compile(
    r"undeliver|delivery (?:status|fail)|returned mail|onbestelbaar|niet bezorgd|mail delivery", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server reported of a message of ours."""

    recipients: tuple[str, ...]
    action: str  # failed | delayed | delivered | relayed | expanded
    status: str  # 5.1.1
    said: str

    @property
    def dead(self) -> bool:
        """Return whether the address takes nothing: it does not exist or is disabled. A full mailbox or a policy may pass."""
        return self.action == "failed" and bool(re.match(r"5\.(?:0\.0|1\.\d+|2\.[01]|4\.[14])$", self.status))


@dataclass(frozen=True, slots=True)
class Mail:
    """What can be told of a letter."""

    id: str
    sender: str | None  # the one address it says it comes from
    subject: str
    replied: tuple[str, ...]  # the Message-IDs it answers, the nearest first
    automatic: bool
    bounce: Bounce | None
    returned: bool  # a mail server sends it back, in whatever form
    text: str  # what was written, without what was quoted
    passed: tuple[tuple[str, bool], ...]  # who checked where it comes from, and whether that held


def read(raw: bytes) -> Mail:
    """Given a letter's bytes, return what can be told of it. Raise ValueError if it cannot be taken apart at all."""
    try:
        parsed = email.message_from_bytes(raw)
        return _told(parsed, raw)
    except (RecursionError, LookupError, TypeError, AttributeError, AssertionError, email.errors.MessageError) as error:
        raise ValueError(f"it cannot be taken apart ({type(error).__name__})") from None


def name_of(raw: bytes) -> str:
    """Given a letter's bytes, or its headers, return the name it is known by: its Message-ID, else a hash of what stands there."""
    match = re.search(rb"^message-id:\s*<([^<>\s]{1,300})>", raw[:200_000], re.IGNORECASE | re.MULTILINE)
    return match[1].decode("utf-8", "replace") if match else f"sha256:{hashlib.sha256(raw).hexdigest()}"


def _told(parsed: email.message.Message, raw: bytes) -> Mail:
    subject = _header(parsed, "Subject")
    addresses = [address for _, address in getaddresses([_header(parsed, "From")]) if address]
    sender = identifiers.mail(addresses[0]) if len(addresses) == 1 and len(parsed.get_all("From", [])) == 1 else None
    parts = list(_parts(parsed))
    bounce = _bounce(parts)
    replied = _ID.findall(_header(parsed, "In-Reply-To")) + _ID.findall(_header(parsed, "References"))[::-1]
    returned = bounce is not None or bool(
        sender
        and _DAEMON.match(sender)
        and (_BOUNCED.search(subject) or parsed.get_content_type() == "multipart/report")
    )
    if returned:
        replied = [*_originals(parts), *replied]
    submitted = _header(parsed, "Auto-Submitted").split(";")[0].strip().lower()
    automatic = (
        submitted not in ("", "no")
        or any(parsed.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply-From"))
        or _header(parsed, "Precedence").strip().lower() in ("auto_reply", "bulk", "junk", "list")
        or bool(_AUTOMATIC_SUBJECT.match(subject))
    )
    return Mail(
        id=name_of(raw),
        sender=sender,
        subject=subject[:300],
        replied=tuple(dict.fromkeys(replied)),
        automatic=automatic,
        bounce=bounce,
        returned=returned,
        text=fresh(_text(parts)),
        passed=tuple(_checked(parsed)),
    )


def _header(parsed: email.message.Message, name: str) -> str:
    """Return a header on one line, decoded as far as it can be."""
    try:
        value = str(parsed.get(name) or "")[: 4 * _HEADER]
        pieces = [
            piece.decode(charset or "utf-8", "replace") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(value)
        ]
    except (LookupError, ValueError, email.errors.MessageError):
        pieces = [str(parsed.get(name) or "").encode("ascii", "replace").decode()]
    return " ".join("".join(pieces).split())[:_HEADER]


def _parts(parsed: email.message.Message) -> Iterator[email.message.Message]:
    for count, part in enumerate(parsed.walk()):
        if count >= _PARTS:
            return
        yield part


def _content(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content[: 4 * _LONGEST].decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return content[: 4 * _LONGEST].decode("utf-8", "replace")


def _text(parts: list[email.message.Message]) -> str:
    """Return the letter's own text: the first plain part, else the first HTML one; never an attachment or an enclosed letter."""
    html = ""
    for part in parts:
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/delivery-status"):
            break
        if part.is_multipart() or part.get_content_disposition() == "attachment":
            continue
        if kind == "text/plain" and (found := _content(part).strip()):
            return found[:_LONGEST]
        if kind == "text/html" and not html:
            html = _content(part)
    return _Reader.text(html)[:_LONGEST]


class _Reader(HTMLParser):
    """The words of an HTML letter, without what it quotes."""

    _SILENT = frozenset({"style", "script", "head", "title", "blockquote"})
    _BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in self._SILENT:
            self.silent += 1
        elif tag in self._BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT and self.silent:
            self.silent -= 1

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(data)

    @classmethod
    def text(cls, html: str) -> str:
        reader = cls()
        try:
            reader.feed(html)
            reader.close()
        except (ValueError, AssertionError, RecursionError):
            return ""
        return "".join(reader.pieces)


# Where a mail program begins to quote what it answers.
_QUOTES = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:original message|oorspronkelijk bericht|forwarded message|doorgestuurd bericht)|_{10,}\s*$"
    r"|(?:on|op)\b.{5,200}\b(?:wrote|schreef)\b.{0,100}:\s*$|(?:from|van):\s.+@|--\s*$)",
    re.IGNORECASE,
)


def fresh(text: str) -> str:
    """Given a reply's text, return what its writer wrote: up to where the quoting or the signature begins."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        folded = f"{line} {lines[number + 1]}" if number + 1 < len(lines) else line  # "On Monday ... \n ... wrote:"
        if _QUOTES.match(line[:400]) or (
            re.match(r"\s*(?:on|op)\b", line[:20], re.IGNORECASE) and _QUOTES.match(folded[:400])
        ):
            break
        kept.append(line.rstrip())
    return "\n".join(kept).strip()


def _bounce(parts: list[email.message.Message]) -> Bounce | None:
    report = next((part for part in parts if part.get_content_type() == "message/delivery-status"), None)
    if report is None:
        return None
    groups = report.get_payload()
    fields: dict[str, list[str]] = {}
    for group in groups if isinstance(groups, list) else []:
        if isinstance(group, email.message.Message):
            for name in ("Final-Recipient", "Original-Recipient", "Action", "Status", "Diagnostic-Code"):
                if group.get(name):
                    fields.setdefault(name, []).append(_header(group, name))
    if "Action" not in fields:
        return None
    named = [
        value.partition(";")[2] or value
        for name in ("Final-Recipient", "Original-Recipient")
        for value in fields.get(name, [])
    ]
    addresses = [found for value in named if (found := identifiers.mail(value.strip().strip("<>")))]
    status = re.search(
        r"[245]\.\d{1,3}\.\d{1,3}", " ".join(fields.get("Status", []) + fields.get("Diagnostic-Code", []))
    )
    said = fields.get("Diagnostic-Code", [""])[0]
    return Bounce(
        tuple(dict.fromkeys(addresses)),
        fields["Action"][0].strip().lower(),
        status.group() if status else "",
        re.sub(r"\S+@\S+", "…", said)[:200],
    )


def _originals(parts: list[email.message.Message]) -> list[str]:
    """Return the Message-IDs of the letters that are enclosed or whose headers are."""
    found = []
    for part in parts[1:]:
        held = part.get("Message-ID")
        if held:
            found += _ID.findall(str(held))
        if part.get_content_type() == "text/rfc822-headers":
            found += re.findall(r"(?im)^message-id:\s*<([^<>\s]{1,300})>", _content(part)[:20_000])
    return found


def _checked(parsed: email.message.Message) -> Iterator[tuple[str, bool]]:
    """Yield who checked where the letter comes from and whether that held, the newest check first."""
    for value in parsed.get_all("Authentication-Results", [])[:10]:
        text = " ".join(str(value)[:_HEADER].split())
        checker = text.split(";")[0].split()[0].lower() if text.split(";")[0].split() else ""
        yield checker, bool(re.search(r"\bdmarc\s*=\s*pass\b", text, re.IGNORECASE))
