"""What hosts ask of programs in robots.txt (RFC 9309), asked once per host and run. Used by guarded.py."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from pubtrack.errors import Unreadable

NAME = "pubtrack"
_LONGEST_DELAY = 30.0  # seconds between two requests that a host may ask of us
_MOST = 512_000  # bytes; RFC 9309 asks for at least 500 KiB


class Robots:
    """Remembers what hosts ask. `fetch` is given the address of a robots.txt and returns it, or None where there is none."""

    def __init__(self, fetch: Callable[[str], bytes | None]) -> None:
        self._fetch = fetch
        self._known: dict[str, RobotFileParser | Unreadable] = {}

    def check(self, url: str) -> float:
        """Given a link, return how many seconds its host wants between two requests.

        Raise Unreadable if the host asks programs not to read it, or if what it asks cannot be found out: then it is not read.
        """
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._known:
            try:
                self._known[site] = self._read(site)
            except Unreadable as error:
                self._known[site] = error
        asked = self._known[site]
        if isinstance(asked, Unreadable):
            raise asked.with_traceback(None)
        try:
            allowed = asked.can_fetch(NAME, url)
        except ValueError:  # it unquotes the whole address before it takes it apart
            raise Unreadable("the link is refused: it is malformed") from None
        if not allowed:
            raise Unreadable(f"{parts.hostname} asks programs not to read it (robots.txt)")
        return min(_LONGEST_DELAY, float(asked.crawl_delay(NAME) or 0))

    def _read(self, site: str) -> RobotFileParser:
        content = self._fetch(f"{site}/robots.txt") or b""
        lines = content[:_MOST].decode("utf-8", "replace").splitlines()
        try:
            return _parsed(lines)
        except ValueError:
            return _parsed(_sensible(lines))


def _parsed(lines: Iterable[str]) -> RobotFileParser:
    parser = RobotFileParser()
    parser.parse(lines)
    parser.modified()
    return parser


def _sensible(lines: Iterable[str]) -> Iterator[str]:
    """Leave out the lines on which the parser of the standard library breaks down."""
    for line in lines:
        try:
            _parsed(("User-agent: *", line))
        except ValueError:  # an address in square brackets, a number of thousands of digits or with none that count
            continue
        yield line
