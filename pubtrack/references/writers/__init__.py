"""A list of references in one format: one module a format, one line here.

A writer is given a list and returns a file's content: the same list, the same bytes. Titles and names are hostile until written:
each writer makes them inert in its own format. What is read back is what the list holds; each module says what differs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from pubtrack.references.lists import ReferenceList


@dataclass(frozen=True, slots=True)
class Writer:
    """A format: how its files end, and the module whose `write` makes them (imported when it is wanted: some are heavy)."""

    extension: str
    module: str

    def write(self, references: ReferenceList) -> bytes:
        """Given a list, return the content of its file."""
        write: Callable[[ReferenceList], bytes] = import_module(self.module, __package__).write
        return write(references)


WRITERS: dict[str, Writer] = {
    "xlsx": Writer("xlsx", ".sheet_xlsx"),
    "csv": Writer("csv", ".sheet_csv"),
    "text": Writer("txt", ".text"),
    "html": Writer("html", ".page"),
    "docx": Writer("docx", ".word"),
    "bibtex": Writer("bib", ".bibtex"),
    "biblatex": Writer("biblatex.bib", ".biblatex"),
    "ris": Writer("ris", ".ris"),
    "csl-json": Writer("json", ".csl_json"),
    "copies": Writer("copies.zip", ".copies"),
}
