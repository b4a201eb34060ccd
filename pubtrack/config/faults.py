"""From a TOML file and a pydantic model to the model, or to sentences a person can act on: never pydantic's own."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pubtrack.config.toml_lines import Key, line_of
from pubtrack.errors import ConfigError, InputFault, InputFaults

# What tomllib says, and what to write instead. The rest is passed on as it stands: it names no value.
_SYNTAX = (
    ("Expected '=' after a key", "here stands neither `name = value` nor a [table]."),
    ("Cannot overwrite a value", "this name stands twice in one table. Keep one of the two lines."),
    ("Cannot declare", "this table stands twice. Put its lines together under one heading."),
    ("Unescaped '\\'", "a \\ in a double-quoted text must be written \\\\. In a path write / instead."),
    ("Unterminated string", 'a text is opened with " and not closed on its line.'),
    ("Illegal character '\\n'", 'a text is opened with " and not closed on its line.'),
    ("Expected newline or end of document", "something follows the value. One `name = value` stands on a line."),
    ("Unclosed array", "a list is opened with [ and not closed with ], or a comma is missing in it."),
    ("Unclosed inline table", "a table is opened with { and not closed with }, or a comma is missing in it."),
    ("Invalid value", 'this value is none that TOML knows. A text stands in quotes: name = "text".'),
    ("Invalid date or datetime", "there is no such day. Write it as 2026-02-28."),
)
_WANTED = {  # pydantic's error types: https://docs.pydantic.dev/latest/errors/validation_errors/
    "string": 'a text in quotes: "..."',
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "date": "a day such as 2026-02-28",
    "path": 'a path in quotes: "..."',
    "tuple": "a list: [...]",
    "list": "a list: [...]",
    "dict": "a table of names and values",
    "model": "a table of names and values",
}
_LIMITS = {"greater_than_equal": ("ge", "at least"), "greater_than": ("gt", "above")} | {
    "less_than_equal": ("le", "at most"),
    "less_than": ("lt", "below"),
}
_SECRET_NAME = re.compile(r"pass|token|secret|credential|api_?key", re.IGNORECASE)


class Misplaced(ValueError):
    """Raised by a validator that knows which part of its value is wrong: `at` is the way there from the field."""

    def __init__(self, message: str, *at: str | int) -> None:
        super().__init__(message)
        self.at = at


class SecretTable(BaseModel):
    """The base of a model whose place holds a secret when it is filled in wrongly: its value is never repeated."""


def parse(path: Path) -> tuple[dict[str, Any], str]:
    """Given a TOML file, return what it holds, and its text: a fault looks up there on which line its key stands.

    Raise ConfigError if it cannot be read, InputFaults with the line if it is no TOML.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: this file cannot be read: {(error.strerror or str(error)).lower()}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = InputFault(line, None, "this is not UTF-8. Save the file as UTF-8 text.")
        raise InputFaults(str(path), [fault]) from error
    try:
        return tomllib.loads(text), text
    except RecursionError as error:
        raise InputFaults(str(path), [InputFault(None, None, "lists or tables are nested too deeply.")]) from error
    except ValueError as error:  # a number of 5,000 digits is a ValueError of int itself
        raise InputFaults(str(path), [syntax_fault(error, text)]) from error


def syntax_fault(error: ValueError, text: str) -> InputFault:
    """Given what tomllib said of a text, return it as a fault in our words, with its line."""
    said, _, place = str(error).partition(" (at ")
    named = re.match(r"line (\d+)", place)
    line = int(named[1]) if named else text.rstrip("\n").count("\n") + 1
    message = next((ours for theirs, ours in _SYNTAX if said.startswith(theirs)), f"this is no TOML: {said}.")
    return InputFault(line, None, message)


def checked(
    model: type[BaseModel], data: Mapping[str, Any], context: Mapping[str, Any] | None = None
) -> tuple[BaseModel | None, list[tuple[Key, str]]]:
    """Given a model and what a file holds, return the model (None with faults) and every fault: key path and sentence."""
    try:
        return model.model_validate(data, context=dict(context or {})), []
    except ValidationError as error:
        return None, [_fault(model, data, detail) for detail in error.errors(include_url=False)]


def fault(key: Key, message: str, lines: Mapping[Key, int]) -> InputFault:
    """Given a key path, a sentence and the lines of the file, return the fault as it is shown: `line 4, source.mailto: ...`."""
    names = ".".join(part for part in key if isinstance(part, str))
    return InputFault(line_of(dict(lines), key), names or None, message)


def told(blocks: Sequence[tuple[Path, Sequence[InputFault]]]) -> str:
    """Given the faults of several files, return the whole message, the faults of a file in the order of its lines."""
    return "\n".join(
        str(InputFaults(str(path), sorted(faults, key=lambda one: one.line or 0))) for path, faults in blocks if faults
    )


def _fault(model: type[BaseModel], data: Mapping[str, Any], detail: ErrorDetails) -> tuple[Key, str]:
    key, around, wanted = _place(model, data, detail["loc"])
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    error = context.get("error")
    if kind == "value_error" and error is not None:
        return (*key, *getattr(error, "at", ())), str(error)
    if kind == "extra_forbidden":
        return key, _unknown(str(key[-1]), around)
    if kind == "union_tag_invalid":
        return (*key, "kind"), f'"{context["tag"]}" is not known here. Write {_choices(context["expected_tags"])}.'
    return key, _sentence(kind, key, value, context, wanted)


def _sentence(kind: str, key: Key, value: Any, context: Mapping[str, Any], wanted: Any) -> str:
    if kind == "missing":
        name = str(key[-1])
        if _models(wanted):
            return f"this table is missing. Add [{'.'.join(str(part) for part in key)}]."
        return f"it is missing. Add: {name} = {_example(wanted)}"
    if _is_secret(wanted):
        return 'no secret stands in this file. Write where it is: { env = "NAME_OF_VARIABLE" } or { file = "path" }.'
    shown = "the value" if any(_SECRET_NAME.search(str(part)) for part in key) else _shown(value)
    if kind in ("literal_error", "enum"):
        return f"{shown} is not known here. Write {_choices(context['expected'])}."
    if kind == "union_tag_not_found":
        return "`kind` is missing: it says what this table is."
    if kind in _LIMITS:
        limit, words = _LIMITS[kind]
        return f"{shown} does not fit. Write a number {words} {context[limit]:g}."
    if kind == "too_short":
        return "this list is empty. It needs at least one item."
    stem = kind.split("_", maxsplit=1)[0]
    if stem in _WANTED:
        return f"{shown} does not fit. Write {_WANTED[stem]}."
    return f"{shown} does not fit."


def _place(model: type[BaseModel], data: Any, loc: tuple[str | int, ...]) -> tuple[Key, Any, Any]:
    """Given where pydantic met a fault, return the key path in the file, the model around it, and the type wanted there.

    pydantic's way names the chosen member of a union, which is no key of the file, and dictionary keys as `[key]`.
    """
    key: Key = ()
    around, wanted = model, typing.cast("Any", model)
    for part in loc:
        if part == "[key]":
            continue
        members = _models(wanted)
        if isinstance(data, dict) and len(members) > 1 and data.get("kind") == part:
            wanted = next(one for one in members if part in typing.get_args(one.model_fields["kind"].annotation))
            continue
        if isinstance(part, str) and members:
            around = members[0]
            found = next((f for n, f in around.model_fields.items() if part in (n, f.alias)), None)
            wanted = found.annotation if found else None
        else:
            wanted = _item(wanted)
        key += (part,)
        if isinstance(data, dict):
            data = data.get(part)
        elif isinstance(data, list) and isinstance(part, int) and part < len(data):
            data = data[part]
        else:
            data = None
    return key, around, wanted


def _models(wanted: Any) -> list[type[BaseModel]]:
    """Given a type, return the models it may be: itself, or the members of a union."""
    if isinstance(wanted, type) and issubclass(wanted, BaseModel):
        return [wanted]
    if typing.get_origin(wanted) is typing.Annotated:
        return _models(typing.get_args(wanted)[0])
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        return [model for member in typing.get_args(wanted) for model in _models(member)]
    return []


def _item(wanted: Any) -> Any:
    """Given the type of a list or dictionary, return the type of what it holds."""
    members = [one for one in typing.get_args(wanted) if one is not Ellipsis]
    return members[-1] if members else None


def _is_secret(wanted: Any) -> bool:
    return any(issubclass(model, SecretTable) for model in _models(wanted))


def _unknown(name: str, around: type[BaseModel]) -> str:
    known = [field.alias or own for own, field in around.model_fields.items()]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"there is no such key. Did you mean {near[0]}?"
    return f"there is no such key. Known here: {', '.join(sorted(known))}."


def _example(wanted: Any) -> str:
    text = str(wanted)
    for sign, example in (("tuple", "[...]"), ("bool", "true"), ("int", "1"), ("float", "1.0"), ("date", "2026-02-28")):
        if sign in text:
            return example
    literals = typing.get_args(wanted) if typing.get_origin(wanted) is typing.Literal else ("...",)
    return f'"{literals[0]}"'


def _choices(expected: str) -> str:
    names = [f'"{name}"' for name in re.findall(r"'([^']*)'", expected)]
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 60 else f'"{value[:57]}..."'
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list | tuple):
        return "a list"
    return str(value)
