"""PDF through PDFium, with what extraction does to a page undone."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pypdfium2

from pubtrack.credit.readers.cleaning import join_hyphens, tidy
from pubtrack.credit.readers.pdf_damage import damaged_streams, hidden
from pubtrack.credit.text import Block, Text
from pubtrack.errors import Unreadable

_MAX_PAGES = 3_000
_EDGE = 3  # lines at a page's top and bottom that may be a running header or footer
_NUMBERED = re.compile(r"^[ \t]*(\d{1,5})(?:[ \t]+(?=\S)|[ \t]*$)")
_PAGE_NUMBER = re.compile(
    r"^[ \t]*(?:(?:page|pagina|p\.)[ \t]*)?[-–]?[ \t]*\d{1,4}[ \t]*[-–]?(?:[ \t]*(?:of|van|/)[ \t]*\d{1,4})?[ \t]*$",
    re.IGNORECASE,
)


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
    letters = [sum(map(str.isalpha, page)) for page in pages]
    if sum(letters) < 40 * min(count, 3):
        raise Unreadable("the PDF is scanned: there is no text in it, only images")
    whole = "".join(pages)
    if sum(letters) < 0.4 * sum(map(len, whole.split())) or whole.count("\ufffd") > 0.1 * len(whole):
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
        return str(page.get_textpage().get_text_range())
    finally:
        page.close()


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
    lines = _without_line_numbers(lines)
    lines = _without_running_lines(lines)
    blocks = []
    for number, page in enumerate(lines, 1):
        text = "\n".join(page).strip()
        if text:
            blocks.append(Block(text, number, flows=not re.search(r"[.!?:]\W{0,3}$", text)))
    return tuple(_joined(blocks))


def _joined(blocks: list[Block]) -> list[Block]:
    """Words parted at a page's end are put together on the page where they begin."""
    made: list[Block] = []
    for block in blocks:
        text = block.text
        if made and (match := re.search(r"[a-zà-ÿ]-$", made[-1].text)) and re.match(r"[a-zà-ÿ]", text):
            rest, _, text = text.partition(" ")
            before = made[-1]
            made[-1] = Block(before.text[: match.end() - 1] + rest, before.page, flows=True)
        made.append(Block(join_hyphens(text), block.page, flows=block.flows))
    return made


def _without_line_numbers(pages: list[list[str]]) -> list[list[str]]:
    """Take away line numbers: numbers at most lines' beginnings, or ends, that go up by one, on a page or over all of them."""
    filled = sum(bool(line.strip()) for page in pages for line in page)
    for numbered in (_number_before, _number_after):
        found = [[numbered(line) for line in page] for page in pages]
        numbers = [one[0] for page in found for one in page if one is not None]
        steps = sum(0 < after - before <= 5 or after == 1 for before, after in pairwise(numbers))
        if len(numbers) < max(12, 0.45 * filled) or steps < 0.85 * (len(numbers) - 1):
            continue
        return [
            [one[1] if one is not None else line for one, line in zip(some, page, strict=True)]
            for some, page in zip(found, pages, strict=True)
        ]
    return pages


def _number_before(line: str) -> tuple[int, str] | None:
    match = _NUMBERED.match(line)
    return (int(match.group(1)), line[match.end() :]) if match else None


def _number_after(line: str) -> tuple[int, str] | None:
    """A number at a line's end, after words. Without a pattern: to look for a line's end with one takes longer than to read the PDF."""
    bare = line.rstrip(" \t")
    rest = bare.rstrip("0123456789")
    if not 1 <= len(bare) - len(rest) <= 5 or not rest.endswith((" ", "\t")) or not rest.strip():
        return None
    return int(bare[len(rest) :]), rest.rstrip(" \t")


def _without_running_lines(pages: list[list[str]]) -> list[list[str]]:
    """Take away headers, footers and page numbers: lines at a page's edges that come back, but for their digits."""
    pages = [[line for line in page if line.strip()] for page in pages]
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_shape(line) for line in (*page[:_EDGE], *page[-_EDGE:])})
    often = max(3, 0.3 * len(pages))
    made = []
    for page in pages:
        kept = list(page)
        for _ in range(_EDGE):
            if kept and (_PAGE_NUMBER.match(kept[0]) or seen[_shape(kept[0])] >= often):
                kept.pop(0)
            if kept and (_PAGE_NUMBER.match(kept[-1]) or seen[_shape(kept[-1])] >= often):
                kept.pop()
        made.append(kept)
    return made


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", " ".join(line.split())).casefold()
