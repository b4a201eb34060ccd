"""What messages draw on, and what one says in words, before any layout: plain text without markup. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pubtrack.config import Institution
from pubtrack.models import Finding, Person, Project, Work
from pubtrack.obligations.model import Given
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.wording import plain
from pubtrack.reminders.words import Words


@dataclass(frozen=True, slots=True)
class Known:
    """What messages draw on."""

    projects: Mapping[str, Project]
    works: Mapping[int, Work]
    findings: Mapping[tuple[int, str], Finding]
    policies: Mapping[str, Policy]
    people: Mapping[int, Person]
    institution: Institution
    page: Callable[[Sequence[str]], str] | None = (
        None  # duty keys -> where this person answers about them; None: answers come by mail
    )
    cite: Callable[[Work], str] | None = None  # a reference as it goes to the provider
    unreported: Mapping[tuple[str, str, int], str] = field(
        default_factory=dict
    )  # policy, project, work -> who reports it: lead | staff
    given: Mapping[str, Given] = field(default_factory=dict)  # project -> a publication that was named and is not found


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is asked."""

    title: str
    by: str
    why: str
    rule: str = ""
    own_day: str = ""  # said where the provider names no day
    paste: str = ""
    suggestion: str = ""
    due: date | None = None
    key: str = ""  # of the first duty in it


@dataclass(frozen=True, slots=True)
class Button:
    """What Slack offers under a publication or a project: a choice, and the token of the page about exactly that."""

    choice: str
    label: str
    token: str


@dataclass(frozen=True, slots=True)
class Block:
    """A publication, or a project, and what is asked about it."""

    heading: str
    url: str | None  # where the publication is
    under: tuple[str, ...]
    items: tuple[Item, ...]
    note: str = ""  # what becomes of the reference in the heading
    page: str | None = None  # where this is answered
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A whole message."""

    language: str
    subject: str
    greeting: str
    intro: str
    blocks: tuple[Block, ...]
    left_out: str
    heading: str  # over the answers
    answers_intro: str
    answers: tuple[str, ...]
    after: str
    regards: tuple[str, ...]
    button: str
    footer: tuple[str, ...]
    sender: str
    page: str | None = None  # where everything in it is answered
    more: str = ""  # the button to that page, where others stand beside it
    stop: Button | None = None
    stop_words: str = ""  # beside the link that ends the messages


def provider_name(policy: Policy | None, words: Words, *, short: bool = True) -> str:
    """Return the provider's name as it stands in a sentence of the message's language."""
    return policy.provider.named(words.language, short=short) if policy else ""


def project_line(project_id: str, known: Known, words: Words) -> str:
    """Given a project's number, return its number and title."""
    project = known.projects.get(project_id)
    return words.say(
        "lead.project", id=plain(project_id, 60), title=plain(project.title, 200) if project else ""
    ).rstrip(": ")


def institution_name(known: Known, words: Words) -> str:
    """Return the institution's name in the message's language."""
    institution = known.institution
    return (institution.name_en if words.language == "en" else None) or institution.name
