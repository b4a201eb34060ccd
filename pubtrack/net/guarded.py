"""The door for links that others gave us: it goes only to public addresses, reads only so much, and waits only so long.

A host's name is resolved once; if any of its addresses is not public the link is refused, and the connection goes to the very address
that was looked at, so that a second answer of the name server changes nothing. Every redirect goes through the same door. Proxies, .netrc
and cookies of the environment are not used. It is polite: one request at a time, a pause before the next to the same host, robots.txt and
Retry-After obeyed.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import quote, urljoin, urlsplit

import requests
import urllib3

from pubtrack import clock
from pubtrack.errors import Unreadable
from pubtrack.net.door import Door, NoCookies, OneStep, Refused, public
from pubtrack.net.robots import NAME, Robots

_USER_AGENT = f"{NAME} (reads open copies of publications)"
_CHUNK = 65_536
_LONGEST_URL = 2_000
_LONGEST_HEADER = 500
_HOST = re.compile(r" *(?:[a-z][a-z0-9+.-]*:)?//[^/?#]*", re.IGNORECASE)
_ODD = re.compile(r"[ \x80-\U0010ffff]+")  # what servers write into a redirect's path, though they may not
_GZIP = b"\x1f\x8b"
_LENGTH = re.compile(r"[0-9]{1,18}")
_TRY_AGAIN = frozenset((408, 425, 429, 500, 502, 503, 504))
_MONTH = 31 * 24 * 3600.0
# Services that are documented for programs: robots.txt is for those who follow links.
_FOR_PROGRAMS = frozenset(("api.unpaywall.org", "www.ebi.ac.uk"))


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a link gave. `content` is None if it has not changed since the `etag` or date that was sent along."""

    content: bytes | None
    media_type: str | None
    final_url: str
    etag: str | None = None
    last_modified: str | None = None


class Fetch(Protocol):
    """Fetches a link; see `Guarded.__call__`."""

    def __call__(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched: ...


class _Answered(Unreadable):
    """The host answered with a status other than 200 or 304."""

    def __init__(self, host: str, status: int, retry_after: float | None) -> None:
        self.status = status
        super().__init__(f"{host} answered {status}", permanent=status not in _TRY_AGAIN, retry_after=retry_after)


class Guarded:
    """Fetches untrusted links. One per run: it holds a connection pool and how long hosts asked us to wait."""

    def __init__(
        self,
        *,
        max_bytes: int = 50_000_000,
        deadline: float = 60,
        max_redirects: int = 5,
        allow: Callable[[str], bool] = public,
        ports: frozenset[int] | None = frozenset((80, 443)),
        pause: float = 1,
        robots: bool = True,
    ) -> None:
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._max_redirects = max_redirects
        self._ports = ports
        self._pause = pause
        self._robots = Robots(self._robots_txt) if robots else None
        self._last: dict[str, float] = {}  # by host: when its last answer was read, on the monotonic clock
        self._session = OneStep()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = _USER_AGENT
        self._session.headers["Connection"] = "close"  # one connection a question: the watchdog knows which to shut
        self._session.headers["Accept-Encoding"] = "gzip, deflate"
        self._session.headers["Accept"] = (
            "application/pdf, text/html, application/xhtml+xml, application/xml;q=0.9, text/plain;q=0.8, */*;q=0.5"
        )
        self._session.cookies.set_policy(NoCookies())
        self._adapter = Door(allow, ports)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)
        self._not_before: dict[str, float] = {}  # by host, on the monotonic clock: it said Retry-After

    def __call__(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        """Given a link, return what it gives. With what an earlier fetch returned, content that has not changed is not sent again.

        Raise Unreadable, with the reason: for good if the link is refused or gone, else to be tried again (`permanent`, `retry_after`).
        """
        headers = {"If-None-Match": etag} if etag else {"If-Modified-Since": last_modified} if last_modified else {}
        return self._followed(url, headers, self._robots)

    def _followed(self, url: str, headers: Mapping[str, str], robots: Robots | None) -> Fetched:
        """Follow a link through its redirects. Waiting for our turn is no part of the deadline."""
        left = self._deadline
        for _ in range(self._max_redirects + 1):
            self._check(url)
            host = str(urlsplit(url).hostname)
            asked = robots.check(url) if robots is not None and host not in _FOR_PROGRAMS else 0
            clock.sleep(self._last.get(host, -_MONTH) + max(self._pause, asked) - clock.monotonic())
            begun = clock.monotonic()
            try:
                with self._get(url, headers, begun + left) as response:
                    if not response.is_redirect:
                        return self._answer(url, response, begun + left)
                    url = _joined(url, response.headers["location"])
            finally:
                self._adapter.forget()
                self._last[host] = clock.monotonic()
            left -= clock.monotonic() - begun
        raise Unreadable(f"the link is redirected more than {self._max_redirects} times")

    def _robots_txt(self, url: str) -> bytes | None:
        """None, so that all may be read, if there is no such file; a host that cannot say now is left alone (RFC 9309, 2.3.1)."""
        try:
            return self._followed(url, {}, None).content
        except _Answered as error:
            if error.permanent:
                return None
            raise

    def _check(self, url: str) -> None:
        """Refuse a link for what is written in it, before anything is resolved."""
        if len(url) > _LONGEST_URL or re.search(r"[\x00-\x20\x7f\\]", url):
            raise Unreadable("the link is refused: it is malformed")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Unreadable("the link is refused: it is malformed") from None
        if parts.scheme not in ("http", "https"):
            raise Unreadable(f"the link is refused: {parts.scheme or 'no scheme'} is neither http nor https")
        if parts.username is not None or parts.password is not None:
            raise Unreadable("the link is refused: it carries a user name or a password")
        if not parts.hostname:
            raise Unreadable("the link is refused: it names no host")
        if port is None:
            port = 443 if parts.scheme == "https" else 80
        if self._ports is not None and port not in self._ports:
            raise Unreadable(f"the link is refused: port {port} is not for the web")
        wait = self._not_before.get(parts.hostname, 0.0) - clock.monotonic()
        if wait > 0:
            raise Unreadable(f"{parts.hostname} asked us to come back later", permanent=False, retry_after=wait)

    def _get(self, url: str, headers: Mapping[str, str], until: float) -> requests.Response:
        host = urlsplit(url).hostname
        left = until - clock.monotonic()
        if left <= 0:
            raise self._too_slow()
        try:
            # The watchdog closes the socket under a server that drips its headers: a socket's timeout starts anew with every byte.
            with self._adapter.watchdog(left):
                return self._session.get(
                    url,
                    headers=dict(headers),
                    stream=True,
                    allow_redirects=False,
                    timeout=(min(left, 15), min(left, 30)),
                )
        except Refused as error:
            raise Unreadable(f"the link is refused: {error}") from None
        except (
            requests.exceptions.InvalidURL,
            requests.exceptions.InvalidSchema,
            UnicodeError,
            urllib3.exceptions.LocationValueError,
        ):
            raise Unreadable("the link is refused: it is malformed") from None
        except requests.exceptions.SSLError:
            raise Unreadable(f"{host} has no valid certificate", permanent=False) from None
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError):
            if clock.monotonic() >= until:
                raise self._too_slow() from None
            raise Unreadable(f"{host} cannot be reached", permanent=False) from None

    def _too_slow(self) -> Unreadable:
        return Unreadable(f"it took longer than {self._deadline:g} seconds", permanent=False)

    def _answer(self, url: str, response: requests.Response, until: float) -> Fetched:
        host = str(urlsplit(url).hostname)
        status = response.status_code
        seen = (_plain(response.headers.get("etag")), _plain(response.headers.get("last-modified")))
        media_type = _plain((response.headers.get("content-type") or "").split(";")[0].strip().lower())
        if status == 304:
            return Fetched(None, media_type, url, *seen)
        if status != 200:
            retry_after = _seconds(response.headers.get("retry-after"))
            if retry_after:
                self._not_before[host] = clock.monotonic() + retry_after
            raise _Answered(host, status, retry_after)
        return Fetched(self._body(response, until), media_type, url, *seen)

    def _body(self, response: requests.Response, until: float) -> bytes:
        """Read the body piece by piece as it comes (read1): a chunk that drips in never keeps us past the deadline."""
        decoded = _decoder((response.headers.get("content-encoding") or "").strip().lower())
        made = bytearray()
        received = 0
        with self._adapter.watchdog(max(0.0, until - clock.monotonic())):
            while piece := self._piece(response, until):
                received += len(piece)
                try:
                    made += decoded(piece, self._max_bytes + 1 - len(made))
                except zlib.error:
                    raise Unreadable("what it sent cannot be decompressed") from None
                if len(made) > self._max_bytes or received > self._max_bytes:
                    raise Unreadable(f"it is larger than {self._max_bytes // 1_000_000 or self._max_bytes / 1e6:g} MB")
        expected = response.headers.get("content-length", "")
        chunked = "transfer-encoding" in response.headers
        if not decoded.whole or (not chunked and _LENGTH.fullmatch(expected) and received < int(expected)):
            raise Unreadable("the connection broke off", permanent=False)
        return bytes(made)

    def _piece(self, response: requests.Response, until: float) -> bytes:
        """Return what has come of a body; nothing at its end."""
        if clock.monotonic() >= until:
            raise self._too_slow()
        try:
            piece: bytes = response.raw.read1(_CHUNK, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            if clock.monotonic() >= until:
                raise self._too_slow() from None
            raise Unreadable("the connection broke off", permanent=False) from None
        if not piece and clock.monotonic() >= until:  # our own watchdog may have ended it
            raise self._too_slow()
        return piece


class _Sent:
    """Takes a body as it was sent, piece by piece. `whole` says whether it may have ended with the last one."""

    whole = True

    def __call__(self, piece: bytes, _most: int) -> bytes:
        """Given a piece, return it decoded, or as much of it as tells that it comes to more than is allowed."""
        return piece


class _Inflated(_Sent):
    """Takes a compressed body, which may have been compressed in several parts (RFC 1952, 2.2)."""

    def __init__(self) -> None:
        self._inflate = self._new()

    @staticmethod
    def _new() -> zlib._Decompress:
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def __call__(self, piece: bytes, most: int) -> bytes:
        made = b""
        while piece and len(made) < most:
            if self._inflate.eof:
                if not _GZIP.startswith(piece[:2]):  # anything else after the end is padding
                    break
                self._inflate = self._new()
            made += self._inflate.decompress(self._inflate.unconsumed_tail + piece, most - len(made))
            piece = self._inflate.unused_data
        self.whole = self._inflate.eof
        return made


def _decoder(encoding: str) -> _Sent:
    """Given a Content-Encoding, return what decodes a body, never to more than it is allowed. Raise Unreadable for an unknown one."""
    if encoding in ("", "identity"):
        return _Sent()
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise Unreadable(f"it is encoded as {encoding[:40]}, which was not asked for")
    return _Inflated()


def _joined(url: str, location: str) -> str:
    """Given a link and what it is redirected to, return the next link, as browsers read what servers write."""
    with contextlib.suppress(UnicodeError):  # sent as UTF-8, handed to us as Latin-1
        location = location.encode("latin-1").decode("utf-8")
    host = match.group() if (match := _HOST.match(location)) else ""
    try:
        return urljoin(
            url, host.strip(" ") + _ODD.sub(lambda odd: quote(odd.group()), location[len(host) :].strip(" "))
        )
    except ValueError:
        raise Unreadable("the link is refused: it is malformed") from None


def _plain(value: str | None) -> str | None:
    """Given a header that is kept, and may be sent along the next time, return it; None if it is no plain text or too long."""
    return value if value and len(value) <= _LONGEST_HEADER and value.isascii() and value.isprintable() else None


def _seconds(retry_after: str | None) -> float | None:
    """Given a Retry-After header, return its seconds, from a number or a date; what is neither is taken as an hour."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return min(float(retry_after), _MONTH)
    try:
        wanted = parsedate_to_datetime(retry_after)
        return min(max(1.0, (wanted - clock.now("UTC")).total_seconds()), _MONTH)
    except (ValueError, TypeError, OverflowError):
        return 3600.0
