"""What the pages show, in words, before any layout: plain text, which the templates escape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pubtrack.answers.matters import Matter, Opened
from pubtrack.answers.words import Words
from pubtrack.config import Institution
from pubtrack.models import Choice, Decision, Duty, DutyKind, DutyState, Project
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.wording import link, plain, reference_line

_ORDER = [kind.value for kind in DutyKind]
# The field beside a choice, if any.
FIELDS = {
    Choice.REPORTED: "day",
    Choice.CORRECTION: "day",
    Choice.PLANNED: "day",
    Choice.LATER: "day",
    Choice.WRONG_PROJECT: "project",
    Choice.ANOTHER: "another",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be chosen, and the field that comes with it."""

    name: str
    label: str
    hint: str
    field: str


@dataclass(frozen=True, slots=True)
class Said:
    """What was recorded; `id` where this person can take it back."""

    text: str
    id: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """One matter as the page shows it."""

    number: int
    heading: str
    url: str | None
    project: str
    asked: tuple[tuple[str, str, bool], ...]  # what, where it stands, and whether it is open
    said: tuple[Said, ...]
    options: tuple[Option, ...]
    elsewhere: tuple[tuple[str, str], ...]
    open: bool
    paste: str  # the sentence that credits the provider, where the credit is asked for


def cards(opened: Opened, policies: Mapping[str, Policy], institution: Institution, words: Words) -> list[Card]:
    """Given what a link opened, return its matters as the page shows them, open ones first."""
    found = [
        _card(number, matter, opened, policies, institution, words) for number, matter in enumerate(opened.matters)
    ]
    return sorted(found, key=lambda card: not card.open)


def _card(
    number: int,
    matter: Matter,
    opened: Opened,
    policies: Mapping[str, Policy],
    institution: Institution,
    words: Words,
) -> Card:
    project = project_line(matter.project, words)
    today = {duty.key: duty for duty in matter.duties}
    asked = []
    for key in sorted(matter.keys, key=lambda one: (one.split("/", 1)[0], _ORDER.index(one.rsplit("/", 1)[1]))):
        policy, kind = policies.get(key.split("/", 1)[0]), key.rsplit("/", 1)[1]
        asked.append((words.say(f"kind.{kind}", provider=provider(policy, words)), *_state(today.get(key), words)))
    return Card(
        number=number,
        heading=reference_line(matter.work) if matter.work else project,
        url=link(matter.work) if matter.work else None,
        project=project if matter.work else "",
        asked=tuple(dict.fromkeys(asked)),
        said=tuple(
            Said(said(one, institution, words, mine=one.id in matter.mine), one.id if one.id in matter.mine else None)
            for one in matter.said
        ),
        options=tuple(_option(choice, words) for choice in matter.choices),
        elsewhere=tuple((one.id, project_line(one, words)) for one in opened.projects if one.id != matter.project.id),
        open=matter.open,
        paste=_paste(matter, today),
    )


def _paste(matter: Matter, today: Mapping[str, Duty]) -> str:
    """Return the sentence to add, as the finding suggests it, as long as the credit is owed."""
    owed = [duty for duty in today.values() if duty.kind is DutyKind.CREDIT and _state_is_open(duty)]
    found = next((one for one in matter.findings if owed and one.policy == owed[0].policy), None)
    return plain(found.suggestion, 1000) if found and found.suggestion else ""


def _state_is_open(duty: Duty) -> bool:
    return duty.state in (DutyState.UPCOMING, DutyState.DUE, DutyState.OVERDUE)


def _option(choice: Choice, words: Words) -> Option:
    return Option(
        choice.value,
        words.say(f"choice.{choice}"),
        words.say(f"choice.{choice}_hint"),
        FIELDS.get(choice, ""),
    )


def _state(duty: Duty | None, words: Words) -> tuple[str, bool]:
    if duty is None:
        return words.say("state.gone"), False
    still = _state_is_open(duty)
    if still and duty.due_on is None:
        return words.say("state.no_day"), True
    return words.say(f"state.{duty.state}", day=words.day(duty.due_on) if duty.due_on else ""), still


def said(decision: Decision, institution: Institution, words: Words, *, mine: bool) -> str:
    """Given a decision, return it as the page tells it. Nobody is named but the reader and the staff."""
    until = decision.until or (decision.made_at.date() if decision.answer.value in ("reported", "copy_sent") else None)
    what = words.say(f"said.{decision.answer}", until=words.day(until) if until else "…")
    if decision.answer.value == "correction_requested" and decision.until:
        what += f" ({words.day(decision.until)})"
    whose = "you" if mine else "staff" if decision.through in ("cli", "desk", "import") else "other"
    return words.say(
        f"said.{whose}", day=words.day(decision.made_at.date()), what=what, contact=institution.contact.name
    )


def project_line(project: Project, words: Words) -> str:
    """Given a project, return its number and title."""
    return words.say("page.project", id=plain(project.id, 60), title=plain(project.title, 200)).rstrip(": ")


def provider(policy: Policy | None, words: Words) -> str:
    """Given a policy, return what its provider is called in the page's language."""
    return policy.provider.named(words.language, short=True) if policy else ""


def verdicts(
    found: Sequence[Mapping[str, object]], policies: Mapping[str, Policy], words: Words
) -> list[dict[str, object]]:
    """Given what a file was found to say, return it as sentences: the verdict, its quotes, and a sentence to add."""
    told = []
    for one in found:
        name = provider(policies.get(str(one["policy"])), words)
        verdict = str(one["verdict"])
        sentence = words.say(f"verdict.{verdict}", provider=name, reason=one["reason"])
        missing = verdict in ("mentioned", "absent")
        quotes = one["quotes"] if isinstance(one["quotes"], list) else []
        told.append(
            {
                "sentence": sentence[:1].upper() + sentence[1:],
                "quotes": [words.say("verdict.quote", quote=plain(quote, 600)) for quote in quotes],
                "suggestion": plain(one["suggestion"], 1000) if missing else "",
                "good": verdict in ("prescribed", "credited"),
            }
        )
    return told
