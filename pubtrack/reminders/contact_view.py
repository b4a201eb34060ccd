"""What the message to the contact says: what staff have to take over, and why. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pubtrack.models import Duty, Work
from pubtrack.obligations.wording import plain, reference_line
from pubtrack.reminders.plan import Planned, Why
from pubtrack.reminders.views import Block, Item, Known, View, institution_name, project_line
from pubtrack.reminders.words import Words

CONTACT_ITEMS = 60  # publications and projects shown; what is left out is counted


def contact_view(planned: Planned, known: Known, words: Words) -> View:
    """Given the contact's message, return what it says: by project, who leads it, what is open, and why it comes to staff."""
    groups: dict[tuple[str, int | None], dict[Why | None, list[Duty]]] = {}
    for matter in planned.matters:
        of_work = groups.setdefault((matter.duty.project_id, matter.duty.work_id), {})
        of_work.setdefault(matter.why, []).append(matter.duty)
    blocks: dict[str, list[Item]] = {}
    for (project_id, work_id), by_reason in list(groups.items())[:CONTACT_ITEMS]:
        work = known.works.get(work_id) if work_id is not None else None
        blocks.setdefault(project_id, []).append(_contact_item(by_reason, work, words))
    left_out = len(groups) - CONTACT_ITEMS
    return View(
        language=words.language,
        subject=words.count("contact.subject", len(groups)),
        greeting="",
        intro=words.count("contact.intro", len(groups), institution=institution_name(known, words)),
        blocks=tuple(_contact_block(project_id, items, known, words) for project_id, items in blocks.items()),
        left_out=words.say("contact.more", count=left_out) if left_out > 0 else "",
        heading="",
        answers_intro="",
        answers=(),
        after=words.say("contact.after"),
        regards=(),
        button="",
        footer=(),
        sender=institution_name(known, words),
    )


def _contact_block(project_id: str, items: Sequence[Item], known: Known, words: Words) -> Block:
    project = known.projects.get(project_id)
    lead = project.lead if project else None
    if lead is None:
        who = words.say("contact.lead_none")
    else:
        form = "contact.lead" if lead.email else "contact.lead_no_address"
        who = words.say(form, name=plain(lead.name, 80), email=plain(lead.email, 120))
    return Block(project_line(project_id, known, words), None, (who,), tuple(items))


def _contact_item(by_reason: Mapping[Why | None, Sequence[Duty]], work: Work | None, words: Words) -> Item:
    """Return a publication, or the project itself, with what is asked about it and why that comes to staff."""
    return Item(
        title=reference_line(work) if work else words.say("contact.no_publication"),
        by=" ".join(_sentence(duties, why, words) for why, duties in by_reason.items()),
        why="",
    )


def _sentence(duties: Sequence[Duty], why: Why | None, words: Words) -> str:
    kinds = [words.say(f"contact.kinds.{kind}") for kind in dict.fromkeys(duty.kind for duty in duties)]
    due = min((duty.due_on for duty in duties if duty.due_on), default=None)
    asked = words.say("contact.asked", what=words.series(kinds), day=words.day(due)) if due else words.series(kinds)
    line = f"{asked}; {words.say(f'contact.{why}')}." if why else f"{asked}."
    return line[:1].upper() + line[1:]
