"""Discover with OpenAlex: a peer on loopback with its cursors, its key, its allowance and bad days."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.config import Secret
from pubtrack.config.sources import OpenAlexSource
from pubtrack.discovery.sources.openalex import OpenAlex, build
from pubtrack.errors import ConfigError, SourceError
from pubtrack.models import Person
from pubtrack.store import Store, works
from tests.conftest import ANNA, BRAM, NOW
from tests.peers import crossref as peers
from tests.peers.crossref import Fault
from tests.peers.openalex import OpenAlexPeer, exhausted
from tests.stages.listed import ROR, SETTINGS, YESTERDAY, Desk, Harvests

KEY = "k3y-0f-0ur-0wn"
NOWHERE = SETTINGS.model_copy(update={"institution": SETTINGS.institution.model_copy(update={"ror": ()})})


def work(
    number: int, *, published: str = "2025-03-05", orcid: str | None = ANNA.orcid, ror: str = "", **more: Any
) -> dict[str, Any]:
    """A fictional work as the API gives it."""
    place = (
        [{"id": "https://openalex.org/I1", "display_name": "University of Example", "ror": f"https://ror.org/{ror}"}]
        if ror
        else []
    )
    author = {"display_name": "Anna van der Berg", "orcid": f"https://orcid.org/{orcid}" if orcid else None}
    return {
        "id": f"https://openalex.org/W{1000 + number}",
        "doi": f"https://doi.org/10.5555/example.{number}",
        "ids": {"openalex": f"https://openalex.org/W{1000 + number}"},
        "title": f"Household study {number}",
        "type": "article",
        "publication_date": published,
        "created_date": "2026-03-06",
        "updated_date": "2026-09-01T01:02:03.000000",
        "authorships": [{"author": author, "raw_author_name": "Anna van der Berg", "institutions": place}],
        "cited_by_count": 3,
    } | more


def source(desk: Desk, settings: Any = NOWHERE, **config: Any) -> OpenAlex:
    made = OpenAlexSource(kind="openalex", base_url=desk.peer.url, per_page=5, **config)
    return build(made, settings, time=desk.time)


@pytest.fixture
def peer() -> Iterator[OpenAlexPeer]:
    with OpenAlexPeer([*(work(n) for n in range(23)), work(90, orcid=None), work(91, orcid=None, ror=ROR)]) as running:
        yield running


@pytest.fixture
def desk(store: Store, peer: OpenAlexPeer) -> Desk:
    made = Desk(store, peer, source)
    made.know(ANNA, BRAM)
    return made


ALL = {f"W{1000 + n}" for n in range(23)}


class TestHarvests(Harvests):
    name, everything = "openalex", ALL
    shapes = (
        b'{"meta":3,"results":[]}',
        b'{"meta":{"count":1},"results":[1]}',
        b'{"meta":{"count":true},"results":[]}',
    )


def test_a_harvest_is_complete(desk: Desk, peer: OpenAlexPeer) -> None:
    report = desk.run()

    assert desk.ids == ALL
    assert (report.counts, report.faults, report.notes) == ({"requests": 6, "records": 23, "new": 23}, [], [])
    assert desk.watermark == YESTERDAY
    assert peer.seen[0]["filter"] == f"authorships.author.orcid:{ANNA.orcid}"
    assert (peer.seen[0]["per_page"], peer.seen[0]["cursor"]) == ("5", "*")
    assert "cited_by_count" not in peer.seen[0]["select"]


def test_the_institution_is_asked_for_by_its_ror(desk: Desk, peer: OpenAlexPeer) -> None:
    desk.run(sources=[source(desk, SETTINGS)])

    assert desk.ids == ALL | {"W1091"}
    assert peer.seen[0]["filter"] == f"authorships.institutions.ror:https://ror.org/{ROR}"


def test_fifty_people_are_asked_for_at_once(desk: Desk, peer: OpenAlexPeer) -> None:
    people = [Person("Bo", f"Family{n}", orcid=f"0000-0000-0000-{n:04d}") for n in range(60)]

    questions = source(desk).questions(people, None, NOW.date())

    assert len(questions) == 2
    assert all(len(one.parameters["authorships.author.orcid"].split("|")) <= 50 for one in questions)


def test_the_next_run_reaches_back_a_year_for_works_that_were_indexed_late(desk: Desk, peer: OpenAlexPeer) -> None:
    """A free key may not ask for what moved; a work published in March that is indexed in November is found all the same."""
    desk.run()
    peer.put(work(50, published="2026-03-01"))
    peer.put(work(51, published="2026-12-24"))

    report = desk.run(now=NOW + timedelta(days=1))

    assert peer.seen[-1]["filter"] == f"authorships.author.orcid:{ANNA.orcid},from_publication_date:2025-11-16"
    assert report.counts == {"requests": 2, "records": 2, "new": 2}


def test_a_plan_that_is_paid_for_may_ask_for_what_moved(desk: Desk, peer: OpenAlexPeer) -> None:
    """A citation more is no change; a retraction is."""
    peer.paid = True
    sources = [source(desk, window="updated")]
    desk.run(sources=sources)
    peer.put(work(1, updated_date="2026-11-15T01:02:03") | {"cited_by_count": 99})
    peer.put(work(2, updated_date="2026-11-15T01:02:03") | {"is_retracted": True})

    report = desk.run(sources=sources, now=NOW + timedelta(days=1))

    assert peer.seen[-1]["filter"].endswith(",from_updated_date:2026-11-13")
    assert report.counts == {"requests": 2, "records": 2, "updated": 1, "unchanged": 1}


def test_a_plan_that_is_not_paid_for_is_told(desk: Desk, peer: OpenAlexPeer) -> None:
    report = desk.run(sources=[source(desk, window="updated", first_since="2020-01-01")])

    assert report.faults == [
        "openalex: it refused (403): from_updated_date needs a plan that is paid for. Nothing more is asked of it in this run;"
        " look at `api_key` and `window` of this source."
    ]
    assert peer.requests == 1


def test_days_a_person_asks_for_have_an_end(desk: Desk, peer: OpenAlexPeer) -> None:
    desk.run(since=date(2026, 1, 1), until=date(2026, 2, 1))

    assert peer.seen[0]["filter"].endswith(",from_publication_date:2026-01-01,to_publication_date:2026-02-01")


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_an_allowance_that_is_used_up_is_told_and_tomorrow_goes_on(desk: Desk, peer: OpenAlexPeer, page: int) -> None:
    peer.faults[page + 1] = exhausted()

    report = desk.run()

    assert report.faults == [
        "openalex: today's allowance is used up (429): Daily limit exceeded. A key of your own has a larger one: `api_key`."
    ]
    assert (len(desk.ids), desk.watermark, peer.requests) == (5 * page, None, page + 1)
    assert desk.run().faults == []
    assert desk.ids == ALL


def test_a_refused_question_is_told(desk: Desk, peer: OpenAlexPeer) -> None:
    peer.always = Fault(400, b'{"error":"Invalid query parameters error.","message":"x is not a valid field."}')

    assert desk.run().faults == [
        "openalex: it refused the question (400): x is not a valid field. Look at `base_url`, `window` and `per_page`"
        " of this source."
    ]


def test_an_item_without_an_id_is_counted_and_named(desk: Desk, peer: OpenAlexPeer) -> None:
    peer.always = Fault(
        200,
        b'{"meta":{"count":2,"next_cursor":null},"results":[{"id":"https://openalex.org/W5","title":"T"},{"id":"x"}]}',
    )

    report = desk.run()

    assert report.counts == {"requests": 1, "records": 1, "new": 1, "unusable": 1}
    assert report.notes == ["openalex: 1 not usable, it has no identifier: item 2 of a page."]


@pytest.fixture
def key(tmp_path: Path) -> Secret:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n", encoding="utf-8")
    return Secret(file=file)


def everything(store: Store) -> str:
    return "\n".join(store.db.conn.iterdump())


FAULTS_WITH_A_KEY = {
    "none": None,
    "unknown": Fault(401, f'{{"message":"API key {KEY} is not known"}}'.encode()),
    "forbidden": Fault(403, f'{{"error":"{KEY}"}}'.encode()),
    "used up": exhausted(),
    "refused": Fault(400, f'{{"message":"no such key: {KEY}"}}'.encode()),
    "gone": peers.HANG_UP,
    "busy": peers.busy("9999"),
    "a gateway": peers.gateway(),
    "a web page": peers.MAINTENANCE,
}


@pytest.mark.parametrize("fault", FAULTS_WITH_A_KEY.values(), ids=FAULTS_WITH_A_KEY)
def test_the_key_reaches_openalex_and_nothing_else(
    desk: Desk, peer: OpenAlexPeer, key: Secret, fault: Fault | None, caplog: pytest.LogCaptureFixture
) -> None:
    """Not a log at its most talkative, not an error with all it was raised from, not the database, not the address."""
    caplog.set_level(logging.DEBUG)
    peer.key, peer.always = KEY, fault
    asked = source(desk, api_key=key)

    report = desk.run(sources=[asked])

    assert peer.headers[0]["authorization"] == f"Bearer {KEY}"
    assert (report.faults == []) == (fault is None)
    said = [str(peer.seen), caplog.text, str(report), everything(desk.store), repr(asked._config)]
    if fault is not None:
        with pytest.raises(SourceError) as error:
            asked.check()
        raised: BaseException | None = error.value
        while raised is not None:
            said.append(f"{raised} {raised!r}")
            raised = raised.__cause__ or raised.__context__
    assert [text for text in said if KEY in text] == []


def test_a_redirect_elsewhere_does_not_take_the_key_along(desk: Desk, peer: OpenAlexPeer, key: Secret) -> None:
    with OpenAlexPeer([]) as other:
        target = other.url.replace("127.0.0.1", "localhost")
        peer.always = Fault(302, b"", (("Location", f"{target}/works"),))

        desk.run(sources=[source(desk, api_key=key)])

        assert other.requests > 0
        assert [headers for headers in other.headers if "authorization" in headers] == []


def test_a_wrong_key_is_one_clear_sentence(desk: Desk, peer: OpenAlexPeer, key: Secret) -> None:
    peer.key = "another"

    report = desk.run(sources=[source(desk, SETTINGS, api_key=key)])

    assert report.faults == ["openalex: it does not know the key (401). Look at `api_key` of this source."]
    assert peer.requests == 1


def test_a_key_that_is_not_there_or_would_not_travel_safely_is_a_fault_of_the_configuration(
    desk: Desk, key: Secret, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as missing:
        source(desk, api_key=Secret(file=tmp_path / "nothing"))
    with pytest.raises(ConfigError) as unprotected:
        build(OpenAlexSource(kind="openalex", base_url="http://openalex.example.org", api_key=key), SETTINGS)
    assert key.file is not None
    key.file.write_text("two\nlines", encoding="utf-8")
    with pytest.raises(ConfigError) as broken:
        source(desk, api_key=key)

    assert str(missing.value) == (
        f"openalex: {tmp_path / 'nothing'}: this file must hold a secret, and cannot be read: no such file or directory."
        " Look at `api_key` of this source."
    )
    assert str(unprotected.value) == "openalex: the key would travel unprotected. Let `base_url` begin with https."
    assert str(broken.value) == "openalex: the key holds a character that no key has. Look at `api_key` of this source."


def test_check_says_what_it_found(desk: Desk, peer: OpenAlexPeer, key: Secret) -> None:
    assert source(desk).check() == "25 works; without a key"
    peer.extra = {"X-RateLimit-Limit": "10000", "X-RateLimit-Remaining": "9987"}
    assert source(desk, api_key=key).check() == "25 works; with a key, 9987 of 10000 left today"
    assert peer.requests == 2


def test_check_says_what_is_wrong(desk: Desk, peer: OpenAlexPeer) -> None:
    peer.always = Fault(404, b"<html>")

    with pytest.raises(SourceError) as error:
        source(desk).check()

    assert str(error.value) == "openalex: it refused the question (404). Look at `base_url` of this source."


def test_a_record_lands_in_the_work_that_another_source_found(desk: Desk, store: Store) -> None:
    desk.run()

    assert works.find(store, "openalex:W1001") == works.find(store, "doi:10.5555/example.1") is not None
