"""The provider's own columns as a workbook: strings only, written as strings, so no title is ever a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

import xlsxwriter

from pubtrack.references.formatting import plain
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import CELL, EXTRA, LAYOUTS, NEWEST, row
from pubtrack.references.words import WORDS, changed_words

_WIDTHS = {
    "institution": 26, "project": 11, "title": 52, "authors": 36, "issued": 13, "publisher": 24, "url": 34, "code": 16,
    "doi": 26, "reference": 70, "remark": 24, "list": 12, "changed": 24, "was": 70,
}  # fmt: skip


def write(references: ReferenceList) -> bytes:
    """Given a list, return a workbook: a sheet of new references and, if any changed since they were sent, one of corrections."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    words = WORDS[references.language]
    title = f"{words['title']} {references.name}"
    # The day the list was made, not the moment: the same list is the same file.
    book.set_properties({"title": title, "created": datetime.combine(references.made_on, time())})
    headers = LAYOUTS[NEWEST] | EXTRA
    rows = (row(item, references.language, plain(item.formatted)) for item in references.items)
    _sheet(book, words["sheet"], headers, rows)
    if references.corrections:
        corrected = (
            row(correction.item, references.language, plain(correction.item.formatted))
            | {
                "list": correction.was.list_name,
                "changed": changed_words(correction.changed, references.language),
                "was": plain(correction.was.formatted),
            }
            for correction in references.corrections
        )
        extra = {"list": words["sent in"], "changed": words["changed"], "was": words["was"]}
        _sheet(book, words["corrections sheet"], headers | extra, corrected)
    book.close()
    return out.getvalue()


def _sheet(book: Any, name: str, headers: dict[str, str], rows: Iterable[dict[str, str]]) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format(
        {"bold": True, "bg_color": "#1F4E5F", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
    )
    body = book.add_format({"text_wrap": True, "valign": "top"})
    for column, (field, header) in enumerate(headers.items()):
        sheet.set_column(column, column, _WIDTHS[field])
        sheet.write_string(0, column, header, head)
    sheet.set_row(0, 22)
    last = 0
    for last, cells in enumerate(rows, start=1):
        for column, field in enumerate(headers):
            # XlsxWriter leaves out a longer string without a word; only a formatted reference can still be one here.
            sheet.write_string(last, column, cells[field][:CELL], body)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(headers) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
