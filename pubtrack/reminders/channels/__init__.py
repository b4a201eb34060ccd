"""Channels: the ways a message can leave. Adding one is a file, a line below and a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from pubtrack.errors import DeliveryError
from pubtrack.models import Message

if TYPE_CHECKING:
    from pubtrack.config import EmailChannel, FileChannel, SlackChannel


class Channel(Protocol):
    """A way out, under the name it has in the configuration."""

    name: str

    def send(self, message: Message) -> None:
        """Given a message, hand it over. Return only when the far side has taken it.

        Raise DeliveryError if this recipient will not or cannot take it, DeadAddress if the recipient will take nothing at all,
        ChannelDown if the channel takes nothing now, Uncertain if nobody can say whether it was taken.
        """

    def check(self) -> str:
        """Ask the far side the cheapest question that shows it would take a message, and return what it said.

        Raise DeliveryError if it would not. Nothing is sent.
        """


class ChannelDown(DeliveryError):
    """The channel takes nothing now; no message is to blame. `permanent` says that somebody has to change the configuration."""


class DeadAddress(DeliveryError):
    """Nothing arrives at this address, whatever the message: nobody is there. It is written to no more."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


class Uncertain(DeliveryError):
    """The far side may or may not have taken the message. It is not sent again unless a person says so."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)


def _file(config: FileChannel) -> Channel:
    from pubtrack.reminders.channels.file import File

    return File(config)


def _email(config: EmailChannel) -> Channel:
    from pubtrack.reminders.channels.email import Email

    return Email(config)


def _slack(config: SlackChannel) -> Channel:
    from pubtrack.reminders.channels.slack import Slack

    return Slack(config)


CHANNELS: dict[str, Callable[[Any], Channel]] = {"file": _file, "email": _email, "slack": _slack}
