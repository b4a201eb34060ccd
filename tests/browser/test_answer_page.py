"""The answer page in a real browser, without scripts: on a phone and a desk, with a keyboard, in both languages."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from waitress.server import create_server

from pubtrack.store import decisions
from tests.browser.chromium import Chromium, chromium
from tests.web import CARLA_ID, COPY, CREDIT, PUBLISH, REPORT, House, house

SHOTS = os.environ.get("PUBTRACK_SHOTS")  # a folder: pictures are written there, to be looked at


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as running:
        yield running


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    server = create_server(made.app, host="127.0.0.1", port=0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    made.base = f"http://127.0.0.1:{server.effective_port}/a/"  # type: ignore[attr-defined]
    yield made
    server.close()
    thread.join(10)
    made.store.close()


def visit(browser: Chromium, here: House, token: str, width: int = 390, query: str = "") -> None:
    browser.look(width)
    browser.open(here.base + token + query)  # type: ignore[attr-defined]


def picture(browser: Chromium, name: str) -> None:
    if SHOTS:
        browser.shot(Path(SHOTS) / f"{name}.png")


def fits(browser: Chromium) -> bool:
    """Whether nothing sticks out at the side, so that nobody scrolls sideways."""
    return bool(browser.value("document.documentElement.scrollWidth <= window.innerWidth"))


def contrast(browser: Chromium) -> list[str]:
    """The texts whose colour stands out too little from what is behind them (WCAG 2.2, 1.4.3: 4.5 to 1)."""
    found: list[str] = browser.value(
        """(() => {
          const rgb = text => (text.match(/[\\d.]+/g) || []).map(Number);
          const lum = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 };
            return .2126 * f(r) + .7152 * f(g) + .0722 * f(b) };
          const behind = node => { for (; node; node = node.parentElement) { const c = rgb(getComputedStyle(node).backgroundColor);
            if (c.length === 3 || c[3] > 0) return c } return [255, 255, 255] };
          const bad = [];
          for (const node of document.querySelectorAll('body *')) {
            const own = [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim());
            if (!own || !node.getClientRects().length) continue;
            const a = lum(rgb(getComputedStyle(node).color)), b = lum(behind(node));
            const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
            if (ratio < 4.5) bad.push(node.textContent.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
          }
          return bad })()"""
    )
    return found


@pytest.mark.parametrize("width", [320, 390, 1200])
@pytest.mark.parametrize("person", ["nl", "en"])
def test_it_fits_and_can_be_read(browser: Chromium, here: House, width: int, person: str) -> None:
    """At any width nothing sticks out, every text stands out, and what is pressed is large enough for a thumb."""
    if person == "nl":
        token = here.token(REPORT, COPY, CREDIT, PUBLISH)
        here.choose(token, "correction", day_correction="2027-02-01")
    else:
        token = here.token("stats/9003/2/report", "stats/9003/-/publish", person=CARLA_ID)
    visit(browser, here, token, width)
    picture(browser, f"{person}-{width}")

    assert fits(browser)
    assert contrast(browser) == []
    assert browser.value("document.documentElement.lang") == person
    small = browser.value(
        "[...document.querySelectorAll('button, .option > label, summary')].filter(e => e.getClientRects().length)"
        ".filter(e => e.getBoundingClientRect().height < 40).map(e => e.textContent.trim())"
    )
    assert small == []


def test_it_can_be_read_in_the_dark(browser: Chromium, here: House) -> None:
    """Where the device is set to dark, so is the page, and every text still stands out."""
    token = here.token(REPORT, COPY, CREDIT, PUBLISH)
    here.choose(token, "correction", day_correction="2027-02-01")
    browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    try:
        visit(browser, here, token)
        picture(browser, "dark-390")

        assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 28)"
        assert contrast(browser) == []
    finally:
        browser.call("Emulation.setEmulatedMedia", features=[])


def test_a_refusal_fits_too(browser: Chromium, here: House) -> None:
    visit(browser, here, "forged")
    picture(browser, "refused-390")
    assert fits(browser)
    assert contrast(browser) == []
    assert "This page does not open" in browser.value("document.body.innerText")


def test_a_field_shows_with_its_answer(browser: Chromium, here: House) -> None:
    """Without any script: the style alone shows the field of the answer that is chosen, and no other."""
    visit(browser, here, here.token(PUBLISH), query="?choice=planned")
    shown = "[...document.querySelectorAll('.option .more')].filter(e => e.getClientRects().length).length"
    assert browser.value(shown) == 1
    assert browser.value("document.querySelector('[name=day_planned]').getClientRects().length") == 1
    picture(browser, "planned-390")


def test_an_answer_by_keyboard_alone(browser: Chromium, here: House) -> None:
    """Tab to the answers, choose with the arrow, fill in the day, press the button; and the focus can always be seen."""
    visit(browser, here, here.token(PUBLISH), width=1200)
    browser.key("Tab")
    assert browser.value("document.activeElement.className") == "skip"
    browser.key("Enter")
    browser.key("Tab")
    assert browser.value("document.activeElement.value") == "another"
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.key("ArrowDown")
    assert browser.value("document.activeElement.value") == "planned"
    browser.key("Tab")
    assert browser.value("document.activeElement.name") == "day_planned"
    for character in "03012027":
        browser.key(character)
    assert browser.value("document.activeElement.value") == "2027-03-01"
    for _ in range(6):  # a day has three parts, and a button that opens a calendar
        browser.key("Tab")
        if browser.value("document.activeElement.tagName") == "BUTTON":
            break
    browser.key("Enter")
    browser.loaded()
    picture(browser, "done-1200")

    assert "wordt verwacht op 1 maart 2027" in browser.value("document.querySelector('[role=status]').innerText")
    (made,) = decisions.history(here.store)
    assert (made.answer.value, made.until and made.until.isoformat(), made.through) == ("planned", "2027-03-01", "link")


def test_reloading_the_answer_changes_nothing(browser: Chromium, here: House) -> None:
    visit(browser, here, here.token(REPORT), query="?choice=mine")
    browser.value("document.querySelector('section button').click()")
    browser.loaded()
    assert len(decisions.history(here.store)) == 1
    browser.call("Page.reload")
    browser.loaded()
    assert len(decisions.history(here.store)) == 1
    assert "komt uit project 9001" in browser.value("document.body.innerText")


def test_what_is_missing_is_said_and_tied_to_its_field(browser: Chromium, here: House) -> None:
    visit(browser, here, here.token(PUBLISH), query="?choice=planned")
    browser.value("document.querySelector('section button').click()")
    browser.loaded()
    picture(browser, "fault-390")
    assert "Welke dag bedoelt u?" in browser.value("document.querySelector('[role=alert]').innerText")
    described = "document.getElementById(document.querySelector('[aria-invalid=true]').getAttribute('aria-describedby')).innerText"
    assert browser.value(described) == "Welke dag bedoelt u? Vul die in."
    assert fits(browser)
    assert contrast(browser) == []


def test_looking_and_prefetching_change_nothing(browser: Chromium, here: House) -> None:
    for query in ("", "?choice=mine", "?choice=reported"):
        visit(browser, here, here.token(REPORT), query=query)
    assert decisions.history(here.store) == []
