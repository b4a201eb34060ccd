"""What the peers of OpenAlex, Europe PMC and DataCite share: real HTTP on loopback, requests counted and kept, bad answers on order.

    with EuropePmcPeer(works) as peer:
        peer.faults[2] = MAINTENANCE
        ... ask peer.url ...
        assert peer.requests == 3

A peer says in `route` what its service answers; a fault takes the place of one answer, or spoils it on the way.
"""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.peers.crossref import Fault

Answer = tuple[int, str, bytes]  # status, Content-Type, body
Query = dict[str, str]
JSON = "application/json"
PAGE = b"<!DOCTYPE html><html><body><h1>Welcome to our website</h1></body></html>"


class Service(ABC):
    """A service. `faults` maps the number of a request (from 1) to its bad answer, `always` is the bad answer to every other one."""

    def __init__(self) -> None:
        self.faults: dict[int, Fault] = {}
        self.always: Fault | None = None
        self.requests = 0
        self.seen: list[Query] = []  # what every request asked
        self.headers: list[dict[str, str]] = []  # and its headers, names in lower case
        self.paths: list[str] = []
        self.extra: dict[str, str] = {}  # headers of every answer
        self._lock = threading.Lock()
        peer = self

        class Handler(_Handler):
            owner = peer

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @abstractmethod
    def route(self, path: str, query: Query, how: str) -> Answer:
        """Given a request, and a fault of the service's own (empty, repeat) or nothing, return the answer."""

    def answer(self, target: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes, str]:
        """Given a request, return status, headers, body and what to do to it on the way."""
        with self._lock:
            self.requests += 1
            parts = urlsplit(target)
            query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
            self.seen.append(query)
            self.headers.append(headers)
            self.paths.append(parts.path)
            fault = self.faults.get(self.requests, self.always)
            if fault is not None and fault.kind == "answer":
                return fault.status, dict(fault.headers), fault.body, ""
            how = fault.kind if fault else ""
            if how == "html":
                return 200, {"Content-Type": "text/html"}, PAGE, ""
            status, kind, body = self.route(parts.path, query, how)
            return status, {"Content-Type": kind} | self.extra, body, how


class _Handler(BaseHTTPRequestHandler):
    owner: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = {name.lower(): value for name, value in self.headers.items()}
        status, headers, body, how = self.owner.answer(self.path, asked)
        if how == "hang_up":
            self.close_connection = True
            self.connection.close()
            return
        if how == "cut_json":
            body = body[: len(body) // 2]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        if how == "cut_body":
            self.close_connection = True
            self.send_header("Connection", "close")
            body = body[: len(body) // 2]
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def as_json(held: Any, status: int = 200) -> Answer:
    """Given what a service says, return it as its answer."""
    return status, JSON, json.dumps(held, ensure_ascii=False).encode()
