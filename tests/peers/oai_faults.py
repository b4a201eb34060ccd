"""What a repository can do on a bad day, in front of any OAI-PMH server: `tests.peers.oai` and `tests.peers.oai_repo`."""

from __future__ import annotations

import re
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from socketserver import ThreadingMixIn
from typing import Any, Self
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

PREFIX = "oai_dc"
SECONDS, DAYS = "YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD"


class Fault(Enum):
    """What a repository can do on a bad day, to one answer (or, for STUCK and REFUSE_TOKENS, from that answer on)."""

    HTML = "a maintenance page with status 200"
    CUT = "a page cut off in the middle, the length announced accordingly"
    CONTROL = "control characters in the text"
    AMPERSAND = "bare ampersands and HTML's entities"
    BROKEN_RECORD = "a tag that is not closed, in one record"
    NO_HEADER = "a record without a header"
    NO_METADATA = "a record without metadata"
    BUSY = "503 with Retry-After in seconds"
    BUSY_UNTIL = "503 with Retry-After as a date"
    BAD_TOKEN = "badResumptionToken, once"
    REFUSE_TOKENS = "badResumptionToken for every token"
    STUCK = "the same resumptionToken on every page, which starts at the same place"
    EMPTY_TOKEN = "an empty resumptionToken where there is no more"
    DTD = "a document type with entities that grow"
    NOT_OAI = "XML of another kind"
    STATUS_404 = "404, plain text"
    STATUS_500 = "500, HTML"
    STATUS_403 = "403, HTML"
    TOO_MANY = "429 with Retry-After in seconds"
    TOO_MANY_UNTIL = "429 with Retry-After as a date"
    DROPPED = "the connection lost in the middle of a page"
    KILLED = "the server killed in the middle of a page, until it is started again"
    ENDED_EARLY = "an empty resumptionToken in the middle of the list"
    TWICE = "every record of a page twice"
    BLANKS = "blanks and a byte order mark before the XML"
    OTHER_VERB = "an answer to another question"


@dataclass(frozen=True)
class Entry:
    """One record of the repository; with `deleted` only its header is shown."""

    identifier: str
    stamp: datetime
    fields: Mapping[str, Sequence[str]]
    deleted: bool = False
    sets: tuple[str, ...] = ("publications:all",)


@dataclass
class Repository(ABC):
    """A repository on loopback; what it says to a question is the subclass's. `asked` holds the arguments of every request.

    `faults` is what to do to the n-th ListRecords answer, `clock` what it takes for now (it stands still), `hidden` what its index
    does not hold yet, `prefixes` what it gives (all in oai_dc); `takes` is the granularity of the arguments it takes and `stamps`
    that of its datestamps, where they are others than it announces.
    """

    entries: Sequence[Entry]
    batch: int = 50
    granularity: str = SECONDS
    errors_with_422: bool = False  # as Zenodo
    identify_fails: bool = False  # as a Pure
    formats_fail: bool = False
    faults: dict[int, Fault] = field(default_factory=dict)
    prefixes: tuple[str, ...] = (PREFIX,)
    clock: datetime = datetime(2026, 11, 16, 11)
    hidden: frozenset[str] = frozenset()
    takes: str | None = None
    stamps: str | None = None  # the granularity of the datestamps it sends, where that is another
    events: dict[int, Callable[[], None]] = field(
        default_factory=dict
    )  # what happens before the n-th ListRecords answer
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    lists_given: int = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Answer, at the same port as before."""
        self._http = make_server("127.0.0.1", self.port, self._answer, _Server, _Quiet)
        self.port = self._http.server_port
        self._open()
        self.thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Refuse connections."""
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/oai"

    @property
    def lists(self) -> list[dict[str, str]]:
        """The ListRecords requests."""
        return [arguments for arguments in self.asked if arguments.get("verb") == "ListRecords"]

    @property
    def listed(self) -> list[Entry]:
        """What its index holds."""
        return [entry for entry in self.entries if entry.identifier not in self.hidden]

    @abstractmethod
    def _open(self) -> None:
        """Make ready."""

    @abstractmethod
    def _body(self, arguments: dict[str, str]) -> bytes:
        """Answer a question."""

    def _said(self, arguments: dict[str, str]) -> bytes:
        """Answer a question as this repository is set up."""
        prefix = arguments.get("metadataPrefix")
        if prefix is not None and prefix not in self.prefixes:
            return error("cannotDisseminateFormat")
        days = [text for name, text in arguments.items() if name in ("from", "until")]
        if self.takes and any(("T" in text) != (self.takes == SECONDS) for text in days):
            return error("badArgument")
        body = self._body(arguments | ({"metadataPrefix": PREFIX} if prefix else {}))
        shown = "".join(
            f"<metadataFormat><metadataPrefix>{name}</metadataPrefix></metadataFormat>" for name in self.prefixes
        )
        if arguments.get("verb") == "ListMetadataFormats":
            body = re.sub(rb"<metadataFormat>.*</metadataFormat>", shown.encode(), body, flags=re.DOTALL)
        body = re.sub(rb"<granularity>[^<]*<", f"<granularity>{self.granularity}<".encode(), body)
        if self.stamps == DAYS:
            body = re.sub(rb"(<datestamp>[^<T]+)T[^<]+", rb"\1", body)
        if self.stamps == SECONDS:
            body = re.sub(rb"(<datestamp>[^<T]+)(?=<)", rb"\1T10:00:00Z", body)
        now = f"<responseDate>{self.clock:%Y-%m-%dT%H:%M:%SZ}<".encode()
        return re.sub(rb"<responseDate>[^<]*<", now, body)

    def _answer(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        given = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        arguments = {name: values[0] for name, values in given.items()}
        self.asked.append(arguments)
        if arguments.get("verb") == "ListRecords":
            self.lists_given += 1
            self.events.get(self.lists_given, lambda: None)()
        status, headers, fault = 200, {"Content-Type": "text/xml;charset=utf-8"}, None
        fails = {"Identify": self.identify_fails, "ListMetadataFormats": self.formats_fail}
        if fails.get(arguments.get("verb", "")):
            status, body = 500, b"<html><body>Internal Server Error</body></html>"
        else:
            # a stuck list starts over with every token it gives
            again = {"verb": "ListRecords", "metadataPrefix": PREFIX}
            body = self._said(again if arguments.get("resumptionToken") == "again" else arguments)
            if self.errors_with_422 and b"<error code=" in body:
                status = 422
        if arguments.get("verb") == "ListRecords":
            lasting = (Fault.STUCK, Fault.REFUSE_TOKENS)
            fault = self.faults.get(self.lists_given) or next((f for f in lasting if f in self.faults.values()), None)
            if fault is not None:
                status, headers, body = spoilt(fault, status, headers, body, arguments)
        start(f"{status} Said", [*headers.items(), ("Content-Length", str(len(body)))])
        if fault is Fault.KILLED:
            self.stop()
        return [body[: len(body) // 2] if fault in (Fault.DROPPED, Fault.KILLED) else body]


def error(code: str) -> bytes:
    return (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-16T10:00:00Z</responseDate>'
        f'<request>http://127.0.0.1/oai</request><error code="{code}">The value is invalid or expired.</error></OAI-PMH>'
    ).encode()


def spoilt(
    fault: Fault, status: int, headers: dict[str, str], body: bytes, arguments: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    html = {"Content-Type": "text/html"}
    token = re.compile(rb"<resumptionToken[^>]*>[^<]+</resumptionToken>")
    match fault:
        case Fault.HTML:
            return (
                200,
                html,
                b"<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body>Back soon &amp; well</body></html>",
            )
        case Fault.CUT:
            return status, headers, body[: len(body) // 2]
        case Fault.CONTROL:
            return status, headers, body.replace(b"</dc:title>", b"\x0b\x1f&#x1;</dc:title>")
        case Fault.AMPERSAND:
            return status, headers, body.replace(b"</dc:title>", b" R&D &nbsp;&eacute;</dc:title>")
        case Fault.BROKEN_RECORD:
            return status, headers, body.replace(b"</dc:title>", b"p < 0.05 <b></dc:title>", 1)
        case Fault.NO_HEADER:
            return status, headers, re.sub(rb"<header>.*?</header>", b"", body, count=1, flags=re.DOTALL)
        case Fault.NO_METADATA:
            return status, headers, re.sub(rb"<metadata>.*?</metadata>", b"<metadata/>", body, count=1, flags=re.DOTALL)
        case Fault.BUSY | Fault.TOO_MANY:
            busy = 503 if fault is Fault.BUSY else 429
            return busy, html | {"Retry-After": "7"}, b"<html><body>Busy</body></html>"
        case Fault.BUSY_UNTIL | Fault.TOO_MANY_UNTIL:
            now = datetime(2026, 11, 16, 10, tzinfo=UTC)
            dated = {
                "Date": format_datetime(now, True),
                "Retry-After": format_datetime(now + timedelta(seconds=9), True),
            }
            return 503 if fault is Fault.BUSY_UNTIL else 429, html | dated, b"<html><body>Busy</body></html>"
        case Fault.BAD_TOKEN:
            return status, headers, error("badResumptionToken")
        case Fault.REFUSE_TOKENS:
            return status, headers, error("badResumptionToken") if "resumptionToken" in arguments else body
        case Fault.STUCK:
            return (
                status,
                headers,
                token.sub(b"<resumptionToken>again</resumptionToken>", body) if token.search(body) else body,
            )
        case Fault.EMPTY_TOKEN:
            ended = body.replace(b"</ListRecords>", b'<resumptionToken completeListSize="3" cursor="0"/></ListRecords>')
            return status, headers, body if token.search(body) else ended
        case Fault.DTD:
            bomb = b'<!DOCTYPE OAI-PMH [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
            return (
                status,
                headers,
                re.sub(rb"<OAI-PMH", bomb + b"<OAI-PMH", body, count=1).replace(b"</dc:title>", b"&b;</dc:title>"),
            )
        case Fault.ENDED_EARLY:
            return status, headers, token.sub(b'<resumptionToken completeListSize="1000000"/>', body)
        case Fault.TWICE:
            return status, headers, re.sub(rb"<record>.*</record>", rb"\g<0>\g<0>", body, flags=re.DOTALL)
        case Fault.BLANKS:
            return status, headers, b"\xef\xbb\xbf\r\n  " + body
        case Fault.OTHER_VERB:
            return status, headers, body.replace(b"ListRecords>", b"ListSets>")
        case Fault.NOT_OAI:
            return 200, headers, b"<?xml version='1.0'?><rss><channel><title>News</title></channel></rss>"
        case Fault.STATUS_404:
            return 404, {"Content-Type": "text/plain"}, b"Not found"
        case Fault.STATUS_403:
            return 403, html, b"<html><body>Forbidden</body></html>"
        case Fault.STATUS_500:
            return 500, html, b"<html><body>Internal Server Error</body></html>"
        case Fault.DROPPED | Fault.KILLED:
            return status, headers, body  # by the server itself


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass
