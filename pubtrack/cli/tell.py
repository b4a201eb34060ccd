"""duties, remind, digest, outbox: what is owed and who is told."""

from __future__ import annotations

import click

from pubtrack.cli.common import Bar, common, lines, session, show, table
from pubtrack.cli.find import JSON
from pubtrack.errors import UsageError

SEND = click.option("--send", is_flag=True, help="Let it leave. Without this nothing does.")


@click.command(
    short_help="What is owed, and where it stands.",
    epilog="\b\nExample:\n  pubtrack duties --overdue\n  pubtrack duties --project 9001 --json",
)
@click.option("--overdue", is_flag=True, help="Only what is overdue.")
@click.option("--open", "only_open", is_flag=True, help="Only what is due, overdue or unclear.")
@click.option("--project", metavar="NUMBER", help="Only this project.")
@JSON
@common
def duties(overdue: bool, only_open: bool, project: str | None, as_json: bool) -> None:
    """What every project owes its provider, and where that stands today (or on --as-of)."""
    from pubtrack import export
    from pubtrack.store import projects

    if project is not None and projects.get(session().store, project) is None:
        raise UsageError(f"There is no project {project} in the register.")
    wanted = {"overdue"} if overdue else {"due", "overdue", "unclear"} if only_open else None
    opened = session()
    rows = [
        row
        for row in export.duties(opened.store, opened.policies, now=opened.now)
        if (wanted is None or row["state"] in wanted) and project in (None, row["project"])
    ]
    if as_json:
        lines({name: value for name, value in row.items() if name != "title"} for row in rows)
        return
    table(
        None,
        ("project", "duty", "state", "due", "because", "work"),
        [
            (
                r["project"],
                r["kind"],
                r["state"],
                r["due_on"],
                r["because"],
                f"{r['work']}: {r['title']}" if r["work"] else "",
            )
            for r in rows
        ],
    )
    click.echo(f"{len(rows)} duties")


@click.command(
    short_help="Plan the messages due today.", epilog="\b\nExample:\n  pubtrack remind\n  pubtrack remind --send"
)
@SEND
@JSON
@common
def remind(send: bool, as_json: bool) -> None:
    """Plan the messages due today: previews without --send; with it they are queued and delivered.

    The first sending run takes stock and sends nothing."""
    from pubtrack import bootstrap
    from pubtrack.reminders import stage

    opened = session()
    with Bar() as progress:
        report, code = opened.stage(
            "remind",
            lambda: stage.run(
                opened.store,
                opened.settings,
                now=opened.now,
                policies=opened.policies,
                send=send,
                link=bootstrap.link(opened.settings, now=opened.now),
                cite=bootstrap.cite(opened.store, opened.settings),
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(_deliver(code, as_json) if send else code)


@click.command(short_help="Write one month on one page.", epilog="\b\nExample:\n  pubtrack digest --month 2026-10")
@click.option("--month", metavar="YYYY-MM", help="The month; the last complete one by default.")
@SEND
@JSON
@common
def digest(month: str | None, send: bool, as_json: bool) -> None:
    """Write one month's digest as HTML and text; with --send also to its recipients, once."""
    from pubtrack.digest import stage
    from pubtrack.pipeline import month_files

    opened = session()
    with Bar() as progress:
        report, code = opened.stage(
            "digest",
            lambda: stage.run(
                opened.store,
                opened.settings,
                now=opened.now,
                policies=opened.policies,
                month=month,
                send=send,
                attach=month_files(opened.store, opened.settings, opened.policies, opened.now),
                progress=progress,
            ),
        )
    show(report, as_json=as_json)
    raise click.exceptions.Exit(_deliver(code, as_json) if send else code)


def _deliver(code: int, as_json: bool) -> int:
    """Deliver what is queued, and return the worse of two exit codes."""
    from pubtrack import bootstrap, pipeline
    from pubtrack.reminders import delivery

    opened = session()
    channels = bootstrap.channels(opened.settings)
    report, delivered = opened.stage(
        "deliver", lambda: delivery.run(opened.store, opened.settings, now=opened.now, channels=channels)
    )
    show(report, as_json=as_json)
    return pipeline.worse(code, delivered)


@click.group(
    short_help="Every message, and what became of it.",
    invoke_without_command=True,
    epilog="\b\nExample:\n  pubtrack outbox\n  pubtrack outbox show 12",
)
@click.option("--state", help="Only these: queued, sending, sent, failed, uncertain, cancelled, stock.")
@JSON
@common
@click.pass_context
def outbox(ctx: click.Context, state: str | None, as_json: bool) -> None:
    """Every message that was ever to leave, and what became of it."""
    if ctx.invoked_subcommand:
        return
    from pubtrack.store import outbox as box

    rows = box.every(session().store, state=state)
    if as_json:
        long = ("text", "html", "blocks", "calendar", "unsubscribe")
        lines({name: value for name, value in row.items() if name not in long} for row in rows)
        return
    table(
        None,
        ("id", "state", "when", "channel", "to", "subject", "error"),
        [
            (
                r["id"],
                r["state"],
                r["sent_at"] or r["created_at"],
                r["channel"],
                r["recipient"],
                r["subject"],
                r["error"],
            )
            for r in rows
        ],
    )


@outbox.command("show", epilog="\b\nExample:\n  pubtrack outbox show 12")
@click.argument("number", type=int)
@common
def outbox_show(number: int) -> None:
    """Print one message as it was, or is to be, sent."""
    from pubtrack.cli.common import plain
    from pubtrack.store import outbox as box

    row = box.get(session().store, number)
    error = f" ({plain(row['error'])})" if row["error"] else ""
    click.echo(
        f"{row['state']}{error} to {plain(row['recipient'])} through {row['channel']}\n{plain(row['subject'])}\n"
    )
    click.echo(plain(row["text"]))


@outbox.command("retry", epilog="\b\nExample:\n  pubtrack outbox retry 12")
@click.argument("number", type=int)
@common
def outbox_retry(number: int) -> None:
    """Queue a failed or uncertain message again. You say that it did not arrive."""
    from pubtrack.store import outbox as box

    opened = session()
    box.retry(opened.store, number)
    click.echo(f"message {number} is queued; it leaves with the next run that sends")


@outbox.command("arrived", epilog="\b\nExample:\n  pubtrack outbox arrived 12")
@click.argument("number", type=int)
@common
def outbox_arrived(number: int) -> None:
    """An uncertain message did arrive. Its person was told, and is not told again."""
    from pubtrack.store import outbox as box

    opened = session()
    box.arrived(opened.store, number)
    click.echo(f"message {number} arrived")


@outbox.command("deliver", epilog="\b\nExample:\n  pubtrack outbox deliver --send")
@SEND
@JSON
@common
def outbox_deliver(send: bool, as_json: bool) -> None:
    """Let what is queued leave now, without planning anything new. What was answered meanwhile is taken back first."""
    from pubtrack.reminders import stage
    from pubtrack.store import outbox as box

    opened = session()
    if not send:
        waiting = len(box.every(opened.store, state="queued"))
        click.echo(
            f"{'1 message is' if waiting == 1 else f'{waiting} messages are'} queued; nothing leaves without --send"
        )
        return
    report, code = opened.stage(
        "take back",
        lambda: stage.take_back(opened.store, opened.settings, now=opened.now, policies=opened.policies),
    )
    if report.counts or report.faults:
        show(report, as_json=as_json)
    raise click.exceptions.Exit(_deliver(code, as_json))


@outbox.command("addresses", epilog="\b\nExample:\n  pubtrack outbox addresses")
@JSON
@common
def outbox_addresses(as_json: bool) -> None:
    """The addresses that are written to no more, because nothing arrives there."""
    from pubtrack.store import addresses

    found = addresses.switched_off(session().store)
    if as_json:
        lines({"channel": channel, "address": address, "why": why} for (channel, address), why in found.items())
        return
    table(None, ("channel", "address", "why"), [(channel, address, why) for (channel, address), why in found.items()])
    click.echo(f"{'1 address is' if len(found) == 1 else f'{len(found)} addresses are'} written to no more")


@outbox.command("reopen", epilog="\b\nExample:\n  pubtrack outbox reopen a.vandenberg@example.org")
@click.argument("address")
@common
def outbox_reopen(address: str) -> None:
    """Write to ADDRESS again. You say that messages arrive there."""
    from pubtrack.store import addresses

    if not addresses.switch_on(session().store, address):
        raise UsageError(f"{address} was not given up. See those that were with: pubtrack outbox addresses")
    click.echo(f"{address} is written to again")


@outbox.command("cancel", epilog="\b\nExample:\n  pubtrack outbox cancel 12")
@click.argument("number", type=int)
@common
def outbox_cancel(number: int) -> None:
    """Take a queued, failed or uncertain message out; it will never be sent."""
    from pubtrack.store import outbox as box

    opened = session()
    box.cancel(opened.store, number)
    click.echo(f"message {number} is cancelled")


COMMANDS = (duties, remind, digest, outbox)
