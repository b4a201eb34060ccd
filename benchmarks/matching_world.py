"""A made world for matching: projects, works and who wrote what, of any size, the same for one seed.

It holds what the lists of institutions lack: ORCIDs and affiliations in part of the records, people of one name, leads with
up to ten projects,
names that change, a harvest in which most works are by nobody of ours. Names and titles are put together from syllables and made words.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from pubtrack.models import Person, Project, Work

_HEADS = [
    "Ba",
    "Be",
    "Bo",
    "Bra",
    "Da",
    "De",
    "Do",
    "Fa",
    "Fe",
    "Ga",
    "Gro",
    "Ha",
    "He",
    "Ho",
    "Ja",
    "Je",
    "Ka",
    "Ke",
    "Ko",
    "La",
    "Le",
    "Lo",
    "Ma",
    "Me",
    "Mo",
    "Na",
    "Ne",
    "No",
    "Pa",
    "Pe",
    "Po",
    "Ra",
    "Re",
    "Ro",
    "Sa",
    "Se",
    "So",
    "Sta",
    "Ta",
    "Te",
    "To",
    "Va",
    "Ve",
    "Vo",
    "Wa",
    "We",
]
_MIDDLES = [
    "bel",
    "den",
    "der",
    "fen",
    "gel",
    "hol",
    "kan",
    "ker",
    "lan",
    "len",
    "man",
    "mer",
    "nen",
    "pel",
    "ran",
    "ren",
    "sen",
    "sel",
    "tel",
    "ten",
    "vel",
    "ver",
    "wen",
    "zen",
]
_TAILS = [
    "aar",
    "berg",
    "broek",
    "dal",
    "dijk",
    "el",
    "en",
    "er",
    "horst",
    "huis",
    "ing",
    "kamp",
    "ma",
    "man",
    "mans",
    "meer",
    "ra",
    "sen",
    "stra",
    "ter",
    "veld",
    "voort",
]
_GIVEN = [
    "Anna",
    "Bram",
    "Carla",
    "Daan",
    "Els",
    "Femke",
    "Gijs",
    "Hanna",
    "Ivo",
    "Jan",
    "Karin",
    "Lars",
    "Maria",
    "Nina",
    "Otto",
    "Petra",
    "Rob",
    "Sanne",
    "Tim",
    "Ursula",
    "Vera",
    "Wim",
    "Xander",
    "Yara",
    "Zeno",
    "Johan",
    "Johanna",
    "Pieter",
    "Kees",
    "Emma",
    "Eva",
    "Lotte",
    "Thomas",
    "Sophie",
    "Noor",
    "Hugo",
    "Iris",
    "Jasper",
    "Koen",
    "Linda",
]
_ORCID = "0000-0000-{:04d}-{:04d}"
_SURNAMES = len(_HEADS) * len(_MIDDLES) * len(_TAILS)
_SUBJECTS = 1200  # subjects, each with words of its own


@dataclass
class World:
    """Projects, and how to make the works; `truth` is filled as works are made: which project each belongs to, if any."""

    projects: list[Project]
    seed: int
    number: int  # works
    share: float  # of the works are outputs of the projects
    truth: dict[int, str] = field(default_factory=dict)

    def works(self) -> Iterator[Work]:
        """Yield the works in their order, ids from 1."""
        dice = random.Random(self.seed + 1)
        for number in range(1, self.number + 1):
            if dice.random() < self.share:
                project = dice.choice(self.projects)
                self.truth[number] = project.id
                yield _output(dice, number, project)
            else:
                yield _stranger(dice, number)


def make(
    seed: int = 1, projects: int = 10_000, people: int = 35_000, works: int = 1_000_000, share: float = 0.005
) -> World:
    """Given sizes, return the world."""
    dice = random.Random(seed)
    pool = [_person(dice, number) for number in range(people)]
    held: list[Project] = []
    at = 0
    while len(held) < projects:
        lead = pool[at % people]
        at += 1
        subjects = [dice.randrange(_SUBJECTS) for _ in range(3)]
        for _ in range(min(10, 1 + int(dice.expovariate(0.7)))):
            members = tuple(pool[(at := at + 1) % people] for _ in range(dice.randint(1, 5)))
            began = date(dice.randint(2006, 2023), dice.randint(1, 12), 1)
            held.append(
                Project(
                    f"{10_000 + len(held)}",
                    _title(dice, dice.choice(subjects)),
                    institution="Universiteit van Voorbeeld" if len(held) % 3 else "Voorbeeldinstituut",
                    started_on=began,
                    ended_on=began.replace(year=began.year + dice.randint(1, 6)),
                    lead=lead,
                    members=members,
                )
            )
    return World(held[:projects], seed, works, share)


def _surname(dice: random.Random) -> str:
    """Names as they are spread: a few that many bear, many that few do."""
    rank = int(50 * ((1 + _SURNAMES / 50) ** dice.random() - 1))  # one in 300 bears the commonest
    rank, head = divmod(rank, len(_HEADS))
    tail, middle = divmod(rank, len(_MIDDLES))
    return f"{_HEADS[head]}{_MIDDLES[middle]}{_TAILS[tail % len(_TAILS)]}"


def _person(dice: random.Random, number: int) -> Person:
    orcid = _ORCID.format(number // 10_000, number % 10_000) if number % 3 == 0 else None
    given = f"{dice.choice(_GIVEN)} {dice.choice('ABCDEFGHJKLM')}." if number % 4 else dice.choice(_GIVEN)
    return Person(given, f"van der {_surname(dice)}" if number % 20 == 0 else _surname(dice), orcid=orcid)


def _word(subject: int, at: int) -> str:
    seed = subject * 31 + at * 7
    return f"{_HEADS[seed % 44].lower()}{_MIDDLES[seed // 5 % 24]}{_TAILS[seed // 11 % 21]}{'ie' if at % 2 else 'heid'}"


def _title(dice: random.Random, subject: int) -> str:
    own = [_word(subject, dice.randrange(12)) for _ in range(dice.randint(2, 4))]
    return " ".join(
        [*own, dice.choice(("in", "and", "of")), dice.choice(("households", "firms", "cities", "schools", "Nederland"))]
    ).capitalize()


def _output(dice: random.Random, number: int, project: Project) -> Work:
    people = [person for person in project.people if dice.random() < 0.6] or [project.people[0]]
    authors = [_written(dice, person) for person in people] + [_someone(dice) for _ in range(dice.randint(0, 3))]
    dice.shuffle(authors)
    words = project.title.lower().split()
    title = " ".join(
        [*dice.sample(words, min(len(words), dice.randint(1, 3))), _word(dice.randrange(_SUBJECTS), 1), "revisited"]
    )
    year = min(2025, (project.started_on or date(2015, 1, 1)).year + dice.choice((0, 1, 2, 2, 3, 3, 4, 5, 7, 9)))
    return _work(number, title, authors, year)


def _written(dice: random.Random, person: Person) -> dict[str, object]:
    """A person as a record gives them: initials, an ORCID at times, a new family name at times."""
    given = person.given if dice.random() < 0.5 else " ".join(f"{part[0]}." for part in person.given.split())
    family = person.family if dice.random() < 0.97 else f"{person.family}-{_surname(dice)}"
    author: dict[str, object] = {"given": given, "family": family}
    if person.orcid and dice.random() < 0.5:
        author["ORCID"] = person.orcid
    if dice.random() < 0.3:
        author["affiliation"] = [{"name": "Universiteit van Voorbeeld, Voorbeeldstad"}]
    return author


def _someone(dice: random.Random) -> dict[str, object]:
    return {
        "given": f"{dice.choice(_GIVEN)[0]}." if dice.random() < 0.4 else dice.choice(_GIVEN),
        "family": _surname(dice),
    }


def _stranger(dice: random.Random, number: int) -> Work:
    subject = dice.randrange(_SUBJECTS * 5)  # most of the world writes of other things
    authors = [_someone(dice) for _ in range(dice.choice((1, 2, 3, 4, 4, 5, 6)))]
    return _work(number, _title(dice, subject), authors, dice.randint(2005, 2025))


def _work(number: int, title: str, authors: list[dict[str, object]], year: int) -> Work:
    return Work(
        {"type": "article-journal", "title": title, "author": authors, "issued": {"date-parts": [[year]]}}, id=number
    )
