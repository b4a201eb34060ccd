"""Discover: every source, every question, page by page into the store; the watermark is written last."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path

from pubtrack import clock
from pubtrack.config import Settings
from pubtrack.discovery import rejoining
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.model import Counted, Page, Planner, Question, Rhythm, Source
from pubtrack.discovery.windows import Window, due_windows, moved, next_check
from pubtrack.errors import BadHarvest, SourceBlocked, SourceError, UsageError
from pubtrack.models import Answer, Decision, Progress, Record, StageReport, silent
from pubtrack.store import Store, decisions, harvests, projects, sightings

IMPORT = "import"  # the source under which imported files are kept
_BATCH = 500  # records in one transaction
_LONG = timedelta(days=2 * 365)  # whose projects ended so long ago publishes less about them
_NAMED = 5  # what is named of a longer list; the rest is counted


def run(
    store: Store,
    settings: Settings,  # noqa: ARG001 - all stages have one signature
    *,
    now: datetime,
    sources: Sequence[Source],
    since: date | None = None,
    until: date | None = None,
    progress: Progress = silent,
) -> StageReport:
    """Ask every source what is new and keep it. `since` and `until` take the place of the days that are due.

    A source that fails becomes one fault, and the others go on. A killed run goes on where it stood: every page is one transaction
    with the position after it, and a watermark moves in the transaction of the last page.
    """
    report = StageReport("discover")
    rejoining.obey(store, at=clock.stamp(now), report=report)
    people = projects.people(store)
    for source in sources:
        harvest = _Harvest(store, source, report, now, progress)
        try:
            questions = source.questions(people, None, now.date())
            due = harvest.due(questions, since, until)
        except ValueError as error:
            report.faults.append(f"{source.name}: {error}. Is the clock right? Nothing was asked of it.")
        except SourceError as error:
            report.faults.append(harvest.sentence(error))
        else:
            if not questions:
                report.notes.append(f"{source.name}: nothing to ask, for the register names nobody it could look for.")
            harvest.all(due)
        harvest.count_requests()
        harvest.name_unusable()
    return report


def import_files(
    store: Store,
    settings: Settings,  # noqa: ARG001 - all stages have one signature
    *,
    now: datetime,
    files: Sequence[Path],
    format: str | None = None,
    confirm: str | None = None,
    who: str = "staff",
    progress: Progress = silent,
) -> StageReport:
    """Given files of publications, keep what they hold. With `confirm`, a project number, record that each is that project's.

    Raise UsageError, before anything is imported, if there is no such project; after the other files, with every fault, if some
    file cannot be read.
    """
    from pubtrack.discovery.sources import file

    if confirm is not None and projects.get(store, confirm) is None:
        raise UsageError(f"There is no project {confirm} in the register. Nothing was imported.")
    report, at, done, faults = StageReport("import"), clock.stamp(now), 0, []
    rejoining.obey(store, at=at, report=report)
    for path in files:
        try:
            records = iter(file.read(path, IMPORT, format))
            while batch := list(islice(records, _BATCH)):
                with store.atomic():
                    ingest(store, batch, at=at, report=report)
                    if confirm is not None:
                        report.count(
                            "confirmed", _confirm(store, batch, Decision(Answer.MINE, now, who, IMPORT), confirm)
                        )
                report.count("records", len(batch))
                done += len(batch)
                progress(done, None, f"importing {path.name}")
        except UsageError as error:
            faults.append(str(error))
    if report.counts.get("unusable"):
        _name_unusable(store, IMPORT, report, {}, at=at)
    if faults:
        raise UsageError("\n".join(faults))
    return report


def _confirm(store: Store, batch: Sequence[Record], decision: Decision, project_id: str) -> int:
    """Given a batch just ingested, record for each work that it is the project's. Return how many works that were."""
    known = sightings.known(store, IMPORT, [record.source_id for record in batch])
    ids = {row["work_id"] for row in known.values() if row["work_id"] is not None}
    for work_id in sorted(ids):
        decisions.add(store, replace(decision, work_id=work_id, project_id=project_id))
    return len(ids)


@dataclass(frozen=True, slots=True)
class _Due:
    """A question to ask in this run, the days to ask it for, and how far its scope was harvested before."""

    question: Question
    window: Window
    watermark: date | None
    instead: bool = False  # a source's plan asks this in the place of others
    covers: tuple[_Due, ...] = ()  # of those, what is harvested when this is


@dataclass(slots=True)
class _Harvest:
    """One source in one run."""

    store: Store
    source: Source
    report: StageReport
    now: datetime
    progress: Progress
    unusable: dict[str, list[str]] = field(default_factory=dict)  # reason: what could not even become a record
    unusable_before: int = field(init=False)  # by other sources, in this run
    requests_before: int = field(init=False)
    ends: dict[int, date] | None = None  # of people whose projects have all ended
    spared: list[_Due] = field(default_factory=list)  # what a plan left out: asked for when the plan does not hold

    def __post_init__(self) -> None:
        self.unusable_before = self.report.counts.get("unusable", 0)
        asked = self.source.requests if isinstance(self.source, Counted) else 0
        self.requests_before = self.report.counts.get("requests", 0) - asked

    def due(self, questions: Sequence[Question], since: date | None, until: date | None) -> list[_Due]:
        """Return what to ask in this run. Raise ValueError if a watermark lies in the future."""
        today, watermarks = self.now.date(), harvests.watermarks(self.store, self.source.name)
        planned = since is None and until is None
        due = []
        for question in self._awake(questions) if planned else questions:
            watermark = watermarks.get(question.scope)
            if question.once:
                if question.scope not in watermarks:
                    due.append(_Due(question, Window(None, today), None))
                continue
            windows = due_windows(watermark, today, self.source.overlap_days, question.since, since=since, until=until)
            due.extend(_Due(question, window, watermark) for window in windows)
        due = self._rationed(due)
        return self._planned(due) if planned else due

    def _awake(self, questions: Sequence[Question]) -> list[Question]:
        """Those whose next check has come: by what was written down then, or by the rhythm they have today if that is sooner."""
        checked = harvests.checked(self.store, self.source.name)
        if not checked:
            return list(questions)
        today, awake = self.now.date(), []
        for question in questions:
            last = checked.get(question.scope)
            if (
                last is None
                or question.rhythm is None
                or today >= min(last.next_check_on, next_check(last.on, self._days(question.rhythm), question.scope))
            ):
                awake.append(question)
        return awake

    def _days(self, rhythm: Rhythm) -> int:
        if self.ends is None:
            self.ends = projects.last_ends(self.store)
        long_ago = self.now.date() - _LONG
        ended = rhythm.people and all(self.ends.get(one, date.max) < long_ago for one in rhythm.people)
        return rhythm.days_ended if ended else rhythm.days

    def _planned(self, due: list[_Due]) -> list[_Due]:
        """What the source makes of it: the same, or a question that stands for many."""
        if not isinstance(self.source, Planner):
            return due
        known = {entry.question.scope: entry for entry in due}
        windowed = [replace(entry.question, since=entry.window.since, until=entry.window.until) for entry in due]
        plan = self.source.planned(windowed)
        if plan.note:
            self.report.notes.append(plan.note)
        asked = {question.scope for question in plan.questions}
        self.spared = [entry for entry in due if entry.question.scope not in asked]
        return [
            known.get(question.scope)
            or _Due(
                question,
                Window(question.since, question.until),
                None,
                instead=True,
                covers=tuple(known[scope] for scope in question.stands_for),
            )
            for question in plan.questions
        ]

    def _rationed(self, due: list[_Due]) -> list[_Due]:
        rationed = [entry for entry in due if entry.question.ration is not None]
        allowed = min((entry.question.ration or 0 for entry in rationed), default=0)
        if len(rationed) <= allowed:
            return due
        asked = harvests.last_asked(self.store, self.source.name)
        rationed.sort(key=lambda entry: (asked.get(entry.question.scope, ""), entry.question.scope))
        self.report.notes.append(
            f"{self.source.name}: {allowed} of the {len(rationed)} people without an ORCID who are due were searched for, those who waited"
            " longest first; the others follow in the next runs (`searches_per_run`)."
        )
        return [entry for entry in due if entry.question.ration is None] + rationed[:allowed]

    def all(self, due: Sequence[_Due]) -> None:
        """Ask everything that is due; what fails becomes a fault, and a source that is out of reach is left in peace."""
        faults: dict[str, int] = {}
        left = deque(due)
        while left:
            entry = left.popleft()
            try:
                self._one(entry)
            except SourceError as error:
                sentence = self.sentence(error)
                passes = error.permanent or isinstance(error, BadHarvest) or entry.question.once
                if passes and entry.instead:
                    left.extend(self.spared)
                    self.report.notes.append(f"{sentence} What it was to stand for was asked for one by one.")
                    continue
                faults[sentence] = faults.get(sentence, 0) + 1
                if isinstance(error, SourceBlocked) or not passes:
                    break  # the source is out of reach: its other questions would only wait for it again
        self.report.faults += [text if met == 1 else f"{text} (met {met} times)" for text, met in faults.items()]

    def _one(self, entry: _Due) -> None:
        """Read one list to its end. Raise SourceError if that fails; what was read until then is kept."""
        question, window, at = entry.question, entry.window, clock.stamp(self.now)
        with self.store.atomic():
            harvest = harvests.begin(
                self.store, self.source.name, question.scope, since=window.since, until=window.until, at=at
            )
        # Of the day on which the reading began, and of later ones, more may come: the watermark stops before it.
        over = clock.moment(harvest.started_at).date() - timedelta(days=1)
        done, last = 0, None
        try:
            for page in self.source.pages(replace(question, since=window.since, until=window.until), harvest.position):
                if page.responded_on is not None:
                    over = min(over, page.responded_on - timedelta(days=1))
                with self.store.atomic():
                    self._keep(page, at)
                    harvests.advance(
                        self.store, harvest.id, page.position, requests=page.requests, records=len(page.records)
                    )
                    if page.position is None:
                        self._complete(entry, harvest.id, over, at)
                done, last = done + len(page.records) + (page.passed_over if page.total else 0), page
                self.progress(done, page.total, self.source.name)
            if last is not None and last.position is not None:
                raise BadHarvest(f"{self.source.name}: a list ended without saying that it was complete.")
            if last is None:  # a source may have nothing to say at all
                with self.store.atomic():
                    self._complete(entry, harvest.id, over, at)
        except SourceError as error:
            with self.store.atomic():
                resumable = not isinstance(error, BadHarvest)
                harvests.fail(self.store, harvest.id, str(error), resumable=resumable, at=at)
            raise

    def _keep(self, page: Page, at: str) -> None:
        ingest(self.store, page.records, at=at, report=self.report)
        self.report.count("requests", page.requests)
        self.report.count("records", len(page.records))
        if page.passed_over:
            self.report.count("passed over", page.passed_over)
        for place, reason in page.unusable:
            self.report.count("unusable")
            self.unusable.setdefault(reason, []).append(place)

    def _complete(self, entry: _Due, harvest_id: int, over: date, at: str) -> None:
        question = entry.question
        reached = None if question.once else moved(entry.watermark, entry.window, over, question.since)
        rhythm = question.rhythm
        again = next_check(self.now.date(), self._days(rhythm), question.scope) if rhythm else None
        harvests.complete(self.store, harvest_id, reached, at=at, next_check=again)
        reaches = [
            (one.question.scope, moved(one.watermark, entry.window, over, one.question.since)) for one in entry.covers
        ]
        if reaches:
            harvests.covered(self.store, self.source.name, reaches, by=harvest_id, at=at)

    def count_requests(self) -> None:
        """Count what was asked beside the pages: plans, formats, tries that failed."""
        if isinstance(self.source, Counted):
            told = self.report.counts.get("requests", 0) - self.requests_before
            if self.source.requests > told:
                self.report.count("requests", self.source.requests - told)

    def sentence(self, error: SourceError) -> str:
        """Return the error as a fault that names the source."""
        text = str(error)
        return text if text.startswith(f"{self.source.name}:") else f"{self.source.name}: {text}"

    def name_unusable(self) -> None:
        """Name what this run could not use."""
        if self.report.counts.get("unusable", 0) > self.unusable_before:
            _name_unusable(self.store, self.source.name, self.report, self.unusable, at=clock.stamp(self.now))


def _name_unusable(store: Store, source: str, report: StageReport, unusable: dict[str, list[str]], *, at: str) -> None:
    """Name by reason what could not be used: it is never dropped in silence."""
    found = [(reason, places[:_NAMED], len(places)) for reason, places in unusable.items()]
    for reason, ids, total in [*found, *harvests.unusable(store, source, at=at, most=_NAMED)]:
        more = f" and {total - len(ids)} more" if total > len(ids) else ""
        report.notes.append(f"{source}: {total} not usable, {reason}: {', '.join(ids)}{more}.")
