"""Which pairs are worth weighing: only those that share something. Indices are built once; nothing is quadratic. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pubtrack.matching import names, places
from pubtrack.matching.calm import no_garbage
from pubtrack.matching.pool import Author, Role, Subject, View
from pubtrack.matching.words import Rarity, cosine

_COMMON_DATASET = 25  # projects: a data set that more of them hold leads to none of them
_COMMON_WORD = 60  # projects: the same for a word of a title
_TITLES_ALIKE = 0.05  # below this two titles share a word and no more
_MOST_BY_TITLE = 15  # candidates by title and site alone for one work, the most alike
_COMMON_LABEL = 100  # projects: an institution that has more of them leads to none of them
_COMMON_PLACE = 10  # projects: the same for a site or an organisation of known outputs
_OWN_SITE = 0.3  # what the institution's site counts beside a cosine of titles


@dataclass(slots=True)
class Candidate:
    """A project that a work may belong to, and what led to it."""

    view: View
    links: list[tuple[Author, Role, names.Grade]] = field(default_factory=list)  # by name or ORCID
    routes: set[str] = field(default_factory=set)  # people | known | number | dataset | title | place | decided

    @property
    def doubtful(self) -> bool:
        """Return whether only given names that do not agree, or authors of works that nobody confirmed, led to it."""
        return self.routes <= {"people", "known"} and all(
            grade is names.Grade.CONFLICT or not role.sure for _, role, grade in self.links
        )


class Index:
    """The projects by person, ORCID, number, data set and rare word of the title."""

    @no_garbage()
    def __init__(
        self,
        views: Mapping[str, View],
        rarity: Rarity,
        decided: Iterable[tuple[str, int]] = (),
        listed: Iterable[tuple[str, int]] = (),
        whole: Mapping[str, Any] | None = None,
    ) -> None:
        """`decided` are the pairs that people decided, `listed` those that the provider's own list names.

        `whole` is what `counts` returned of an index of all projects, where `views` are a part of them.
        """
        self._views = views
        self._by_key: dict[str, list[Role]] = defaultdict(list)
        self._by_surname: dict[str, list[Role]] | None = None  # made when a work has an author without a given name
        self._by_orcid: dict[str, list[Role]] = defaultdict(list)
        self._by_number = {project_id.casefold(): project_id for project_id in views}
        self._by_dataset: dict[str, list[str]] = defaultdict(list)
        self._by_word: dict[str, list[str]] = defaultdict(list)
        self._by_label: dict[str, list[str]] = defaultdict(list)
        self._holds: Mapping[str, int]
        self._by_place: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._decided: dict[int, list[str]] = defaultdict(list)
        self._rarity = rarity
        for view in views.values():
            self._add(view)
        if whole is None:
            self._size, self._holds = len(views), {name: len(held) for name, held in self._by_dataset.items()}
        else:
            self._size, self._holds = whole["projects"][""], whole["holds"]
            words, labels = whole["words"], whole["own labels"]
            self._by_word = {word: held for word, held in self._by_word.items() if word in words}
            self._by_label = {label: held for label, held in self._by_label.items() if label in labels}
        for project_id, work_id in decided:
            self._decided[work_id].append(project_id)
        self._listed: dict[int, list[str]] = defaultdict(list)
        for project_id, work_id in listed:
            self._listed[work_id].append(project_id)

    def _add(self, view: View) -> None:
        for role in view.roles:
            for key in names.keys(role.name):
                self._by_key[key].append(role)
            if role.orcid:
                self._by_orcid[role.orcid].append(role)
        for dataset in view.project.datasets:
            self._by_dataset[dataset.casefold()].append(view.project.id)
        if not view.named:
            for word in dict.fromkeys(view.words):
                self._by_word[word].append(view.project.id)
            for label in view.labels:
                self._by_label[label].append(view.project.id)
        for output in view.outputs:
            for place in (output.site, *output.organisations) if output.sure else ():
                if place:
                    self._by_place[place].append((view.project.id, output.work_id))

    def holds(self, dataset: str) -> int:
        """Given a data set's name, return how many projects hold it."""
        return self._holds.get(dataset.casefold(), 0)

    def __len__(self) -> int:
        return self._size

    def counts(self) -> dict[str, Mapping[str, Any]]:
        """Return, by kind and name, what a part of the projects does not tell: their number, and which words and labels are not common."""
        return {
            "projects": {"": self._size},
            "holds": self._holds,
            "words": {word: 1 for word, held in self._by_word.items() if len(held) <= _COMMON_WORD},
            "own labels": {label: 1 for label, held in self._by_label.items() if len(held) <= _COMMON_LABEL},
        }

    def candidates(self, subject: Subject) -> dict[str, Candidate]:
        """Given a work, return the projects that it shares a person, an ORCID, a number, a data set or rare words with."""
        found: dict[str, Candidate] = {}
        for author in subject.authors:
            self._people(subject, author, found)
        for mention in subject.finding.mentions if subject.finding else ():
            kind, _, value = mention.partition(":")
            if kind == "project" and value.casefold() in self._by_number:
                self._reach(found, self._by_number[value.casefold()], "number")
            elif kind == "dataset" and self.holds(value) <= _COMMON_DATASET:
                for project_id in self._by_dataset.get(value.casefold(), ()):
                    self._reach(found, project_id, "dataset")
        for project_id in self._by_title(subject):
            self._reach(found, project_id, "title")
        for project_id in self._by_known_place(subject):
            self._reach(found, project_id, "place")
        for project_id in self._decided.get(subject.id, ()):
            if project_id in self._views:
                self._reach(found, project_id, "decided")
        for project_id in self._listed.get(subject.id, ()):
            if project_id in self._views:
                self._reach(found, project_id, "listed")
        if subject.harvested:  # a search brings the works of all who bear a name
            return {project_id: candidate for project_id, candidate in found.items() if not candidate.doubtful}
        return found

    def _reach(self, found: dict[str, Candidate], project_id: str, route: str) -> Candidate:
        candidate = found.get(project_id)
        if candidate is None:
            candidate = found[project_id] = Candidate(self._views[project_id])
        candidate.routes.add(route)
        return candidate

    def _people(self, subject: Subject, author: Author, found: dict[str, Candidate]) -> None:
        met: set[int] = set()
        for role in self._alike(author):
            if id(role) in met:
                continue
            met.add(id(role))
            if role.role == "author" and role.outputs <= {subject.id}:
                continue  # a work is no witness for itself
            grade = names.compare(author.name, role.name)
            if grade is names.Grade.DIFFERENT and not (role.orcid and role.orcid == author.orcid):
                continue
            route = "known" if role.role == "author" else "people"
            self._reach(found, role.project_id, route).links.append((author, role, grade))

    def _alike(self, author: Author) -> Iterator[Role]:
        """The roles that may be this author: of the same ORCID, or of a key in common; without a given name the family name does."""
        if author.orcid:
            yield from self._by_orcid.get(author.orcid, ())
        for name in (author.name, names.swapped(author.name)):
            for key in names.keys(name) if name else ():
                family, initial = key.split(" ")
                if initial:
                    yield from self._by_key.get(key, ())
                    yield from self._by_key.get(f"{family} ", ())
                else:
                    yield from self._of_family(family)

    def _of_family(self, family: str) -> Sequence[Role]:
        if self._by_surname is None:
            self._by_surname = defaultdict(list)
            for view in self._views.values():
                for role in view.roles:
                    for key in names.keys(role.name):
                        self._by_surname[key.split(" ")[0]].append(role)
        return self._by_surname.get(family, ())

    def _by_title(self, subject: Subject) -> list[str]:
        """Projects without named people that share a rare word of the title, or whose institution's site the work stands on."""
        alike: dict[str, float] = {}
        for word in subject.title:
            holders = self._by_word.get(word, ())
            if len(holders) <= _COMMON_WORD:
                alike.update(dict.fromkeys(holders, 0.0))
        for label in places.labels(subject.site):
            holders = self._by_label.get(label, ())
            if len(holders) <= _COMMON_LABEL:
                alike.update(dict.fromkeys(holders, _OWN_SITE))
        for project_id, start in alike.items():
            alike[project_id] = start + cosine(subject.title, self._views[project_id].title)
        near = sorted((p for p, value in alike.items() if value >= _TITLES_ALIKE), key=lambda p: (-alike[p], p))
        return near[:_MOST_BY_TITLE]

    def _by_known_place(self, subject: Subject) -> set[str]:
        """Projects that have another known output on the same site, or by the same organisation."""
        found: set[str] = set()
        for place in (subject.site, *subject.organisations):
            held = {project_id for project_id, work_id in self._by_place.get(place, ()) if work_id != subject.id}
            if len(held) <= _COMMON_PLACE:
                found |= held
        return found
