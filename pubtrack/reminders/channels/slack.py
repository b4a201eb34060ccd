"""Direct messages by Slack's Web API, through slack-sdk (https://api.slack.com/methods/chat.postMessage)."""

from __future__ import annotations

from http.client import HTTPException
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.http_retry import HttpRequest, HttpResponse, RateLimitErrorRetryHandler, RetryState
from slack_sdk.http_retry.builtin_handlers import ServerErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from pubtrack.config import SlackChannel, read_secret
from pubtrack.errors import DeliveryError
from pubtrack.models import Message
from pubtrack.obligations.wording import plain
from pubtrack.reminders.blocks import mrkdwn
from pubtrack.reminders.channels import ChannelDown, DeadAddress, Uncertain

WEBHOOK = "webhook"  # the recipient that stands for the team's incoming webhook, whose address is a secret
_PATIENCE = 30  # seconds of a Retry-After that are waited for; a longer one is left to the next run

# The token or the app is at fault: no message leaves before somebody acts.
_CONFIGURATION = frozenset(
    {
        "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "no_permission", "missing_scope",
        "not_allowed_token_type", "org_login_required", "ekm_access_denied", "access_denied", "team_access_not_granted",
        "enterprise_is_restricted", "two_factor_setup_required", "accesslimited",
    }
)  # fmt: skip
# "It is possible some aspect of the operation succeeded before the error was raised" (Slack's own list of errors).
_UNKNOWN_OUTCOME = frozenset({"fatal_error", "internal_error", "request_timeout"})
# Nobody is there: deactivated, never a member, or not a person.
_NOBODY = frozenset({"users_not_found", "user_not_found", "user_disabled", "cannot_dm_bot"})
_BUSY = frozenset({"ratelimited", "rate_limited", "service_unavailable", "team_added_to_org"})


class Slack:
    """Finds a person by mail address, and posts to that person or to a channel."""

    def __init__(self, config: SlackChannel) -> None:
        self.name = config.name
        token, base_url = read_secret(config.token), config.base_url.rstrip("/") + "/"
        timeout = max(1, round(config.timeout))
        # Looking up may be tried again at will. Posting may not: slack-sdk would also repeat a post whose connection broke or that was
        # answered with a 5xx, and Slack may have posted it all the same. So a post is repeated after a 429 alone.
        self._lookups = WebClient(
            token,
            base_url,
            timeout,
            retry_handlers=[_Patient(max_retry_count=2), ServerErrorRetryHandler(max_retry_count=2)],
        )
        self._posts = WebClient(token, base_url, timeout, retry_handlers=[_Patient(max_retry_count=2)])
        self._users: dict[str, str] = {}
        self._webhook = (
            WebhookClient(read_secret(config.webhook), timeout, retry_handlers=[_Patient(max_retry_count=2)])
            if config.webhook
            else None
        )

    def send(self, message: Message) -> None:
        if message.recipient == WEBHOOK:
            self._to_team(message)
            return
        channel = self._user(message.recipient) if "@" in message.recipient else message.recipient
        try:
            self._posts.chat_postMessage(
                channel=channel,
                text=mrkdwn(message.subject),
                blocks=[dict(block) for block in message.blocks] or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except SlackApiError as error:
            raise self._fault(error, posting=True) from None
        except URLError as error:  # before the whole request was out
            raise self._down(error) from None
        except (OSError, HTTPException, SlackClientError) as error:
            raise Uncertain(
                f"Slack broke off after it was given the message ({type(error).__name__}): it may have posted it or not."
            ) from None

    def check(self) -> str:
        try:
            answer = self._lookups.auth_test()
        except SlackApiError as error:
            raise self._fault(error, posting=False) from None
        except (OSError, SlackClientError) as error:
            raise self._down(error) from None
        return f"{plain(answer.get('user'))} in {plain(answer.get('team'))}"

    def _user(self, address: str) -> str:
        if address not in self._users:
            try:
                user = self._lookups.users_lookupByEmail(email=address)["user"]
                if user.get("deleted"):
                    raise DeadAddress("Slack says that this user is deactivated.")
                self._users[address] = str(user["id"])
            except SlackApiError as error:
                raise self._fault(error, posting=False) from None
            except (OSError, HTTPException, SlackClientError, KeyError, TypeError, AttributeError) as error:
                raise self._down(error) from None
        return self._users[address]

    def _to_team(self, message: Message) -> None:
        """Post to the channel that the incoming webhook stands for (https://api.slack.com/messaging/webhooks#handling_errors)."""
        if self._webhook is None:
            raise ChannelDown(f"The channel {self.name} has no webhook any more.", permanent=True)
        try:
            answer = self._webhook.send(
                text=mrkdwn(message.subject),
                blocks=[dict(block) for block in message.blocks] or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        except URLError as error:  # before the whole request was out
            raise self._down(error) from None
        except (OSError, HTTPException, SlackClientError) as error:
            raise Uncertain(
                f"Slack broke off after it was given the message ({type(error).__name__}): it may have posted it or not."
            ) from None
        if answer.status_code == 429:
            raise ChannelDown("Slack is busy (429).", permanent=False, retry_after=_seconds(answer.headers))
        if answer.status_code >= 500:
            raise Uncertain(
                f"Slack failed while it had the message ({answer.status_code}): it may have posted it or not."
            )
        if answer.status_code != 200:
            said = plain(answer.body, 60) if "<" not in answer.body else ""
            raise ChannelDown(
                f"Slack refuses the webhook ({said or answer.status_code}). Check the webhook of the channel {self.name}.",
                permanent=True,
            )

    def _down(self, error: Exception) -> ChannelDown:
        reason = getattr(error, "reason", error)
        return ChannelDown(f"Slack does not answer ({type(reason).__name__}).", permanent=False)

    def _fault(self, error: SlackApiError, *, posting: bool) -> DeliveryError:
        """Given what Slack said, return the fault: never with the token, which stands in the request and not in the answer."""
        status = int(getattr(error.response, "status_code", 0) or 0)
        name = _name(error.response)
        if status == 429 or name in _BUSY or status == 503:
            wait = _seconds(getattr(error.response, "headers", None) or {})
            return ChannelDown(f"Slack is busy ({name or status}).", permanent=False, retry_after=wait)
        if name in _CONFIGURATION:
            return ChannelDown(
                f"Slack refuses the app ({name}). Check the token of the channel {self.name} and the app's scopes"
                " (chat:write, users:read.email).",
                permanent=True,
            )
        if status >= 500 or name in _UNKNOWN_OUTCOME:
            if posting:
                return Uncertain(
                    f"Slack failed while it had the message ({name or status}): it may have posted it or not."
                )
            return ChannelDown(f"Slack failed ({name or status}).", permanent=False)
        if name in _NOBODY:
            return DeadAddress(f"Slack does not take this message ({name}).")
        return DeliveryError(f"Slack does not take this message ({name or status}).", permanent=True)


class _Patient(RateLimitErrorRetryHandler):
    """Waits out a 429, if it is short: a run does not sleep for an hour."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        if not super()._can_retry(state=state, request=request, response=response, error=error) or response is None:
            return False
        wait = _seconds(response.headers)
        return wait is not None and wait <= _PATIENCE


def _name(answer: Any) -> str:
    """Return Slack's name of an error: one word, or nothing where a proxy answered with a page."""
    try:
        name = str(answer["error"])
    except (KeyError, TypeError, ValueError):
        return ""
    return name if name.replace("_", "").isalnum() and len(name) < 60 else ""


def _seconds(headers: Any) -> float | None:
    for name, value in dict(headers).items():
        if str(name).lower() == "retry-after":
            text = str(value[0] if isinstance(value, list) and value else value)
            return float(text) if text.isdecimal() and len(text) < 7 else None
    return None
