"""What answers come in by: the page that links open, Slack's socket, and the mailbox that replies reach."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from pubtrack.config.base import Secret, Section
from pubtrack.config.values import AbsolutePath, Url


class Web(Section):
    """The page on which leads answer. Without this table messages hold no links and Slack no buttons."""

    base_url: Url  # where people's browsers reach the page: the address that links begin with
    keys: Secret  # what links are signed with, newest first, one a line; the older ones are still taken
    host: str = "127.0.0.1"  # a web server that speaks TLS stands in front of it
    port: int = Field(default=8770, ge=0, le=65535)
    link_days: int = Field(default=180, ge=1)  # how long a link can be used
    max_upload: int = Field(default=20_000_000, ge=1)  # bytes of a file that is handed in
    per_minute: int = Field(default=60, ge=1)  # requests with one link
    given: AbsolutePath = Path("given")  # where files that were handed in are kept
    nothing_days: int = Field(default=365, ge=1)  # "nothing to report" holds so long
    slack_app_token: Secret | None = None  # xapp-...: Slack's buttons through Socket Mode


class Mailbox(Section):
    """The mailbox that replies reach, by IMAP."""

    host: str
    port: int = Field(default=993, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "tls"
    username: str
    password: Secret
    folder: str = "INBOX"
    done: str = "pubtrack"  # a folder for what was read; it is made if it is not there
    timeout: float = Field(default=30, gt=0)
    max_bytes: int = Field(default=10_000_000, ge=1000)  # a larger letter is left to staff unread
    per_run: int = Field(default=200, ge=1)  # letters read at once
    minutes: int = Field(default=10, ge=1)  # between two looks of the service
    acknowledge: bool = True  # what was understood is answered in one short message
    checked_by: str | None = (
        None  # the name in Authentication-Results; with it, only mail that passed there is acted on
    )
