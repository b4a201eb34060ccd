"""What every test shares: a fixed moment, a cast of people, a real store, and no network beyond this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pubtrack.models import Person, Project
from pubtrack.store import Store

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
AT = "2026-11-16T11:00:00Z"

# A fictional cast; the ORCIDs are well formed and nobody's.
ANNA = Person("Anna", "van der Berg", "anna@example.org", "0000-0002-1825-0097", language="nl")
BRAM = Person("Bram", "'t Hooft", "bram@example.org", language="nl")
CARLA = Person("Carla", "Jansen", "carla@example.org", language="en")
PROJECT = Project(
    "9001",
    "Social mobility of second-generation households",
    datasets=("GBAPERSOONTAB", "INPATAB"),
    institution="University of Example",
    lead=ANNA,
    members=(BRAM,),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real, empty database in a file."""
    opened = Store.open(tmp_path / "pubtrack.db")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real records; the test is skipped where it is not there."""
    if not SHARED.is_dir():
        pytest.skip(f"the real records are not there ({SHARED.relative_to(ROOT.parent)} beside the project)")
    return SHARED


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse any connection that would leave this machine."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address[0]}")
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
