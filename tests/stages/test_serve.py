"""The commands of answering: serving, withdrawing, changing keys, reading what people wrote."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pubtrack.cli import cli
from pubtrack.clock import stamp
from pubtrack.errors import PubtrackError
from pubtrack.store import Store, decisions, letters
from tests.conftest import NOW, ROOT
from tests.web import ANNA_ID, KEY, OLDER, House, house

POLICY = (ROOT / "config" / "policies" / "cbs-microdata.toml").read_text(encoding="utf-8")
DUTIES = ("cbs-microdata/9001/1/report",)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    yield made
    made.store.close()


def run(here: House, *words: str) -> Result:
    return CliRunner().invoke(cli, ["--config", str(here.settings.file), "--as-of", "2026-11-16", *words])


def test_a_link_is_withdrawn(here: House) -> None:
    url = here.links.url(ANNA_ID, DUTIES, NOW.date())
    first, again = run(here, "links", "revoke", url), run(here, "links", "revoke", f"{url}?choice=mine")
    assert re.fullmatch(r"Link [0-9a-f]{16} of person 1 is withdrawn\.\n", first.output)
    assert "was already withdrawn" in again.output
    assert here.get(url.rsplit("/", 1)[1]).status_code == 410


def test_all_links_of_a_person_are_withdrawn(here: House) -> None:
    assert (
        run(here, "links", "revoke", "--person", "Anna@example.org").output
        == "The links of person 1 up to 2026-11-16 are withdrawn.\n"
    )
    assert here.get(here.token(*DUTIES)).status_code == 410


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("revoke",), "Give the link, or --person: one of the two."),
        (("revoke", "x", "--person", "1"), "Give the link, or --person: one of the two."),
        (("revoke", "https://example.org/a/forged"), "It was made by none of the keys: it opens nothing anyway."),
        (("revoke", "--person", "nobody@example.org"), "Nobody is known as nobody@example.org."),
    ],
)
def test_what_cannot_be_withdrawn(here: House, words: tuple[str, ...], sentence: str) -> None:
    result = run(here, "links", *words)
    assert isinstance(result.exception, PubtrackError)
    assert sentence in str(result.exception)


def test_keys_are_changed(here: House, tmp_path: Path) -> None:
    """The new key signs, the older ones are taken; with --drop they are not. The file is its owner's alone."""
    keys = tmp_path / "keys"
    assert "2 older ones are still taken" in run(here, "links", "rotate").output
    held = keys.read_text().split()
    assert (len(held), held[1:]) == (3, [KEY, OLDER])
    assert len(held[0]) >= 32
    assert keys.stat().st_mode & 0o777 == 0o600
    assert held[0] not in run(here, "links", "rotate").output
    assert "open nothing any more" in run(here, "links", "rotate", "--drop").output
    assert len(keys.read_text().split()) == 1
    assert KEY not in keys.read_text()


def test_keys_in_a_variable_are_shown(here: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pubtrack.toml"
    file.write_text(file.read_text().replace('{ file = "keys" }', '{ env = "PUBTRACK_KEYS" }'))
    said = run(here, "links", "rotate").output
    assert said.startswith("Put this before the keys in PUBTRACK_KEYS")


def test_letters(here: House) -> None:
    assert run(here, "letters").output == "Nothing to read.\n"
    letters.add(
        here.store,
        "a@example.org",
        "letter",
        at=stamp(NOW),
        person_id=ANNA_ID,
        sender="anna@example.org",
        subject="Hello",
        text="line\x1b[31m one\nline two",
        reason="it says something that only a person can understand",
    )
    assert "anna@example.org" in run(here, "letters").output
    assert json.loads(run(here, "letters", "--json").output)["subject"] == "Hello"
    shown = run(here, "letters", "show", "1").output
    assert "subject: Hello" in shown
    assert shown.endswith("line [31m one\nline two\n")
    assert "1 to read (pubtrack letters)" in run(here, "status").output
    assert run(here, "letters", "done", "1").output == "letter 1: done\n"
    assert run(here, "letters").output == "Nothing to read.\n"
    assert isinstance(run(here, "letters", "show", "9").exception, PubtrackError)


@pytest.mark.parametrize(
    ("words", "recorded"),
    [
        (("later", "--project", "9001", "--work", "1", "--until", "2027-03-01"), ["snoozed 9001 1 2027-03-01"]),
        (("stop", "--person", "anna@example.org"), ["opt_out None None None"]),
        (("correction", "--work", "1"), ["correction_requested None 1 None"]),
        (("wrong_project", "--work", "1", "--project", "9001", "--to", "9002"), ["not_mine 9001 1 None", "mine 9002 1 None"]),
        (("another", "--project", "9002", "--publication", "doi:10.5555/2"), ["mine 9002 2 None"]),
        (("another", "--project", "9002", "--publication", "10.5555/unknown"), []),
    ],
)  # fmt: skip
def test_staff_say_it_in_a_leads_words(here: House, words: tuple[str, ...], recorded: list[str]) -> None:
    for _ in range(2):
        result = run(here, "answer", *words)
        assert result.exit_code == 0, result.output
    made = decisions.history(here.store)
    assert [f"{one.answer} {one.project_id} {one.work_id} {one.until}" for one in made] == recorded
    assert {(one.who, one.through) for one in made} <= {("staff", "cli")}


@pytest.mark.parametrize(
    "words",
    [
        ("wrong_project", "--work", "1", "--project", "9001"),
        ("mine", "--work", "1", "--project", "9001", "--to", "9002"),
        ("another", "--project", "9001"),
        ("another", "--publication", "10.5555/2"),
        ("wrong_project", "--work", "1", "--project", "9001", "--to", "none"),
    ],
)
def test_what_does_not_fit_records_nothing(here: House, words: tuple[str, ...]) -> None:
    assert isinstance(run(here, "answer", *words).exception, PubtrackError)
    assert decisions.history(here.store) == []


def test_what_is_kept_is_exported_and_forgotten(here: House) -> None:
    """The person's page leaves its traces: they are shown before they are erased, and then they are gone."""
    here.choose(here.token(), "mine")
    letters.add(here.store, "a@x", "letter", at=stamp(NOW), person_id=ANNA_ID, sender="anna@example.org", text="Secret")
    assert json.loads(run(here, "export", "letters").output.splitlines()[0])["text"] == "Secret"
    kept = run(here, "forget", "anna@example.org").output
    assert "Secret" in kept
    assert run(here, "forget", "anna@example.org", "--yes").exit_code == 0
    dump = "\n".join(here.store.db.conn.iterdump())
    assert "Secret" not in dump
    assert "anna@example.org" not in dump.casefold()
    assert here.store.one("SELECT count(*) AS n FROM forms_used") == {"n": 0}


def test_without_web_and_mailbox_a_sentence_says_so(here: House, tmp_path: Path) -> None:
    file = tmp_path / "pubtrack.toml"
    file.write_text(file.read_text().split("[web]")[0])
    for words in (("web",), ("links", "rotate"), ("links", "revoke", "x"), ("listen",)):
        result = run(here, *words)
        assert isinstance(result.exception, PubtrackError)
        assert "docs/operations.md" in str(result.exception)


def test_the_check_names_what_answers_come_in_by(here: House, tmp_path: Path) -> None:
    assert "links begin with https://answers.example.org/x" in run(here, "check").output
    (tmp_path / "keys").write_text("short")
    result = run(here, "check")
    assert result.exit_code == 3
    assert "at least 32 characters" in result.output
    assert "short\n" not in result.output


def fetch(url: str, data: bytes | None = None) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=20) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), dict(error.headers)


def test_the_page_is_served_and_ends_when_asked(here: House) -> None:
    """As its user would: started, visited, answered, refused, ended by SIGTERM; the log holds no link and no name."""
    command = [sys.executable, "-m", "pubtrack", "web", "-v", "--port", "0", "--config", str(here.settings.file)]
    process = subprocess.Popen(
        [*command, "--as-of", "2026-11-16"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout
        said = process.stdout.readline()
        port = re.search(r"127\.0\.0\.1:(\d+)/", said)
        assert port, said
        base, token = f"http://127.0.0.1:{port[1]}", here.token(*DUTIES)
        status, page, headers = fetch(f"{base}/a/{token}")
        assert (status, headers["Referrer-Policy"]) == (200, "no-referrer")
        assert "Server" not in headers or "waitress" not in headers["Server"]
        form = re.search(r'name="form" value="([^"]+)"', page)
        assert form
        sent = f"form={form[1]}&act=answer&matter=0&choice=mine".encode()
        assert "komt uit project 9001" in fetch(f"{base}/a/{token}", sent)[1]
        assert fetch(f"{base}/a/{token}x")[0] == 403
        assert fetch(f"{base}/health")[:2] == (200, "ok\n")
        with socket.create_connection(("127.0.0.1", int(port[1])), timeout=20) as hostile:
            hostile.sendall(b"POST /a/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n")
            assert b" 413 " in hostile.recv(4096).split(b"\r\n")[0]
    finally:
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Answered." in log
    assert "reason=forged" in log
    assert token not in log
    assert "Anna" not in log
    store = Store.open(here.settings.database)
    assert store.one("SELECT count(*) AS n FROM decisions") == {"n": 1}
    store.close()


def test_a_port_that_is_taken(here: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result: Any = run(here, "web", "--port", str(taken.getsockname()[1]))
    assert isinstance(result.exception, PubtrackError)
    assert "Nobody can listen at 127.0.0.1:" in str(result.exception)


@pytest.mark.slow
def test_the_service_serves_it_too(here: House) -> None:
    """And takes it away with itself."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    file = here.settings.file
    file.write_text(file.read_text().replace("max_upload", f"port = {port}\nmax_upload"))
    environment = os.environ | {"PUBTRACK_CONFIG": str(file)}
    process = subprocess.Popen(
        [sys.executable, "-m", "pubtrack", "service"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        assert fetch(f"http://127.0.0.1:{port}/health")[0] == 200
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
