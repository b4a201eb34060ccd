"""The credit stage on a real database, with copies in folders and a fake far side that counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.config import Settings
from pubtrack.credit import stage
from pubtrack.credit.locate import places
from pubtrack.credit.waiting import look_again
from pubtrack.errors import Unreadable
from pubtrack.models import Answer, Band, Decision, Finding, Link, Match, PartialDate, StageReport, Verdict, Work
from pubtrack.net.guarded import Fetched
from pubtrack.obligations.policy import Policy, load
from pubtrack.store import Store, decisions, findings, matches, projects, works
from tests.conftest import AT, NOW, PROJECT, ROOT

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
CREDIT = "We use microdata from Statistics Netherlands on all households."
NOTHING = "We interviewed twenty families in their own homes, and asked them about work and care."
NOT_FOLLOWED = "no copy was handed in, and links are not followed (credit.fetch)"


class Web:
    """The far side: what each link gives, and which links were followed with what."""

    def __init__(self, **pages: bytes | Unreadable) -> None:
        self.pages: dict[str, bytes | Unreadable] = {
            f"https://example.org/{name}": page for name, page in pages.items()
        }
        self.followed: list[tuple[str, str | None]] = []

    def __call__(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        self.followed.append((url.removeprefix("https://example.org/"), etag))
        page = self.pages.get(url, Unreadable(f"{url} answered 404"))
        if isinstance(page, Unreadable):
            raise page
        tag = f'"{hash(page)}"'
        return Fetched(None if etag == tag else page, "text/plain", url, tag, None)


def configured(tmp_path: Path, **credit: Any) -> Settings:
    folder = tmp_path / "copies"
    folder.mkdir(exist_ok=True)
    if not (folder / "index.csv").exists():
        (folder / "index.csv").write_text("work,file,version\n", encoding="utf-8")
    return Settings.model_validate(
        {
            "institution": {
                "name": "Universiteit van Voorbeeld",
                "name_en": "University of Example",
                "contact": {"name": "DCC", "email": "dcc@example.org"},
            },
            "policies": ["policy.toml"],
            "credit": {"copies": [str(folder)], "fetch": True, **credit},
        }
    )


def hand_in(tmp_path: Path, **files: str | bytes) -> None:
    """Put files into the folder of copies; a file's name is its work's DOI suffix."""
    folder = tmp_path / "copies"
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    lines = "".join(
        f"10.5555/{file.name},{file.name},accepted\n" for file in sorted(folder.iterdir()) if file.name != "index.csv"
    )
    (folder / "index.csv").write_text("work,file,version\n" + lines, encoding="utf-8")


def add_work(
    store: Store, name: str, *, links: Sequence[str] = (), band: Band | None = Band.REVIEW, language: str = "en"
) -> int:
    with store.atomic():
        if projects.get(store, PROJECT.id) is None:
            projects.save(store, PROJECT, at=AT)
        csl = {"type": "article-journal", "title": name, "DOI": f"10.5555/{name}", "language": language}
        found = tuple(Link(f"https://example.org/{link}") for link in links)
        work_id = works.save(store, Work(csl, (f"doi:10.5555/{name}",), links=found), at=AT)
        if band is not None:
            matches.save(store, Match(PROJECT.id, work_id, 0.5, band), at=AT)
    return work_id


def run(
    store: Store,
    settings: Settings,
    web: Web | None = None,
    *,
    now: datetime = NOW,
    policies: Sequence[Policy] = (POLICY,),
    **more: Any,
) -> StageReport:
    return stage.run(store, settings, now=now, policies=policies, fetch=web, **more)


def verdicts(store: Store) -> dict[int, Verdict]:
    return {work_id: finding.verdict for (work_id, _), finding in findings.current(store).items()}


def rows(store: Store) -> tuple[Any, ...]:
    return tuple(tuple(store.rows(f"SELECT * FROM {table}")) for table in ("findings", "copies"))


def finding(store: Store, work_id: int) -> Finding:
    return findings.current(store)[work_id, POLICY.id]


def test_copies_handed_in_are_read(store: Store, tmp_path: Path) -> None:
    """A finding a work, with its quotes; the copy is kept as a row, not as a text."""
    settings = configured(tmp_path)
    one, two = add_work(store, "one"), add_work(store, "two")
    hand_in(tmp_path, one=CREDIT, two=NOTHING)

    report = run(store, settings)

    assert report.counts == {"read": 2, "credited": 1, "absent": 1}
    assert verdicts(store) == {one: Verdict.CREDITED, two: Verdict.ABSENT}
    assert [quote.quote for quote in finding(store, one).evidence] == [CREDIT]
    assert [(row["location"], row["origin"], row["version"]) for row in findings.copies(store)] == [
        ("copies/one", "file", "accepted"),
        ("copies/two", "file", "accepted"),
    ]


def test_a_second_run_changes_nothing(store: Store, tmp_path: Path) -> None:
    """Not a row, not a read, not a link followed."""
    settings = configured(tmp_path)
    for name, links in (("one", ()), ("two", ("two",)), ("three", ()), ("four", ("four", "gone"))):
        add_work(store, name, links=links)
    hand_in(tmp_path, one=CREDIT)
    web = Web(two=NOTHING.encode(), four=b"\x89PNG")

    first = run(store, settings, web)
    held, followed = rows(store), len(web.followed)
    second = run(store, settings, web, now=NOW + timedelta(hours=3))

    assert first.counts == {"read": 3, "credited": 1, "absent": 1, "unreadable": 2}
    assert second.counts == {"unchanged": 4}
    assert (rows(store), len(web.followed)) == (held, followed)


def test_only_shortlisted_works_are_looked_at(store: Store, tmp_path: Path) -> None:
    """Accepted, in review, or somebody's own; not what was rejected, refused or deleted."""
    settings = configured(tmp_path)
    accepted, review = add_work(store, "accepted", band=Band.ACCEPT), add_work(store, "review")
    mine, refused = add_work(store, "mine", band=None), add_work(store, "refused")
    add_work(store, "rejected", band=Band.REJECT)
    gone = add_work(store, "gone")
    works.mark_deleted(store, gone, at=AT)
    for answer, work_id in ((Answer.MINE, mine), (Answer.NOT_MINE, refused)):
        decisions.add(store, Decision(answer, NOW, "anna", "cli", work_id=work_id, project_id=PROJECT.id))

    run(store, settings)

    assert set(verdicts(store)) == {accepted, review, mine}


def test_a_work_without_a_copy_is_unreadable_and_looked_at_again(store: Store, tmp_path: Path) -> None:
    """After a week, then after two: each time the finding is moved, never doubled."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one")

    dates = []
    for days in (0, 6, 7, 20, 21, 49):
        run(store, settings, now=NOW + timedelta(days=days))
        dates.append(str(finding(store, work_id).look_again_on))

    assert finding(store, work_id).reason == NOT_FOLLOWED
    assert dates == ["2026-11-23", "2026-11-23", "2026-12-07", "2026-12-07", "2027-01-04", "2027-03-01"]
    assert len(findings.every(store)) == 1
    assert finding(store, work_id).suggestion is not None


@pytest.mark.parametrize(
    ("issued", "last", "again"),
    [
        (None, 7, "2026-11-30"),
        (PartialDate(2026, 5, 20), 7, "2026-11-20"),
        (PartialDate(2026, 5), 7, "2026-11-30"),
        (PartialDate(2026), 7, "2026-11-30"),
        (PartialDate(2026, 8, 1), 80, "2027-02-01"),
        (PartialDate(2025, 8, 1), 80, "2027-02-14"),
    ],
)
def test_a_closed_article_is_looked_at_on_the_day_it_may_open(
    issued: PartialDate | None, last: int, again: str
) -> None:
    """Six months after it appeared, where the wait would pass over that day; a year alone says no day."""
    today = NOW.date()
    found = {"found_at": AT, "look_again_on": str(today + timedelta(days=last))}

    assert str(look_again(today, found, issued)) == again


def test_a_copy_that_comes_later_outweighs(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path)
    work_id = add_work(store, "one")
    run(store, settings)

    hand_in(tmp_path, one=CREDIT)
    report = run(store, settings)

    assert (report.counts, verdicts(store)) == ({"read": 1, "credited": 1}, {work_id: Verdict.CREDITED})


def test_a_file_that_changes_is_read_again(store: Store, tmp_path: Path) -> None:
    """By its content: a new date on the same bytes is no new text."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one")
    hand_in(tmp_path, one=NOTHING)
    run(store, settings)

    (tmp_path / "copies" / "one").touch()
    touched = run(store, settings)
    hand_in(tmp_path, one=f"{NOTHING} {CREDIT}")
    changed = run(store, settings)

    assert touched.counts.get("read") is None
    assert changed.counts == {"read": 1, "credited": 1}
    assert verdicts(store) == {work_id: Verdict.CREDITED}


def test_links_are_followed_until_a_copy_can_be_read(store: Store, tmp_path: Path) -> None:
    """In the order of `places`; a landing page or a dead link is no end."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one", links=["dead", "picture", "paper", "other"])
    web = Web(picture=b"\x89PNG", paper=CREDIT.encode(), other=NOTHING.encode())

    report = run(store, settings, web)

    assert [name for name, _ in web.followed] == ["dead", "picture", "paper"]
    assert report.counts == {"read": 2, "unreadable": 1, "credited": 1}
    assert verdicts(store) == {work_id: Verdict.CREDITED}


def test_why_no_copy_could_be_read_is_told(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path)
    without, dead = add_work(store, "without"), add_work(store, "dead", links=["dead"])
    web = Web(dead=Unreadable("example.org answered 503", permanent=False, retry_after=7200))
    web.pages["https://doi.org/10.5555/without"] = web.pages["https://doi.org/10.5555/dead"] = Unreadable(
        "doi.org answered 404"
    )

    run(store, settings, web)

    assert finding(store, without).reason == "no open copy could be read: doi.org answered 404"
    assert finding(store, dead).reason == "no open copy could be read: doi.org answered 404"
    row = next(
        row
        for row in findings.copies(store, dead)
        if row["location"].endswith("dead") and "example.org" in row["location"]
    )
    assert (row["error"], row["next_check_at"]) == ("example.org answered 503", "2026-11-16T13:00:00Z")


def test_a_link_that_failed_for_a_while_is_tried_again_in_time(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path)
    work_id = add_work(store, "one", links=["paper"])
    web = Web(paper=Unreadable("example.org answered 503", permanent=False))
    run(store, settings, web)
    web.pages["https://example.org/paper"] = CREDIT.encode()

    run(store, settings, web, now=NOW + timedelta(hours=20))
    before = verdicts(store)
    run(store, settings, web, now=NOW + timedelta(hours=25))

    assert (before, verdicts(store)) == ({work_id: Verdict.UNREADABLE}, {work_id: Verdict.CREDITED})


def test_a_landing_page_is_looked_at_again(store: Store, tmp_path: Path) -> None:
    """An embargo ends: the same link gives the article a week later. What has not changed is not sent again."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one", links=["paper"])
    landing = (
        b"<html><head><meta name='citation_title' content='A'></head><body><h2>Abstract</h2>"
        b"<p>We study many things here, and find some of them.</p></body></html>"
    )
    web = Web(paper=landing)
    run(store, settings, web)
    held = finding(store, work_id)

    run(store, settings, web, now=NOW + timedelta(days=8))
    web.pages["https://example.org/paper"] = NOTHING.encode()
    run(store, settings, web, now=NOW + timedelta(days=120))

    assert (held.verdict, held.reason) == (Verdict.UNREADABLE, "only the landing page or abstract, not the full text")
    assert str(held.look_again_on) == "2026-11-23"
    tags = [tag for name, tag in web.followed if name == "paper"]
    assert (tags[0], len(tags), all(tags[1:])) == (None, 3, True)
    assert verdicts(store) == {work_id: Verdict.ABSENT}


def test_a_run_follows_only_so_many_links_and_says_what_is_left(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path, per_run=3)
    for name in ("one", "two", "three", "four", "five"):
        add_work(store, name, links=[name])
    web = Web(**{name: CREDIT.encode() for name in ("one", "two", "three", "four", "five")})

    first = run(store, settings, web)
    second = run(store, settings, web)

    assert first.notes == ["2 works wait for the next run: one run follows 3 links (credit.per_run)"]
    assert first.counts == {"read": 3, "credited": 3}
    assert [name for name, _ in web.followed[:3]] == ["one", "two", "three"]
    assert second.counts["credited"] == 2
    assert set(verdicts(store).values()) == {Verdict.CREDITED}


def test_links_are_followed_once_following_is_allowed(store: Store, tmp_path: Path) -> None:
    """A work that had no copy because links were not followed does not wait for its day."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one", links=["paper"])
    run(store, settings)

    run(store, settings, Web(paper=CREDIT.encode()))

    assert verdicts(store) == {work_id: Verdict.CREDITED}


def test_a_new_version_of_a_policy_reads_again(store: Store, tmp_path: Path) -> None:
    """And the old version's findings hold no longer."""
    settings = configured(tmp_path)
    handed, linked = add_work(store, "one"), add_work(store, "two", links=["two"])
    hand_in(tmp_path, one=CREDIT)
    web = Web(two=CREDIT.encode())
    run(store, settings, web)
    newer = POLICY.model_copy(update={"version": "2027-01"})

    report = run(store, settings, web, policies=[newer])

    assert report.counts == {"read": 2, "credited": 2}
    assert {held.policy_version for held in findings.current(store).values()} == {"2027-01"}
    assert set(verdicts(store)) == {handed, linked}


def test_every_policy_that_covers_a_work_gives_a_finding(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path)
    work_id = add_work(store, "one")
    hand_in(tmp_path, one=CREDIT)
    other, elsewhere = (
        POLICY.model_copy(update={"id": name, "applies_to": applies})
        for name, applies in (("other", ("90*",)), ("elsewhere", ("8*",)))
    )

    report = run(store, settings, policies=[POLICY, other, elsewhere])

    assert report.counts == {"read": 1, "credited": 2}
    assert set(findings.current(store)) == {(work_id, "cbs-microdata"), (work_id, "other")}


def test_the_sentence_to_paste_is_in_the_works_language(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path)
    work_id = add_work(store, "one", language="nl")
    hand_in(tmp_path, one=NOTHING)

    run(store, settings)

    assert finding(store, work_id).suggestion == (
        "Resultaten gebaseerd op eigen berekeningen Universiteit van Voorbeeld op basis van niet-openbare microdata van het"
        " Centraal Bureau voor de Statistiek betreffende GBAPERSOONTAB, INPATAB."
    )


def test_a_persons_word_is_not_touched(store: Store, tmp_path: Path) -> None:
    """What a person read stands in the decisions; the stage writes none and takes none away."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one")
    decisions.add(store, Decision(Answer.CREDITED, NOW, "anna", "cli", work_id=work_id))
    hand_in(tmp_path, one=NOTHING)

    run(store, settings)

    assert [(decision.answer, decision.who) for decision in decisions.every(store)] == [(Answer.CREDITED, "anna")]
    assert verdicts(store) == {work_id: Verdict.ABSENT}


def test_works_can_be_named(store: Store, tmp_path: Path) -> None:
    """Then they are looked at whatever the day, and no other is."""
    settings = configured(tmp_path)
    one, two = add_work(store, "one", links=["one"], band=None), add_work(store, "two", links=["two"])
    web = Web()
    run(store, settings, web, works=[one])
    web.pages["https://example.org/one"] = CREDIT.encode()

    run(store, settings, web, works=[one])

    assert verdicts(store) == {one: Verdict.CREDITED}
    assert two not in verdicts(store)


def test_faults_of_an_index_are_told_by_line(store: Store, tmp_path: Path) -> None:
    """All at once; the lines without a fault are used."""
    settings = configured(tmp_path)
    work_id = add_work(store, "one")
    hand_in(tmp_path, one=CREDIT)
    folder = tmp_path / "copies"
    (tmp_path / "secret.txt").write_text(CREDIT, encoding="utf-8")
    (folder / "link").symlink_to(tmp_path / "secret.txt")
    lines = ["10.5555/one,one,accepted", ",one,", "10.5555/one,,", "10.5555/one,../secret.txt,", "10.5555/one,link,",
             "10.5555/one,gone.pdf,",
             "10.5555/one,/etc/passwd,", "10.5555/one,one,draft", "10.5555/unknown,one,"]  # fmt: skip
    (folder / "index.csv").write_text("work,file,version\n" + "\n".join(lines) + "\n", encoding="utf-8")

    report = run(store, settings)

    assert report.faults == [
        f"{folder / 'index.csv'}: 7 problems\n"
        "  line 3, work: it is empty. Write the work's DOI, or the id under which a source gives it.\n"
        "  line 4, file: it is empty. Write the name of a file in this folder.\n"
        "  line 5, file: ../secret.txt lies outside this folder. Put the file into it.\n"
        "  line 6, file: link lies outside this folder. Put the file into it.\n"
        "  line 7, file: there is no file gone.pdf in this folder.\n"
        "  line 8, file: /etc/passwd lies outside this folder. Put the file into it.\n"
        "  line 9, version: draft is none of submitted, accepted, published."
    ]
    assert report.notes == ["copies were handed in of works that no source has given yet: 10.5555/unknown"]
    assert verdicts(store) == {work_id: Verdict.CREDITED}


def test_a_folder_without_an_index_is_told(store: Store, tmp_path: Path) -> None:
    settings = configured(tmp_path, copies=[str(tmp_path / "nowhere")])

    report = run(store, settings)

    assert report.faults == [
        f"{tmp_path / 'nowhere' / 'index.csv'}: there is no such file. Write one with the columns work,file,version, or take the folder"
        " out of credit.copies."
    ]


@pytest.mark.parametrize("at_write", range(6))
def test_a_run_that_dies_is_completed_by_the_next(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_write: int
) -> None:
    """Killed before any one of its writes, it leaves nothing by halves; the next run ends where one run would have."""
    settings = configured(tmp_path)
    for name in ("one", "two", "three"):
        add_work(store, name)
    hand_in(tmp_path, one=CREDIT, two=NOTHING)
    writes = iter(range(100))
    real = {name: getattr(findings, name) for name in ("save", "save_copy")}

    def dying(name: str) -> Any:
        def write(*args: Any, **more: Any) -> Any:
            if next(writes) == at_write:
                raise KeyboardInterrupt
            return real[name](*args, **more)

        return write

    with monkeypatch.context() as patched:
        for name in real:
            patched.setattr(findings, name, dying(name))
        if at_write < 5:
            with pytest.raises(KeyboardInterrupt):
                run(store, settings)
        else:
            run(store, settings)
    run(store, settings)

    assert sorted(verdict.value for verdict in verdicts(store).values()) == ["absent", "credited", "unreadable"]
    assert (len(findings.every(store)), len(findings.copies(store))) == (3, 2)


def test_where_a_copy_may_be() -> None:
    """Full texts that sources name come first, the version of record before others, arXiv before the DOI's own page, which is last."""
    work = Work(
        {"DOI": "10.5555/a(b)<c>"},
        ("doi:10.5555/a(b)<c>", "doi:10.48550/arxiv.2101.00001", "url:https://example.org/page"),
        links=(
            Link("https://doi.org/10.5555/x"),
            Link("https://example.org/landing", "text/html"),
            Link("https://example.org/accepted.pdf", "application/pdf", "accepted"),
            Link("https://example.org/published.pdf", "application/pdf", "published"),
            Link("https://arxiv.org/abs/2202.00002"),
            Link("https://example.org/article.xml", "application/xml"),
            Link("ftp://example.org/paper.pdf"),
            Link("https://example.org/landing", "text/html"),
        ),
    )

    assert [link.url for link in places(work)] == [
        "https://example.org/article.xml",
        "https://example.org/published.pdf",
        "https://example.org/accepted.pdf",
        "https://example.org/landing",
        "https://arxiv.org/pdf/2202.00002",
        "https://doi.org/10.5555/x",
        "https://arxiv.org/pdf/2101.00001",
        "https://example.org/page",
        "https://doi.org/10.5555/a(b)%3Cc%3E",
        "https://doi.org/10.48550/arxiv.2101.00001",
    ]


def test_of_several_readings_the_newest_of_each_text_counts(store: Store) -> None:
    """And among texts the best credit: one copy may lack a page that another has."""
    work_id = add_work(store, "one")
    base = Finding(Verdict.CREDITED, "p", "1", "reader 1", work_id=work_id)
    findings.save(store, base, content_hash="a", at="2026-01-01T00:00:00Z")
    findings.save(
        store, replace(base, verdict=Verdict.ABSENT, reader="reader 2"), content_hash="a", at="2026-02-01T00:00:00Z"
    )
    once = findings.current(store)[work_id, "p"].verdict
    findings.save(
        store, replace(base, verdict=Verdict.MENTIONED, reader="reader 2"), content_hash="b", at="2026-01-15T00:00:00Z"
    )

    assert (once, findings.current(store)[work_id, "p"].verdict) == (Verdict.ABSENT, Verdict.MENTIONED)
