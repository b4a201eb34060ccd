"""A Europe PMC to talk to: its search, its cursors (the last page repeats the one it was asked with), its refusals.

The peer understands the searches that pubtrack asks: phrases OR-ed, `AND AFF:"..."`, and a window over one of the dates. What a
work's full text says stands beside it under `_text`, which no answer shows.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tests.peers.service import Answer, Query, Service, as_json

_WINDOW = re.compile(r" AND (UPDATE_DATE|FIRST_IDATE|FIRST_PDATE):\[(\S+) TO (\S+)\]")
_DATES = {"UPDATE_DATE": "_updated", "FIRST_IDATE": "firstIndexDate", "FIRST_PDATE": "firstPublicationDate"}


class EuropePmcPeer(Service):
    """The peer. `works` are results as the service gives them, with `_text` and `_updated` beside."""

    def __init__(self, works: Iterable[Mapping[str, Any]]) -> None:
        super().__init__()
        self._works: dict[str, dict[str, Any]] = {}
        for work in works:
            self.put(work)

    def put(self, work: Mapping[str, Any]) -> None:
        """Add a work, or replace it."""
        self._works[str(work["id"])] = dict(work)

    def route(self, path: str, query: Query, how: str) -> Answer:
        if path != "/search":
            return 404, "text/html", b"<html><body>HTTP Status 404</body></html>"
        size = int(query.get("pageSize", "25"))
        if not 1 <= size <= 1000 or query.get("format") != "json":
            return as_json({"version": "6.9", "errCode": 400, "errMsg": "Invalid pageSize or format."})
        found = sorted(self._found(query["query"]), key=lambda work: str(work["id"]))
        mark = query.get("cursorMark", "*")
        try:
            after = "" if mark == "*" else base64.b64decode(mark, validate=True).decode()
        except ValueError:
            return as_json({"version": "6.9", "errCode": 404, "errMsg": "Invalid cursorMark."})
        page = [work for work in found if str(work["id"]) > after][:size]
        if how == "empty":
            page = []
        following = base64.b64encode(str(page[-1]["id"]).encode()).decode() if page else mark
        shown = [{name: value for name, value in work.items() if not name.startswith("_")} for work in page]
        if query.get("resultType") == "idlist":
            shown = [{"id": work["id"], "source": work["source"]} for work in shown]
        held = {
            "version": "6.9",
            "hitCount": len(found),
            "nextCursorMark": following,
            "request": {"queryString": query["query"]},
        }
        return as_json(held | {"resultList": {"result": shown}})

    def _found(self, search: str) -> list[dict[str, Any]]:
        window = _WINDOW.search(search)
        rest = _WINDOW.sub("", search)
        names, _, places = rest.partition(" AND ")
        phrases, affiliations = re.findall(r'"([^"]*)"', names), re.findall(r'AFF:"([^"]*)"', places)
        return [
            work
            for work in self._works.values()
            if any(phrase in work.get("_text", "") for phrase in phrases)
            and (not affiliations or any(place in str(work.get("authorList")) for place in affiliations))
            and (window is None or window[2] <= str(work.get(_DATES[window[1]], "")) <= window[3])
        ]
