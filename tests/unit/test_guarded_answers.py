"""The door for untrusted links, against servers that answer byte for byte as they please."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack import clock
from pubtrack.errors import Unreadable
from pubtrack.net.door import public
from pubtrack.net.guarded import Fetched, Guarded
from tests.unit.test_guarded import door

OK = b"HTTP/1.1 200 OK\r\n"
Speak = Callable[[socket.socket], None]


class Bare:
    """A server that reads a request and then says what it was told to, in order of who comes; the last one stays."""

    def __init__(self, *says: bytes | Speak) -> None:
        self.says = list(says)
        self.asked: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            with peer:
                try:
                    self.asked.append(peer.recv(65_536))
                    says = self.says.pop(0) if len(self.says) > 1 else self.says[0]
                    if callable(says):
                        says(peer)
                    else:
                        peer.sendall(says)
                except OSError:
                    continue

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/a"

    def close(self) -> None:
        self._listening.close()


@pytest.fixture
def bare() -> Iterator[Callable[..., Bare]]:
    made: list[Bare] = []

    def serve(*says: bytes | Speak) -> Bare:
        made.append(Bare(*says))
        return made[-1]

    yield serve
    for one in made:
        one.close()


def fetched(server: Bare, **more: Any) -> bytes | str | None:
    """What came, or why nothing did."""
    try:
        return door(**{"deadline": 3, **more})(server.url).content
    except Unreadable as error:
        return str(error)


@pytest.mark.parametrize(
    "address",
    [
        "192.0.0.192",  # metadata of one cloud
        "168.63.129.16",  # of another
        "100.100.100.200",  # of a third
        "192.0.0.8",
        "192.88.99.1",
        "255.255.255.255",
        "3fff::1",
        "2001:4:112::1",
        "2001:1::1",
        "fd00:ec2::254",
        "::ffff:192.0.0.192",
        "2002:c000:c0::1",
        "64:ff9b::a83f:8110",
        "64:ff9b::192.88.99.1",
        "fe80::1%lo",
        "::",
    ],
)
def test_what_is_nobodys_on_the_internet_is_no_public_address(address: str) -> None:
    """Whatever this version of Python holds of it."""
    assert public(address) is False


MORE_HOSTILE = [
    "http://localhost./",
    "http://LOCALHOST/",
    "http://127.0.0.1./",
    "http://0x7f.0.0.1/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://127.000.000.001/",
    "http://0300.0250.1.1/",
    "http://3232235777/",
    "http://192.0.0.192/opc/v2/instance/",
    "http://168.63.129.16/machine",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://[::ffff:c0a8:101]/",
    "http://[3fff::1]/",
    "http://[fe80::1%25lo]/",
    "http://[v1.x]/",
    "http://[127.0.0.1]/",
    "http://127.0.0.1:0/",
    "http://example.org:0/",
    "http://example.org:-80/",
    "http://example.org:8_0/",
    "http://example.org: 80/",
    "http://@127.0.0.1/",
    "http://:@127.0.0.1/",
    "http://example.org%2f@127.0.0.1/",
    "http://example.org;@127.0.0.1/",
    "http://example.org／@127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://127.0.0.1\x00.example.org/",
    "http:\\\\127.0.0.1/",
    "http:127.0.0.1",
    "http:/127.0.0.1/",
    "HTTP+UNIX://%2Frun%2Fdocker.sock/",
    "view-source:http://example.org/",
    "jar:http://example.org!/",
    "ldap://127.0.0.1/",
    "dict://127.0.0.1:11211/stats",
    "sftp://127.0.0.1/",
    "blob:http://example.org/1",
    "http://" + "a" * 64 + ".example.org/",
    "http://exa%5bmple.org/",
    "http://..",
    "http://.example.org/",
]


@pytest.mark.parametrize("url", MORE_HOSTILE)
def test_more_hostile_links_are_refused_without_a_connection(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However an address, a port or a name is written; nothing is asked of a name server but what stands there."""
    attempts: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: attempts.append(address))

    with pytest.raises(Unreadable) as caught:
        Guarded(deadline=5)(url)

    assert attempts == []
    assert str(caught.value).startswith("the link is refused: ") or "cannot be reached" in str(caught.value)


@given(st.text(alphabet=st.sampled_from("htps:/@[]%#?.\\0127xfa \té①／-_"), max_size=40))
@settings(max_examples=300, deadline=None)
def test_no_link_breaks_the_door(tail: str) -> None:
    """Whatever is written in it."""
    with pytest.raises(Unreadable):
        Guarded(allow=lambda _: False, pause=0, deadline=2)(f"http://127.0.0.1{tail}")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        (b"http://[::1", "the link is refused: it is malformed"),
        (b"//[", "the link is refused: it is malformed"),
        (b"http://a:99999/", "the link is refused: it is malformed"),
        (b"\\\\127.0.0.1\\", "the link is refused: it is malformed"),
        (b"http://127.0.0.2\\@127.0.0.1/", "the link is refused: it is malformed"),
        (b"//2130706434/", "the link is refused: 2130706434 is at 127.0.0.2, which is not a public address"),
        (b"http://u@127.0.0.1/", "the link is refused: it carries a user name or a password"),
        (b"ftp://127.0.0.1/", "the link is refused: ftp is neither http nor https"),
        (b"/" + b"a" * 3_000, "the link is refused: it is malformed"),
        (b"", "the link is redirected more than 5 times"),
    ],
)
def test_a_redirect_to_nowhere_is_refused(bare: Callable[..., Bare], location: bytes, expected: str) -> None:
    server = bare(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n")

    assert fetched(server) == expected


@pytest.mark.parametrize(
    ("location", "asked"),
    [("/mijn artikel.pdf", b"/mijn%20artikel.pdf"), ("/één.pdf", b"/%C3%A9%C3%A9n.pdf"), ("b?x=1 2#c", b"/b?x=1%202")],
)
def test_a_redirect_is_read_as_browsers_read_it(bare: Callable[..., Bare], location: str, asked: bytes) -> None:
    server = bare(f"HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: {location}\r\n\r\n".encode(), OK + b"\r\nhello")

    assert fetched(server) == b"hello"
    assert server.asked[1].split()[1] == asked


def pours(start: bytes, more: bytes, sent: list[int]) -> Speak:
    def speak(peer: socket.socket) -> None:
        peer.sendall(start)
        while True:
            sent[0] += peer.send(more)

    return speak


def test_the_body_of_a_redirect_is_not_read(bare: Callable[..., Bare]) -> None:
    """It may be without end, or unpack to more than there is memory."""
    redirect, sent = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Encoding: gzip\r\n\r\n", [0]
    bomb = gzip.compress(bytes(10_000_000))

    assert fetched(bare(pours(redirect + bomb, bomb * 10, sent), OK + b"\r\nhello")) == b"hello"
    assert sent[0] < 20_000_000  # what the sockets hold


@pytest.mark.parametrize(
    ("start", "more"),
    [
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK, b"X: " + b"y" * 60_000 + b"\r\n"),
        (OK + b"X: ", b"y" * 60_000),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1_000),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"y" * 60_000 + b"\r\nx\r\n"),
        (OK + b"\r\n", b"x" * 60_000),
    ],
    ids=["interim answers", "headers", "one header", "trailers", "extensions of chunks", "body"],
)
def test_what_never_ends_is_cut_off(bare: Callable[..., Bare], start: bytes, more: bytes) -> None:
    begun = clock.monotonic()

    said = fetched(bare(pours(start, more, [0])), deadline=1, max_bytes=1_000_000)

    assert said in (
        "it took longer than 1 seconds",
        "it is larger than 1 MB",
        "127.0.0.1 cannot be reached",
        "the connection broke off",
    )
    assert clock.monotonic() - begun < 4


def test_a_name_server_that_says_nothing_does_not_stretch_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def waits(*_: object) -> list[object]:
        clock.sleep(6)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", waits)
    begun = clock.monotonic()

    with pytest.raises(Unreadable, match=r"^it took longer than 0.3 seconds$") as caught:
        door(deadline=0.3)("http://paper.example/")

    assert clock.monotonic() - begun < 2
    assert caught.value.permanent is False


@pytest.mark.parametrize("length", [b"\xb2", b"9" * 5_000, b"-1", b"5, 5", b"", b"0x5"])
def test_a_length_that_is_no_number_is_not_believed(bare: Callable[..., Bare], length: bytes) -> None:
    assert fetched(bare(OK + b"Content-Length: " + length + b"\r\n\r\nhello")) == b"hello"


def test_what_is_compressed_in_parts_is_read_whole(bare: Callable[..., Bare]) -> None:
    """And what stands after them is left; each byte may come by itself."""
    packed = OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"one") + gzip.compress(b"two") + b"\0\0\0"

    def drop_by_drop(peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for place in range(len(packed)):
            peer.sendall(packed[place : place + 1])

    assert fetched(bare(packed)) == b"onetwo"
    assert fetched(bare(drop_by_drop)) == b"onetwo"


@pytest.mark.parametrize("packed", [gzip.compress(b"abc" * 99), zlib.compress(b"abc" * 99)], ids=["gzip", "deflate"])
def test_a_compressed_copy_that_breaks_off_is_not_taken_for_whole(bare: Callable[..., Bare], packed: bytes) -> None:
    """Though nothing said how long it would be: half a text would be `absent`."""
    encoding = b"gzip" if packed.startswith(b"\x1f") else b"deflate"
    head = OK + b"Content-Encoding: " + encoding + b"\r\n\r\n"

    for cut in range(1, len(packed)):
        assert fetched(bare(head + packed[:-cut])) in (b"", "the connection broke off")
    assert fetched(bare(head + packed)) == b"abc" * 99


@pytest.mark.parametrize("body", [b"5\r\nhello\r\n", b"zz\r\nhello\r\n", b"-5\r\nhello\r\n", b"F" * 30 + b"\r\nhello"])
def test_chunks_that_break_off_are_not_taken_for_whole(bare: Callable[..., Bare], body: bytes) -> None:
    assert fetched(bare(OK + b"Transfer-Encoding: chunked\r\n\r\n" + body)) == "the connection broke off"


def test_chunks_count_for_more_than_a_length(bare: Callable[..., Bare]) -> None:
    """RFC 9112, 6.3: the length is then not meant."""
    head = OK + b"Transfer-Encoding: chunked\r\nContent-Length: 50\r\n\r\n"

    assert fetched(bare(head + b"5\r\nhello\r\n0\r\n\r\n")) == b"hello"


@pytest.mark.parametrize("value", [b'"a"\r\n b', b"a" * 2_000, b"\xe9", b"a\x01b"])
def test_only_plain_headers_are_kept(bare: Callable[..., Bare], value: bytes) -> None:
    """They are sent along the next time; a plain one on two lines is one line by then."""
    server = bare(OK + b"ETag: " + value + b"\r\nContent-Type: " + value + b"\r\nContent-Length: 0\r\n\r\n")
    guarded = door()

    kept = guarded(server.url)
    guarded(server.url, etag=kept.etag)

    assert all(seen is None or (seen.isprintable() and len(seen) < 500) for seen in (kept.etag, kept.media_type))
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: *\nCrawl-delay: ²\n",
        "User-agent: *\nRequest-rate: ²/1\n",
        f"User-agent: *\nCrawl-delay: {'9' * 5_000}\n",
        "User-agent: *\nDisallow: http://[::1\n",
        "Disallow: //[\nUser-agent: *\nAllow: //]\n",
    ],
)
def test_a_line_of_robots_txt_that_breaks_its_parser_is_left_out(bare: Callable[..., Bare], robots: str) -> None:
    """The others hold."""
    rest = "\nUser-agent: *\nDisallow: /private\n"
    answer = OK + f"Content-Length: {len((robots + rest).encode())}\r\n\r\n{robots}{rest}".encode()
    server = bare(answer, OK + b"\r\nhello")
    guarded = door(robots=True)

    assert guarded(server.url).content == b"hello"
    with pytest.raises(Unreadable, match=r"\(robots.txt\)$"):
        guarded(server.url.replace("/a", "/private"))
    assert len(server.asked) == 2


PIECES = st.sampled_from(
    [
        *(
            b"HTTP/1.1 200 OK\r\n",
            b"HTTP/1.1 302 F\r\n",
            b"HTTP/1.1 103 H\r\n\r\n",
            b"HTTP/9 abc\r\n",
            b"\r\n",
            b"\r\n\r\n",
        ),
        *(
            b"Location: ",
            b"/a",
            b"//[::1",
            b"http://127.0.0.1:1/",
            b"Content-Length: ",
            b"5",
            b"\xb2",
            b"-1",
            b"Retry-After: ",
        ),
        *(
            b"Content-Encoding: gzip",
            b"Transfer-Encoding: chunked",
            b"ETag: ",
            b"\xff\xfe",
            b"\0",
            b"hello",
            b"5\r\nhello\r\n",
        ),
        *(
            gzip.compress(b"hello"),
            b"Content-Range: bytes 0-1/9",
            b"Set-Cookie: a=b; domain=.",
            b": ",
            b"HTTP/1.1 503 x\r\n",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12), st.booleans())
@settings(max_examples=120, deadline=None)
def test_no_answer_breaks_the_door(pieces: list[bytes], proper: bool) -> None:
    """It is a copy, or it is unreadable."""
    server = Bare((OK if proper else b"") + b"".join(pieces))
    try:
        got = door(deadline=1)(server.url)
    except Unreadable:
        return
    finally:
        server.close()
    assert isinstance(got, Fetched)
