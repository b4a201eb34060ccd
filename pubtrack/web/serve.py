"""Serve the pages by waitress, and listen to Slack beside them, until somebody says stop."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from types import FrameType
from typing import TYPE_CHECKING, Any

from flask import Flask
from waitress.server import create_server

from pubtrack.answers.choices import Report
from pubtrack.answers.links import Links
from pubtrack.config import Settings
from pubtrack.errors import ConfigError
from pubtrack.obligations.policy import Policy
from pubtrack.web.app import create

if TYPE_CHECKING:
    from pubtrack.answers.slack_actions import SlackListener

log = logging.getLogger(__name__)

_THREADS = 4
_QUIET_SECONDS = 60  # a connection that says nothing is closed
_HEADER_BYTES = 16_000


def forever(
    settings: Settings,
    *,
    policies: Sequence[Policy],
    links: Links,
    report: Report,
    moment: Callable[[], datetime],
    host: str,
    port: int,
    said: Callable[[str], object],
    beside: SlackListener | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, and listen to Slack `beside`. `said` is told the address.

    Raise ConfigError if nobody can listen there.
    """
    web = settings.web
    assert web is not None
    app = create(settings, policies=policies, links=links, report=report, moment=moment)
    until_stopped(
        app,
        host=host,
        port=port,
        said=lambda at: said(f"Answers at http://{at}/ (links begin with {web.base_url})"),
        beside=beside,
    )


def until_stopped(
    app: Flask, *, host: str, port: int, said: Callable[[str], object], beside: SlackListener | None = None
) -> None:
    """Serve an application until SIGTERM or SIGINT. `said` is told host and port. Raise ConfigError if nobody can listen there."""
    held: dict[int, Any] = {}  # waitress's sockets, which it leaves open where it fails
    try:
        server = create_server(
            app,
            map=held,
            host=host,
            port=port,
            threads=_THREADS,
            channel_timeout=_QUIET_SECONDS,
            cleanup_interval=15,
            connection_limit=200,
            max_request_header_size=_HEADER_BYTES,
            max_request_body_size=app.config["MAX_CONTENT_LENGTH"] + 1_000,
            ident=None,
        )
    except OSError as error:
        for one in list(held.values()):
            one.close()
        raise ConfigError(f"Nobody can listen at {host}:{port}: {error.strerror or error}.") from error
    stop = threading.Event()

    def leave(signum: int, _frame: FrameType | None) -> None:
        log.info("Pages asked to stop. signal=%s", signal.Signals(signum).name)
        stop.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    thread = threading.Thread(target=server.run, name="pages", daemon=True)
    thread.start()
    said(f"{host}:{server.effective_port}")
    if beside is not None:
        beside.start()
    try:
        while not stop.wait(0.5) and thread.is_alive():
            pass
    finally:
        if beside is not None:
            beside.stop()
        server.close()
        thread.join(5)
