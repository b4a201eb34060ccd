"""The provider's own columns as csv: UTF-8 with a mark (else Excel guesses), no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io

from pubtrack.references.formatting import plain
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import headers, row

# OWASP, "CSV Injection": what starts with one of these is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def inert(cell: str) -> str:
    """Given a cell, return it with an apostrophe before it if a spreadsheet would take it for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def restored(cell: str) -> str:
    """Given a cell as `inert` left it, return it as it was."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell


def write(references: ReferenceList) -> bytes:
    """Given a list, return its new references, then the corrected ones as they are now, one row each."""
    columns = headers(references.layout)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns.values())
    for item in references.all_items:
        cells = row(item, references.language, plain(item.formatted), references.layout)
        writer.writerow([inert(cells[name]) for name in columns])
    return out.getvalue().encode("utf-8-sig")
