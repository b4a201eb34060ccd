"""Read the open copies of works that may be somebody's output, and keep what they say of the provider."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from pubtrack import executor
from pubtrack.clock import stamp
from pubtrack.config import Settings
from pubtrack.credit import documents, kept, waiting
from pubtrack.credit.check import READER, unreadable
from pubtrack.credit.copies import Handed, handed_in
from pubtrack.credit.documents import Document
from pubtrack.credit.locate import places
from pubtrack.credit.outcomes import Outcome, Reading
from pubtrack.credit.statement import suggestion
from pubtrack.executor import Executor, Failure
from pubtrack.models import Finding, Progress, Project, StageReport, Verdict, Work, silent
from pubtrack.net.guarded import Fetch
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, findings, projects
from pubtrack.store import works as work_table

__all__ = ["Fetch", "run"]

NO_COPY = "no open copy found"
NOT_FOLLOWED = "no copy was handed in, and links are not followed (credit.fetch)"


def run(
    store: Store,
    settings: Settings,
    *,
    now: datetime,
    policies: Sequence[Policy],
    fetch: Fetch | None = None,
    works: Sequence[int] | None = None,
    workers: int | None = None,
    dask: str | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Read copies of the shortlisted works, or of `works`, and keep one finding per work, policy and text.

    A text is read once per version of the reader and of the policy. A work without any copy is `unreadable`, with the day to look again;
    `works` are looked at whatever that day is. Documents are read and judged by `workers` processes or by the cluster at `dask` (see
    pubtrack.executor); links are followed and findings written here alone. Faults: what is wrong in an index.csv, and works whose
    document no worker brought back: the next run tries them again. Counts: read, the verdicts of findings that are new or changed,
    unchanged.
    """
    report = StageReport("credit")
    handed = handed_in(settings.credit.copies)
    report.faults.extend(handed.faults)
    this_run = _Run(store, settings, now, policies, fetch, report)
    this_run.take(handed.copies)
    shortlist = findings.shortlist(store)
    wanted = shortlist if works is None else {work: shortlist.get(work, []) for work in works}
    todo = {
        work_id: project_ids
        for work_id, project_ids in wanted.items()
        if this_run.wants(work_id, project_ids, again=works is not None)
    }
    with executor.opened(workers, dask, expected=len(todo)) as some:
        try:
            for done in this_run.all(todo, some, again=works is not None):
                progress(done, len(todo), "works")
        finally:
            documents.close()
    if settings.credit.keep_files:
        kept.sweep(kept.folder_of(settings.database), findings.files(store))
    if this_run.waiting:
        number = f"{len(this_run.waiting)} works wait" if len(this_run.waiting) > 1 else "1 work waits"
        report.notes.append(
            f"{number} for the next run: one run follows {settings.credit.per_run} links (credit.per_run)"
        )
    return report


@dataclass(slots=True)
class _Look:
    """One work that is looked at: `steps` gives the next document to read, takes its findings, and comes to all outcomes."""

    work: Work
    covering: Sequence[Policy]
    project_ids: Sequence[str]
    steps: Generator[Document, dict[str, Finding], None]
    outcomes: list[Outcome]


class _Run:
    """One run of the stage: what it knows before it begins, and what it does to one work."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        now: datetime,
        policies: Sequence[Policy],
        fetch: Fetch | None,
        report: StageReport,
    ) -> None:
        self.waiting: set[int] = set()  # works with links that this run may not follow any more
        self._store, self._settings, self._policies, self._report = store, settings, policies, report
        self._now, self._at, self._today = now, stamp(now), now.date().isoformat()
        self._follows = fetch is not None
        self._reading = Reading(settings, now, fetch, report.count)
        self._followed = 0
        self._judged = findings.judged(store, READER)
        self._rows: dict[int, dict[str, dict[str, Any]]] = {}
        for row in findings.copies(store):
            self._rows.setdefault(row["work_id"], {})[row["location"]] = row
        self._handed: dict[int, list[Handed]] = {}
        self._projects: dict[str, Project] | None = None

    def take(self, copies: Sequence[Handed]) -> None:
        """Take in the copies that people handed in; those of works nobody knows yet are told in a note."""
        named = findings.works_named(self._store, (copy.work for copy in copies)) if copies else {}
        for copy in copies:
            for work_id in named.get(copy.work, ()):
                self._handed.setdefault(work_id, []).append(copy)
        unknown = sorted({copy.work.removeprefix("doi:") for copy in copies if copy.work not in named})
        if unknown:
            shown = ", ".join(unknown[:5]) + (" ..." if len(unknown) > 5 else "")
            self._report.notes.append(f"copies were handed in of works that no source has given yet: {shown}")

    def wants(self, work_id: int, project_ids: Sequence[str], *, again: bool) -> bool:
        """Whether there is anything to do for a work under the policies that cover it."""
        covering = self._covering(project_ids)
        if covering and (self._fresh(work_id, covering) or self._due(work_id, covering, again=again)):
            return True
        self._report.count("unchanged", len(covering))
        return False

    def _covering(self, project_ids: Sequence[str]) -> list[Policy]:
        return [policy for policy in self._policies if _covers(policy, project_ids)]

    def _looks(self, todo: Mapping[int, Sequence[str]], *, again: bool) -> Iterator[_Look]:
        for work_id, project_ids in todo.items():
            work = work_table.get(self._store, work_id)
            if work is not None:
                outcomes: list[Outcome] = []
                covering = self._covering(project_ids)
                steps = self._steps(work, covering, project_ids, outcomes, again=again)
                yield _Look(work, covering, project_ids, steps, outcomes)

    def all(self, todo: Mapping[int, Sequence[str]], some: Executor, *, again: bool) -> Iterator[int]:
        """Look at works, as many at a time as there is room for; yield how many are done whenever one is."""
        under_way: dict[int, _Look] = {}
        done = 0

        def advance(look: _Look, found: dict[str, Finding] | None) -> bool:
            """Go on with a work until its next document; return whether it is done."""
            try:
                document = next(look.steps) if found is None else look.steps.send(found)
            except StopIteration:
                with self._store.atomic():
                    self._keep(look)
                return True
            under_way[id(document)] = look
            some.submit(documents.judged, document)
            return False

        def one_back() -> bool:
            document, found = some.next()
            look = under_way.pop(id(document))
            if isinstance(found, Failure):
                name = look.work.doi or look.work.title or f"work {look.work.id}"
                self._report.faults.append(
                    f"{name}: its copy was not judged, for {found.reason}. The next run tries it again."
                )
                return True
            return advance(look, found)

        for look in self._looks(todo, again=again):
            while not some.room:
                if one_back():
                    yield (done := done + 1)
            if advance(look, None):
                yield (done := done + 1)
        while some.busy:
            if one_back():
                yield (done := done + 1)

    def _fresh(self, work_id: int, covering: Sequence[Policy]) -> bool:
        """Whether a copy was handed in that is new, has changed or is not judged yet: by the file's size and date, without reading it."""
        rows = self._rows.get(work_id, {})
        for copy in self._handed.get(work_id, ()):
            row = rows.get(copy.location)
            if row is None or row["etag"] != copy.stamp or self._lacking(work_id, covering, row["content_hash"]):
                return True
        return False

    def _due(self, work_id: int, covering: Sequence[Policy], *, again: bool) -> bool:
        """Whether a work that could not be read yet is to be looked at today."""
        unread = [policy for policy in covering if not self._read(work_id, policy)]
        if again or not unread:
            return bool(unread)
        rows = self._rows.get(work_id, {}).values()
        if self._follows and any(row["next_check_at"] and row["next_check_at"] <= self._at for row in rows):
            return True
        for policy in unread:
            last = self._judged.get((work_id, policy.id, policy.version, ""))
            if last is not None:
                stale = self._follows and last["reason"] == NOT_FOLLOWED
                if stale or (last["look_again_on"] or "") <= self._today:
                    return True
            elif not any(
                row["content_hash"] and not self._lacking(work_id, [policy], row["content_hash"]) for row in rows
            ):
                return True
        return False

    def _read(self, work_id: int, policy: Policy) -> bool:
        """Whether some copy of a work, and not only its preprint, was read to its end under a policy as it is now."""
        rows = self._rows.get(work_id, {}).values()
        contents = {row["content_hash"] for row in rows if row["version"] != "submitted"} - {None}
        found = (self._judged.get((work_id, policy.id, policy.version, content)) for content in contents)
        return any(row is not None and row["verdict"] != Verdict.UNREADABLE for row in found)

    def _lacking(self, work_id: int, covering: Sequence[Policy], content: str | None) -> list[Policy]:
        return [
            policy for policy in covering if (work_id, policy.id, policy.version, content or "") not in self._judged
        ]

    def _steps(
        self,
        work: Work,
        covering: Sequence[Policy],
        project_ids: Sequence[str],
        outcomes: list[Outcome],
        *,
        again: bool,
    ) -> Generator[Document, dict[str, Finding], None]:
        """Read what was handed in; follow links as long as no copy could be read."""
        work_id = work.id or 0

        def lacking(content: str) -> list[Policy]:
            return self._lacking(work_id, covering, content)

        def fill(language: str) -> dict[str, str]:
            return self._fill(language, project_ids)

        read = all(self._read(work_id, policy) for policy in covering)
        for copy in self._handed.get(work_id, ()):
            outcome = yield from self._reading.file(work, copy, lacking, fill)
            read = read or outcome.read
            outcomes.append(outcome)
        if not self._follows or read:
            return
        places_left = deque(places(work, unpaywall=self._settings.credit.unpaywall_email is not None))
        known = {link.url for link in places_left}
        while places_left:
            link = places_left.popleft()
            row = self._rows.get(work_id, {}).get(link.url)
            waits = row is not None and (row["next_check_at"] or "") > self._at
            if waits and not again and not (row is not None and row["content_hash"] and lacking(row["content_hash"])):
                continue
            if self._followed >= self._settings.credit.per_run:
                self.waiting.add(work_id)
                return
            self._followed += 1
            outcome = yield from self._reading.link(work, link, row, lacking, fill)
            outcomes.append(outcome)
            if outcome.read and link.version != "submitted":  # after a preprint the article itself is still looked for
                return
            fresh = [further for further in outcome.further if further.url not in known]
            known |= {further.url for further in fresh}
            places_left.extendleft(reversed(fresh))

    def _keep(self, look: _Look) -> None:
        """Write what was found of one work; if there is no copy at all, say so, with the day to look again."""
        work, outcomes, project_ids = look.work, look.outcomes, look.project_ids
        work_id = work.id or 0
        for outcome in outcomes:
            copy_id = findings.save_copy(self._store, work_id, outcome.location, at=self._at, **outcome.columns)
            for finding in outcome.found.values():
                content = str(outcome.columns["content_hash"])
                self._save(replace(finding, work_id=work_id, copy_id=copy_id), content)
                self._judged[work_id, finding.policy, finding.policy_version, content] = {
                    "verdict": finding.verdict.value
                }
        errors = [outcome.columns["error"] for outcome in outcomes if outcome.columns.get("error")]
        contents = {row["content_hash"] for row in self._rows.get(work_id, {}).values()}
        contents |= {outcome.columns.get("content_hash") for outcome in outcomes}
        for policy in look.covering:
            if work_id in self.waiting or any(
                content and not self._lacking(work_id, [policy], content) for content in contents
            ):
                continue
            reason = (
                f"no open copy could be read: {errors[-1]}" if errors else NO_COPY if self._follows else NOT_FOLLOWED
            )
            last = self._judged.get((work_id, policy.id, policy.version, ""))
            paste = suggestion(policy.statements, work.language, lambda language: self._fill(language, project_ids))
            finding = replace(unreadable(policy, reason), work_id=work_id, suggestion=paste)
            again = waiting.look_again(self._now.date(), last, work.issued)
            self._save(replace(finding, look_again_on=again), "")

    def _save(self, finding: Finding, content: str) -> None:
        changed = findings.save(self._store, finding, content_hash=content, at=self._at)
        self._report.count(finding.verdict.value if changed else "unchanged")

    def _fill(self, language: str, project_ids: Sequence[str]) -> dict[str, str]:
        """What is known for the statement's slots: our institution in the statement's language, the projects' data sets if they are few."""
        if self._projects is None:
            self._projects = {project.id: project for project in projects.every(self._store)}
        ours = self._settings.institution
        known = [self._projects[project] for project in project_ids if project in self._projects]
        names = dict.fromkeys(name for project in known for name in project.datasets)
        fill = {"institution": ours.name if language == "nl" else ours.name_en or ours.name}
        return fill | ({"data": ", ".join(names)} if 0 < len(names) <= 8 else {})


def _covers(policy: Policy, project_ids: Sequence[str]) -> bool:
    """Whether a policy applies to one of a work's projects, or to all."""
    return "*" in policy.applies_to or any(
        fnmatchcase(project, form) for project in project_ids for form in policy.applies_to
    )
