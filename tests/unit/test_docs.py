"""The documentation is executed: what it names exists, and what exists is named."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pydantic import BaseModel

from pubtrack.cli import SECTIONS, cli
from pubtrack.config import load, sections
from pubtrack.errors import PubtrackError
from pubtrack.models import Answer, DutyState, Verdict
from pubtrack.obligations.policy import CreditPolicy, CreditRule, DutyRule, Policy, Provider, Statement

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
POLICY = (ROOT / "docs" / "policy.md").read_text(encoding="utf-8")

# A path of the project in code quotes: `pubtrack/cli/`, `config/pubtrack.toml`, also with a place in it after ::.
_PATH = re.compile(r"`((?:pubtrack|config|tests|benchmarks|docs|reports)/[\w./-]*)`")
_BARE = re.compile(r"^(pubtrack/[\w./]+)", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
# Code, in a block or in quotes; and in it, a command as it is typed.
_CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_TYPED = re.compile(r"(?:^|&& |\.venv/bin/|python -m )pubtrack ([a-z]+)", re.MULTILINE)


def commands(group: click.Group = cli, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


@pytest.mark.parametrize("path", [path for path, _ in commands()], ids=" ".join)
def test_every_command_is_documented(path: tuple[str, ...]) -> None:
    """A command that no page mentions does not exist for its users."""
    assert f"pubtrack {' '.join(path)}" in EVERYTHING


@pytest.mark.parametrize(("path", "command"), list(commands()), ids=str)
def test_every_command_has_help_that_ends_in_an_example(path: tuple[str, ...], command: click.Command) -> None:
    assert command.help, f"{path} says nothing about itself"
    lines = (command.epilog or "").replace("\b", "").strip().splitlines()

    assert lines[0] == "Example:"
    assert all(line.strip().startswith(f"pubtrack {path[0]}") for line in lines[1:])


def test_every_command_stands_in_one_section_of_the_help() -> None:
    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(cli.commands)


def test_no_page_types_a_command_that_is_gone() -> None:
    code = "\n".join(block or quoted for block, quoted in _CODE.findall(EVERYTHING))

    assert set(_TYPED.findall(code)) - set(cli.commands) == set()


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_no_page_names_a_path_that_is_gone(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {*_PATH.findall(text), *_BARE.findall(text)} - {"reports/", "config/pubtrack.toml"}
    linked = {(page.parent / link).resolve() for link in _LINK.findall(text)}

    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
    assert [path for path in sorted(linked) if not path.exists()] == []


def test_the_source_map_names_every_room() -> None:
    """A folder of the program that the README's map leaves out is a room that nobody finds."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (ROOT / "pubtrack").glob("*/__init__.py")}

    assert {room for room in rooms if f"`pubtrack/{room}/" not in text} == set()


def test_the_sample_configuration_loads() -> None:
    settings = load(ROOT / "config" / "pubtrack.toml")

    assert settings.institution.contact.email == "dcc@example.org"
    assert [path for path in settings.register_.files if not path.is_file()] == []
    assert [path for source in settings.sources for path in source.files if not path.is_file()] == []  # type: ignore[union-attr]


def test_the_commented_parts_of_the_sample_configuration_load_too(tmp_path: Path) -> None:
    """Taking the # away from what the sample offers gives a configuration that holds."""
    text = (ROOT / "config" / "pubtrack.toml").read_text(encoding="utf-8")
    parts = re.split(r"\n(?=# \[\[)", text)[1:]
    offered = []
    for part in parts:
        lines = []
        for line in part.splitlines():
            if not line.startswith("#"):
                break
            lines.append(line.removeprefix("#").removeprefix(" "))
        offered.append("\n".join(lines))
    assert len(offered) == 7
    offered.append('[[channel]]\nkind = "file"')
    base = text.split("# Where publications come from")[0].replace('"policies/', f'"{ROOT}/config/policies/')
    (tmp_path / "pubtrack.toml").write_text(base + "\n\n".join(offered), encoding="utf-8")

    settings = load(tmp_path / "pubtrack.toml")

    assert [source.kind for source in settings.sources] == ["crossref", "oai_pmh", "openalex", "europe_pmc", "datacite"]
    assert [channel.kind for channel in settings.channels] == ["email", "slack", "file"]


def fields(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield field.alias or name


def test_every_key_of_the_configuration_is_documented() -> None:
    tables = [held for held in vars(sections).values() if isinstance(held, type) and issubclass(held, sections.Section)]
    keys = {key for table in tables for key in fields(table)}
    words = set(re.findall(r"[\w-]+", OPERATIONS))

    assert keys - words == set()


def test_every_field_of_a_policy_is_documented() -> None:
    models = (Policy, Provider, DutyRule, Statement, CreditPolicy, CreditRule)
    keys = {key for model in models for key in fields(model)}
    words = set(re.findall(r"\w+", POLICY))

    assert keys - words == set()


def test_the_shipped_policy_is_told_as_it_is() -> None:
    """What the page calls not established carries `established = false`, and the days are the file's."""
    held = tomllib.loads((ROOT / "config" / "policies" / "cbs-microdata.toml").read_text(encoding="utf-8"))
    duties = {duty["kind"]: duty for duty in held["duty"]}

    assert {kind for kind, duty in duties.items() if not duty.get("established", True)} == {"publish", "credit", "copy"}
    assert f"{duties['publish']['offset_days']} days after the project's end, not established" in POLICY
    assert f"duty `report`, {duties['report']['offset_days']} days" in POLICY


def test_every_exit_code_and_every_word_is_documented() -> None:
    codes = {cls.exit_code for cls in _errors(PubtrackError)} | {0}

    assert {code for code in codes if f"\n| {code} |" not in OPERATIONS} == set()
    words = set(re.findall(r"[\w-]+", EVERYTHING))
    assert {word.value for names in (Verdict, DutyState, Answer) for word in names} - words == set()


def _errors(cls: type[PubtrackError]) -> Iterator[type[PubtrackError]]:
    yield cls
    for below in cls.__subclasses__():
        yield from _errors(below)
