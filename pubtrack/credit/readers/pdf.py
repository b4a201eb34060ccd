"""PDF through PDFium, with what extraction does to a page undone."""

from __future__ import annotations

import re

import pypdfium2
import pypdfium2.raw

from pubtrack.credit.readers.cleaning import filled, join_hyphens, letters_in, tidy
from pubtrack.credit.readers.pdf_damage import damaged_streams, hidden
from pubtrack.credit.readers.pdf_lines import (
    with_notes_marked,
    without_line_numbers,
    without_notes,
    without_running_lines,
)
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_MAX_PAGES = 3_000
_END = re.compile(r"[.!?:]\W{0,3}$")  # of a page whose last sentence does not go on
_PARTED = re.compile(r"[a-zà-ÿ]-$")


def read(data: bytes) -> Text:
    """Given a PDF's bytes, return its text page by page. Raise Unreadable if it is encrypted, scanned or damaged."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "assword" in str(error):
            raise Unreadable("the PDF is encrypted: it opens only with a password") from error
        raise Unreadable("the PDF is damaged") from error
    count = len(document)
    read_pages = [_page_text(document, number) for number in range(min(count, _MAX_PAGES))]
    pages = [page or "" for page in read_pages]
    if not count:
        raise Unreadable("the PDF has no pages")
    letters = [letters_in(page) for page in pages]
    if sum(letters) < 40 * min(count, 3):
        raise Unreadable("the PDF is scanned: there is no text in it, only images")
    whole = "".join(pages)
    if sum(letters) < 0.4 * filled(whole) or whole.count("\ufffd") > 0.1 * len(whole):
        raise Unreadable("the PDF's fonts hide its text")
    blocks = _blocks(pages)
    complete, reason = _complete(data, count, letters)
    if complete and None in read_pages:
        complete, reason = False, "the PDF is damaged: some of its pages cannot be opened"
    if complete and hidden(whole, sum(letters)):
        complete, reason = False, "the PDF's fonts hide its text"
    return Text("pdf", blocks, complete, reason)


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str | None:
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return None
    try:
        characters = page.get_textpage()
        text = str(characters.get_text_range())
        return with_notes_marked(text, lambda place: _size(characters, place, text))
    finally:
        page.close()


def _size(characters: pypdfium2.PdfTextPage, place: int, text: str) -> float | None:
    """The size in points of a character of a page's text, or None if the text and the page do not count alike."""
    if pypdfium2.raw.FPDFText_GetUnicode(characters, place) != ord(text[place]):
        return None
    return float(pypdfium2.raw.FPDFText_GetFontSize(characters, place))


def _complete(data: bytes, count: int, letters: list[int]) -> tuple[bool, str | None]:
    if count > _MAX_PAGES:
        return False, f"only the first {_MAX_PAGES} of {count} pages were read"
    if b"%%EOF" not in data[-2_048:]:
        return False, "the PDF is cut off: its end is missing"
    if damaged_streams(data):
        return False, "the PDF is damaged: a part of it cannot be unpacked"
    empty = sum(number < 10 for number in letters)
    if empty > 0.4 * count:
        return False, f"{empty} of {count} pages hold no text: they may be scanned"
    return True, None


def _blocks(pages: list[str]) -> tuple[Block, ...]:
    """The order matters: hyphens go back to the lines' ends before line numbers are taken from their beginnings."""
    lines = [tidy(re.sub("\ufffe[\r\n]*", "-\n", page)).split("\n") for page in pages]
    lines, notes = without_notes(without_line_numbers(lines))
    lines = without_running_lines(lines)
    blocks = []
    for number, page in enumerate(lines, 1):
        text = "\n".join(page).strip()
        if text:
            blocks.append(Block(text, number, flows=not _END.search(text[-4:])))
    return (*_joined(blocks), *(Block(join_hyphens("\n".join(note)), number, "notes") for number, note in notes))


def _joined(blocks: list[Block]) -> list[Block]:
    """Words parted at a page's end are put together on the page where they begin."""
    made: list[Block] = []
    for block in blocks:
        text = block.text
        if made and _PARTED.search(made[-1].text[-2:]) and re.match(r"[a-zà-ÿ]", text):
            rest, _, text = text.partition(" ")
            before = made[-1]
            made[-1] = Block(before.text[:-1] + rest, before.page, flows=True)
        made.append(Block(join_hyphens(text), block.page, flows=block.flows))
    return made
