"""Discover with Europe PMC: a peer on loopback with its cursors, its refusals and bad days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pubtrack.config.sources import EuropePmcSource
from pubtrack.discovery.sources.europe_pmc import EuropePmc, build
from pubtrack.errors import SourceError
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, works
from tests.conftest import NOW
from tests.peers import crossref as peers
from tests.peers.crossref import Fault
from tests.peers.europe_pmc import EuropePmcPeer
from tests.stages.listed import SETTINGS, YESTERDAY, Desk, Harvests

SEARCH = '"Statistics Netherlands" AND (AFF:"Universiteit van Voorbeeld" OR AFF:"University of Example")'


def work(
    number: int, *, updated: str = "2026-09-01", text: str = "Statistics Netherlands", **more: Any
) -> dict[str, Any]:
    """A fictional work as the API gives it; `_text` is what its full text says."""
    places = {"authorAffiliation": [{"affiliation": "University of Example, Example City"}]}
    author = {"lastName": "van der Berg", "firstName": "Anna", "authorAffiliationDetailsList": places}
    return {
        "id": f"{40_000_000 + number}",
        "source": "MED",
        "pmid": f"{40_000_000 + number}",
        "doi": f"10.5555/example.{number}",
        "title": f"Household study {number}.",
        "authorList": {"author": [author]},
        "firstPublicationDate": "2026-03-05",
        "firstIndexDate": "2026-03-06",
        "citedByCount": 3,
        "_text": f"We used microdata of {text}.",
        "_updated": updated,
    } | more


def source(desk: Desk, **config: Any) -> EuropePmc:
    made = EuropePmcSource(
        kind="europe_pmc", base_url=desk.peer.url, page_size=5, **{"names": ("Statistics Netherlands",)} | config
    )
    session = PoliteSession("europe-pmc", user_agent="x", setting="base_url", time=desk.time)
    affiliations = ["Universiteit van Voorbeeld", "University of Example"]
    return EuropePmc(made, session, affiliations=affiliations if made.affiliations is None else made.affiliations)


@pytest.fixture
def peer() -> Iterator[EuropePmcPeer]:
    elsewhere = work(90) | {"authorList": {"author": [{"lastName": "Smit", "initials": "B"}]}}
    with EuropePmcPeer([*(work(n) for n in range(23)), elsewhere, work(91, text="Statistics Norway")]) as running:
        yield running


@pytest.fixture
def desk(store: Store, peer: EuropePmcPeer) -> Desk:
    return Desk(store, peer, source)


ALL = {f"MED/{40_000_000 + n}" for n in range(23)}


class TestHarvests(Harvests):
    name, everything = "europe-pmc", ALL
    shapes = (
        b'{"hitCount":1}',
        b'{"hitCount":"1","resultList":{"result":[]}}',
        b'{"hitCount":1,"resultList":{"result":[1]}}',
    )


def test_a_harvest_is_complete(desk: Desk, peer: EuropePmcPeer) -> None:
    """Nobody is in the register: what credits the provider is found whoever wrote it. The page after the last repeats its cursor."""
    report = desk.run()

    assert desk.ids == ALL
    assert (report.counts, report.faults, report.notes) == ({"requests": 6, "records": 23, "new": 23}, [], [])
    assert (peer.seen[-1]["cursorMark"], desk.watermark) == ("NDAwMDAwMjI=", YESTERDAY)
    assert peer.seen[0] == {
        "query": SEARCH,
        "resultType": "core",
        "format": "json",
        "pageSize": "5",
        "cursorMark": "*",
    }


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10])
def test_a_list_of_any_length_ends(store: Store, count: int) -> None:
    with EuropePmcPeer(work(n) for n in range(count)) as peer:
        report = Desk(store, peer, source).run()

    assert (report.faults, report.counts["records"]) == ([], count)


def test_the_next_run_asks_for_what_moved_since(desk: Desk, peer: EuropePmcPeer) -> None:
    """A citation more is no change; an open copy is."""
    desk.run()
    peer.put(work(1, updated="2026-11-15") | {"citedByCount": 99})
    peer.put(work(2, updated="2026-11-15") | {"pmcid": "PMC123", "isOpenAccess": "Y", "inEPMC": "Y"})
    peer.put(work(50, updated="2026-11-16"))

    report = desk.run(now=NOW + timedelta(days=1))

    assert peer.seen[-1]["query"] == f"{SEARCH} AND UPDATE_DATE:[2026-10-17 TO 3000-12-31]"
    assert report.counts == {"requests": 2, "records": 3, "new": 1, "updated": 1, "unchanged": 1}
    assert desk.watermark == NOW.date()


def test_a_record_lands_in_the_work_that_another_source_found(desk: Desk, store: Store) -> None:
    desk.run()

    found = works.find(store, "pmid:40000001")

    assert found is not None
    assert works.find(store, "doi:10.5555/example.1") == found == works.find(store, "MED/40000001")


def test_a_list_that_always_comes_up_short_is_no_harvest(desk: Desk, peer: EuropePmcPeer) -> None:
    peer.always = peers.EMPTY

    report = desk.run()

    assert report.faults == [
        "europe-pmc: a list of 23 works ended after 0, 3 times in a row. The next run reads this list again."
    ]
    assert desk.watermark is None


def test_a_cursor_that_is_no_longer_taken_starts_the_list_again(desk: Desk, peer: EuropePmcPeer) -> None:
    desk.killed_after(10)
    body = json.dumps({"errCode": 404, "errMsg": "Invalid cursorMark."}).encode()
    peer.faults[peer.requests + 1] = Fault(200, body, (("Content-Type", "application/json"),))

    report = desk.run()

    assert (desk.ids, report.faults) == (ALL, [])


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (404, b"<html>HTTP Status 404</html>", ""),
        (400, b'{"errCode":400,"errMsg":"Bad\\n query."}', ": Bad query"),
        (200, b'{"errCode":"400","errMsg":"Bad query."}', ": Bad query"),
        (422, b"[[[", ""),
    ],
)
def test_a_refusal_is_told(desk: Desk, peer: EuropePmcPeer, status: int, body: bytes, said: str) -> None:
    peer.always = Fault(status, body, (("Content-Type", "application/json"),))

    code = 400 if status == 200 else status
    expected = f"europe-pmc: it refused the question ({code}){said}. Look at `base_url` and `names` of this source."
    assert desk.run().faults == [expected]
    assert peer.requests == 1


def test_a_long_retry_after_is_not_waited_for(desk: Desk, peer: EuropePmcPeer) -> None:
    peer.faults[2] = peers.busy("7200")

    assert desk.run().faults == [
        "europe-pmc: 127.0.0.1 asks to be left alone for 7200 seconds. The next run goes on from here."
    ]
    assert desk.run().faults == []
    assert desk.ids == ALL


def test_check_says_what_it_found(desk: Desk, peer: EuropePmcPeer) -> None:
    assert source(desk).check() == f"23 works for {SEARCH}"
    assert (peer.requests, peer.seen[0]["pageSize"], peer.seen[0]["resultType"]) == (1, "1", "idlist")


def test_check_says_what_is_wrong(desk: Desk, peer: EuropePmcPeer) -> None:
    peer.always = peers.MAINTENANCE
    with pytest.raises(SourceError) as web_page:
        source(desk).check()
    peer.always = Fault(404, b"")
    with pytest.raises(SourceError) as nothing:
        source(desk).check()

    assert (
        str(web_page.value)
        == "europe-pmc: it answered, but not with a list of works. Look at `base_url` of this source."
    )
    assert str(nothing.value) == "europe-pmc: it refused the question (404). Look at `base_url` of this source."


def test_anybody_anywhere_can_be_asked_for(store: Store, peer: EuropePmcPeer) -> None:
    desk = Desk(
        store, peer, lambda desk: source(desk, affiliations=(), names=("Statistics Netherlands", 'a "quoted" \\ name'))
    )

    desk.run()

    assert peer.seen[0]["query"] == '("Statistics Netherlands" OR "a quoted name")'
    assert desk.ids == ALL | {"MED/40000090"}


def test_the_institution_is_asked_for_by_all_its_names(peer: EuropePmcPeer) -> None:
    made = build(EuropePmcSource(kind="europe_pmc", base_url=peer.url, names=("Statistics Netherlands",)), SETTINGS)

    made.check()

    assert peer.seen[0]["query"] == SEARCH
    assert peer.headers[0]["user-agent"].endswith("(mailto:dcc@example.org)")
