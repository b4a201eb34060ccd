"""Slack's buttons through Socket Mode: a connection that we open, so no address of ours need be public (slack-sdk's own client)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from pubtrack.answers import press
from pubtrack.store import Store

log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0  # seconds before another try to connect


class SlackListener:
    """Listens in threads of its own from `start` to `stop`. Each press is recorded before Slack is told that it arrived."""

    def __init__(
        self,
        *,
        app_token: str,
        bot_token: str,
        base_url: str,
        desk: press.Desk,
        open_store: Callable[[], Store],
        moment: Callable[[], datetime],
        ping_seconds: float = 5,
    ) -> None:
        web = WebClient(bot_token, base_url.rstrip("/") + "/", timeout=15)
        web.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=2))
        self._web, self._app_token = web, app_token
        self._desk, self._open_store, self._moment = desk, open_store, moment
        self._client: SocketModeClient | None = None
        self._ping = ping_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._connect, name="slack", daemon=True)

    def start(self) -> None:
        """Connect, and go on trying until it goes."""
        self._thread.start()

    def stop(self) -> None:
        """Close the connection."""
        self._stop.set()
        self._thread.join(20)
        if self._client is not None:
            self._client.close()

    def _connect(self) -> None:
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            client = SocketModeClient(
                app_token=self._app_token, web_client=self._web, ping_interval=self._ping, concurrency=4
            )
            client.socket_mode_request_listeners.append(self._heard)
            try:
                client.connect()
            except (SlackApiError, SlackClientError, OSError) as error:
                client.close()
                said = error.response.get("error") if isinstance(error, SlackApiError) else type(error).__name__
                log.warning("Slack takes no connection. error=%s again_in=%.0f", said, pause)
                self._stop.wait(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
                continue
            self._client = client
            log.info("Listening to Slack.")
            return  # from here on slack-sdk keeps the connection up

    def _heard(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            if request.type == "interactive":
                for one in press.presses(request.payload):
                    self._answer(one)
        except Exception as error:
            # not acknowledged: Slack sends it again, and recording it again changes nothing
            log.error("A press could not be recorded. error=%s", type(error).__name__)
            return
        client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    def _answer(self, one: press.Press) -> None:
        store = self._open_store()
        try:
            reply = press.answer(store, one, self._desk, self._address, now=self._moment())
        finally:
            store.close()
        log.info("Pressed. choice=%s told=%s", one.choice, reply.told)
        try:
            if reply.blocks:
                self._web.chat_update(
                    channel=one.channel, ts=one.message, blocks=[dict(block) for block in reply.blocks], text=reply.text
                )
            else:
                self._web.chat_postEphemeral(channel=one.channel, user=one.user, text=reply.whisper)
        except (SlackApiError, SlackClientError, OSError) as error:
            log.warning("Recorded, and Slack does not show it. error=%s", _said(error))

    def _address(self, user: str) -> str | None:
        try:
            found: Any = self._web.users_info(user=user)
        except SlackApiError as error:
            if _said(error) in ("user_not_found", "user_not_visible", "users_not_found"):
                return None
            raise
        profile = (found.get("user") or {}).get("profile") or {}
        return str(profile["email"]) if profile.get("email") else None


def _said(error: Exception) -> str:
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
