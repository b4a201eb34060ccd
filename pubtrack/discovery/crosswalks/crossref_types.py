"""What Crossref calls a record's type, to CSL's, and what is no publication at all. Pure."""

from __future__ import annotations

# Crossref's types (https://api.crossref.org/types) to CSL's (https://docs.citationstyles.org/en/stable/specification.html#appendix-iii-types).
TYPES = {
    "journal-article": "article-journal",
    "proceedings-article": "paper-conference",
    "book-chapter": "chapter",
    "book-section": "chapter",
    "book-part": "chapter",
    "book-track": "chapter",
    "report-component": "chapter",
    "reference-entry": "entry",
    "book": "book",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "proceedings": "book",
    "report": "report",
    "dissertation": "thesis",
    "posted-content": "article",  # a preprint, says the specification of CSL 1.0.2
    "dataset": "dataset",
    "database": "dataset",
    "standard": "standard",
    # not Crossref's, but seen in records of its shape
    "preprint": "article",
    "working-paper": "report",
    "technical-note": "report",
    "report/other": "report",
    "mimeo": "manuscript",
    "thesis": "thesis",
    "chapter": "chapter",
    "article-journal": "article-journal",
    "paper-conference": "paper-conference",
}
# What has a DOI but is no publication of its authors: containers, pieces of one, and talk about one.
NO_PUBLICATIONS = {
    "journal": "a journal, not a publication",
    "journal-volume": "a journal volume, not a publication",
    "journal-issue": "a journal issue, not a publication",
    "book-series": "a book series, not a publication",
    "book-set": "a set of books, not a publication",
    "proceedings-series": "a proceedings series, not a publication",
    "report-series": "a report series, not a publication",
    "standard-series": "a series of standards, not a publication",
    "component": "a component (a figure, table or supplement), not a publication",
    "peer-review": "a peer review, not a publication",
    "grant": "a grant, not a publication",
}
