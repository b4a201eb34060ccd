"""What a reply means: only what is plain, in Dutch and English; whatever may mean something else is left to staff."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pubtrack.answers import mail
from pubtrack.answers.meaning import Meaning, away_until, understood
from pubtrack.models import Choice

TODAY = date(2026, 11, 16)
NOTHING, STOP = Meaning(Choice.NOTHING_TO_REPORT), Meaning(Choice.STOP)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Geen publicatie.", NOTHING),
        ("Beste collega,\n\nEr is nog geen publicatie.\n\nMet vriendelijke groet,\nAnna", NOTHING),
        ("Hi,\nThere are no publications from this project yet.\nBest regards\nAnna", NOTHING),
        ("Er zijn helaas geen publicaties verschenen", NOTHING),
        ("No publication so far", NOTHING),
        ("Dear all,\n\nNothing to report.\n", NOTHING),
        ("Niets te melden", NOTHING),
        ("We have no papers from project 9001 yet.", NOTHING),
        ("stop", STOP),
        ("Stop.\n\nGroet, Anna", STOP),
        ("Geen berichten meer a.u.b.", STOP),
        ("Unsubscribe", STOP),
        ("10.5555/abc.1", Meaning(Choice.ANOTHER, ("10.5555/abc.1",))),
        ("Beste,\n\nOns artikel: https://doi.org/10.5555/ABC.1.\n\nGroet", Meaning(Choice.ANOTHER, ("10.5555/abc.1",))),
        ("See 10.5555/a and 10.5555/b.", Meaning(Choice.ANOTHER, ("10.5555/a", "10.5555/b"))),
    ],
)
def test_what_is_plain(text: str, expected: Meaning) -> None:
    assert understood(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Thanks!",
        "There is no publication yet, but we expect one in May.",
        "Er is geen publicatie van dit project, wel van een ander.",
        "10.5555/1 is not ours",
        "10.5555/1 komt niet uit dit project",
        "Is 10.5555/1 the one you mean?",
        "10.5555/1 is the wrong one",
        "10.5555/1 is een concept",
        "Why do I get this? Please stop asking about project 9001, Bram leads it now.",
        "No. Publication is in press.",
        "I cannot stop you",
        "geen",
        "Geen idee welke publicatie",
        " ".join(["word"] * 60) + " 10.5555/1",
    ],
)
def test_what_is_not_plain_is_left_to_staff(text: str) -> None:
    assert understood(text) is None


def test_a_mail_programs_unsubscribe() -> None:
    assert understood("", "stop") == STOP
    assert understood("I wrote a paper", "stop") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am away until 5 January 2027.", date(2027, 1, 5)),
        ("Ik ben afwezig tot en met 5 januari.", date(2027, 1, 5)),
        ("I am out of the office until December 1st", date(2026, 12, 1)),
        ("I will be back on Monday 4 January 2027", date(2027, 1, 3)),
        ("Vanaf 4 januari ben ik terug. Ik ben afwezig t/m 3 januari 2027", date(2027, 1, 3)),
        ("Ik ben weer aanwezig op 2026-12-07.", date(2026, 12, 6)),
        ("Afwezig tot 24-12-2026", date(2026, 12, 24)),
        ("from 1 December until 20 December", date(2026, 12, 20)),
        ("away until 5 January 2027, back on 6 January 2027", date(2027, 1, 5)),
        ("I am away.", None),
        ("Back soon, on a Monday", None),
        ("until 05/06/2027", None),
        ("until 31 February 2027", None),
        ("until 5 January 2026", None),
        ("until 5 January 2029", None),
        ("until 5 January; in urgent cases until 9 March call me", None),
        ("", None),
    ],
)
def test_until_when_somebody_is_away(text: str, expected: date | None) -> None:
    assert away_until(text, TODAY) == expected


def test_leap_day_and_year_end() -> None:
    assert away_until("until 29 February", date(2027, 12, 1)) == date(2028, 2, 29)
    assert away_until("until 29 February", date(2026, 12, 1)) is None
    assert away_until("until 1 January", date(2026, 12, 31)) == date(2027, 1, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yes\n\nOn Mon, 16 Nov 2026 at 12:00, DCC <dcc@example.org> wrote:\n> 10.5555/1", "Yes"),
        ("Ja\nOp ma 16 nov 2026 om 12:00 schreef DCC <dcc@example.org>:\n> x", "Ja"),
        ("Ja\n\nOp maandag 16 november 2026 om 12:00\nschreef DCC <dcc@example.org>:\n> x", "Ja"),
        ("Ja\n\n-----Oorspronkelijk bericht-----\nVan: DCC", "Ja"),
        ("Yes\n________________________________\nFrom: DCC <dcc@example.org>", "Yes"),
        ("Yes\n-- \nAnna", "Yes"),
        ("> quoted only", ""),
        ("On time we published 10.5555/1\nand more", "On time we published 10.5555/1\nand more"),
    ],
)
def test_what_was_quoted_is_left_out(text: str, expected: str) -> None:
    assert mail.fresh(text) == expected


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    understood(text)
    away_until(text, TODAY)
    mail.fresh(text)


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_letter_or_none(raw: bytes) -> None:
    try:
        read = mail.read(raw)
    except ValueError:
        return
    assert "\n" not in read.subject
    assert read.id == mail.name_of(raw)
