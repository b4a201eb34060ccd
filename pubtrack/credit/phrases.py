"""The phrase language in which a policy's rules are written, turned into patterns. Pure.

A phrase is held against the words of one sentence, in lower case, without articles (the, a, an, de, het, een, 't), where the naming
of the provider under judgement is one word. In a phrase

    word        is that word; a hyphen in it may be typed as a hyphen, as a blank, or not at all
    one/other   is either word
    word?       is a word that may be missing
    begin*      is any word that begins so, *end any that ends so
    *  *3       is a gap of up to eight, or three, words; no gap goes over a semicolon or a table's bar
    –           is a dash between words; other signs stand for themselves: ( ) [ ] , : ;
    ^           is the beginning of the sentence
    ~2          is a gap of up to two words none of which is a small one (for, and, is ...) or a sign: adjectives, mostly
    #           is a number
    {name}      is the naming of the provider; {other_name} any other naming of it in the sentence
    {dataset}   is one of the policy's dataset names
    {list}      is any phrase of the list `credit.words.list`

No phrase is ever compiled as a regular expression of its author's: gaps are bounded and everything else is literal.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

NAME, OTHER_NAME, DATASET = "\u25c6", "\u25c7", "\u25a0"  # stand for namings and data sets in a prepared sentence
ARTICLES = frozenset(("the", "a", "an", "de", "het", "een", "'t", "’t"))
_GAP = re.compile(r"([*~])(\d*)")
_SMALL_WORDS = """for to on and or in of as by with at from is are was were has have had be will would can may not that which who
voor om over en of in op als bij met van uit door is zijn was waren heeft hebben wordt worden wil zal kan niet dat die"""
_NO_SMALL_WORD = rf"(?!(?:{'|'.join(sorted(set(_SMALL_WORDS.split())))}|[^\w\s{NAME}{OTHER_NAME}{DATASET}])(?= |$))"
_BUILT_IN = {"name": NAME, "other_name": OTHER_NAME, "dataset": DATASET}


def slots(phrase: str) -> set[str]:
    """Given a phrase, return the names of the lists it uses."""
    return set(re.findall(r"\{(\w+)\}", phrase)) - set(_BUILT_IN)


def compiled(phrases: Iterable[str], words: Mapping[str, Iterable[str]]) -> re.Pattern[str] | None:
    """Given phrases and the lists they may name, return one pattern for a prepared sentence, or None if there are none.

    Raise ValueError if a phrase names a list that is not there, or lists name each other in a circle.
    """
    parts = [_phrase(phrase, words, ()) for phrase in phrases]
    return re.compile("|".join(parts)) if parts else None


def _phrase(phrase: str, words: Mapping[str, Iterable[str]], inside: tuple[str, ...]) -> str:
    """Every token matches with the blank before it: a prepared sentence begins with a blank and has one before each word."""
    tokens = [token for token in phrase.lower().split() if token not in ARTICLES]
    if not tokens:
        raise ValueError(f"the phrase {phrase!r} has no words")
    made = []
    for part in tokens:
        gap = _GAP.fullmatch(part)
        if part == "^":
            made.append("^")
        elif gap:
            close = _NO_SMALL_WORD if gap.group(1) == "~" else ""
            made.append(rf"(?: {close}[^\s;|]\S*){{0,{int(gap.group(2) or 8)}}}?")
        else:
            made.append(_token(part, words, inside))
    return "".join(made) + "(?= |$)"


def _token(token: str, words: Mapping[str, Iterable[str]], inside: tuple[str, ...]) -> str:
    optional = len(token) > 1 and token.endswith("?")
    token = token.removesuffix("?") if optional else token
    slot = re.fullmatch(r"\{(\w+)\}", token)
    if slot:
        name = slot.group(1)
        if name in _BUILT_IN:
            made = f" {_BUILT_IN[name]}"
        elif name not in words or name in inside:
            raise ValueError(f"there is no list of words named {name!r}")
        else:
            made = "(?:" + "|".join(_phrase(entry, words, (*inside, name)) for entry in words[name]) + ")"
    elif "/" in token and len(token) > 1:
        made = "(?:" + "|".join(_word(word) for word in token.split("/")) + ")"
    else:
        made = _word(token)
    return f"(?:{made})?" if optional else made


def _word(word: str) -> str:
    if word == "#":
        return r" \d[\d.]*(?= |$)"
    begins, ends = word.endswith("*"), word.startswith("*")
    core = r" ?".join(re.escape(part) for part in word.strip("*").rstrip(".").split("-"))
    return " " + (r"\w*" if ends else "") + core + (r"\w*" if begins else "") + "(?= |$)"
