"""Slack on this machine: the two methods that pubtrack calls, its errors, its throttle and its breakdowns."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from pubtrack import clock

TOKEN = "xoxb-not-a-real-token"


@dataclass
class SlackServer:
    """Who is there, what was posted, and what goes wrong next.

    `next` holds, per method, what the next calls meet: an error's name, an HTTP status, (429, seconds), "drop" (it does what it is
    asked and breaks off) or "page" (a proxy's page).
    """

    base_url: str = ""
    users: dict[str, str] = field(default_factory=dict)  # mail address -> user
    posts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    next: dict[str, list[Any]] = field(default_factory=dict)
    token: str = TOKEN
    deactivated: set[str] = field(default_factory=set)  # users who are found and gone
    hooked: list[dict[str, Any]] = field(default_factory=list)  # what came by the incoming webhook
    meets: Callable[[str], None] = lambda moment: None  # told what was just done, before it is answered

    @property
    def webhook(self) -> str:
        """Return the address of the incoming webhook: whoever knows it can post."""
        return self.base_url.replace("/api/", "/services/T0/B0/not-a-real-secret")

    def answer(self, method: str, token: str, asked: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
        self.calls.append(method)
        trouble = self.next.get(method) or []
        met = trouble.pop(0) if trouble else None
        if isinstance(met, tuple):
            return met[0], {"Retry-After": str(met[1])}, {"ok": False, "error": "ratelimited"}
        if isinstance(met, int):
            return met, {}, None
        if met == "page":
            return 502, {}, "<html><h1>Bad Gateway</h1></html>"
        if method == "not-a-real-secret":
            if isinstance(met, str) and met != "drop":
                return 404, {}, met
            self.hooked.append(asked)
            return (0 if met == "drop" else 200), {}, "ok"
        if met is not None and met not in ("drop", "hang"):
            return 200, {}, {"ok": False, "error": met}
        if met == "hang":
            clock.sleep(2)
        if token != self.token:
            return 200, {}, {"ok": False, "error": "invalid_auth"}
        if method == "auth.test":
            return 200, {}, {"ok": True, "user": "pubtrack", "team": "Example"}
        if method == "users.lookupByEmail":
            self.meets("looked up")
            user = self.users.get(asked["email"])
            return (
                200,
                {},
                {"ok": True, "user": {"id": user, "deleted": user in self.deactivated}}
                if user
                else {"ok": False, "error": "users_not_found"},
            )
        self.posts.append(asked)
        self.meets("posted")
        self.meets("post answered")
        return (0 if met == "drop" else 200), {}, {"ok": True, "ts": "1.0", "channel": asked["channel"]}


@contextmanager
def slack_server() -> Iterator[SlackServer]:
    """Yield a running Slack."""
    peer = SlackServer()

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if "json" in (self.headers.get("Content-Type") or ""):
                asked = json.loads(body or "{}")
            else:
                asked = {name: values[0] for name, values in parse_qs(body).items()}
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            status, headers, said = peer.answer(self.path.rsplit("/", 1)[-1], token, asked)
            if status == 0:
                self.close_connection = True
                return
            content = said.encode() if isinstance(said, str) else json.dumps(said or {}).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header(
                "Content-Type", "text/html" if isinstance(said, str) else "application/json; charset=utf-8"
            )
            self.send_header("Content-Length", str(len(content)))
            with suppress(OSError):  # who asked may have gone
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    peer.base_url = f"http://127.0.0.1:{server.server_port}/api/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
