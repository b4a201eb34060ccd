"""The leads' page: every answer, what it records, and what the page says happens next."""

from __future__ import annotations

import io
import re
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pubtrack.models import Band, Choice, Decision, Match, Work
from pubtrack.obligations import facts
from pubtrack.obligations.policy import load
from pubtrack.store import decisions, letters, matches, works
from pubtrack.web.app import HEADERS
from pubtrack.web.limits import Rate
from tests.conftest import AT, NOW, ROOT
from tests.duties import POLICY
from tests.web import ANNA_ID, CARLA_ID, COPY, CREDIT, PUBLISH, REPORT, House, house, text

TODAY = NOW.date()
SPRING = "2027-03-01"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[House]:
    made = house(tmp_path)
    yield made
    made.store.close()


def brief(made: Decision) -> tuple[str, Any, Any, Any]:
    return made.answer.value, made.project_id, made.work_id, made.until and made.until.isoformat()


def stands(here: House, key: str) -> str:
    return next(
        (duty.state.value for duty in facts.today(here.store, [POLICY], now=here.now[0]) if duty.key == key), "gone"
    )


OF_WORK: list[tuple[str, dict[str, str], list[tuple[Any, ...]], str, str]] = [
    ("mine", {}, [("mine", "9001", 1, None)], "komt uit project 9001", "telt voor het project"),
    ("not_mine", {}, [("not_mine", "9001", 1, None)], "komt niet uit project 9001", "op geen lijst"),
    (
        "wrong_project",
        {"project": "9002"},
        [("not_mine", "9001", 1, None), ("mine", "9002", 1, None)],
        "komt uit project 9002, niet uit project 9001",
        "naar het andere project",
    ),
    (
        "reported",
        {"day_reported": "2026-11-10"},
        [("copy_sent", "9001", 1, "2026-11-10"), ("reported", "9001", 1, "2026-11-10")],
        "gemeld op 10 november 2026",
        "niet meer naar",
    ),
    (
        "reported",
        {},
        [("copy_sent", "9001", 1, "2026-11-16"), ("reported", "9001", 1, "2026-11-16")],
        "gemeld op 16 november 2026",
        "niet meer naar",
    ),
    ("credited", {}, [("credited", None, 1, None)], "De bron van de data staat", "niet meer naar"),
    ("correction", {}, [("correction_requested", None, 1, None)], "om een correctie gevraagd", "later opnieuw naar"),
    (
        "correction",
        {"day_correction": SPRING},
        [("correction_requested", None, 1, SPRING)],
        "verwacht op 1 maart 2027",
        "wij wachten",
    ),
    ("later", {}, [("snoozed", "9001", 1, "2026-12-16")], "opnieuw na 16 december 2026", "geen bericht vóór die dag"),
    ("later", {"day_later": SPRING}, [("snoozed", "9001", 1, SPRING)], "opnieuw na 1 maart 2027", "geen bericht"),
]
OF_PROJECT: list[tuple[str, dict[str, str], list[tuple[Any, ...]], str, str]] = [
    ("planned", {"day_planned": SPRING}, [("planned", "9002", None, SPRING)], "wordt verwacht op 1 maart 2027", "vóór die dag"),
    ("nothing_to_report", {}, [("nothing_to_report", "9002", None, "2027-11-16")], "nog niets te melden", "vóór 16 november 2027"),
    ("later", {"day_later": SPRING}, [("snoozed", "9002", None, SPRING)], "opnieuw na 1 maart 2027", "geen bericht"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("duties", "choice", "fields", "recorded", "done", "after"),
    [((REPORT, COPY, CREDIT), *case) for case in OF_WORK] + [((PUBLISH,), *case) for case in OF_PROJECT],
)
def test_every_answer(
    here: House,
    duties: tuple[str, ...],
    choice: str,
    fields: dict[str, str],
    recorded: list[tuple[Any, ...]],
    done: str,
    after: str,
) -> None:
    """It becomes decisions with who, when and how; the page says what was recorded and what happens next; twice changes nothing."""
    token = here.token(*duties)
    page = here.choose(token, choice, **fields)

    assert page.status_code == 200
    made = decisions.history(here.store)
    assert [brief(one) for one in made] == recorded
    assert {(one.who, one.through, one.made_at) for one in made} == {("Anna van der Berg", "link", NOW)}
    assert done.lower() in text(page).lower()
    assert after in text(page)
    here.choose(token, choice, **fields)
    assert len(decisions.history(here.store)) == len(recorded)


def test_every_choice_is_tested_and_said() -> None:
    tested = {case[0] for case in OF_WORK + OF_PROJECT}

    assert {choice.value for choice in Choice} - tested == {"another", "stop"}


def test_an_answer_ends_the_duty_at_once(here: House) -> None:
    assert stands(here, REPORT) == "overdue"
    page = here.choose(here.token(), "reported", day_reported="2026-11-10")
    assert (stands(here, REPORT), stands(here, COPY)) == ("met", "met")
    assert "Melding van de referentie bij Statistiek Voorbeeld: gedaan" in text(page)
    assert "Hier staat niets meer open" in text(page)


@pytest.mark.parametrize(
    ("choice", "fields", "sentence"),
    [
        ("planned", {}, "Welke dag bedoelt u?"),
        ("planned", {"day_planned": "2026-11-16"}, "Geef een dag na vandaag."),
        ("planned", {"day_planned": "2099-01-01"}, "ligt te ver weg"),
        ("planned", {"day_planned": "31-02-2027"}, "Dat is geen dag."),
        ("later", {"day_later": "2025-01-01"}, "Geef een dag na vandaag."),
        ("", {}, "Kies een van de antwoorden."),
        ("stop", {}, "Kies een van de antwoorden."),
        ("mine", {}, "Kies een van de antwoorden."),
        ("another", {"text": " "}, "Geef een DOI"),
        ("another", {"text": "niets"}, "geen DOI, webadres of referentie"),
        ("another", {"text": "x" * 3000}, "geen DOI, webadres of referentie"),
    ],
)
def test_what_does_not_do_is_said_where_it_stands(
    here: House, choice: str, fields: dict[str, str], sentence: str
) -> None:
    """Nothing is recorded; the sentence stands on top and is tied to the field; what was filled in is still there."""
    page = here.choose(here.token(PUBLISH), choice, **fields)

    assert page.status_code == 422
    assert sentence in text(page)
    assert 'role="alert"' in page.text
    assert choice in ("", "stop", "mine") or 'aria-invalid="true" aria-describedby="fault"' in page.text
    assert decisions.history(here.store) == []
    for value in fields.values():
        assert not value.strip() or f'value="{value}"' in page.text


def test_a_day_of_reporting_lies_behind_us(here: House) -> None:
    page = here.choose(here.token(), "reported", day_reported="2026-11-17")
    assert (page.status_code, decisions.history(here.store)) == (422, [])
    assert "Die dag moet nog komen" in text(page)


def test_the_same_answer_counts_anew_when_its_time_is_over(here: House) -> None:
    """A journal was asked, nothing came, and it was asked again: after 90 days that is a new answer, and before them the old one."""
    for days, expected in ((0, 1), (30, 1), (90, 1), (91, 2)):
        here.now[0] = NOW + timedelta(days=days)
        here.choose(here.token(CREDIT), "correction")
        assert len(decisions.every(here.store)) == expected
        assert stands(here, CREDIT) == "snoozed"


def test_an_answer_can_be_taken_back_and_given_anew(here: House) -> None:
    """All that one answer recorded is withdrawn together; the question is open again."""
    token = here.token()
    page = here.choose(token, "wrong_project", project="9002").text
    mine = re.findall(r'name="decision" value="(\d+)"', page)
    assert stands(here, REPORT) == "gone"

    back = here.send(token, act="take_back", decision=mine[0])

    assert "Uw antwoord is teruggenomen." in text(back)
    assert stands(here, REPORT) == "overdue"
    assert decisions.every(here.store) == []
    assert [one.answer.value for one in decisions.history(here.store)] == ["not_mine", "mine", "withdrawn", "withdrawn"]
    here.choose(token, "mine")
    assert [brief(one) for one in decisions.every(here.store)] == [("mine", "9001", 1, None)]


def test_what_staff_or_others_recorded_cannot_be_taken_back(here: House) -> None:
    from pubtrack.answers.apply import apply

    said = apply(
        here.store, answer="waived", who="staff", through="cli", now=NOW, project="9001", work=1, duty="report"
    )
    page = here.get(here.token())
    assert "Digital Competence Centre, 16 november 2026: niet meer gevraagd" in text(page)
    assert 'value="take_back"' not in page.text
    assert here.send(here.token(), act="take_back", decision=str(said.id)).status_code == 422


def test_no_more_messages_and_back(here: House) -> None:
    """One press, or a mail program's own button, which can do nothing else."""
    token = here.token()
    one_click = here.app.test_client().post(f"/a/{token}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert [brief(one) for one in decisions.history(here.store)] == [("opt_out", None, None, None)]
    assert decisions.history(here.store)[0].person_id == ANNA_ID
    here.app.test_client().post(f"/a/{token}", data={"List-Unsubscribe": "One-Click"})
    here.send(token, act="stop")
    assert len(decisions.history(here.store)) == 1

    page = here.get(token)
    assert "U krijgt sinds 16 november 2026 geen berichten meer." in text(page)
    number = re.findall(r'name="decision" value="(\d+)"', page.text)[0]
    assert "u krijgt weer berichten" in text(here.send(token, act="take_back", decision=number))
    assert decisions.every(here.store) == []


def test_a_stop_that_came_by_mail_can_be_undone_on_the_page_and_one_by_staff_not(here: House) -> None:
    from pubtrack.answers.apply import apply

    for through, who, undone in (("mail", "Anna van der Berg", True), ("cli", "staff", False)):
        made = apply(here.store, answer="opt_out", who=who, through=through, now=NOW, person=ANNA_ID)
        assert (f'name="decision" value="{made.id}"' in here.get(here.token()).text) is undone
        status = here.send(here.token(), act="take_back", decision=str(made.id)).status_code
        assert status == (200 if undone else 422)


@pytest.mark.parametrize(
    "data",
    [
        {"List-Unsubscribe": "One-Click", "choice": "mine"},
        {"List-Unsubscribe": "yes"},
        {"choice": "mine", "act": "answer", "matter": "0"},
        {},
    ],
)
def test_a_post_without_the_pages_own_form_does_nothing(here: House, data: dict[str, str]) -> None:
    assert here.app.test_client().post(f"/a/{here.token()}", data=data).status_code == 403
    assert decisions.history(here.store) == []


def test_scanners_change_nothing(here: House) -> None:
    """Mail gateways and messengers open links, ask for heads, and guess: the database stays as it was, byte for byte."""
    token = here.token(REPORT, COPY, CREDIT, PUBLISH)
    before = [tuple(row) for row in here.store.db.execute("SELECT * FROM sqlite_master")] + [
        list(map(tuple, here.store.db.execute(f"SELECT * FROM {name}"))) for name in sorted(here.store.db.table_names())
    ]
    client = here.app.test_client()
    for query in ("", "?choice=mine", "?act=stop", "?List-Unsubscribe=One-Click", "?choice=%00&matter=0&form=x"):
        assert client.get(f"/a/{token}{query}").status_code == 200
        assert client.head(f"/a/{token}{query}").data == b""
    for method in ("put", "delete", "patch"):
        assert getattr(client, method)(f"/a/{token}").status_code == 405
    client.options(f"/a/{token}")
    after = [tuple(row) for row in here.store.db.execute("SELECT * FROM sqlite_master")] + [
        list(map(tuple, here.store.db.execute(f"SELECT * FROM {name}"))) for name in sorted(here.store.db.table_names())
    ]

    assert after == before


def test_a_database_that_is_locked_or_full_is_told_and_nothing_is_half_recorded(
    here: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two decisions that belong together are recorded both or not at all; the page can be sent again when there is room."""
    monkeypatch.setattr("pubtrack.store.database._BUSY_MS", 20)
    token = here.token(REPORT, COPY)
    page = here.get(token).text
    other = sqlite3.connect(here.store.path or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    answers = [here.send(token, page, act="answer", matter="0", choice="wrong_project", project="9002")]
    other.execute("ROLLBACK")
    other.close()
    here.store.db.execute("CREATE TRIGGER full BEFORE INSERT ON decisions WHEN NEW.answer = 'mine'"
                          " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")  # fmt: skip
    answers.append(here.send(token, page, act="answer", matter="0", choice="wrong_project", project="9002"))

    for answer in answers:
        assert answer.status_code == 500
        assert "er is niets vastgelegd" in text(answer) or "nothing was recorded" in text(answer)
        assert "sqlite" not in answer.text.lower()
    assert decisions.history(here.store) == []

    here.store.db.execute("DROP TRIGGER full")
    assert here.send(token, page, act="answer", matter="0", choice="wrong_project", project="9002").status_code == 200
    assert sorted(made.answer.value for made in decisions.every(here.store)) == ["mine", "not_mine"]


def test_a_link_can_open_on_an_answer_and_still_records_nothing(here: House) -> None:
    page = here.get(here.token(PUBLISH), query_string={"choice": "planned"})
    assert re.findall(r'value="(\w+)" required checked', page.text) == ["planned"]
    assert decisions.history(here.store) == []


def test_titles_are_text_and_no_page_can_be_framed_or_scripted(here: House) -> None:
    page = here.get(here.token(REPORT, PUBLISH))

    assert "<script" not in page.text
    assert "Paper 1 &lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "Housing &lt;b&gt;&amp; health&lt;/b&gt;" in page.text
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert page.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in page.headers
    assert here.app.test_client().get("/").status_code == 404
    assert here.app.test_client().get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    assert here.app.test_client().get("/health").text == "ok\n"
    assert "font" in here.app.test_client().get("/answer.css").text


@pytest.mark.parametrize("person", ["nl", "en"])
def test_a_page_has_what_a_screen_reader_needs(here: House, person: str) -> None:
    """A language, one first heading, a label for every field, a legend for every group, a name for every button."""
    if person == "en":
        matches.save(here.store, Match("9003", 1, 0.97, Band.ACCEPT), at=AT)
        page = here.get(here.token("stats/9003/2/report", "stats/9003/-/publish", person=CARLA_ID)).text
    else:
        page = here.get(here.token(REPORT, COPY, CREDIT, PUBLISH)).text

    assert f'<html lang="{person}">' in page
    assert len(re.findall("<h1", page)) == 1
    shown = [field for field in re.findall(r"<(?:input|select)[^>]*>", page) if 'type="hidden"' not in field]
    ids = [re.search(r' id="([^"]+)"', field) for field in shown]
    assert shown
    assert all(ids)
    named = [found[1] for found in ids if found]
    assert len(set(named)) == len(named)
    assert {name for name in named if f'for="{name}"' not in page} == set()
    assert len(re.findall("<fieldset", page)) == len(re.findall("<legend", page)) == 2
    assert re.findall(r"<button[^>]*>\s*</button>", page) == []
    assert "viewport" in page
    assert re.search(r'<a class="skip" href="#(\w+)"', page)


def test_too_many_visits_with_one_link(tmp_path: Path) -> None:
    """Each link has its own bucket, and what is forged shares one."""
    seconds = [0.0]
    made = house(tmp_path, more="per_minute = 3", monotonic=lambda: seconds[0])
    token, other = made.token(REPORT), made.token(COPY)
    assert [made.get(token).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert made.get(other).status_code == 200
    assert [made.get("forged").status_code for _ in range(4)] == [403, 403, 403, 429]
    seconds[0] = 20.0
    assert made.get(token).status_code == 200
    made.store.close()


def test_the_rate_forgets_what_rested_longest() -> None:
    rate = Rate(1, lambda: 0.0)
    assert rate.allows("first")
    assert not rate.allows("first")
    for number in range(10_000):
        rate.allows(str(number))
    assert rate.allows("first")


def test_another_publication_by_doi(here: House) -> None:
    """A work that is known is the project's at once; one that is not is looked for, and the question rests meanwhile."""
    page = here.choose(here.token(PUBLISH), "another", text="https://doi.org/10.5555/2")
    assert "10.5555/2" in text(page)
    assert [brief(one) for one in decisions.every(here.store)] == [("mine", "9002", 2, None)]
    assert stands(here, PUBLISH) == "met"

    other = here.send(here.token(), act="another", project="9001", text="10.5555/unknown")
    assert other.status_code == 200
    assert brief(decisions.every(here.store)[-1]) == ("snoozed", "9001", None, "2026-12-16")
    assert letters.waiting(here.store) == []


def test_another_publication_without_a_door_goes_to_staff(tmp_path: Path) -> None:
    made = house(tmp_path, report=None)
    page = made.choose(made.token(PUBLISH), "another", text="10.5555/2")
    assert "Ontvangen: 10.5555/2" in text(page)
    (waiting,) = letters.waiting(made.store)
    assert (waiting["kind"], waiting["project_id"], waiting["text"], waiting["person_id"]) == (
        "publication",
        "9002",
        "10.5555/2",
        ANNA_ID,
    )
    made.store.close()


PAPER = (
    "# Social mobility\n\nhttps://doi.org/10.5555/2\n\nWe study mobility with microdata of {named} in a long text of many words.\n\n"
    "## Data\n\nResults based on calculations using non-public microdata from Statistics Example.\n"
)


def given(content: bytes, name: str = "paper.md") -> dict[str, Any]:
    return {"file": (io.BytesIO(content), name)}


def test_a_file_is_read_and_checked_at_once(here: House) -> None:
    """What it says of the provider is shown; its own DOI says which work it is; the file is kept under a name of its content."""
    page = here.choose(
        here.token(PUBLISH), "another", **given(PAPER.format(named="Statistics Example").encode(), "../../evil.md")
    )
    assert page.status_code == 200
    assert "Wat wij in uw bestand lazen" in text(page)
    assert re.search(r"Statistiek Voorbeeld (is vermeld|wordt genoemd)", text(page))
    assert [brief(one) for one in decisions.every(here.store)] == [("mine", "9002", 2, None)]
    (waiting,) = letters.waiting(here.store)
    folder = here.settings.web.given  # type: ignore[union-attr]
    assert sorted(path.name for path in folder.iterdir()) == sorted([waiting["file"], "index.csv"])
    assert (folder / "index.csv").read_text() == f"work,file,version\n10.5555/2,{waiting['file']},\n"
    assert list(folder.parent.glob("evil*")) == []


def test_the_sentence_to_add_names_the_institution_in_its_own_language(tmp_path: Path) -> None:
    """On a Dutch page, for an English publication: an English sentence, and no Dutch name in it."""
    cbs = load(ROOT / "config/policies/cbs-microdata.toml").model_copy(update={"id": POLICY.id})
    made = house(tmp_path, policy=cbs)
    content = (
        "The households and their members were followed in a long text without any source of the data. " * 20
    ).encode()
    page = text(made.choose(made.token(PUBLISH), "another", **given(content)))
    made.store.close()

    assert "Results based on calculations by University of Example using non-public microdata" in page


def test_a_file_without_the_credit_gets_the_sentence_to_add(here: House) -> None:
    content = ("Households and their members in a long text without any source. " * 20).encode()
    page = here.choose(here.token(PUBLISH), "another", **given(content))
    assert "Statistiek Voorbeeld is niet vermeld als bron van de data." in text(page)
    assert "Ontvangen: uw bestand, voor project 9002." in text(page)
    assert [row["kind"] for row in letters.waiting(here.store)] == ["publication"]
    again = here.choose(here.token(PUBLISH), "another", **given(content))
    assert again.status_code == 200
    assert len(letters.waiting(here.store)) == 1


@pytest.mark.parametrize(
    "content", [b"\x7fELF" + b"\0" * 100, b"\x89PNG....", b"PK\x03\x04 not a zip", b"%PDF-1.4 cut"]
)
def test_a_hostile_file_is_refused_in_a_sentence(here: House, content: bytes) -> None:
    page = here.choose(here.token(PUBLISH), "another", **given(content, "paper.pdf"))
    assert page.status_code == 422
    assert "Dat bestand kunnen wij niet aannemen" in text(page)
    assert letters.waiting(here.store) == []


def test_a_file_beyond_the_limit_is_refused(here: House) -> None:
    page = here.choose(here.token(PUBLISH), "another", **given(b"x" * 400_000))
    assert page.status_code == 413
    assert decisions.history(here.store) == []


def test_a_form_of_a_thousand_fields_is_refused(here: House) -> None:
    page = here.choose(here.token(PUBLISH), "planned", **{f"x{number}": "y" for number in range(1000)})
    assert page.status_code in (403, 413, 422)
    assert decisions.history(here.store) == []


def test_a_link_follows_works_that_became_one(here: House) -> None:
    """A link that was sent before two works were joined opens the work that they became."""
    from pubtrack.store import merging

    token = here.token("stats/9001/1/report")
    works.save(here.store, Work({"type": "article-journal", "title": "Other"}, ("oai:x:1",)), at=AT)
    merging.merge(here.store, 1, into=2, at=AT)
    page = here.choose(token, "mine")
    assert page.status_code == 200
    assert [brief(one) for one in decisions.every(here.store)] == [("mine", "9001", 2, None)]


def test_links_work_until_their_last_day(here: House) -> None:
    token = here.token()
    assert "tot en met 15 mei 2027" in text(here.get(token))
    here.now[0] = NOW + timedelta(days=180)
    assert here.get(token).status_code == 200
    here.now[0] = NOW + timedelta(days=181)
    assert here.get(token).status_code == 410
    assert (TODAY + timedelta(days=180)) == date(2027, 5, 15)
