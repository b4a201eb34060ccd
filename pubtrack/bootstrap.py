"""The composition root: settings to store, policies, sources, the guarded door and channels. Nothing else builds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pubtrack.errors import ConfigError
from pubtrack.store import Store

if TYPE_CHECKING:
    from pubtrack.config import Settings
    from pubtrack.credit.stage import Fetch
    from pubtrack.discovery.model import Source
    from pubtrack.obligations.policy import Policy
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
