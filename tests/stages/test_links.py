"""Signed links: what opens them, what does not, and what they can never do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pubtrack import bootstrap
from pubtrack.answers.links import LONGEST_TOKEN, LinkRefused, Links, duty_parts, signing_keys
from pubtrack.clock import stamp
from pubtrack.errors import ConfigError
from pubtrack.models import DutyKind
from pubtrack.store import decisions, privacy
from pubtrack.store import links as table
from tests.conftest import NOW
from tests.web import ANNA_ID, CARLA_ID, COPY, KEY, OLDER, PUBLISH, REPORT, House, house, text

DAY = date(2026, 11, 16)
DUTY = st.builds(
    lambda policy, project, work, kind: f"{policy}/{project}/{work or '-'}/{kind}",
    st.sampled_from(["cbs-microdata", "p"]),
    st.sampled_from(["9001", r"SES\208008/SSB", "ä/ö"]),
    st.integers(0, 10**9),
    st.sampled_from(list(DutyKind)),
)


def links(*keys: str, days: int = 180) -> Links:
    return Links(keys or (KEY,), base_url="https://answers.example.org/", days=days)


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    yield made
    made.store.close()


@given(st.integers(1, 10**6), st.lists(DUTY, min_size=1, max_size=30), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_a_link_says_what_it_was_made_of(person: int, duties: list[str], day: date) -> None:
    """The same person, matters and day give the same bytes, in whatever order the matters are named."""
    token = links().token(person, duties, day)
    link = links().read(token, day)

    assert (link.person_id, set(link.duties), link.issued_on) == (person, set(duties), day)
    assert links().token(person, list(reversed(duties)), day) == token
    assert links().url(person, duties, day) == f"https://answers.example.org/a/{token}"


@given(st.data())
def test_no_other_token_opens_anything(data: st.DataObject) -> None:
    """One character changed, left out or put in: it is not ours any more."""
    token = links().token(7, [REPORT, COPY], DAY)
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.characters(codec="ascii"))
    kind = data.draw(st.sampled_from(["changed", "cut", "more"]))
    altered = token[:place] + (other if kind != "cut" else "") + token[place + (kind != "more") :]
    if altered == token:
        return
    with pytest.raises(LinkRefused) as refused:
        links().read(altered, DAY)
    assert refused.value.reason == "forged"


@pytest.mark.parametrize("token", ["", ".", "a.b", "x" * LONGEST_TOKEN, "x" * 10_000_000, "é.é", "\x00", "W10.AAAA"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkRefused):
        links().read(token, DAY)


def test_keys_can_be_changed() -> None:
    """The newest signs; what older ones signed is taken as long as they are there, and not a day longer."""
    old = links(OLDER).token(7, [REPORT], DAY)
    both = links(KEY, OLDER)

    assert both.read(old, DAY).person_id == 7
    assert both.token(7, [REPORT], DAY) == links(KEY).token(7, [REPORT], DAY)
    with pytest.raises(LinkRefused):
        links(KEY).read(old, DAY)


def test_a_link_ends() -> None:
    token = links(days=30).token(7, [REPORT], DAY)
    assert links(days=30).read(token, DAY + timedelta(days=30)).duties == (REPORT,)
    with pytest.raises(LinkRefused) as refused:
        links(days=30).read(token, DAY + timedelta(days=31))
    assert refused.value.reason == "expired"


def test_short_keys_are_refused() -> None:
    assert signing_keys(f"\n{KEY}\n  {OLDER} ") == [KEY, OLDER]
    for held in ("", "short", f"{KEY}\nshort"):
        with pytest.raises(ConfigError, match="at least 32 characters"):
            signing_keys(held)


def test_a_form_belongs_to_its_link() -> None:
    mine, other = (links().read(links().token(person, [REPORT], DAY), DAY) for person in (1, 2))
    form = links().form(mine, "once")

    assert links().read_form(mine, form).nonce == "once"
    for link, sent in ((other, form), (mine, ""), (mine, f"{form}x"), (mine, links().token(1, [REPORT], DAY))):
        with pytest.raises(LinkRefused) as refused:
            links().read_form(link, sent)
        assert refused.value.reason == "form"


def test_the_parts_of_a_duty() -> None:
    assert duty_parts(r"cbs/SES\2/0/-/publish") == ("cbs", r"SES\2/0", None, DutyKind.PUBLISH)
    assert duty_parts("cbs/9001/12/copy") == ("cbs", "9001", 12, DutyKind.COPY)


def test_bootstrap_gives_reminders_a_link(here: House) -> None:
    made = bootstrap.link(here.settings, now=NOW)
    assert made is not None
    assert made(ANNA_ID, [REPORT]) == made(ANNA_ID, [REPORT])
    assert made(ANNA_ID, [REPORT]).startswith("https://answers.example.org/x/a/")
    assert bootstrap.link(here.settings.model_copy(update={"web": None}), now=NOW) is None


def test_refused_in_a_plain_sentence_and_logged_without_the_link(here: House, caplog: pytest.LogCaptureFixture) -> None:
    """Forged, expired, revoked, no longer theirs: each has its status and its sentence in both languages, and changes nothing."""
    caplog.set_level(logging.INFO, "pubtrack")
    token = here.token()
    expired = here.token(day=NOW - timedelta(days=181))
    not_theirs = here.token(person=CARLA_ID)
    nobody = here.token(person=99)
    revoked = here.token("stats/9001/1/report", PUBLISH)
    link = here.links.read(revoked, NOW.date())
    table.revoke(here.store, link=link.id, who="staff", at=stamp(NOW))
    cases = [
        (token[:-1] + ("A" if token[-1] != "A" else "B"), 403, "not one of ours"),
        (expired, 410, "too old"),
        (revoked, 410, "withdrawn"),
        (not_theirs, 410, "no longer with you"),
        (nobody, 410, "no longer with you"),
    ]
    for refused, status, sentence in cases:
        for page in (
            here.get(refused),
            here.app.test_client().post(f"/a/{refused}", data={"List-Unsubscribe": "One-Click"}),
        ):
            assert page.status_code == status
            assert sentence in text(page)
            assert "Deze pagina gaat niet open" in text(page)
            assert refused not in page.text
        assert refused not in caplog.text
        assert "Anna" not in caplog.text
    assert "reason=revoked" in caplog.text
    assert decisions.history(here.store) == []
    assert here.get(token).status_code == 200


def test_all_links_of_a_person_can_be_revoked_and_new_ones_work(here: House) -> None:
    old = here.token()
    table.revoke(here.store, person_id=ANNA_ID, until=NOW.date(), who="staff", at=stamp(NOW))
    assert here.get(old).status_code == 410
    here.now[0] = NOW + timedelta(days=1)
    assert here.get(here.token()).status_code == 200


def test_a_forgotten_person_has_no_page(here: House) -> None:
    token = here.token()
    privacy.forget(here.store, ANNA_ID, at=stamp(NOW))
    assert here.get(token).status_code == 410


def test_a_form_of_another_link_or_matter_is_refused(here: House) -> None:
    """A forwarded link can do no more than its own matters."""
    token, other = here.token(REPORT), here.token(PUBLISH)
    foreign = here.get(other).text
    for fields in (
        {"act": "answer", "matter": "1", "choice": "planned", "day_planned": "2027-01-01"},
        {"act": "answer", "matter": "-1", "choice": "mine"},
        {"act": "answer", "matter": "9" * 400, "choice": "mine"},
        {"act": "else"},
    ):
        assert here.send(token, **fields).status_code == 403
    assert here.send(token, foreign, act="answer", matter="0", choice="mine").status_code == 403
    assert here.app.test_client().post(f"/a/{token}", data={"act": "stop"}).status_code == 403
    assert here.send(token, act="answer", matter="0", choice="planned", day_planned="2027-01-01").status_code == 422
    assert here.send(token, act="another", project="9003", text="10.5555/5").status_code == 422
    assert here.choose(token, "wrong_project", project="9003").status_code == 422
    assert here.send(token, act="take_back", decision="1").status_code == 422
    assert decisions.history(here.store) == []


def test_a_form_can_be_sent_once(here: House) -> None:
    """The same again gives the same page and adds nothing; another answer on the same form is refused."""
    token = here.token()
    page = here.get(token).text
    fields = {"act": "answer", "matter": "0", "choice": "reported", "day_reported": "2026-11-10"}
    first = here.send(token, page, **fields)
    again = here.send(token, page, **fields)

    assert (first.status_code, again.status_code) == (200, 200)
    assert "gemeld op 10 november 2026" in text(again)
    assert [one.answer.value for one in decisions.history(here.store)] == ["copy_sent", "reported"]
    replayed = here.send(token, page, **(fields | {"choice": "not_mine"}))
    assert replayed.status_code == 409
    assert "already sent" in text(replayed) or "sent before" in text(replayed)
    assert len(decisions.history(here.store)) == 2


def test_going_back_one_answers_the_next_question(here: House) -> None:
    """One page asks several things, and each can be answered from it, once."""
    token = here.token(REPORT, PUBLISH)
    page = here.get(token).text
    assert here.send(token, page, act="answer", matter="0", choice="mine").status_code == 200
    assert here.send(token, page, act="answer", matter="1", choice="nothing_to_report").status_code == 200
    assert here.send(token, page, act="answer", matter="1", choice="later").status_code == 409
    assert [one.answer.value for one in decisions.history(here.store)] == ["mine", "nothing_to_report"]


def test_a_page_that_stood_open_too_long(here: House, monkeypatch: pytest.MonkeyPatch) -> None:
    token = here.token()
    page = here.get(token).text
    monkeypatch.setattr("pubtrack.answers.links.FORM_SECONDS", -1)
    assert here.send(token, page, act="stop").status_code == 409
    assert decisions.history(here.store) == []
