"""LaTeX, stripped to its words without being run: no file is opened, and only macros that stand for words are put in."""

from __future__ import annotations

import re
import unicodedata

from pubtrack.credit.readers.cleaning import tidy
from pubtrack.credit.readers.latex_commands import ACCENTS, ARGUMENTS, DROPPED, HEADINGS, MATHS, NAMED, NOTES, SYMBOLS
from pubtrack.credit.readers.text import decode
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_DOCUMENT = re.compile(r"\\(?:documentclass|documentstyle|begin\{document\})")
_USED = re.compile(r"\\(?:(?:sub)*section\*?|cite[a-z]*|footnote|label|textit|textbf|emph|caption|chapter)[\[{]")
_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*)?")
_LEFT_OUT = re.compile(r"\\begin\{comment\}.*?(?:\\end\{comment\}|\Z)|\\iffalse\b.*?(?:\\fi\b|\Z)", re.DOTALL)
_MACRO = re.compile(
    r"\\(?:(?:re)?newcommand|providecommand)\*?\s*\{?\s*\\([A-Za-z]+)\s*\}?\s*(?=\{)|\\def\s*\\([A-Za-z]+)\s*(?=\{)"
)
_ELSEWHERE = re.compile(r"\\(?:input|include|subfile|import)\b\s*\{?")
_FRONT = re.compile(r"\\(?:title|subtitle|author|thanks|abstract|date|affil|institute|address|keywords)\b")
_TOKEN = re.compile(r"\\([A-Za-z@]+\*?|.|\n|\Z)|[{}$~&]|``|''|-{2,3}", re.DOTALL)
_OPTION = re.compile(r"\s*\[[^\[\]]{0,2000}\]")
_LONGEST = 20_000_000


def looks_like_latex(text: str) -> bool:
    """Given a text, return whether it is LaTeX, or a part of such a document."""
    return bool(_DOCUMENT.search(text)) or len(_USED.findall(text)) >= 3


def read(data: bytes) -> Text:
    """Given LaTeX source, return its text by paragraphs, footnotes and captions apart.

    It comes back incomplete if it takes in other files, which are never opened, or if its end is missing. Raise Unreadable if there
    is no text in it.
    """
    source = _LEFT_OUT.sub(" ", _COMMENT.sub(r"\1", tidy(decode(data))))
    source = _expanded(source)
    front, begin, body = source.partition("\\begin{document}")
    if not begin:
        front, body = "", source
    body, end, _ = body.partition("\\end{document}")
    reason = None if begin and end else "the LaTeX source is a part of a document, or cut off"
    if _ELSEWHERE.search(body):
        reason = "parts of it stand in other files (\\input), which are not opened"
    stripper = _Stripper(_front(front) + body)
    blocks = stripper.blocks()
    if not blocks:
        raise Unreadable("there is no text in it")
    return Text("latex", blocks, reason is None, reason)


def _group(source: str, start: int) -> int:
    """Given where a brace opens, return the place after the one that closes it; the source's end if none does."""
    depth = 0
    for match in re.compile(r"\\.|[{}]", re.DOTALL).finditer(source, start):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0:
            return match.end()
    return len(source)


def _front(preamble: str) -> str:
    """Title, authors and thanks are often given before the document begins."""
    kept = []
    place = 0
    while match := _FRONT.search(preamble, place):
        option = _OPTION.match(preamble, match.end())
        place = start = option.end() if option else match.end()
        if preamble[start : start + 1] == "{":
            place = _group(preamble, start)
            kept.append(preamble[match.start() : match.end()] + preamble[start:place])
    return "\n\n".join(kept) + "\n\n"


def _expanded(source: str) -> str:
    """Put in what macros without arguments stand for: many papers write the provider's name as one."""
    macros: dict[str, str] = {}
    parts: list[str] = []
    place = 0
    while match := _MACRO.search(source, place):
        end = _group(source, match.end())
        parts.append(source[place : match.start()])
        macros[match.group(1) or match.group(2)] = source[match.end() + 1 : end - 1]
        place = end
    source = "".join(parts) + source[place:]
    if not macros or len(macros) > 2_000:
        return source
    names = "|".join(sorted(macros, key=len, reverse=True))
    used = re.compile(rf"\\({names})(?![A-Za-z@])(?:\{{\}})?")
    for _ in range(4):
        expected = len(source) + sum(len(macros[match.group(1)]) for match in used.finditer(source))
        if expected > _LONGEST:
            raise Unreadable("its macros grow without end")
        source, count = used.subn(lambda match: macros[match.group(1)], source)
        if not count:
            break
    return source


class _Stripper:
    """Goes through a source once, from front to back, with a stack and without recursion."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._place = 0
        self._out: list[str] = []  # of the stretch that is being written
        self._open: list[
            tuple[list[str], str] | str
        ] = []  # per open brace: what to go on with, or what to write at its end
        self._apart: list[Block] = []

    def blocks(self) -> tuple[Block, ...]:
        """Return the paragraphs of the text, then the notes and captions."""
        for match in iter(lambda: _TOKEN.search(self._source, self._place), None):
            self._out.append(self._source[self._place : match.start()])
            self._place = match.end()
            self._take(match)
            if self._place >= len(self._source):
                break
        self._out.append(self._source[self._place :])
        while self._open:
            self._close()
        found = [Block(text) for part in re.split(r"\n\s*\n", "".join(self._out)) if (text := " ".join(part.split()))]
        return (*found, *self._apart)

    def _take(self, match: re.Match[str]) -> None:
        written, name = match.group(), match.group(1)
        if name is not None and (name.isalpha() or name.rstrip("*").replace("@", "").isalpha()):
            self._command(name.rstrip("*"))
        elif name is not None:
            self._sign(name)
        elif written == "{":
            self._open.append("")
        elif written == "}":
            self._close()
        else:
            self._out.append(SYMBOLS.get(written, ""))

    def _sign(self, sign: str) -> None:
        if sign in ACCENTS:
            self._accent(sign)
        elif sign == "\\":
            self._skip_option()
            self._out.append("\n")
        elif sign in "[]()":
            self._out.append(" ")
        else:
            self._out.append("" if sign in "-/@" else " " if sign in " ,;:!\n" else sign)

    def _accent(self, sign: str) -> None:
        match = re.compile(r"\s*(?:\{\s*(?:\\([ij])\b\s*|(\w))\s*\}|\\([ij])\b\s*|(\w))").match(
            self._source, self._place
        )
        if match is None:
            return
        letter = next(group for group in match.groups() if group)
        self._place = match.end()
        self._out.append(unicodedata.normalize("NFC", letter + ACCENTS[sign]))

    def _command(self, name: str) -> None:
        if name in ACCENTS and re.match(r"\s*\{|\s+\w", self._source[self._place : self._place + 5]):
            self._accent(name)
        elif name in SYMBOLS:
            self._out.append(SYMBOLS[name])
            self._gap()
        elif name in ("begin", "end"):
            self._environment(name == "begin")
        elif name == "verb":
            mark = self._source[self._place : self._place + 1]
            end = self._source.find(mark, self._place + 1) if mark else -1
            self._out.append(self._source[self._place + 1 : end] if end > 0 else "")
            self._place = end + 1 if end > 0 else self._place
        elif name in DROPPED:
            for _ in range(DROPPED[name]):
                self._drop()
        elif name in NOTES:
            self._brace((self._out, NOTES[name]))
        elif name in HEADINGS:
            self._out.append("\n\n")
            self._brace(HEADINGS[name])
        elif name in ("item", "bibitem", "par", "newpage", "clearpage", "maketitle"):
            self._skip_option()
            if name == "bibitem":
                self._drop()
            self._out.append("\n\n" if name != "item" else "\n")
        elif name in ("url", "path", "nolinkurl"):
            self._out.append(self._drop())
        elif name == "href":
            address = self._drop()
            self._brace(f" ({address})")
        else:
            self._skip_option()
            self._gap()

    def _environment(self, begins: bool) -> None:
        name = self._drop().rstrip("*")
        self._out.append("\n\n")
        if begins and name in MATHS:
            end = re.compile(rf"\\end\{{{re.escape(name)}\*?\}}").search(self._source, self._place)
            self._place = end.end() if end else len(self._source)
        elif begins:
            self._skip_option()
            for _ in range(ARGUMENTS.get(name, 0)):
                self._drop()
            if name in NAMED:
                self._out.append(f"{NAMED[name]}\n\n")

    def _brace(self, then: tuple[list[str], str] | str) -> None:
        """Open the group that follows; `then` says what happens at its end."""
        self._skip_option()
        match = re.compile(r"\s*\{").match(self._source, self._place)
        if match is None:
            return
        self._place = match.end()
        self._open.append(then)
        if isinstance(then, tuple):
            self._out = []

    def _close(self) -> None:
        if not self._open:
            return
        then = self._open.pop()
        if isinstance(then, str):
            self._out.append(then)
            return
        text = " ".join("".join(self._out).split())
        self._out, section = then
        if text:
            self._apart.append(Block(text, None, section))

    def _drop(self) -> str:
        """Pass over the options and the group that follow, and return what the group holds."""
        self._skip_option()
        match = re.compile(r"\s*\{").match(self._source, self._place)
        if match is None:
            return ""
        self._place = _group(self._source, match.end() - 1)
        return self._source[match.end() : self._place - 1].strip()

    def _skip_option(self) -> None:
        for _ in range(3):
            match = _OPTION.match(self._source, self._place)
            if match is None:
                return
            self._place = match.end()

    def _gap(self) -> None:
        """The blank after a command's name belongs to the command; `{}` ends it."""
        match = re.compile(r"\{\}|[ \t]+").match(self._source, self._place)
        if match is not None:
            self._place = match.end()
