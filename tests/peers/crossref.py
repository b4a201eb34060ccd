"""A Crossref REST API to talk to: real HTTP on loopback, with the real one's cursors, filters, headers, errors and bad days.

    with CrossrefPeer(works) as peer:
        ... ask peer.url ...
        assert peer.requests == 3

Shapes follow recorded exchanges of 2021 to 2026. As there, a cursor is a scroll: every page of a list brings the same string, the place
lies with the server and moves on when a page is asked for, whether or not the answer arrives.

As a process of its own: python -m tests.peers.crossref WORKS.jsonl[.gz] [PORT]
"""

from __future__ import annotations

import base64
import gzip
import json
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

GATEWAY = (
    b"<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body>\r\n"
    b"<center><h1>504 Gateway Time-out</h1></center>\r\n</body>\r\n</html>\r\n"
)
PARAMETERS = frozenset(
    "rows cursor filter query query.author query.affiliation query.bibliographic sort order select offset sample mailto facet".split()  # noqa: SIM905
)
JSON = "application/json"


@dataclass(frozen=True)
class Fault:
    """One bad answer. `loses` says that the list had moved on by then, as when an answer is lost on the way back."""

    status: int = 0
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    kind: str = "answer"  # answer | hang_up | cut_json | cut_body | empty | short | repeat | html | wrong_doi
    loses: bool = False


def busy(retry_after: str | None = None, *, status: int = 429) -> Fault:
    """Too many requests, with Retry-After in either form; the JSON holds a string where a list is usual."""
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return Fault(status, b'{"status":"error","message":"Rate limit exceeded"}', (("Content-Type", JSON), *headers))


def gateway(*, loses: bool = False) -> Fault:
    """The load balancer's HTML page."""
    return Fault(504, GATEWAY, (("Content-Type", "text/html"),), loses=loses)


BLOCKED = Fault(403, b"Forbidden", (("Content-Type", "text/plain"),))
HANG_UP = Fault(kind="hang_up", loses=True)
CUT_JSON = Fault(kind="cut_json", loses=True)
CUT_BODY = Fault(kind="cut_body", loses=True)
EMPTY = Fault(kind="empty")
SHORT = Fault(kind="short")  # fewer works than asked for, though more are there
REPEAT = Fault(kind="repeat")
MAINTENANCE = Fault(kind="html")
WRONG_DOI = Fault(kind="wrong_doi")


@dataclass(slots=True)
class _Entry:
    """A work, and what the filters ask of it."""

    doi: str
    json: bytes
    indexed: str
    deposited: str
    published: str
    type: str
    orcids: frozenset[str]
    rors: frozenset[str]
    authors: frozenset[str]
    affiliations: frozenset[str]

    def shown(self, fields: list[str] | None) -> bytes:
        """The work, or those of its fields that were selected."""
        if fields is None:
            return self.json
        held = json.loads(self.json)
        return json.dumps({name: held[name] for name in fields if name in held}, separators=(",", ":")).encode()


@dataclass
class _Scroll:
    entries: list[_Entry]
    offset: int = 0
    used: float = field(default_factory=time.monotonic)


class CrossrefPeer:
    """The peer. `works` are works as the API gives them; `faults` maps the number of a request (from 1) to its bad answer,
    `always` is the bad answer to every other one.
    """

    def __init__(
        self,
        works: Iterable[Mapping[str, Any]],
        *,
        limit: int = 10_000,
        interval: str = "1s",
        enforce: bool = False,
        cursor_life: float = 300,
        port: int = 0,
    ) -> None:
        self.faults: dict[int, Fault] = {}
        self.always: Fault | None = None
        self.limit, self.interval, self.enforce, self.cursor_life = limit, interval, enforce, cursor_life
        self.requests = 0
        self.refused = 0  # by the rate limit
        self.sent = 0  # bytes of bodies, as they went over the line
        self.seen: list[str] = []  # path and query of every request
        self.agents: set[str] = set()
        self._entries: dict[str, _Entry] = {}
        for work in works:
            self.put(work)
        self._scrolls: dict[str, _Scroll] = {}
        self._lock = threading.Lock()
        self._times: list[float] = []
        peer = self

        class Handler(_Handler):
            owner = peer

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def put(self, work: Mapping[str, Any]) -> None:
        """Add a work, or replace it."""
        entry = _entry(work)
        self._entries[entry.doi] = entry

    def take(self, other: CrossrefPeer) -> None:
        """Add all works of another peer."""
        self._entries |= other._entries

    def close(self) -> None:
        """Close a peer that was never started."""
        self._server.server_close()

    def expire_cursors(self) -> None:
        """Let every cursor die, as they do after about five minutes."""
        self._scrolls.clear()

    def __enter__(self) -> CrossrefPeer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, target: str, agent: str) -> tuple[int, list[tuple[str, str]], bytes, str]:
        """Given a request, return status, headers, body and what to do to it on the way."""
        with self._lock:
            self.requests += 1
            self.seen.append(target)
            self.agents.add(agent)
            parts = urlsplit(target)
            single = parts.path.startswith("/works/")
            pool = "polite" if "mailto:" in agent or "mailto=" in parts.query else "public"
            headers = [
                ("x-api-pool", f"{pool}-{'single' if single else 'array'}"),
                ("x-rate-limit-limit", str(self.limit)),
                ("x-rate-limit-interval", self.interval),
                ("x-concurrency-limit", "3" if pool == "polite" else "1"),
                ("access-control-allow-origin", "*"),
                ("vary", "Accept-Encoding"),
            ]
            if self.enforce and self._too_fast():
                self.refused += 1
                return 429, [*headers, ("Content-Type", JSON)], busy().body, ""
            fault = self.faults.get(self.requests, self.always)
            if fault is not None and fault.kind == "answer":
                if fault.loses:
                    self._route(parts.path, parts.query, "")
                return fault.status, [*headers, *fault.headers], fault.body, ""
            how = fault.kind if fault else ""
            status, kind, body = self._route(parts.path, parts.query, how)
            return status, [*headers, ("Content-Type", kind)], body, how

    def _too_fast(self) -> bool:
        now = time.monotonic()
        self._times = [then for then in self._times if now - then < 1] + [now]
        return len(self._times) > self.limit

    def _route(self, path: str, query: str, how: str) -> tuple[int, str, bytes]:
        if how == "html":
            return 200, "text/html", b"<html><body>Scheduled maintenance</body></html>"
        if path.rstrip("/") == "/works":
            return self._list(parse_qs(query, keep_blank_values=True), how)
        if path.startswith("/works/"):
            entry = self._entries.get(unquote(path.removeprefix("/works/")).lower())
            if how == "wrong_doi":
                entry = next(iter(self._entries.values()))
            if entry is not None:
                return 200, JSON, _message(b"work", entry.json)
            return 404, "text/plain;charset=utf-8", b"Resource not found."
        return 404, f"{JSON};charset=utf-8", b"Resource not found."

    def _list(self, query: dict[str, list[str]], how: str) -> tuple[int, str, bytes]:
        for name in query:
            if name not in PARAMETERS:
                return _refusal(
                    "parameter-not-found", name, f"Parameter {name} specified but there is no such parameter"
                )
        rows_text = query.get("rows", ["20"])[0]
        if not rows_text.isdecimal() or int(rows_text) > 1000:
            text = f"Integer specified as {rows_text} but must be a positive integer less than or equal to 1000. "
            return _refusal("integer-not-valid", rows_text, text)
        rows, cursor = int(rows_text), query.get("cursor", [""])[0]
        if cursor not in ("", "*"):
            scroll = self._scrolls.get(cursor)
            if scroll is None or time.monotonic() - scroll.used > self.cursor_life:
                return _refusal("cursor-invalid", cursor, "Cursor specified but it is invalid", status=404)
        else:
            try:
                scroll = _Scroll(self._found(query))
            except _UnknownFilter as unknown:
                text = f"Filter {unknown} specified but there is no such filter for this route."
                return _refusal("filter-not-available", str(unknown), text)
            if cursor:
                cursor = base64.b64encode(f"DnF1ZXJ5VGhlbkZldGNo+/{self.requests}".encode()).decode() + "=="
                self._scrolls[cursor] = scroll
        scroll.used = time.monotonic()
        if how == "empty":
            page: list[_Entry] = []
        elif how == "repeat":
            page = scroll.entries[max(0, scroll.offset - rows) : scroll.offset]
        else:
            page = scroll.entries[scroll.offset : scroll.offset + rows - (how == "short")]
            scroll.offset += len(page)
        head: dict[str, Any] = {"facets": {}} | ({"next-cursor": cursor} if cursor else {})
        head |= {"total-results": len(scroll.entries), "items-per-page": rows}
        fields = query["select"][0].split(",") if "select" in query else None
        head["query"] = {"start-index": 0, "search-terms": query.get("query", [None])[0]}
        text = json.dumps(head, separators=(",", ":"))[:-1].encode()
        return (
            200,
            JSON,
            _message(b"work-list", text + b',"items":[' + b",".join(entry.shown(fields) for entry in page) + b"]}"),
        )

    def _found(self, query: dict[str, list[str]]) -> list[_Entry]:
        found: Iterable[_Entry] = self._entries.values()
        asked: dict[str, set[str]] = {}
        for part in filter(None, ",".join(query.get("filter", [])).split(",")):
            name, _, value = part.partition(":")
            asked.setdefault(name, set()).add(value)
        for name in asked:
            if name not in FILTERS:
                raise _UnknownFilter(name)
        if "orcid" in asked:  # many of them at once, and there may be some ten thousand works
            wanted = {value.rsplit("/", 1)[-1].upper() for value in asked.pop("orcid")}
            found = [entry for entry in found if not wanted.isdisjoint(entry.orcids)]
        if "doi" in asked:
            found = [self._entries[name.lower()] for name in asked.pop("doi") if name.lower() in self._entries]
        for name, values in asked.items():
            test = FILTERS[name]
            found = [entry for entry in found if any(test(entry, value) for value in values)]
        searched = [
            (field_, _words(query[name][0]))
            for name, field_ in (("query.author", "authors"), ("query.affiliation", "affiliations"))
            if name in query
        ]
        if not searched:
            return list(found)
        scored = [(sum(len(words & getattr(entry, field_)) for field_, words in searched), entry) for entry in found]
        return [entry for score, entry in sorted(scored, key=lambda pair: -pair[0]) if score > 0]


class _UnknownFilter(Exception):
    pass


FILTERS: dict[str, Callable[[_Entry, str], bool]] = {
    "orcid": lambda entry, value: value.rsplit("/", 1)[-1].upper() in entry.orcids,
    "ror-id": lambda entry, value: value.rsplit("/", 1)[-1].lower() in entry.rors,
    "doi": lambda entry, value: value.lower() == entry.doi,
    "type": lambda entry, value: value == entry.type,
    "from-index-date": lambda entry, value: entry.indexed >= value,
    "until-index-date": lambda entry, value: entry.indexed[: len(value)] <= value,
    "has-orcid": lambda entry, value: bool(entry.orcids) is (value == "true"),
    "from-update-date": lambda entry, value: entry.deposited >= value,
    "until-update-date": lambda entry, value: entry.deposited[: len(value)] <= value,
    "from-pub-date": lambda entry, value: entry.published >= value,
    "until-pub-date": lambda entry, value: entry.published[: len(value)] <= value,
}


class _Handler(BaseHTTPRequestHandler):
    owner: CrossrefPeer
    protocol_version = "HTTP/1.1"
    server_version = "Jetty(9.4.40.v20210413)"
    wbufsize = 65_536

    def do_GET(self) -> None:
        status, headers, body, how = self.owner.answer(self.path, self.headers.get("User-Agent", ""))
        if how == "hang_up":
            self.close_connection = True
            self.wfile.flush()
            self.connection.close()
            return
        if how == "cut_json":
            body = body[: len(body) // 2]
        if status == 200 and len(body) > 1_000 and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 1)
            headers.append(("Content-Encoding", "gzip"))
        self.owner.sent += len(body)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if how == "cut_body":
            self.close_connection = True
            self.send_header("Connection", "close")
            body = body[: len(body) // 2]
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return self.server_version

    def log_message(self, format: str, *args: Any) -> None:
        pass


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Given JSON lines, gzipped or not, yield the works in them."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _entry(work: Mapping[str, Any]) -> _Entry:
    people = [author for author in work.get("author") or [] if isinstance(author, dict)]
    others = [
        one for role in ("editor", "chair", "translator") for one in work.get(role) or [] if isinstance(one, dict)
    ]
    places = [place for author in people for place in author.get("affiliation") or [] if isinstance(place, dict)]
    ids = [one for place in places for one in place.get("id") or [] if isinstance(one, dict)]
    parts = ((work.get("issued") or {}).get("date-parts") or [[]])[0] or []
    return _Entry(
        doi=str(work["DOI"]).lower(),
        json=json.dumps(work, ensure_ascii=False, separators=(",", ":")).encode(),
        indexed=str((work.get("indexed") or {}).get("date-time") or "")[:10],
        deposited=str((work.get("deposited") or work.get("indexed") or {}).get("date-time") or "")[:10],
        published="-".join(f"{part:02d}" for part in parts if isinstance(part, int)),
        type=str(work.get("type")),
        orcids=frozenset(
            str(author["ORCID"]).rsplit("/", 1)[-1].upper() for author in people + others if author.get("ORCID")
        ),
        rors=frozenset(str(one.get("id")).rsplit("/", 1)[-1].lower() for one in ids),
        authors=_words(" ".join(f"{a.get('given', '')} {a.get('family', '')} {a.get('name', '')}" for a in people)),
        affiliations=_words(" ".join(str(place.get("name", "")) for place in places)),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.lower().replace(",", " ").split())


def _message(kind: bytes, body: bytes) -> bytes:
    return b'{"status":"ok","message-type":"' + kind + b'","message-version":"1.0.0","message":' + body + b"}"


def _refusal(kind: str, value: str, text: str, *, status: int = 400) -> tuple[int, str, bytes]:
    what = "resource-failure" if status == 404 else "validation-failure"
    fault = {"status": "failed", "message-type": what, "message": [{"type": kind, "value": value, "message": text}]}
    return status, f"{JSON};charset=utf-8", json.dumps(fault).encode()


if __name__ == "__main__":
    with CrossrefPeer(read(Path(sys.argv[1])), port=int(sys.argv[2]) if len(sys.argv) > 2 else 0) as running:
        print(running.url, flush=True)
        threading.Event().wait()
