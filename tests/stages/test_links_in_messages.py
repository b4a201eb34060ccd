"""From message to answer: links, buttons and unsubscribe addresses of real messages open what they are about; answering silences them."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pubtrack import bootstrap
from pubtrack.answers import press
from pubtrack.discovery import reported
from pubtrack.models import Choice
from pubtrack.reminders import stage
from pubtrack.store import decisions, outbox
from tests.conftest import NOW
from tests.duties import POLICY
from tests.web import ANNA_ID, PUBLISH, REPORT, House, house

BASE = "https://answers.example.org/x/a/"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path, more='per_minute = 1000000\n[[channel]]\nkind = "file"')
    yield made
    made.store.close()


def messages(here: House) -> list[dict[str, Any]]:
    """Take stock, wait it out, and return the reminders that are queued then."""
    for now in (NOW, NOW + timedelta(days=15)):
        here.now[0] = now
        link = bootstrap.link(here.settings, now=now)
        stage.run(here.store, here.settings, now=now, policies=[POLICY], send=True, link=link)
    return [row for row in outbox.every(here.store) if row["state"] == "queued"]


def test_who_gave_a_doi_that_nobody_knows_is_thanked_and_asked_about_it_once(here: House) -> None:
    """Not whether there is a publication: that was answered. It rests for 30 days; then one question, and then staff."""
    messages(here)
    here.choose(here.token(PUBLISH), "another", text="10.5555/unknown")
    here.store.db.execute("UPDATE outbox SET state = 'sent' WHERE state = 'queued'")
    asked = []
    for days in range(1, 200):
        now = here.now[0] = NOW + timedelta(days=15 + days)
        reported.run(here.store, here.settings, now=now)
        link = bootstrap.link(here.settings, now=now)
        stage.run(here.store, here.settings, now=now, policies=[POLICY], send=True, link=link)
        for row in outbox.every(here.store, state="queued"):
            if PUBLISH in outbox.duties_of(here.store, row["id"]):
                asked.append((days, row["person_id"], "10.5555/unknown" in row["text"]))
        here.store.db.execute("UPDATE outbox SET state = 'sent' WHERE state = 'queued'")

    assert [(person, named) for _, person, named in asked] == [(ANNA_ID, True), (None, False)]
    assert asked[0][0] > 30


def tokens(row: dict[str, Any]) -> set[str]:
    """Every token that stands anywhere in a message."""
    texts = [row["text"], unescape(row["html"] or ""), row["unsubscribe"] or "", row["blocks"]]
    found = {token for text in texts for token in re.findall(re.escape(BASE) + r"([\w.-]+)", text)}
    for block in json.loads(row["blocks"]):
        found |= {element["value"] for element in block.get("elements", ()) if "value" in element}
    return found


def test_every_link_of_a_message_opens_its_persons_page(here: House) -> None:
    rows = messages(here)
    assert rows
    for row in rows:
        assert tokens(row)
        for token in tokens(row):
            assert here.links.read(token, here.now[0].date()).person_id == row["person_id"]
            assert here.get(token).status_code == 200
    assert decisions.history(here.store) == []


def test_every_button_of_a_message_is_one_that_is_understood(here: House) -> None:
    """Pressed by the right person, each records what it says or opens the page for the rest."""
    for row in messages(here):
        email = row["recipient"]
        buttons = [
            element
            for block in json.loads(row["blocks"])
            for element in block.get("elements", ())
            if str(element.get("action_id", "")).startswith("answer:")
        ]
        assert buttons
        for button in buttons:
            payload = {
                "type": "block_actions",
                "user": {"id": "U"},
                "channel": {"id": "D"},
                "message": {"ts": "1", "blocks": []},
                "actions": [button | {"block_id": button["value"][:20]}],
            }
            (one,) = press.presses(payload)
            desk = press.Desk(here.settings, [POLICY], here.links)
            reply = press.answer(here.store, one, desk, lambda user, email=email: email, now=here.now[0])  # type: ignore[misc]
            assert reply.blocks or "?choice=" in reply.whisper, (button["action_id"], reply)
    assert decisions.history(here.store) != []


def test_the_unsubscribe_address_of_a_message(here: House) -> None:
    """A mail program posts to it (RFC 8058), and the person hears no more."""
    for row in messages(here):
        if row["unsubscribe"]:
            path = row["unsubscribe"].removeprefix("https://answers.example.org/x")
            answer = here.app.test_client().post(path, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200
    assert {made.answer.value for made in decisions.history(here.store)} == {"opt_out"}
    here.now[0] += timedelta(days=60)
    link = bootstrap.link(here.settings, now=here.now[0])
    stage.run(here.store, here.settings, now=here.now[0], policies=[POLICY], send=True, link=link)
    assert {row["person_id"] for row in outbox.every(here.store) if row["state"] == "queued"} <= {None}


def test_two_presses_at_once_are_one(here: House) -> None:
    """Eight threads send the same form at the same moment: one answer is recorded, and all are told so."""
    token = here.token(REPORT)
    page = here.get(token).text
    start, answers = threading.Barrier(8), []

    def send() -> None:
        start.wait()
        answers.append(here.send(token, page, act="answer", matter="0", choice="reported").status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 8
    assert len(decisions.history(here.store)) == 1


VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from([choice.value for choice in Choice] + ["0", "1", "-1", "answer", "stop", "take_back", "9001", "2027-03-01"]),
)  # fmt: skip
FIELDS = st.dictionaries(
    st.sampled_from(["form", "act", "matter", "choice", "project", "decision", "text", *(f"day_{one}" for one in Choice), "x"]),
    VALUES,
    max_size=8,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FIELDS, st.booleans())
def test_no_form_breaks_the_page(here: House, fields: dict[str, str], ours: bool) -> None:
    """Whatever is sent: a page with a plain sentence, never a fault of ours; and without the page's own form nothing is recorded."""
    token = here.token(REPORT, PUBLISH)
    here.now[0] += timedelta(seconds=10)
    before = len(decisions.history(here.store))
    if ours:
        fields.pop("form", None)
        status = here.send(token, **fields).status_code
        assert status in (200, 403, 409, 422)
    else:
        status = here.app.test_client().post(f"/a/{token}", data=fields).status_code
        assert status == 403
    if status != 200:
        assert len(decisions.history(here.store)) == before
