"""The world: projects, people and publications, and the truth about them, which pubtrack never sees."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from pubtrack.identifiers import orcid_check_digit

BEGIN = date(2026, 1, 5)  # a Monday
_GIVEN = [
    "Anna",
    "Bram",
    "Carla",
    "Daan",
    "Eva",
    "Femke",
    "Gijs",
    "Hanna",
    "Ivo",
    "Jasmijn",
    "Kees",
    "Lotte",
    "Maud",
    "Niels",
    "Olga",
    "Pim",
    "Rosa",
    "Sanne",
    "Teun",
    "Vera",
    "Wout",
    "Yara",
]
_PREFIX = ["", "", "", "", "van ", "de ", "van der ", "van den "]
_START = [
    "Ber",
    "Dol",
    "Ege",
    "Fol",
    "Gro",
    "Hol",
    "Jel",
    "Kor",
    "Lin",
    "Mol",
    "Nij",
    "Oos",
    "Pol",
    "Rie",
    "Schel",
    "Tim",
    "Ver",
    "Wes",
    "Zwa",
    "Brin",
    "Dral",
    "Kluv",
    "Stro",
    "Vlie",
]
_END = [
    "berg",
    "boer",
    "dijk",
    "drecht",
    "feld",
    "gaard",
    "horst",
    "inga",
    "kamp",
    "laar",
    "man",
    "mond",
    "nink",
    "ooi",
    "rop",
    "stra",
    "veld",
    "wijk",
    "zicht",
    "zoon",
]
_TOPICS = (
    "school segregation|pupils teachers neighbourhoods tracking", "wage inequality|firms employees earnings contracts",
    "long term care|elderly nursing homes indications costs", "youth crime|offenders suspects schooling recidivism",
    "housing wealth|mortgages owners moves neighbourhoods", "internal migration|moves households distances regions",
    "early childhood|birth weight mothers midwives outcomes", "business dynamics|start-ups exits growth productivity",
    "disability benefits|claimants reintegration employers sickness", "divorce and income|couples children alimony partners",
    "energy poverty|dwellings consumption households prices", "mental health care|diagnoses treatment spending referrals",
    "refugee integration|language employment reception permits", "pension saving|retirement cohorts spending annuities",
    "student debt|graduates loans enrolment earnings", "commuting and health|traffic distances medication exercise",
)  # fmt: skip
_VERDICTS = ("prescribed", "credited", "absent", "none")  # none: no copy can be read
_WEIGHTS = (40, 20, 28, 12)
_MANNERS = ("answers", "slow", "ignores", "leaves", "bounces", "stops")
_MANNER_WEIGHTS = (48, 20, 17, 6, 4, 5)


@dataclass
class Lead:
    """A project lead, and what that person does with messages."""

    number: int
    given: str
    family: str
    orcid: str | None
    manner: str
    way: str  # link | mail | slack
    language: str
    met: int = 0  # messages received

    @property
    def email(self) -> str:
        return f"lead{self.number}@example.org"


@dataclass
class Project:
    """A project, with the words that its publications use."""

    id: str
    lead: Lead
    topic: str
    words: list[str]
    started: date
    ended: date
    publications: list[Publication] = field(default_factory=list)


@dataclass
class Publication:
    """A publication and the truth about it: whose it is, and what its text says."""

    doi: str
    title: str
    authors: list[tuple[str, str, str | None]]
    published: date
    indexed: date  # the day on which the source has it
    project: Project | None
    verdict: str
    abstract: str
    corrected: date | None = None  # the day from which a corrected version credits the provider


@dataclass
class World:
    """All of it."""

    seed: int
    leads: list[Lead] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)
    publications: list[Publication] = field(default_factory=list)

    def by_doi(self) -> dict[str, Publication]:
        return {one.doi: one for one in self.publications}

    def of(self, project_id: str) -> Project:
        return next(one for one in self.projects if one.id == project_id)

    def register(self) -> str:
        """Return the register as JSON lines."""
        return "".join(json.dumps(_registered(project), ensure_ascii=False) + "\n" for project in self.projects)


def build(*, projects: int, works: int, months: int, seed: int) -> World:
    """Given how many, return a world; the same numbers give the same world."""
    dice = random.Random(seed)
    world = World(seed)
    for number in range(1, max(2, projects * 2 // 3) + 1):
        world.leads.append(_lead(dice, number))
    days = months * 30
    for number in range(projects):
        lead = world.leads[number % len(world.leads)]
        topic, _, words = dice.choice(_TOPICS).partition("|")
        ended = BEGIN + timedelta(days=dice.randrange(-400, days))
        started = ended - timedelta(days=dice.randrange(500, 1500))
        region = _family(dice)
        world.projects.append(Project(f"9{number:04d}", lead, topic, [*words.split(), region], started, ended))
    for number in range(works):
        made = _publication(dice, world, number, days)
        world.publications.append(made)
        if made.project is not None:
            made.project.publications.append(made)
    return world


def _lead(dice: random.Random, number: int) -> Lead:
    digits = f"{900_000_000_000_000 + number:015d}"
    return Lead(
        number,
        dice.choice(_GIVEN),
        dice.choice(_PREFIX) + _family(dice),
        _orcid(digits) if dice.random() < 0.6 else None,
        dice.choices(_MANNERS, _MANNER_WEIGHTS)[0],
        dice.choices(("link", "mail", "slack"), (50, 25, 25))[0],
        dice.choice(("nl", "en")),
    )


def _family(dice: random.Random) -> str:
    return dice.choice(_START) + dice.choice(_END)


def _orcid(digits: str) -> str:
    whole = digits + orcid_check_digit(digits)
    return "-".join(whole[start : start + 4] for start in range(0, 16, 4))


def _publication(dice: random.Random, world: World, number: int, days: int) -> Publication:
    published = BEGIN + timedelta(days=dice.randrange(-90, days))
    indexed = published + timedelta(days=dice.choice((0, 1, 2, 5, 10, 30, 60)))
    doi = f"10.5555/sim.{number:05d}"
    verdict = dice.choices(_VERDICTS, _WEIGHTS)[0]
    if dice.random() < 0.22:  # a stranger; one in four of them bears a lead's name
        lead = dice.choice(world.leads)
        family = lead.family if dice.random() < 0.25 else dice.choice(_PREFIX) + _family(dice)
        matter = dice.choice(("chemistry", "optics", "botany", "metallurgy"))
        title = f"{_family(dice)} and {_family(dice)}: notes on the {matter} of alloys"
        authors: list[tuple[str, str, str | None]] = [(dice.choice(_GIVEN), family, None)]
        return Publication(doi, title, authors, published, indexed, None, "absent", "Samples were measured.")
    living = [one for one in world.projects if one.started < published < one.ended + timedelta(days=900)]
    project = dice.choice(living or world.projects)
    lead = project.lead
    words = dice.sample(project.words, min(3, len(project.words)))
    title = f"{project.topic.capitalize()} among {words[0]} and {words[1]}: evidence {number} from registers"
    abstract = f"We study {project.topic} with {', '.join(project.words)} in the Netherlands."
    others = [(dice.choice(_GIVEN), dice.choice(_PREFIX) + _family(dice), None) for _ in range(dice.randrange(3))]
    return Publication(
        doi, title, [(lead.given, lead.family, lead.orcid), *others], published, indexed, project, verdict, abstract
    )


def crossref(one: Publication) -> str:
    """Return a publication as the record that Crossref would give."""
    day = [one.published.year, one.published.month, one.published.day]
    record = {
        "DOI": one.doi,
        "type": "journal-article",
        "title": [one.title],
        "abstract": f"<jats:p>{one.abstract}</jats:p>",
        "container-title": ["Journal of Simulated Examples"],
        "publisher": "Example Press",
        "issued": {"date-parts": [day]},
        "published": {"date-parts": [day]},
        "URL": f"https://doi.org/{one.doi}",
        "author": [
            {"given": given, "family": family, "sequence": "first" if place == 0 else "additional"}
            | ({"ORCID": f"https://orcid.org/{held}"} if held else {})
            | {"affiliation": [{"name": "Universiteit van Voorbeeld"}] if one.project else []}
            for place, (given, family, held) in enumerate(one.authors)
        ],
    }
    return json.dumps(record, ensure_ascii=False)


def text(one: Publication, day: date) -> str:
    """Return what a copy of the publication says on a day, whole."""
    credited = one.corrected is not None and day >= one.corrected
    body = [one.title, "", "Abstract", one.abstract, "", "1 Introduction"]
    body += [
        f"This paper asks what is known about {one.title.split(':')[0].lower()}, and why it matters." for _ in range(12)
    ]
    if one.project is not None:
        body += [
            "",
            "2 Data",
            "We follow people over time in administrative registers and describe how the sample was drawn.",
        ]
    if one.verdict == "prescribed" or credited:
        body += [
            "",
            "Acknowledgements",
            "Results based on calculations by the authors using non-public microdata from Statistics Netherlands.",
            "Under certain conditions, these microdata are accessible for statistical and scientific research.",
            "For further information: microdata@cbs.nl.",
        ]
    elif one.verdict == "credited":
        body += [
            "",
            "Our analyses use register data that were made available by Statistics Netherlands in its own environment.",
        ]
    body += ["", "References", "Voorbeeld, A. (2020). A book of examples. Example Press."]
    return "\n".join(body) + "\n"


def _registered(project: Project) -> dict[str, object]:
    lead = project.lead
    person = {
        "given": lead.given,
        "family": lead.family,
        "email": lead.email,
        "orcid": lead.orcid,
        "language": lead.language,
    }
    return {
        "id": project.id,
        "title": f"{project.topic.capitalize()}: {', '.join(project.words)}",
        "lead": {name: value for name, value in person.items() if value},
        "institution": f"Universiteit van Voorbeeld_Faculty {int(project.id) % 7}",
        "started_on": project.started.isoformat(),
        "ended_on": project.ended.isoformat(),
    }
