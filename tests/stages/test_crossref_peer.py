"""The peer answers as the real API did when it was recorded."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.peers.crossref import CrossrefPeer
from tests.stages.test_discover_crossref import work

pytestmark = pytest.mark.shared


@pytest.fixture
def peer() -> Iterator[CrossrefPeer]:
    with CrossrefPeer([work(1), work(2)], limit=10, interval="1s") as running:
        yield running


def recorded(shared: Path, part: str) -> dict[str, Any]:
    """The first recorded exchange whose address holds `part`."""
    with (shared / "crossref" / "errors_and_headers.jsonl").open(encoding="utf-8") as lines:
        return next(found for found in map(json.loads, lines) if part in found["uri"])


def asked(peer: CrossrefPeer, uri: str) -> requests.Response:
    parts = urlsplit(uri)
    return requests.get(f"{peer.url}{parts.path}?{parts.query}", timeout=5)


def test_a_dead_cursor(peer: CrossrefPeer, shared: Path) -> None:
    real = recorded(shared, "cursor=thing")
    answer = asked(peer, real["uri"])

    assert (answer.status_code, answer.json()) == (real["status"], json.loads(real["body"]))


def test_a_number_that_is_none(peer: CrossrefPeer, shared: Path) -> None:
    real = recorded(shared, "rows=things")
    answer = asked(peer, real["uri"].replace("/journals", "/works"))

    assert (answer.status_code, answer.json()) == (real["status"], json.loads(real["body"]))


def test_a_resource_that_is_not_there(peer: CrossrefPeer, shared: Path) -> None:
    real = recorded(shared, "4444-4444")
    answer = asked(peer, real["uri"])

    assert (answer.status_code, answer.text) == (real["status"], real["body"])
    assert answer.headers["Content-Type"] == real["headers"]["content-type"]


def test_the_headers_of_a_list(peer: CrossrefPeer, shared: Path) -> None:
    real = {name.lower(): text for name, text in recorded(shared, "query.author=carl")["headers"].items()}
    headers = asked(peer, "/works?rows=1&mailto=dcc@example.org").headers

    for name in ("x-rate-limit-limit", "x-rate-limit-interval", "x-concurrency-limit", "server", "vary"):
        assert headers[name] == real[name]


def test_a_page_of_a_list(peer: CrossrefPeer, shared: Path) -> None:
    """The same keys; the same cursor comes back with every page, as it does there."""
    with gzip.open(shared / "crossref" / "list_responses.jsonl.gz", "rt", encoding="utf-8") as lines:
        real = next(json.loads(found["body"]) for found in map(json.loads, lines) if "cursor=%2A" in found["uri"])
    first = asked(peer, "/works?query=household&rows=1&cursor=%2A").json()
    cursor = first["message"]["next-cursor"]
    second = requests.get(f"{peer.url}/works", params={"rows": "1", "cursor": cursor}, timeout=5).json()

    assert set(first) == set(real)
    assert set(first["message"]) == set(real["message"])
    assert first["message"]["items"] != second["message"]["items"]
    assert second["message"]["next-cursor"] == cursor
