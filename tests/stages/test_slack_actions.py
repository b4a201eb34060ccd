"""Slack's buttons through Socket Mode: the same answers by the same way, from the right person only, and shown in the message."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.answers import press
from pubtrack.answers.slack_actions import SlackListener
from pubtrack.clock import stamp
from pubtrack.models import Choice
from pubtrack.store import Store, decisions
from pubtrack.store import links as table
from tests.conftest import NOW
from tests.duties import POLICY
from tests.peers.slack_socket import APP_TOKEN, BOT_TOKEN, SocketSlack, socket_slack
from tests.web import ANNA_ID, COPY, PUBLISH, REPORT, House, house


@pytest.fixture
def slack() -> Iterator[SocketSlack]:
    with socket_slack() as peer:
        peer.emails = {"UANNA": "Anna@Example.org", "UCARLA": "carla@example.org"}
        yield peer


@pytest.fixture
def here(tmp_path: Path, slack: SocketSlack) -> Iterator[House]:
    made = house(tmp_path)
    listener = SlackListener(
        app_token=APP_TOKEN,
        bot_token=BOT_TOKEN,
        base_url=slack.base_url,
        desk=press.Desk(made.settings, [POLICY], made.links),
        open_store=lambda: Store.open(made.settings.database),
        moment=lambda: made.now[0],
        ping_seconds=0.5,
    )
    listener.start()
    yield made
    threading.Timer(0.1, slack.drop).start()  # slack-sdk waits for the far side to say something
    listener.stop()
    made.store.close()


def recorded(here: House) -> list[tuple[str, Any, Any, str, str]]:
    return [
        (made.answer.value, made.project_id, made.work_id, made.who, made.through)
        for made in decisions.history(here.store)
    ]


def shown(update: dict[str, Any]) -> list[dict[str, Any]]:
    blocks = update["blocks"]
    found: list[dict[str, Any]] = json.loads(blocks) if isinstance(blocks, str) else blocks
    return found


def test_a_press_is_recorded_and_shown_in_place_of_its_buttons(here: House, slack: SocketSlack) -> None:
    """Who pressed is told by the mail address that Slack knows; the other matters' buttons stay."""
    slack.press("e1", "UANNA", "reported", here.token(REPORT, COPY))
    assert slack.heard() == "e1"

    assert recorded(here) == [
        ("copy_sent", "9001", 1, "Anna van der Berg", "slack"),
        ("reported", "9001", 1, "Anna van der Berg", "slack"),
    ]
    (update,) = slack.updates
    kinds = [(block["type"], block.get("block_id")) for block in shown(update)]
    assert kinds == [("section", "a1"), ("section", None), ("actions", "c1")]
    told = shown(update)[1]["text"]["text"]
    assert told.startswith(
        "Vastgelegd: gemeld op 16 november 2026.\nHoe het verder gaat: wij vragen hier niet meer naar."
    )
    assert "https://answers.example.org/x/a/" in told
    assert (update["channel"], update["ts"]) == ("D1", "1.0")


def test_slack_sends_a_press_again(here: House, slack: SocketSlack) -> None:
    token = here.token(REPORT)
    slack.press("e1", "UANNA", "reported", token)
    slack.heard()
    here.now[0] = NOW + timedelta(days=1)
    slack.press("e1", "UANNA", "reported", token)
    slack.heard()
    assert len(recorded(here)) == 1
    assert "16 november" in shown(slack.updates[1])[1]["text"]["text"]


@pytest.mark.parametrize(
    ("user", "sentence"),
    [
        ("UCARLA", "This message was meant for somebody else, so nothing was recorded."),
        ("UNOBODY", "We do not know you by this Slack account"),
        ("", "We do not know you by this Slack account"),
    ],
)
def test_anybody_else_is_refused_politely(here: House, slack: SocketSlack, user: str, sentence: str) -> None:
    slack.press("e1", user, "mine", here.token(REPORT))
    slack.heard()
    assert recorded(here) == []
    assert slack.updates == []
    (whisper,) = slack.whispers
    assert whisper["user"] == user
    assert sentence in whisper["text"]


def test_the_register_may_know_the_slack_account(here: House, slack: SocketSlack) -> None:
    here.store.db.execute("UPDATE people SET slack = 'U7' WHERE id = ?", (ANNA_ID,))
    slack.press("e1", "U7", "not_mine", here.token(REPORT))
    slack.heard()
    assert recorded(here)[0][:3] == ("not_mine", "9001", 1)
    assert "users.info" not in slack.calls


def test_what_a_button_cannot_say_opens_the_page(here: House, slack: SocketSlack) -> None:
    cases = [
        ("planned", (PUBLISH,)),
        ("another", (PUBLISH,)),
        ("wrong_project", (REPORT,)),
        ("mine", (REPORT, PUBLISH)),
        ("planned", (REPORT,)),
    ]
    for number, (choice, duties) in enumerate(cases):
        token = here.token(*duties)
        slack.press(f"e{number}", "UANNA", choice, token)
        slack.heard()
        assert f"https://answers.example.org/x/a/{token}?choice={choice}" in slack.whispers[number]["text"]
    assert recorded(here) == []


def test_every_button_that_needs_no_more(here: House, slack: SocketSlack) -> None:
    for number, (choice, duties) in enumerate(
        [("later", (PUBLISH,)), ("nothing_to_report", (PUBLISH,)), ("mine", (REPORT,)), ("stop", (REPORT, PUBLISH))]
    ):
        slack.press(f"e{number}", "UANNA", choice, here.token(*duties), block=f"x{number}")
        slack.heard()
        assert "Vastgelegd" in shown(slack.updates[number])[-1]["text"]["text"]
    assert [made[0] for made in recorded(here)] == ["snoozed", "nothing_to_report", "mine", "opt_out"]


def test_old_forged_and_withdrawn_buttons_do_nothing(
    here: House, slack: SocketSlack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "pubtrack")
    revoked = here.token(COPY)
    table.revoke(here.store, link=here.links.read(revoked, NOW.date()).id, who="staff", at=stamp(NOW))
    tokens = [here.token(REPORT, day=NOW - timedelta(days=200)), f"{here.token()}x", "", revoked, here.token(person=2)]
    for number, token in enumerate(tokens):
        slack.press(f"e{number}", "UANNA", "mine", token)
        slack.heard()
    assert recorded(here) == []
    assert len(slack.whispers) == len(tokens)
    assert all(token not in caplog.text for token in tokens if token)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"type": "view_submission"},
        {"type": "block_actions"},
        {"type": "block_actions", "user": [], "channel": None, "actions": "x", "message": {}},
        {
            "type": "block_actions",
            "user": {"id": "U"},
            "channel": {"id": "D"},
            "message": {"ts": "1"},
            "actions": [{"action_id": "page"}, {"action_id": "answer:no"}, {}],
        },
    ],
)
def test_what_is_no_press_of_ours_is_acknowledged_and_left(
    here: House, slack: SocketSlack, payload: dict[str, Any]
) -> None:
    slack.press("e1", "UANNA", "mine", "", raw=payload)
    assert slack.heard() == "e1"
    assert (recorded(here), slack.updates, slack.whispers) == ([], [], [])


def test_slack_fails_to_show_it(here: House, slack: SocketSlack) -> None:
    """A throttle is waited for; any other trouble loses the display, never the answer."""
    slack.next = {"chat.update": [429, "message_not_found"]}
    slack.press("e1", "UANNA", "mine", here.token(REPORT))
    assert slack.heard() == "e1"
    assert len(recorded(here)) == 1
    assert slack.calls.count("chat.update") == 2


def test_what_could_not_be_recorded_is_not_acknowledged(here: House, slack: SocketSlack) -> None:
    """Slack then sends it again."""
    slack.next = {"users.info": ["internal_error"]}
    slack.press("e1", "UANNA", "mine", here.token(REPORT))
    while slack.next["users.info"]:
        time.sleep(0.01)
    slack.press("e1", "UANNA", "mine", here.token(REPORT))
    assert slack.heard() == "e1"
    assert len(recorded(here)) == 1
    assert slack.acknowledged.empty()


def test_a_connection_that_breaks_is_made_anew(here: House, slack: SocketSlack) -> None:
    slack.press("e1", "UANNA", "mine", here.token(REPORT))
    slack.heard()
    slack.drop()
    slack.press("e2", "UANNA", "not_mine", here.token(REPORT))
    assert slack.heard() == "e2"
    assert slack.connections == 2
    assert [made[0] for made in recorded(here)] == ["mine", "not_mine"]


def test_hostile_text_stays_text(here: House) -> None:
    from pubtrack.answers.choices import Outcome
    from pubtrack.answers.words import words

    one = press.Press("U", "D", "1", "", Choice.LATER, "", ())
    outcome = Outcome("another", (), {"what": "<!here> & <http://evil.example|x>", "project": "9001"})
    (note,) = press.shown(one, outcome, "https://answers.example.org/a/x", words("en"))
    assert "&lt;!here&gt; &amp; &lt;http" in note["text"]["text"]
