"""Crossref swept: one question for everything that moved, where that is cheaper than all lists of ORCIDs; nothing is lost by it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.sources import crossref_sweep
from pubtrack.identifiers import orcid_check_digit
from pubtrack.models import Person, StageReport
from pubtrack.store import Store, harvests, sightings
from tests.conftest import NOW
from tests.peers.crossref import EMPTY, HANG_UP, CrossrefPeer, Fault, busy
from tests.stages.test_discover_crossref import Desk, work

LATER = NOW + timedelta(days=1)
MOVED = "2026-11-16"


def orcid(number: int) -> str:
    digits = f"0000000{number:08d}"
    return "-".join(re.findall("....", digits + orcid_check_digit(digits)))


STAFF = [Person(f"Given{n}", f"Family{n}", f"p{n}@example.org", orcid(n)) for n in range(600)]
WITHOUT = Person("Dora", "van Els", "dora@example.org")


def by(number: int, owner: int, **more: Any) -> dict[str, Any]:
    """A work of one of the staff, that moved today."""
    return work(number, orcid=STAFF[owner].orcid, **({"indexed": MOVED} | more))


def strangers(number: int, indexed: str = MOVED) -> Iterator[dict[str, Any]]:
    for n in range(number):
        yield work(10_000 + n, orcid=orcid(90_000 + n), indexed=indexed)


@pytest.fixture
def peer() -> Iterator[CrossrefPeer]:
    with CrossrefPeer([by(n, n, indexed="2026-11-01") for n in range(5)]) as running:
        yield running


@pytest.fixture
def desk(store: Store, peer: CrossrefPeer) -> Desk:
    made = Desk(store, peer, searches_per_run=0)
    made.affiliation = "University of Example"
    made.know(*STAFF)
    made.run()
    peer.seen.clear()
    return made


def lists(peer: CrossrefPeer) -> int:
    return sum("orcid%3A" in seen and "has-orcid" not in seen for seen in peer.seen)


def sweeps(peer: CrossrefPeer) -> list[str]:
    return [seen for seen in peer.seen if "has-orcid" in seen]


def watermarks(desk: Desk) -> set[date | None]:
    return {day for scope, day in harvests.watermarks(desk.store, "crossref").items() if scope.startswith("orcid/")}


def whole(desk: Desk, number: int) -> bool:
    """Whether the record of a work was kept as it is, not as a sweep shows it."""
    known = sightings.known(desk.store, "crossref", [f"10.5555/example.{number}"])
    [row] = sightings.read(desk.store, [row["id"] for row in known.values()])
    return b'"indexed"' in row["raw"] and b'"title"' in row["raw"]


def test_one_sweep_stands_for_all_lists(desk: Desk, peer: CrossrefPeer) -> None:
    for found in [*strangers(1500), by(50, 399), by(51, 0)]:
        peer.put(found)

    report = desk.run(now=LATER)

    assert {"10.5555/example.50", "10.5555/example.51"} <= desk.dois
    assert len(desk.dois) == 7
    assert (lists(peer), len(sweeps(peer)), len(peer.seen)) == (0, 3, 4)  # a count, two pages, the two works whole
    assert report.counts == {"requests": 4, "records": 2, "new": 2, "passed over": 1500}
    assert (report.faults, report.notes, watermarks(desk)) == ([], [], {NOW.date()})
    assert whole(desk, 50)


def test_the_sweep_is_asked_for_no_more_than_it_needs(desk: Desk, peer: CrossrefPeer) -> None:
    peer.put(by(50, 399))

    desk.run(now=LATER)

    assert peer.seen == [
        "/works?filter=from-index-date%3A2026-11-13%2Cuntil-index-date%3A2026-11-17%2Chas-orcid%3Atrue&rows=0"
        "&select=DOI%2Cauthor%2Ceditor%2Cchair%2Ctranslator",
        "/works?filter=from-index-date%3A2026-11-13%2Cuntil-index-date%3A2026-11-17%2Chas-orcid%3Atrue&rows=1000"
        "&select=DOI%2Cauthor%2Ceditor%2Cchair%2Ctranslator&cursor=%2A",
        "/works?filter=doi%3A10.5555%2Fexample.50&rows=1",
    ]


def test_what_lists_and_sweeps_bring_is_the_same_record(desk: Desk, peer: CrossrefPeer) -> None:
    """A work found by the one and met again by the other is unchanged."""
    peer.put(by(3, 3))

    assert desk.run(now=LATER).counts["unchanged"] == 1


def test_a_few_lists_are_asked_for_without_counting(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer)
    desk.know(*STAFF[:20])
    desk.run()
    peer.seen.clear()

    desk.run(now=LATER)

    assert (lists(peer), len(peer.seen)) == (1, 1)


def test_a_person_more_is_asked_for_from_the_beginning_beside_the_sweep(desk: Desk, peer: CrossrefPeer) -> None:
    new = Person("Eva", "Nieuw", orcid=orcid(5000))
    peer.put(work(60, orcid=new.orcid, indexed="2019-01-01"))
    desk.know(*STAFF, new)

    desk.run(now=LATER)

    assert "10.5555/example.60" in desk.dois
    assert 1 <= lists(peer) <= 2  # her list, in two if it was full
    assert len(sweeps(peer)) == 2


def reindexed(peer: CrossrefPeer) -> None:
    """A day of mass re-indexing: everything moved, and a few works were really deposited."""
    for found in strangers(17_500):
        peer.put(found | {"deposited": {"date-time": "2024-01-01T00:00:00Z"}})
    peer.put(by(70, 7) | {"deposited": {"date-time": f"{MOVED}T00:00:00Z"}})
    for number in range(5):
        peer.put(by(number, number) | {"title": ["Renamed"], "deposited": {"date-time": "2024-01-01T00:00:00Z"}})


def test_on_a_day_of_mass_reindexing_what_was_deposited_is_swept_and_the_rest_takes_turns(
    desk: Desk, peer: CrossrefPeer
) -> None:
    reindexed(peer)

    first = desk.run(now=LATER)

    assert "10.5555/example.70" in desk.dois
    assert [note.partition(",")[0] for note in first.notes] == ["crossref: 17"]
    assert first.notes[0].endswith("those that waited longest first; the others follow within 7 runs.")
    assert 0 < lists(peer) < 4
    reports: list[StageReport] = [desk.run(now=LATER + timedelta(days=n)) for n in range(1, 7)]
    updated = sum(report.counts.get("updated", 0) for report in [first, *reports])
    assert updated == 5  # what moved by index alone came too, within seven runs
    assert all(day is not None and day >= NOW.date() for day in watermarks(desk))


def test_where_no_sweep_is_cheaper_every_list_is_asked_for(desk: Desk, peer: CrossrefPeer) -> None:
    for found in strangers(17_500):
        peer.put(found)
    peer.put(by(71, 9))

    report = desk.run(now=LATER)

    assert (report.notes, lists(peer), len(sweeps(peer))) == ([], len(harvests.watermarks(desk.store, "crossref")), 2)
    assert "10.5555/example.71" in desk.dois
    assert watermarks(desk) == {NOW.date()}


REFUSED = Fault(
    400, b'{"message":[{"type":"select-not-available","message":"no"}]}', (("Content-Type", "application/json"),)
)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_service_that_refuses_a_sweep_is_asked_for_the_lists(desk: Desk, peer: CrossrefPeer, number: int) -> None:
    peer.put(by(72, 9))
    peer.faults[peer.requests + number] = REFUSED

    report = desk.run(now=LATER)

    assert ("10.5555/example.72" in desk.dois, report.faults, watermarks(desk)) == (True, [], {NOW.date()})
    assert [note.endswith("What it was to stand for was asked for one by one.") for note in report.notes] == [True] * (
        number > 1
    )


@pytest.mark.parametrize("fault", [HANG_UP, EMPTY, busy("3")])
@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_a_bad_answer_in_a_sweep_loses_nothing(desk: Desk, peer: CrossrefPeer, fault: Fault, number: int) -> None:
    for found in [*strangers(2500), *(by(100 + n, n) for n in range(150))]:
        peer.put(found)
    peer.faults[peer.requests + number] = fault

    report = desk.run(now=LATER)

    assert {f"10.5555/example.{100 + n}" for n in range(150)} <= desk.dois
    assert (report.faults, watermarks(desk)) == ([], {NOW.date()})
    assert report.counts["requests"] == len(peer.seen)


def test_a_service_that_is_down_moves_no_watermark(desk: Desk, peer: CrossrefPeer) -> None:
    before = watermarks(desk)
    peer.put(by(73, 9))
    peer.always = busy("7200")

    report = desk.run(now=LATER)

    assert report.faults == [
        "crossref: 127.0.0.1 asks to be left alone for 7200 seconds. The next run goes on from here."
    ]
    assert watermarks(desk) == before
    peer.always = None
    desk.run(now=LATER + timedelta(days=30))
    assert "10.5555/example.73" in desk.dois


class Killed(BaseException):
    pass


@pytest.mark.parametrize("page", range(1, 5))
def test_a_sweep_that_was_killed_goes_on_with_what_it_had_found(desk: Desk, peer: CrossrefPeer, page: int) -> None:
    for found in [*(by(100 + n, n) for n in range(30)), *strangers(2500)]:
        peer.put(found)
    pages = 0

    def progress(done: int, total: int | None, what: str) -> None:
        nonlocal pages
        pages += 1
        if pages == page:
            raise Killed

    try:
        desk.run(now=LATER, progress=progress)
    except Killed:
        peer.seen.clear()
        desk.run(now=LATER)

    assert {f"10.5555/example.{100 + n}" for n in range(30)} <= desk.dois
    assert watermarks(desk) == {NOW.date()}


def test_people_without_an_orcid_are_found_where_the_institution_stands_behind_the_name(
    desk: Desk, peer: CrossrefPeer
) -> None:
    def authored(number: int, given: str, family: str, place: str) -> dict[str, Any]:
        other = {"given": "Some", "family": "One", "ORCID": f"https://orcid.org/{orcid(90_000)}"}
        author = {"given": given, "family": family, "affiliation": [{"name": place}]}
        return work(number, indexed=MOVED) | {"author": [other, author]}

    desk.know(*STAFF, WITHOUT)
    peer.put(authored(80, "D.", "van Els", "Faculty of Law, University of Example, Exampleton"))
    peer.put(authored(81, "D.", "van Els", "Another University"))
    peer.put(authored(82, "K.", "van Els", "University of Example"))

    desk.run(now=LATER)

    assert desk.dois & {f"10.5555/example.{n}" for n in (80, 81, 82)} == {"10.5555/example.80"}


def test_a_doi_with_a_comma_is_asked_for_by_itself(desk: Desk, peer: CrossrefPeer) -> None:
    peer.put(by(90, 9) | {"DOI": "10.5555/a,b"})

    desk.run(now=LATER)

    assert "10.5555/a,b" in desk.dois


def test_days_a_person_asks_for_are_not_swept(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run(now=LATER, since=date(2026, 11, 1))

    assert sweeps(peer) == []


@pytest.mark.parametrize("owner", ["author", "editor", "chair", "translator"])
def test_whose_a_work_is_an_orcid_says_in_any_role(owner: str) -> None:
    known = crossref_sweep.Known(STAFF[:1], [], [])

    assert known.could_own({owner: [{"family": "Else", "ORCID": f"http://orcid.org/{STAFF[0].orcid}"}]})
    assert not known.could_own({owner: [{"family": "Family0", "given": "Given0"}]})


@pytest.mark.parametrize("author", [None, 3, [None], [{}], [{"ORCID": 3}], [{"family": 3, "affiliation": [3]}]])
def test_works_of_any_shape_are_borne(author: object) -> None:
    known = crossref_sweep.Known([*STAFF[:1], WITHOUT], ["04vgbd477"], ["University of Example"])

    assert not known.could_own({"author": author})


def test_an_address_never_outgrows_what_crossref_takes() -> None:
    dois = [f"10.5555/{'é' * 30}{n}" for n in range(300)]

    assert 0 < crossref_sweep.batch(dois) < 30
    assert crossref_sweep.batch(["10.5555/" + "x" * 9000]) == 1
    assert crossref_sweep.batch([f"10.5555/{n}" for n in range(300)]) == 100


def test_the_address_of_the_longest_list_is_short_enough(store: Store, tmp_path: Path) -> None:
    """4,096 bytes are the most; a cursor of a thousand must still fit beside fifty ORCIDs."""
    with CrossrefPeer([]) as peer:
        desk = Desk(store, peer)
        desk.know(*STAFF)
        desk.run()

        assert max(map(len, peer.seen)) < 2_000
