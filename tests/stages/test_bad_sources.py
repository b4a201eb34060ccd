"""Sources that are configured wrongly: a sentence each that names source and setting; the others go on; exit 4; the digest says so."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest

from pubtrack.cli import main
from tests.conftest import ROOT
from tests.peers.crossref import CrossrefPeer
from tests.peers.oai import OaiPeer
from tests.peers.oai_faults import Entry
from tests.peers.openalex import OpenAlexPeer
from tests.stages.test_discover_crossref import work

HEAD = """
database = "../pubtrack.db"
reports = "../reports"
policies = ["policies/cbs-microdata.toml"]

[register]
files = ["projects.csv"]

[institution]
name = "University of Example"
language = "en"
ror = ["04vgbd477"]
contact = { name = "Digital Competence Centre", email = "dcc@example.org" }
"""
TITLE = "Registers of households"


class _Website(http.server.BaseHTTPRequestHandler):
    """A library's website: anything but what was asked for."""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = b"<!DOCTYPE html>\n<html><body>Welcome to our library</body></html>"
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def website() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Website)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def house(tmp_path: Path, website: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A configuration in which every source but the last two is wrong."""
    (tmp_path / "config").mkdir()
    shutil.copytree(ROOT / "config" / "policies", tmp_path / "config" / "policies")
    (tmp_path / "config" / "projects.csv").write_text(
        "id,title,lead_given,lead_family,lead_email,lead_orcid\n"
        "9001,Households,Anna,van der Berg,anna@example.org,0000-0002-1825-0097\n",
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUBTRACK_CONFIG", raising=False)
    monkeypatch.setenv("ALEX", "no-such-key")
    entry = Entry("oai:x:1", datetime(2026, 1, 1), {"title": [TITLE], "creator": ["Berg, A."], "date": ["2026"]})
    with ExitStack() as stack:
        oai = stack.enter_context(OaiPeer([entry], batch=5)).url
        alex = stack.enter_context(OpenAlexPeer([], key="right")).url
        good = stack.enter_context(CrossrefPeer([work(1)])).url
        sources = [
            f'kind = "crossref"\nname = "cr-site"\nmailto = "dcc@example.org"\nbase_url = "{website}"',
            f'kind = "crossref"\nname = "cr-gone"\nmailto = "dcc@example.org"\nbase_url = "{website}/gone"',
            f'kind = "oai_pmh"\nname = "oai-site"\nurl = "{website}"',
            f'kind = "oai_pmh"\nname = "oai-set"\nurl = "{oai}"\nset = "theses"',
            f'kind = "oai_pmh"\nname = "oai-prefix"\nurl = "{oai}"\nprefix = "mods4"',
            f'kind = "openalex"\nname = "alex-key"\nbase_url = "{alex}"\napi_key = {{ env = "ALEX" }}',
            f'kind = "europe_pmc"\nname = "epmc-site"\nbase_url = "{website}"',
            f'kind = "datacite"\nname = "datacite-site"\nbase_url = "{website}"',
            f'kind = "oai_pmh"\nname = "oai-good"\nurl = "{oai}"',
            f'kind = "crossref"\nname = "cr-good"\nmailto = "dcc@example.org"\nbase_url = "{good}"',
        ]
        text = HEAD + "".join(f"\n[[source]]\n{source}\n" for source in sources)
        (tmp_path / "config" / "pubtrack.toml").write_text(text, encoding="utf-8")
        yield tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["pubtrack", *words])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code


def test_a_question_in_place_of_an_address_is_told_before_anything_is_asked(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = house / "config" / "pubtrack.toml"
    source = 'kind = "oai_pmh"\nname = "pasted"\nurl = "https://repository.example.org/oai?verb=Identify"'
    file.write_text(f"{HEAD}\n[[source]]\n{source}\n", encoding="utf-8")

    assert run(monkeypatch, "discover") == 3
    assert (
        "https://repository.example.org/oai?verb=Identify holds a question, not only the repository's address."
        " Write https://repository.example.org/oai." in " ".join(capsys.readouterr().err.split())
    )


FAULTS = [
    "cr-site: it gave a web page, 3 times in a row. The next run reads this list again; if that goes on, look at `base_url`"
    " of this source.",
    "cr-gone: it refused the question (404) with a web page. Look at `base_url` of this source.",
    "oai-site: the repository answered with a web page instead of OAI-PMH: it may be under maintenance, or `url` is wrong.",
    "oai-set: the repository has no set theses, but publications:all. Look at `set` of this source.",
    "oai-prefix: the repository does not give the format mods4. Look at `prefix` of this source.",
    "alex-key: it does not know the key (401). Look at `api_key` of this source.",
    "epmc-site: it answered, but not with a list of works. Look at `base_url` of this source.",
    "datacite-site: it answered, but not with a list of works. Look at `base_url` of this source.",
]


def test_every_wrong_setting_is_one_sentence_and_the_others_go_on(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "run", "--as-of", "2026-11-16") == 4
    said = capsys.readouterr()
    told = [line.partition("discover: ")[2] or line for line in said.err.splitlines()]
    assert [line for line in told if line.partition(" (met")[0] in FAULTS] != []
    for fault in FAULTS:
        assert sum(line.startswith(fault) for line in told) == 1, fault
    assert run(monkeypatch, "export", "works") == 0
    works = capsys.readouterr().out
    assert (TITLE in works, "10.5555/example.1" in works) == (True, True)

    assert run(monkeypatch, "digest", "--as-of", "2026-12-02", "--month", "2026-11") == 0
    [digest] = (house / "reports" / "digests").glob("*2026-11.txt")
    page = " ".join(digest.read_text(encoding="utf-8").split())
    assert all(fault in page for fault in FAULTS)


def test_check_online_says_what_each_source_is_and_what_is_wrong(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "check", "--online", "--json") == 4

    said = capsys.readouterr().out
    for found in (
        "cr-site: what answers is not the Crossref REST API (HTTP 200). Look at `base_url` of this source.",
        "oai-prefix: the repository does not give the format mods4, but oai_dc. Look at `prefix` of this source.",
        "oai-set: the repository has no set theses, but publications:all. Look at `set` of this source.",
        "alex-key: it does not know the key (401). Look at `api_key` of this source.",
        "Example repository; gives oai_dc; oai_dc is asked for, the best of those that pubtrack reads; datestamps to the second",
        "1 works; pool polite-array, 10000 requests per 1s, 3 at a time",
    ):
        assert found in said
    assert "no-such-key" not in said
