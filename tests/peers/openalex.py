"""An OpenAlex to talk to: lists of works behind a cursor, filters, select, a key and an allowance.

`key` is the only one it knows (None: anybody is welcome); `left` is how many lists of the day's allowance are left.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from tests.peers.crossref import Fault
from tests.peers.service import Answer, Query, Service, as_json

_DATES = ("publication_date", "created_date", "updated_date")


class OpenAlexPeer(Service):
    """The peer. `works` are works as the service gives them."""

    def __init__(self, works: Iterable[Mapping[str, Any]], *, key: str | None = None, paid: bool = False) -> None:
        super().__init__()
        self.key, self.paid = key, paid
        self._works: dict[str, dict[str, Any]] = {}
        for work in works:
            self.put(work)

    def put(self, work: Mapping[str, Any]) -> None:
        """Add a work, or replace it."""
        self._works[str(work["id"])] = dict(work)

    def route(self, path: str, query: Query, how: str) -> Answer:
        told = self.headers[-1].get("authorization", "").removeprefix("Bearer ") or query.get("api_key", "")
        if self.key is not None and told != self.key:
            return as_json({"error": "Unauthorized", "message": f"API key {told} is not known"}, 401)
        if path != "/works":
            return as_json({"error": "Not Found", "message": "No such route"}, 404)
        if not query.get("per_page", "25").isdecimal() or not 1 <= int(query.get("per_page", "25")) <= 100:
            return as_json(
                {"error": "Invalid query parameters error.", "message": "per_page must be between 1 and 100"}, 400
            )
        try:
            found = sorted(self._found(query.get("filter", "")), key=lambda work: str(work["id"]))
        except PermissionError as needs:
            return as_json({"error": "Forbidden", "message": f"{needs} needs a plan that is paid for"}, 403)
        except ValueError as unknown:
            return as_json(
                {"error": "Invalid query parameters error.", "message": f"{unknown} is not a valid field"}, 400
            )
        try:
            cursor = query.get("cursor", "*")
            after = "" if cursor == "*" else base64.b64decode(cursor, validate=True).decode()
        except ValueError:
            return as_json({"error": "Invalid query parameters error.", "message": "Cursor value is invalid"}, 400)
        size = int(query.get("per_page", "25"))
        page = [] if how == "empty" else [work for work in found if str(work["id"]) > after][:size]
        following = base64.b64encode(str(page[-1]["id"]).encode()).decode() if page else None
        names = query.get("select", "").split(",")
        shown = [
            {name: value for name, value in work.items() if not query.get("select") or name in names} for work in page
        ]
        meta = {"count": len(found), "per_page": size, "page": None, "next_cursor": following}
        return as_json({"meta": meta, "results": shown, "group_by": []})

    def _found(self, filters: str) -> list[dict[str, Any]]:
        found = list(self._works.values())
        for part in filter(None, filters.split(",")):
            name, _, value = part.partition(":")
            wanted = value.split("|")
            if len(wanted) > 100:
                raise ValueError(name)
            kind, _, field = name.partition("_")
            if name == "authorships.institutions.ror":
                found = [work for work in found if _rors(work) & set(wanted)]
            elif name == "authorships.author.orcid":
                found = [work for work in found if _orcids(work) & {f"https://orcid.org/{one}" for one in wanted}]
            elif kind in ("from", "to") and field in _DATES:
                if field != "publication_date" and not self.paid:
                    raise PermissionError(name)
                found = [
                    work
                    for work in found
                    if (work[field][:10] >= value if kind == "from" else work[field][:10] <= value)
                ]
            else:
                raise ValueError(name)
        return found


def _rors(work: Mapping[str, Any]) -> set[str]:
    return {place["ror"] for entry in work["authorships"] for place in entry["institutions"]}


def _orcids(work: Mapping[str, Any]) -> set[str]:
    return {entry["author"]["orcid"] for entry in work["authorships"]}


def exhausted(reset: int = 40_000) -> Fault:
    """The day's allowance is used up."""
    headers = (("X-RateLimit-Limit", "10000"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", str(reset)))
    body = b'{"error":"Too Many Requests","message":"Daily limit exceeded."}'
    return Fault(429, body, (("Content-Type", "application/json"), *headers))
