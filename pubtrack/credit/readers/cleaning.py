"""Undo what typing and extraction do to words: ligatures, hyphens at a line's end, frames of comment marks. Pure."""

from __future__ import annotations

import re

_LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u2002": " ", "\u2003": " ", "\u200b": "", "\u200c": "", "\u200d": "", "\ufeff": "",
    "\u2010": "-", "\u2011": "-", "\r": "\n", "\x0c": "\n", "\x0b": "\n", "\x85": "\n", "\u2028": "\n", "\u2029": "\n\n",
}  # fmt: skip
_TABLE = str.maketrans(_LIGATURES)
_SOFT = re.compile("\u00ad[ \t]*\n?[ \t]*")
# It begins with its sign, not with what must stand before it: so it is found many times faster.
_LINE_END = re.compile(r"-(?<=[a-zà-ÿ]-)[ \t]*\n[ \t]*(?=[a-zà-ÿ])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_NO_LETTERS = bytes(code for code in range(256) if not chr(code).isalpha())
_BEYOND = re.compile("[^\x00-\xff]+")
_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_ASCII_BLANKS = sum(blank.isascii() for blank in _BLANKS)
_FRAME = re.compile(r"^[ \t]*(?:\*|//|%|>|#'|!|c )[ \t]?(.*?)[ \t]*\*?[ \t]*$")


def tidy(text: str) -> str:
    """Given text as it came, return it with ligatures spelt out, other blanks as blanks and control characters gone."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").translate(_TABLE))


def join_hyphens(text: str) -> str:
    """Given tidy text, return it with words put together that were parted at a line's end: Nether-⏎lands."""
    return _LINE_END.sub("", _SOFT.sub("", text))


def letters_in(text: str) -> int:
    """Given text, return how many letters are in it, of any script."""
    plain = len(text.encode("latin-1", "ignore").translate(None, _NO_LETTERS))
    return plain if text.isascii() else plain + sum(map(str.isalpha, "".join(_BEYOND.findall(text))))


def filled(text: str) -> int:
    """Given text, return how many of its characters are no blanks."""
    blanks = _BLANKS[:_ASCII_BLANKS] if text.isascii() else _BLANKS
    return len(text) - sum(map(text.count, blanks))


def unframe(text: str) -> str:
    """Given a text whose lines nearly all begin with the same comment mark, return it without the frame."""
    lines = text.split("\n")
    filled = [line.strip() for line in lines if line.strip()]
    for mark in ("*", "//", "%", ">", "#'"):
        if len(filled) >= 3 and sum(line.startswith(mark) for line in filled) > 0.8 * len(filled):
            return "\n".join(match.group(1) if (match := _FRAME.match(line)) else line for line in lines)
    return re.sub(r"(?m)^[ \t]*#'[ \t]?", "", text)
