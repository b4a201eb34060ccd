"""On which line of a TOML file a key stands: tomllib does not tell, and a fault without its line is half a fault. Pure."""

from __future__ import annotations

import re

Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}\n#]*")
_STRINGS = (  # longest opening first: https://toml.io/en/v1.0.0#string
    re.compile(r'"""(?:\\.|[^\\])*?"""{1,3}', re.DOTALL),
    re.compile(r"'''.*?'''{1,3}", re.DOTALL),
    re.compile(r'"((?:\\.|[^"\\\n])*)"'),
    re.compile(r"'([^'\n]*)'"),
)


def key_lines(text: str) -> dict[Key, int]:
    """Given TOML that tomllib has read, return the line of every table, key and array item, counted from 1.

    A key path is a tuple: `("source", 0, "mailto")` is `mailto` of the first `[[source]]`. On text that is no TOML the answer
    is of no use, yet it always ends.
    """
    scan = _Scan(text)
    scan.document()
    return scan.lines


def line_of(lines: dict[Key, int], key: Key) -> int | None:
    """Given the lines and a key path, return the line of the key, else of the nearest table around it, else None."""
    for length in range(len(key), 0, -1):
        if key[:length] in lines:
            return lines[key[:length]]
    return None


class _Scan:
    def __init__(self, text: str) -> None:
        self.text = text
        self.pos = 0
        self.line = 1
        self.counted = 0  # newlines before this place are in `line`
        self.lines: dict[Key, int] = {}
        self.arrays: dict[Key, int] = {}

    def document(self) -> None:
        table: Key = ()
        while self.skip(_BLANK):
            if self.at("[["):
                table = self.header(2)
            elif self.at("["):
                table = self.header(1)
            else:
                self.pair(table)

    def header(self, brackets: int) -> Key:
        line, self.pos = self.here(), self.pos + brackets
        names = self.names()
        self.pos += brackets
        path: Key = ()
        for position, name in enumerate(names):
            path += (name,)
            if brackets == 2 and position == len(names) - 1:
                self.lines.setdefault(path, line)
                self.arrays[path] = self.arrays.get(path, 0) + 1
            if path in self.arrays:
                path += (self.arrays[path] - 1,)
            self.lines.setdefault(path, line)
        self.lines[path] = line
        return path

    def pair(self, table: Key) -> None:
        line, before = self.here(), self.pos
        path = table
        for name in self.names():
            path += (name,)
            self.lines.setdefault(path, line)
        self.skip(_SPACE)
        if self.at("="):
            self.pos += 1
            self.skip(_SPACE)
            self.value(path)
        if self.pos == before:
            self.pos += 1

    def names(self) -> list[str]:
        found: list[str] = []
        while True:
            self.skip(_SPACE)
            match = self.match(*_STRINGS[2:], _BARE)
            if match is None:
                return found
            found.append(match.group(1) if match.re is not _BARE else match.group())
            self.skip(_SPACE)
            if not self.at("."):
                return found
            self.pos += 1

    def value(self, path: Key) -> None:
        if self.match(*_STRINGS) is not None:
            return
        if self.at("["):
            self.items(path)
        elif self.at("{"):
            self.pos += 1
            while self.skip(_BLANK) and not self.at("}"):
                self.pair(path)
                self.skip(_BLANK)
                self.pos += self.at(",")
            self.pos += 1
        else:
            self.match(_SCALAR)

    def items(self, path: Key) -> None:
        self.pos += 1
        index = 0
        while self.skip(_BLANK) and not self.at("]"):
            before = self.pos
            self.lines[(*path, index)] = self.here()
            self.value((*path, index))
            self.skip(_BLANK)
            self.pos += self.at(",") or self.pos == before
            index += 1
        self.pos += 1

    def at(self, mark: str) -> bool:
        return self.text.startswith(mark, self.pos)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        """Go past what `pattern` matches; return whether any text is left."""
        self.match(pattern)
        return self.pos < len(self.text)

    def match(self, *patterns: re.Pattern[str]) -> re.Match[str] | None:
        for pattern in patterns:
            found = pattern.match(self.text, self.pos)
            if found:
                self.pos = found.end()
                return found
        return None

    def here(self) -> int:
        self.line += self.text.count("\n", self.counted, self.pos)
        self.counted = max(self.counted, self.pos)
        return self.line
