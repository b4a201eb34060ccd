"""What speaks for or against a pair: each piece a signal with its parts, and a sentence a person understands. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pubtrack.matching import where, words
from pubtrack.matching.blocking import Candidate, Index
from pubtrack.matching.names import Grade
from pubtrack.matching.pool import Author, Pool, Role, Subject, View
from pubtrack.matching.where import Signal
from pubtrack.models import Verdict

_ALIKE = 0.02  # a cosine below this is a common word that two long texts share
_MANY = 20  # authors: beyond this a shared name says less with every further author
# Years after a project's start, and how usual an output is then. Outputs come for years; read off published lists of outputs.
_LIFE = ((0.0, 0.4), (2.0, 1.0), (5.0, 1.0), (10.0, 0.0), (16.0, -1.0))
_ORDER = (Grade.SAME, Grade.INITIALS, Grade.PARTIAL, Grade.CONFLICT, Grade.DIFFERENT)
_ROLES = {"lead": "lead", "member": "member", "author": "author of a known output"}
_AGREES = {
    Grade.SAME: "the full name agrees",
    Grade.INITIALS: "the initials agree",
    Grade.PARTIAL: "a part of the name agrees",
    Grade.CONFLICT: "the family name agrees, the given names do not",
    Grade.DIFFERENT: "the names differ",
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A work held against a project: the signals, and who was recognised."""

    subject: Subject
    candidate: Candidate
    signals: tuple[Signal, ...]
    people: frozenset[str] = frozenset()  # the work's authors, as written, that are people of the project

    @property
    def project_id(self) -> str:
        """Return the project's number."""
        return self.candidate.view.project.id


def gather(subject: Subject, candidates: Mapping[str, Candidate], pool: Pool, index: Index) -> list[Pair]:
    """Given a work and its candidates, return every pair with its signals."""
    pairs = []
    for _, candidate in sorted(candidates.items()):
        view = candidate.view
        found, people = _who(subject, candidate, pool)
        signals = [_route(candidate), *_origin(subject), *found, *_when(subject, view), *_topic(subject, view, pool)]
        signals += [
            *_text(subject, view, index),
            *_listed(candidate),
            *where.affiliation(subject, candidate),
            *where.site(subject, view, pool, alone=not people),
        ]
        pairs.append(Pair(subject, candidate, tuple(signals), people))
    return pairs


def _route(candidate: Candidate) -> Signal:
    """Where a pair starts from: what led to it decides how likely it is before anything is weighed."""
    if "people" in candidate.routes:
        return Signal("start", {"base_people": 1.0}, "A person of the project is among the authors")
    if "known" in candidate.routes:
        if any(role.sure for _, role, _ in candidate.links):
            return Signal(
                "start", {"base_known": 1.0}, "An author of a known output of the project is among the authors"
            )
        detail = "An author of works that were accepted for the project is among the authors"
        return Signal("start", {"base_accepted": 1.0}, detail)
    return Signal("start", {"base_title": 1.0}, "No person of the project is among the authors")


def _origin(subject: Subject) -> list[Signal]:
    """A list of outputs was made by somebody who knew; a search brings all that these people, and others of their names, ever wrote."""
    if not subject.harvested:
        return []
    return [Signal("origin", {"harvested": 1.0}, "It was found by a search, not on a list of outputs")]


def _who(subject: Subject, candidate: Candidate, pool: Pool) -> tuple[list[Signal], frozenset[str]]:
    best: dict[str, tuple[Author, Role, Grade]] = {}
    for author, role, grade in candidate.links:
        held = best.get(author.text)
        if held is None or _rank(author, role, grade) < _rank(*held):
            best[author.text] = (author, role, grade)
    links = sorted(best.values(), key=lambda link: (_rank(*link), link[0].text))
    listed = [link for link in links if link[1].role != "author"]
    learned = [link for link in links if link[1].role == "author"]
    signals: list[Signal] = []
    if listed:
        signals.append(_person(*listed[0], pool, subject))
        signals.extend(_orcid(*listed[0][:2]))
        more = [link for link in listed[1:] if link[2] in (Grade.SAME, Grade.INITIALS)]
        if more:
            told = ", ".join(author.text for author, _, _ in more[:3])
            signals.append(
                Signal(
                    "people", {"more_people": math.log2(1 + len(more))}, f"So are other people of the project: {told}"
                )
            )
    if learned and (not listed or any(role.sure for _, role, _ in learned)):
        signals.append(_known(learned, subject, alone=not listed, pool=pool))
        if not listed:
            signals.extend(_orcid(*learned[0][:2]))
    certain = frozenset(author.text for author, _, grade in links if grade is not Grade.CONFLICT)
    return signals, certain


def _rank(author: Author, role: Role, grade: Grade) -> tuple[int, int, int]:
    by_orcid = 0
    if author.orcid and role.orcid:
        by_orcid = -1 if author.orcid == role.orcid else 1
    return (by_orcid, _ORDER.index(grade), ("lead", "member", "author").index(role.role))


def _person(author: Author, role: Role, grade: Grade, pool: Pool, subject: Subject) -> Signal:
    same = bool(author.orcid and author.orcid == role.orcid)
    parts = {f"name_{Grade.SAME if same else grade}": 1.0}
    if role.role == "lead" and grade is not Grade.CONFLICT:
        parts["lead"] = 1.0
    detail = f"{_ROLES[role.role].capitalize()} {role.text} is among the authors ({author.text}): {_AGREES[grade]}"
    namesakes = pool.namesakes(role.name, author.name)
    if namesakes > 1 and not same:
        parts["namesakes"] = math.log(namesakes)
        detail += f"; a family name seen with {namesakes} first initials"
    if subject.author_count > _MANY:
        parts["many_authors"] = math.log(subject.author_count / _MANY)
        detail += f"; one of {subject.author_count} authors"
    return Signal("person", parts, detail)


def _known(links: Sequence[tuple[Author, Role, Grade]], subject: Subject, *, alone: bool, pool: Pool) -> Signal:
    """People learned from outputs that are known to be the project's. Without people in the register they are all there is."""
    author, role, grade = links[0]
    witnesses = frozenset().union(*(link[1].outputs for link in links)) - {subject.id}
    certain = [link for link in links if link[2] in (Grade.SAME, Grade.INITIALS) and link[1].sure]
    sure = any(link[1].sure for link in links)
    parts = {"known_people": math.log2(1 + len(certain)), "known_outputs": math.log2(len(witnesses) or 1)}
    parts = parts if sure else {"unconfirmed": 1.0}
    if alone:
        parts[f"name_{grade}"] = 1.0
        parts["namesakes"] = math.log(pool.namesakes(role.name, author.name))
        if subject.author_count > _MANY:
            parts["many_authors"] = math.log(subject.author_count / _MANY)
    told = ", ".join(dict.fromkeys(link[0].text for link in links[:3]))
    how = "known" if sure else "accepted"
    count = f"one {how} output" if len(witnesses) == 1 else f"{len(witnesses)} {how} outputs"
    return Signal("known", parts, f"Shares authors with {count} of the project: {told}")


def _orcid(author: Author, role: Role) -> list[Signal]:
    if not author.orcid or not role.orcid:
        return []
    if author.orcid == role.orcid:
        return [Signal("orcid", {"orcid_same": 1.0}, f"The ORCID of {role.text} stands in the record")]
    return [Signal("orcid", {"orcid_other": 1.0}, f"The record gives {author.text} another ORCID than {role.text} has")]


def _when(subject: Subject, view: View) -> list[Signal]:
    start, end = view.project.started_on, view.project.ended_on
    if start is None or subject.first_day is None or subject.last_day is None:
        return []
    middle = subject.first_day + (subject.last_day - subject.first_day) / 2
    after = _years(start, middle)
    if subject.last_day < start:
        early = _years(subject.last_day, start)
        detail = f"Appeared in {subject.first_day.year}, {_about(early)} before the project began in {start.year}"
        return [Signal("when", {"before": min(early, 6.0)}, detail)]
    ended = f" to {end.year}" if end and end >= start else ""
    parts: dict[str, float] = {}
    if view.named:
        parts["when"] = _between(_LIFE, after)
    elif end and ended:  # a register without people is one of commissioned work: its reports come with the end
        parts["late"] = min(max(0.0, _years(end, middle) - 1), 6.0)
    detail = f"Appeared in {subject.first_day.year}; the project ran from {start.year}{ended}"
    return [Signal("when", parts, detail)]


def _between(curve: Sequence[tuple[float, float]], at: float) -> float:
    """Given the corners of a curve, return its height at a point; beyond the corners it is flat."""
    for (left, low), (right, high) in pairwise(curve):
        if at <= right:
            return low + (high - low) * max(0.0, at - left) / (right - left)
    return curve[-1][1]


def _years(day: date, later: date) -> float:
    return (later - day).days / 365.25


def _about(years: float) -> str:
    whole = round(years)
    return "less than a year" if years < 0.5 else "a year" if whole == 1 else f"{whole} years"


def _topic(subject: Subject, view: View, pool: Pool) -> list[Signal]:
    signals = []
    title = words.cosine(subject.title, view.title)
    text = words.cosine(subject.text, view.text)
    if max(title, text) >= _ALIKE:
        common = words.shared(subject.title, view.title) or words.shared(subject.text, view.text)
        told = ", ".join(pool.readable(stem) for stem in common)
        signals.append(
            Signal(
                "title",
                {
                    "title": title,
                    "text": text,
                    "contained": words.contained(subject.title, view.text),
                    "inside": words.contained(view.title, subject.text),
                },
                f"Title and text share with the project's: {told}",
            )
        )
    else:
        parts = {"no_word": 1.0, "no_word_harvested": 1.0} if subject.harvested else {"no_word": 1.0}
        signals.append(Signal("title", parts, "Title and text have nothing in common with the project's"))
    for part, sure, how in (("outputs", True, "a known output of"), ("accepted", False, "what was accepted for")):
        others = [output.text for output in view.outputs if output.sure is sure and output.work_id != subject.id]
        alike = max((words.cosine(subject.text, text) for text in others), default=0.0)
        if alike > 0.05:
            signals.append(Signal("topic", {part: alike}, f"Resembles {how} the project"))
            break
    return signals


def _text(subject: Subject, view: View, index: Index) -> list[Signal]:
    """What the work's own text says: the credit, and the project numbers and data sets it names."""
    finding = subject.finding
    if finding is None:
        return []
    signals = []
    if finding.verdict in (Verdict.PRESCRIBED, Verdict.CREDITED):
        signals.append(Signal("credit", {"credited": 1.0}, "The text credits the provider's data"))
    elif finding.verdict is Verdict.ABSENT:
        signals.append(
            Signal("credit", {"credit_absent": 1.0}, "The text was read to its end and does not name the provider")
        )
    numbers = [value for kind, _, value in (m.partition(":") for m in finding.mentions) if kind == "project"]
    if view.project.id.casefold() in (number.casefold() for number in numbers):
        signals.append(Signal("number", {"number": 1.0}, f"The text names project {view.project.id}"))
    elif numbers:
        signals.append(
            Signal("number", {"number_other": 1.0}, f"The text names another project: {', '.join(numbers[:3])}")
        )
    named = {
        value.casefold(): value for kind, _, value in (m.partition(":") for m in finding.mentions) if kind == "dataset"
    }
    held = {dataset.casefold() for dataset in view.project.datasets}
    common = sorted(named[name] for name in named if name in held)
    if common:
        rarest = max(math.log((len(index) + 1) / max(index.holds(name), 1)) for name in common) / math.log(
            len(index) + 1
        )
        signals.append(
            Signal(
                "datasets", {"datasets": rarest}, f"The text names data sets of the project: {', '.join(common[:4])}"
            )
        )
    elif named and held:
        detail = f"The text names data sets that the project does not hold: {', '.join(sorted(named.values())[:4])}"
        signals.append(Signal("datasets", {"datasets_other": 1.0}, detail))
    return signals


def _listed(candidate: Candidate) -> list[Signal]:
    """The provider itself names the work as an output of the project."""
    if "listed" not in candidate.routes:
        return []
    detail = f"The provider's own list names it under project {candidate.view.project.id}"
    return [Signal("listed", {"listed": 1.0}, detail)]
