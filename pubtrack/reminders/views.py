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
CONTACT_ITEMS = 60  # matters shown to the contact


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
    quoted: set[tuple[str, DutyKind]] = set()
    blocks = [_lead_block(matters, known, words, today, quoted) for matters in groups.values()]
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
                "footer.reason", len(projects), projects=_few(projects, words), institution=_name(known, words)
            ),
            words.say(f"footer.stop{elsewhere}", email=contact.email),
        ),
        sender=f"{contact.name}, {_name(known, words)}",
    )


def contact_view(planned: Planned, known: Known, words: Words) -> View:
    """Given the contact's message, return what it says: by project, who leads it, what is open, and why it comes to staff."""
    shown = planned.matters[:CONTACT_ITEMS]
    groups: dict[str, list[Matter]] = {}
    for matter in shown:
        groups.setdefault(matter.duty.project_id, []).append(matter)
    count, left_out = len(planned.matters), len(planned.matters) - len(shown)
    return View(
        language=words.language,
        subject=words.count("contact.subject", count),
        greeting="",
        intro=words.count("contact.intro", count, institution=_name(known, words)),
        blocks=tuple(_contact_block(project_id, matters, known, words) for project_id, matters in groups.items()),
        left_out=words.say("contact.more", count=left_out) if left_out > 0 else "",
        heading="",
        answers_intro="",
        answers=(),
        after=words.say("contact.after"),
        regards=(),
        button="",
        footer=(),
        sender=_name(known, words),
    )


def _lead_block(
    matters: Sequence[Matter], known: Known, words: Words, today: date, quoted: set[tuple[str, DutyKind]]
) -> Block:
    first = matters[0].duty
    items: dict[tuple[str, DutyKind], Item] = {}
    for matter in matters:
        about = (matter.duty.policy, matter.duty.kind)
        if about not in items:
            items[about] = _lead_item(matter.duty, known, words, today, quote=about not in quoted)
            quoted.add(about)
    projects = tuple(
        _project(project_id, known, words) for project_id in dict.fromkeys(matter.duty.project_id for matter in matters)
    )
    work = known.works.get(first.work_id) if first.work_id is not None else None
    if work is None:
        return Block(projects[0], None, projects[1:], tuple(items.values()))
    return Block(reference_line(work), link(work), projects, tuple(items.values()))


def _lead_item(duty: Duty, known: Known, words: Words, today: date, *, quote: bool) -> Item:
    """Return one thing that is asked; `quote` it with its rule, which a message does once for each kind of duty."""
    policy = known.policies.get(duty.policy)
    rule = _rule(policy, duty.kind) if quote else None
    provider = _provider(policy, words)
    slots: dict[str, object] = {"provider": provider, "contact": policy.provider.contact if policy else ""}
    paste = suggestion = ""
    name = "why"
    if duty.kind is DutyKind.CREDIT:
        finding = known.findings.get((duty.work_id or 0, duty.policy))
        reading = finding.verdict if finding else None
        name = {Verdict.ABSENT: "absent", Verdict.MENTIONED: "mentioned"}.get(reading, "said") if reading else "said"
        suggestion = (
            plain(finding.suggestion, 1000) if finding and finding.suggestion else _statement(policy, known, words)
        )
        paste = words.say("item.credit.paste") if suggestion else ""
    elif duty.kind is DutyKind.PUBLISH:
        ended = known.projects[duty.project_id].ended_on if duty.project_id in known.projects else None
        name = "why" if ended and ended < today else "why_running"
        slots["ended"] = words.day(ended) if ended else ""
    return Item(
        title=words.say(f"item.{duty.kind}.title", **slots),
        by=_by(duty, words, today),
        why=words.say(f"item.{duty.kind}.{name}", **slots),
        rule=words.say("item.rule", text=plain(rule.text, 400), source=plain(rule.source, 300)) if rule else "",
        own_day=words.say("item.own_day", **slots) if rule and not rule.established else "",
        paste=paste,
        suggestion=suggestion,
        url=known.links.get(duty.key),
        late=duty.due_on is not None and duty.due_on < today,
    )


def _contact_block(project_id: str, matters: Sequence[Matter], known: Known, words: Words) -> Block:
    project = known.projects.get(project_id)
    lead = project.lead if project else None
    if lead is None:
        who = words.say("contact.lead_none")
    else:
        form = "contact.lead" if lead.email else "contact.lead_no_address"
        who = words.say(form, name=plain(lead.name, 80), email=plain(lead.email, 120))
    return Block(
        _project(project_id, known, words),
        None,
        (who,),
        tuple(_contact_item(matter, known, words) for matter in matters),
    )


def _contact_item(matter: Matter, known: Known, words: Words) -> Item:
    duty = matter.duty
    policy = known.policies.get(duty.policy)
    work = known.works.get(duty.work_id) if duty.work_id is not None else None
    due = words.say("contact.due", day=words.day(duty.due_on)) if duty.due_on else ""
    why = words.say(f"contact.{matter.why}") if matter.why else ""
    return Item(
        title=words.say(f"item.{duty.kind}.title", provider=_provider(policy, words)),
        by=f"{due}; {why[:1].lower()}{why[1:]}.",
        why=reference_line(work) if work else "",
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
    return chosen.template.replace("[institution]", _name(known, words)) if chosen else ""


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


def _project(project_id: str, known: Known, words: Words) -> str:
    project = known.projects.get(project_id)
    return words.say(
        "lead.project", id=plain(project_id, 60), title=plain(project.title, 200) if project else ""
    ).rstrip(": ")


def _few(projects: Sequence[str], words: Words) -> str:
    """Return project numbers in a row, the first three and how many more there are."""
    names = [plain(name, 40) for name in projects]
    return words.series(names) if len(names) <= 4 else f"{', '.join(names[:3])} (+{len(names) - 3})"


def _name(known: Known, words: Words) -> str:
    institution = known.institution
    return (institution.name_en if words.language == "en" else None) or institution.name
