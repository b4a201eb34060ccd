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
sentence at once, a set of places being one whole number with a bit for each, so that long lists cost no more than short ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pubtrack.credit.steps import (
    ARTICLES,
    DATASET,
    NAME,
    OTHER_NAME,
    Step,
    Words,
    any_of,
    gap,
    is_plain,
    one_of,
    open_word,
    optional,
)

_GAP = re.compile(r"(\*\*|[*~])(\d*)")
_BUILT_IN = {"name": NAME, "other_name": OTHER_NAME, "dataset": DATASET}


class Phrase:
    """One phrase. `word` is set where it is one plain word, `needs` where a sentence must have one of some words for it to hold."""

    __slots__ = ("needs", "steps", "word")

    def __init__(self, steps: Sequence[Step], needs: frozenset[str] | None, word: str | None = None) -> None:
        self.steps, self.needs, self.word = tuple(steps), needs, word

    def follow(self, words: Words, places: int) -> int:
        """Given places, return those that the phrase reaches from them."""
        for step in self.steps:
            places = step(words, places)
            if not places:
                return 0
        return places


class Phrases:
    """Several phrases, of which one must hold. A sentence is held only against those of whose words it has one."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self._free = [phrase for phrase in phrases if phrase.needs is None]
        self._needing: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            for word in phrase.needs or ():
                self._needing.setdefault(word, []).append(phrase)

    def standing(self, words: Words) -> Iterator[Phrase]:
        """Given a prepared sentence's words, yield the phrases that stand in it; some more than once."""
        for word in self._needing.keys() & words.index.keys():
            yield from (phrase for phrase in self._needing[word] if phrase.follow(words, words.everywhere))
        yield from (phrase for phrase in self._free if phrase.follow(words, words.everywhere))

    def hold(self, words: Words) -> bool:
        """Given a prepared sentence's words, return whether one of the phrases stands in it."""
        return any(True for _ in self.standing(words))


def slots(phrase: str) -> set[str]:
    """Given a phrase, return the names of the lists it uses."""
    return set(re.findall(r"\{(\w+)\}", phrase)) - set(_BUILT_IN)


class Lists:
    """The lists that phrases may name, each read once."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        self._words = words
        self._steps: dict[str, Step] = {}

    def compiled(self, phrases: Iterable[str]) -> Phrases | None:
        """Given phrases, return them ready to be held against sentences, or None if there are none.

        Raise ValueError if a phrase names a list that is not there, or lists name each other in a circle.
        """
        made = [self._phrase(phrase, ()) for phrase in phrases]
        return Phrases(made) if made else None

    def _phrase(self, phrase: str, inside: tuple[str, ...]) -> Phrase:
        tokens = [part for part in phrase.lower().split() if part not in ARTICLES]
        if not tokens:
            raise ValueError(f"the phrase {phrase!r} has no words")
        steps: list[Step] = []
        needs: frozenset[str] | None = None
        for part in tokens:
            lacking = len(part) > 1 and part.endswith("?")
            bare = part.removesuffix("?") if lacking else part
            distance = _GAP.fullmatch(part)
            if part == "^":
                steps.append(lambda _, places: places & 1)
            elif distance:
                steps.append(gap(int(distance.group(2) or 8), distance.group(1)))
            else:
                step, plain = self._token(bare, inside)
                steps.append(optional(step) if lacking else step)
                if plain and not lacking and needs is None:
                    needs = plain
        return Phrase(steps, needs, next(iter(needs)) if needs and len(tokens) == len(needs) == 1 else None)

    def _token(self, part: str, inside: tuple[str, ...]) -> tuple[Step, frozenset[str] | None]:
        """Return a part's step and, where it is nothing but plain words, these."""
        slot = re.fullmatch(r"\{(\w+)\}", part)
        if slot:
            name = slot.group(1)
            return (one_of(frozenset((_BUILT_IN[name],))) if name in _BUILT_IN else self._list(name, inside)), None
        words = part.split("/") if "/" in part and len(part) > 1 else [part]
        plain = frozenset(word.rstrip(".") for word in words if is_plain(word))
        others = [open_word(word) for word in words if not is_plain(word)]
        if not others:
            return one_of(plain), plain
        return any_of([*others, one_of(plain)] if plain else others), None

    def _list(self, name: str, inside: tuple[str, ...]) -> Step:
        if name not in self._words or name in inside:
            raise ValueError(f"there is no list of words named {name!r}")
        if name not in self._steps:
            self._steps[name] = _of_list([self._phrase(entry, (*inside, name)) for entry in self._words[name]])
        return self._steps[name]


def _of_list(entries: Sequence[Phrase]) -> Step:
    """Any entry of a list. Which entries stand in a sentence at all is found once for the sentence."""
    single = frozenset(entry.word for entry in entries if entry.word is not None)
    longer = Phrases([entry for entry in entries if entry.word is None])

    def step(sentence: Words, places: int) -> int:
        known = sentence.lists.get(id(longer))
        if known is None:
            found = 0
            for word in single & sentence.index.keys():
                found |= sentence.index[word]
            there = dict.fromkeys(longer.standing(sentence))
            known = sentence.lists[id(longer)] = (found, tuple(phrase.follow for phrase in there))
        found = (places & known[0]) << 1
        for follow in known[1]:
            found |= follow(sentence, places)
        return found

    return step
