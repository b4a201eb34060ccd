"""An OAI-PMH repository to talk to: the server of the PyPI package `oaipmh` on loopback, with the bad days of real ones in front.

    with OaiPeer(entries, batch=50) as peer:
        peer.faults[2] = Fault.CUT      # the second ListRecords answer
        ... ask peer.url ...
        assert len(peer.asked) == 4

As a process of its own: python -m tests.peers.oai RECORDS.jsonl[.gz] [PORT]
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import Enum
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from lxml import etree
from oaipmh import common, metadata, server
from oaipmh.error import CannotDisseminateFormatError, IdDoesNotExistError

PREFIX = "oai_dc"
SECONDS, DAYS = "YYYY-MM-DDThh:mm:ssZ", "YYYY-MM-DD"
_START = datetime(2026, 1, 1)  # OAI-PMH's moments are UTC, and the package wants them naive
_DC = "{http://purl.org/dc/elements/1.1/}"


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


@dataclass(frozen=True)
class Entry:
    """One record of the repository; with `deleted` only its header is shown."""

    identifier: str
    stamp: datetime
    fields: Mapping[str, Sequence[str]]
    deleted: bool = False
    sets: tuple[str, ...] = ("publications:all",)


def entries(records: Iterable[Mapping[str, Any]], *, every_deleted: int = 0) -> list[Entry]:
    """Given records as stored (`identifier` and `xml`), return those in oai_dc as entries, one a minute, each identifier once.

    With `every_deleted` n, every n-th is deleted.
    """
    found: dict[str, Entry] = {}
    for record in records:
        fields = dublin_core(str(record["xml"]))
        identifier = str(record["identifier"] or "")
        if fields and identifier and identifier not in found:
            at = len(found)
            deleted = bool(every_deleted) and at % every_deleted == every_deleted - 1
            found[identifier] = Entry(identifier, _START + timedelta(minutes=at), fields, deleted)
    return list(found.values())


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Given a file of records, one JSON object a line, yield them."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def dublin_core(xml: str) -> dict[str, list[str]]:
    """Given a record's XML, return its Dublin Core elements by name."""
    root = etree.fromstring(xml.encode(), etree.XMLParser(recover=True, resolve_entities=False))
    found: dict[str, list[str]] = {}
    for node in root.iter() if root is not None else ():
        if isinstance(node.tag, str) and node.tag.startswith(_DC) and (node.text or "").strip():
            found.setdefault(node.tag.removeprefix(_DC), []).append(node.text.strip())
    return found


@dataclass
class OaiPeer:
    """The repository. `asked` holds the arguments of every request, `faults` what to do to the n-th ListRecords answer."""

    entries: Sequence[Entry]
    batch: int = 50
    granularity: str = SECONDS
    errors_with_422: bool = False  # as Zenodo
    identify_fails: bool = False  # as a Pure
    faults: dict[int, Fault] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    _lists: int = 0

    def __enter__(self) -> OaiPeer:
        self._http = make_server("127.0.0.1", self.port, self._answer, _Server, _Quiet)
        self.port = self._http.server_port
        registry = metadata.MetadataRegistry()
        registry.registerWriter(PREFIX, server.oai_dc_writer)
        self._oai = server.BatchingServer(
            _Repository(self), metadata_registry=registry, resumption_batch_size=self.batch
        )
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/oai"

    @property
    def lists(self) -> list[dict[str, str]]:
        """The ListRecords requests."""
        return [arguments for arguments in self.asked if arguments.get("verb") == "ListRecords"]

    def _answer(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        given = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        arguments = {name: values[0] for name, values in given.items()}
        self.asked.append(arguments)
        status, headers, body = 200, {"Content-Type": "text/xml;charset=utf-8"}, b""
        if arguments.get("verb") == "Identify" and self.identify_fails:
            status, body = 500, b"<html><body>Internal Server Error</body></html>"
        else:
            # a stuck list starts over with every token it gives
            again = {"verb": "ListRecords", "metadataPrefix": PREFIX}
            body = self._body(again if arguments.get("resumptionToken") == "again" else arguments)
            if self.errors_with_422 and b"<error code=" in body:
                status = 422
        if arguments.get("verb") == "ListRecords":
            self._lists += 1
            lasting = (Fault.STUCK, Fault.REFUSE_TOKENS)
            fault = self.faults.get(self._lists) or next((f for f in lasting if f in self.faults.values()), None)
            if fault is not None:
                status, headers, body = _spoilt(fault, status, headers, body, arguments)
        start(f"{status} Said", [*headers.items(), ("Content-Length", str(len(body)))])
        return [body]

    def _body(self, arguments: dict[str, str]) -> bytes:
        body = self._oai.handleRequest(dict(arguments))
        return body.encode() if isinstance(body, str) else bytes(body)


class _Repository:
    """What the package asks of a repository."""

    def __init__(self, peer: OaiPeer) -> None:
        self._peer = peer

    def identify(self) -> Any:
        return common.Identify(
            repositoryName="Example repository",
            baseURL=self._peer.url,
            protocolVersion="2.0",
            adminEmails=["repository@example.org"],
            earliestDatestamp=_START,
            deletedRecord="persistent",
            granularity=self._peer.granularity,
            compression=["identity"],
        )

    def listMetadataFormats(self, identifier: str | None = None) -> list[tuple[str, str, str]]:
        namespace = "http://www.openarchives.org/OAI/2.0/oai_dc/"
        return [(PREFIX, "http://www.openarchives.org/OAI/2.0/oai_dc.xsd", namespace)]

    def listSets(self, cursor: int = 0, batch_size: int = 10) -> list[tuple[str, str, str]]:
        names = sorted({name for entry in self._peer.entries for name in entry.sets})
        return [(name, name, "") for name in names][cursor : cursor + batch_size]

    def listIdentifiers(self, **arguments: Any) -> list[Any]:
        return [_header(entry) for entry in self._selected(**arguments)]

    def listRecords(self, **arguments: Any) -> list[Any]:
        return [(_header(entry), _metadata(entry), None) for entry in self._selected(**arguments)]

    def getRecord(self, metadataPrefix: str, identifier: str) -> Any:
        for entry in self._peer.entries:
            if entry.identifier == identifier:
                return _header(entry), _metadata(entry), None
        raise IdDoesNotExistError(identifier)

    def _selected(
        self,
        metadataPrefix: str | None = None,
        set: str | None = None,
        from_: datetime | None = None,
        until: datetime | None = None,
        cursor: int = 0,
        batch_size: int = 10,
    ) -> list[Entry]:
        if metadataPrefix != PREFIX:
            raise CannotDisseminateFormatError(f"Unknown metadata format: {metadataPrefix}")
        return [
            entry
            for entry in self._peer.entries
            if (from_ is None or entry.stamp >= from_)
            and (until is None or entry.stamp <= until)
            and (set is None or set in entry.sets)
        ][cursor : cursor + batch_size]


def _header(entry: Entry) -> Any:
    return common.Header(None, entry.identifier, entry.stamp, list(entry.sets), entry.deleted)


def _metadata(entry: Entry) -> Any:
    return None if entry.deleted else common.Metadata(None, {name: list(texts) for name, texts in entry.fields.items()})


def _error(code: str) -> bytes:
    return (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-11-16T10:00:00Z</responseDate>'
        f'<request>http://127.0.0.1/oai</request><error code="{code}">The value is invalid or expired.</error></OAI-PMH>'
    ).encode()


def _spoilt(
    fault: Fault, status: int, headers: dict[str, str], body: bytes, arguments: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    html = {"Content-Type": "text/html"}
    token = re.compile(rb"<resumptionToken>[^<]*</resumptionToken>")
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
        case Fault.BUSY:
            return 503, html | {"Retry-After": "7"}, b"<html><body>Busy</body></html>"
        case Fault.BUSY_UNTIL:
            now = datetime(2026, 11, 16, 10, tzinfo=UTC)
            dated = {
                "Date": format_datetime(now, True),
                "Retry-After": format_datetime(now + timedelta(seconds=9), True),
            }
            return 503, html | dated, b"<html><body>Busy</body></html>"
        case Fault.BAD_TOKEN:
            return status, headers, _error("badResumptionToken")
        case Fault.REFUSE_TOKENS:
            return status, headers, _error("badResumptionToken") if "resumptionToken" in arguments else body
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
        case Fault.NOT_OAI:
            return 200, headers, b"<?xml version='1.0'?><rss><channel><title>News</title></channel></rss>"
        case Fault.STATUS_404:
            return 404, {"Content-Type": "text/plain"}, b"Not found"
        case Fault.STATUS_500:
            return 500, html, b"<html><body>Internal Server Error</body></html>"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


if __name__ == "__main__":
    with OaiPeer(entries(read(Path(sys.argv[1])), every_deleted=17), port=int((sys.argv[2:] or ["0"])[0])) as running:
        print(f"{len(running.entries)} records at {running.url}", flush=True)
        running._thread.join()
