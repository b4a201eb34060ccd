"""The staff's desk: on this machine, by one address that opens it once, and every press recorded as staff's word."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from pubtrack.clock import stamp
from pubtrack.models import Band, Evidence, Match, Message
from pubtrack.store import decisions, letters, matches, outbox, references
from pubtrack.web import desk
from tests.conftest import AT, NOW, ROOT
from tests.duties import POLICY
from tests.web import House, house, text


class Desk:
    """A browser before the desk."""

    def __init__(self, here: House) -> None:
        self.key = desk.Key()
        self.here = here
        app = desk.create(here.settings, policies=[POLICY], moment=lambda: here.now[0], key=self.key, who="staff")
        self.client: Client = app.test_client()

    def enter(self) -> TestResponse:
        return self.client.get(f"/open/{self.key.first}")

    def press(self, **fields: str) -> TestResponse:
        return self.client.post("/act", data={"form": self.key.form} | fields)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    evidence = (
        Evidence("names", 1.5, "the lead is an author"),
        Evidence("dates", -0.5, "published before the project began"),
    )
    matches.save(made.store, Match("9002", 2, 0.6, Band.REVIEW, evidence), at=AT)
    yield made
    made.store.close()


@pytest.fixture
def opened(here: House) -> Desk:
    made = Desk(here)
    assert made.enter().status_code == 303
    return made


def test_it_opens_once_and_by_nothing_else(here: House) -> None:
    made = Desk(here)
    word = made.key.first
    assert made.client.get("/").status_code == 403
    assert made.client.get("/open/guess").status_code == 403
    assert made.client.head(f"/open/{word}").status_code == 403
    first = made.enter()
    cookie = first.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert made.client.get("/").status_code == 200
    assert Desk(here).client.get(f"/open/{word}").status_code == 403
    assert made.client.get(f"/open/{word}").status_code == 403


def test_another_host_name_or_a_form_from_elsewhere_does_nothing(opened: Desk) -> None:
    """A page in the same browser cannot act here: not by a name that it points at this machine, not by a form of its own."""
    assert opened.client.get("/", headers={"Host": "evil.example:8771"}).status_code == 421
    for form in ({}, {"form": "guess"}):
        answer = opened.client.post("/act", data=form | {"act": "mine", "work": "2", "project": "9002"})
        assert answer.status_code == 403
    assert opened.client.get("/act?act=mine&work=2&project=9002").status_code == 405
    assert decisions.history(opened.here.store) == []


def test_the_queue_with_its_reasons(opened: Desk) -> None:
    page = opened.client.get("/")
    told = text(page)
    assert "1 to review" in told
    assert "For: the lead is an author" in told
    assert "Against: published before the project began" in told
    assert "No, of 9003, Pensions" in told
    assert "<script" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")

    assert opened.press(act="not_mine", work="2", project="9002").status_code == 303
    assert opened.press(act="mine", work="2", project="9003").headers["Location"] == "/?told=decision-2"
    made = [
        (one.answer.value, one.project_id, one.work_id, one.who, one.through)
        for one in decisions.history(opened.here.store)
    ]
    assert made == [("not_mine", "9002", 2, "staff", "desk"), ("mine", "9003", 2, "staff", "desk")]
    assert "Nothing to review." in text(opened.client.get("/"))


def test_what_is_overdue(opened: Desk) -> None:
    told = text(opened.client.get("/"))
    assert re.search(r"9001 Paper 1 .* report 2026-09-29 Anna van der Berg", told)


def test_letters_and_uncertain_messages(opened: Desk) -> None:
    store = opened.here.store
    letters.add(
        store,
        "a@x",
        "letter",
        at=stamp(NOW),
        sender="anna@example.org",
        subject="<b>Hi",
        text="two\nlines",
        reason="why",
    )
    outbox.enqueue(store, Message("k", "email", "anna@example.org", "About", "text", occasion="reminder"), at=AT)
    store.db.execute("UPDATE outbox SET state = 'uncertain', error = 'the line broke'")
    told = text(opened.client.get("/"))
    assert "<b>Hi anna@example.org, 2026-11-16: why two lines" in told
    assert "To anna@example.org by email: the line broke" in told

    assert opened.press(act="letter", number="1").status_code == 303
    assert opened.press(act="arrived", number="1").status_code == 303
    assert letters.waiting(store) == []
    assert outbox.get(store, 1)["state"] == "sent"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"act": "mine", "work": "99", "project": "9001"},
        {"act": "mine", "work": "2"},
        {"act": "letter", "number": "99"},
        {"act": "retry", "number": "x"},
        {"act": "drop", "number": "1"},
        {"act": "letter", "number": "9" * 40},
    ],
)
def test_what_fits_nothing_is_said(opened: Desk, fields: dict[str, str]) -> None:
    assert opened.press(**fields).status_code == 422
    assert decisions.history(opened.here.store) == []


def test_a_reference_list_is_handed_over(opened: Desk) -> None:
    """The files of a list, and no other file of the machine."""
    reports = opened.here.settings.reports
    reports.mkdir()
    inside, outside = reports / "list.bib", reports.parent / "policy.toml"
    inside.write_text("@article{x}")
    references.save_draft(opened.here.store, "2026-11", scope="all", style="apa", about="", rows=[], at=AT)
    references.set_files(opened.here.store, "2026-11", [str(inside), str(outside)])
    got = opened.client.get("/list/1/0", buffered=True)
    assert (got.status_code, got.text) == (200, "@article{x}")
    assert "attachment" in got.headers["Content-Disposition"]
    for path in ("/list/1/1", "/list/1/9", "/list/9/0", "/list/../0"):
        assert opened.client.get(path).status_code in (404, 405)


@pytest.mark.slow
def test_as_its_user_would(here: House, tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text((ROOT / "config" / "policies" / "cbs-microdata.toml").read_text())
    # Whoever is started in the background of a shell ignores Ctrl-C: here it is listened to again.
    begin = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from pubtrack.cli import main; main()"
    )
    command = [sys.executable, "-c", begin, "desk", "--port", "0", "--config", str(here.settings.file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        said = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
    assert re.fullmatch(r"Open this address once: http://127\.0\.0\.1:\d+/open/[\w-]{32}\n", said)
    assert process.returncode == 0
