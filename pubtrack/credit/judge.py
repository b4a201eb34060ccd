"""A text and a policy give a verdict with the sentences it rests on. Pure.

Every naming of the provider is judged in its sentence: the points of the rules that hold there are added up, and their sum must be
above the policy's mark; a `mentioned` rule without points takes any credit back. Some rules look at the sentence before or after
too. Where the sum is near the mark, or no rule holds, the words around the naming are weighed. The best naming decides for the text. What
stands in the reference list is only mentioned, but for a data set's DOI.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pubtrack.credit.anchors import lower
from pubtrack.credit.beside import Beside
from pubtrack.credit.datasets import DatasetNames, ProjectNumbers
from pubtrack.credit.language import detect
from pubtrack.credit.names import Naming, Namings
from pubtrack.credit.phrases import Groups, Lists, Phrases
from pubtrack.credit.sections import Sections
from pubtrack.credit.sentences import around, following, own_clause, prepared
from pubtrack.credit.statement import Carried, Fill, Statements, suggestion
from pubtrack.credit.steps import Words
from pubtrack.credit.text import Flat, Text
from pubtrack.credit.weighing import Weighing
from pubtrack.models import Finding, Quote, Verdict
from pubtrack.obligations.policy import CreditRule, Policy

_QUOTES = 5  # a finding keeps at most so many
_QUOTE_LENGTH = 600  # characters
_LAST_WORD = 1_000.0
_NAMINGS = 400  # a text that names the provider more often is known by its first ones and its last ones


@dataclass(frozen=True, slots=True)
class _Rule:
    rule: CreditRule
    phrases: Phrases
    also: Phrases | None
    unless: Phrases | None
    before: Phrases | None
    after: Phrases | None

    points: float  # what it adds to a naming's score; one without points that says `mentioned` has the last word
    looks_beyond: bool  # whether it needs another sentence than the naming's own

    @classmethod
    def of(cls, rule: CreditRule, phrases: Phrases, lists: Lists) -> _Rule:
        """Given a rule, its phrases and a policy's lists, return it ready to be held against sentences."""
        also, unless, before, after = map(lists.compiled, (rule.also, rule.unless, rule.before, rule.after))
        points = 1.0 if rule.verdict is Verdict.CREDITED else -_LAST_WORD
        points = points if rule.points is None else rule.points
        return cls(rule, phrases, also, unless, before, after, points, before is not None or after is not None)

    def holds(self, words: Words, section: str | None) -> bool:
        """Whether the rule fires in a sentence's words, where one of its phrases stands."""
        if self.unless is not None and self.unless.hold(words):
            return False
        if self.also is None and not self.rule.sections:
            return True
        return section in self.rule.sections or (self.also is not None and self.also.hold(words))

    def stands_beside(self, near: Beside) -> bool:
        """Whether the sentences beside it say what the rule asks of them."""
        sides = ((self.after, 1), (self.before, -1))
        return all(phrases is None or phrases.hold(near.words(side)) for phrases, side in sides)


@dataclass(slots=True)
class _Seen:
    """What the namings of one text came to."""

    quotes: dict[Verdict, list[Quote]] = field(default_factory=dict)
    carried: Carried | None = None

    def add(self, verdict: Verdict, quote: Quote) -> None:
        quotes = self.quotes.setdefault(verdict, [])
        if all(quote.quote != other.quote for other in quotes) and len(quotes) < _QUOTES:
            quotes.append(quote)


class Judge:
    """Judges texts under one policy. The first text that names the provider compiles the policy's rules."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        credit = policy.credit
        self._above = max(credit.above, -_LAST_WORD / 2)
        self._namings = Namings(credit)
        self._datasets = DatasetNames(credit.datasets)
        self._doi = credit.dataset_doi or ""
        self._dataset_doi = (
            re.compile(rf"{re.escape(credit.dataset_doi)}/\w+", re.IGNORECASE) if credit.dataset_doi else None
        )
        self._project = ProjectNumbers(credit.project_number)

    # Read only when a text names the provider: most do not.
    @cached_property
    def _lists(self) -> Lists:
        return Lists(self.policy.credit.words)

    @cached_property
    def _statements(self) -> Statements:
        return Statements(self.policy.statements, self._lists)

    @cached_property
    def _rules(self) -> list[_Rule]:
        lists = self._lists
        return [
            _Rule.of(rule, phrases, lists)
            for rule in self.policy.credit.rules
            if (phrases := lists.compiled(rule.phrases)) is not None
        ]

    @cached_property
    def _weighing(self) -> Weighing | None:
        weighed = self.policy.credit.weighed
        return Weighing(weighed) if weighed is not None else None

    @cached_property
    def _groups(self) -> Groups:
        return Groups(self._lists, [rule.phrases for rule in self._rules])

    def __call__(self, text: Text, *, reader: str, language: str | None = None, fill: Fill | None = None) -> Finding:
        """Given a text that was read, return the finding: verdict, quotes, missing parts, mentions and the sentence to paste.

        `language` is the work's, where it is known; `fill` says, for a language, what is known for the statement's slots.
        A text that may have more to it than was read is never `absent` or only `mentioned`: it is `unreadable`.
        """
        flat = Flat.of(text)
        speaks = text.language or detect(flat.text)
        lowered = lower(flat.text)
        seen = self._seen(flat, text, speaks, lowered)
        verdict = next(
            (
                verdict
                for verdict in (Verdict.PRESCRIBED, Verdict.CREDITED, Verdict.MENTIONED)
                if verdict in seen.quotes
            ),
            Verdict.ABSENT,
        )
        prescribed = seen.quotes.get(Verdict.PRESCRIBED, [])
        whole = " ".join(quote.quote for quote in prescribed)
        credits_ = [
            *prescribed,
            *(quote for quote in seen.quotes.get(Verdict.CREDITED, []) if quote.quote not in whole),
        ]
        evidence = credits_ or seen.quotes.get(Verdict.MENTIONED, [])
        reason = None
        if verdict in (Verdict.ABSENT, Verdict.MENTIONED) and not text.complete:
            verdict, reason = Verdict.UNREADABLE, text.reason or "the text may have been cut off"
        return Finding(
            verdict=verdict,
            policy=self.policy.id,
            policy_version=self.policy.version,
            reader=reader,
            language=speaks,
            evidence=tuple(evidence[:_QUOTES]),
            reason=reason,
            missing=self._missing(verdict, seen.carried, language or speaks),
            suggestion=suggestion(self.policy.statements, language or speaks, fill),
            mentions=self._mentions(flat.text, lowered),
        )

    def _seen(self, flat: Flat, text: Text, language: str | None, lowered: str) -> _Seen:
        seen = _Seen()
        namings = self._namings.find(flat.text, language, lowered)
        dois = list(self._dataset_doi.finditer(flat.text)) if self._dataset_doi and self._doi in flat.text else []
        if not namings and not dois:
            return seen
        sections = None if all(block.section for block in text.blocks) else Sections.of(flat.text)
        for match in dois:
            seen.add(Verdict.CREDITED, self._quote(flat, sections, *around(flat.text, *match.span()), "dataset-doi"))
        if len(namings) > _NAMINGS:
            namings = namings[: _NAMINGS // 2] + namings[-_NAMINGS // 2 :]
        done = 0
        for place, naming in enumerate(namings):
            if naming.start < done:
                continue
            start, end = around(flat.text, naming.start, naming.end)
            start = max(start, min(done, naming.start))
            start = sections.after_heading(start, naming.start) if sections is not None else start
            self._judge_sentence(flat, sections, start, end, namings[max(0, place - 8) : place + 40], seen)
            done = end
        self._judge_datasets(flat, sections, bool(namings), seen)
        return seen

    def _judge_sentence(
        self, flat: Flat, sections: Sections | None, start: int, end: int, namings: Sequence[Naming], seen: _Seen
    ) -> None:
        """Judge all namings of one sentence, and the statement that may begin or end in it."""
        section = _section(flat, sections, start)
        sentence = prepared(flat.text, start, end, namings, self._datasets)
        if section == "references":  # where a page's notes may stand too: no reference reads like the statement
            self._judge_statement(flat, sections, start, end, namings, seen)
            seen.add(Verdict.MENTIONED, self._quote(flat, sections, start, end, "references"))
            return
        # Another sentence is read only as long as no credit was found: later ones do not change the verdict.
        sure = Verdict.CREDITED in seen.quotes or Verdict.PRESCRIBED in seen.quotes
        near = None if sure else Beside(flat.text, (start, end), namings, self._datasets)
        refused: str | None = None
        for which in range(min(sentence.names, 8)):
            words = Words(sentence.focused(which))
            rule, credits_ = self._weighed(words, section, near)
            if credits_:
                seen.add(Verdict.CREDITED, self._quote(flat, sections, start, end, rule or ""))
                refused = None
                break
            refused = rule or refused
        else:
            seen.add(Verdict.MENTIONED, self._quote(flat, sections, start, end, refused or "named"))
        if refused is None:
            self._judge_statement(flat, sections, start, end, namings, seen)

    def _held(self, words: Words, section: str | None) -> tuple[list[_Rule], list[_Rule]]:
        """Return the rules that hold in a sentence, and those that may, if the sentences beside it say so."""
        found = [self._rules[number] for number in sorted(self._groups.holding(words))]
        held = [rule for rule in found if not rule.looks_beyond and rule.holds(words, section)]
        if any(rule.rule.clause for rule in held):
            own = own_clause(words.text)
            clause = words if own == words.text else Words(own)
            held = [rule for rule in held if not rule.rule.clause or rule.phrases.hold(clause)]
        return held, [rule for rule in found if rule.looks_beyond]

    def _score(self, held: Sequence[_Rule], words: float = 0.0) -> float:
        """Add up the rules' points and what the words say; what the naming's own sentence says for a credit is capped."""
        speaks_for, others = words, 0.0
        for rule in held:
            if rule.points > 0 and not rule.looks_beyond:
                speaks_for += rule.points
            else:
                others += rule.points
        most = self.policy.credit.at_most
        return (speaks_for if most is None else min(speaks_for, most)) + others

    def _weighed(self, words: Words, section: str | None, near: Beside | None) -> tuple[str | None, bool]:
        """Given a naming in its sentence, return the rule that weighs most for what it comes to, and whether that is a credit.

        Where no rule holds, None and False; but if its words make it a credit by themselves, `words` and True.
        """
        above = self._above
        held, beyond = self._held(words, section)
        if beyond and near is not None:  # of a credit that no words undo, only what may take it back is asked
            most = self._weighing.at_most if self._weighing is not None else 0.0
            known = self._score(held, -most) > above and any(rule.points > 0 for rule in held)
            asked = [rule for rule in beyond if not (known and rule.points > 0)]
            held += [rule for rule in asked if rule.holds(words, section) and rule.stands_beside(near)]
        score = self._score(held)
        told = any(rule.points > 0 for rule in held)
        credits_ = told and score > above
        if near is not None and (told or not held) and (weighing := self._weighing) is not None:
            most, mark = weighing.at_most, above if held else weighing.mark_alone(words.text)
            if self._score(held, -most) <= mark < self._score(held, most):  # only then the words decide
                beside = near.words(-1).text + near.words(1).text
                credits_ = self._score(held, weighing.said(words.text, beside)) > mark
                if credits_ and not told:
                    return "words", True
        telling = [rule for rule in held if (rule.points > 0) is credits_]
        heaviest = max(telling, key=lambda rule: abs(rule.points), default=None)
        return (heaviest.rule.id if heaviest else None), credits_

    def _judge_statement(
        self, flat: Flat, sections: Sections | None, start: int, end: int, namings: Sequence[Naming], seen: _Seen
    ) -> None:
        until = following(flat.text, end, 2)
        carried = self._statements.best(prepared(flat.text, start, until, namings, self._datasets).focused(None))
        if carried is None:
            return
        if seen.carried is None or (carried.enough, len(carried.present)) > (
            seen.carried.enough,
            len(seen.carried.present),
        ):
            seen.carried = carried
        if carried.enough:
            whole = self._quote(flat, sections, start, until if len(carried.present) > 2 else end, carried.statement.id)
            seen.add(Verdict.PRESCRIBED, whole)

    def _judge_datasets(self, flat: Flat, sections: Sections | None, named: bool, seen: _Seen) -> None:
        """A dataset's own name credits, where the text names the provider too and does not only refuse it."""
        if not named or Verdict.CREDITED in seen.quotes or Verdict.PRESCRIBED in seen.quotes:
            return
        for match in self._datasets.find(flat.text):
            start, end = around(flat.text, *match.span())
            section = _section(flat, sections, start)
            words = Words(prepared(flat.text, start, end, (), self._datasets).text)
            if section != "references" and not any(rule.points < 0 for rule in self._held(words, section)[0]):
                seen.add(Verdict.CREDITED, self._quote(flat, sections, start, end, "dataset-name"))
                return

    def _quote(self, flat: Flat, sections: Sections | None, start: int, end: int, rule: str) -> Quote:
        while start < end and flat.text[start].isspace():
            start += 1
        quote = " ".join(flat.text[start:end].split())
        if len(quote) > _QUOTE_LENGTH:
            quote = quote[:_QUOTE_LENGTH].rsplit(" ", 1)[0] + " …"
        return Quote(quote, flat.place(start).page, _section(flat, sections, start), rule)

    def _missing(self, verdict: Verdict, carried: Carried | None, language: str | None) -> tuple[str, ...]:
        if carried is not None and verdict in (Verdict.PRESCRIBED, Verdict.CREDITED):
            return carried.missing
        spoken = {statement.language for statement in self.policy.statements}
        for statement in self.policy.statements:
            if (
                verdict is not Verdict.UNREADABLE
                and statement.language == (language if language in spoken else "en")
                and statement.valid_until is None
            ):
                return tuple(statement.parts)
        return ()

    def _mentions(self, text: str, lowered: str) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for number in self._project.find(text, lowered):
            found[f"project:{number}"] = None
        for match in self._datasets.find(text):
            found[f"dataset:{match.group()}"] = None
        return tuple(found)


def _section(flat: Flat, sections: Sections | None, offset: int) -> str | None:
    block = flat.place(offset).section
    return block or (sections.at(offset) if sections is not None else None)
