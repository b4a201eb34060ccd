"""A DataCite REST API to talk to: lists of DOIs behind a cursor that hides in the `next` link, and the queries that pubtrack asks.

As with the real one, the `next` link leaves out part of the question; `next_host` lets it lead elsewhere.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import quote, unquote

from tests.peers.service import Answer, Query, Service, as_json

_WINDOW = re.compile(r"\((.*)\) AND (updated|registered):\[(\S+) TO \*\]")


class DataCitePeer(Service):
    """The peer. `works` are records as the service gives them."""

    def __init__(self, works: Iterable[Mapping[str, Any]]) -> None:
        super().__init__()
        self.next_host = ""
        self._works: dict[str, dict[str, Any]] = {}
        for work in works:
            self.put(work)

    def put(self, work: Mapping[str, Any]) -> None:
        """Add a record, or replace it."""
        self._works[str(work["id"])] = dict(work)

    def route(self, path: str, query: Query, how: str) -> Answer:
        one = self._works.get(unquote(path.removeprefix("/dois/")).lower())
        if one is not None:
            return as_json({"data": one})
        if path != "/dois":
            return as_json(
                {"errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]}, 404
            )
        size, cursor = int(query.get("page[size]", "25")), query.get("page[cursor]", "")
        try:
            after = "" if cursor == "1" else base64.b64decode(cursor, validate=True).decode()
        except ValueError:
            return as_json({"errors": [{"status": "400", "title": "failed to parse the cursor"}]}, 400)
        found = sorted(self._found(query.get("query", "")), key=lambda work: str(work["id"]))
        page = [] if how == "empty" else [work for work in found if str(work["id"]) > after][:size]
        links = {"self": f"{self.url}/dois"}
        if page:
            following = base64.b64encode(str(page[-1]["id"]).encode()).decode()
            links["next"] = (
                f"{self.next_host or self.url}/dois?page%5Bcursor%5D={quote(following)}&page%5Bsize%5D={size}"
            )
        return as_json({"data": page, "meta": {"total": len(found), "totalPages": 1, "page": None}, "links": links})

    def _found(self, query: str) -> list[dict[str, Any]]:
        window = _WINDOW.fullmatch(query)
        found = list(self._works.values())
        if window:
            query = window[1]
            found = [work for work in found if work["attributes"][window[2]] >= window[3]]
        return [work for work in found if not query or any(_holds(work["attributes"], term) for term in _terms(query))]


def _terms(query: str) -> list[tuple[str, str]]:
    """field:"a", field:("a" OR "b"), field:wild* OR field:wild*."""
    quoted = re.fullmatch(r'([\w.]+):\(?("[^"]*"(?: OR "[^"]*")*)\)?', query)
    if quoted:
        return [(quoted[1], one) for one in re.findall(r'"([^"]*)"', quoted[2])]
    parts = (part.split(":", 1) for part in query.split(" OR "))
    return [(field, value.replace("\\:", ":")) for field, value in parts]


def _holds(attributes: Mapping[str, Any], term: tuple[str, str]) -> bool:
    held: list[Any] = [attributes]
    for name in term[0].split("."):
        inner = [one.get(name) for one in held if isinstance(one, dict)]
        held = [one for value in inner for one in (value if isinstance(value, list) else [value])]
    return any(isinstance(one, str) and fnmatchcase(one.lower(), term[1].lower()) for one in held)
