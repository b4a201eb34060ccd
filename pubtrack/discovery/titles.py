"""Whether records without an identifier in common show one work: title, authors and year. Pure.

Never by title alone, and rather not at all than wrongly: what is said once in two ways costs one question, two works taken for
one put a wrong reference on a list. Papers of the same people do carry one title: the abstract of the congress, the thesis, the
data, the reply, last year's report.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from pubtrack.models import Work

PREPRINTS = frozenset({"article", "manuscript"})  # CSL 1.0.2: `article` is a preprint

# Types of which two records may show one work. Not here, so never joined: data, software, talks, entries, and what is of unknown type.
_ALIKE = PREPRINTS | {"article-journal"}
_ALONE = frozenset({"paper-conference", "chapter", "book", "report", "thesis", "article-newspaper", "article-magazine"})
JOINABLE = _ALIKE | _ALONE
# What the first words make generic, or a piece of talk about another work, or not the work itself.
_GENERIC = re.compile(
    r"(?:guest )?(?:editorial|editors?\b)|introduct|inleiding|preface|foreword|voorwoord|nawoord|woord vooraf|ten geleide|"
    r"afterword|epilogue|prologue|conclusions?\b|(?:book )?reviews?\b|boekbespreking|recensie|repl(?:y|ies)\b|responses? to|re |"
    r"authors?\b|comments?\b|commentary|rejoinder|discussion of|errat|corrige|correct|rectificati|retract|withdrawn|expression of|"
    r"letters?\b|in memoriam|obituary|abstracts?\b|poster\b|proceedings|annual report|jaarverslag|jaarboek|yearbook|table of|"
    r"contents|index|list of|acknowledg|appendi|bijlage|supplement|supporting information|data (?:from|for|set)|dataset|"
    r"replication|reproducib|codes? (?:for|and)|special issue|notes? (?:on|from)|news|publishers? note|cover|issue information|"
    r"announcement|(?:conference|meeting|congress) report|summary|samenvatting|chapter|hoofdstuk|part |deel |volume |"
    r"(?:op|ps|p|o|s|a)? ?[0-9]+ "
)
_ELSEWHERE = re.compile(
    r"\b(?:replication (?:data|package|files|code)|book review|special issue|supplementary material)\b"
)
# Abstracts of a congress: EGU's have the type of a preprint (https://www.egu.eu), journals print others as supplements on pages S12 or A7.
_ABSTRACTS = re.compile(r"10\.5194/(?:egusphere-egu|ems|epsc|icg|icuc)")
_SUPPLEMENT_PAGE = re.compile(r"\s*[SAP]\.?\s?[0-9]", re.IGNORECASE)
# Letters that Unicode does not take apart into a letter and a mark.
_FOLD = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "đ": "d", "ł": "l", "ı": "i", "þ": "th", "ð": "d"})
_MARKS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"[^\W_]+")
_SMALL = frozenset("a an and de der des die du en for het in la le of on the van voor und fur".split())  # noqa: SIM905


def key(work: Work) -> str | None:
    """Given a work, return what all records that may be joined with it by title have in common, or None if it is not to be joined so.

    That is the title in folded letters and the first author's family name, in a hash: two equal keys are a question for `agree`.
    """
    if work.type not in JOINABLE:
        return None
    if work.issued is None or _is_abstract(work):
        return None
    authors = work.csl.get("author") or ()
    family = last_name(authors[0]) if authors else ""
    return _key(work.title, family) if family else None


def agree(one: Work, other: Work) -> bool:
    """Given two works with one key, return whether type, authors, year and all that both say let them be one work."""
    kinds, preprints = {one.type, other.type}, [one.type in PREPRINTS, other.type in PREPRINTS]
    if not (kinds <= _ALIKE or len(kinds) == 1) or (one.doi and other.doi and not any(preprints)):
        return False
    if not (_in_time(one, other) and same_people(one.authors, other.authors)):
        return False
    return any(preprints) or not contradict(one, other)


@lru_cache(maxsize=4096)
def _key(title: str, family: str) -> str | None:
    words = _WORD.findall(folded(title))
    letters = "".join(words)
    long_enough = (len(words) >= 4 and len(letters) >= 20) or (len(words) >= 2 and len(letters) >= 25)
    spaced = " ".join(words)
    if not long_enough or _GENERIC.match(spaced + " ") or _ELSEWHERE.search(spaced):
        return None
    return "title:" + hashlib.blake2b(f"{letters}/{family}".encode(), digest_size=12).hexdigest()


def folded(text: str) -> str:
    """Given text, return it in small letters, without the marks on Latin, Greek and Cyrillic letters."""
    text = text.casefold()
    if text.isascii():
        return text
    return _MARKS.sub("", unicodedata.normalize("NFKD", text)).translate(_FOLD)


def recased(title: str, others: Iterable[str]) -> str:
    """Given a title and those of the work's other records, return it as another writes it if it stands in capitals, else as it is."""
    if not title.isupper() or len(title.split()) < 3:
        return title
    letters = "".join(_WORD.findall(folded(title)))
    mixed = (other for other in others if not other.isupper() and not other.islower())
    return next((other for other in mixed if "".join(_WORD.findall(folded(other))) == letters), title)


def last_name(name: dict[str, Any]) -> str:
    """Given a CSL name, return the last word of the family name, where records differ least: `van den Berg`, `Berg`."""
    words = _WORD.findall(folded(str(name.get("family") or "")))
    return words[-1] if words else ""


def _is_abstract(work: Work) -> bool:
    csl = work.csl
    return bool(
        _ABSTRACTS.match(work.doi or "")
        or (work.type == "article-journal" and _SUPPLEMENT_PAGE.match(str(csl.get("page") or "")))
        or any("suppl" in str(csl.get(name) or "").casefold() for name in ("issue", "volume"))
    )


def _in_time(one: Work, other: Work) -> bool:
    """At most one year apart; a preprint up to three years before its article; what is no article in one year."""
    if one.issued is None or other.issued is None:
        return False
    if (one.type in PREPRINTS) != (other.type in PREPRINTS):
        before, after = (one, other) if one.type in PREPRINTS else (other, one)
        return -1 <= after.issued.year - before.issued.year <= 3  # type: ignore[union-attr]
    return abs(one.issued.year - other.issued.year) <= (1 if one.type in _ALIKE else 0)


def same_people(one: list[dict[str, Any]], other: list[dict[str, Any]]) -> bool:
    """Given two lists of authors, return whether they may be one: the first by name and initials, and of the shorter list at least half
    and, if it names two, another one."""
    if not one or not other or not last_name(one[0]) or last_name(one[0]) != last_name(other[0]):
        return False
    first, second = _initials(one[0]), _initials(other[0])
    if not first or not second or not (first.startswith(second) or second.startswith(first)):
        return False
    short, long = sorted((one, other), key=len)
    known = {last_name(name) for name in long}
    common = sum(last_name(name) in known for name in short)
    return common * 2 >= len(short) and common >= min(2, len(short))


def _initials(name: dict[str, Any]) -> str:
    """`J.A.`, `Jan Albert` and `JA` as `ja`; of a given name alone its first letter."""
    given = str(name.get("given") or "")
    words = _WORD.findall(folded(given))
    if len(words) == 1 and given.isupper() and len(words[0]) <= 4:
        return str(words[0])
    return "".join(word[0] for word in words)


def contradict(one: Work, other: Work) -> bool:
    """Given two works, return whether they name two places of publication, two numbers or two identifiers of one kind."""
    for name in ("volume", "number", "edition"):
        if _differ(one.csl.get(name), other.csl.get(name)):
            return True
    pages = [re.split(r"[-\u2013\u2014,]", str(work.csl.get("page") or ""))[0] for work in (one, other)]
    if _differ(*pages):
        return True
    for prefix in ("isbn:", "pmid:", "pmcid:"):
        ids = [{name for name in work.identities if name.startswith(prefix)} for work in (one, other)]
        if all(ids) and not ids[0] & ids[1]:
            return True
    if _issns(one) & _issns(other):
        return False
    return not _same_place(str(one.csl.get("container-title") or ""), str(other.csl.get("container-title") or ""))


def _differ(one: Any, other: Any) -> bool:
    said = [re.sub(r"[\W_]", "", str(value or "")).lstrip("0").casefold() for value in (one, other)]
    return all(said) and said[0] != said[1]


def _issns(work: Work) -> set[str]:
    return set(re.findall(r"[0-9]{4}-[0-9]{3}[0-9Xx]", str(work.csl.get("ISSN") or "")))


def _same_place(one: str, other: str) -> bool:
    """Whether two names of a journal or book are one, `J Health Econ` and `Journal of Health Economics` too; or one is not given."""
    words = [[word for word in _WORD.findall(folded(name)) if word not in _SMALL] for name in (one, other)]
    if not all(words):
        return True
    return len(words[0]) == len(words[1]) and all(
        a.startswith(b) or b.startswith(a) for a, b in zip(words[0], words[1], strict=True)
    )
