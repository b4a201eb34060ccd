"""What the tests of sources behind cursors share: a desk with a store and a patient source, and the days on which services are bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from pubtrack.config import Contact, Institution, Settings
from pubtrack.discovery import stage
from pubtrack.discovery.model import Source
from pubtrack.models import Person, StageReport
from pubtrack.store import Store, harvests, projects
from tests.conftest import AT, NOW, PROJECT
from tests.peers import crossref as peers
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
