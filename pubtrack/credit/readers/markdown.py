"""Markdown: headings, footnotes, emphasis and links are taken for what they are; code and tables stay as they stand."""

from __future__ import annotations

import re

from pubtrack.credit.readers.cleaning import join_hyphens, tidy
from pubtrack.credit.readers.text import decode
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_FRONT = re.compile(r"\A---\n((?:[^\n]*\n){0,100}?)(?:---|\.\.\.)[ \t]*\n")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_NOTE = re.compile(r"^\[\^[^\]\n]{1,80}\]:[ \t]*(.*(?:\n(?:[ \t]+\S.*|[ \t]*$(?=\n[ \t]+\S)))*)", re.MULTILINE)
_NOTE_MARK = re.compile(r"\[\^[^\]\n]{1,80}\]")
_INLINE_NOTE = re.compile(r"\^\[([^\]\n]{1,2000})\]")
_LINK = re.compile(r"!?\[([^\]\[\n]{0,500})\]\(<?([^)\s>]{0,500})>?(?:[ \t]+\"[^\"\n]{0,200}\")?\)")
_EMPHASIS = re.compile(r"(?<![\w*_])(\*{1,3}|_{1,3})(?=\S)([^*_\n]{1,500}?(?:\n[^*_\n]{1,500}?)?)(?<=\S)\1(?![\w*_])")
_HEADING = re.compile(r"^[ \t]{0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(\S.*)\n(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_QUOTED = re.compile(r"^[ \t]{0,3}>[ \t]?", re.MULTILINE)
_SIGNS = (
    re.compile(r"(?:\A|\n[ \t]*\n)#{1,6}[ \t]+\S[^\n]*(?:\n[ \t]*\n|\n?\Z)"),  # a heading with room around it
    re.compile(r"^\S.*\n(?:={3,}|-{3,})[ \t]*$", re.MULTILINE),
    re.compile(r"\A---\n(?:[\w-]+:.*\n|[ \t-].*\n){1,60}(?:---|\.\.\.)\n"),
    re.compile(r"^\[\^[^\]\n]{1,80}\]:", re.MULTILINE),
    re.compile(r"\[[^\]\n]{1,200}\]\([^)\s]{1,300}\)"),
    re.compile(r"^(?:```|~~~)", re.MULTILINE),
)


def looks_like_markdown(text: str) -> bool:
    """Given a text, return whether it is Markdown: several of its signs, and not a script whose comments begin with #."""
    text = text.replace("\r\n", "\n")
    lines = [line for line in text.split("\n") if line.strip()]
    if sum(line.startswith("#") for line in lines) > 0.4 * len(lines):
        return False
    return len(_SIGNS[0].findall(text)) >= 2 or sum(bool(sign.search(text)) for sign in _SIGNS) >= 2


def read(data: bytes) -> Text:
    """Given a Markdown file's bytes, return its text by paragraphs, its footnotes apart. Raise Unreadable if it is empty."""
    text = _FRONT.sub(r"\1\n", _COMMENT.sub("", tidy(decode(data))))
    notes = [match.group(1) for match in _NOTE.finditer(text)]
    text = _NOTE.sub("", text)
    notes += _INLINE_NOTE.findall(text)
    text = _UNDERLINED.sub(r"\n\1\n", _HEADING.sub(r"\n\1\n", _INLINE_NOTE.sub("", text)))
    blocks = [Block(part) for paragraph in re.split(r"\n[ \t]*\n", text) if (part := _plain(paragraph))]
    blocks += [Block(part, None, "notes") for note in notes if (part := _plain(note))]
    if not blocks:
        raise Unreadable("there is no text in it")
    return Text("markdown", tuple(blocks))


def _plain(paragraph: str) -> str:
    """A link's address stays, after its words: it may be the DOI of the data."""
    text = _NOTE_MARK.sub("", _QUOTED.sub("", paragraph))
    text = _LINK.sub(lambda match: f"{match[1]} ({match[2]})" if match[2] and match[2] != match[1] else match[1], text)
    for _ in range(3):
        text = _EMPHASIS.sub(r"\2", text)
    return join_hyphens(re.sub(r"\\([\\`*_{}\[\]()#+.!&%$-])", r"\1", text)).strip()
