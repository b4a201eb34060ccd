"""habanero through our own door: the contract with habanero's insides, and single works."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import habanero
import httpx2
import pytest

from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery.sources.crossref import Crossref
from pubtrack.discovery.sources.habanero_door import Door, Refused
from pubtrack.errors import BadHarvest, SourceError
from pubtrack.net.polite import PoliteSession
from tests.peers import crossref as peers
from tests.peers.crossref import CrossrefPeer, Fault
from tests.peers.hourglass import Hourglass

ODD = [
    "10.5555/a#b",
    "10.5555/a?b=c",
    "10.5555/<a>;2-b(c)d",
    "10.5555/a b",
    "10.5555/100%25",
    "10.5555/a/",
    "10.5555/a&b+c",
    "10.5555/é",
]


def work(doi: str) -> dict[str, Any]:
    return {"DOI": doi, "type": "journal-article", "title": ["A title"]}


@pytest.fixture
def peer() -> Iterator[CrossrefPeer]:
    with CrossrefPeer(work(doi) for doi in ["10.5555/a", "10.5555/100", *ODD]) as running:
        yield running


@pytest.fixture
def session() -> PoliteSession:
    return PoliteSession("crossref", user_agent="pubtrack/0", time=Hourglass())


@pytest.fixture
def source(peer: CrossrefPeer, session: PoliteSession) -> Crossref:
    config = CrossrefSource(kind="crossref", mailto="dcc@example.org", base_url=peer.url)
    return Crossref(config, session, rors=[], affiliation="", time=Hourglass())


def test_the_seam_is_where_it_was() -> None:
    """habanero asks through the name `httpx2` in these two modules. If this fails, habanero has changed: the door must follow."""
    for name in ("habanero.request", "habanero.request_class"):
        assert importlib.import_module(name).httpx2 is httpx2


def test_everything_goes_through_the_polite_session(
    peer: CrossrefPeer, session: PoliteSession, source: Crossref, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("habanero reached for the network itself")

    for name in ("get", "request", "stream", "Client", "AsyncClient"):
        monkeypatch.setattr(httpx2, name, never)
    door = Door(session, base_url=peer.url, mailto="dcc@example.org")

    assert len(door.works({"filter": {}, "limit": 3}, "*")["items"]) == 3
    assert source.work("10.5555/a") is not None
    assert (session.requests, peer.requests, peer.agents) == (2, 2, {"pubtrack/0"})


def test_what_was_lent_is_given_back(peer: CrossrefPeer, session: PoliteSession) -> None:
    door = Door(session, base_url=peer.url, mailto="dcc@example.org")
    with pytest.raises(Refused):
        door.works({"filter": {"no-such-filter": "x"}, "limit": 3}, "*")

    test_the_seam_is_where_it_was()


def test_one_call_asks_for_one_page_even_if_more_are_there(peer: CrossrefPeer, session: PoliteSession) -> None:
    """habanero's own loop over cursors would go on, and on an empty page for ever."""
    door = Door(session, base_url=peer.url, mailto="dcc@example.org")
    peer.always = peers.EMPTY

    assert door.works({"filter": {}, "limit": 3}, "*")["items"] == []
    assert peer.requests == 1


def test_the_filters_a_caller_holds_are_not_changed(peer: CrossrefPeer, session: PoliteSession) -> None:
    filters = {"has_teeth": True}
    door = Door(session, base_url=peer.url, mailto="dcc@example.org")
    with pytest.raises(Refused) as raised:
        door.works({"filter": filters, "limit": 3}, "*")

    assert filters == {"has_teeth": True}
    assert str(raised.value) == "Filter has-teeth specified but there is no such filter for this route"
    assert raised.value.kinds == ("filter-not-available",)


def test_the_version_is_the_one_whose_insides_we_know() -> None:
    assert tuple(map(int, habanero.__version__.split(".")[:2])) >= (2, 9)


@pytest.mark.parametrize("doi", ["10.5555/a", *ODD])
def test_a_single_work_is_the_one_that_was_asked_for(source: Crossref, doi: str) -> None:
    found = source.work(doi)

    assert found is not None
    assert (found.source, found.source_id, found.format) == ("crossref", doi.lower(), "crossref")


def test_a_work_that_is_not_there(source: Crossref) -> None:
    assert source.work("10.5555/none") is None


def test_another_works_record_is_refused(source: Crossref, peer: CrossrefPeer) -> None:
    peer.always = peers.WRONG_DOI
    with pytest.raises(BadHarvest) as raised:
        source.work("10.5555/none")

    assert str(raised.value) == "crossref: asked for 10.5555/none, it answered with 10.5555/a."


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message": "no"}', b'{"message": {"DOI"', b"[" * 100_000])
def test_a_record_of_another_shape_is_refused(source: Crossref, peer: CrossrefPeer, body: bytes) -> None:
    peer.always = Fault(200, body, (("Content-Type", "application/json"),))

    with pytest.raises(SourceError) as raised:
        source.work("10.5555/a")

    assert str(raised.value) == "crossref: it gave an answer that is no whole JSON record."


def test_a_lone_surrogate_does_not_stop_a_record(source: Crossref, peer: CrossrefPeer) -> None:
    body = b'{"message": {"DOI": "10.5555/a", "title": ["half a \\ud83d smile"]}}'
    peer.always = Fault(200, body, (("Content-Type", "application/json"),))

    found = source.work("10.5555/a")

    assert found is not None
    assert found.raw == b'{"DOI": "10.5555/a", "title": ["half a ? smile"]}'
