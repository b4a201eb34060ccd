"""`pubtrack credit FILE...`: manuscripts, checked with no database and no network, on one core or several or a cluster."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.make_credit_documents import make
from pubtrack import sample
from pubtrack.credit import files, told
from pubtrack.credit.folders import manuscripts
from pubtrack.executor import Failure
from pubtrack.models import Finding, Quote, Verdict
from pubtrack.obligations.policy import load
from pubtrack.store import Store, findings
from tests.conftest import ROOT
from tests.peers.cluster import cluster_of_two
from tests.stages.test_credit import add_work, configured, hand_in, run, verdicts

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
CREDIT = "We use microdata from Statistics Netherlands on all households in the country.\n"
NOTHING = "We interviewed twenty families in their own homes, and asked them about work and care.\n"
SCAN = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"  # noqa: E501
ALONE = """import os, sys
def alone(event, arguments):
    if event in ("sqlite3.connect", "socket.connect", "socket.getaddrinfo", "socket.bind"):
        print("reached for", event, arguments, file=sys.stderr, flush=True)
        os._exit(99)
sys.addaudithook(alone)
"""


def pubtrack(folder: Path, *words: str, **environment: str) -> tuple[int, str, str]:
    """Run the command in a process that ends at the first reach for a database or the network, its workers too."""
    hooks = folder.parent / "hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "sitecustomize.py").write_text(ALONE)
    ended = subprocess.run(
        [sys.executable, "-m", "pubtrack", *words],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{hooks}{os.pathsep}{ROOT}",
            "LANG": "en_US.UTF-8",
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Manuscripts in a folder where there is nothing else: no configuration, no database."""
    made = tmp_path / "manuscripts"
    (made / "more").mkdir(parents=True)
    (made / "one.txt").write_text(CREDIT)
    (made / "more" / "two.txt").write_text(NOTHING)
    (made / "scan.pdf").write_bytes(SCAN)
    (made / ".hidden.txt").write_text(CREDIT)
    (made / "link.txt").symlink_to("one.txt")
    return made


def test_files_and_folders_are_read_with_no_database_and_no_network(folder: Path) -> None:
    """In several processes, in the order in which they were named; nothing is left behind."""
    code, out, err = pubtrack(folder, "credit", "one.txt", "more", "scan.pdf", "--workers", "2", "--json")

    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [(row["file"], row["verdict"]) for row in rows] == [
        ("one.txt", "credited"),
        ("more/two.txt", "absent"),
        ("scan.pdf", "unreadable"),
    ]
    assert rows[0]["evidence"] == [
        {"quote": CREDIT.strip(), "page": None, "section": None, "rule": rows[0]["evidence"][0]["rule"]}
    ]
    assert {"file", "verdict", "language", "evidence", "suggestion", "policy", "reader"} <= set(rows[0])
    assert sorted(path.name for path in folder.rglob("*")) == [
        ".hidden.txt",
        "link.txt",
        "more",
        "one.txt",
        "scan.pdf",
        "two.txt",
    ]


def test_a_person_is_told_in_their_language_with_what_to_do(folder: Path) -> None:
    code, out, _ = pubtrack(folder, "credit", ".", LANG="nl_NL.UTF-8")
    _, english, _ = pubtrack(folder, "credit", "scan.pdf")

    assert code == 0
    assert (
        "one.txt: credited\n  Het Centraal Bureau voor de Statistiek is genoemd als bron van de gegevens, in andere woorden"
        in out
    )
    assert out.endswith("3 bestanden: 1 credited, 1 absent, 1 unreadable\n")
    assert "hidden" not in out
    assert "link" not in out
    assert english == (
        "scan.pdf: unreadable\n"
        "  It cannot be told whether Statistics Netherlands is credited: the PDF is scanned: there is no text in it, only images."
        " Give the file it was made from, or run text recognition (OCR) on it first.\n"
    )


def test_what_is_not_there_is_said_before_anything_is_read(folder: Path) -> None:
    """All of it at once."""
    (folder / "nothing").mkdir()

    code, out, err = pubtrack(folder, "credit", "one.txt", "gone.pdf", "nothing", "lost.docx")

    assert (code, out) == (2, "")
    assert err == (
        "gone.pdf: there is no such file.\nnothing: there are no files in this folder that may be manuscripts.\n"
        "lost.docx: there is no such file.\n"
    )


def test_a_file_that_cannot_be_opened_does_not_stop_the_others(folder: Path) -> None:
    found = dict(files.read([str(folder / "gone"), str(folder / "one.txt")], [POLICY], fill=lambda _: {}))

    assert found[str(folder / "gone")] == Failure("it cannot be opened: No such file or directory")
    one = found[str(folder / "one.txt")]
    assert not isinstance(one, Failure)
    assert one[POLICY.id].verdict is Verdict.CREDITED


def test_of_a_folder_only_what_may_be_a_manuscript_is_read(tmp_path: Path) -> None:
    """The rest is counted, by reason, and said; a file that is named is read, whatever it is."""
    project = tmp_path / "project"
    wanted = ("draft", "README.md", "chapters/two.tex", "report", "article.xml", "letter.doc", "robots.pdf")
    others = (
        *("analysis.R", "run.py", "script", "poetry.lock", "package-lock.json", "LICENSE", "requirements-dev.txt"),
        *("data.csv", "thing", "table", "figure.png", "old.zip", "parts", "draft.aux", "draft.md~", "~$letter.doc"),
        *(".git/HEAD", "node_modules/a/README.md", "env/pyvenv.cfg", "env/x.txt"),
    )
    for name in (*wanted, *others):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(CREDIT)
    (project / "report").write_bytes(SCAN)
    (project / "article.xml").write_text("<?xml version='1.0'?><article><front/><body><p>None.</p></body></article>")
    (project / "script").write_text("#!/bin/sh\n")
    (project / "thing").write_bytes(b"a\0b")
    (project / "table").write_text('{"a": 1}')
    (project / "parts").write_bytes(b"PK\x03\x04" + bytes(50))
    (project / "link.md").symlink_to("README.md")
    os.mkfifo(project / "pipe")

    left_out: Counter[str] = Counter()
    found = [str(Path(file).relative_to(project)) for file in manuscripts(str(project), left_out)]
    code, out, err = pubtrack(project, "credit", ".", "analysis.R")

    assert sorted(found) == sorted(wanted)
    assert left_out == Counter(code=3, settings=5, data=2, pictures=1, archives=2, made=3, hidden=1, tools=2, links=2)
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines() if not line.startswith(" ")] == [
        *("README.md", "article.xml", "draft", "letter.doc", "report", "robots.pdf", "chapters/two.tex"),
        *("analysis.R", "8 files"),
    ]
    assert err.startswith("Left out of the folders: 1 hidden, 2 folders that tools filled, ")
    assert err.endswith(" Name a file to have it read.\n")


def test_a_folder_without_manuscripts_is_said_to_have_none(folder: Path) -> None:
    (folder / "code").mkdir()
    (folder / "code" / "a.py").write_text("import os\n")

    code, out, err = pubtrack(folder, "credit", "code", LANG="nl_NL.UTF-8")

    assert (code, out) == (2, "")
    assert err == (
        "Niet gelezen in de mappen: 1 broncode. Noem een bestand om het toch te laten lezen.\n"
        "code: there are no files in this folder that may be manuscripts.\n"
    )


def test_what_is_piped_in_is_read(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "pubtrack", "credit", "-", "one.txt", "--json"],
        input=NOTHING.encode(),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=True,
    )

    rows = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [(row["file"], row["verdict"]) for row in rows] == [("-", "absent"), ("one.txt", "credited")]


def test_a_screen_shows_answers_whole(folder: Path) -> None:
    """No bar is drawn into them, and none takes the last line away when it goes."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "pubtrack", "credit", "one.txt", "more"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LANG": "en_US.UTF-8", "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        seen = b""
        with contextlib.suppress(OSError):  # so a terminal says that nobody is there any more
            while piece := os.read(ours, 65_536):
                seen += piece
        os.close(ours)

    assert process.returncode == 0
    assert b"\x1b" not in seen
    assert [line.partition(":")[0] for line in seen.decode().splitlines()] == [
        *(
            "one.txt",
            "  Statistics Netherlands is named as the source of the data, in other words than the prescribed ones.",
        ),
        *(f"  “{CREDIT.strip()}” [use-of-data]", "  To paste, for the prescribed words"),
        *(
            "more/two.txt",
            "  The whole text was read, and Statistics Netherlands is not named in it.",
            "  To paste",
            "2 files",
        ),
    ]


def test_a_lead_learns_what_is_there_what_is_missing_and_what_to_paste(folder: Path) -> None:
    """In five lines; nothing is left to paste where all of it is there, and nothing is advised of what could not be read."""
    half = (
        "The results are based on calculations by the authors using non-public microdata from Statistics Netherlands.\n"
    )
    rest = (
        "Under certain conditions, these microdata are accessible for statistical and scientific research."
        " For further information: microdata@cbs.nl.\n"
    )
    (folder / "half.txt").write_text(half)
    (folder / "whole.txt").write_text(half + rest)

    _, out, _ = pubtrack(folder, "credit", "half.txt", "--institution", "Example University")
    _, all_of_it, _ = pubtrack(folder, "credit", "whole.txt")

    assert out == (
        "half.txt: prescribed\n"
        "  Statistics Netherlands is credited in the prescribed words. Not in it: on what conditions others may use the data;"
        " where to ask about the data.\n"
        f"  “{half.strip()}” [en-2015]\n"
        "  To paste, for the prescribed words: Results based on calculations by Example University using non-public microdata from"
        " Statistics Netherlands. Under certain conditions, these microdata are accessible for statistical and scientific research."
        " For further information: microdata@cbs.nl.\n"
    )
    assert "paste" not in all_of_it


def test_a_policy_that_is_not_there_is_told_with_those_that_are(folder: Path) -> None:
    code, out, err = pubtrack(folder, "credit", "one.txt", "--policy", "nope")

    assert (code, out) == (2, "")
    assert (
        err
        == "nope: there is no such file, nor a policy of this name that ships (cbs-microdata, german-rdc, lifelines).\n"
    )


@pytest.mark.slow
def test_several_cores_and_a_cluster_find_what_one_core_finds(tmp_path: Path) -> None:
    """Word for word, with one of the cluster's two workers killed in the middle: every document is judged, and none twice."""
    papers = tmp_path / "papers"
    papers.mkdir()
    make(papers, 24, seed=5)
    names = sorted(str(path) for path in papers.iterdir() if path.name != "labels.csv")

    def read(**where: int | str | None) -> list[tuple[str, dict[str, Finding] | Failure]]:
        return list(files.read(names, [POLICY], fill=lambda _: {}, **where))  # type: ignore[arg-type]

    here, near = read(workers=1), read(workers=2)
    with cluster_of_two(tmp_path) as cluster:
        far = []
        for name, found in files.read(names, [POLICY], fill=lambda _: {}, dask=cluster.address):
            far.append((name, found))
            if len(far) == 6:
                cluster.kill_one()

    assert [name for name, _ in here] == names
    assert near == here
    assert far == here


@pytest.mark.slow
def test_the_stage_finds_the_same_on_a_cluster_that_loses_a_worker(tmp_path: Path) -> None:
    """One coordinator writes: each work has one finding, the same as on one core."""
    hand_in(tmp_path, **{f"n{number}": CREDIT if number % 3 else NOTHING for number in range(12)})
    settings, found = configured(tmp_path), []
    with cluster_of_two(tmp_path) as cluster:

        def progress(done: int, _total: int | None, _what: str) -> None:
            if done == 3:
                cluster.kill_one()

        for name, where in (("here", {"workers": 1}), ("there", {"dask": cluster.address, "progress": progress})):
            with closing(Store.open(tmp_path / f"{name}.db")) as store:
                for number in range(12):
                    add_work(store, f"n{number}")
                report = run(store, settings, **where)
                found.append((report.counts, report.faults, verdicts(store), len(findings.every(store))))

    assert found[0] == found[1]
    assert found[0][0] == {"read": 12, "credited": 8, "absent": 4}


def test_missing_parts_are_named_in_both_languages() -> None:
    quote = (Quote("Q", 1, None, "en-2015"),)
    finding = Finding(Verdict.PRESCRIBED, "p", "1", "r", evidence=quote, missing=("contact", "another"))

    assert told.sentences(finding, POLICY.provider, "en")[1] == "Not in it: where to ask about the data; another."
    assert (
        told.sentences(finding, POLICY.provider, "nl")[1]
        == "Wat ontbreekt: waar naar de gegevens te vragen is; another."
    )


def test_every_part_of_a_policy_that_ships_is_told_in_words() -> None:
    parts = {part for path in sample.policies() for statement in load(path).statements for part in statement.parts}

    for part in sorted(parts):
        finding = Finding(Verdict.PRESCRIBED, "p", "1", "r", missing=(part,))
        for language in ("en", "nl"):
            assert " " in told.sentences(finding, POLICY.provider, language)[1].partition(": ")[2], part
