"""By which channel, and at which address, a person is reached: the first that is not known to be dead. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pubtrack.config import Channel, Settings
from pubtrack.errors import ConfigError
from pubtrack.models import Person

# A channel's name and an address there.
Address = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Route:
    """The way to one person, or to the contact."""

    channel: str
    address: str
    can_reply: bool = True  # an answer to the message reaches a person
    second: bool = False  # by the fallback


@dataclass(frozen=True, slots=True)
class Routes:
    """The ways to everybody: who can be reached, and who could be but for an address that takes nothing."""

    found: Mapping[int, Route]
    refused: Mapping[int, str]
    contact: Route


def channels(settings: Settings, *, needed: bool) -> list[Channel]:
    """Given the settings, return the channels of reminders, the first choice first.

    Raise ConfigError if one is `needed` and the configuration has none of that name.
    """
    found = []
    for setting, wanted in (("channel", settings.reminders.channel), ("fallback", settings.reminders.fallback)):
        named = [channel for channel in settings.channels if channel.name == wanted]
        if not named and needed and wanted is not None:
            names = ", ".join(channel.name for channel in settings.channels) or "none"
            raise ConfigError(
                f"reminders.{setting} is {wanted}, but no [[channel]] has that name. The configuration names: {names}."
            )
        found += named
    return found


def routes(
    people: Iterable[Person], ways: Sequence[Channel], settings: Settings, dead: Mapping[Address, str]
) -> Routes:
    """Given people, the channels and the addresses that take nothing (each with the reason), return the way to everyone."""
    found: dict[int, Route] = {}
    refused: dict[int, str] = {}
    for person in people:
        if person.id is None:
            continue
        reasons = []
        for number, channel in enumerate(ways or [None]):
            at = address(person, channel)
            name = channel.name if channel else "file"
            if at and (name, at) in dead:
                reasons.append(dead[name, at])
            elif at:
                found[person.id] = Route(name, at, channel is None or channel.kind != "slack", second=number > 0)
                break
        if person.id not in found and reasons:
            refused[person.id] = reasons[0]
    return Routes(found, refused, _to_contact(ways, settings))


def address(person: Person, channel: Channel | None) -> str | None:
    """Given a person and a channel's configuration, return the address by which the channel reaches them, or None."""
    if channel is not None and channel.kind == "slack":
        return person.slack or person.email
    return person.email


def _to_contact(ways: Sequence[Channel], settings: Settings) -> Route:
    """The contact has the team's place in Slack where there is one, else the mail address, by a channel that takes one."""
    mail = settings.institution.contact.email
    for channel in ways:
        if channel.kind != "slack":
            return Route(channel.name, mail)
        if channel.webhook is not None:
            return Route(channel.name, "webhook")
        if channel.team_channel is not None:
            return Route(channel.name, channel.team_channel)
    return Route(ways[0].name if ways else "file", mail)
