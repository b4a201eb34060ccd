"""works: which records show one work, where people know better."""

from __future__ import annotations

import click

from pubtrack.cli.common import common, plain, session


@click.group(
    short_help="Join records into one work, or part them.",
    epilog="\b\nExample:\n  pubtrack works part 17 oai:repository.example.org:12\n  pubtrack works join 17 23",
)
@common
def works() -> None:
    """Join records into one work, or part them, where pubtrack got it wrong. `pubtrack explain WORK` shows the records and what
    joined them. What you say holds for good, also when the records come again; `pubtrack answer withdrawn` takes it back."""


NOTE = click.option("--note", help="Why.")
WHO = click.option("--who", default="staff", show_default=True, help="Who said it.")


@works.command(
    "part",
    short_help="A record of WORK shows another work.",
    epilog="\b\nExample:\n  pubtrack works part 10.5555/vb.2026.014 oai:repository.example.org:12 --note 'the thesis'",
)
@click.argument("work")
@click.argument("record", metavar="SOURCE_ID")
@click.option("--source", metavar="NAME", help="The record's source, where two gave one id.")
@NOTE
@WHO
@common
def part_(work: str, record: str, source: str | None, note: str | None, who: str) -> None:
    """The record SOURCE_ID, as `pubtrack explain` shows it, is a work of its own and not WORK.

    What was decided and told stays with WORK."""
    from pubtrack.answers import apply
    from pubtrack.discovery import rejoining

    opened = session()
    work_id = apply.find_work(opened.store, work)
    decision, now_work = rejoining.part(
        opened.store, work_id, record, source=source, who=who, now=opened.now, note=note
    )
    click.echo(plain(f"decision {decision.id}: {record} is work {now_work}, apart from work {decision.work_id}"))


@works.command(
    "join",
    short_help="WORK and OTHER are one work.",
    epilog="\b\nExample:\n  pubtrack works join 10.5555/vb.2026.014 23",
)
@click.argument("work")
@click.argument("other")
@NOTE
@WHO
@common
def join_(work: str, other: str, note: str | None, who: str) -> None:
    """WORK and OTHER are one work. What was decided about either holds for both."""
    from pubtrack.answers import apply
    from pubtrack.discovery import rejoining

    opened = session()
    ids = [apply.find_work(opened.store, name) for name in (work, other)]
    decision, here = rejoining.join(opened.store, ids[0], ids[1], who=who, now=opened.now, note=note)
    click.echo(f"decision {decision.id}: work {ids[0]} and work {ids[1]} are one: work {here}")


COMMANDS = (works,)
