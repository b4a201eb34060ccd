"""web, links, letters, listen: what answers come in by."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

from pubtrack.cli.common import common, lines, plain, session, show, table
from pubtrack.cli.find import JSON
from pubtrack.errors import ConfigError, UsageError

_NO_WEB = (
    "There is no [web] in the configuration, so no links are made. Give it a base_url and keys: see docs/operations.md."
)


@click.command(
    short_help="Serve the page on which leads answer.",
    epilog="\b\nExample:\n  pubtrack web\n  pubtrack web --port 8080",
)
@click.option("--host", help="The address to listen at; else web.host, which is this machine alone.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port to listen at; else web.port.")
@common
def web(host: str | None, port: int | None) -> None:
    """Serve the page on which leads answer, and listen to Slack's buttons if web.slack_app_token is given.

    A web server that speaks TLS stands in front of it. The service does this by itself. Stop it with Ctrl-C or SIGTERM."""
    from pubtrack import bootstrap, clock
    from pubtrack.web import serve

    opened = session()
    settings = opened.settings
    links = bootstrap.links(settings)
    if settings.web is None or links is None:
        raise ConfigError(_NO_WEB)
    day: date | None = opened.options.get("as_of")

    def moment() -> datetime:
        return clock.now(settings.institution.timezone, day)

    _ = opened.store  # a database that cannot be opened is told now, and an older one is migrated once
    serve.forever(
        settings,
        policies=opened.policies,
        links=links,
        report=bootstrap.report(settings),
        moment=moment,
        host=host or settings.web.host,
        port=settings.web.port if port is None else port,
        said=click.echo,
        beside=bootstrap.slack_listener(settings, moment=moment),
    )


@click.command(
    short_help="The staff's desk, in a browser on this machine.",
    epilog="\b\nExample:\n  pubtrack desk\n  pubtrack desk --port 8771 --who anna",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8771, show_default=True)
@click.option("--who", default="staff", show_default=True, help="The name that stands with what is decided there.")
@common
def desk(port: int, who: str) -> None:
    """The staff's desk, in a browser on this machine: the review queue, letters, what is overdue, uncertain messages, reference lists.

    It prints an address that opens it once. Stop it with Ctrl-C. From elsewhere: ssh -L 8771:127.0.0.1:8771 SERVER."""
    from pubtrack import clock
    from pubtrack.web import desk as room
    from pubtrack.web import serve

    opened = session()
    day: date | None = opened.options.get("as_of")
    _ = opened.store
    key = room.Key()
    app = room.create(
        opened.settings,
        policies=opened.policies,
        moment=lambda: clock.now(opened.settings.institution.timezone, day),
        key=key,
        who=who,
    )
    serve.until_stopped(
        app,
        host="127.0.0.1",
        port=port,
        said=lambda at: click.echo(f"Open this address once: http://{at}/open/{key.first}"),
    )


@click.group(
    short_help="Withdraw links, or change the keys that sign them.",
    epilog="\b\nExample:\n  pubtrack links revoke https://answers.example.org/a/WzEs...\n  pubtrack links rotate",
)
def links() -> None:
    """Withdraw links that went to people, or change the keys that sign them."""


@links.command(
    short_help="Withdraw a link, or all of a person.",
    epilog="\b\nExample:\n  pubtrack links revoke https://answers.example.org/a/WzEs...\n  pubtrack links revoke --person anna@example.org",
)
@click.argument("link", required=False)
@click.option("--person", metavar="PERSON", help="All links of this person up to today: mail address, ORCID or number.")
@click.option("--who", default="staff", show_default=True, help="Who withdraws it.")
@common
def revoke(link: str | None, person: str | None, who: str) -> None:
    """Withdraw LINK, or with --person all links that a person was sent up to today. Links of later messages work."""
    from pubtrack import bootstrap
    from pubtrack.answers.apply import find_person
    from pubtrack.answers.links import LinkRefused
    from pubtrack.clock import stamp
    from pubtrack.store import links as room

    opened = session()
    if (link is None) == (person is None):
        raise UsageError("Give the link, or --person: one of the two.")
    at = stamp(opened.now)
    if person is not None:
        person_id = find_person(opened.store, person)
        today = opened.now.date()
        new = room.revoke(opened.store, person_id=person_id, until=today, who=who, at=at)
        click.echo(f"The links of person {person_id} up to {today} {'are' if new else 'were already'} withdrawn.")
        return
    made = bootstrap.links(opened.settings)
    if made is None:
        raise ConfigError(_NO_WEB)
    try:
        read = made.read((link or "").rstrip("/").rsplit("/", 1)[-1].partition("?")[0], opened.now.date())
    except LinkRefused as refused:
        why = "Its time is over" if refused.reason == "expired" else "It was made by none of the keys"
        raise UsageError(f"{why}: it opens nothing anyway.") from None
    new = room.revoke(opened.store, link=read.id, who=who, at=at)
    click.echo(f"Link {read.id} of person {read.person_id} {'is' if new else 'was already'} withdrawn.")


@links.command(
    short_help="Make a new key.", epilog="\b\nExample:\n  pubtrack links rotate\n  pubtrack links rotate --drop"
)
@click.option("--drop", is_flag=True, help="Leave the older keys out: all links so far stop at once.")
@common
def rotate(drop: bool) -> None:
    """Make a new key that signs links from now on; older keys are still taken, so links that were sent keep working.

    The key is written into the file that web.keys names. If it stands in an environment variable, it is shown and you put it there."""
    import os
    import secrets

    opened = session()
    settings = opened.settings
    if settings.web is None:
        raise ConfigError(_NO_WEB)
    new, secret = secrets.token_urlsafe(36), settings.web.keys
    if secret.file is None:
        click.echo(f"Put this before the keys in {secret.env}, with a blank between, and start pubtrack again:\n{new}")
        return
    path: Path = secret.file
    held = [] if drop or not path.exists() else path.read_text(encoding="utf-8").split()
    unfinished = path.with_name(f".{path.name}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join([new, *held]) + "\n")
    os.replace(unfinished, path)
    kept = "the older ones open nothing any more" if drop else f"{len(held)} older ones are still taken"
    click.echo(f"A new key signs links from now on; {kept}. Start pubtrack web or the service again.")


@click.group(
    short_help="What people wrote, for staff to read.",
    invoke_without_command=True,
    epilog="\b\nExample:\n  pubtrack letters\n  pubtrack letters done 4",
)
@JSON
@common
@click.pass_context
def letters(ctx: click.Context, as_json: bool) -> None:
    """What people wrote and no rule could understand, and the files they gave. Answer it with pubtrack answer."""
    if ctx.invoked_subcommand:
        return
    from pubtrack.store import letters as room

    waiting = room.waiting(session().store)
    if as_json:
        lines(waiting)
        return
    if not waiting:
        click.echo("Nothing to read.")
        return
    rows = [
        (row["id"], row["received_at"][:10], row["kind"], row["sender"] or f"person {row['person_id']}", row["reason"])
        for row in waiting
    ]
    table(None, ("letter", "came", "what", "from", "why you read it"), rows)
    click.echo("Read one: pubtrack letters show NUMBER. When it is dealt with: pubtrack letters done NUMBER")


@letters.command("show", short_help="Show one.", epilog="\b\nExample:\n  pubtrack letters show 4")
@click.argument("number", type=int)
@common
def show_letter(number: int) -> None:
    """Show a letter: who wrote it, about which message and project, and its text."""
    from pubtrack.store import letters as room

    opened = session()
    row = room.get(opened.store, number)
    for name in ("kind", "sender", "person_id", "outbox_id", "project_id", "subject", "reason", "received_at", "state"):
        if row[name] not in (None, ""):
            click.echo(plain(f"{name.replace('_id', '')}: {row[name]}"))
    if row["file"] and opened.settings.web is not None:
        click.echo(f"file: {opened.settings.web.given / row['file']}")
    click.echo(f"\n{plain(row['text'])}" if row["text"] else "\n(no text)")


@letters.command("done", short_help="Say that one is dealt with.", epilog="\b\nExample:\n  pubtrack letters done 4")
@click.argument("number", type=int)
@click.option("--who", default="staff", show_default=True)
@common
def done(number: int, who: str) -> None:
    """Say that a letter is dealt with: it is shown no more, and its text is kept no longer."""
    from pubtrack.clock import stamp
    from pubtrack.store import letters as room

    opened = session()
    room.done(opened.store, number, who=who, at=stamp(opened.now))
    click.echo(f"letter {number}: done")


@click.command(
    short_help="Read the mailbox that replies reach.",
    epilog="\b\nExample:\n  pubtrack listen\n  pubtrack listen --json",
)
@JSON
@common
def listen(as_json: bool) -> None:
    """Read the mailbox that replies reach, once: bounces, leave, DOIs, “no publication” and “stop” are recorded; the rest waits for
    staff in pubtrack letters. Every run does it first, and the service every few minutes."""
    from pubtrack import bootstrap

    opened = session()
    if opened.settings.mailbox is None:
        raise ConfigError("There is no [mailbox] in the configuration: see docs/operations.md.")
    mailbox = bootstrap.mailbox(opened.settings)
    assert mailbox is not None
    report, code = opened.stage("listen", lambda: mailbox(opened.store, opened.now))
    show(report, as_json=as_json)
    raise click.exceptions.Exit(code)


COMMANDS = (web, desk, links, letters, listen)
