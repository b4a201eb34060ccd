"""The provider's own columns as a workbook: strings only, written as strings, so no title is ever a formula or a link."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

import xlsxwriter

from pubtrack.references.formatting import plain
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import CELL, headers, row
from pubtrack.references.words import WORDS, changed_words

# In characters of the sheet's own font; together they come out at three quarters of their size on a landscape A4, which can be read.
_WIDTHS = {
    "institution": 14, "project": 8, "title": 29, "authors": 20, "issued": 11, "publisher": 14, "url": 19, "code": 10,
    "doi": 17, "reference": 36, "remark": 11, "list": 9, "changed": 12, "was": 30,
}  # fmt: skip
_LINE = 15.0  # points a line of text takes
_LINES = 25  # a row of 300 authors must not fill a page


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
    columns, layout = headers(references.layout), references.layout
    rows = (row(item, references.language, plain(item.formatted), layout) for item in references.items)
    _sheet(book, words["sheet"], title, columns, rows)
    if references.corrections:
        corrected = (
            row(correction.item, references.language, plain(correction.item.formatted), layout)
            | {
                "list": correction.was.list_name,
                "changed": changed_words(correction.changed, references.language),
                "was": plain(correction.was.formatted),
            }
            for correction in references.corrections
        )
        extra = {"list": words["sent in"], "changed": words["changed"], "was": words["was"]}
        _sheet(book, words["corrections sheet"], title, columns | extra, corrected)
    book.close()
    return out.getvalue()


def _sheet(book: Any, name: str, title: str, columns: dict[str, str], rows: Iterable[dict[str, str]]) -> None:
    sheet = book.add_worksheet(name)
    head = book.add_format(
        {"bold": True, "bg_color": "#1D5B8F", "font_color": "#FFFFFF", "text_wrap": True, "valign": "vcenter"}
    )
    body = book.add_format({"text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": "#D5DBE1"})
    for column, (field, header) in enumerate(columns.items()):
        sheet.set_column(column, column, _WIDTHS[field])
        sheet.write_string(0, column, header, head)
    sheet.set_row(0, 3 * _LINE)
    last = 0
    for last, cells in enumerate(rows, start=1):
        # Spreadsheets do not make a row higher when they open a file, so its height is set here.
        sheet.set_row(last, _LINE * min(_LINES, max(_lines(cells[field], _WIDTHS[field]) for field in columns)))
        for column, field in enumerate(columns):
            # XlsxWriter leaves out a longer string without a word; only a formatted reference can still be one here.
            sheet.write_string(last, column, cells[field][:CELL], body)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.repeat_rows(0)
    sheet.set_footer(f"&L{title.replace('&', '&&')}&R&P / &N")


def _lines(text: str, width: int) -> int:
    """Return how many lines text takes in a column, a little too many rather than too few."""
    return max(
        1, -(-len(text) * (width + 3) // (width * width))
    )  # a line loses some three characters to the word that did not fit
