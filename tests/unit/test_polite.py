"""net/polite.py against a real local server, on a clock that only moves when something sleeps."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from pubtrack.errors import SourceBlocked, SourceError
from pubtrack.net.polite import PoliteSession, _proxies
from tests.peers.hourglass import Hourglass


@pytest.fixture
def time() -> Hourglass:
    return Hourglass()


@pytest.fixture
def session(time: Hourglass) -> Iterator[PoliteSession]:
    made = PoliteSession("crossref", user_agent="pubtrack/0 (mailto:dcc@example.org)", timeout=5, time=time)
    yield made
    made.close()


@dataclass
class Wire:
    """A server that sends given bytes, one connection each, and hangs up."""

    answers: list[list[bytes]]
    pause: float = 0

    def __enter__(self) -> str:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}/works"

    def _serve(self) -> None:
        for pieces in self.answers:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                for piece in pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        break
                    if self.pause and self.stop.wait(self.pause):
                        break

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


FINE = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine"]


def answers(server: HTTPServer, *responses: Response) -> None:
    """Answer the coming requests with these, in this order."""
    for response in responses:
        server.expect_oneshot_request("/works").respond_with_response(response)


def test_it_says_who_it_is(httpserver: HTTPServer, session: PoliteSession) -> None:
    httpserver.expect_request(
        "/works", headers={"User-Agent": "pubtrack/0 (mailto:dcc@example.org)"}
    ).respond_with_data("fine")

    assert session.get(httpserver.url_for("/works")).content == b"fine"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_refusal_is_an_answer_for_the_caller_to_read(
    httpserver: HTTPServer, session: PoliteSession, time: Hourglass, status: int
) -> None:
    answers(httpserver, Response("Resource not found.", status))

    response = session.get(httpserver.url_for("/works"))

    assert (response.status, response.content, session.requests, time.slept) == (status, b"Resource not found.", 1, [])


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again_after_growing_waits(
    httpserver: HTTPServer, session: PoliteSession, time: Hourglass, status: int
) -> None:
    answers(httpserver, Response("", status), Response("", status), Response("fine"))

    assert session.get(httpserver.url_for("/works")).content == b"fine"
    assert (time.slept, session.requests) == ([1, 2], 3)


def test_tries_are_bounded(httpserver: HTTPServer, session: PoliteSession, time: Hourglass) -> None:
    answers(httpserver, *[Response("", 504)] * 5)

    with pytest.raises(SourceError) as raised:
        session.get(httpserver.url_for("/works"))

    assert (
        str(raised.value)
        == "crossref: localhost answered 504, 5 times in a row. The next run tries again; if that goes on,"
        " look at `url` of this source."
    )
    assert time.slept == [1, 2, 4, 8]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ("Retry-After: 7", 7),
        ("Retry-After: Mon, 16 Nov 2026 11:00:30 GMT", 30),
        ("Date: Mon, 16 Nov 2026 12:00:00 GMT\r\nRetry-After: Mon, 16 Nov 2026 12:00:30 GMT", 30),
        ("Retry-After: Mon, 16 Nov 2026 10:00:00 GMT", None),
        ("Retry-After: in a moment", 1),
    ],
)
def test_retry_after_is_obeyed_in_both_its_forms(
    session: PoliteSession, time: Hourglass, headers: str, wait: float | None
) -> None:
    """A date is read against the service's own clock where it shows one; one in the past asks for no wait."""
    busy = [f"HTTP/1.1 429 Too Many Requests\r\n{headers}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()]
    with Wire([busy, FINE]) as url:
        assert session.get(url).content == b"fine"

    assert time.slept == ([] if wait is None else [wait])


def test_a_wait_that_is_too_long_ends_the_asking(
    httpserver: HTTPServer, session: PoliteSession, time: Hourglass
) -> None:
    answers(httpserver, Response("", 503, headers={"Retry-After": "3600"}))

    with pytest.raises(SourceError) as raised:
        session.get(httpserver.url_for("/works"))

    assert (
        str(raised.value)
        == "crossref: localhost asks to be left alone for 3600 seconds. The next run goes on from here."
    )
    assert (raised.value.retry_after, time.slept) == (3600, [])


def test_a_block_stops_at_once(httpserver: HTTPServer, session: PoliteSession) -> None:
    answers(httpserver, Response("", 403))

    with pytest.raises(SourceBlocked) as raised:
        session.get(httpserver.url_for("/works"))

    assert str(raised.value) == (
        "crossref: localhost answered 403, which means it has blocked us. Nothing more is asked of it in this run;"
        " ask its operator why before the next one."
    )
    assert session.requests == 1


@pytest.mark.parametrize(
    ("said", "gap"),
    [
        ("3 1s", 1 / 3),
        ("10 1s", 0.1),
        ("50 1m", 1.2),
        ("5 500ms", 0.1),
        ("0 1s", None),
        ("x 1s", None),
        ("5 soon", None),
    ],
)
def test_the_pace_is_what_the_headers_say(
    httpserver: HTTPServer, session: PoliteSession, time: Hourglass, said: str, gap: float | None
) -> None:
    limit, interval = said.split()
    headers = {"x-rate-limit-limit": limit, "x-rate-limit-interval": interval, "x-concurrency-limit": "1"}
    httpserver.expect_request("/works").respond_with_data("fine", headers=headers)

    for _ in range(4):
        session.get(httpserver.url_for("/works"))

    assert time.slept == pytest.approx([] if gap is None else [gap] * 3)


def test_a_body_is_capped_once_unpacked(httpserver: HTTPServer) -> None:
    session = PoliteSession("crossref", user_agent="pubtrack/0", max_bytes=1_000_000)
    packed = gzip.compress(bytes(50_000_000))
    httpserver.expect_request("/works").respond_with_data(packed, headers={"Content-Encoding": "gzip"})

    with pytest.raises(SourceError) as raised:
        session.get(httpserver.url_for("/works"))

    assert len(packed) < 100_000
    assert str(raised.value) == "crossref: an answer is larger than 1 MB once unpacked, so it was not read."


def test_a_gzipped_body_is_unpacked(httpserver: HTTPServer, session: PoliteSession) -> None:
    body = b"0123456789" * 100_000
    httpserver.expect_request("/works").respond_with_data(gzip.compress(body), headers={"Content-Encoding": "gzip"})

    assert session.get(httpserver.url_for("/works")).content == body


def test_a_broken_gzip_is_tried_again(httpserver: HTTPServer, session: PoliteSession) -> None:
    answers(httpserver, Response(b"not gzip", headers={"Content-Encoding": "gzip"}), Response("fine"))

    assert session.get(httpserver.url_for("/works")).content == b"fine"


def test_redirects_are_followed_but_not_for_ever(httpserver: HTTPServer, session: PoliteSession) -> None:
    httpserver.expect_request("/works").respond_with_response(Response("", 301, headers={"Location": "/works"}))

    with pytest.raises(SourceError) as raised:
        session.get(httpserver.url_for("/works"))

    assert str(raised.value) == "crossref: the address redirects without end. Look at `url` of this source."


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1/", "http://", "http://[::1/?key=secret"])
def test_a_bad_address_is_told_without_repeating_it(session: PoliteSession, url: str) -> None:
    """The URL may hold a key, so no message shows it."""
    with pytest.raises(SourceError) as raised:
        session.get(url)

    assert "Look at `url` of this source." in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param([], id="hangs up"),
        pytest.param([b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nfine"], id="shorter than announced"),
        pytest.param(
            [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n400\r\nfine"], id="cut off in the middle of a chunk"
        ),
    ],
)
def test_a_broken_answer_is_never_taken_for_a_whole_one(
    session: PoliteSession, time: Hourglass, broken: list[bytes]
) -> None:
    with Wire([broken, FINE]) as url:
        assert session.get(url).content == b"fine"

    assert (time.slept, session.requests) == ([1], 2)


def test_a_slow_drip_meets_the_deadline() -> None:
    session = PoliteSession("crossref", user_agent="pubtrack/0", timeout=0.3, retries=0)
    drip = [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", *[b"x"] * 1000]
    with Wire([drip], pause=0.05) as url, pytest.raises(SourceError) as raised:
        session.get(url)

    assert (
        str(raised.value)
        == "crossref: 127.0.0.1 took longer than 0 seconds over one answer. The next run tries again; if that goes on,"
        " look at `url` of this source."
    )


def test_nobody_there(session: PoliteSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(SourceError) as raised:
        session.get(f"http://127.0.0.1:{port}/works?key=secret")

    assert str(raised.value) == (
        "crossref: 127.0.0.1 could not be reached or hung up, 5 times in a row. The next run tries again; if that goes on,"
        " look at `url` of this source."
    )


def test_a_header_cannot_be_smuggled_in_by_a_setting(httpserver: HTTPServer) -> None:
    session = PoliteSession("crossref", user_agent="pubtrack/0 (mailto:a@example.org)\r\nX-Evil: 1")

    with pytest.raises(SourceError, match=r"Look at `url` of this source\."):
        session.get(httpserver.url_for("/works"))


def test_netrc_is_not_read(httpserver: HTTPServer, session: PoliteSession, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login someone password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[str | None] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers.get("Authorization"))
        return Response("fine")

    httpserver.expect_request("/works").respond_with_handler(answer)
    session.get(httpserver.url_for("/works"))

    assert seen == [None]


def test_the_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example.org:3128")
    monkeypatch.setenv("no_proxy", "intranet.example.org")

    assert _proxies("http://127.0.0.1:8000/works") == {}
    assert _proxies("http://intranet.example.org/oai") == {}
    assert _proxies("http://api.example.org/works")["http"] == "http://proxy.example.org:3128"


def test_a_service_may_have_refusals_of_its_own(httpserver: HTTPServer, time: Hourglass) -> None:
    """They come before what statuses usually mean, and are not tried again."""
    answers(httpserver, Response("fine"), Response("used up", status=429, headers={"Retry-After": "5"}))
    session = PoliteSession(
        "openalex",
        user_agent="x",
        time=time,
        verdict=lambda answer: SourceError("nothing is left.") if answer.content == b"used up" else None,
    )

    assert session.get(httpserver.url_for("/works")).content == b"fine"
    with pytest.raises(SourceError, match=r"^nothing is left\.$"):
        session.get(httpserver.url_for("/works"))
    assert (session.requests, time.slept) == (2, [])
    session.close()
