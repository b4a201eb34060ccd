"""Is the house in order? Each check is one question, and answers in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pubtrack import bootstrap, clock
from pubtrack.config import Settings, read_secret
from pubtrack.errors import PubtrackError
from pubtrack.store import counts


@dataclass(frozen=True, slots=True)
class Result:
    """What one check found. `exit_code` says what a fault of this kind makes the command exit with."""

    what: str
    ok: bool
    detail: str
    exit_code: int = 3


def offline(settings: Settings) -> Iterator[Result]:
    """Given the settings, check policies, files, channels' secrets and the database, without any network."""
    yield Result("configuration", True, str(settings.file))
    try:
        for policy in bootstrap.policies(settings):
            doubtful = [rule.kind.value for rule in policy.duties if not rule.established]
            note = f"; not established by the provider: {', '.join(doubtful)}" if doubtful else ""
            yield Result(f"policy {policy.id}", True, f"version {policy.version}, {len(policy.duties)} duties{note}")
    except PubtrackError as error:
        yield Result("policies", False, str(error))
    for path in settings.register_.files:
        yield Result(f"register {path.name}", path.is_file(), str(path) if path.is_file() else f"{path} is not there")
    for channel in settings.channels:
        try:
            bootstrap.channels(settings.model_copy(update={"channels": (channel,)}))
            yield Result(f"channel {channel.name}", True, channel.kind)
        except PubtrackError as error:
            yield Result(f"channel {channel.name}", False, str(error))
    yield from _answers(settings)
    try:
        store = bootstrap.store(settings)
        found = counts.integrity(store)
        store.close()
        yield Result("database", found == "ok", f"{settings.database}: {found}", exit_code=1)
    except PubtrackError as error:
        yield Result("database", False, str(error), exit_code=1)


def _answers(settings: Settings) -> Iterator[Result]:
    """What answers come in by: the keys of links, Slack's buttons, the mailbox."""
    try:
        if settings.web is not None and bootstrap.links(settings) is not None:
            bootstrap.slack_listener(settings, moment=lambda: clock.now(settings.institution.timezone))
            heard = ", and Slack's buttons" if settings.web.slack_app_token else ""
            yield Result("web", True, f"links begin with {settings.web.base_url}{heard}")
    except PubtrackError as error:
        yield Result("web", False, str(error))
    try:
        if bootstrap.mailbox(settings) is not None and settings.mailbox is not None:
            yield Result("mailbox", True, f"{settings.mailbox.username} at {settings.mailbox.host}")
    except PubtrackError as error:
        yield Result("mailbox", False, str(error))


def online(settings: Settings) -> Iterator[Result]:
    """Given the settings, ask every source and channel its cheapest question."""
    for config in settings.sources:
        try:
            (source,) = bootstrap.sources(settings, only=config.name)
            yield Result(f"source {config.name}", True, source.check())
        except PubtrackError as error:
            yield Result(f"source {config.name}", False, str(error), exit_code=4)
    for name, channel in bootstrap.channels(settings).items():
        try:
            yield Result(f"channel {name}", True, channel.check())
        except PubtrackError as error:
            yield Result(f"channel {name}", False, str(error), exit_code=4)
    if settings.mailbox is not None:
        from pubtrack.answers import mailbox

        try:
            yield Result("mailbox", True, mailbox.check(settings.mailbox, read_secret(settings.mailbox.password)))
        except PubtrackError as error:
            yield Result("mailbox", False, str(error), exit_code=4)
