"""What people report: a DOI, an address or a citation comes in by the same door, is never lost, and is never taken for another work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pubtrack import sample
from pubtrack.cli import cli
from pubtrack.config.sources import CrossrefSource, DataCiteSource
from pubtrack.discovery import reported
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.reported import Taken
from pubtrack.discovery.sources.crossref import Crossref
from pubtrack.discovery.sources.datacite import DataCite
from pubtrack.errors import PubtrackError, Unreadable, UsageError
from pubtrack.models import Answer, StageReport
from pubtrack.net.guarded import Fetched
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, decisions, projects, reports, works
from tests.conftest import AT, NOW, PROJECT
from tests.peers import crossref as peers
from tests.peers.crossref import CrossrefPeer
from tests.peers.datacite import DataCitePeer
from tests.peers.hourglass import Hourglass
from tests.stages.test_discover_crossref import SETTINGS, work
from tests.stages.test_discover_datacite import work as dataset

TITLE = "Household debt and health: Evidence from registers"
CITED = "Jansen, C., & van der Berg, A. (2024). Household debt and health: Evidence from registers. Journal of Examples, 12(3), 45–67."


def article(doi: str = "10.5555/JoE.12.45", **more: Any) -> dict[str, Any]:
    people = [{"given": "Carla", "family": "Jansen"}, {"given": "Anna", "family": "van der Berg"}]
    return (
        work(0)
        | {
            "DOI": doi,
            "title": [TITLE],
            "author": people,
            "issued": {"date-parts": [[2024, 3, 5]]},
            "container-title": ["Journal of Examples"],
            "volume": "12",
            "issue": "3",
            "page": "45-67",
        }
        | more
    )


@pytest.fixture
def peer() -> Iterator[CrossrefPeer]:
    with CrossrefPeer([work(1), work(2), article()]) as running:
        yield running


class Desk:
    """A store with the project 9001, Crossref on a peer, and pages behind a guarded door."""

    def __init__(self, store: Store, peer: CrossrefPeer) -> None:
        self.store, self.peer, self.pages = store, peer, dict[str, bytes | Unreadable]()
        self.fetching = True
        projects.save(store, PROJECT, at=AT)

    def source(self) -> Crossref:
        config = CrossrefSource(kind="crossref", mailto="dcc@example.org", base_url=self.peer.url, rows=5)
        session = PoliteSession("crossref", user_agent="pubtrack/0", setting="base_url", time=Hourglass(), retries=1)
        return Crossref(config, session, rors=[], affiliation="")

    def fetch(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        page = self.pages.get(url, Unreadable("example.org answered 404"))
        if isinstance(page, Unreadable):
            raise page
        return Fetched(page, "text/html", url)

    def take(self, text: str, kind: str | None = None, **more: Any) -> Taken:
        door = self.fetch if self.fetching else None
        given: dict[str, Any] = {"now": NOW, "who": "Carla Jansen", "project": PROJECT.id, "fetch": door}
        given |= {"sources": [self.source()]} | more
        return reported.take(self.store, SETTINGS, text=text, kind=kind, **given)

    def again(self, **days: int) -> Any:
        door = self.fetch if self.fetching else None
        return reported.run(self.store, SETTINGS, now=NOW + timedelta(**days), sources=[self.source()], fetch=door)

    @property
    def works(self) -> list[tuple[str, str | None]]:
        return [(found.title, found.doi) for found in works.every(self.store)]

    @property
    def said(self) -> list[tuple[Answer, str, str, str | None, int | None]]:
        return [(d.answer, d.who, d.through, d.project_id, d.work_id) for d in decisions.every(self.store)]

    def dump(self) -> list[Any]:
        tables = ("works", "identities", "sightings", "ties", "decisions", "reports")
        return [[tuple(row.values()) for row in self.store.rows(f"SELECT * FROM {table}")] for table in tables]


@pytest.fixture
def desk(store: Store, peer: CrossrefPeer) -> Desk:
    return Desk(store, peer)


MINE = (Answer.MINE, "Carla Jansen", "import", PROJECT.id, 1)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("10.5555/joe.12.45", "doi"),
        ("https://doi.org/10.5555/JOE.12.45", "doi"),
        (" doi: 10.5555/joe.12.45. ", None),
        ("https://journals.example.org/doi/full/10.5555/joe.12.45?journalCode=joe", "url"),
        ("https://journals.example.org/article/10.5555%2Fjoe.12.45/pdf", None),
        (f"{CITED} https://doi.org/10.5555/joe.12.45", "citation"),
        (f"{CITED} doi:10.5555/joe.12.45.", None),
    ],
    ids=["doi", "link", "words around it", "publisher's address", "quoted address", "citation", "untold citation"],
)
def test_a_doi_in_any_dress_is_asked_for_and_is_the_projects(desk: Desk, text: str, kind: str | None) -> None:
    taken = desk.take(text, kind)

    assert desk.works == [(TITLE, "10.5555/joe.12.45")]
    assert (taken.work_id, desk.said) == (1, [MINE])
    assert taken.sentence.endswith(f"is work 1: {TITLE} (2024), and is an output of project 9001.")
    assert taken.report.counts == {"requests": 1, "joined": 1, "found": 1}
    assert desk.peer.requests == 1


def test_saying_it_again_asks_and_adds_nothing(desk: Desk) -> None:
    desk.take("10.5555/joe.12.45", "doi")
    before = desk.dump()

    taken = desk.take("https://doi.org/10.5555/JoE.12.45", "doi")

    assert desk.dump() == before
    assert (desk.peer.requests, taken.work_id, taken.report.counts) == (1, 1, {"known": 1})


def test_what_is_known_is_not_asked_for(desk: Desk) -> None:
    """By its DOI, in an address or in a citation without one."""
    with desk.store.atomic():
        records = [record for record in [desk.source().work("10.5555/joe.12.45")] if record]
        ingest(desk.store, records, at=AT, report=StageReport("discover"))
    asked = desk.peer.requests

    for text in ("10.5555/joe.12.45", "https://example.org/10.5555/joe.12.45/abstract", CITED):
        assert desk.take(text).work_id == 1
    assert (desk.peer.requests - asked, desk.works, desk.said) == (0, [(TITLE, "10.5555/joe.12.45")], [MINE])


def test_a_citation_without_a_doi_is_searched_for_and_verified(desk: Desk) -> None:
    taken = desk.take(CITED, "citation")

    assert (desk.works, desk.said, taken.work_id) == ([(TITLE, "10.5555/joe.12.45")], [MINE], 1)


@pytest.mark.parametrize(
    "citation",
    [
        "Jansen, C. (2024). Household debt and health: Evidence from surveys. Journal of Examples, 12(3), 45-67.",
        "Pieters, C. (2024). Household debt and health: Evidence from registers. Journal of Examples, 12(3), 45-67.",
        "Jansen, M. (2024). Household debt and health: Evidence from registers. Journal of Examples, 12(3), 45-67.",
        "Jansen, C. (2019). Household debt and health: Evidence from registers. Journal of Examples, 12(3), 45-67.",
        "Jansen, C. (2024). Household debt and health: Evidence from registers. Other Annals, 12(3), 45-67.",
        "Jansen, C. (2024). Household debt and health: Evidence from registers. Journal of Examples, 11(3), 45-67.",
        "Jansen, C. (2024). Household debt and health: Evidence from registers. PhD thesis, University of Example.",
        "Jansen, C. (2024). Reply to: Household debt and health: Evidence from registers. Journal of Examples, 12(4), 68.",
        "Jansen, C. (2024). Household debt and health: Evidence from registers revisited. Journal of Examples, 13(1), 1.",
    ],
    ids=["title", "author", "initial", "year", "journal", "volume", "thesis", "reply", "longer title"],
)
def test_a_citation_is_not_taken_for_a_work_that_differs(desk: Desk, citation: str) -> None:
    """It is kept as a work of its own, without a DOI, which is an output of the project all the same."""
    taken = desk.take(citation, "citation")

    ((title, doi),) = desk.works
    assert (doi, title in citation, desk.said) == (None, True, [MINE])
    assert taken.sentence.endswith(
        "is kept as typed, and is an output of project 9001. Nothing that surely is this was found."
    )


def test_a_citation_whose_doi_is_another_works_keeps_its_own_title(desk: Desk) -> None:
    """A DOI copied from the line above."""
    taken = desk.take(
        "Pieters, A. (2023). Moving house in later life. Annals of Moving, 3(1), 1-9. 10.5555/joe.12.45", "citation"
    )

    assert desk.works == [("Moving house in later life", None)]
    assert taken.sentence.endswith("The DOI in it is another work's, and nothing else that surely is this was found.")


def test_a_doi_that_nobody_knows_waits_and_is_found_when_it_is_there(desk: Desk) -> None:
    """A new DOI shows up at Crossref within two days. Then it is the project's, said by who said it, when it was said."""
    taken = desk.take("10.5555/new.1", "doi", through="web")

    assert (taken.work_id, desk.works, desk.said) == (None, [], [])
    assert taken.sentence == "10.5555/new.1 is kept, but not found: crossref knows no such DOI. It is looked for again."
    assert desk.again().counts == {"waiting": 1}  # not twice on one day
    report = desk.again(days=1)
    assert (report.counts, report.notes) == (
        {"requests": 1, "not found": 1, "waiting": 1},
        [
            "10.5555/new.1, reported by Carla Jansen for project 9001 on 2026-11-16, is not found: crossref knows no such DOI."
        ],
    )

    desk.peer.put(article("10.5555/New.1"))

    assert desk.again(days=2).counts == {"requests": 1, "found": 1, "joined": 1}
    assert desk.said == [(Answer.MINE, "Carla Jansen", "web", PROJECT.id, 1)]
    assert (desk.again(days=3).counts, decisions.every(desk.store)[0].made_at) == ({}, NOW)


def test_it_is_looked_for_seldom_after_two_weeks_and_no_more_after_a_year(desk: Desk) -> None:
    desk.take("10.5555/new.1", "doi")

    asked = [day for day in range(1, 500) if desk.again(days=day).counts.get("requests")]

    assert asked[:16] == [*range(1, 15), 21, 28]
    assert asked[-1] <= 372
    assert [one.text for one in reports.waiting(desk.store)] == ["10.5555/new.1"]


@pytest.mark.parametrize(
    "fault", [peers.busy("2"), peers.gateway(), peers.HANG_UP, peers.MAINTENANCE, peers.BLOCKED, peers.WRONG_DOI],
    ids=["429", "504", "hangs up", "maintenance", "403", "another work comes back"],
)  # fmt: skip
def test_a_source_that_fails_is_told_and_nothing_is_lost(desk: Desk, fault: peers.Fault) -> None:
    desk.peer.always = fault
    taken = desk.take("10.5555/joe.12.45", "doi")

    assert (len(taken.report.faults), taken.work_id) == (1, None)
    assert taken.sentence.endswith("not found: a source that may know it could not be asked. It is looked for again.")

    desk.peer.always = None
    assert desk.again(days=1).counts["found"] == 1
    assert (desk.works, desk.said) == ([(TITLE, "10.5555/joe.12.45")], [MINE])


def test_what_crossref_calls_no_publication_is_said(desk: Desk) -> None:
    desk.peer.put(article("10.5555/joe", type="journal"))

    taken = desk.take("10.5555/joe", "doi")

    assert taken.sentence.startswith("10.5555/joe is kept, but not found: 10.5555/joe is a journal, not a publication.")
    assert (desk.works, desk.said) == ([], [])


def test_a_page_that_names_its_doi(desk: Desk) -> None:
    desk.pages["https://repository.example.org/12"] = (
        b'<meta name="citation_doi" content="https://doi.org/10.5555/JoE.12.45">'
    )

    assert desk.take("https://repository.example.org/12").work_id == 1
    assert desk.works == [(TITLE, "10.5555/joe.12.45")]


REPORT_PAGE = b"""<html><head><meta name="DC.title" content="Debt in the north">
<meta name="DC.creator" content="Jansen, Carla"><meta name="DC.date" content="2023-06-01">
<meta name="citation_technical_report_institution" content="University of Example"></head><body>x</body></html>"""


def test_a_page_without_a_doi_says_itself_what_it_shows(desk: Desk) -> None:
    desk.pages["https://repository.example.org/13"] = REPORT_PAGE

    taken = desk.take("https://repository.example.org/13", "url")

    (found,) = works.every(desk.store)
    assert (found.title, found.type, found.csl["URL"], str(found.issued)) == (
        "Debt in the north", "report", "https://repository.example.org/13", "2023-06-01",
    )  # fmt: skip
    assert (taken.work_id, desk.said) == (1, [MINE])


@pytest.mark.parametrize(
    ("fetching", "page", "why"),
    [
        (False, REPORT_PAGE, "the address holds no DOI, and links are not followed here (credit.fetch)"),
        (True, Unreadable("the link is refused: 10.0.0.1 is not a public address"),
         "the address holds no DOI, and the link is refused: 10.0.0.1 is not a public address"),
        (True, b"<html><title>Welcome</title></html>",
         "the address holds no DOI, and the page does not say which publication it shows"),
        (True, b"%PDF-1.7", "the address holds no DOI, and the page does not say which publication it shows"),
    ],
    ids=["no fetching", "refused", "home page", "PDF"],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_kept(desk: Desk, fetching: bool, page: Any, why: str) -> None:
    desk.fetching, desk.pages["https://example.org/13"] = fetching, page

    taken = desk.take("https://example.org/13", "url")

    assert (taken.work_id, desk.works) == (None, [])
    assert [(one.text, one.why) for one in reports.waiting(desk.store)] == [("https://example.org/13", why)]


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("  ", None, "Nothing was given. Give a DOI, a web address or a citation."),
        ("…", "citation", "Nothing was given. Give a DOI, a web address or a citation."),
        ("see my site", "doi",
         "see my site is not a DOI. A DOI begins with 10. and holds a slash: 10.5555/12345678, for example."),
        ("javascript:alert(1)", "url",
         "javascript:alert(1) is not a web address. It begins with https:// and holds no blanks."),
        ("x " * 2000, None,
         "This is longer than 2,000 characters. Give one publication at a time, by its DOI if it has one."),
    ],
    ids=["blank", "dots", "no DOI", "no address", "too long"],
)  # fmt: skip
def test_bad_input_is_one_sentence(desk: Desk, text: str, kind: str | None, sentence: str) -> None:
    with pytest.raises(UsageError) as raised:
        desk.take(text, kind)

    assert str(raised.value) == sentence
    assert desk.store.one("SELECT count(*) AS n FROM sightings") == {"n": 0}


def test_an_unknown_project_is_told_before_anything_is_kept(desk: Desk) -> None:
    with pytest.raises(UsageError) as raised:
        desk.take("10.5555/joe.12.45", project="9999")

    assert str(raised.value) == "There is no project 9999 in the register. Nothing was kept of 10.5555/joe.12.45."


def test_words_that_are_no_citation_are_kept_for_staff(desk: Desk) -> None:
    taken = desk.take("we wrote something about debt last spring, with Bram")

    assert taken.work_id is None
    assert taken.sentence.endswith("is kept, but not found: no title can be told in it.")
    assert desk.again(days=1).notes == [
        "we wrote something about debt last spring, with Bram, reported by Carla Jansen for project 9001 on 2026-11-16, is not found:"
        " no title can be told in it."
    ]


def test_two_people_and_two_projects_report_one_work(desk: Desk) -> None:
    projects.save(desk.store, PROJECT.__class__("9002", "Another"), at=AT)
    desk.peer.always = peers.gateway()
    for project in ("9001", "9002", None):
        desk.take("10.5555/joe.12.45", project=project)
    desk.peer.always = None

    desk.again(days=1)

    assert [(d.project_id, d.work_id) for d in decisions.every(desk.store)] == [("9001", 1), ("9002", 1)]


def test_datacite_is_asked_after_crossref(desk: Desk) -> None:
    with DataCitePeer([dataset(1)]) as other:
        session = PoliteSession("datacite", user_agent="pubtrack/0", setting="base_url", time=Hourglass(), retries=1)
        both = [desk.source(), DataCite(DataCiteSource(kind="datacite", base_url=other.url), session, rors=[])]

        taken = desk.take("10.5555/Report.1", sources=both)
        missing = desk.take("10.5555/none", sources=both)

    assert (taken.work_id, taken.report.counts) == (1, {"requests": 2, "joined": 1, "found": 1})
    assert missing.sentence.endswith("not found: crossref and datacite know no such DOI. It is looked for again.")


class Killed(BaseException):
    """What a kill is to the code: nothing after it runs."""


def kill(*_: Any) -> None:
    raise Killed


def test_killed_while_asking_and_before_it_is_settled_it_is_kept_and_found(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Crossref, "work", kill)
    with pytest.raises(Killed):
        desk.take("10.5555/joe.12.45")
    monkeypatch.undo()
    monkeypatch.setattr(reported, "_settle", kill)
    with pytest.raises(Killed):
        desk.take("10.5555/joe.12.45")
    monkeypatch.undo()
    assert (desk.works, desk.said) == ([], [])

    assert desk.again().counts["found"] == 1
    assert (desk.works, desk.said) == ([(TITLE, "10.5555/joe.12.45")], [MINE])


def command(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli, words)
    left = result.exception
    if isinstance(left, PubtrackError):
        return left.exit_code, result.stdout, f"{left}\n"
    assert left is None or isinstance(left, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_takes_what_is_right_and_tells_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, peer: CrossrefPeer
) -> None:
    monkeypatch.chdir(tmp_path)
    sample.write(tmp_path / "config")
    Path("works.json").write_text(json.dumps(work(7)), encoding="utf-8")
    config = Path("config/pubtrack.toml")
    sources = f'[[source]]\nkind = "crossref"\nmailto = "dcc@example.org"\nbase_url = "{peer.url}"\n'
    config.write_text(config.read_text(encoding="utf-8") + sources, encoding="utf-8")
    citation = "Pieters, A. (2023). Moving house. Annals of Moving."

    code, out, err = command(
        "import", "works.json", "--doi", "10.5555/joe.12.45", "--doi", "oops", "--citation", citation
    )

    assert out == (
        "reported: 2 requests, 1 found, 1 joined, 1 not found\n"
        f"  10.5555/joe.12.45 is work 1: {TITLE} (2024).\n"
        f"  {citation} is kept as typed. Nothing that surely is this was found.\n"
        "import: 1 new, 1 records\n"
    )
    assert err == "oops is not a DOI. A DOI begins with 10. and holds a slash: 10.5555/12345678, for example.\n"
    assert code == 2


def test_the_command_says_what_it_needs() -> None:
    assert command("import") == (2, "", "Nothing to import. Give files, or a work with --doi, --url or --citation.\n")
