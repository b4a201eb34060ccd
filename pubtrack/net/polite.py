"""The door to the services that are there to be asked: at their pace, with patience, and never longer than agreed.

Limits are read from what a service says (`x-rate-limit-limit`, `x-rate-limit-interval`, `Retry-After`), not assumed. One session
asks one thing at a time, which keeps any `x-concurrency-limit`.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.structures import CaseInsensitiveDict
from requests.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from pubtrack import clock
from pubtrack.errors import SourceBlocked, SourceError

RETRIED = frozenset({429, 500, 502, 503, 504})
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_INTERVAL = re.compile(r"(\d+)\s*(ms|s|m|h)?", re.IGNORECASE)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_READ = 65_536


class Time(Protocol):
    """What a session needs of a clock; `pubtrack.clock` is one, tests bring their own."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Response:
    """What a service answered, read to its end. Header names may be looked up in any case."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str


class _Failed(Exception):
    """One try failed in a way that another may not; the text completes the sentence `NAME: HOST ...`."""


class PoliteSession:
    """One connection to one service.

    `setting` names where the address stands in the configuration, for messages. `timeout` is the time one answer may take, from
    asking to its last byte (a silence that begins just before it may double it); `retries` is how often a failed try is repeated;
    `retry_after_max` is the longest the service can make us wait before we give up; `max_bytes` caps the body once decoded.
    `verdict` sees every answer first: the error it returns is raised at once, for a service whose refusals mean something of its own.
    """

    def __init__(
        self,
        name: str,
        *,
        user_agent: str,
        setting: str = "url",
        timeout: float = 60,
        retries: int = 4,
        retry_after_max: float = 120,
        max_bytes: int = 64_000_000,
        verdict: Callable[[Response], SourceError | None] | None = None,
        time: Time = clock,
    ) -> None:
        self.name = name
        self.requests = 0  # tries that reached for the network, for the run log
        self._advice = f"The next run tries again; if that goes on, look at `{setting}` of this source."
        self._setting = setting
        self._timeout = timeout
        self._retries = retries
        self._retry_after_max = retry_after_max
        self._max_bytes = max_bytes
        self._verdict = verdict
        self._time = time
        self._gap = 0.0  # seconds between two requests, as the last answer's headers say
        self._next = 0.0
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False  # no .netrc: a password for this host is not ours to send
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._session.max_redirects = 5
        self._session.headers["User-Agent"] = user_agent

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Response:
        """Given a URL, return the answer, whatever its status, unless trying again may bring a better one.

        429, 500, 502, 503, 504 and broken connections are tried again, after Retry-After where it is given. Raise SourceError when
        the tries are used up, or when Retry-After asks for more patience than agreed (it then carries `retry_after`);
        SourceBlocked on 403, at once: Crossref's is a manual block (https://www.crossref.org/documentation/retrieve-metadata/rest-api/).
        """
        host = _host(url)
        with self._lock:
            for attempt in range(self._retries + 1):
                wait = float(2**attempt)
                try:
                    response = self._once(url, params, headers)
                except _Failed as error:
                    reason = str(error)
                else:
                    if self._verdict and (refusal := self._verdict(response)):
                        raise refusal
                    if response.status == 403:
                        raise SourceBlocked(
                            f"{self.name}: {host} answered 403, which means it has blocked us. Nothing more is asked of it in this"
                            " run; ask its operator why before the next one."
                        )
                    if response.status not in RETRIED:
                        return response
                    reason = f"answered {response.status}"
                    asked = self._retry_after(response)
                    if asked is not None and asked > self._retry_after_max:
                        raise SourceError(
                            f"{self.name}: {host} asks to be left alone for {asked:.0f} seconds. The next run goes on from here.",
                            retry_after=asked,
                        )
                    wait = wait if asked is None else asked
                if attempt < self._retries:
                    self._time.sleep(wait)
        tries = self._retries + 1
        raise SourceError(
            f"{self.name}: {host} {reason}{f', {tries} times in a row' if tries > 1 else ''}. {self._advice}"
        )

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _once(self, url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None) -> Response:
        self._time.sleep(self._next - self._time.monotonic())
        started = self._time.monotonic()
        self._next = started + self._gap
        self.requests += 1
        try:
            with self._session.get(
                url,
                params=params,
                headers=headers,
                timeout=(min(10.0, self._timeout), self._timeout),
                proxies=_proxies(url),
                stream=True,
            ) as answer:
                content = self._read(answer, started + self._timeout)
        except requests.exceptions.TooManyRedirects as error:
            raise SourceError(
                f"{self.name}: the address redirects without end. Look at `{self._setting}` of this source."
            ) from error
        except requests.exceptions.Timeout as error:
            raise _Failed("did not answer in time") from error
        except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
            raise _Failed("could not be reached or hung up") from error
        except (requests.exceptions.ContentDecodingError, HTTPError) as error:
            raise _Failed("broke off in the middle of its answer") from error
        except (requests.exceptions.RequestException, ValueError) as error:
            # The text of these errors repeats the URL, which may hold a key.
            raise SourceError(
                f"{self.name}: this is no address that can be asked ({type(error).__name__}). Look at `{self._setting}` of this source."
            ) from None
        made = Response(answer.status_code, CaseInsensitiveDict(answer.headers), content, answer.url)
        self._pace(made)
        return made

    def _read(self, answer: requests.Response, until: float) -> bytes:
        # read1 returns what has arrived: iter_content would wait for whole chunks, and a slow drip would overrun any deadline.
        body = bytearray()
        while True:
            chunk = answer.raw.read1(_READ, decode_content=True)
            if (
                not chunk
            ):  # urllib3 gives an empty read at the end only, and raises where the announced length is not there
                return bytes(body)
            body += chunk
            if len(body) > self._max_bytes:
                raise SourceError(
                    f"{self.name}: an answer is larger than {self._max_bytes // 1_000_000} MB once unpacked, so it was not read."
                )
            if self._time.monotonic() > until:
                raise _Failed(f"took longer than {self._timeout:.0f} seconds over one answer")

    def _pace(self, response: Response) -> None:
        limit = response.headers.get("x-rate-limit-limit", "")
        interval = _INTERVAL.fullmatch(response.headers.get("x-rate-limit-interval", "").strip())
        if limit.isdecimal() and int(limit) > 0 and interval:
            self._gap = int(interval[1]) * _SECONDS[(interval[2] or "s").lower()] / int(limit)
            self._gap = min(self._gap, self._retry_after_max)
            self._next = self._time.monotonic() + self._gap

    def _retry_after(self, response: Response) -> float | None:
        """Return the seconds that Retry-After asks for, in either of its two forms (RFC 9110, 10.2.3), or None."""
        text = response.headers.get("Retry-After", "").strip()
        if text.isdecimal():
            return float(text)
        try:
            then = _aware(parsedate_to_datetime(text))
        except (ValueError, TypeError):
            return None
        try:  # by the service's own clock, where it shows it
            now = _aware(parsedate_to_datetime(response.headers.get("Date", "")))
        except (ValueError, TypeError):
            now = self._time.now()
        return max(0.0, (then - now).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _proxies(url: str) -> dict[str, str]:
    """Return the proxies that the environment names; never one for this machine itself."""
    return {} if _host(url) in _LOOPBACK else dict(get_environ_proxies(url))


def _host(url: str) -> str:
    """Return whom a URL asks: all of it that may stand in a message."""
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
