"""Plain text in UTF-8, UTF-16 or Windows-1252."""

from __future__ import annotations

from pubtrack.credit.readers.cleaning import join_hyphens, tidy, unframe
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable


def read(data: bytes) -> Text:
    """Given a text file's bytes, return its text; a form feed begins a page. Raise Unreadable if it is no text, or empty."""
    text = decode(data)
    odd = sum(not (letter.isprintable() or letter.isspace()) for letter in text[:20_000])
    if odd > 0.02 * len(text[:20_000]):
        raise Unreadable("no kind of document that can be read")
    if not text.strip():
        raise Unreadable("there is no text in it")
    pages = text.split("\x0c")
    blocks = [
        Block(join_hyphens(unframe(tidy(page))), number if len(pages) > 1 else None)
        for number, page in enumerate(pages, 1)
    ]
    return Text("text", tuple(blocks))


def decode(data: bytes) -> str:
    """Given bytes, return them as text: by a byte order mark, as UTF-8 if they are valid, else UTF-16 or Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        head = data[:4_000]
        if head[1::2].count(0) > len(head) // 4:
            return data.decode("utf-16-le", "replace")
        if head[::2].count(0) > len(head) // 4:
            return data.decode("utf-16-be", "replace")
        return data.decode("cp1252", "replace")
