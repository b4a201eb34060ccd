"""Compile the reference list for the provider."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.errors import UsageError
from pubtrack.models import Progress, StageReport, silent
from pubtrack.obligations.policy import Policy
from pubtrack.references import copies, output, sending, snapshot
from pubtrack.references.gather import Gathered, gather, within
from pubtrack.references.lists import Item, Key, ReferenceList, compile_list, next_name
from pubtrack.references.output import write_files
from pubtrack.references.period import Period
from pubtrack.references.rows import NEWEST, headers, lacks
from pubtrack.references.words import LOCALES
from pubtrack.references.writers import WRITERS
from pubtrack.store import Store, projects, runs
from pubtrack.store import references as table

DEFAULT = ("xlsx", "csv", "text", "bibtex")
Scope = Literal["new", "all"]


@dataclass(frozen=True, slots=True)
class Making:
    """How a list is made: the CSL style, the language, the provider's columns."""

    style: str
    language: Literal["nl", "en"]
    layout: str

    @property
    def written_in(self) -> str:
        """Return style and locale as one name."""
        return f"{self.style}/{LOCALES[self.language]}"


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    scope: Scope = "new",
    project: str | None = None,
    period: str | None = None,
    formats: Sequence[str] = DEFAULT,
    style: str | None = None,
    language: Literal["nl", "en"] | None = None,
    layout: str = NEWEST,
    folder: Path | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Given a moment, make or remake the draft of the next reference list and write its files.

    Scope `new` holds the confirmed and accepted outputs that no sent list holds and nobody reported otherwise, and the
    corrections of what was sent; `all` holds every output. `project` and `period` (2026, 2026-10, 2026-07:2026-09, by the day of
    publication) keep it to those. A draft is remade under its name on the day it was made; on a later
    day what has changed is a new draft, so that a list somebody took away yesterday can still be closed as it was. A list that is
    on its way by mail stands still, and is closed here once the mail has left. With nothing new since, nothing is touched.
    Counts: new, corrections, lacking, unchanged. Raise UsageError for a format, style, layout, project or period that is none.
    """
    report = sending.settle(store)
    report.stage, report.counts = "references", {}
    _check(store, formats, project)
    headers(layout)
    made = Making(
        style or settings.references.style,
        language or settings.references.language or settings.institution.language,
        layout,
    )
    between = Period.parse(period) if period is not None else None
    key = scope + (f":{project}" if project is not None else "") + (f"@{between.text}" if between else "")
    mark, state = f"references/{key}", _state(store, settings, policies, formats, made, folder)
    held = _newest_draft(store, key)
    if runs.mark(store, mark) == state and all(Path(file).exists() for file in (held or {}).get("files", ())):
        return _unchanged(report, held)

    gathered = within(gather(store, policies, project), between)
    _remark(report, gathered)
    references = _compile(store, settings, policies, gathered, now, scope, made, report, progress)
    at = clock.stamp(now)
    if not references.all_items:
        with store.atomic():
            table.remove_drafts(store, key)
            runs.set_mark(store, mark, state, at=at)
        report.notes.append("There is nothing new to report to the provider.")
        return report
    if "copies" in formats:
        references = replace(references, copies=copies.gather(store, settings, references.all_items, now.date()))
    references = _save(store, references, key, _suffix(scope, project, between), made, held, now)
    files = output.made(references, formats)
    report.files = write_files(references, files, folder or settings.reports / "references" / references.name)
    with store.atomic():
        table.set_files(store, references.name, report.files, output.kept(files))
        runs.set_mark(store, mark, state, at=at)
    _tell(report, references)
    return report


def _check(store: Store, formats: Sequence[str], project: str | None) -> None:
    unknown = [name for name in formats if name not in WRITERS]
    if unknown:
        raise UsageError(f"There is no format named {unknown[0]}. Known: {', '.join(WRITERS)}.")
    if project is not None and projects.get(store, project) is None:
        raise UsageError(f"There is no project {project} in the register.")


def _state(
    store: Store,
    settings: Settings,
    policies: Sequence[Policy],
    formats: Sequence[str],
    made: Making,
    folder: Path | None,
) -> str:
    """Return a hash of everything a list is made of and asked for."""
    counted = [(policy.id, policy.applies_to, policy.publication_types, policy.provider) for policy in policies]
    asked = repr((counted, settings.institution, settings.references.to, settings.reports, list(formats), made, folder))
    held = table.copies_fingerprint(store) if "copies" in formats else ""
    return f"{table.fingerprint(store)}/{held}/{hashlib.sha256(asked.encode()).hexdigest()}"


def _newest_draft(store: Store, scope: str) -> dict[str, Any] | None:
    drafts = [
        row for row in table.lists(store) if row["state"] == "draft" and row["scope"] == scope and not row["outbox_key"]
    ]
    return drafts[-1] if drafts else None


def _compile(
    store: Store,
    settings: Settings,
    policies: Sequence[Policy],
    gathered: Gathered,
    now: datetime,
    scope: Scope,
    made: Making,
    report: StageReport,
    progress: Progress,
) -> ReferenceList:
    from pubtrack.references.formatting import Formatter  # citeproc-py takes a while: not when there is nothing new

    language = made.language
    formatter = Formatter(made.style, language, table.formatted(store, made.written_in))
    new, corrections = compile_list(gathered.candidates, gathered.sent, gathered.known, scope=scope)
    total = len(new) + len(corrections)

    def formatted(item: Item, done: int) -> Item:
        progress(done, total, "references")
        reference = formatter.format(item.csl, item.content_hash)
        if reference.fault:
            report.notes.append(
                f"{item.csl.get('title', 'no title')} (work {item.work_id}) stands as a plain line: {reference.fault}."
            )
        return replace(item, formatted=reference.html)

    provider = policies[0].provider if policies else None
    names = {"nl": (provider.name_nl or provider.name), "en": provider.name} if provider else {}
    name = settings.institution.name if language == "nl" else settings.institution.name_en or settings.institution.name
    return ReferenceList(
        name="",
        made_on=now.date(),
        language=language,
        institution=name,
        provider=names.get(language, ""),
        to=settings.references.to,
        layout=made.layout,
        items=tuple(formatted(item, done) for done, item in enumerate(new, start=1)),
        corrections=tuple(
            replace(correction, item=formatted(correction.item, done))
            for done, correction in enumerate(corrections, start=len(new) + 1)
        ),
    )


def _save(
    store: Store,
    references: ReferenceList,
    key: str,
    suffix: str,
    made: Making,
    held: dict[str, Any] | None,
    now: datetime,
) -> ReferenceList:
    """Keep the draft, and return it with its name and the day it was made: that of its content, not of this run."""
    with store.atomic():
        name = _name(store, suffix, references, held, now)
        about = snapshot.taken(references, (held or {}).get("about", "{}"))
        rows, at = _rows(references), clock.stamp(now)
        table.save_draft(store, name, scope=key, style=made.written_in, about=about, rows=rows, at=at)
        table.remove_spent_drafts(store, key, keep=name)
        made_at = next(row["made_at"] for row in table.lists(store) if row["name"] == name)
    return replace(references, name=name, made_on=clock.moment(made_at).astimezone(now.tzinfo).date())


def _rows(references: ReferenceList) -> list[table.ItemRow]:
    return [
        table.ItemRow(item.project_id, item.work_id, dict(item.csl), item.content_hash, item.formatted)
        for item in references.all_items
    ]


def _name(
    store: Store,
    suffix: str,
    references: ReferenceList,
    held: dict[str, Any] | None,
    now: datetime,
) -> str:
    """Return the name to save under: the draft's own if it holds the same or is of today, else the next free one of the month."""
    if held is not None:
        same = {(row.project_id, row.work_id, row.content_hash) for row in table.items(store, held["id"])}
        today = clock.moment(held["made_at"]).astimezone(now.tzinfo).date() == now.date()
        if today or same == {(item.project_id, item.work_id, item.content_hash) for item in references.all_items}:
            return str(held["name"])
    return next_name(f"{now:%Y-%m}", {row["name"] for row in table.lists(store)}, suffix)


def _suffix(scope: Scope, project: str | None, between: Period | None) -> str:
    """Return what tells a list of less or of more than what is new from the month's: -all-project-9001-of-2026-10."""
    parts = ["all"] if scope == "all" else []
    parts += [f"project-{project}"] if project is not None else []
    parts += [f"of-{between.text}"] if between else []
    return "".join("-" + re.sub(r"[^A-Za-z0-9]+", "-", part).strip("-") for part in parts)


def _unchanged(report: StageReport, held: dict[str, Any] | None) -> StageReport:
    if held is None:
        report.notes.append("There is nothing new to report to the provider.")
        return report
    report.count("unchanged", int(held["items"]))
    report.files = list(held["files"])
    return report


def _remark(report: StageReport, gathered: Gathered) -> None:
    """Say what is not in the list although somebody may look for it there."""
    if gathered.left_out:
        kinds = ", ".join(sorted({str(item.csl["type"]) for item in gathered.left_out}))
        count = len(gathered.left_out)
        report.notes.append(f"{count} of the outputs are of a kind that no policy counts as a publication: {kinds}.")
    if gathered.undated:
        report.notes.append(
            f"In no period, for want of a publication date: {_some([item.key for item in gathered.undated])}."
        )
    if gathered.withdrawn:
        report.notes.append(
            f"Sent to the provider, and no longer held to be an output: {_some(gathered.withdrawn)}. Tell the provider."
        )


def _some(pairs: Sequence[Key]) -> str:
    named = ", ".join(f"work {work_id} of project {project_id}" for project_id, work_id in pairs[:5])
    return named + (f" and {len(pairs) - 5} more" if len(pairs) > 5 else "")


def _tell(report: StageReport, references: ReferenceList) -> None:
    report.count("new", len(references.items))
    report.count("corrections", len(references.corrections))
    lacking = sum(bool(lacks(item, references.language)) for item in references.all_items)
    report.count("lacking", lacking)
    if lacking:
        report.notes.append(f"References that lack something: {lacking}. What, and who can give it: {report.files[-1]}")
    name = references.name
    report.notes.append(
        f"List {name} is a draft. When the provider has it: pubtrack references sent {name} --receipt TEXT"
    )
