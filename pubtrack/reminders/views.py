"""What a message says, in words, before any layout: plain text without markup. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pubtrack.config import Institution
from pubtrack.models import Duty, DutyKind, Finding, Person, Project, Verdict, Work
from pubtrack.obligations.policy import DutyRule, Policy
from pubtrack.obligations.wording import link, plain, reference_line
from pubtrack.reminders.plan import Matter, Planned
from pubtrack.reminders.words import Words

LEAD_BLOCKS = 25  # publications and projects shown to a lead; what is left out is counted

_BOTH = (DutyKind.REPORT, DutyKind.COPY)
_READ = {Verdict.ABSENT: "absent", Verdict.MENTIONED: "mentioned"}


@dataclass(frozen=True, slots=True)
class Known:
    """What messages draw on."""

    projects: Mapping[str, Project]
    works: Mapping[int, Work]
    findings: Mapping[tuple[int, str], Finding]
    policies: Mapping[str, Policy]
    people: Mapping[int, Person]
    institution: Institution
    links: Mapping[str, str]  # duty key -> a page where this person answers; empty: answers come by mail


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
    url: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A publication, or a project, and what is asked about it."""

    heading: str
    url: str | None
    under: tuple[str, ...]
    items: tuple[Item, ...]


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


def lead_view(planned: Planned, known: Known, words: Words, today: date, *, can_reply: bool = True) -> View:
    """Given a lead's message, return what it says: the publications first that are longest overdue, each with all that is asked.

    A publication of several of the lead's projects stands there once. `can_reply` False: the channel has no reply, so the
    address to write to is named instead.
    """
    person = known.people.get(planned.person_id or 0)
    groups: dict[tuple[int | None, str], list[Matter]] = {}
    for matter in planned.matters:
        about = matter.duty.work_id
        groups.setdefault((about, "" if about else matter.duty.project_id), []).append(matter)
    said: set[tuple[str, str]] = set()
    blocks = [_lead_block(matters, known, words, today, said) for matters in groups.values()]
    count = sum(len(block.items) for block in blocks)
    projects = sorted({matter.duty.project_id for matter in planned.matters})
    providers = _providers(planned.matters, known, words)
    many = "lead.subject_projects" if len(projects) > 1 else "lead.subject"
    contact = known.institution.contact
    elsewhere = "" if can_reply else "_elsewhere"
    left_out = len(blocks) - LEAD_BLOCKS
    return View(
        language=words.language,
        subject=plain(words.count(many, count, projects=_few(projects, words), provider=providers), 150),
        greeting=words.say("lead.greeting", name=plain(person.name, 80))
        if person and plain(person.name)
        else words.say("lead.greeting_unnamed"),
        intro=words.count("lead.intro", count, provider=providers),
        blocks=tuple(blocks[:LEAD_BLOCKS]),
        left_out=words.say("lead.more", count=left_out) if left_out > 0 else "",
        heading=words.say("answers.heading"),
        answers_intro=words.say(f"answers.intro{elsewhere}", email=contact.email),
        answers=_answers(planned.matters, words),
        after=words.say("answers.after"),
        regards=(words.say("answers.regards"), contact.name),
        button=words.say("answers.button"),
        footer=(
            words.say(
                "footer.contact_url" if contact.url else "footer.contact",
                name=contact.name,
                email=contact.email,
                url=contact.url,
            ),
            words.count(
                "footer.reason",
                len(projects),
                projects=_few(projects, words),
                institution=institution_name(known, words),
            ),
            words.say(f"footer.stop{elsewhere}", email=contact.email),
        ),
        sender=f"{contact.name}, {institution_name(known, words)}",
    )


def _lead_block(
    matters: Sequence[Matter], known: Known, words: Words, today: date, said: set[tuple[str, str]]
) -> Block:
    """Return a publication or a project and what is asked about it. The reference and the copy are one thing to do.

    `said` holds what the message has explained before: a rule is quoted, and what to do is described, once in a message.
    """
    first = matters[0].duty
    groups: dict[tuple[str, str], list[Duty]] = {}
    kinds = {(matter.duty.policy, matter.duty.kind) for matter in matters}
    for matter in matters:
        policy, kind = matter.duty.policy, matter.duty.kind
        both = kind in _BOTH and {(policy, one) for one in _BOTH} <= kinds
        groups.setdefault((policy, "both" if both else kind.value), []).append(matter.duty)
    items = tuple(_lead_item(name, duties, known, words, today, said) for (_, name), duties in groups.items())
    projects = tuple(
        project_line(project_id, known, words)
        for project_id in dict.fromkeys(matter.duty.project_id for matter in matters)
    )
    work = known.works.get(first.work_id) if first.work_id is not None else None
    if work is None:
        return Block(projects[0], None, projects[1:], items)
    return Block(reference_line(work), link(work), projects, items)


def _lead_item(
    name: str, duties: Sequence[Duty], known: Known, words: Words, today: date, said: set[tuple[str, str]]
) -> Item:
    duty = min(duties, key=lambda one: one.due_on or date.max)
    policy = known.policies.get(duty.policy)
    provider = _provider(policy, words)
    slots: dict[str, object] = {"provider": provider, "contact": policy.provider.contact if policy else ""}
    new = (duty.policy, name) not in said
    said.add((duty.policy, name))
    rules = [rule for kind in dict.fromkeys(one.kind for one in duties) if new and (rule := _rule(policy, kind))]
    why, paste, suggestion = "why" if new else "", "", ""
    if duty.kind is DutyKind.CREDIT:
        finding = known.findings.get((duty.work_id or 0, duty.policy))
        why = _READ.get(finding.verdict, "said") if finding else "said"
        suggestion = (
            plain(finding.suggestion, 1000) if finding and finding.suggestion else _statement(policy, known, words)
        )
        paste = words.say("item.credit.paste") if suggestion else ""
    elif duty.kind is DutyKind.PUBLISH:
        ended = known.projects[duty.project_id].ended_on if duty.project_id in known.projects else None
        why = "why" if ended and ended < today else "why_running"
        slots["ended"] = words.day(ended) if ended else ""
    return Item(
        title=words.say(f"item.{name}.title", **slots),
        by=_by(duty, words, today),
        why=words.say(f"item.{name}.{why}", **slots) if why else "",
        rule=" ".join(
            words.say("item.rule", text=plain(rule.text, 400), source=plain(rule.source, 300)) for rule in rules
        ),
        own_day=words.say("item.own_day", **slots) if rules and not any(rule.established for rule in rules) else "",
        paste=paste,
        suggestion=suggestion,
        url=known.links.get(duty.key),
        late=duty.due_on is not None and duty.due_on < today,
    )


def _answers(matters: Sequence[Matter], words: Words) -> tuple[str, ...]:
    kinds = {matter.duty.kind for matter in matters}
    names = []
    if kinds - {DutyKind.PUBLISH}:
        names += ["done", "not_mine"]
    if DutyKind.CREDIT in kinds:
        names.append("correction")
    if DutyKind.PUBLISH in kinds:
        names += ["unknown", "planned", "nothing"]
    return tuple(words.say(f"answers.{name}") for name in (*names, "later"))


def _by(duty: Duty, words: Words, today: date) -> str:
    if duty.due_on is None:
        return ""
    return words.say("item.past" if duty.due_on < today else "item.by", day=words.day(duty.due_on))


def _rule(policy: Policy | None, kind: DutyKind) -> DutyRule | None:
    return next((rule for rule in policy.duties if rule.kind is kind), None) if policy else None


def _statement(policy: Policy | None, known: Known, words: Words) -> str:
    """Return the policy's own statement in the message's language, or in any, with what is known filled in."""
    if policy is None:
        return ""
    current = [statement for statement in policy.statements if statement.valid_until is None] or list(policy.statements)
    chosen = next(
        (statement for statement in current if statement.language == words.language), next(iter(current), None)
    )
    return chosen.template.replace("[institution]", institution_name(known, words)) if chosen else ""


def _provider(policy: Policy | None, words: Words) -> str:
    if policy is None:
        return ""
    provider = policy.provider
    if words.language == "nl":
        return provider.called_nl or provider.name_nl or provider.name
    return provider.name


def _providers(matters: Sequence[Matter], known: Known, words: Words) -> str:
    names = dict.fromkeys(_provider(known.policies.get(matter.duty.policy), words) for matter in matters)
    return words.series([name for name in names if name])


def project_line(project_id: str, known: Known, words: Words) -> str:
    """Given a project's number, return its number and title."""
    project = known.projects.get(project_id)
    return words.say(
        "lead.project", id=plain(project_id, 60), title=plain(project.title, 200) if project else ""
    ).rstrip(": ")


def _few(projects: Sequence[str], words: Words) -> str:
    """Return project numbers in a row, the first three and how many more there are."""
    names = [plain(name, 40) for name in projects]
    return words.series(names) if len(names) <= 4 else f"{', '.join(names[:3])} (+{len(names) - 3})"


def institution_name(known: Known, words: Words) -> str:
    """Return the institution's name in the message's language."""
    institution = known.institution
    return (institution.name_en if words.language == "en" else None) or institution.name
