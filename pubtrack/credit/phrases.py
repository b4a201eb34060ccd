"""The phrase language in which a policy's rules are written, held against a sentence. Pure.

A phrase is held against the words of one sentence, in lower case, without articles (the, a, an, de, het, een, 't), where the naming
of the provider under judgement is one word. In a phrase

    word        is that word; a hyphen in it may be typed as a hyphen, as a blank, or not at all
    one/other   is either word
    word?       is a word that may be missing
    begin*      is any word that begins so, *end any that ends so
    *  *3       is a gap of up to eight, or three, words; it goes over no semicolon and no table's bar
    **  **3     is such a gap that goes over these too
    –           is a dash between words; other signs stand for themselves: ( ) [ ] , : ;
    ^           is the beginning of the sentence
    ~2          is a gap of up to two words none of which is a small one (for, and, is ...) or a sign: adjectives, mostly
    #           is a number
    {name}      is the naming of the provider; {other_name} any other naming of it in the sentence
    {dataset}   is one of the policy's dataset names
    {list}      is any phrase of the list `credit.words.list`

No phrase is ever a regular expression: gaps are bounded and everything else is literal. A phrase is followed through all places of a
sentence at once, a set of places being one whole number with a bit for each. Which lists have an entry in a sentence is found once, from
its words; only phrases all of whose parts may stand there are followed at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from pubtrack.credit.steps import (
    ARTICLES,
    DATASET,
    NAME,
    OTHER_NAME,
    SMALL_WORDS,
    Step,
    Words,
    any_of,
    beginning,
    gap,
    listed,
    marked,
    one_of,
    optional,
    row,
)
from pubtrack.credit.vocabulary import NUMBER, Vocabulary, is_open

_GAP = re.compile(r"(\*\*|[*~])(\d*)")
_LIST = re.compile(r"\{(\w+)\}")
_BUILT_IN = {"name": NAME, "other_name": OTHER_NAME, "dataset": DATASET}


class Phrase:
    """One phrase. `needs` are the words, open words and lists of which a sentence must have one for it to hold; none: it may always."""

    __slots__ = ("lists", "needs", "steps")

    def __init__(self, steps: Sequence[Step], needs: frozenset[str], lists: bool) -> None:
        self.steps, self.needs, self.lists = tuple(steps), needs, lists

    def follow(self, words: Words, places: int) -> int:
        """Given places, return those that the phrase reaches from them."""
        for step in self.steps:
            places = step(words, places)
            if not places:
                return 0
        return places


class Phrases:
    """Several phrases, of which one must hold."""

    def __init__(self, lists: Lists, phrases: Sequence[Phrase]) -> None:
        self._lists = lists
        self.phrases = tuple(phrases)
        self._free = [phrase for phrase in phrases if not phrase.needs]
        self._needing: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            for key in phrase.needs:
                self._needing.setdefault(key, []).append(phrase)
        self._keys = frozenset(self._needing)

    def hold(self, words: Words) -> bool:
        """Given a prepared sentence's words, return whether one of the phrases stands in it."""
        if words.read_by is not self._lists:
            self._lists.read(words)
        everywhere = words.everywhere
        for key in self._keys & words.present:
            for phrase in self._needing[key]:
                if phrase.follow(words, everywhere):
                    return True
        return any(phrase.follow(words, everywhere) for phrase in self._free)


class Groups:
    """Several groups of phrases, of which those are found together that hold."""

    def __init__(self, lists: Lists, groups: Sequence[Phrases]) -> None:
        self._lists = lists
        self._free: list[tuple[int, Phrase]] = []
        self._needing: dict[str, list[tuple[int, Phrase]]] = {}
        for number, group in enumerate(groups):
            for phrase in group.phrases:
                for key in phrase.needs:
                    self._needing.setdefault(key, []).append((number, phrase))
                if not phrase.needs:
                    self._free.append((number, phrase))
        self._keys = frozenset(self._needing)

    def holding(self, words: Words) -> set[int]:
        """Given a prepared sentence's words, return the numbers of the groups of which a phrase stands in it."""
        if words.read_by is not self._lists:
            self._lists.read(words)
        everywhere, held = words.everywhere, set[int]()
        for key in self._keys & words.present:
            for number, phrase in self._needing[key]:
                if number not in held and phrase.follow(words, everywhere):
                    held.add(number)
        held.update(number for number, phrase in self._free if number not in held and phrase.follow(words, everywhere))
        return held


def slots(phrase: str) -> set[str]:
    """Given a phrase, return the names of the lists it uses."""
    return set(_LIST.findall(phrase)) - set(_BUILT_IN)


class Lists:
    """The lists that phrases may name, each read once."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._words = words
        self._vocabulary = Vocabulary()
        self._known: dict[str, frozenset[str]] = {}  # each list that was read, with the keys of its words
        self._entries: dict[str, dict[Phrase, list[str]]] = {}  # longer ones and their lists, by a key
        self._nested: list[tuple[str, Phrase]] = []  # those that name another list, or have no such key
        self._longer: dict[str, list[Phrase]] = {}

    def compiled(self, phrases: Iterable[str]) -> Phrases | None:
        """Given phrases, return them ready to be held against sentences, or None if there are none.

        Raise ValueError if a phrase names a list that is not there, or lists name each other in a circle.
        """
        made = [self._phrase(_parts(phrase), ()) for phrase in phrases]
        return Phrases(self, made) if made else None

    def read(self, words: Words) -> None:
        """Find in a sentence's words what stands there of the lists."""
        words.read_by = self
        marks: dict[str, int] = {}
        words.marks = marks
        known, marked = self._vocabulary.of, marks.get
        for token, places in words.index.items():
            for key in known(token):
                marks[key] = marked(key, 0) | places
        words.longer = {}
        present = words.index.keys() | marks.keys()
        everywhere = words.everywhere
        for key in self._entries.keys() & present:
            for phrase, names in self._entries[key].items():
                if phrase.follow(words, everywhere):
                    for name in names:
                        words.longer.setdefault(name, []).append(phrase)
        for name, phrase in self._nested:
            if phrase.needs and phrase.needs.isdisjoint(present) and phrase.needs.isdisjoint(words.longer):
                continue
            if phrase.follow(words, everywhere):
                words.longer.setdefault(name, []).append(phrase)
        words.present = present | words.longer.keys()

    def _phrase(self, parts: Sequence[str], inside: tuple[str, ...]) -> Phrase:
        steps: list[Step] = []
        needs: frozenset[str] = frozenset()
        best = 3.0
        for part in parts:
            distance = _GAP.fullmatch(part)
            if part == "^":
                steps.append(beginning)
                continue
            if distance:
                steps.append(gap(int(distance.group(2) or 8), distance.group(1)))
                continue
            lacking = len(part) > 1 and part.endswith("?")
            step, keys = self._token(part.removesuffix("?") if lacking else part, inside)
            steps.append(optional(step) if lacking else step)
            if not lacking and (rank := self._rank(keys)) < best:
                needs, best = keys, rank
        return Phrase(steps, needs, any(_LIST.fullmatch(part) and part[1:-1] not in _BUILT_IN for part in parts))

    def _rank(self, keys: frozenset[str]) -> float:
        """How often keys may be expected in a sentence: a phrase is looked for by the rarest of its parts."""
        if keys & {NAME, OTHER_NAME}:
            return 4.0
        if keys & SMALL_WORDS or keys & {",", "(", ")", ":"}:
            return 2.0
        lists = [key for key in keys if key.startswith("{")]
        return 0.0 if not lists else 1 - 1 / (1 + len(self._known.get(lists[0], ())))

    def _token(self, part: str, inside: tuple[str, ...]) -> tuple[Step, frozenset[str]]:
        """Return a part's step and the keys of which one must be present for it."""
        if match := _LIST.fullmatch(part):
            name = match.group(1)
            if name in _BUILT_IN:
                return one_of(frozenset((_BUILT_IN[name],))), frozenset((_BUILT_IN[name],))
            self._list(name, inside)
            return listed(part), frozenset((part,))
        forms = list(_forms(part))
        plain = frozenset(form[0] for form in forms if len(form) == 1 and not is_open(form[0]))
        others = [row([self._piece(piece) for piece in form]) for form in forms if len(form) > 1 or is_open(form[0])]
        step = any_of([*others, one_of(plain)] if plain else others)
        return step, frozenset(form[0] for form in forms)

    def _piece(self, piece: str) -> Step:
        if not is_open(piece):
            return one_of(frozenset((piece,)))
        self._vocabulary.add(piece, piece)
        return marked(piece)

    def _list(self, name: str, inside: tuple[str, ...]) -> None:
        """Read a list's entries: single words into the vocabulary, and longer ones as phrases."""
        key = f"{{{name}}}"
        if name not in self._words or name in inside:
            raise ValueError(f"there is no list of words named {name!r}")
        if key in self._known:
            return
        singles: set[str] = set()
        for entry in self._words[name]:
            parts = _parts(entry)
            if len(parts) > 1 or parts[0] == "^" or _GAP.fullmatch(parts[0]):
                self._add_entry(key, self._phrase(parts, (*inside, name)))
            elif (match := _LIST.fullmatch(parts[0])) and match.group(1) not in _BUILT_IN:
                self._list(match.group(1), (*inside, name))
                singles |= self._known[parts[0]]
                for phrase in self._longer.get(parts[0], []):
                    self._add_entry(key, phrase)
            else:
                built_in = _LIST.fullmatch(parts[0])
                for form in [[_BUILT_IN[built_in.group(1)]]] if built_in else _forms(parts[0]):
                    if len(form) == 1:
                        singles.add(form[0])
                    else:
                        self._add_entry(key, self._phrase(form, inside))
        for single in singles:
            self._vocabulary.add(single, key)
        self._known[key] = frozenset(singles)

    def _add_entry(self, key: str, phrase: Phrase) -> None:
        self._longer.setdefault(key, []).append(phrase)
        if phrase.lists or not phrase.needs:
            self._nested.append((key, phrase))
        else:
            for need in phrase.needs:
                self._entries.setdefault(need, {}).setdefault(phrase, []).append(key)


def _parts(phrase: str) -> list[str]:
    parts = [part for part in phrase.lower().split() if part not in ARTICLES]
    if not parts:
        raise ValueError(f"the phrase {phrase!r} has no words")
    return parts


def _forms(part: str) -> Iterator[list[str]]:
    """Given a part of a phrase, yield the rows of words as which it may be typed: every hyphen is a blank in the text, or nothing."""
    for word in part.split("/") if "/" in part and len(part) > 1 else [part]:
        if word == NUMBER or ("-" not in word and "*" not in word):
            yield [word if word == NUMBER else word.rstrip(".")]
            continue
        pieces = word.strip("*").rstrip(".").split("-")
        pieces[0] = ("*" if word.startswith("*") else "") + pieces[0]
        pieces[-1] += "*" if word.endswith("*") else ""
        for apart in product((False, True), repeat=len(pieces) - 1):
            form = [pieces[0]]
            for blank, piece in zip(apart, pieces[1:], strict=True):
                if blank:
                    form.append(piece)
                else:
                    form[-1] += piece
            yield form
