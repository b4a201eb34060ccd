"""What is compared: works and projects taken apart once, and what their pool says about how rare a word or a name is. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pubtrack.matching import names, places, words
from pubtrack.matching.calm import no_garbage
from pubtrack.matching.lexicon import Lexicon
from pubtrack.matching.names import Name
from pubtrack.matching.shapes import Author, Output, Role, Subject, View
from pubtrack.models import Finding, Person, Project, Work

__all__ = ["Author", "Output", "Pool", "Role", "Subject", "View", "authors_of", "site_of"]
# What stands in the place of an author and names nobody.
_NO_NAMES = "diverse auteurs various authors anonymous anoniem onbekend unknown n a nvt none geen"
_NOBODY = frozenset(_NO_NAMES.split()) | {
    "diverse auteurs",
    "various authors",
    "n a",
    "n v t",
    "no author",
}
_PARTICLES = frozenset({"dropping-particle", "non-dropping-particle"})
_FAMILIES = 100_000  # spellings remembered
_ABSTRACT = 5_000  # characters of an abstract that are weighed


class Pool:
    """The projects, and how rare words and family names are among projects and works together."""

    @no_garbage()
    def __init__(self, projects: Sequence[Project], counted: Mapping[str, Any] | None = None) -> None:
        """`counted` is what `counts` returned of a pool of these projects and others: then nothing is counted anew.

        It may hold the lexicon of its stems beside them, so that it is made once for several pools.
        """
        self.projects = projects
        self.people: dict[str, list[Role]] = {project.id: _people(project) for project in projects}
        self._counts: dict[str, int] = defaultdict(int)
        self._sites: dict[str, int] = defaultdict(int)
        self._texts, self._plain = 0, dict[str, str]()
        self._labels: Mapping[str, int] = {}
        self._surnames: dict[str, set[str]] = defaultdict(set)  # the first initials that each is seen with
        self._namesakes: Mapping[str, int] | None = None  # how many these are, if that is known
        if counted is not None:
            self.lexicon = counted.get("lexicon") or Lexicon(counted["stems"][""].split())
            self._plain, self._texts, self._labels = counted["plain"], counted["texts"][""], counted["labels"]
            self._counts, self._sites, self._namesakes = counted["counts"], counted["sites"], counted["namesakes"]
        plain = self._read_words() if counted is None else {}
        self._stems = {project.id: self._words_of(project) for project in projects}
        self._vocabulary = {stem for title, text in self._stems.values() for stem in (*title, *text)}
        # Family names as records write them, with what of them is anybody's of a project; given names, with their first letter.
        self._families: dict[str, tuple[str, ...]] = {}
        self._initials: dict[str, str] = {}
        if counted is None:
            self._stems_held = [*plain]
            self._count_projects()

    def _read_words(self) -> dict[str, str]:
        plain: dict[str, str] = {}
        for project in self.projects:
            for word in words.plain(f"{project.title} {project.abstract or ''}"):
                plain.setdefault(words.stem(word), word)
        self.lexicon = Lexicon(plain)
        readable: dict[str, str] = {}
        for stem, word in plain.items():
            for term in self.lexicon.of(stem):
                readable.setdefault(term, word)
        self._plain = readable
        return plain

    def _words_of(self, project: Project) -> tuple[list[str], list[str]]:
        title = self.lexicon.terms(project.title)
        return title, self.lexicon.terms(_about(project)) if project.abstract or project.datasets else title

    def _count_projects(self) -> None:
        institutions = [places.own_labels(project.institution or "") for project in self.projects]
        self._labels = {label: 1 for labels in institutions for label in labels}
        for roles in self.people.values():
            for role in roles:
                for part in (*role.name.parts, role.name.family):
                    self._surnames[part].add(role.name.initial)
        for title, text in self._stems.values():
            self._count({*title, *text})

    def counts(self) -> dict[str, Mapping[str, Any]]:
        """Return all that was counted, by kind and name: how rare words, names and sites are."""
        return {
            "stems": {"": " ".join(self._stems_held)},
            "plain": self._plain,
            "texts": {"": self._texts},
            "counts": self._counts,
            "sites": self._sites,
            "labels": self._labels,
            "namesakes": {part: len(initials) for part, initials in self._surnames.items()},
        }

    def see(self, works: Iterable[Work]) -> None:
        """Given works, count their words and names. Only words of projects and names of their people are kept."""
        families, initials, vocabulary = self._families, self._initials, self._vocabulary
        for work in works:
            self._count(vocabulary.intersection(self._terms_of(work)))
            self._sites[site_of(work)] += 1
            for author in work.csl.get("author") or ():
                family, given = author.get("family"), author.get("given")
                if not family or not given or not _PARTICLES.isdisjoint(author):
                    self._see(names.of_author(author))
                    continue
                parts = families.get(family)
                if parts is None:
                    parts = self._remember(family)
                if parts:
                    initial = initials.get(given)
                    if initial is None:
                        initial = initials[given] = getattr(names.parse(given, "Name"), "initial", "")
                    for part in parts:
                        self._surnames[part].add(initial)

    def _see(self, name: Name | None) -> None:
        for part in {*name.parts, name.family} if name else ():
            if part in self._surnames:
                self._surnames[part].add(name.initial)  # type: ignore[union-attr]

    def _remember(self, family: str) -> tuple[str, ...]:
        """Given a family name as a record has it beside a given name, which alone says the initial, return what of it is anybody's."""
        name = names.parse("A.", family)
        parts = tuple(part for part in {*name.parts, name.family} if part in self._surnames) if name else ()
        if len(self._families) >= _FAMILIES:
            self._families.clear()
            self._initials.clear()
        self._families[family] = parts
        return parts

    def _count(self, stems: Iterable[str]) -> None:
        self._texts += 1
        for stem in stems:
            self._counts[stem] += 1

    @property
    def rarity(self) -> words.Rarity:
        """Return how rare words are in what was seen so far."""
        return words.Rarity(self._texts, self._counts)

    def readable(self, stem: str) -> str:
        """Given a stem, return a word of that stem as a project writes it."""
        return self._plain.get(stem, stem.removeprefix("="))

    def at_site(self, site: str) -> int:
        """Given a host, return how many of the works seen stand there."""
        return self._sites.get(site, 0)

    def institutional(self, label: str) -> bool:
        """Given a part of a host, return whether it is the own one of a project's institution."""
        return label in self._labels

    def _terms_of(self, work: Work) -> list[str]:
        return self.lexicon.terms(f"{work.title} {str(work.csl.get('abstract') or '')[:_ABSTRACT]}")

    def namesakes(self, name: Name, other: Name) -> int:
        """Given two names that agree, return how many first initials the family name they share is seen with: 1 if nobody else's.

        Of a double name that agrees in one part, the part is what counts.
        """
        parts = [part for part in name.parts if part in other.parts] or [name.family]
        seen = self._namesakes
        counts = (len(self._surnames.get(part, ())) if seen is None else seen.get(part, 0) for part in parts)
        return max(1, min(counts))

    def views(self, outputs: Mapping[str, Sequence[Output]], institution: Sequence[str] = ()) -> dict[str, View]:
        """Given the known outputs by project and the names of our own institution, return every project taken apart."""
        rarity = self.rarity
        ours = tuple(folded for folded in map(words.fold, institution) if len(folded) > 3)
        views: dict[str, View] = {}
        for project in self.projects:
            known = tuple(outputs.get(project.id, ()))
            views[project.id] = View(
                project,
                self._stems[project.id],
                rarity,
                (*self.people[project.id], *(_learned(project, known) if known else ())),
                known,
                places.spellings(project.institution, ours),
                places.own_labels(project.institution or ""),
            )
        return views

    def subject(self, work: Work, finding: Finding | None = None, *, harvested: bool = False) -> Subject:
        """Given a work, what its text says and whether only a search found it, return it taken apart."""
        rarity = self.rarity
        title = rarity.vector(self.lexicon.terms(work.title))
        issued = work.issued
        authors, organisations = authors_of(work)
        try:
            days = (issued.first_day(), issued.last_day()) if issued else (None, None)
        except ValueError:  # a source's 31 February
            days = (None, None)
        return Subject(
            id=work.id or 0,
            title=title,
            text=rarity.vector(self._terms_of(work)) if work.csl.get("abstract") else title,
            authors=authors,
            organisations=organisations,
            author_count=len(authors) + len(organisations),
            first_day=days[0],
            last_day=days[1],
            finding=finding,
            site=site_of(work),
            harvested=harvested,
        )


def authors_of(work: Work) -> tuple[tuple[Author, ...], tuple[str, ...]]:
    """Given a work, return its authors who are persons, and the names of organisations among its authors."""
    authors: list[Author] = []
    organisations: list[str] = []
    for author in work.authors:
        name = names.of_author(author)
        text = str(author.get("literal") or f"{author.get('given') or ''} {author.get('family') or ''}").strip()
        if name is None:
            folded = words.fold(text)
            if folded and folded not in _NOBODY:
                organisations.append(folded)
            continue
        affiliations = tuple(
            str((place.get("name") or "") if isinstance(place, Mapping) else place)
            for place in author.get("affiliation") or ()
        )
        orcid = author.get("ORCID")
        authors.append(Author(name, text, orcid if isinstance(orcid, str) else None, affiliations))
    return tuple(authors), tuple(organisations)


def _about(project: Project) -> str:
    return " ".join((project.title, (project.abstract or "")[:_ABSTRACT], *filter(_spoken, project.datasets)))


def _spoken(dataset: str) -> bool:
    """Whether a data set's name is words (`Survey of Income`) and no code (`GBAPERSOONTAB`), which no title holds."""
    return " " in dataset or not dataset.isupper()


def site_of(work: Work) -> str:
    """Given a work, return the host of its address; an empty text if it has none, or one that only leads on (doi.org)."""
    found = places.host(str(work.csl.get("URL") or ""))
    return "" if found in places.RESOLVERS else found


def _people(project: Project) -> list[Role]:
    """The people of a project once each: a lead who is also listed as member is the lead."""
    roles: list[Role] = []
    seen: set[str | None] = set()  # first initials and ORCIDs: who shares neither is another person
    for at, person in enumerate(project.people):
        name = names.parse(person.given, person.family)
        role = "lead" if project.lead is not None and at == 0 else "member"
        if name is None:
            continue
        met = name.initial in seen or (person.orcid is not None and person.orcid in seen)
        if not met or not any(_same(held, person, name) for held in roles):
            roles.append(Role(project.id, role, name, person.name, person.orcid))
            seen.update((name.initial, person.orcid))
    return roles


def _same(held: Role, person: Person, name: Name) -> bool:
    if held.orcid and person.orcid:
        return held.orcid == person.orcid
    return held.name.initial == name.initial and names.compare(held.name, name) is names.Grade.SAME


def _learned(project: Project, outputs: Sequence[Output]) -> list[Role]:
    """The authors of a project's outputs, once each, with the outputs that show them: those that are known, if any is.

    Works of very many authors teach nothing about who took part.
    """
    found: dict[tuple[str, str], list[tuple[Author, Output]]] = defaultdict(list)
    for author, output in ((each, shown) for shown in outputs if len(shown.authors) <= 25 for each in shown.authors):
        found[author.name.family, author.name.initial].append((author, output))
    roles = []
    for seen in found.values():
        sure, authors = any(output.sure for _, output in seen), [author for author, _ in seen]
        roles.append(
            Role(
                project.id,
                "author",
                max((author.name for author in authors), key=lambda name: (len("".join(name.given)), name.given)),
                max((author.text for author in authors), key=lambda text: (len(text), text)),
                next((author.orcid for author in authors if author.orcid), None),
                frozenset(output.work_id for _, output in seen if output.sure is sure),
                sure,
            )
        )
    return roles
