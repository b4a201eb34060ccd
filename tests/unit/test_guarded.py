"""The door for untrusted links, against real sockets on this machine."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pubtrack import clock
from pubtrack.errors import Unreadable
from pubtrack.net.door import public
from pubtrack.net.guarded import Guarded

Answer = Callable[[BaseHTTPRequestHandler], None]


class Far:
    """A server that answers as a test says, and counts who came."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        far = self

        class Peer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                far.seen.append((self.path, dict(self.headers.items())))
                far.answers[self.path](self)

            def log_message(self, *_: Any) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


def gives(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(peer: BaseHTTPRequestHandler) -> None:
        peer.send_response(status)
        for name, value in headers.items():
            peer.send_header(name.replace("_", "-"), value)
        peer.send_header("Content-Length", str(len(body)))
        peer.end_headers()
        peer.wfile.write(body)

    return answer


@pytest.fixture
def far() -> Iterator[Far]:
    server = Far()
    yield server
    server.server.shutdown()
    server.server.server_close()


def door(**more: Any) -> Guarded:
    """A door that lets this machine's own addresses through, so that there is something to talk to."""
    return Guarded(
        **{
            "allow": lambda address: address == "127.0.0.1",
            "ports": None,
            "deadline": 5,
            "pause": 0,
            "robots": False,
            **more,
        }
    )


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connect() that happens."""
    attempts: list[Any] = []
    monkeypatch.setattr(
        socket.socket,
        "connect",
        lambda _, address: attempts.append(address) or (_ for _ in ()).throw(OSError("refused")),
    )
    return attempts


HOSTILE = [
    "http://127.0.0.1/",
    "http://localhost/",
    "https://127.0.0.1/paper.pdf",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://192.0.2.1/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[fec0::1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[::ffff:0:127.0.0.1]/",
    "http://[5f00::1]/",
    "http://[2001:db8::1]/",
    "http://198.18.0.1/",
    "http://240.0.0.1/",
    "http://0/",
    "http://①②⑦.0.0.1/",
    "http://127。0。0。1/",
    "http://127.0.0.1%00.example.org/",
    "http://127.0.0.1#@example.org/",
    "ws://example.org/",
    "http://example.org:22/",
    "http://example.org:8080/",
    "https://example.org:6379/",
    "ftp://example.org/paper.pdf",
    "file:///etc/passwd",
    "gopher://example.org/",
    "data:text/html,hello",
    "javascript:alert(1)",
    "http://user:secret@example.org/",
    "http://example.org@127.0.0.1/",
    "http:///paper.pdf",
    "//example.org/paper.pdf",
    "paper.pdf",
    "",
    "http://exa mple.org/",
    "http://example.org/\r\nHost: other",
    "http://example.org\\@127.0.0.1/",
    "http://[::1",
    "http://example.org:99999/",
    "http://example.org/" + "a" * 3000,
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_hostile_link_is_refused_without_a_connection(url: str, connected: list[Any]) -> None:
    """For what is written in it, or for the address behind it: for good, and before any connect()."""
    with pytest.raises(Unreadable, match=r"^the link is refused: ") as caught:
        Guarded()(url)

    assert (connected, caught.value.permanent) == ([], True)


def test_a_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, connected: list[Any]) -> None:
    """All addresses are looked at, not only the first."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: found)

    with pytest.raises(Unreadable) as caught:
        Guarded()("http://paper.example/")

    assert str(caught.value) == "the link is refused: paper.example is at 10.0.0.1, which is not a public address"
    assert connected == []


def test_it_connects_to_the_very_address_it_looked_at(monkeypatch: pytest.MonkeyPatch, connected: list[Any]) -> None:
    """A name server that gives another answer the second time is not asked a second time."""
    asked: list[str] = []

    def rebinding(host: str, *_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34" if len(asked) == 1 else "127.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    with pytest.raises(Unreadable, match="cannot be reached"):
        Guarded()("http://paper.example/")

    assert (asked, connected) == (["paper.example"], [("93.184.216.34", 80)])


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch, connected: list[Any]) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:3128")

    with pytest.raises(Unreadable, match="refused"):
        Guarded()("http://10.1.2.3/")

    assert connected == []


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
    ],
)
def test_public_addresses(address: str, expected: bool) -> None:
    assert public(address) is expected


def test_a_copy_is_fetched(far: Far) -> None:
    """With its media type, where it was found in the end, and what to ask with the next time."""
    far.answers["/a"] = gives(b"", 302, Location="/b")
    far.answers["/b"] = gives(b"%PDF-1.7", Content_Type="Application/PDF; q=1", ETag='"v1"', Last_Modified="yesterday")

    fetched = door()(far.url("/a"))

    assert (fetched.content, fetched.media_type, fetched.final_url) == (b"%PDF-1.7", "application/pdf", far.url("/b"))
    assert (fetched.etag, fetched.last_modified) == ('"v1"', "yesterday")
    assert "Cookie" not in far.seen[-1][1]


def test_an_unchanged_copy_is_not_sent_again(far: Far) -> None:
    far.answers["/a"] = gives(b"", 304)

    fetched = door()(far.url("/a"), etag='"v1"')

    assert fetched.content is None
    assert far.seen[0][1]["If-None-Match"] == '"v1"'


def test_a_redirect_goes_through_the_same_door(far: Far) -> None:
    """A public page that sends us to a private address sends us nowhere."""
    far.answers["/a"] = gives(b"", 302, Location="http://169.254.169.254/latest/")

    with pytest.raises(Unreadable) as caught:
        door()(far.url("/a"))

    assert (
        str(caught.value) == "the link is refused: 169.254.169.254 is at 169.254.169.254, which is not a public address"
    )


def test_a_redirect_to_a_file_is_refused(far: Far) -> None:
    far.answers["/a"] = gives(b"", 302, Location="file:///etc/passwd")

    with pytest.raises(Unreadable, match="file is neither http nor https"):
        door()(far.url("/a"))


def test_redirects_end(far: Far) -> None:
    far.answers["/a"] = gives(b"", 302, Location="/a")

    with pytest.raises(Unreadable, match="redirected more than 5 times"):
        door()(far.url("/a"))

    assert len(far.seen) == 6


def drips(headers: bool) -> Answer:
    def answer(peer: BaseHTTPRequestHandler) -> None:
        try:
            start = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n" + (b"" if headers else b"\r\n")
            peer.wfile.write(start)
            for _ in range(100):
                peer.wfile.write(b"X: y\r\n" if headers else b"x")
                peer.wfile.flush()
                clock.sleep(0.1)
        except OSError:
            return

    return answer


@pytest.mark.parametrize("headers", [False, True], ids=["body", "headers"])
def test_a_slow_drip_does_not_stretch_the_deadline(far: Far, headers: bool) -> None:
    """Every byte comes well in time, and all of them would take ten seconds."""
    far.answers["/a"] = drips(headers)
    begun = clock.monotonic()

    with pytest.raises(Unreadable, match=r"^it took longer than 0.6 seconds$") as caught:
        door(deadline=0.6)(far.url("/a"))

    assert clock.monotonic() - begun < 2
    assert caught.value.permanent is False


def test_a_decompression_bomb_is_cut_off(far: Far) -> None:
    """The cap counts what comes out, not what is sent."""
    far.answers["/a"] = gives(gzip.compress(b"0" * 50_000_000), Content_Encoding="gzip")

    with pytest.raises(Unreadable, match=r"^it is larger than 1 MB$"):
        door(max_bytes=1_000_000)(far.url("/a"))


def test_compressed_answers_are_read(far: Far) -> None:
    far.answers["/a"] = gives(gzip.compress(b"hello" * 1000), Content_Encoding="gzip")
    far.answers["/b"] = gives(zlib.compress(b"hello"), Content_Encoding="deflate")
    far.answers["/c"] = gives(b"no gzip", Content_Encoding="gzip")

    assert door()(far.url("/a")).content == b"hello" * 1000
    assert door()(far.url("/b")).content == b"hello"
    with pytest.raises(Unreadable, match="cannot be decompressed"):
        door()(far.url("/c"))


def test_a_long_answer_is_cut_off(far: Far) -> None:
    far.answers["/a"] = gives(b"0" * 3_000_000)

    with pytest.raises(Unreadable, match="larger than 1 MB"):
        door(max_bytes=1_000_000)(far.url("/a"))


def breaks_off(peer: BaseHTTPRequestHandler) -> None:
    peer.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")


def test_a_copy_that_breaks_off_is_not_taken_for_whole(far: Far) -> None:
    far.answers["/a"] = breaks_off

    with pytest.raises(Unreadable, match="the connection broke off") as caught:
        door()(far.url("/a"))

    assert caught.value.permanent is False


@pytest.mark.parametrize(
    ("status", "permanent"), [(404, True), (410, True), (403, True), (401, True), (500, False), (503, False)]
)
def test_what_can_be_tried_again_is_told_apart(far: Far, status: int, permanent: bool) -> None:
    far.answers["/a"] = gives(b"", status)

    with pytest.raises(Unreadable) as caught:
        door()(far.url("/a"))

    assert (str(caught.value), caught.value.permanent) == (f"127.0.0.1 answered {status}", permanent)


def test_retry_after_is_obeyed_within_a_run(far: Far) -> None:
    """A host that asked us to wait is not asked again by the next link."""
    far.answers["/a"] = gives(b"", 429, Retry_After="120")
    guarded = door()

    for expected in ("127.0.0.1 answered 429", "127.0.0.1 asked us to come back later"):
        with pytest.raises(Unreadable) as caught:
            guarded(far.url("/a"))
        assert (str(caught.value), caught.value.permanent) == (expected, False)
        assert caught.value.retry_after == pytest.approx(120, abs=2)

    assert len(far.seen) == 1


def test_a_host_that_is_not_there_can_be_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    with pytest.raises(Unreadable, match=r"^127.0.0.1 cannot be reached$") as caught:
        door()(f"http://127.0.0.1:{port}/")

    assert caught.value.permanent is False


ROBOTS = b"User-agent: *\nDisallow: /private\nCrawl-delay: 0.2\n\nUser-agent: other\nDisallow: /\n"


def test_what_a_host_asks_of_programs_is_respected(far: Far) -> None:
    """robots.txt is read once, before anything else; what it forbids is not asked for."""
    far.answers |= {"/robots.txt": gives(ROBOTS), "/a": gives(b"a"), "/b": gives(b"b")}
    guarded = door(robots=True)

    assert [guarded(far.url(path)).content for path in ("/a", "/b")] == [b"a", b"b"]
    with pytest.raises(Unreadable) as caught:
        guarded(far.url("/private/paper.pdf"))

    assert (str(caught.value), caught.value.permanent) == (
        "127.0.0.1 asks programs not to read it (robots.txt)",
        True,
    )
    assert [path for path, _ in far.seen] == ["/robots.txt", "/a", "/b"]


def test_a_redirect_into_what_is_forbidden_is_not_followed(far: Far) -> None:
    far.answers |= {"/robots.txt": gives(ROBOTS), "/a": gives(b"", 302, Location="/private/paper.pdf")}

    with pytest.raises(Unreadable, match="asks programs not to read it"):
        door(robots=True)(far.url("/a"))

    assert [path for path, _ in far.seen] == ["/robots.txt", "/a"]


@pytest.mark.parametrize(("status", "read"), [(404, True), (403, True), (503, False), (429, False)])
def test_a_host_that_cannot_say_what_it_asks_is_left_alone(far: Far, status: int, read: bool) -> None:
    """Where there is no robots.txt all may be read; where it cannot be had now, nothing is, until another day."""
    far.answers |= {"/robots.txt": gives(b"", status), "/a": gives(b"a")}
    guarded = door(robots=True)

    if read:
        assert guarded(far.url("/a")).content == b"a"
        return
    for _ in range(2):
        with pytest.raises(Unreadable, match=f"^127.0.0.1 answered {status}$") as caught:
            guarded(far.url("/a"))
        assert caught.value.permanent is False
    assert [path for path, _ in far.seen] == ["/robots.txt"]


@pytest.mark.parametrize(
    "text", [b"\xff\xfe\x00", b"Disallow: /\n" * 100_000, b"User-agent: *\nCrawl-delay: 1e9\n", b""]
)
def test_a_robots_txt_that_makes_no_sense_forbids_nothing(far: Far, text: bytes) -> None:
    far.answers |= {"/robots.txt": gives(text), "/a": gives(b"a")}

    assert door(robots=True)(far.url("/a")).content == b"a"


def test_there_is_a_pause_between_two_requests_to_a_host(far: Far) -> None:
    far.answers["/a"] = gives(b"a")
    guarded = door(pause=0.2)
    begun = clock.monotonic()

    for _ in range(3):
        guarded(far.url("/a"))

    assert 0.4 <= clock.monotonic() - begun < 2


def test_retry_after_may_be_a_date(far: Far) -> None:
    when = clock.now("UTC") + timedelta(minutes=10)
    far.answers["/a"] = gives(b"", 503, Retry_After=format_datetime(when, usegmt=False))
    far.answers["/b"] = gives(b"", 503, Retry_After="soon")

    waits = []
    for path in ("/a", "/b"):
        with pytest.raises(Unreadable) as caught:
            door()(far.url(path))
        waits.append(caught.value.retry_after)

    assert waits == [pytest.approx(600, abs=5), 3600]
