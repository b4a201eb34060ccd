"""Two real OAI-PMH servers on their bad days: after recovery the store equals the server, record by record. 0 lost, 0 doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from pubtrack.discovery import stage
from pubtrack.discovery.crosswalks.oai_dc import crosswalk
from pubtrack.discovery.sources.oai_pmh import OaiPmhSource
from pubtrack.models import StageReport
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, sightings, works
from tests.conftest import NOW
from tests.peers.hourglass import Hourglass
from tests.peers.oai import OaiPeer
from tests.peers.oai_faults import DAYS, SECONDS, Entry, Fault, Repository
from tests.peers.oai_repo import OaiRepoPeer

COUNT, BATCH = 23, 5
SERVERS: dict[str, type[Repository]] = {"oaipmh": OaiPeer, "oai_repo": OaiRepoPeer}


@pytest.fixture
def store() -> Iterator[Store]:
    """A real database, in memory: what is tested here is the line, not the disk."""
    opened = Store.open(None)
    yield opened
    opened.close()


def entry(number: int, stamp: datetime, deleted: bool = False) -> Entry:
    fields = {"title": [f"Registers, volume {number}"], "creator": ["Berg, Anna van der"], "date": ["2026-02-01"]}
    return Entry(f"oai:repository.example.org:{number}", stamp, fields, deleted)


def library() -> list[Entry]:
    """Fictional records, one a day from March on; every seventh is deleted."""
    return [entry(number, datetime(2026, 3, 1 + number, 10), number % 7 == 6) for number in range(COUNT)]


def source(peer: Repository, **options: Any) -> OaiPmhSource:
    time = Hourglass()
    session = PoliteSession("repository", user_agent="pubtrack tests", time=time)
    once = PoliteSession("repository", user_agent="pubtrack tests", time=time, retries=0)
    return OaiPmhSource("repository", peer.url, session, once=once, **options)


def run(store: Store, peer: Repository, day: int = 0, **options: Any) -> StageReport:
    """One run, so many days after the first. The server's clock stands still, unless a fault moves it."""
    now = NOW + timedelta(days=day)
    return stage.run(store, None, now=now, sources=[source(peer, **options)])  # type: ignore[arg-type]


def nothing(peer: Repository) -> None:
    pass


@dataclass(frozen=True)
class Case:
    """What goes wrong, and what happens after the first run; `told` begins the fault that the first run reports, if it must."""

    goes_wrong: Callable[[Any], None]
    told: str | None = None
    then: Callable[[Any], None] = nothing
    days: tuple[int, ...] = (0, 1, 2)  # on which the runs are, counted from the first
    options: dict[str, Any] = field(default_factory=dict)
    text: str = ""  # what a fault put behind every title of a page
    servers: tuple[str, ...] = ("oaipmh", "oai_repo")


def on(answer: int, *faults: Fault) -> Callable[[Repository], None]:
    """The faults, from the n-th ListRecords answer on."""
    return lambda peer: peer.faults.update({answer + at: fault for at, fault in enumerate(faults)})


def mended(peer: Repository) -> None:
    peer.faults.clear()


def having(**state: Any) -> Callable[[Repository], None]:
    return lambda peer: [setattr(peer, name, value) for name, value in state.items()] and None


def late(
    days: int, arrives: datetime = datetime(2026, 11, 17, 11)
) -> tuple[Callable[[Any], None], Callable[[Any], None]]:
    """A record that the index holds on the second day only, under a datestamp so many days older."""
    new = entry(COUNT, arrives - timedelta(days=days))

    def before(peer: Repository) -> None:
        peer.entries, peer.hidden = [*peer.entries, new], frozenset({new.identifier})

    return before, having(hidden=frozenset())


def stamped_by_a_clock_at(moment: datetime) -> Callable[[Repository], None]:
    """A record that the server stamps by its own clock, which jumped."""

    def jump(peer: Repository) -> None:
        peer.clock, peer.entries = moment, [*peer.entries, entry(COUNT, moment)]

    return jump


def changed(peer: Repository) -> None:
    """One record comes, in the server's own time; and one is deleted, if the server tells that."""
    at = datetime(2026, 11, 16, 9)
    kept = [replace(e, deleted=True, stamp=at) if e.identifier.endswith(":3") else e for e in peer.entries]
    peer.entries = [*(peer.entries if isinstance(peer, OaiRepoPeer) else kept), entry(COUNT, at)]


def stale(peer: Any) -> None:
    peer.events[3] = lambda: setattr(peer, "state", 2)


CUT = "repository: an answer is not whole or not XML, so nothing of it counts ("
GONE = "repository: 127.0.0.1 could not be reached or hung up"
FAULTS: dict[str, Case] = {
    # what one answer holds
    "control characters": Case(on(2, Fault.CONTROL)),
    "bare ampersands and HTML's entities": Case(on(2, Fault.AMPERSAND), text=" R&D é"),
    "blanks and a byte order mark before the XML": Case(on(2, Fault.BLANKS)),
    "every record of a page twice": Case(on(2, Fault.TWICE)),
    "a tag not closed in one record, once": Case(on(2, Fault.BROKEN_RECORD)),
    "a record without a header, once": Case(on(2, Fault.NO_HEADER)),
    "a record without metadata, once": Case(on(2, Fault.NO_METADATA)),
    "a page cut off": Case(on(2, Fault.CUT), CUT),
    "the last page cut off": Case(on(5, Fault.CUT), CUT),
    "a maintenance page with status 200": Case(
        on(3, Fault.HTML), "repository: the repository answered with a web page"
    ),
    "entities that grow": Case(on(2, Fault.DTD), CUT),
    "XML of another kind": Case(on(1, Fault.NOT_OAI), "repository: the answer is XML, but not OAI-PMH"),
    "an answer to another question": Case(
        on(2, Fault.OTHER_VERB), "repository: asked for records, the repository answered with ListSets."
    ),
    # tokens
    "a token that expired": Case(on(3, Fault.BAD_TOKEN)),
    "a token that expired, told with status 422": Case(having(errors_with_422=True, faults={3: Fault.BAD_TOKEN})),
    "tokens that are never known again": Case(
        on(2, Fault.REFUSE_TOKENS), "repository: the repository refused its own resumptionToken again", mended
    ),
    "the same token for ever": Case(
        on(2, Fault.STUCK), "repository: the repository gave the same resumptionToken", mended
    ),
    "an empty token on the last page": Case(on(5, Fault.EMPTY_TOKEN)),
    "an empty token in the middle of the list, once": Case(on(2, Fault.ENDED_EARLY)),
    "tokens gone stale, for the content changed": Case(stale, servers=("oai_repo",)),
    # the line
    "503 with Retry-After in seconds": Case(on(2, Fault.BUSY)),
    "503 with Retry-After as a date": Case(on(2, Fault.BUSY_UNTIL)),
    "429 with Retry-After in seconds": Case(on(2, Fault.TOO_MANY)),
    "429 with Retry-After as a date": Case(on(2, Fault.TOO_MANY_UNTIL)),
    "500, once": Case(on(2, Fault.STATUS_500)),
    "500 all day": Case(
        on(3, *[Fault.STATUS_500] * 5), "repository: 127.0.0.1 answered 500, 5 times in a row. The next run tries again"
    ),
    "403": Case(on(3, Fault.STATUS_403), "repository: 127.0.0.1 answered 403, which means it has blocked us."),
    "404, once": Case(
        on(3, Fault.STATUS_404), "repository: the repository answered 404. Look at `url` of this source."
    ),
    "a connection lost in the middle of a page": Case(on(2, Fault.DROPPED)),
    "the server killed in the middle of a page": Case(on(3, Fault.KILLED), GONE, lambda peer: peer.start()),
    "the server killed in the first page": Case(on(1, Fault.KILLED), GONE, lambda peer: peer.start()),
    # what it says of itself
    "Identify answers 500": Case(having(identify_fails=True)),
    "ListMetadataFormats answers 500": Case(having(formats_fail=True)),
    "every error with status 422": Case(having(errors_with_422=True)),
    "days for datestamps": Case(having(granularity=DAYS)),
    "announces seconds, takes days": Case(having(takes=DAYS), then=changed),
    "announces days, takes seconds": Case(having(granularity=DAYS, takes=SECONDS), then=changed),
    "announces seconds, stamps with days": Case(having(stamps=DAYS), then=changed),
    "announces days, stamps with seconds": Case(having(granularity=DAYS, stamps=SECONDS), then=changed),
    # time
    "records deleted and made meanwhile": Case(nothing, then=changed),
    "an index late by two days": Case(late(2)[0], then=late(2)[1]),
    "an index late by eight days, and an overlap to match": Case(
        late(8)[0], then=late(8)[1], options={"overlap_days": 10}
    ),
    "its clock ten days behind from now on": Case(nothing, then=stamped_by_a_clock_at(datetime(2026, 11, 6, 10))),
    "its clock a year ahead from now on": Case(nothing, then=stamped_by_a_clock_at(datetime(2027, 11, 16, 10))),
    "its clock years behind from the beginning": Case(stamped_by_a_clock_at(datetime(2003, 1, 1))),
    "our clock a month behind, for a day": Case(nothing, days=(0, -30, 2), then=changed),
}


def test_most_are_tried_on_both_servers() -> None:
    both = [name for name, case in FAULTS.items() if len(case.servers) == 2]

    assert len(both) >= 40


@pytest.mark.parametrize(
    ("server", "name"), [(server, name) for name, case in FAULTS.items() for server in case.servers]
)
def test_after_recovery_the_store_equals_the_server(store: Store, server: str, name: str) -> None:
    case = FAULTS[name]
    with SERVERS[server](library(), batch=BATCH) as peer:
        case.goes_wrong(peer)
        first = run(store, peer, case.days[0], **case.options)
        case.then(peer)
        for day in case.days[1:]:
            last = run(store, peer, day, **case.options)

        told = case.told or ""
        assert [fault[: len(told)] for fault in first.faults] == ([told] if told else [])
        assert last.faults == []
        assert_equal(store, peer, case.text)


def assert_equal(store: Store, peer: Repository, text: str = "") -> None:
    """Every record of the server once, with its title, deleted or not; and a work for each that is not."""
    shown = {
        e.identifier: None if e.deleted else e.fields["title"][0]
        for e in peer.entries
        # oai_repo leaves deleted records out of its lists in silence
        if not (e.deleted and isinstance(peer, OaiRepoPeer))
    }
    rows = list(store.rows("SELECT id, source_id, deleted, work_id FROM sightings"))
    raw = {row["id"]: row["raw"] for row in sightings.read(store, [row["id"] for row in rows])}
    stored = {
        row["source_id"]: None if row["deleted"] else crosswalk(raw[row["id"]]).title.removesuffix(text) for row in rows
    }

    assert len(rows) == len(stored)
    assert stored == shown
    titles = sorted(title for title in shown.values() if title)
    assert sorted(work.title.removesuffix(text) for work in works.every(store)) == titles
    assert len({row["work_id"] for row in rows if not row["deleted"]}) == len(titles)


# What a person got wrong: one sentence that names the source and the setting.
WRONG: dict[str, tuple[Callable[[Repository], OaiPmhSource], str]] = {
    "a set that does not exist": (
        lambda peer: source(peer, set="books"),
        "repository: the repository has no set books, but publications:all. Look at `set` of this source.",
    ),
    "a prefix that does not exist": (
        lambda peer: source(peer, prefix="mods"),
        "repository: the repository does not give the format mods. Look at `prefix` of this source.",
    ),
    "nobody listens at the address": (
        lambda peer: OaiPmhSource("repository", "http://127.0.0.1:1/oai", source(peer)._session, prefix="oai_dc"),
        "repository: 127.0.0.1 could not be reached or hung up, 5 times in a row."
        " The next run tries again; if that goes on, look at `url` of this source.",
    ),
    "the address is no address": (
        lambda peer: OaiPmhSource("repository", "http://", source(peer)._session, prefix="oai_dc"),
        "repository: this is no address that can be asked (InvalidURL). Look at `url` of this source.",
    ),
}


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize(("made", "sentence"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_told_in_one_sentence_and_the_other_sources_go_on(
    store: Store, server: str, made: Callable[[Repository], OaiPmhSource], sentence: str
) -> None:
    with SERVERS[server](library(), batch=BATCH) as peer:
        other = source(peer)
        other.name = "other"
        report = stage.run(store, None, now=NOW, sources=[made(peer), other])  # type: ignore[arg-type]

    assert report.faults == [sentence]
    assert report.counts["new"] == COUNT - COUNT // 7


@pytest.mark.parametrize("server", SERVERS)
def test_a_web_page_instead_of_a_repository(store: Store, server: str) -> None:
    with SERVERS[server](library(), batch=BATCH) as peer:
        peer.faults[1] = Fault.HTML
        assert run(store, peer).faults == [
            "repository: the repository answered with a web page instead of OAI-PMH: it may be under maintenance, or `url` is wrong."
        ]


def test_a_later_record_of_a_set_that_was_empty_is_no_fault(store: Store) -> None:
    """Only a first harvest that finds nothing asks which sets there are."""
    with OaiPeer(library(), batch=BATCH) as peer:
        run(store, peer, set="publications:all")
        peer.asked.clear()
        assert run(store, peer, 1, set="publications:all").faults == []
        assert [arguments["verb"] for arguments in peer.asked] == ["ListMetadataFormats", "Identify", "ListRecords"]


def test_an_overlap_goes_as_far_back_as_it_is_told(store: Store) -> None:
    with OaiPeer(library(), batch=BATCH) as peer:
        run(store, peer, overlap_days=30)
        run(store, peer, 1, overlap_days=30)
        since = peer.lists[-1]["from"]

    assert date.fromisoformat(since[:10]) == date(2026, 11, 16) - timedelta(days=30)
