"""The composition root: settings to store, policies, sources, the guarded door and channels. Nothing else builds them."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

from pubtrack.errors import ConfigError
from pubtrack.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from pubtrack.answers.choices import Report, Reported
    from pubtrack.answers.links import Links
    from pubtrack.answers.slack_actions import SlackListener
    from pubtrack.config import Settings
    from pubtrack.credit.stage import Fetch
    from pubtrack.discovery.model import Source
    from pubtrack.models import StageReport, Work
    from pubtrack.obligations.policy import Policy
    from pubtrack.references.formatting import Formatter
    from pubtrack.references.joining import PublishedRow
    from pubtrack.references.reconcile import Door
    from pubtrack.reminders.channels import Channel


def store(settings: Settings, *, create: bool = True) -> Store:
    """Given the settings, return the open, migrated store."""
    return Store.open(settings.database, create=create)


def policies(settings: Settings) -> list[Policy]:
    """Given the settings, return their policies. Raise ConfigError with the faults of all policy files at once."""
    from pubtrack.obligations.policy import load as load_policy

    loaded, faults = [], []
    for path in settings.policies:
        try:
            loaded.append(load_policy(path))
        except ConfigError as error:
            faults.append(str(error))
    if faults:
        raise ConfigError("\n".join(faults))
    return loaded


def sources(settings: Settings, *, only: str | None = None) -> list[Source]:
    """Given the settings, return their sources, or the one named `only`. Raise ConfigError if no source has that name."""
    from pubtrack.discovery.sources import SOURCES

    chosen = [config for config in settings.sources if only in (None, config.name)]
    if only is not None and not chosen:
        names = ", ".join(config.name for config in settings.sources) or "none"
        raise ConfigError(f"there is no source named {only}. The configuration names: {names}.")
    return [SOURCES[config.kind](config, settings) for config in chosen]


def fetch(settings: Settings) -> Fetch | None:
    """Given the settings, return the guarded door for links to open copies, or None when links are not followed."""
    if not settings.credit.fetch:
        return None
    from pubtrack.net.guarded import Guarded

    return Guarded(max_bytes=settings.credit.max_bytes, deadline=settings.credit.deadline)


def channels(settings: Settings) -> dict[str, Channel]:
    """Given the settings, return their channels by name. Raise ConfigError if a secret is missing."""
    from pubtrack.reminders.channels import CHANNELS

    return {config.name: CHANNELS[config.kind](config) for config in settings.channels}


def cite(store: Store, settings: Settings) -> Callable[[Work], str]:
    """Given the store and the settings, return what writes a reference as it stands in the list for the provider, as plain text."""
    from functools import cache

    @cache
    def formatter() -> Formatter:  # a style takes its time to load, and most days no message needs one
        from pubtrack.references.formatting import Formatter
        from pubtrack.references.words import LOCALES
        from pubtrack.store import references

        style, language = settings.references.style, settings.references.language or settings.institution.language
        return Formatter(style, language, references.formatted(store, f"{style}/{LOCALES[language]}"))

    def written(work: Work) -> str:
        from pubtrack.references.csl import content_hash, ready

        csl = ready(work)
        made = formatter().format(csl, content_hash(csl)).html
        return html.unescape(re.sub(r"</?(?:i|b|sup|sub)>", "", made))

    return written


def links(settings: Settings) -> Links | None:
    """Given the settings, return what makes and reads signed links, or None without [web]. Raise ConfigError if a key is missing."""
    if settings.web is None:
        return None
    from pubtrack import config
    from pubtrack.answers.links import Links, signing_keys

    keys = signing_keys(config.read_secret(settings.web.keys))
    return Links(keys, base_url=settings.web.base_url, days=settings.web.link_days)


def link(settings: Settings, *, now: datetime) -> Callable[[int, Sequence[str]], str] | None:
    """Given the settings and a moment, return what gives a person and the keys of duties their link, or None without [web].

    The same person, duties and day give the same link, byte for byte.
    """
    made = links(settings)
    if made is None:
        return None
    from pubtrack.answers.links import issued

    day = issued(now)
    return lambda person_id, duties: made.url(person_id, duties, day)


def report(settings: Settings) -> Report:
    """Given the settings, return the door for publications that people name; what is not known is looked for by the next run."""

    def taken(store: Store, *, text: str, project: str, who: str, through: str, now: datetime) -> Reported:
        from pubtrack.answers.choices import Reported
        from pubtrack.discovery import reported
        from pubtrack.store import decisions

        found = reported.take(store, settings, now=now, text=text, who=who, project=project, through=through)
        made = decisions.every(store, project_id=project, work_id=found.work_id) if found.work_id is not None else []
        return Reported(found.work_id, tuple(one.id or 0 for one in made if one.who == who and one.through == through))

    return taken


def mailbox(settings: Settings) -> Callable[[Store, datetime], StageReport] | None:
    """Given the settings, return what reads the mailbox that replies reach, or None without [mailbox].

    Raise ConfigError if a secret is missing.
    """
    if settings.mailbox is None:
        return None
    from pubtrack import config
    from pubtrack.answers.mailbox import run

    password = config.read_secret(settings.mailbox.password)
    known, made, door = policies(settings), links(settings), report(settings)
    return lambda store, now: run(store, settings, now=now, password=password, policies=known, links=made, report=door)


def listed_door(store: Store, settings: Settings, *, now: datetime) -> Door:
    """Given the store, the settings and a moment, return what takes rows of the provider's list in as publications.

    Each comes in by discovery's own door as a record of the provider's list, so that whatever other sources say of it joins it; one
    with a DOI is looked for by the next run. The same row again is the same record. It opens no transaction: the caller does.
    """
    from pubtrack.clock import stamp
    from pubtrack.discovery import reported
    from pubtrack.discovery.crosswalks.citation import names
    from pubtrack.discovery.ingest import ingest
    from pubtrack.models import Record, StageReport
    from pubtrack.references.joining import as_csl
    from pubtrack.store import listings, sightings

    def take(rows: Sequence[PublishedRow]) -> dict[int, int]:
        records, ids = [], {}
        for row in rows:
            source_id, csl = as_csl(row, names(row.authors))
            ids[row.row] = source_id
            raw = json.dumps(csl, ensure_ascii=False, sort_keys=True).encode()
            records.append(Record(listings.SOURCE, source_id, "csl-json", raw))
            if doi := csl.get("DOI"):
                reported.take(
                    store, settings, now=now, text=doi, kind="doi", who="the provider's list", through="import"
                )
        ingest(store, records, at=stamp(now), report=StageReport("listed"))
        known = sightings.known(store, listings.SOURCE, list(ids.values()))
        held = {source_id: row["work_id"] for source_id, row in known.items() if row["work_id"] is not None}
        return {row: held[source_id] for row, source_id in ids.items() if source_id in held}

    return take


def slack_listener(settings: Settings, *, moment: Callable[[], datetime]) -> SlackListener | None:
    """Given the settings and what tells the moment, return what listens to Slack's buttons, or None without web.slack_app_token.

    Raise ConfigError if a secret or the Slack channel is missing.
    """
    made = links(settings)
    if made is None or settings.web is None or settings.web.slack_app_token is None:
        return None
    from pubtrack import config
    from pubtrack.answers import press
    from pubtrack.answers.slack_actions import SlackListener

    channel = next((one for one in settings.channels if one.kind == "slack"), None)
    if channel is None:
        raise ConfigError(
            'web.slack_app_token is given, but there is no [[channel]] of kind "slack" whose buttons it hears.'
        )
    return SlackListener(
        app_token=config.read_secret(settings.web.slack_app_token),
        bot_token=config.read_secret(channel.token),
        base_url=channel.base_url,
        desk=press.Desk(settings, policies(settings), made),
        open_store=lambda: Store.open(settings.database, create=False),
        moment=moment,
    )
