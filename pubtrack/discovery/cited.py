"""Whether a work is the one that somebody cited. Pure.

Precision first: a citation that is taken for another work puts a wrong reference on a list, one that is not recognised is kept as it
was typed and shown to staff. The title must agree letter by letter (a subtitle may be missing on one side), the first author by name,
the year to one; and nothing that both say may differ.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from pubtrack.discovery import titles
from pubtrack.discovery.titles import PREPRINTS
from pubtrack.models import Work

_SAID = frozenset({"thesis", "report", "chapter", "book", "article-journal"})  # types that a citation shows
_WORDS = re.compile(r"[^\W_]+")


def fits(citation: Work, work: Work) -> bool:
    """Given a citation as it was read, and a work, return whether it is surely the work that is cited."""
    if work.type not in titles.JOINABLE or (citation.type in _SAID and citation.type != work.type):
        return False
    if not _same_title(citation.title, work.title) or not citation.authors or not work.authors:
        return False
    if citation.issued is None or work.issued is None or abs(citation.issued.year - work.issued.year) > 1:
        return False
    as_one = replace(citation, csl=citation.csl | {"type": work.type}, identities=())
    if not titles.same_people(citation.authors, work.authors) or titles.contradict(
        as_one, replace(work, identities=())
    ):
        return False
    if _number(citation, "issue") != _number(work, "issue") and _number(citation, "issue") and _number(work, "issue"):
        return False  # a column comes back under its title, in one volume too
    # What is short or generic (`Literature review`) is known by where it stands.
    return titles.key(as_one) is not None or _stands_where(citation) == _stands_where(work) != ("", "")


def _number(work: Work, name: str) -> str:
    return re.split(r"[-\u2013\u2014,]", str(work.csl.get(name) or ""))[0].strip().lstrip("0").casefold()


def _stands_where(work: Work) -> tuple[str, str]:
    return _number(work, "volume"), _number(work, "page")


def cites(text: str, work: Work) -> bool:
    """Given a citation's text with a DOI in it, and the work of that DOI, return whether it can be what is cited.

    It is enough that most of the title's words stand there, or its first author and year: citations shorten titles.
    """
    said, words = set(_WORDS.findall(titles.folded(text))), _WORDS.findall(titles.folded(work.title))
    longer = [word for word in words if len(word) > 3] or words
    if longer and sum(word in said for word in longer) * 3 >= len(longer) * 2:
        return True
    first = titles.last_name(work.authors[0]) if work.authors else ""
    return bool(
        first
        and first in said
        and work.issued
        and str(work.issued.year) in said
        and any(word in said for word in longer)
    )


def chosen(citation: Work, works: Sequence[Work]) -> Work | None:
    """Given a citation and works, return the one that it surely cites; None if there is none, or more than one."""
    found = [work for work in works if fits(citation, work)]
    articles = [work for work in found if work.type not in PREPRINTS]
    found = articles or found
    return found[0] if len({work.doi or work.id for work in found}) == 1 else None


def _same_title(one: str, other: str) -> bool:
    """Letter by letter, or up to the colon or dash where the other's subtitle begins; then the common part must be long."""
    a, b = ("".join(_WORDS.findall(titles.folded(text))) for text in (one, other))
    if not a or not b:
        return False
    if a == b:
        return True
    mains = [re.split(r"\s*[:?!–—]\s+|\.\s+|\s+-\s+", text, maxsplit=1)[0] for text in (one, other)]
    a_main, b_main = ("".join(_WORDS.findall(titles.folded(text))) for text in mains)
    return (a_main == b or b_main == a) and min(len(a), len(b)) >= 25
