"""The command line: helpful, exact about its exit codes, and never a traceback."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from pubtrack import sample
from pubtrack.cli import cli, main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def pubtrack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in an initialised folder; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUBTRACK_CONFIG", raising=False)
    sample.write(tmp_path / "config")
    (tmp_path / "config" / "projects.csv").write_text(
        "id,title,lead_given,lead_family,lead_email,institution,started_on,ended_on\n"
        "9001,Social mobility of households,Anna,van der Berg,anna@example.org,University of Example,2020-01-01,2024-12-31\n",
        encoding="utf-8",
    )
    (tmp_path / "works.json").write_text(
        json.dumps(
            [
                {
                    "DOI": "10.5555/cli.1",
                    "type": "journal-article",
                    "title": ["Social mobility of households in the Netherlands"],
                    "author": [{"given": "Anna", "family": "van der Berg"}],
                    "issued": {"date-parts": [[2025, 3, 1]]},
                    "container-title": ["Journal of Examples"],
                }
            ]
        ),
        encoding="utf-8",
    )

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["pubtrack", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        code = left.value.code
        assert isinstance(code, int)
        return code, said.out, said.err

    return run


def every_command(
    group: click.Group = cli, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from every_command(command, (*path, name))


@pytest.mark.parametrize("path", [" ".join(path) for path, _ in every_command()])
def test_every_help_text_ends_in_an_example(path: str, pubtrack: Run) -> None:
    """The last line of a command's help is a line that can be typed."""
    code, out, err = pubtrack(*path.split(), "--help")

    assert (code, err) == (0, "")
    assert "Example:" in out
    assert out.rstrip().splitlines()[-1].strip().startswith(f"pubtrack {path.split(maxsplit=1)[0]}")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("nonsense", 2, "No such command 'nonsense'"),
        ("duties --as-of 31-02-2026", 2, "31-02-2026 is not a day. Write it as 2026-11-22."),
        ("duties --config nowhere.toml", 3, "nowhere.toml"),
        ("register nowhere.csv", 2, "nowhere.csv"),
        ("import nowhere.bib", 2, "nowhere.bib"),
        ("import works.json --confirm 4711", 2, "4711"),
        ("credit nowhere.pdf", 2, "nowhere.pdf"),
        ("discover --source nobody", 3, "there is no source named nobody"),
        ("explain 10.5555/nothing", 2, "Nothing is known as 10.5555/nothing."),
        ("answer waived --project 4711", 2, "4711"),
        ("answer snoozed --project 9001", 2, "until"),
        ("outbox show 99", 2, "99"),
        ("references sent 1999-01 --receipt x", 2, "1999-01"),
        ("reconcile nowhere.xlsx", 2, "nowhere.xlsx"),
        ("restore nowhere.db", 1, "nowhere.db: there is no such backup."),
        ("forget nobody@example.org", 2, "Nobody in the register is nobody@example.org."),
        ("digest --month 2026-13", 2, "2026-13"),
        ("duties --project 4711", 2, "There is no project 4711 in the register."),
        ("discover --since 2026-12-01 --until 2026-01-01", 2, "--until 2026-01-01 comes before --since 2026-12-01."),
        ("credit https://example.org/x.pdf", 2, "Download the document first."),
        ("rehearse works.json", 2, "works.json: 1 problem\n  line 1: "),
        ("status --database config", 1, "config: this is a folder. Name the database's file."),
        ("backup config/pubtrack.toml/x.db", 1, "config/pubtrack.toml/x.db: the copy cannot be written there: "),
    ],
)
def test_what_is_wrong_is_said_in_one_clear_sentence(words: str, code: int, message: str, pubtrack: Run) -> None:
    """The exit code is the designed one, the sentence names what was typed, and there is no traceback."""
    pubtrack("register", "config/projects.csv")

    left, _out, err = pubtrack(*words.split())

    assert message in err
    assert left == code
    assert "Traceback" not in err


def test_a_folder_without_a_configuration_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pubtrack: Run
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    assert pubtrack("status") == (
        3,
        "",
        "No configuration here (config/pubtrack.toml). Make one with `pubtrack init`, or name it with --config FILE.\n",
    )


def test_init_makes_a_house_that_runs_and_leaves_what_is_there(tmp_path: Path, pubtrack: Run) -> None:
    """After init, check and run work; a second init changes no file."""
    code, out, _ = pubtrack("init", "house")
    assert code == 0
    assert "config/pubtrack.toml" in out
    config = tmp_path / "house" / "config" / "pubtrack.toml"
    config.write_text(config.read_text() + "\n# ours\n")

    assert pubtrack("init", "house")[0] == 0
    assert config.read_text().endswith("# ours\n")
    assert pubtrack("check", "--config", str(config))[0] == 0
    assert pubtrack("run", "--config", str(config))[0] == 0


def test_from_a_file_to_the_whole_story(tmp_path: Path, pubtrack: Run) -> None:
    """Register, import, match, answer, export and explain, as somebody would type it."""
    assert pubtrack("register", "config/projects.csv")[0] == 0
    assert pubtrack("import", "works.json")[0] == 0
    code, out, _ = pubtrack("match", "--json")
    assert code == 0
    (row,) = [json.loads(line) for line in out.splitlines()]
    assert (row["project"], row["source_ids"], row["decision"]) == ("9001", ["10.5555/cli.1"], None)
    assert sorted(row) == ["band", "decision", "evidence", "project", "score", "source_ids", "work"]

    assert pubtrack("review", "accept", "10.5555/cli.1", "9001")[:2] == (0, "decision 1: mine\n")
    assert pubtrack("review", "accept", "10.5555/cli.1", "9001")[:2] == (0, "decision 1: mine\n")
    code, out, _ = pubtrack("export", "decisions")
    assert [json.loads(line)["answer"] for line in out.splitlines()] == ["mine"]
    code, out, _ = pubtrack("duties", "--json", "--as-of", "2026-11-16")
    kinds = {row["kind"]: row["state"] for row in map(json.loads, out.splitlines())}
    assert kinds == {"publish": "met", "credit": "unclear", "report": "overdue", "copy": "overdue"}
    code, out, _ = pubtrack("explain", "10.5555/cli.1")
    assert code == 0
    for part in ("seen", "by import as 10.5555/cli.1", "match", "said", "mine", "duty"):
        assert part in out
    for table in ("matches", "findings", "works", "duties", "decisions", "projects"):
        assert pubtrack("export", table, "--format", "csv")[0] == 0
    assert pubtrack("backup", str(tmp_path / "copy.db"))[0] == 0
    assert pubtrack("restore", str(tmp_path / "copy.db"))[0] == 0
    assert pubtrack("status", "--json")[0] == 0


def test_a_scan_tells_of_a_damaged_file_reads_the_others_and_leaves_with_4(tmp_path: Path, pubtrack: Run) -> None:
    """And with 0 once the file is whole: of a folder that was scanned only what was not read is read."""
    pubtrack("register", "config/projects.csv")
    (work,) = json.loads((tmp_path / "works.json").read_text(encoding="utf-8"))
    work["author"][0]["affiliation"] = [{"name": "Sociology, University of Example, NL"}]
    whole = gzip.compress(json.dumps({"items": [work]}).encode())
    dump = tmp_path / "dump"
    dump.mkdir()
    (dump / "0.json.gz").write_bytes(whole)
    (dump / "1.json.gz").write_bytes(whole[:-20])

    code, out, err = pubtrack("scan", "dump", "--workers", "1")
    assert (code, out.count("1.json.gz") + err.count("1.json.gz")) == (4, 1)
    assert "10.5555/cli.1" in pubtrack("export", "works")[1]
    code, out, _ = pubtrack("scan", "dump", "--workers", "1", "--json")
    assert (code, json.loads(out)["counts"]) == (4, {"read before": 1})

    (dump / "1.json.gz").write_bytes(whole)
    assert pubtrack("scan", "dump", "--workers", "1")[0] == 0


def test_a_person_is_shown_and_then_forgotten(pubtrack: Run) -> None:
    """Without --yes nothing goes; with it nothing of the person is left in the people table."""
    pubtrack("register", "config/projects.csv")

    code, out, err = pubtrack("forget", "anna@example.org")
    assert (code, json.loads(out)["person"]["family"]) == (0, "van der Berg")
    assert "Add --yes" in err
    assert pubtrack("forget", "anna@example.org", "--yes")[0] == 0
    assert pubtrack("forget", "anna@example.org")[0] == 2
    code, out, _ = pubtrack("export", "projects")
    assert "Berg" not in out


def test_a_formula_in_a_cell_stays_text(pubtrack: Run, tmp_path: Path) -> None:
    """What a spreadsheet would run gets an apostrophe before it in CSV."""
    (tmp_path / "evil.csv").write_text("id,title\n=1+1,@SUM(A1)\n", encoding="utf-8")
    pubtrack("register", "evil.csv")

    assert "'=1+1,'@SUM(A1)" in pubtrack("export", "projects", "--format", "csv")[1]
