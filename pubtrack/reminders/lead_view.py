"""What the message to a lead says: each publication and project with all that is asked about it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pubtrack.models import Choice, Duty, DutyKind, Verdict, Work
from pubtrack.obligations.policy import DutyRule, Policy
from pubtrack.obligations.wording import link, plain, reference_line
from pubtrack.reminders.plan import Matter, Planned
from pubtrack.reminders.views import Block, Button, Item, Known, View, institution_name, project_line, provider_name
from pubtrack.reminders.words import Words

LEAD_BLOCKS = 25  # publications and projects shown to a lead; what is left out is counted

_BOTH = (DutyKind.REPORT, DutyKind.COPY)
_READ = {Verdict.ABSENT: "absent", Verdict.MENTIONED: "mentioned"}
_OF_PROJECT = (Choice.ANOTHER, Choice.PLANNED, Choice.NOTHING_TO_REPORT, Choice.LATER)


def lead_view(planned: Planned, known: Known, words: Words, today: date, *, can_reply: bool = True) -> View:
    """Given a lead's message, return what it says: the publications first that are longest overdue, each with all that is asked.

    A preprint that only lacks its credit is told as the chance that it is. A publication of several of the lead's projects stands
    there once. `can_reply` False: the channel has no reply, so the address to write to is named instead.
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
    providers = _providers(planned.matters, known, words, short=False)
    in_short = _providers(planned.matters, known, words)
    many = "lead.subject_projects" if len(projects) > 1 else "lead.subject"
    only_preprints = all(matter.duty.preprint for matter in planned.matters)
    contact = known.institution.contact
    left_out = len(blocks) - LEAD_BLOCKS
    page = known.page([matter.duty.key for matter in planned.matters]) if known.page else None
    button = words.say("answers.button")
    how = ("page" if can_reply else "buttons") if page else "" if can_reply else "elsewhere"
    return View(
        language=words.language,
        subject=plain(
            words.say(f"{many}_preprint", projects=_few(projects, words))
            if only_preprints
            else words.count(many, count, projects=_few(projects, words), provider=in_short),
            150,
        ),
        greeting=words.say("lead.greeting", name=plain(person.name, 80))
        if person and plain(person.name)
        else words.say("lead.greeting_unnamed"),
        intro=words.say("lead.intro_preprint", provider=providers)
        if only_preprints
        else words.count("lead.intro", count, provider=providers),
        blocks=tuple(blocks[:LEAD_BLOCKS]),
        left_out=words.say("lead.more", count=left_out) if left_out > 0 else "",
        heading=words.say("answers.heading"),
        answers_intro=words.say(f"answers.intro_{how}" if how else "answers.intro", email=contact.email, button=button),
        answers=() if page else _answers(planned.matters, words),
        after=words.say("answers.after"),
        regards=(words.say("answers.regards"), contact.name),
        button=button,
        footer=_footer(projects, known, words, can_reply=can_reply, with_page=page is not None),
        sender=f"{contact.name}, {institution_name(known, words)}",
        page=page,
        more=words.say("choices.page"),
        stop=_button(Choice.STOP, words, page) if page else None,
        stop_words=words.say("footer.stop_page") if page and can_reply else "",
    )


def _footer(
    projects: Sequence[str], known: Known, words: Words, *, can_reply: bool, with_page: bool
) -> tuple[str, ...]:
    """Return who is asked, why this person gets the message, and how to end the messages, where no link or button does that."""
    contact = known.institution.contact
    institution = institution_name(known, words)
    asked = "footer.contact_url" if contact.url else "footer.contact"
    lines = [
        words.say(asked, name=contact.name, email=contact.email, url=contact.url),
        words.count("footer.reason", len(projects), projects=_few(projects, words), institution=institution),
    ]
    if not with_page:
        lines.append(words.say("footer.stop" if can_reply else "footer.stop_elsewhere", email=contact.email))
    return tuple(lines)


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
        name = "both" if both else _mode(matter.duty)
        groups.setdefault((policy, name), []).append(matter.duty)
    items = tuple(_lead_item(name, duties, known, words, today, said) for (_, name), duties in groups.items())
    projects = tuple(
        project_line(project_id, known, words)
        for project_id in dict.fromkeys(matter.duty.project_id for matter in matters)
    )
    page = known.page([matter.duty.key for matter in matters]) if known.page else None
    buttons = tuple(_button(choice, words, page) for choice in _choices(matters)) if page else ()
    work = known.works.get(first.work_id) if first.work_id is not None else None
    if work is None:
        return Block(projects[0], None, projects[1:], items, page=page, buttons=buttons)
    reference, note = _reference(work, matters, known, words, said)
    return Block(reference, link(work), projects, items, note, page, buttons)


def _reference(
    work: Work, matters: Sequence[Matter], known: Known, words: Words, said: set[tuple[str, str]]
) -> tuple[str, str]:
    """Return the reference as it goes to the provider, if it still does, and a sentence that says so, at length only once."""
    for matter in matters:
        acts = known.unreported.get((matter.duty.policy, matter.duty.project_id, work.id or 0))
        if acts is not None and known.cite is not None:
            provider = provider_name(known.policies.get(matter.duty.policy), words)
            name = "lead.we_report" if acts == "staff" else "lead.as_sent"
            again = (matter.duty.policy, name) in said
            said.add((matter.duty.policy, name))
            note = words.say(name, provider=provider) if not again else ""
            if again and acts == "staff":
                note = words.say("lead.we_report_too")
            return plain(known.cite(work), 1500) or reference_line(work), note
    return reference_line(work), ""


def _lead_item(
    name: str, duties: Sequence[Duty], known: Known, words: Words, today: date, said: set[tuple[str, str]]
) -> Item:
    duty = min(duties, key=lambda one: one.due_on or date.max)
    policy = known.policies.get(duty.policy)
    provider = provider_name(policy, words)
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
        paste = words.say(f"item.{name}.paste") if suggestion else ""
    elif name == "given":
        given = known.given.get(duty.project_id)
        slots |= {"what": plain(given.what, 200), "day": words.day(given.on)} if given else {"what": "–", "day": "–"}
        why, rules = "why", []
    elif duty.kind is DutyKind.PUBLISH:
        ended = known.projects[duty.project_id].ended_on if duty.project_id in known.projects else None
        why = "why" if ended and ended < today else "why_running"
        slots["ended"] = words.day(ended) if ended else ""
    own_day = rules and not duty.preprint and not any(rule.established for rule in rules)
    return Item(
        title=words.say(f"item.{name}.title", **slots),
        by=_by(duty, words, today),
        why=words.say(f"item.{name}.{why}", **slots) if why else "",
        rule=" ".join(
            words.say("item.rule", text=plain(rule.text, 400), source=plain(rule.source, 300)) for rule in rules
        ),
        own_day=words.say("item.own_day", **slots) if own_day else "",
        paste=paste,
        suggestion=suggestion,
        due=None if duty.preprint or duty.given else duty.due_on,
        key=duty.key,
    )


def _mode(duty: Duty) -> str:
    """Return which sentences speak of a duty."""
    return "preprint" if duty.preprint else "given" if duty.given else duty.kind.value


def _choices(matters: Sequence[Matter]) -> tuple[Choice, ...]:
    """Return what Slack offers: few, and the likeliest first. The page has the rest."""
    kinds = {matter.duty.kind for matter in matters}
    if DutyKind.PUBLISH in kinds:
        return _OF_PROJECT
    found = [Choice.CORRECTION, Choice.CREDITED] if DutyKind.CREDIT in kinds else []
    return ((Choice.REPORTED,) if kinds & set(_BOTH) else ()) + (*found, Choice.NOT_MINE, Choice.LATER)


def _button(choice: Choice, words: Words, page: str) -> Button:
    return Button(choice.value, words.say(f"choices.{choice}"), page.rsplit("/", 1)[-1])


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
    if duty.due_on is None or duty.preprint or duty.given:
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
    if chosen is None:
        return ""
    ours = known.institution
    name = ours.name if chosen.language == "nl" else ours.name_en or ours.name  # in the statement's language
    return chosen.template.replace("[institution]", name)


def _providers(matters: Sequence[Matter], known: Known, words: Words, *, short: bool = True) -> str:
    names = dict.fromkeys(
        provider_name(known.policies.get(matter.duty.policy), words, short=short) for matter in matters
    )
    return words.series([name for name in names if name])


def _few(projects: Sequence[str], words: Words) -> str:
    """Return project numbers in a row, the first three and how many more there are."""
    names = [plain(name, 40) for name in projects]
    return words.series(names) if len(names) <= 4 else f"{', '.join(names[:3])} (+{len(names) - 3})"
