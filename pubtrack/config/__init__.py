"""The configuration: TOML read into pydantic models, every fault of every file at once, each with its line."""

from pubtrack.config.base import Secret, Section
from pubtrack.config.loading import load, located, read_secret
from pubtrack.config.sections import (
    Contact,
    Credit,
    Digest,
    Institution,
    Matching,
    References,
    Register,
    Service,
    Settings,
)
from pubtrack.config.sending import Channel, EmailChannel, FileChannel, Reminders, Rung, SlackChannel
from pubtrack.config.sources import (
    CrossrefSource,
    DataCiteSource,
    EuropePmcSource,
    FileSource,
    OaiSource,
    OpenAlexSource,
    Source,
)
from pubtrack.config.web import Mailbox, Web

__all__ = [
    "Channel",
    "Contact",
    "Credit",
    "CrossrefSource",
    "DataCiteSource",
    "Digest",
    "EmailChannel",
    "EuropePmcSource",
    "FileChannel",
    "FileSource",
    "Institution",
    "Mailbox",
    "Matching",
    "OaiSource",
    "OpenAlexSource",
    "References",
    "Register",
    "Reminders",
    "Rung",
    "Secret",
    "Section",
    "Service",
    "Settings",
    "SlackChannel",
    "Source",
    "Web",
    "load",
    "located",
    "read_secret",
]
