"""Tell what a document is by its content, never by its name, and which reader takes it."""

from __future__ import annotations

import io
import re
import zipfile
from importlib import import_module
from types import ModuleType

from pubtrack.credit.readers.latex import looks_like_latex
from pubtrack.credit.readers.markdown import looks_like_markdown
from pubtrack.credit.readers.text import decode
from pubtrack.errors import Unreadable

READERS = {
    "pdf": "pubtrack.credit.readers.pdf",
    "jats": "pubtrack.credit.readers.jats",
    "html": "pubtrack.credit.readers.html",
    "docx": "pubtrack.credit.readers.docx",
    "latex": "pubtrack.credit.readers.latex",
    "markdown": "pubtrack.credit.readers.markdown",
    "text": "pubtrack.credit.readers.text",
}

# What is recognised and not read, by its first bytes.
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old or an encrypted office document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%!PS", "a PostScript file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
)
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|div|p|h1|table|main|section|span|meta|title)[\s>]", re.IGNORECASE
)


def sniff(data: bytes) -> str:
    """Given a document's bytes, return the kind of reader for it. Raise Unreadable, saying what it is, if there is none."""
    for magic, name in _OTHERS:
        if data.startswith(magic):
            raise Unreadable(f"it is {name}, which is not read")
    if data.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    start = data[:20_000]
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        start = start.decode("utf-16", "ignore").encode()
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        if re.search(rb"<article[\s>]", start) and re.search(
            rb"<front[\s>]|article-type|//NLM//DTD|dtd-version", start
        ):
            return "jats"
        if _HTML.search(start[:5_000]):
            return "html"
        if start.startswith(b"<?xml"):
            raise Unreadable("it is an XML file, but no JATS article")
    elif re.search(rb"<(?:!doctype\s+html|html)[\s>]", start[:2_000], re.IGNORECASE):
        return "html"
    return _of_text(decode(data[:200_000]))


def _of_zip(data: bytes) -> str:
    """A DOCX is a zip archive whose parts are listed; a zip archive's own list stands at its end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        if b"word/" in data or b"[Content_Types].xml" in data[:200]:
            raise Unreadable("the office document is damaged or cut off") from None
        names = []
    if "[Content_Types].xml" in names and any(name.startswith("word/") for name in names):
        return "docx"
    raise Unreadable("it is a zip archive or an office document other than docx, which is not read")


def _of_text(text: str) -> str:
    if looks_like_latex(text):
        return "latex"
    return "markdown" if looks_like_markdown(text) else "text"


def reader(kind: str) -> ModuleType:
    """Given a kind, return its module, imported only now. Its `read(data: bytes) -> Text` raises Unreadable."""
    return import_module(READERS[kind])
