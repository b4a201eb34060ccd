"""match, review, answer: weighing, and what people say; credit comes with them."""

from __future__ import annotations

from datetime import date

import click

from pubtrack.cli.common import Bar, Day, common, lines, plain, session, show
from pubtrack.cli.credit import credit
from pubtrack.cli.find import JSON
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Choice, DutyKind


@click.command(
    short_help="Hold works against projects.",
    epilog="\b\nExample:\n  pubtrack match --json | head -3\n  pubtrack match --calibrate",
)
@JSON
@click.option(
    "--calibrate", is_flag=True, help="Learn weights from what people decided; say whether they would do better."
)
@click.option("--write", is_flag=True, help="With --calibrate: write them into matching.toml if they do.")
@common
def match(as_json: bool, calibrate: bool, write: bool) -> None:
    """Hold works against projects: accept, review or reject, with the evidence."""
    from pubtrack.matching import show as shows
    from pubtrack.matching import stage

    opened = session()
    if calibrate:
        from pubtrack.matching import calibrate as calibration

        path = opened.config_path.with_name("matching.toml")
        report, code = opened.stage(
            "calibrate", lambda: calibration.run(opened.store, opened.settings, path=path, write=write)
        )
        show(report, as_json=as_json)
        raise click.exceptions.Exit(code)
    if write:
        raise UsageError("--write goes with --calibrate.")
    with Bar() as progress:
        report, code = opened.stage(
            "match", lambda: stage.run(opened.store, opened.settings, now=opened.now, progress=progress)
        )
    if as_json:
        lines(shows.lines(opened.store, opened.settings))
        for fault in report.faults:
            click.echo(fault, err=True)
    else:
        show(report)
    raise click.exceptions.Exit(code)


@click.group(
    short_help="The works that staff are asked about.",
    invoke_without_command=True,
    epilog="\b\nExample:\n  pubtrack review\n  pubtrack review accept 17 9001",
)
@click.option("--limit", default=20, show_default=True, help="Show this many; 0 shows all.")
@JSON
@common
@click.pass_context
def review(ctx: click.Context, limit: int, as_json: bool) -> None:
    """The works that staff are asked about, most likely first; accept or reject them."""
    if ctx.invoked_subcommand:
        return
    from pubtrack.matching import queue

    asked = queue.review(session().store)
    if as_json:
        lines(asked[: limit or None])
        return
    shown_now = asked[: limit or None]
    if not shown_now:
        click.echo("Nothing to review.")
        return
    for item in shown_now:
        click.echo(plain(f"\nwork {item['work']}: {item['title']}"))
        when = f" ({item['issued'][:4]})" if item["issued"] else ""
        click.echo(plain(f"  {item['authors']}{when}"))
        if item["address"]:
            click.echo(plain(f"  {item['address']}"))
        click.echo(plain(f"  of project {item['project']}, {item['project_title']}? ({item['score']:.2f})"))
        click.echo(plain(f"  for: {item['because']}"))
        if item["against"]:
            click.echo(plain(f"  against: {item['against']}"))
        for other in item["alternatives"]:
            click.echo(
                plain(
                    f"  or of project {other['project']}, {other['project_title']}? ({other['band']} {other['score']:.2f})"
                )
            )
    click.echo(f"\n{len(shown_now)} of {len(asked)} shown. Answer: pubtrack review accept|reject WORK PROJECT")


def _review(name: str, answer: Answer, help_text: str) -> None:
    @review.command(name, help=help_text, epilog=f"\b\nExample:\n  pubtrack review {name} 17 9001")
    @click.argument("work")
    @click.argument("project")
    @click.option("--note", help="Why.")
    @click.option("--who", default="staff", show_default=True)
    @common
    def command(work: str, project: str, note: str | None, who: str) -> None:
        _record(answer, who=who, project=project, work=work, note=note)


_review("accept", Answer.MINE, "WORK is an output of PROJECT.")
_review("reject", Answer.NOT_MINE, "WORK is not an output of PROJECT; it will not be asked again.")


_IN_LEADS_WORDS = {
    Choice.LATER.value: Answer.SNOOZED,
    Choice.STOP.value: Answer.OPT_OUT,
    Choice.CORRECTION.value: Answer.CORRECTION_REQUESTED,
}
_ANSWERS = list(
    dict.fromkeys(
        [a.value for a in Answer if a not in (Answer.JOINED, Answer.PARTED)] + [choice.value for choice in Choice]
    )
)


@click.command(
    short_help="Record what somebody told you.",
    epilog="\b\nExample:\n  pubtrack answer snoozed --project 9001 --until 2027-01-15 --note 'on leave'",
)
@click.argument("answer", type=click.Choice(_ANSWERS), metavar="ANSWER")
@click.option("--project", metavar="NUMBER")
@click.option("--to", metavar="NUMBER", help="With wrong_project: the project that it belongs to.")
@click.option("--publication", metavar="TEXT", help="With another: a DOI, a web address or a reference.")
@click.option("--work", metavar="WORK", help="Its number, DOI or other identity.")
@click.option("--person", metavar="PERSON", help="Mail address, ORCID or number.")
@click.option("--duty", type=click.Choice([kind.value for kind in DutyKind]), help="Only this kind of duty.")
@click.option("--policy", metavar="ID", help="Only under this policy, where a project stands under several.")
@click.option("--until", type=Day(), help="The day that the answer names.")
@click.option("--note", help="What was said; with `withdrawn`: decision N.")
@click.option("--who", default="staff", show_default=True, help="Who said it.")
@common
def answer(
    answer: str,
    project: str | None,
    to: str | None,
    publication: str | None,
    work: str | None,
    person: str | None,
    duty: str | None,
    policy: str | None,
    until: date | None,
    note: str | None,
    who: str,
) -> None:
    """Record what somebody told you. ANSWER is one of: mine, not_mine, credited, not_credited, reported, copy_sent, waived,
    snoozed, nothing_to_report, planned, correction_requested, opt_out, opt_in, away, withdrawn; or in a lead's words: later, stop,
    correction, wrong_project (with --to), another (with --publication).

    Decisions are kept for ever; the newest holds, and saying the same twice changes nothing."""
    known = [held.id for held in session().policies] if policy is not None else []
    if policy is not None and policy not in known:
        raise UsageError(f"There is no policy {policy}. The configuration names: {', '.join(known)}.")
    if (to is not None) != (answer == Choice.WRONG_PROJECT) or (publication is not None) != (answer == Choice.ANOTHER):
        raise UsageError("wrong_project takes --to, another takes --publication, and no other answer takes either.")
    about = {"project": project, "work": work, "person": person, "duty": duty, "policy": policy}
    if publication is not None:
        _another(publication, project, who)
    elif to is not None:
        with session().store.atomic():
            _record(Answer.NOT_MINE, who=who, until=until, note=note, **about)
            _record(Answer.MINE, who=who, until=until, note=note, **about | {"project": to})
    else:
        _record(_IN_LEADS_WORDS.get(answer) or Answer(answer), who=who, until=until, note=note, **about)


def _another(publication: str, project: str | None, who: str) -> None:
    from pubtrack import bootstrap

    opened = session()
    if project is None:
        raise UsageError("Whose publication is it? Give the --project.")
    door = bootstrap.report(opened.settings)
    taken = door(opened.store, text=publication, project=project, who=who, through="cli", now=opened.now)
    if taken.work_id is None:
        click.echo("Kept. It is not known yet; every run looks for it.")
    else:
        click.echo(f"work {taken.work_id}: of project {project}")


def _record(
    answer: Answer,
    *,
    who: str,
    project: str | None = None,
    work: str | None = None,
    person: str | None = None,
    duty: str | None = None,
    policy: str | None = None,
    until: date | None = None,
    note: str | None = None,
) -> None:
    from pubtrack.answers import apply

    opened = session()
    decision = apply.apply(
        opened.store,
        answer=answer,
        who=who,
        through="cli",
        now=opened.now,
        project=project,
        work=work,
        person=person,
        duty=DutyKind(duty) if duty else None,
        until=until,
        note=note,
        policy=policy,
    )
    click.echo(f"decision {decision.id}: {decision.answer.value}")


COMMANDS = (credit, match, review, answer)
