"""A repository is harvested whole or not at all: against a real server, on its good and its bad days."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pubtrack.discovery import stage
from pubtrack.discovery.crosswalks.oai_dc import crosswalk
from pubtrack.discovery.model import Page
from pubtrack.discovery.sources import oai_answer
from pubtrack.discovery.sources.oai_pmh import OVERLAP_DAYS, OaiPmhSource
from pubtrack.errors import BadHarvest, SourceError
from pubtrack.models import Record, StageReport
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, works
from tests.conftest import NOW
from tests.peers.hourglass import Hourglass
from tests.peers.oai import DAYS, Entry, Fault, OaiPeer, entries, read

UNTIL = date(2026, 11, 16)
COUNT = 23
BATCH = 5

Harvest = Callable[..., list[Page]]


def library(count: int = COUNT) -> list[Entry]:
    """Fictional records, one a day; every seventh is deleted."""
    return [
        Entry(
            f"oai:repository.example.org:{number}",
            datetime(2026, 3, 1 + number, 10),
            {"title": [f"Registers, volume {number}"], "creator": ["Berg, Anna van der"], "date": ["2026-02-01"]},
            deleted=number % 7 == 6,
            sets=("publications:all", "theses") if number % 5 == 0 else ("publications:all",),
        )
        for number in range(count)
    ]


@pytest.fixture
def peer() -> Iterator[OaiPeer]:
    with OaiPeer(library(), batch=BATCH) as running:
        yield running


@pytest.fixture
def patience() -> Hourglass:
    return Hourglass()


def source(peer: OaiPeer, patience: Hourglass | None = None, **options: object) -> OaiPmhSource:
    time = patience or Hourglass()
    session = PoliteSession("repository", user_agent="pubtrack tests", time=time)
    once = PoliteSession("repository", user_agent="pubtrack tests", time=time, retries=0)
    return OaiPmhSource("repository", peer.url, session, once=once, **options)  # type: ignore[arg-type]


def harvest(
    asked: OaiPmhSource, position: str | None = None, *, since: date | None = None, until: date = UNTIL
) -> list[Page]:
    return list(asked.pages(replace(asked.questions([], None, UNTIL)[0], since=since, until=until), position))


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def names(pages: list[Page]) -> list[str]:
    return [record.source_id for record in records(pages)]


ANSWER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
    "<responseDate>2026-11-16T10:00:00Z</responseDate><request/><ListRecords>"
    + "".join(
        f"<record><header><identifier>oai:{n}</identifier></header><metadata><dc><title>A &amp; B</title></dc></metadata></record>"
        for n in range(3)
    )
    + '<resumptionToken completeListSize="9">more</resumptionToken></ListRecords></OAI-PMH>'
).encode()
WHOLE = [entry.identifier for entry in library()]


def test_a_whole_harvest_record_by_record(peer: OaiPeer) -> None:
    pages = harvest(source(peer))

    assert [len(page.records) for page in pages] == [5, 5, 5, 5, 3]
    assert [page.position is None for page in pages] == [False, False, False, False, True]
    assert names(pages) == WHOLE
    assert [record.deleted for record in records(pages)] == [entry.deleted for entry in library()]
    assert {record.format for record in records(pages)} == {"oai_dc"}
    assert [crosswalk(r.raw).title for r in records(pages) if not r.deleted] == [
        entry.fields["title"][0] for entry in library() if not entry.deleted
    ]
    assert records(pages)[0].datestamp == "2026-03-01T10:00:00Z"
    assert all(page.responded_on for page in pages)


def test_a_token_is_asked_for_with_nothing_beside_it(peer: OaiPeer) -> None:
    harvest(source(peer, set="publications:all"), since=date(2026, 3, 2), until=date(2026, 11, 15))

    assert peer.lists[0] == {
        "verb": "ListRecords",
        "metadataPrefix": "oai_dc",
        "set": "publications:all",
        "from": "2026-03-02T00:00:00Z",
        "until": "2026-11-15T23:59:59Z",
    }
    assert all(set(arguments) == {"verb", "resumptionToken"} for arguments in peer.lists[1:])


def test_a_list_up_to_today_has_no_end(peer: OaiPeer) -> None:
    """A repository whose clock is ahead of ours has datestamps that lie in the future."""
    harvest(source(peer))

    assert peer.lists[0] == {"verb": "ListRecords", "metadataPrefix": "oai_dc"}


def test_from_and_until_are_included(peer: OaiPeer) -> None:
    assert names(harvest(source(peer), since=date(2026, 3, 3), until=date(2026, 3, 5))) == WHOLE[2:5]


@pytest.mark.parametrize("fails", [True, False])
def test_days_are_asked_for_where_seconds_are_not_known_to_be_taken(peer: OaiPeer, fails: bool) -> None:
    peer.granularity, peer.identify_fails = DAYS, fails

    assert names(harvest(source(peer), since=date(2026, 3, 3), until=date(2026, 3, 5))) == WHOLE[2:5]
    assert (peer.lists[0]["from"], peer.lists[0]["until"]) == ("2026-03-03", "2026-03-05")


def test_a_set(peer: OaiPeer) -> None:
    asked = source(peer, set="theses")

    assert asked.questions([], None, UNTIL)[0].scope == "oai_dc theses"
    assert names(harvest(asked)) == [WHOLE[number] for number in range(0, COUNT, 5)]


def test_a_harvest_goes_on_from_a_token(peer: OaiPeer) -> None:
    first = next(source(peer).pages(source(peer).questions([], None, UNTIL)[0], None))

    assert names(harvest(source(peer), first.position)) == WHOLE[5:]


@pytest.mark.parametrize("with_422", [True, False])
def test_nothing_new_is_no_fault(peer: OaiPeer, with_422: bool) -> None:
    peer.errors_with_422 = with_422

    pages = harvest(source(peer), since=date(2026, 10, 1))

    assert [(page.records, page.position) for page in pages] == [((), None)]


UNHARMED = [Fault.CONTROL, Fault.AMPERSAND, Fault.EMPTY_TOKEN, Fault.BUSY, Fault.BUSY_UNTIL, Fault.STATUS_500]


@pytest.mark.parametrize("fault", UNHARMED)
@pytest.mark.parametrize("answer", [1, 3, 5])
def test_what_can_be_mended_loses_nothing(peer: OaiPeer, patience: Hourglass, fault: Fault, answer: int) -> None:
    peer.faults[answer] = fault

    assert names(harvest(source(peer, patience))) == WHOLE
    waited = {Fault.BUSY: [7.0], Fault.BUSY_UNTIL: [9.0]}.get(fault)
    assert waited is None or patience.slept == waited


def test_mended_text_says_the_same(peer: OaiPeer) -> None:
    peer.faults = {1: Fault.AMPERSAND, 2: Fault.CONTROL}

    titles = [crosswalk(record.raw).title for record in records(harvest(source(peer)))[:6]]

    assert titles == [f"Registers, volume {n} R&D é" for n in range(5)] + ["Registers, volume 5"]


def test_a_token_that_died_starts_the_list_again(peer: OaiPeer) -> None:
    peer.faults[3] = Fault.BAD_TOKEN

    assert names(harvest(source(peer))) == WHOLE[:10] + WHOLE


def test_a_token_of_an_earlier_run_that_died_starts_the_list_again(peer: OaiPeer) -> None:
    assert names(harvest(source(peer), "a token of last week")) == WHOLE


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault.BROKEN_RECORD, ("record 1 of a page", "broken XML")),
        (Fault.NO_HEADER, ("record 1 of a page", "no identifier in the header")),
        (Fault.NO_METADATA, ("oai:repository.example.org:5", "no metadata")),
    ],
)
def test_one_bad_record_is_named_and_the_others_of_its_page_are_kept(
    peer: OaiPeer, fault: Fault, reason: tuple[str, str]
) -> None:
    """The page is asked for once more before anything of it is given up."""
    peer.faults = {2: fault, 3: fault}

    pages = harvest(source(peer))

    assert names(pages) == WHOLE[:5] + WHOLE[6:]
    assert peer.lists[1] == peer.lists[2]
    assert [page.unusable for page in pages] == [(), (reason,), (), (), ()]


NOT_WHOLE = {
    Fault.HTML: "repository: the repository answered with a web page instead of OAI-PMH:"
    " it may be under maintenance, or `url` is wrong.",
    Fault.CUT: "repository: an answer is not whole or not XML, so nothing of it counts (",
    Fault.DTD: "repository: an answer is not whole or not XML, so nothing of it counts (a document type is declared,",
    Fault.NOT_OAI: "repository: the answer is XML, but not OAI-PMH (it begins with <rss>). Look at `url` of this source.",
    Fault.REFUSE_TOKENS: "repository: the repository refused its own resumptionToken again after a new start.",
    Fault.STUCK: "repository: the repository gave the same resumptionToken twice, so its list would never end.",
}


@pytest.mark.parametrize("answer", [1, 3])
@pytest.mark.parametrize(("fault", "message"), NOT_WHOLE.items())
def test_what_is_not_whole_is_no_harvest(peer: OaiPeer, fault: Fault, message: str, answer: int) -> None:
    peer.faults[answer] = fault

    with pytest.raises(BadHarvest) as error:
        harvest(source(peer))

    assert str(error.value).startswith(message)


def test_a_last_page_cut_anywhere_is_noticed(peer: OaiPeer) -> None:
    """Whatever byte it stops at: only the whole answer counts."""
    peer.entries = library(3)
    body = peer._body({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    assert len(oai_answer.read(body, "repository").records) == 3
    for end in range(0, len(body.rstrip()), 13):
        with pytest.raises(BadHarvest):
            oai_answer.read(body[:end], "repository")


def test_another_prefix_or_address_is_told_with_its_setting(peer: OaiPeer) -> None:
    with pytest.raises(SourceError) as error:
        harvest(source(peer, prefix="mods"))
    assert (
        str(error.value) == "repository: the repository does not give the format mods. Look at `prefix` of this source."
    )
    assert error.value.permanent

    peer.faults[2] = Fault.STATUS_404
    with pytest.raises(SourceError) as error:
        harvest(source(peer))
    assert str(error.value) == "repository: the repository answered 404. Look at `url` of this source."


def test_an_address_that_takes_no_question_is_told(peer: OaiPeer) -> None:
    session = PoliteSession("repository", user_agent="pubtrack tests", retries=0)
    asked = OaiPmhSource("repository", f"{peer.url}?page=1", session)

    with pytest.raises(SourceError) as error:
        asked.check()
    assert (
        str(error.value)
        == "repository: the repository takes no question of those it was asked. Look at `url` of this source."
    )


def test_asked_what_it_is(peer: OaiPeer) -> None:
    """Its name, what it gives, what we ask for, and how fine its datestamps are."""
    peer.prefixes = ("oai_dc", "mods", "rdf")
    assert source(peer).check() == (
        "Example repository; gives oai_dc, mods, rdf; mods is asked for, the best of those that pubtrack reads; datestamps to the second"
    )
    peer.identify_fails = True
    assert source(peer, prefix="oai_dc").check() == (
        "a repository whose Identify fails; gives oai_dc, mods, rdf; oai_dc is asked for; datestamps of unknown granularity"
    )
    peer.identify_fails, peer.formats_fail, peer.granularity = False, True, DAYS
    assert source(peer).check() == (
        "Example repository; does not list its formats; mods is asked for, the best of those that pubtrack reads; datestamps to the day"
    )
    peer.formats_fail = False
    with pytest.raises(SourceError) as error:
        source(peer, prefix="marcxml").check()
    assert str(error.value) == (
        "repository: the repository does not give the format marcxml, but oai_dc, mods, rdf. Look at `prefix` of this source."
    )
    with pytest.raises(SourceError) as error:
        source(peer, set="books").check()
    assert str(error.value) == (
        "repository: the repository has no set books, but publications:all, theses. Look at `set` of this source."
    )


@pytest.mark.parametrize("listed", [True, False])
@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        (("oai_dc",), "oai_dc"),
        (("oai_dc", "oai_cerif_openaire"), "oai_cerif_openaire"),
        (("mods", "oai_cerif_openaire", "oai_dc"), "mods"),
        (("oai_dc", "mods", "nl_didl", "rdf"), "nl_didl"),
    ],
)
def test_the_best_format_is_asked_for_whether_or_not_the_repository_lists_them(
    peer: OaiPeer, given: tuple[str, ...], chosen: str, listed: bool
) -> None:
    """One choice, so one list: a repository that fails to list its formats for a day is not harvested anew in another."""
    peer.prefixes, peer.formats_fail = given, not listed
    asked = source(peer)

    assert asked.questions([], None, UNTIL)[0].scope == chosen
    assert names(harvest(asked)) == WHOLE
    assert peer.lists[0]["metadataPrefix"] == chosen


def test_a_repository_that_gives_nothing_we_read_says_so(peer: OaiPeer) -> None:
    peer.prefixes = ("rdf", "marcxml")

    with pytest.raises(SourceError) as error:
        source(peer).questions([], None, UNTIL)
    assert str(error.value) == "repository: the repository gives no format that pubtrack reads, but rdf, marcxml."


def run(store: Store, peer: OaiPeer) -> StageReport:
    return stage.run(store, None, now=NOW, sources=[source(peer)])  # type: ignore[arg-type]


def kept(store: Store) -> list[str]:
    return sorted(work.title for work in works.every(store))


TITLES = sorted(entry.fields["title"][0] for entry in library() if not entry.deleted)


def test_into_the_store_and_again(store: Store, peer: OaiPeer) -> None:
    first = run(store, peer)

    assert (first.counts["new"], first.counts["deleted"], first.faults) == (20, 3, [])
    assert kept(store) == TITLES

    peer.asked.clear()
    again = run(store, peer)

    assert {name: again.counts.get(name) for name in ("new", "updated", "deleted")} == {
        "new": None,
        "updated": None,
        "deleted": None,
    }
    assert peer.lists[0]["from"] == f"2026-11-{16 - OVERLAP_DAYS:02}T00:00:00Z"


def test_a_harvest_that_broke_off_moves_no_watermark_and_the_next_completes_it(store: Store, peer: OaiPeer) -> None:
    peer.faults[3] = Fault.CUT

    broken = run(store, peer)

    assert len(broken.faults) == 1
    assert len(kept(store)) < len(TITLES)

    whole = run(store, peer)

    assert whole.faults == []
    assert "from" not in next(arguments for arguments in reversed(peer.lists) if "metadataPrefix" in arguments)
    assert kept(store) == TITLES


def test_what_the_repository_deletes_later_is_taken_out(store: Store, peer: OaiPeer) -> None:
    run(store, peer)
    peer.entries = [
        replace(entry, deleted=True, stamp=datetime(2026, 11, 15, 9)) if number == 3 else entry
        for number, entry in enumerate(peer.entries)
    ]

    assert run(store, peer).counts["deleted"] == 1
    assert kept(store) == [title for title in TITLES if title != "Registers, volume 3"]


@pytest.mark.shared
def test_the_real_records_of_repositories(shared: Path, store: Store) -> None:
    """All real oai_dc records, every tenth deleted, from a server with every fault that can be mended."""
    real = entries(read(shared / "oai" / "records.jsonl.gz"), every_deleted=10)
    mended = {1: Fault.CONTROL, 2: Fault.BUSY, 4: Fault.AMPERSAND, 6: Fault.STATUS_500}
    with OaiPeer(real, batch=50, identify_fails=True, errors_with_422=True, faults=mended) as peer:
        report = run(store, peer)

        assert (len(real), report.faults) == (212, [])
        assert {name: report.counts[name] for name in ("records", "new", "deleted", "unusable")} == {
            "records": 212,
            "new": 189,
            "deleted": 21,
            "unusable": 2,  # two whose title stands outside of Dublin Core, so that the server cannot give it
        }
        found = {row["source_id"] for row in store.rows("SELECT source_id FROM sightings")}
        assert found == {entry.identifier for entry in real}


@pytest.mark.shared
def test_the_recorded_answers_of_a_live_repository(shared: Path) -> None:
    """Each answer says what it says: records with a token, or an error with HTTP 422."""
    counts: dict[str, int] = {}
    for path in sorted((shared / "oai" / "responses").glob("*.xml")):
        if path.name == "identify_00.xml":  # a web page, not of a repository
            with pytest.raises(BadHarvest):
                oai_answer.read(path.read_bytes(), "zenodo")
            continue
        answer = oai_answer.read(path.read_bytes(), "zenodo")
        key = answer.errors[0][0] if answer.errors else str(answer.verb)
        counts[key] = counts.get(key, 0) + 1
        assert (answer.responded_on is not None, answer.unusable) == (True, ())
        if answer.errors:
            assert json.loads(path.with_suffix(".json").read_text())["status"] == 422

    assert counts == {
        "GetRecord": 2,
        "Identify": 2,
        "ListIdentifiers": 8,
        "ListMetadataFormats": 2,
        "ListRecords": 8,
        "ListSets": 2,
        "badArgument": 3,
        "badResumptionToken": 3,
        "idDoesNotExist": 2,
        "noRecordsMatch": 4,
    }


def test_a_compressed_file_of_records_reads_as_the_plain_one(tmp_path: Path) -> None:
    """`read` of the peer itself, which the journey uses."""
    line = json.dumps({"identifier": "oai:1", "xml": "<record/>"})
    (tmp_path / "a.jsonl").write_text(line)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(line.encode()))

    assert list(read(tmp_path / "a.jsonl")) == list(read(tmp_path / "b.jsonl.gz"))


@given(st.integers(0, 10_000), st.binary(min_size=0, max_size=3), st.integers(0, 4))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_answer_is_refused_or_every_record_of_it_is_kept_or_named(at: int, put: bytes, cut: int) -> None:
    body = ANSWER[: at % len(ANSWER)] + put + ANSWER[at % len(ANSWER) + cut :]
    try:
        answer = oai_answer.read(body, "repository")
    except BadHarvest:
        return
    if not answer.errors and answer.verb == "ListRecords":
        assert len(answer.records) + len(answer.unusable) == 3
