"""habanero, with our own door out.

habanero opens a connection for every call, knows no patience, and its cursor loop can run without end
(https://github.com/sckott/habanero/issues/78). So its name `httpx2` is lent a stand-in whose get() goes through one polite session,
and it is asked for one page at a time. A contract test fails when that seam moves.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import habanero
import httpx2

from pubtrack.errors import BadHarvest
from pubtrack.net.polite import PoliteSession, Response

_SEAM = ("habanero.request", "habanero.request_class")
_LENT = threading.Lock()
_DROPPED = frozenset({"content-encoding", "transfer-encoding", "content-length"})  # true of the bytes that were sent


class Refused(Exception):
    """The service refused: its status, what it said in one line, and the kinds of fault it named."""

    def __init__(self, response: Response) -> None:
        self.status = response.status
        self.kinds: tuple[str, ...] = ()
        self.message = "with a web page" if page(response.content) else _one_line(response.content)
        try:  # {"message": [{"type": ..., "value": ..., "message": ...}]}; 404 is plain text, on lists too, announced as JSON
            faults = json.loads(response.content)["message"]
            if isinstance(faults, list):
                self.kinds = tuple(str(fault["type"]) for fault in faults)
                self.message = "; ".join(str(fault["message"]).strip().rstrip(".") for fault in faults)[:300]
            elif isinstance(faults, str):
                self.message = faults[:300]
        except (ValueError, KeyError, TypeError, RecursionError):
            pass
        super().__init__(self.message)


class _StandIn:
    """What habanero sees under the name httpx2: get() is ours, everything else is the real module's."""

    def __init__(self, door: Door) -> None:
        self._door = door

    def __getattr__(self, name: str) -> Any:
        return getattr(httpx2, name)

    def get(self, url: str, params: Mapping[str, Any] | None = None, **_: Any) -> httpx2.Response:
        return self._door.fetch(url, {name: str(value) for name, value in (params or {}).items()})


class Door:
    """habanero's Crossref through a polite session. `headers` are those of the last answer."""

    def __init__(self, session: PoliteSession, *, base_url: str, mailto: str) -> None:
        self.headers: Mapping[str, str] = {}
        self._page = False  # whether the last answer was a web page
        self._session = session
        self._crossref = habanero.Crossref(base_url=base_url, mailto=mailto)

    def works(self, parameters: Mapping[str, Any], cursor: str | None) -> dict[str, Any]:
        """Given what to ask and a cursor (None: only what fits into one answer), return the `message` of one page.

        Raise Refused, or BadHarvest if it is no page.
        """
        filters = dict(parameters["filter"])  # habanero changes the dict it is given
        rest = {name: value for name, value in parameters.items() if name != "filter"}
        with self._lent():
            # cursor_max=0 keeps habanero out of its own loop on every page, a short one included.
            return self._understood(lambda: self._crossref.works(filter=filters, cursor=cursor, cursor_max=0, **rest))

    def work(self, quoted: str) -> dict[str, Any]:
        """Given a DOI, quoted, return the `message` of its record. Raise Refused, or BadHarvest if it is no record."""
        with self._lent():
            return self._understood(lambda: self._crossref.works(ids=quoted))

    def fetch(self, url: str, params: Mapping[str, str]) -> httpx2.Response:
        """Given what habanero wants to get, return it as habanero wants it. Raise Refused on any refusal."""
        response = self._session.get(url, params)
        self.headers = response.headers
        self._page = page(response.content)
        if response.status >= 400:
            raise Refused(response)
        kept = {name: value for name, value in response.headers.items() if name.lower() not in _DROPPED}
        return httpx2.Response(
            response.status, headers=kept, content=response.content, request=httpx2.Request("GET", response.url)
        )

    def _understood(self, ask: Any) -> dict[str, Any]:
        try:
            message = ask()["message"]
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError, habanero.RequestError) as error:
            what = "a web page" if self._page else "an answer that is no whole JSON record"
            raise BadHarvest(f"{self._session.name}: it gave {what}.") from error
        if not isinstance(message, dict):
            raise BadHarvest(f"{self._session.name}: it gave an answer that is no whole JSON record.")
        return message

    @contextmanager
    def _lent(self) -> Iterator[None]:
        modules = [import_module(name) for name in _SEAM]
        with _LENT:
            held = [module.httpx2 for module in modules]
            stand_in = _StandIn(self)
            for module in modules:
                module.httpx2 = stand_in  # type: ignore[attr-defined]
            try:
                yield
            finally:
                for module, real in zip(modules, held, strict=True):
                    module.httpx2 = real  # type: ignore[attr-defined]


def page(content: bytes) -> bool:
    """Say whether an answer is a web page."""
    return content[:1000].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _one_line(content: bytes) -> str:
    return " ".join(content[:300].decode("utf-8", "replace").split()).rstrip(".")
