"""Discover with Crossref: a peer on loopback that has the real one's cursors, headers, errors and bad days."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils.db import Database

from pubtrack.config import Contact, Institution, Settings
from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery import stage
from pubtrack.discovery.model import Page, Question
from pubtrack.discovery.sources.crossref import Crossref
from pubtrack.errors import SourceError
from pubtrack.models import Person, Project, Record, StageReport
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, harvests, projects, works
from tests.conftest import ANNA, AT, BRAM, NOW, PROJECT
from tests.peers import crossref as peers
from tests.peers.crossref import CrossrefPeer, Fault
from tests.peers.hourglass import Hourglass

ROR = "04vgbd477"
OTHER_ORCID = "0000-0000-0001-2344"  # outside the ranges that are given out: nobody's
SETTINGS = Settings(
    institution=Institution(name="University of Example", contact=Contact(name="DCC", email="dcc@example.org")),
    policies=(),
)
CARLA_WITHOUT_WORKS = Person("Carla", "Jansen", "carla@example.org", OTHER_ORCID)
BO = Person("Bo", "Family")
YESTERDAY = NOW.date() - timedelta(days=1)


def work(number: int, *, orcid: str | None = ANNA.orcid, indexed: str = "2026-11-01", **more: Any) -> dict[str, Any]:
    """A fictional work as the API gives it."""
    author = {"given": "Anna", "family": "van der Berg", "affiliation": []}
    if orcid:
        author["ORCID"] = f"https://orcid.org/{orcid}"
    return {
        "DOI": f"10.5555/Example.{number}",
        "type": "journal-article",
        "title": [f"Household study {number}"],
        "author": [author],
        "issued": {"date-parts": [[2026, 3, 1]]},
        "indexed": {"date-time": f"{indexed}T01:00:00Z"},
        "is-referenced-by-count": 3,
    } | more


class Desk:
    """A source on a peer, and a store to run it into."""

    def __init__(self, store: Store, peer: CrossrefPeer, **config: Any) -> None:
        self.store, self.peer, self.time = store, peer, Hourglass()
        self.config = CrossrefSource(kind="crossref", mailto="dcc@example.org", base_url=peer.url, rows=5, **config)
        self.rors: list[str] = []
        self.affiliation = ""

    def source(self) -> Crossref:
        session = PoliteSession(
            "crossref", user_agent="pubtrack/0 (mailto:dcc@example.org)", setting="base_url", time=self.time
        )
        return Crossref(self.config, session, rors=self.rors, affiliation=self.affiliation, time=self.time)

    def run(self, **more: Any) -> StageReport:
        more = {"now": NOW, "sources": [self.source()]} | more
        return stage.run(self.store, SETTINGS, **more)

    def know(self, *people: Person) -> None:
        projects.save(self.store, replace(PROJECT, lead=None, members=people), at=AT)

    @property
    def dois(self) -> set[str]:
        return {found.doi for found in works.every(self.store) if found.doi}

    def dump(self) -> dict[str, list[Any]]:
        tables = ("works", "identities", "sightings")
        return {table: [tuple(row.values()) for row in self.store.rows(f"SELECT * FROM {table}")] for table in tables}

    @property
    def watermark(self) -> date | None:
        return max(filter(None, harvests.watermarks(self.store, "crossref").values()), default=None)


@pytest.fixture
def peer() -> Iterator[CrossrefPeer]:
    with CrossrefPeer(work(n) for n in range(23)) as running:
        yield running


@pytest.fixture
def desk(store: Store, peer: CrossrefPeer) -> Desk:
    made = Desk(store, peer)
    made.know(ANNA)
    return made


ALL = {f"10.5555/example.{n}" for n in range(23)}


def test_a_harvest_is_complete(desk: Desk, peer: CrossrefPeer) -> None:
    report = desk.run()

    assert desk.dois == ALL
    assert (report.counts, report.faults, report.notes) == ({"requests": 5, "records": 23, "new": 23}, [], [])
    assert peer.requests == 5


def test_a_list_that_fills_its_last_page_ends(store: Store) -> None:
    with CrossrefPeer(work(n) for n in range(10)) as peer:
        desk = Desk(store, peer)
        desk.know(ANNA)

        assert desk.run().counts == {"requests": 3, "records": 10, "new": 10}


def test_an_empty_list_is_complete(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer)
    desk.know(CARLA_WITHOUT_WORKS)

    report = desk.run()

    assert (report.counts, report.faults, desk.watermark) == ({"requests": 1, "records": 0}, [], YESTERDAY)


def test_the_question_is_as_polite_as_promised(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run()

    assert peer.agents == {"pubtrack/0 (mailto:dcc@example.org)"}
    assert peer.seen[0] == (
        "/works?filter=until-index-date%3A2026-11-16%2Corcid%3A0000-0002-1825-0097&rows=5&cursor=%2A"
    )


def test_a_second_run_changes_nothing(desk: Desk) -> None:
    desk.run()
    before = desk.dump()

    report = desk.run(now=NOW + timedelta(hours=1))

    assert report.counts == {"requests": 1, "records": 0}
    assert desk.dump() == before


def test_the_next_run_asks_for_what_moved_since(desk: Desk, peer: CrossrefPeer) -> None:
    """A citation more is no change; a new title is."""
    desk.run()
    peer.put(work(1, indexed="2026-11-15") | {"is-referenced-by-count": 99})
    peer.put(work(2, indexed="2026-11-15") | {"title": ["Another title"]})
    peer.put(work(50, indexed="2026-11-16"))

    report = desk.run(now=NOW + timedelta(days=1))

    assert "from-index-date%3A2026-11-13%2Cuntil-index-date%3A2026-11-17" in peer.seen[-1]
    assert report.counts == {"requests": 1, "records": 3, "new": 1, "updated": 1, "unchanged": 1}
    assert desk.watermark == NOW.date()


def test_the_watermark_obeys_the_clock_of_the_source(desk: Desk) -> None:
    """A rehearsal of a day to come does not call days harvested that have not been."""
    later = datetime(2199, 1, 1, 12, tzinfo=UTC)

    desk.run(now=later)

    assert desk.watermark is not None
    assert desk.watermark < datetime.now(UTC).date()


def test_a_watermark_in_the_future_is_a_fault(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run()
    asked = peer.requests

    report = desk.run(now=NOW - timedelta(days=30))

    assert report.faults == [
        "crossref: harvested through 2026-11-15, which lies after 2026-10-17. Is the clock right? Nothing was asked of it."
    ]
    assert peer.requests == asked


def test_days_a_person_asks_for_do_not_move_the_watermark_back(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run()

    desk.run(since=date(2026, 1, 1), until=date(2026, 2, 1))

    assert "from-index-date%3A2026-01-01%2Cuntil-index-date%3A2026-02-01" in peer.seen[-1]
    assert desk.watermark == YESTERDAY


def test_days_a_person_asks_for_do_not_stand_for_those_before(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run(since=date(2026, 11, 10))

    assert (desk.dois, desk.watermark) == (set(), None)
    desk.run()
    assert (desk.dois, desk.watermark) == (ALL, YESTERDAY)


BAD_DAYS = [
    pytest.param(peers.busy("7"), id="429 with seconds"),
    pytest.param(peers.busy("Mon, 16 Nov 2026 11:00:30 GMT"), id="429 with a date"),
    pytest.param(peers.busy(), id="429 bare"),
    pytest.param(peers.busy(status=503), id="503"),
    pytest.param(peers.gateway(), id="504 as HTML"),
    pytest.param(peers.gateway(loses=True), id="504, and the page is lost"),
    pytest.param(peers.HANG_UP, id="hangs up, and the page is lost"),
    pytest.param(peers.CUT_BODY, id="cut off, and the page is lost"),
    pytest.param(peers.CUT_JSON, id="half a JSON document"),
    pytest.param(peers.EMPTY, id="an empty page in the middle"),
    pytest.param(peers.SHORT, id="a short page in the middle"),
    pytest.param(peers.REPEAT, id="the page before once more"),
    pytest.param(peers.MAINTENANCE, id="maintenance, with status 200"),
]


@pytest.mark.parametrize("fault", BAD_DAYS)
@pytest.mark.parametrize("number", [1, 2, 5])
def test_one_bad_answer_loses_nothing(desk: Desk, peer: CrossrefPeer, fault: Fault, number: int) -> None:
    peer.faults[number] = fault

    report = desk.run()

    assert (desk.dois, report.faults, desk.watermark) == (ALL, [], YESTERDAY)


def test_a_cursor_that_dies_restarts_the_list(desk: Desk, peer: CrossrefPeer) -> None:
    died: list[int] = []

    def progress(done: int, total: int | None, what: str) -> None:
        if done == 10 and not died:
            died.append(done)
            peer.expire_cursors()

    report = desk.run(progress=progress)

    assert (desk.dois, report.faults, report.counts["requests"]) == (ALL, [], 8)
    assert peer.requests == 8


def test_a_list_that_always_comes_up_short_is_no_harvest(desk: Desk, peer: CrossrefPeer) -> None:
    peer.always = peers.EMPTY

    report = desk.run()

    assert report.faults == [
        "crossref: a list of 23 works ended after 0, 3 times in a row. The next run reads this list again."
    ]
    assert desk.watermark is None
    peer.always = None
    assert desk.run().faults == []
    assert (desk.dois, desk.watermark) == (ALL, YESTERDAY)


def test_a_page_that_comes_for_ever_ends(desk: Desk, peer: CrossrefPeer) -> None:
    peer.faults = {n: peers.REPEAT for n in range(2, 100) if n not in (3, 5)}

    report = desk.run()

    assert report.faults == [
        "crossref: the same page of a list came again and again, 3 times in a row. The next run reads this list again."
    ]


def test_an_outage_is_one_fault_and_a_page_read_is_kept(desk: Desk, peer: CrossrefPeer) -> None:
    peer.faults = dict.fromkeys(range(3, 8), peers.gateway())

    report = desk.run()

    assert report.faults == [
        "crossref: 127.0.0.1 answered 504, 5 times in a row. The next run tries again; if that goes on, look at `base_url`"
        " of this source."
    ]
    assert (len(desk.dois), desk.watermark) == (10, None)
    assert desk.run().faults == []
    assert desk.dois == ALL


def test_a_long_retry_after_is_not_waited_for(desk: Desk, peer: CrossrefPeer) -> None:
    peer.faults[2] = peers.busy("7200")

    report = desk.run()

    assert report.faults == [
        "crossref: 127.0.0.1 asks to be left alone for 7200 seconds. The next run goes on from here."
    ]
    assert desk.time.slept == pytest.approx([0.0001] * len(desk.time.slept))


def test_a_block_stops_the_source_at_once(desk: Desk, peer: CrossrefPeer) -> None:
    desk.rors = [ROR]
    peer.always = peers.BLOCKED

    report = desk.run()

    assert report.faults == [
        "crossref: 127.0.0.1 answered 403, which means it has blocked us. Nothing more is asked of it in this run;"
        " ask its operator why before the next one."
    ]
    assert peer.requests == 1


def test_a_refused_question_is_told_and_the_next_one_asked(desk: Desk, peer: CrossrefPeer) -> None:
    desk.rors = [ROR]
    body = {
        "status": "failed",
        "message-type": "validation-failure",
        "message": [
            {"type": "integer-not-valid", "value": "x", "message": "Integer specified as x but must be positive. "}
        ],
    }
    peer.faults[1] = Fault(400, json.dumps(body).encode(), (("Content-Type", "application/json"),))

    report = desk.run()

    assert report.faults == [
        "crossref: it refused the question (400): Integer specified as x but must be positive."
        " Look at `base_url` and `rows` of this source."
    ]
    assert desk.dois == ALL


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, b"Resource not found."), (400, b'{"status":"failed","message":"no"}'), (422, b"[[[["), (410, b"\xff\xfe")],
)
def test_whatever_a_refusal_looks_like_it_is_told(desk: Desk, peer: CrossrefPeer, status: int, body: bytes) -> None:
    """404 is plain text announced as JSON; habanero raises TypeError on a JSON string where a list is usual."""
    peer.always = Fault(status, body, (("Content-Type", "application/json;charset=utf-8"),))

    [fault] = desk.run().faults

    assert fault.startswith(f"crossref: it refused the question ({status}): ")


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'{"message": 3}',
        b'{"message": {"items": 3}}',
        b"{}",
        b'{"message":{"total-results":1,"items":[1],"next-cursor":"x"}}',
    ],
)
def test_an_answer_of_another_shape_is_no_harvest(desk: Desk, peer: CrossrefPeer, body: bytes) -> None:
    peer.always = Fault(200, body, (("Content-Type", "application/json"),))

    report = desk.run()

    assert len(report.faults) == 1
    assert report.faults[0].startswith("crossref: it ")
    assert desk.watermark is None


def test_an_item_without_a_doi_is_counted_and_named(desk: Desk, peer: CrossrefPeer) -> None:
    items = [work(1), {"title": ["nameless"]}, work(2) | {"DOI": None}]
    message = {"total-results": 3, "items": items, "next-cursor": "x"}
    peer.always = Fault(200, json.dumps({"message": message}).encode(), (("Content-Type", "application/json"),))

    report = desk.run()

    assert report.counts == {"requests": 1, "records": 1, "new": 1, "unusable": 2}
    assert report.notes == ["crossref: 2 not usable, it has no DOI: item 2 of a page, item 3 of a page."]


class Killed(BaseException):
    """What a kill is to the code: nothing after it runs."""


@pytest.mark.parametrize("page", [1, 2, 3, 4])
@pytest.mark.parametrize("away", [0, 300])
def test_a_killed_run_goes_on_where_it_stood(desk: Desk, peer: CrossrefPeer, page: int, away: float) -> None:
    """At the next page while the cursor can be alive, from the start once it cannot."""

    def progress(done: int, total: int | None, what: str) -> None:
        if done == 5 * page:
            raise Killed

    with pytest.raises(Killed):
        desk.run(progress=progress)
    assert len(desk.dois) == 5 * page
    desk.time.elapsed += away

    report = desk.run()

    assert (desk.dois, report.faults, desk.watermark) == (ALL, [], YESTERDAY)
    assert report.counts["requests"] == (5 if away else 5 - page)
    assert harvest_states(desk.store) == ["complete"]


@pytest.mark.parametrize("page", [1, 2, 3, 4, 5])
def test_killed_with_a_page_in_hand(desk: Desk, peer: CrossrefPeer, page: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's cursor has moved on and the page is lost: the count says so, and the list is read again."""
    real, calls = harvests.advance, iter(range(1, 100))

    def advance(*args: Any, **more: Any) -> None:
        if next(calls) == page:
            raise Killed
        real(*args, **more)

    monkeypatch.setattr(harvests, "advance", advance)
    with pytest.raises(Killed):
        desk.run()
    assert len(desk.dois) == 5 * (page - 1)

    report = desk.run()

    assert (desk.dois, report.faults, desk.watermark) == (ALL, [], YESTERDAY)


def test_killed_between_any_two_statements(peer: CrossrefPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever was written then is whole, and the next run completes it: nothing lost, nothing twice."""
    execute = Database.execute
    left = 0

    def counted(self: Database, *args: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        return execute(self, *args, **more)

    for statement in range(2000):
        store = Store.open(None)
        desk = Desk(store, peer)
        desk.know(ANNA)
        left = statement
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(Database, "execute", counted)
            desk.run()
        finished = left > 0
        if finished:
            break
        assert desk.run().faults == []
        assert (desk.dois, desk.watermark) == (ALL, YESTERDAY)
        assert [len(rows) for rows in desk.dump().values()] == [23, 23, 23]
        store.close()
    assert statement > 30


def test_what_was_left_on_another_day_is_not_gone_on_with(desk: Desk) -> None:
    def progress(done: int, total: int | None, what: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        desk.run(progress=progress)

    desk.run(now=NOW + timedelta(days=1))

    assert (desk.dois, harvest_states(desk.store)) == (ALL, ["failed", "complete"])


def test_one_person_more_is_harvested_from_the_beginning(desk: Desk, peer: CrossrefPeer) -> None:
    desk.run()
    peer.put(work(90, orcid=OTHER_ORCID, indexed="2020-01-01"))
    desk.know(ANNA, replace(BRAM, orcid=OTHER_ORCID))

    desk.run(now=NOW + timedelta(days=1))

    assert "10.5555/example.90" in desk.dois


def test_the_institution_is_asked_for_by_its_ror(desk: Desk, peer: CrossrefPeer) -> None:
    desk.know(CARLA_WITHOUT_WORKS)
    desk.rors = [ROR]
    place = {"name": "University of Example", "id": [{"id": f"https://ror.org/{ROR}", "id-type": "ROR"}]}
    peer.put(work(70, orcid=None) | {"author": [{"given": "C.", "family": "Else", "affiliation": [place]}]})

    desk.run()

    assert "10.5555/example.70" in desk.dois
    assert f"ror-id%3Ahttps%3A%2F%2Fror.org%2F{ROR}" in peer.seen[0]


def test_a_person_without_an_orcid_is_searched_for_and_namesakes_are_passed_over(store: Store) -> None:
    """A relevance search brings everybody who shares a word; a family name and an initial must fit."""
    names = [("Bram", "'t Hooft"), ("B.", "’t Hooft"), ("Bram", "Smit"), ("Karel", "'t Hooft"), ("", "'T HOOFT")]
    found = [
        work(n, orcid=None) | {"author": [{"given": given, "family": family, "affiliation": []}]}
        for n, (given, family) in enumerate(names)
    ]
    with CrossrefPeer(found) as peer:
        desk = Desk(store, peer)
        desk.affiliation = "University of Example"
        desk.know(BRAM)

        report = desk.run()

    assert "query.author=Bram+%27t+Hooft" in peer.seen[0]
    assert "query.affiliation=University+of+Example" in peer.seen[0]
    assert "sort=score&order=desc" in peer.seen[0]
    assert desk.dois == {f"10.5555/example.{n}" for n in (0, 1, 4)}
    assert report.counts["passed over"] == 2


def test_a_limit_on_searches_is_told_and_everybody_has_a_turn(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer, searches_per_run=2)
    desk.know(*(Person("Bo", f"Family{n}") for n in range(5)))

    reports = [desk.run(now=NOW + timedelta(days=n)) for n in range(3)]

    note = (
        "crossref: 2 of the {} people without an ORCID who are due were searched for, those who waited longest first; the others"
        " follow in the next runs (`searches_per_run`)."
    )
    assert [report.notes for report in reports] == [[note.format(5)], [note.format(3)], []]
    assert {seen.split("query.author=")[1].split("&")[0] for seen in peer.seen} == {f"Bo+Family{n}" for n in range(5)}


def searched(peer: CrossrefPeer) -> list[str]:
    return [seen.split("query.author=")[1].split("&")[0] for seen in peer.seen if "query.author=" in seen]


def test_everybody_is_searched_for_in_a_rhythm(store: Store, peer: CrossrefPeer) -> None:
    """Sooner than promised, never later, and not all on one day; who is due waits for nobody else."""
    desk = Desk(store, peer, search_days=30)
    desk.know(*(Person("Bo", f"Family{n}") for n in range(20)))
    days: dict[str, list[int]] = {}
    for day in range(75):
        peer.seen.clear()
        desk.run(now=NOW + timedelta(days=day))
        for name in searched(peer):
            days.setdefault(name, []).append(day)

    gaps = {later - sooner for each in days.values() for sooner, later in pairwise(each)}
    assert (len(days), {each[0] for each in days.values()}) == (20, {0})
    assert gaps <= set(range(20, 31))
    assert len({each[1] for each in days.values()}) > 5


def test_whose_projects_ended_long_ago_is_searched_for_more_rarely(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer, search_days=30, search_days_ended=120)
    projects.save(store, Project("1", "Long ago", members=(BO,), ended_on=date(2020, 1, 1)), at=AT)
    desk.run()
    [row] = store.rows("SELECT next_check_at FROM harvests")

    assert date(2027, 2, 3) <= date.fromisoformat(row["next_check_at"][:10]) <= date(2027, 3, 16)
    desk.run(now=NOW + timedelta(days=40))
    assert len(searched(peer)) == 1
    projects.save(store, Project("2", "Anew", members=(BO,)), at=AT)  # and is looked for sooner when that changes
    desk.run(now=NOW + timedelta(days=41))
    assert len(searched(peer)) == 2


def test_a_search_that_failed_is_due_at_once(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer)
    desk.know(BO)
    peer.always = peers.busy("7200")
    desk.run()
    peer.always = None

    desk.run(now=NOW + timedelta(hours=1))

    assert len(searched(peer)) == 2


def test_days_a_person_asks_for_wake_everybody(store: Store, peer: CrossrefPeer) -> None:
    desk = Desk(store, peer)
    desk.know(BO)
    desk.run()

    desk.run(since=date(2026, 11, 1))

    assert len(searched(peer)) == 2


def test_nobody_to_look_for_is_said(store: Store, peer: CrossrefPeer) -> None:
    report = Desk(store, peer).run()

    assert report.notes == ["crossref: nothing to ask, for the register names nobody it could look for."]
    assert peer.requests == 0


class Shelf:
    """A source that has everything at once, or fails."""

    overlap_days = 0

    def __init__(self, name: str, *answers: Page | SourceError, once: bool = False) -> None:
        self.name, self.answers, self.once, self.asked = name, answers, once, 0

    def questions(self, people: Sequence[Person], since: date | None, until: date) -> list[Question]:
        return [Question("shelf", since, until, once=self.once)]

    def pages(self, question: Question, position: str | None) -> Iterator[Page]:
        self.asked += 1
        for answer in self.answers:
            if isinstance(answer, SourceError):
                raise answer
            yield answer


def record(number: int, source: str = "shelf") -> Record:
    found = work(number)
    return Record(source, found["DOI"].lower(), "crossref", json.dumps(found).encode())


def test_one_source_failing_does_not_stop_the_others(desk: Desk) -> None:
    broken = Shelf("repository", SourceError("the far side is down."))

    report = desk.run(sources=[broken, desk.source()])

    assert report.faults == ["repository: the far side is down."]
    assert desk.dois == ALL


def test_a_list_that_stops_without_saying_so_is_no_harvest(store: Store) -> None:
    shelf = Shelf("shelf", Page((record(1),), "more"))

    report = stage.run(store, SETTINGS, now=NOW, sources=[shelf])

    assert report.faults == ["shelf: a list ended without saying that it was complete."]
    assert harvests.watermarks(store, "shelf") == {}


def test_a_source_with_nothing_to_say_is_harvested(store: Store) -> None:
    report = stage.run(store, SETTINGS, now=NOW, sources=[Shelf("shelf")])

    assert (report.faults, harvests.watermarks(store, "shelf")) == ([], {"shelf": YESTERDAY})


def test_what_is_asked_once_is_not_asked_again(store: Store) -> None:
    shelf = Shelf("shelf", Page((record(1),), None), once=True)

    stage.run(store, SETTINGS, now=NOW, sources=[shelf])
    stage.run(store, SETTINGS, now=NOW + timedelta(days=9), sources=[shelf])

    assert shelf.asked == 1


def test_a_list_of_its_own_does_not_stop_the_next(store: Store) -> None:
    """One file that cannot be read is no reason to leave the others."""
    shelf = Shelf("shelf", SourceError("not to be read."), once=True)
    shelf.questions = lambda people, since, until: [Question(name, since, until, once=True) for name in "ab"]  # type: ignore[method-assign]

    stage.run(store, SETTINGS, now=NOW, sources=[shelf])

    assert shelf.asked == 2


def test_the_same_fault_is_told_once(store: Store) -> None:
    shelf = Shelf("shelf", SourceError("down."))
    shelf.questions = lambda people, since, until: [Question(name, since, until) for name in "ab"]  # type: ignore[method-assign]
    error = shelf.answers[0]
    assert isinstance(error, SourceError)
    error.permanent = True

    assert stage.run(store, SETTINGS, now=NOW, sources=[shelf]).faults == ["shelf: down. (met 2 times)"]


def test_the_pace_keeps_the_peace(store: Store) -> None:
    """A peer that enforces its limit, asked on the real clock, never has to."""
    with CrossrefPeer((work(n) for n in range(60)), limit=20, enforce=True) as peer:
        desk = Desk(store, peer)
        desk.know(ANNA)
        config = desk.config.model_copy(update={"rows": 2})
        source = Crossref(config, PoliteSession("crossref", user_agent="x"), rors=[], affiliation="")

        report = desk.run(sources=[source])

    assert (report.counts["new"], peer.requests, peer.refused) == (60, 31, 0)


def harvest_states(store: Store) -> list[str]:
    return [row["state"] for row in store.rows("SELECT state FROM harvests ORDER BY id")]


@pytest.mark.shared
def test_all_the_real_works_are_harvested(store: Store, shared: Path) -> None:
    with CrossrefPeer(peers.read(shared / "crossref" / "works.jsonl.gz")) as peer:
        desk = Desk(store, peer)
        everything = Question("everything", None, NOW.date())
        source = Crossref(
            desk.config.model_copy(update={"rows": 1000}),
            PoliteSession("crossref", user_agent="x"),
            rors=[],
            affiliation="",
        )
        source.questions = lambda people, since, until: [everything]  # type: ignore[method-assign]

        report = desk.run(sources=[source])

        ids = {row["source_id"] for row in store.rows("SELECT source_id FROM sightings")}
        assert ids == {seen["DOI"].lower() for seen in peers.read(shared / "crossref" / "works.jsonl.gz")}
    assert (report.counts["requests"], report.counts["records"], report.faults) == (11, 10_489, [])
