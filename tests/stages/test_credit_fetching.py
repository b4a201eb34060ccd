"""Fetched copies: where they are looked for, kept, and asked for again only when they have changed."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.credit import kept, unpaywall
from pubtrack.credit.locate import places
from pubtrack.errors import Unreadable
from pubtrack.models import Link, Relation, Verdict, Work
from pubtrack.net.guarded import Fetched
from pubtrack.store import Store, findings, works
from tests.conftest import AT, NOW
from tests.stages.test_credit import CREDIT, NOTHING, POLICY, Web, add_work, configured, run, verdicts

API = "https://api.unpaywall.org/v2/10.5555/one?email=dcc@example.org"


def answer(*locations: object) -> bytes:
    return json.dumps({"doi": "10.5555/one", "is_oa": bool(locations), "oa_locations": locations}).encode()


def location(name: str, **more: object) -> dict[str, object]:
    return {"url": f"https://example.org/{name}", "url_for_pdf": None, "version": "acceptedVersion", **more}


def test_what_is_kept_is_read_again_without_being_sent_again(store: Store, tmp_path: Path) -> None:
    """A new version of the policy reads the kept file, once the far side says that it has not changed."""
    configuration = configured(tmp_path, keep_files=True).model_copy(update={"database": tmp_path / "pubtrack.db"})
    work_id = add_work(store, "one", links=["paper"])
    web = Web(paper=CREDIT.encode())
    run(store, configuration, web)
    (row,) = findings.copies(store, work_id)

    newer = POLICY.model_copy(update={"version": "2027-01"})
    report = run(store, configuration, web, policies=[newer])

    files = list((tmp_path / "pubtrack-copies").iterdir())
    assert [file.name for file in files] == [row["file"]] == [f"{row['content_hash']}.txt"]
    assert files[0].read_bytes() == CREDIT.encode()
    assert report.counts == {"read": 1, "credited": 1}
    assert web.followed == [("paper", None), ("paper", row["etag"])]


def test_only_the_newest_of_a_place_is_kept(store: Store, tmp_path: Path) -> None:
    """What it replaced goes, and so does what a kill left by halves; what is not ours stays."""
    configuration = configured(tmp_path, keep_files=True).model_copy(update={"database": tmp_path / "pubtrack.db"})
    work_id = add_work(store, "one", links=["paper"])
    web = Web(paper=b"\x89PNG")
    run(store, configuration, web)
    folder = tmp_path / "pubtrack-copies"
    (folder / f"{'0' * 64}.pdf.123.part").write_bytes(b"half")
    (folder / "notes.txt").write_bytes(b"mine")

    web.pages["https://example.org/paper"] = CREDIT.encode()
    run(store, configuration, web, now=NOW + timedelta(days=30))

    (row,) = (row for row in findings.copies(store, work_id) if row["location"].endswith("paper"))
    assert {file.name for file in folder.iterdir()} == {row["file"], "notes.txt"}


def test_a_kept_file_that_was_changed_is_not_trusted(tmp_path: Path) -> None:
    name = kept.save(tmp_path, b"one", "application/pdf")
    content_hash = name.removesuffix(".pdf")
    held = kept.read(tmp_path, name, content_hash)
    (tmp_path / name).write_bytes(b"two")

    assert (held, kept.read(tmp_path, name, content_hash)) == (b"one", None)
    assert kept.read(tmp_path, f"../{tmp_path.name}/{name}", content_hash) is None
    assert [file.name for file in tmp_path.iterdir()] == [name]


class Terse(Web):
    """Says that nothing has changed without its tag."""

    def __call__(self, url: str, *, etag: str | None = None, last_modified: str | None = None) -> Fetched:
        fetched = super().__call__(url, etag=etag, last_modified=last_modified)
        return fetched if fetched.content is not None else Fetched(None, None, url)


def test_the_tag_of_a_copy_outlives_an_answer_that_nothing_has_changed(store: Store, tmp_path: Path) -> None:
    """Else every other look would fetch it whole."""
    configuration = configured(tmp_path)
    work_id = add_work(store, "one", links=["paper"])
    web = Terse(paper=b"\x89PNG")

    for days in (0, 100, 300, 500):
        run(store, configuration, web, now=NOW + timedelta(days=days))

    tags = [tag for name, tag in web.followed if name == "paper"]
    assert (tags[0], len(tags), len(set(tags[1:]))) == (None, 4, 1)
    (row,) = (row for row in findings.copies(store, work_id) if row["location"].endswith("paper"))
    assert (row["media_type"], row["etag"]) == ("text/plain", tags[1])


def test_unpaywall_is_not_asked_unless_configured(store: Store, tmp_path: Path) -> None:
    add_work(store, "one", links=["dead"])
    web = Web()

    run(store, configured(tmp_path), web)

    assert [name for name, _ in web.followed] == ["dead", "https://doi.org/10.5555/one"]


def test_what_unpaywall_names_is_looked_at_next(store: Store, tmp_path: Path) -> None:
    """The best first, each once; the address with our mail address is kept nowhere."""
    configuration = configured(tmp_path, unpaywall_email="dcc@example.org")
    work_id = add_work(store, "one", links=["dead"])
    web = Web(best=b"\x89PNG", other=CREDIT.encode())
    web.pages[API] = answer(location("dead"), location("other"), location("best", is_best=True))

    run(store, configuration, web)

    assert [name for name, _ in web.followed] == ["dead", API, "best", "other"]
    assert verdicts(store) == {work_id: Verdict.CREDITED}
    rows = {row["location"]: row for row in findings.copies(store, work_id)}
    assert rows["https://example.org/other"]["version"] == "accepted"
    assert rows["unpaywall:10.5555/one"]["next_check_at"] == "2026-12-16T11:00:00Z"
    assert "dcc@example.org" not in str(rows)


def test_unpaywall_is_asked_again_after_a_month(store: Store, tmp_path: Path) -> None:
    """An embargo has ended, and it knows an open copy."""
    configuration = configured(tmp_path, unpaywall_email="dcc@example.org")
    work_id = add_work(store, "one")
    web = Web(paper=NOTHING.encode())
    web.pages[API] = answer()
    run(store, configuration, web)
    run(store, configuration, web, now=NOW + timedelta(days=8))
    asked = [name for name, _ in web.followed].count(API)
    web.pages[API] = answer(location("paper"))

    run(store, configuration, web, now=NOW + timedelta(days=31))

    assert (asked, verdicts(store)) == (1, {work_id: Verdict.ABSENT})


def test_an_answer_that_makes_no_sense_hinders_nothing(store: Store, tmp_path: Path) -> None:
    configuration = configured(tmp_path, unpaywall_email="dcc@example.org")
    work_id = add_work(store, "one")
    web = Web()
    web.pages |= {API: b"<html>", "https://doi.org/10.5555/one": CREDIT.encode()}

    run(store, configuration, web)

    assert verdicts(store) == {work_id: Verdict.CREDITED}
    assert findings.copies(store, work_id)[0]["error"] == "Unpaywall gave no proper answer"


def test_identities_are_places() -> None:
    work = Work({"type": "article-journal", "DOI": "10.5555/one"}, ("doi:10.5555/one", "pmcid:PMC123", "pmid:4"))

    assert places(work, unpaywall=True) == [
        Link("https://www.ebi.ac.uk/europepmc/webservices/rest/PMC123/fullTextXML", "application/xml"),
        Link("unpaywall:10.5555/one"),
        Link("https://doi.org/10.5555/one"),
    ]


def test_preprints_are_places_and_known_as_such() -> None:
    """By the server a link leads to, by the DOI's prefix, by what the record says of another; an article's own copies come first."""
    work = Work(
        {"type": "article-journal", "DOI": "10.5555/one"},
        ("doi:10.5555/one", "doi:10.48550/arxiv.2101.00001"),
        (Relation("has_preprint", "doi:10.31235/osf.io/abcde"), Relation("corrects", "doi:10.5555/other")),
        links=(
            Link("https://osf.io/download/abcde", "application/pdf"),
            Link("https://www.medrxiv.org/content/10.1101/2021.02.03.21250001v1.full.pdf", "application/pdf"),
            Link("https://export.arxiv.org/abs/2101.00001v2"),
            Link("https://example.org/accepted.pdf", "application/pdf", "accepted"),
            Link("https://example.org/page"),
        ),
    )

    assert [(link.url, link.version) for link in places(work)] == [
        ("https://example.org/accepted.pdf", "accepted"),
        ("https://example.org/page", None),
        ("https://osf.io/download/abcde", "submitted"),
        ("https://www.medrxiv.org/content/10.1101/2021.02.03.21250001v1.full.pdf", "submitted"),
        ("https://arxiv.org/pdf/2101.00001v2", "submitted"),
        ("https://arxiv.org/pdf/2101.00001", "submitted"),
        ("https://doi.org/10.5555/one", None),
        ("https://doi.org/10.48550/arxiv.2101.00001", "submitted"),
        ("https://doi.org/10.31235/osf.io/abcde", "submitted"),
    ]
    preprint = Work({"type": "article"}, (), (Relation("is_preprint_of", "doi:10.5555/one"),))
    assert places(preprint) == [Link("https://doi.org/10.5555/one", None, "published")]


def test_a_finding_from_a_preprint_says_so_and_yields_to_the_articles(store: Store, tmp_path: Path) -> None:
    """The article is looked for after its preprint was read; what it says then holds, even where the preprint said more."""
    configuration = configured(tmp_path)
    csl = {"type": "article-journal", "title": "One", "DOI": "10.5555/one"}
    work_id = add_work(store, "one")
    web = Web(preprint=CREDIT.encode())
    link = Link("https://example.org/preprint", "text/plain", "submitted")
    with store.atomic():
        works.save(store, Work(csl, ("doi:10.5555/one",), links=(link,), id=work_id), at=AT)

    run(store, configuration, web)
    early = findings.current(store)[work_id, POLICY.id]
    run(store, configuration, web, now=NOW + timedelta(days=20))
    asked = len(web.followed)
    web.pages["https://doi.org/10.5555/one"] = NOTHING.encode()
    run(store, configuration, web, now=NOW + timedelta(days=200))
    late = findings.current(store)[work_id, POLICY.id]
    run(store, configuration, web, now=NOW + timedelta(days=400))

    assert [name for name, _ in web.followed][:2] == ["preprint", "https://doi.org/10.5555/one"]
    assert (early.verdict, early.version) == (Verdict.CREDITED, "submitted")
    assert (late.verdict, late.version) == (Verdict.ABSENT, None)
    assert (asked, len(web.followed)) == (2, 4)


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.just("https://example.org/a"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["oa_locations", "url", "url_for_pdf", "version", "is_best"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON | st.builds(lambda held: {"oa_locations": held}, JSON))
def test_any_answer_is_links_or_a_reason(held: object) -> None:
    try:
        found = unpaywall.links(json.dumps(held).encode())
    except Unreadable:
        return

    assert all(link.url.startswith("http") for link in found)


@pytest.mark.shared
def test_real_answers(shared: Path) -> None:
    """Of 400 works 14 are open, at 36 addresses."""
    with gzip.open(shared / "other" / "unpaywall.jsonl.gz") as lines:
        found = [unpaywall.links(line) for line in lines]

    assert (len(found), sum(bool(links) for links in found)) == (400, 14)
    assert Counter((link.media_type, link.version) for links in found for link in links) == {
        ("application/pdf", "published"): 13,
        ("application/pdf", "submitted"): 1,
        (None, "published"): 22,
    }
