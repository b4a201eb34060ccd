"""The configuration: every fault of every file at once, each with its line, and never a secret."""

from __future__ import annotations

import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pubtrack.config import DataCiteSource, Matching, Reminders, Secret, Settings, load, located, read_secret
from pubtrack.config.toml_lines import key_lines, line_of
from pubtrack.errors import ConfigError
from pubtrack.models import DutyKind
from pubtrack.obligations.policy import Policy

WHOLE = """\
database = "../data/pubtrack.db"
policies = ["policy.toml"]

[institution]
name = "Universiteit van Voorbeeld"
[institution.contact]
name = "Digital Competence Centre"
email = "dcc@example.org"

[register]
files = ["projects.csv", "/data/workbook.xlsx"]

[[source]]
kind = "crossref"
mailto = "dcc@example.org"
first_since = 2015-01-01

[[channel]]
kind = "file"
folder = "messages"

[[channel]]
kind = "email"
host = "smtp.example.org"
sender = "DCC <dcc@example.org>"
password = { file = "smtp-password" }

[digest]
channel = "email"
recipients = ["liaison@example.org"]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder `config` with a policy, seen from the folder above it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "policy.toml").write_text('id = "p"\n')
    return tmp_path / "config"


def write(text: str, name: str = "pubtrack.toml") -> Path:
    path = Path("config") / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(text: str, name: str = "pubtrack.toml") -> str:
    write(text, name)
    with pytest.raises(ConfigError) as error:
        load(Path("config/pubtrack.toml"))
    return str(error.value)


def test_paths_are_meant_from_the_folder_of_the_file_and_come_out_absolute(folder: Path) -> None:
    """Wherever pubtrack is started, the same files are meant; what channels write lies below the reports."""
    made = load(write(WHOLE))

    assert made.file == folder / "pubtrack.toml"
    assert made.database == folder.parent / "data" / "pubtrack.db"
    assert made.reports == folder / "reports"
    assert made.policies == (folder / "policy.toml",)
    assert made.register_.files == (folder / "projects.csv", Path("/data/workbook.xlsx"))
    assert [getattr(channel, "folder", None) for channel in made.channels] == [folder / "reports" / "messages", None]
    assert made.channels[1].password == Secret(file=folder / "smtp-password")  # type: ignore[union-attr]
    assert made.sources[0].first_since == "2015-01-01"  # type: ignore[union-attr]


def test_the_files_beside_it_are_read_with_it() -> None:
    """`matching.toml` and `reminders.toml` are parts of the settings; without them the defaults hold."""
    path = write(WHOLE)
    assert load(path).matching == Matching()
    write("accept = 0.95\n", "matching.toml")
    write('channel = "email"\nbreaker = 7\n', "reminders.toml")

    made = load(path)

    assert made.matching.accept == 0.95
    assert (made.reminders.channel, made.reminders.breaker) == ("email", 7)


def test_every_fault_of_every_file_is_told_at_once() -> None:
    """One run of the command shows all there is to mend, in the order of the lines."""
    write("accept = 0.2\nreview = 0.5\n", "matching.toml")
    reminders = """\
quiet_days = ["12-25", "13-45"]
[[ladder]]
name = "due"
after_days = 3
[[ladder]]
name = "late"
after_days = 2
"""
    write(reminders, "reminders.toml")

    assert (
        refused("""\
databse = "pubtrack.db"
policies = ["policy.toml", "none.toml"]
[institution]
name = 5
timezone = "Europe/Amsterdan"
language = "fr"
[institution.contact]
name = "DCC"
email = "dcc at example.org"
url = "dcc.example.org"

[[source]]
kind = "crossref"
mailto = "dcc@example.org"
rows = 5000
first_since = "2015-02-30"

[[source]]
kind = "crosref"
name = "crossref"

[[source]]
name = "nameless"

[[source]]
kind = "oai_pmh"
url = "https://me:hunter2@repository.example.org/oai"

[[channel]]
kind = "slack"
token = "xoxb-hunter2"
""")
        == """\
config/pubtrack.toml: 15 problems
  line 1, databse: there is no such key. Did you mean database?
  line 2, policies: "none.toml" is not there. Relative paths are meant from the folder of the configuration.
  line 4, institution.name: 5 does not fit. Write a text in quotes: "...".
  line 5, institution.timezone: "Europe/Amsterdan" is no time zone. Did you mean Europe/Amsterdam?
  line 6, institution.language: "fr" is not known here. Write "nl" or "en".
  line 9, institution.contact.email: "dcc at example.org" is not a mail address. Write it as name@example.org.
  line 10, institution.contact.url: "dcc.example.org" is not a link. Write it in full: https://example.org/path.
  line 15, source.rows: 5000 does not fit. Write a number at most 1000.
  line 16, source.first_since: "2015-02-30" is not a date. Write it as 2026-02-28.
  line 19, source.kind: "crosref" is not known here. Write "file", "crossref", "oai_pmh", "europe_pmc", "openalex" or "datacite".
  line 20, source.name: the name "crossref" stands twice. Each needs a name of its own.
  line 22, source: `kind` is missing: it says what this table is.
  line 25, source.name: it is missing. Add: name = "..."
  line 27, source.url: this link holds a name or password. Take it out: secrets stand elsewhere.
  line 31, channel.token: no secret stands in this file. Write where it is: { env = "NAME_OF_VARIABLE" } or { file = "path" }.
config/matching.toml: 1 problem
  line 2, review: 0.5 is not below accept (0.2). What is accepted need not be reviewed.
config/reminders.toml: 3 problems
  channel: "file" is the name of no channel. Configured: slack.
  line 1, quiet_days: "13-45" is not a day. Write it as "12-25" (every year) or "2026-12-24".
  line 7, ladder.after_days: 2 days is not after the rung before it, "due" (3 days). The ladder goes up."""
    )


@pytest.mark.parametrize(
    ("was", "becomes", "fault"),
    [
        ('channel = "email"', 'channel = "mail"', '29, digest.channel: "mail" is the name of no channel. Configured: file, email.'),
        ('folder = "messages"\n', 'folder = "messages"\n[[channel]]\nkind = "file"\n',
         '21, channel.name: the name "file" stands twice. Each needs a name of its own.'),
        ("password = { file", 'password = { env = "A", file', '26, channel.password.file: a secret stands in one place.'
         ' Write { env = "NAME_OF_VARIABLE" } or { file = "path" }.'),
        ('password = { file = "smtp-password" }', "password = {}", '26, channel.password.file: a secret stands in one place.'
         ' Write { env = "NAME_OF_VARIABLE" } or { file = "path" }.'),
        ('file = "smtp-password"', 'env = "s3cr3t!"', "26, channel.password.env: this is no name of an environment variable."
         " Write a name such as PUBTRACK_SLACK_TOKEN."),
        ('host = "smtp.example.org"', "", '22, channel.host: it is missing. Add: host = "..."'),
        ("DCC <dcc@example.org>", "DCC", '25, channel.sender: "DCC" is not a sender.'
         ' Write name@example.org or "Name <name@example.org>".'),
        ('[register]\nfiles = ["projects.csv", "/data/workbook.xlsx"]', '[register]\nfiles = "projects.csv"',
         '11, register.files: "projects.csv" does not fit. Write a list: [...].'),
        ('policies = ["policy.toml"]\n', "", "policies: it is missing. Add: policies = [...]"),
        ("[register]", "[registers]", "10, registers: there is no such key. Did you mean register?"),
        ('database = "../data/pubtrack.db"', 'database = ""', "1, database: this path is empty. Write where the file stands."),
    ],
)  # fmt: skip
def test_a_fault_says_what_to_write_instead(was: str, becomes: str, fault: str) -> None:
    """Each kind of mistake has its own sentence, on its own line."""
    assert was in WHOLE

    said = refused(WHOLE.replace(was, becomes, 1))

    line = "" if fault.startswith("policies") else "line "
    assert said == f"config/pubtrack.toml: 1 problem\n  {line}{fault}"


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        (
            "database = pubtrack.db",
            'line 3: this value is none that TOML knows. A text stands in quotes: name = "text".',
        ),
        (
            'database = "C:\\data"',
            "line 3: a \\ in a double-quoted text must be written \\\\. In a path write / instead.",
        ),
        ('database = "x', 'line 3: a text is opened with " and not closed on its line.'),
        ("database", "line 3: here stands neither `name = value` nor a [table]."),
        ('database = "x"\ndatabase = "y"', "line 4: this name stands twice in one table. Keep one of the two lines."),
        ("[a]\n[a]", "line 4: this table stands twice. Put its lines together under one heading."),
        ("a = [1, 2\n", "line 3: a list is opened with [ and not closed with ], or a comma is missing in it."),
        (f"a = {'1' * 5000}", "line 3: this is no TOML: Exceeds the limit"),
        (f"a = {'[' * 5000}", "lists or tables are nested too deeply."),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(broken: str, fault: str) -> None:
    """The syntax fault comes alone: the keys behind it cannot be seen, so nothing is said to be missing."""
    said = refused(f"# one\n# two\n{broken}\n")

    assert said.startswith(f"config/pubtrack.toml: 1 problem\n  {fault}")


def test_a_broken_main_file_does_not_hide_the_faults_of_the_others() -> None:
    """The files beside it are checked on their own then."""
    write("acept = 0.9\n", "matching.toml")

    assert refused("database =\n") == (
        "config/pubtrack.toml: 1 problem\n"
        '  line 1: this value is none that TOML knows. A text stands in quotes: name = "text".\n'
        "config/matching.toml: 1 problem\n"
        "  line 1, acept: there is no such key. Did you mean accept?"
    )


def test_a_table_stands_in_one_file() -> None:
    """[matching] in both files would leave open which one holds."""
    write("accept = 0.9\n", "matching.toml")

    assert refused(WHOLE + "[matching]\naccept = 0.8\n") == (
        "config/pubtrack.toml: 1 problem\n  line 31, matching: it stands here and in matching.toml. Keep one of the two."
    )


def test_files_that_cannot_be_read_are_named_with_what_to_do(folder: Path) -> None:
    """No configuration, a folder in its place, a file in another encoding."""
    with pytest.raises(ConfigError) as missing:
        load(Path("nowhere/pubtrack.toml"))
    with pytest.raises(ConfigError) as directory:
        load(Path("config"))
    (folder / "pubtrack.toml").write_bytes("# één\n".encode("cp1252"))
    with pytest.raises(ConfigError) as encoding:
        load(Path("config/pubtrack.toml"))

    assert str(missing.value) == "nowhere/pubtrack.toml: there is no configuration here. Make one with: pubtrack init"
    assert str(directory.value) == "config: this file cannot be read: is a directory."
    assert (
        str(encoding.value)
        == "config/pubtrack.toml: 1 problem\n  line 1: this is not UTF-8. Save the file as UTF-8 text."
    )


def test_reminders_need_their_channel_as_soon_as_there_is_one() -> None:
    """Without any channel only previews are made, and the default name stands for nothing yet."""
    bare = WHOLE[: WHOLE.index("[[channel]]")]
    assert load(write(bare)).reminders == Reminders()
    write('channel = "slack"\n', "reminders.toml")

    assert refused(bare) == (
        "config/reminders.toml: 1 problem\n"
        '  line 1, channel: "slack" is the name of no channel. Configure it in a [[channel]] table.'
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('channel = "file"\nfallback = "mail"',
         '2, fallback: "mail" is the name of no channel. Configured: file, email.'),
        ('channel = "file"\nfallback = "file"', "2, fallback: file is the first channel already."
         " Name another, or leave the fallback out."),
        ('channel = "file"\nquiet_hours = ["19:00", "7"]', '2, quiet_hours: "7" is not a time of day. Write it as "19:30".'),
        ('channel = "file"\nquiet_hours = ["19:00", "25:00"]', '2, quiet_hours: "25:00" is not a time of day. Write it as "19:30".'),
        ('channel = "file"\n[[ladder]]\nname = "a"\nafter_days = 3\nkinds = ["publish"]\n[[ladder]]\nname = "b"\nafter_days = 3',
         '8, ladder.after_days: 3 days is not after the rung before it, "a" (3 days). The ladder goes up.'),
        ('channel = "file"\n[[ladder]]\nname = "a"\nafter_days = 3\nstrength = "must"',
         "2, ladder: no rung is for the duty to publish where it is a should: nobody would ever be told of it."),
    ],
)  # fmt: skip
def test_what_reminders_refuse(text: str, fault: str) -> None:
    """Each limit and rung that cannot hold is told in one sentence, on its line."""
    write(text + "\n", "reminders.toml")

    assert refused(WHOLE) == f"config/reminders.toml: 1 problem\n  line {fault}"


def test_what_reminders_take() -> None:
    """Rungs of one day for different duties, hours as TOML writes them, and the old keys alone."""
    write(
        'channel = "file"\nfallback = "email"\nquiet_hours = [19:00:00, "07:30"]\nholidays = "nl"\nper_week = 9\n'
        '[[ladder]]\nname = "a"\nafter_days = 3\nstrength = "must"\n[[ladder]]\nname = "b"\nafter_days = 3\nstrength = "should"\n',
        "reminders.toml",
    )
    found = load(write(WHOLE)).reminders

    assert (found.fallback, found.quiet_hours, found.per_week) == ("email", (time(19), time(7, 30)), 9)
    assert [rung.name for rung in found.ladder if rung.holds_for(DutyKind.COPY, "should")] == ["b"]


def test_a_secret_is_read_where_it_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By environment variable or by file, without the line break an editor adds."""
    monkeypatch.setenv("PUBTRACK_TOKEN", "hunter2\n")
    (folder / "token").write_text("hunter3\n")

    assert read_secret(Secret(env="PUBTRACK_TOKEN")) == "hunter2"
    assert read_secret(Secret(file=folder / "token")) == "hunter3"


def test_a_secret_that_is_not_there_is_named_by_its_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the variable or the file, and nothing of what is in it."""
    monkeypatch.delenv("PUBTRACK_TOKEN", raising=False)
    (folder / "empty").write_text("\n")
    (folder / "binary").write_bytes(b"\xff\xfehunter2")

    assert (
        told(Secret(env="PUBTRACK_TOKEN"))
        == "The environment variable PUBTRACK_TOKEN is not set. It must hold the secret."
    )
    assert told(Secret(file=Path("config/empty"))) == "config/empty: this file must hold a secret, and is empty."
    assert told(Secret(file=Path("config/none"))) == (
        "config/none: this file must hold a secret, and cannot be read: no such file or directory."
    )
    assert told(Secret(file=Path("config/binary"))) == (
        "config/binary: this file must hold a secret as UTF-8 text, and holds something else."
    )


def told(secret: Secret) -> str:
    with pytest.raises(ConfigError) as error:
        read_secret(secret)
    return str(error.value)


@pytest.mark.parametrize(
    "place",
    ['[[channel]]\nkind = "slack"\ntoken = "{}"', '[[channel]]\nkind = "email"\npassword = ["{}"]',
     '[[channel]]\nkind = "slack"\ntokn = "{}"',
     '[[channel]]\nkind = "slack"\ntoken = {{ env = "{}-" }}', '[[source]]\nkind = "oai_pmh"\nurl = "https://a:{}@b.example"',
     '[institution]\npassword = "{}"', '[[channel]]\nkind = "slack"\ntoken = {}', '[[channel]]\nkind = "slack"\ntoken = {{ envv = "{}" }}'],
)  # fmt: skip
def test_no_message_repeats_a_secret(place: str) -> None:
    """Wherever somebody types it, it does not come back on the screen or in a log."""
    said = refused(place.format("hunter2"))

    assert "hunter2" not in said


def test_located_reads_a_policy_with_lines(folder: Path) -> None:
    """Policies have the same messages as the configuration."""
    write('id = "x"\nversion = 1\n[[duty]]\nkind = "publsh"\nread_on = 2026-13-01\n', "policy.toml")
    with pytest.raises(ConfigError) as syntax:
        located(Path("config/policy.toml"), Policy)
    write('id = "x"\nversion = 1\n[[duty]]\nkind = "publsh"\n', "policy.toml")
    with pytest.raises(ConfigError) as faults:
        located(Path("config/policy.toml"), Policy)

    assert str(syntax.value).startswith("config/policy.toml: 1 problem\n  line 5: ")
    lines = str(faults.value).split("\n")
    assert '  line 2, version: 1 does not fit. Write a text in quotes: "...".' in lines
    assert '  line 4, duty.kind: "publsh" is not known here. Write "publish", "credit", "report" or "copy".' in lines
    assert "  provider: this table is missing. Add [provider]." in lines


def test_the_sample_configuration_loads() -> None:
    """What ships with the project holds."""
    sample = Path(__file__).parents[2] / "config" / "pubtrack.toml"

    assert isinstance(load(sample), Settings)


KEYS = st.text("abc", min_size=1, max_size=3)
VALUES = st.recursive(
    st.integers() | st.booleans() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
)


def as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        escaped = "".join(f"\\u{ord(c):04x}" if ord(c) < 0x10000 else f"\\U{ord(c):08x}" for c in value)
        return f'"{escaped}"'
    if isinstance(value, list):
        return "[\n" + ",".join(f"# ]\n {as_toml(one)}" for one in value) + "\n]"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{key} = {as_toml(one)}" for key, one in value.items()).replace("\n", " ").replace("# ]", "")
            + "}"
        )
    return str(value)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4), st.lists(st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_the_line_of_every_key_is_found(top: dict[str, Any], tables: list[dict[str, Any]]) -> None:
    """On the line that is named for a key of a table, that key stands."""
    text = "".join(f"{key} = {as_toml(value)}\n" for key, value in top.items())
    for table in tables:
        text += "# [[x]]\n[[x]] # a table\n" + "".join(f"{key} = {as_toml(value)}\n\n" for key, value in table.items())
    data = tomllib.loads(text)

    lines = key_lines(text)

    for key in top:
        assert text.split("\n")[lines[(key,)] - 1].startswith(f"{key} = ")
    for index, table in enumerate(data.get("x", [])):
        assert text.split("\n")[lines[("x", index)] - 1].startswith("[[x]]")
        for key in table:
            assert text.split("\n")[lines[("x", index, key)] - 1].startswith(f"{key} = ")
            assert line_of(lines, ("x", index, key, "deeper")) is not None


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from(list("[]{}=.,\"'#\\\n ab1-")), max_size=60))
def test_the_locator_ends_on_any_text(text: str) -> None:
    """Nothing a person types makes it hang or fall."""
    assert all(1 <= line <= text.count("\n") + 1 for line in key_lines(text).values())


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text(st.sampled_from(list("[]{}=.,\"'#\\\n ab1-")), max_size=60).map(str.encode))
def test_any_file_is_settings_or_a_clear_message(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """No file brings anything but a ConfigError, with its name in front."""
    path = tmp_path_factory.mktemp("any") / "pubtrack.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=re.escape(f"{path}: ")):
        load(path)


def test_a_prefix_of_dois_is_only_that() -> None:
    with pytest.raises(ValidationError) as error:
        DataCiteSource(kind="datacite", prefixes=("10.57934/0b01",))

    assert '"10.57934/0b01" is no prefix of DOIs. Write it as 10.57934, without what comes after.' in str(error.value)
