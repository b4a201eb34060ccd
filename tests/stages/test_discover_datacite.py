"""Discover with DataCite: a peer on loopback with its cursors, its next links and bad days."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from pubtrack.config.sources import DataCiteSource
from pubtrack.discovery.sources.datacite import DataCite, build
from pubtrack.errors import SourceError
from pubtrack.store import Store, works
from tests.conftest import ANNA, BRAM, NOW
from tests.peers.crossref import Fault
from tests.peers.datacite import DataCitePeer
from tests.stages.listed import ROR, SETTINGS, YESTERDAY, Desk, Harvests

DATA = "10.57934/0b01e4108071ba40"
QUERY = (
    "relatedIdentifiers.relatedIdentifier:10.57934* OR relatedIdentifiers.relatedIdentifier:https\\:??doi.org?10.57934*"
)


def work(number: int, *, updated: str = "2026-09-01", related: str = DATA, **more: Any) -> dict[str, Any]:
    """A fictional record as the API gives it."""
    attributes = {
        "doi": f"10.5555/report.{number}",
        "titles": [{"title": f"Household study {number}"}],
        "creators": [{"name": "van der Berg, Anna", "givenName": "Anna", "familyName": "van der Berg"}],
        "types": {"resourceTypeGeneral": "Report"},
        "publicationYear": 2026,
        "relatedIdentifiers": [
            {"relationType": "References", "relatedIdentifier": related, "relatedIdentifierType": "DOI"}
        ],
        "registered": "2026-03-06T01:02:03.000Z",
        "updated": f"{updated}T01:02:03.000Z",
        "viewCount": 3,
    } | more
    return {"id": attributes["doi"], "type": "dois", "attributes": attributes}


def source(desk: Desk, **config: Any) -> DataCite:
    made = DataCiteSource(kind="datacite", base_url=desk.peer.url, page_size=5, **{"institution": False} | config)
    return build(made, SETTINGS, time=desk.time)


@pytest.fixture
def peer() -> Iterator[DataCitePeer]:
    with DataCitePeer(work(n) for n in range(23)) as running:
        yield running


@pytest.fixture
def desk(store: Store, peer: DataCitePeer) -> Desk:
    return Desk(store, peer, source)


ALL = {f"10.5555/report.{n}" for n in range(23)}


class TestHarvests(Harvests):
    name, everything = "datacite", ALL
    shapes = (
        b'{"data":[],"meta":{}}',
        b'{"data":[1],"meta":{"total":1}}',
        b'{"data":{},"meta":{"total":1}}',
    )


def test_a_harvest_is_complete(desk: Desk, peer: DataCitePeer) -> None:
    report = desk.run()

    assert desk.ids == ALL
    assert (report.counts, report.faults, report.notes) == ({"requests": 6, "records": 23, "new": 23}, [], [])
    assert desk.watermark == YESTERDAY
    assert peer.seen[0] == {
        "query": QUERY,
        "page[size]": "5",
        "affiliation": "true",
        "publisher": "true",
        "disable-facets": "true",
        "page[cursor]": "1",
    }
    assert peer.headers[0]["user-agent"].endswith("(mailto:dcc@example.org)")


def test_the_whole_question_is_asked_on_every_page_whatever_the_next_link_leaves_out(
    desk: Desk, peer: DataCitePeer
) -> None:
    desk.run()

    assert {seen["query"] for seen in peer.seen} == {QUERY}
    assert len({seen["page[cursor]"] for seen in peer.seen}) == 6


def test_a_next_link_to_another_host_is_not_followed(desk: Desk, peer: DataCitePeer) -> None:
    with DataCitePeer([]) as other:
        peer.next_host = other.url

        report = desk.run()

        assert (desk.ids, report.faults, other.requests) == (ALL, [], 0)


@pytest.mark.parametrize("link", ["https://api.datacite.org/dois?page=2", "https://[", 7, ""])
def test_a_next_link_without_a_cursor_is_no_harvest(desk: Desk, peer: DataCitePeer, link: Any) -> None:
    body = json.dumps({"data": [work(1)], "meta": {"total": 9}, "links": {"next": link}}).encode()
    peer.always = Fault(200, body, (("Content-Type", "application/json"),))

    assert desk.run().faults == ["datacite: a page names a next one without a cursor, so this list cannot be read on."]


def test_data_of_others_and_of_the_provider_itself_are_passed_over(desk: Desk, peer: DataCitePeer) -> None:
    """The wildcard finds 10.579341 too, and the provider's data sets name each other."""
    peer.put(work(90, related="10.579341/abc"))
    peer.put(work(91, doi="10.57934/0b01e4108071ba41"))
    peer.put(work(92, related=f"https://doi.org/{DATA.upper()}"))

    report = desk.run()

    assert desk.ids == ALL | {"10.5555/report.92"}
    assert report.counts["passed over"] == 2


def test_the_institution_and_its_people_are_asked_for(desk: Desk, peer: DataCitePeer) -> None:
    place = [{"name": "UoE", "affiliationIdentifier": f"https://ror.org/{ROR}", "affiliationIdentifierScheme": "ROR"}]
    orcid = [{"nameIdentifier": f"https://orcid.org/{ANNA.orcid}", "nameIdentifierScheme": "ORCID"}]
    peer.put(work(80, related="10.5555/x", creators=[{"name": "Else, C.", "affiliation": place}]))
    peer.put(work(81, related="10.5555/x", creators=[{"name": "Berg, A.", "nameIdentifiers": orcid}]))
    peer.put(work(82, related="10.5555/x"))
    desk.know(ANNA, BRAM)

    report = desk.run(sources=[source(desk, institution=True)])

    assert desk.ids == ALL | {"10.5555/report.80", "10.5555/report.81"}
    assert report.faults == []
    asked = {seen["query"] for seen in peer.seen}
    assert asked == {
        QUERY,
        f'creators.affiliation.affiliationIdentifier:"https://ror.org/{ROR}"',
        f'creators.nameIdentifiers.nameIdentifier:"https://orcid.org/{ANNA.orcid}"',
    }


def test_the_next_run_asks_for_what_moved_since(desk: Desk, peer: DataCitePeer) -> None:
    """A view more is no change; a new title is."""
    desk.run()
    peer.put(work(1, updated="2026-11-15", viewCount=99))
    peer.put(work(2, updated="2026-11-15", titles=[{"title": "Another title"}]))
    peer.put(work(50, updated="2026-11-16"))

    report = desk.run(now=NOW + timedelta(days=1))

    assert peer.seen[-1]["query"] == f"({QUERY}) AND updated:[2026-11-13T00:00:00Z TO *]"
    assert report.counts == {"requests": 2, "records": 3, "new": 1, "updated": 1, "unchanged": 1}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors":[{"status":"400","title":"failed to parse the query."}]}', ": failed to parse the query"),
        (b'{"errors":["no"]}', ": no"),
        (b'{"errors":[]}', ""),
        (b"<html>", ""),
    ],
)
def test_a_refused_question_is_told(desk: Desk, peer: DataCitePeer, body: bytes, said: str) -> None:
    peer.always = Fault(400, body)

    assert desk.run().faults == [
        f"datacite: it refused the question (400){said}. Look at `base_url`, `prefixes` and `window` of this source."
    ]


def test_check_says_what_it_found(desk: Desk, peer: DataCitePeer) -> None:
    assert source(desk).check() == "23 DOIs that name data under 10.57934"
    assert source(desk, prefixes=()).check() == "23 DOIs"
    assert (peer.requests, peer.seen[0]["page[size]"]) == (2, "1")


def test_check_says_what_is_wrong(desk: Desk, peer: DataCitePeer) -> None:
    peer.always = Fault(
        404, b'{"errors":[{"status":"404","title":"The resource you are looking for doesn\'t exist."}]}'
    )

    with pytest.raises(SourceError) as error:
        source(desk).check()

    assert str(error.value) == (
        "datacite: it refused the question (404): The resource you are looking for doesn't exist. Look at `base_url` of this source."
    )


def test_a_record_lands_in_the_work_that_another_source_found(desk: Desk, store: Store) -> None:
    desk.run()

    assert works.find(store, "doi:10.5555/report.1") is not None
