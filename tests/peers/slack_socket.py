"""Slack's Socket Mode on this machine: the methods that answering uses, and the WebSocket over which presses come (RFC 6455)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

APP_TOKEN, BOT_TOKEN = "xapp-not-a-real-token", "xoxb-not-a-real-token"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass
class SocketSlack:
    """Who is there, what was shown, and which presses were acknowledged.

    `next` holds, per method, the errors that the next calls meet; an int is an HTTP status.
    """

    base_url: str = ""
    emails: dict[str, str] = field(default_factory=dict)  # user -> mail address
    updates: list[dict[str, Any]] = field(default_factory=list)
    whispers: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    next: dict[str, list[Any]] = field(default_factory=dict)
    acknowledged: queue.Queue[str] = field(default_factory=queue.Queue)
    connections: int = 0
    _sockets: list[socket.socket] = field(default_factory=list)
    _connected: threading.Event = field(default_factory=threading.Event)

    def press(self, envelope: str, user: str, choice: str, token: str, *, raw: Any = None, block: str = "b1") -> None:
        """Send the press of a button, as a person's click makes Slack do."""
        assert self._connected.wait(10)
        payload = {
            "type": "block_actions",
            "user": {"id": user},
            "channel": {"id": "D1"},
            "message": {
                "ts": "1.0",
                "blocks": [
                    {"type": "section", "block_id": "a1", "text": {"type": "mrkdwn", "text": "Paper"}},
                    {"type": "actions", "block_id": "b1", "elements": []},
                    {"type": "actions", "block_id": "c1", "elements": []},
                ],
            },
            "actions": [{"action_id": f"answer:{choice}", "block_id": block, "value": token, "type": "button"}],
        }
        self.send({"envelope_id": envelope, "type": "interactive", "payload": payload if raw is None else raw})

    def send(self, message: Any) -> None:
        data = message if isinstance(message, bytes) else json.dumps(message).encode()
        head = b"\x81" + (
            bytes([len(data)])
            if len(data) < 126
            else struct.pack("!BH", 126, len(data))
            if len(data) < 65536
            else struct.pack("!BQ", 127, len(data))
        )
        self._sockets[-1].sendall(head + data)

    def heard(self, timeout: float = 10) -> str:
        """Return the next envelope that was acknowledged."""
        return self.acknowledged.get(timeout=timeout)

    def drop(self) -> None:
        """Break the connection off."""
        self._connected.clear()
        with contextlib.suppress(OSError, IndexError):
            self._sockets[-1].shutdown(socket.SHUT_RDWR)

    def answer(self, method: str, token: str, asked: dict[str, Any], socket_url: str) -> tuple[int, Any]:
        self.calls.append(method)
        trouble = self.next.get(method) or []
        met = trouble.pop(0) if trouble else None
        if isinstance(met, int):
            return met, {"ok": False, "error": "ratelimited"}
        if met:
            return 200, {"ok": False, "error": met}
        if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
            return 200, {"ok": False, "error": "invalid_auth"}
        if method == "apps.connections.open":
            return 200, {"ok": True, "url": socket_url}
        if method == "users.info":
            email = self.emails.get(asked["user"])
            return 200, (
                {"ok": True, "user": {"id": asked["user"], "profile": {"email": email}}}
                if email
                else {"ok": False, "error": "user_not_found"}
            )
        (self.updates if method == "chat.update" else self.whispers).append(asked)
        return 200, {"ok": True}

    def serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, ConnectionError):
            request = b""
            while b"\r\n\r\n" not in request:
                request += connection.recv(4096)
            key = next(
                line.split(b":", 1)[1].strip()
                for line in request.split(b"\r\n")
                if line.lower().startswith(b"sec-websocket-key")
            )
            accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
            connection.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept
                + b"\r\n\r\n"
            )
            self._sockets.append(connection)
            self.connections += 1
            self.send({"type": "hello", "num_connections": 1})
            self._connected.set()
            while True:
                opcode, data = _frame(connection)
                if opcode == 8:
                    return
                if opcode == 9:
                    connection.sendall(bytes([0x8A, len(data)]) + data)
                if opcode == 1:
                    self.acknowledged.put(json.loads(data)["envelope_id"])


def _frame(connection: socket.socket) -> tuple[int, bytes]:
    first, second = _exactly(connection, 2)
    length = second & 0x7F
    if length == 126:
        (length,) = struct.unpack("!H", _exactly(connection, 2))
    elif length == 127:
        (length,) = struct.unpack("!Q", _exactly(connection, 8))
    mask = _exactly(connection, 4) if second & 0x80 else b"\0\0\0\0"
    data = _exactly(connection, length)
    return first & 0x0F, bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))


def _exactly(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError
        data += piece
    return data


@contextmanager
def socket_slack() -> Iterator[SocketSlack]:
    """Yield a running Slack with Socket Mode."""
    peer = SocketSlack()
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"ws://127.0.0.1:{listener.getsockname()[1]}/link"

    class Requests(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            if "json" in (self.headers.get("Content-Type") or ""):
                asked = json.loads(body or "{}")
            else:
                asked = {name: values[0] for name, values in parse_qs(body).items()}
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            status, said = peer.answer(self.path.rsplit("/", 1)[-1], token, asked, url)
            content = json.dumps(said).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "0")
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None: ...

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=peer.serve, args=(connection,), daemon=True)
            thread.start()
            threads.append((thread, connection))

    threads: list[tuple[threading.Thread, socket.socket]] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Requests)
    peer.base_url = f"http://127.0.0.1:{server.server_port}/api/"
    running = [
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}),
        threading.Thread(target=accept),
    ]
    for thread in running:
        thread.start()
    try:
        yield peer
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.shutdown()
        server.server_close()
        for thread, connection in threads:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
            thread.join(5)
        for thread in running:
            thread.join()
