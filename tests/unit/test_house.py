"""The house rules that import-linter cannot see: one clock, one place for SQL, sockets behind the doors, rooms of a size to read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "pubtrack"
MODULES = sorted(PACKAGE.rglob("*.py"))


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def calls(path: Path) -> Iterator[str]:
    """The dotted names a module calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


def imports(path: Path) -> set[str]:
    """The top-level names of the modules a module imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


CLOCK = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic", "time.sleep"}


def test_the_clock_is_read_in_one_place() -> None:
    read = {name(path): sorted(CLOCK & set(calls(path))) for path in MODULES if name(path) != "clock.py"}

    assert {path: found for path, found in read.items() if found} == {}


def test_sql_stands_in_the_store_alone() -> None:
    statement = re.compile(r"""["'](?:SELECT|INSERT|UPDATE|DELETE|CREATE TABLE|PRAGMA)\s[^"']""")
    outside = [
        name(path)
        for path in MODULES
        if "store" not in path.parts and statement.search(path.read_text(encoding="utf-8"))
    ]

    assert outside == []


SOCKETS = {"socket", "requests", "urllib3", "http", "httpx2", "smtplib", "slack_sdk", "imaplib", "ftplib"}
DOORS = (
    "net/",
    "reminders/channels/",
    "discovery/sources/habanero_door.py",
    "answers/mailbox.py",
    "answers/slack_actions.py",
)


def test_sockets_are_opened_behind_the_doors_alone() -> None:
    outside = {name(path): sorted(SOCKETS & imports(path)) for path in MODULES if not name(path).startswith(DOORS)}

    assert {path: found for path, found in outside.items() if found} == {}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_room_is_of_a_size_to_read(path: Path) -> None:
    """About 300 lines a module and about 50 a function; a table in code (a schema, a crosswalk) may be longer than a function."""
    source = path.read_text(encoding="utf-8")
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno for node in functions}

    assert len(source.splitlines()) <= 330
    assert {function: length for function, length in lengths.items() if length > 66} == {}


THEIRS = {"init_poolmanager", "proxy_manager_for"}  # urllib3's own names, overridden
WORDS = ("handler", "manager", "helper", "utils", "processor", "engine")


def test_names_are_in_the_words_of_the_field() -> None:
    """No module, class or function is named after a place to put things."""
    bad = [name(path) for path in MODULES if any(word in path.stem.lower() for word in WORDS)]
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, (ast.ClassDef, ast.FunctionDef))
                and node.name not in THEIRS
                and any(word in node.name.lower() for word in WORDS)
            ):
                bad.append(f"{name(path)}: {node.name}")

    assert bad == []


def test_every_module_says_which_room_it_is() -> None:
    assert [name(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))] == []
