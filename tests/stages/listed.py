"""What the tests of sources behind cursors share: a desk with a store and a patient source, bad days, and what holds of every source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, ClassVar

import pytest

from pubtrack.config import Contact, Institution, Settings
from pubtrack.discovery import stage
from pubtrack.discovery.model import Source
from pubtrack.models import Person, StageReport
from pubtrack.store import Store, harvests, projects
from tests.conftest import AT, NOW, PROJECT
from tests.peers import crossref as peers
from tests.peers.crossref import Fault
from tests.peers.hourglass import Hourglass
from tests.peers.service import Service

ROR = "04vgbd477"
SETTINGS = Settings(
    institution=Institution(
        name="Universiteit van Voorbeeld",
        name_en="University of Example",
        ror=(f"https://ror.org/{ROR}",),
        contact=Contact(name="DCC", email="dcc@example.org"),
    ),
    policies=(),
)
YESTERDAY = NOW.date() - timedelta(days=1)

# One bad answer each, after which a second try brings the right one.
BAD_DAYS = [
    pytest.param(peers.busy("7"), id="429 with seconds"),
    pytest.param(peers.busy("Mon, 16 Nov 2026 11:00:30 GMT"), id="429 with a date"),
    pytest.param(peers.busy(status=503), id="503"),
    pytest.param(peers.gateway(), id="504 as HTML"),
    pytest.param(peers.HANG_UP, id="hangs up"),
    pytest.param(peers.CUT_BODY, id="cut off"),
    pytest.param(peers.CUT_JSON, id="half a JSON document"),
    pytest.param(peers.EMPTY, id="an empty page in the middle"),
    pytest.param(peers.MAINTENANCE, id="maintenance, with status 200"),
]


class Killed(BaseException):
    """What a kill is to the code: nothing after it runs."""


class Desk:
    """A source on a peer, built anew for every run, and a store to run it into."""

    def __init__(self, store: Store, peer: Service, build: Callable[[Desk], Source]) -> None:
        self.store, self.peer, self.build, self.time = store, peer, build, Hourglass()

    def run(self, **more: Any) -> StageReport:
        more = {"now": NOW, "sources": [self.build(self)]} | more
        return stage.run(self.store, SETTINGS, **more)

    def killed_after(self, records: int) -> None:
        """Run until so many records are stored."""

        def progress(done: int, total: int | None, what: str) -> None:
            if done >= records:
                raise Killed

        with pytest.raises(Killed):
            self.run(progress=progress)

    def know(self, *people: Person) -> None:
        projects.save(self.store, replace(PROJECT, lead=None, members=people), at=AT)

    @property
    def ids(self) -> set[str]:
        """The identifiers of everything that was seen."""
        return {row["source_id"] for row in self.store.rows("SELECT source_id FROM sightings")}

    def dump(self) -> dict[str, list[Any]]:
        tables = ("works", "identities", "sightings")
        return {table: [tuple(row.values()) for row in self.store.rows(f"SELECT * FROM {table}")] for table in tables}

    @property
    def watermark(self) -> date | None:
        marks = [mark for row in self.store.rows("SELECT DISTINCT source FROM harvests") for mark in self._marks(row)]
        return min(marks, default=None)

    def _marks(self, row: dict[str, Any]) -> list[date]:
        return [mark for mark in harvests.watermarks(self.store, row["source"]).values() if mark]


class Harvests:
    """What holds of every source behind cursors; its tests inherit this, beside their fixtures `desk` and `peer` (23 works, 5 a page)."""

    name: ClassVar[str]
    everything: ClassVar[set[str]]
    shapes: ClassVar[tuple[bytes, ...]]  # JSON, but no list of works

    def test_a_second_run_changes_nothing(self, desk: Desk) -> None:
        desk.run()
        before = desk.dump()

        report = desk.run(now=NOW + timedelta(hours=1))

        assert (report.counts, report.faults) == ({"requests": 1, "records": 0}, [])
        assert desk.dump() == before

    @pytest.mark.parametrize("fault", BAD_DAYS)
    @pytest.mark.parametrize("number", [1, 2, 5])
    def test_one_bad_answer_loses_nothing(self, desk: Desk, peer: Service, fault: Fault, number: int) -> None:
        peer.faults[number] = fault

        report = desk.run()

        assert (desk.ids, report.faults, desk.watermark) == (self.everything, [], YESTERDAY)

    @pytest.mark.parametrize("page", [1, 2, 3, 4])
    @pytest.mark.parametrize("away", [0, 3600])
    def test_a_killed_run_goes_on_where_it_stood(self, desk: Desk, page: int, away: float) -> None:
        """These cursors do not die, so nothing is asked twice."""
        desk.killed_after(5 * page)
        desk.time.elapsed += away

        report = desk.run()

        assert (desk.ids, report.faults, desk.watermark) == (self.everything, [], YESTERDAY)
        assert report.counts["requests"] == 6 - page

    @pytest.mark.parametrize("page", [1, 2, 3, 4])
    def test_an_outage_is_one_fault_and_the_next_run_goes_on(self, desk: Desk, peer: Service, page: int) -> None:
        peer.faults = dict.fromkeys(range(page + 1, page + 6), peers.gateway())

        report = desk.run()

        assert report.faults == [
            f"{self.name}: 127.0.0.1 answered 504, 5 times in a row. The next run tries again; if that goes on, look at `base_url`"
            " of this source."
        ]
        assert (len(desk.ids), desk.watermark) == (5 * page, None)
        assert desk.run().faults == []
        assert desk.ids == self.everything

    def test_an_answer_that_is_no_list_of_works_is_no_harvest(self, desk: Desk, peer: Service) -> None:
        """A page of another host, and JSON of another shape."""
        answers = [Fault(200, body, (("Content-Type", "application/json"),)) for body in (b"[]", b"{}", *self.shapes)]
        for answer in (peers.MAINTENANCE, *answers):
            peer.always = answer

            assert desk.run().faults == [
                f"{self.name}: it answered, but not with a list of works. Look at `base_url` of this source."
            ]
            assert desk.watermark is None
