"""Whole messages, as they are read: golden files, hostile text, and Slack's limits."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from time import process_time

import pytest
from icalendar import Calendar

from pubtrack.config import Contact, Institution
from pubtrack.models import Choice, Duty, DutyKind, DutyState, Message, Person, Project, Verdict, Work
from pubtrack.obligations.model import Given
from pubtrack.reminders import messages
from pubtrack.reminders.blocks import mrkdwn
from pubtrack.reminders.contact_view import CONTACT_ITEMS
from pubtrack.reminders.lead_view import LEAD_BLOCKS
from pubtrack.reminders.messages import Envelope, render
from pubtrack.reminders.plan import Matter, Planned, Why
from pubtrack.reminders.views import Known
from pubtrack.reminders.words import LANGUAGES, words
from tests.duties import LEAD, OTHER, POLICY, SUGGESTION, finding, work
from tests.golden import compare

TODAY = date(2026, 11, 16)
INSTITUTION = Institution(
    name="Universiteit van Voorbeeld",
    name_en="University of Example",
    contact=Contact(name="Digital Competence Centre", email="dcc@example.org", url="https://dcc.example.org/microdata"),
)
KNOWN = Known(
    projects={
        "9001": Project("9001", "Social mobility of second-generation households", lead=LEAD, ended_on=date(2025, 6, 30)),
        "9002": Project("9002", "Parental separation and school careers", lead=LEAD, ended_on=date(2027, 1, 31)),
        "9003": Project("9003", "Flexible contracts", lead=OTHER, ended_on=date(2025, 3, 31)),
        "9004": Project("9004", "Housing", ended_on=date(2025, 3, 31)),
        "9005": Project("9005", "Commuting", lead=Person("Bram", "'t Hooft", id=3), ended_on=date(2025, 3, 31)),
    },
    works={
        1: work(1, "2026-10-05", volume="3", issue="2", page="1-20"),
        2: Work({"type": "report", "title": "Verslag over wonen", "author": [{"literal": "Team Wonen"}], "publisher": "Example Press",
                 "issued": {"date-parts": [[2026, 11, 1]]}, "URL": "https://repository.example.org/1"}, id=2),
    },
    findings={(1, "stats"): finding(Verdict.ABSENT, suggestion=SUGGESTION)},
    policies={"stats": POLICY},
    people={1: LEAD, 2: OTHER},
    institution=INSTITUTION,
)  # fmt: skip


def page(keys: Sequence[str]) -> str:
    """Return a page for answers: the same for the same matters."""
    return "https://dcc.example.org/a/" + hashlib.sha256("|".join(sorted(keys)).encode()).hexdigest()[:12]


def cite(one: Work) -> str:
    return f"Berg, A. van der. {one.title} (as it is sent)."


def matter(
    kind: DutyKind, project: str, work_id: int | None, due: date, why: Why | None = None, person: int | None = 1
) -> Matter:
    state = DutyState.OVERDUE if due < TODAY else DutyState.DUE
    return Matter(Duty(project, work_id, kind, state, due, None, "", "stats", "must", person), "due", why)


LATE, SOON = date(2026, 11, 2), date(2026, 11, 29)
ALL = (
    matter(DutyKind.CREDIT, "9001", 1, LATE),
    matter(DutyKind.REPORT, "9001", 1, LATE),
    matter(DutyKind.COPY, "9001", 1, LATE),
    matter(DutyKind.REPORT, "9002", 1, LATE),  # the same publication, of two projects: it stands there once
    matter(DutyKind.REPORT, "9001", 2, SOON),
    matter(DutyKind.PUBLISH, "9002", None, SOON),
)
PREPRINT = Matter(
    replace(matter(DutyKind.CREDIT, "9001", 1, SOON).duty, preprint=True, state=DutyState.DUE, strength="should"),
    "heads-up",
)
TO_CONTACT = (
    matter(DutyKind.REPORT, "9001", 1, SOON, Why.STAFF),
    matter(DutyKind.CREDIT, "9001", 1, LATE, Why.LADDER),
    matter(DutyKind.PUBLISH, "9003", None, LATE, Why.OPTED_OUT, 2),
    matter(DutyKind.PUBLISH, "9004", None, LATE, Why.NO_LEAD, None),
    matter(DutyKind.PUBLISH, "9005", None, LATE, Why.NO_ADDRESS, 3),
    matter(DutyKind.COPY, "9001", 2, SOON, Why.REFUSED),
)
CASES = {
    "lead-nl": (Planned(1, "due", ALL), KNOWN, Envelope("email", "anna@example.org")),
    "lead-en": (Planned(2, "due", ALL), KNOWN, Envelope("email", "carla@example.org")),
    "lead-one-en": (
        Planned(2, "heads-up", (matter(DutyKind.PUBLISH, "9003", None, LATE, None, 2),)),
        KNOWN,
        Envelope("email", "carla@example.org"),
    ),
    "lead-slack-nl": (Planned(1, "due", ALL[:3]), KNOWN, Envelope("slack", "anna@example.org", can_reply=False)),
    "lead-page-nl": (
        Planned(1, "due", ALL),
        replace(KNOWN, page=page, cite=cite, unreported={("stats", "9001", 1): "staff", ("stats", "9001", 2): "lead"}),
        Envelope("email", "anna@example.org"),
    ),
    "lead-preprint-en": (
        Planned(2, "heads-up", (PREPRINT,)),
        replace(KNOWN, page=page, works={1: work(1, "2026-11-10", type_="article")}),
        Envelope("email", "carla@example.org"),
    ),
    "lead-given-nl": (
        Planned(
            1, "heads-up", (Matter(replace(matter(DutyKind.PUBLISH, "9002", None, LATE).duty, given=True), "heads-up"),)
        ),
        replace(KNOWN, page=page, given={"9002": Given(date(2026, 10, 6), "10.5555/new")}),
        Envelope("email", "anna@example.org"),
    ),
    "lead-slack-page-en": (
        Planned(2, "due", ALL[:4]),
        replace(KNOWN, page=page),
        Envelope("slack", "carla@example.org", can_reply=False),
    ),
    "contact-nl": (Planned(None, "contact", TO_CONTACT), KNOWN, Envelope("email", "dcc@example.org")),
    "contact-en": (
        Planned(None, "contact", TO_CONTACT),
        replace(KNOWN, institution=INSTITUTION.model_copy(update={"language": "en"})),
        Envelope("email", "dcc@example.org"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_whole_messages(name: str) -> None:
    """As text, as HTML and as Slack blocks, in both languages."""
    message = render(*CASES[name], TODAY)

    compare(f"reminders/{name}.txt", f"To: {message.recipient}\nSubject: {message.subject}\n\n{message.text}".encode())
    compare(f"reminders/{name}.html", (message.html or "").encode())
    compare(f"reminders/{name}.json", (json.dumps(message.blocks, ensure_ascii=False, indent=1) + "\n").encode())


def test_a_message_knows_what_it_is_about() -> None:
    """Its key names person, rung and day; every duty in it can be found again."""
    message = render(*CASES["lead-nl"], TODAY)

    assert message.key == "reminder/1/due/2026-11-16"
    assert (message.person_id, message.occasion, message.rung, message.channel) == (1, "reminder", "due", "email")
    assert message.duties == (
        "stats/9001/1/credit",
        "stats/9001/1/report",
        "stats/9001/1/copy",
        "stats/9002/1/report",
        "stats/9001/2/report",
        "stats/9002/-/publish",
    )


def test_links_have_their_place() -> None:
    """Where a page for answers exists, every matter has its button; where none does, there is no dead link."""
    planned, known, envelope = CASES["lead-nl"]
    linked = render(planned, replace(known, page=page), envelope, TODAY)
    without = render(planned, known, envelope, TODAY)
    pages = [page([one.duty.key for one in ALL[:4]]), page([ALL[4].duty.key]), page([ALL[5].duty.key])]
    everything = page([one.duty.key for one in ALL])

    assert re.findall(r'href="(https://dcc\.example\.org/a/\w+)"', linked.html or "") == [*pages, everything]
    assert re.findall(r"Antwoorden: (\S+)", linked.text) == pages
    assert (linked.unsubscribe, without.unsubscribe) == (everything, None)
    assert "Antwoorden" not in without.text + (without.html or "")
    assert [block for block in without.blocks if block["type"] == "actions"] == []


def test_slack_buttons_name_a_choice_and_the_page_about_exactly_that() -> None:
    """Few, the likeliest first; each carries the token of its own matters, the last one that of the whole message."""
    planned, known, _ = CASES["lead-nl"]
    made = render(planned, replace(known, page=page), Envelope("slack", "U1", can_reply=False), TODAY)
    rows = [block["elements"] for block in made.blocks if block["type"] == "actions"]
    tokens = [page([one.duty.key for one in some]).rpartition("/")[2] for some in (ALL[:4], ALL[4:5], ALL[5:], ALL)]

    assert [[one["action_id"] for one in row] for row in rows] == [
        ["answer:reported", "answer:correction", "answer:credited", "answer:not_mine", "answer:later", "page"],
        ["answer:reported", "answer:not_mine", "answer:later", "page"],
        ["answer:another", "answer:planned", "answer:nothing_to_report", "answer:later", "page"],
        ["answer:stop"],
    ]
    assert [{one["value"] for one in row if "value" in one} for row in rows] == [{token} for token in tokens]
    for row in rows:
        assert all(Choice(one["action_id"].removeprefix("answer:")) for one in row if one["action_id"] != "page")
        assert len({one["action_id"] for one in row}) == len(row)


def test_a_token_too_long_for_slack_makes_no_button() -> None:
    """Slack takes 2,000 characters in a button and 3,000 in its link; a message with one more would be refused as a whole."""
    planned, known, _ = CASES["lead-nl"]
    long = replace(known, page=lambda keys: "https://dcc.example.org/a/" + "x" * 2001)
    made = render(planned, long, Envelope("slack", "U1", can_reply=False), TODAY)

    assert [[one["action_id"] for one in block["elements"]] for block in made.blocks if block["type"] == "actions"] == [
        ["page"]
    ] * 3


def test_the_reference_as_it_will_be_sent() -> None:
    """While it is to be reported: in the provider's style, with who does it. Once it is, as people recognise it."""
    planned, known, envelope = CASES["lead-en"]
    by_staff = {("stats", "9001", 1): "staff", ("stats", "9001", 2): "lead"}
    made = render(planned, replace(known, cite=cite, unreported=by_staff), envelope, TODAY)
    text = " ".join(made.text.split())

    assert "1. Berg, A. van der. Paper 1 (as it is sent). Project 9001" in text
    assert "We report it to Statistics Example with our next list, written as it stands here." in text
    assert "This is how the reference goes to Statistics Example." in text
    assert "as it is sent" not in render(planned, replace(known, cite=cite), envelope, TODAY).text
    both = {("stats", "9001", 1): "staff", ("stats", "9001", 2): "staff"}
    again = " ".join(render(planned, replace(known, cite=cite, unreported=both), envelope, TODAY).text.split())
    assert again.count("Is something wrong in it?") == 1
    assert (
        "Verslag over wonen (as it is sent). Project 9001: Social mobility of second-generation households It goes"
        in again
    )


def test_the_days_come_as_a_calendar_file() -> None:
    """Whole days, only those to come, each under a name that stays; none in Slack, none where nothing is to come."""
    planned, known, envelope = CASES["lead-nl"]
    made = render(planned, known, envelope, TODAY)
    later = render(planned, known, envelope, TODAY + timedelta(days=3))
    calendar = Calendar.from_ical(made.calendar or "")
    events = list(calendar.walk("VEVENT"))

    report = "Team Wonen (2026). Verslag over wonen. Example Press."
    assert [(event["DTSTART"].dt, event["DTEND"].dt, str(event["SUMMARY"])) for event in events] == [
        (SOON, SOON + timedelta(days=1), f"Meld de referentie bij Statistiek Voorbeeld – {report}"),
        (
            SOON,
            SOON + timedelta(days=1),
            "Is er een publicatie van dit project? – Project 9002: Parental separation and school careers",
        ),
    ]
    assert [event["UID"] for event in Calendar.from_ical(later.calendar or "").walk("VEVENT")] == [
        event["UID"] for event in events
    ]
    assert made.calendar == render(planned, known, envelope, TODAY).calendar
    assert "dcc.example.org" not in (render(planned, replace(known, page=page), envelope, TODAY).calendar or "")
    assert render(planned, known, envelope, SOON).calendar is None
    assert render(planned, known, replace(envelope, can_reply=False), TODAY).calendar is None
    assert render(CASES["contact-nl"][0], known, envelope, TODAY).calendar is None


def test_both_languages_say_the_same_things() -> None:
    """No sentence is missing in one of them, and each takes the same slots."""

    def slots(node: object, path: str = "") -> dict[str, set[str]]:
        if isinstance(node, dict):
            return {name: found for key, value in node.items() for name, found in slots(value, f"{path}.{key}").items()}
        return {path: set(re.findall(r"{(\w+)}", str(node)))}

    assert slots(words("nl")._sentences) == slots(words("en")._sentences)
    assert LANGUAGES == ("nl", "en")


def test_every_sentence_is_said_somewhere() -> None:
    """No translation is kept for nothing."""
    package = Path(messages.__file__).parent
    code = "".join(file.read_text() for file in package.rglob("*.py"))
    code += "".join(file.read_text() for file in (package.parent / "templates" / "reminders").glob("*.j2"))

    def unsaid(node: object, path: tuple[str, ...] = ()) -> list[str]:
        if isinstance(node, dict):
            return [one for key, value in node.items() for one in unsaid(value, (*path, key))]
        stem = re.sub("_(one|many)$", "", path[-1])
        known = {*Choice, *Why, *DutyKind, *Verdict} | {
            "months",
            "and",
            "said",
            "why_running",
            "lead_no_address",
            "intro_page",
        }
        known |= {
            "intro_buttons",
            "intro_elsewhere",
            "subject_projects",
            "subject_preprint",
            "subject_projects_preprint",
        }
        return [] if stem in known or f'"{stem}"' in code or f".{stem}" in code else [".".join(path)]

    assert unsaid(words("en")._sentences) == []


# --- hostile text ----------------------------------------------------------------------------------------------------

EVIL = (
    'x"><script>alert(1)</script><img src=x onerror=alert(1)> <!channel> <@U1> *b* &amp; {{7*7}} {title}'
    "\r\nBcc: all@example.org\u202e\x00"
)


class Tags(HTMLParser):
    """Which elements and attributes a page holds."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]


def evil(planned: Planned) -> Message:
    person = Person(EVIL, EVIL, "a@example.org", language="en", id=1)
    known = replace(
        KNOWN,
        projects={key: replace(one, title=EVIL, lead=person) for key, one in KNOWN.projects.items()},
        works={
            number: Work({"type": "report", "title": EVIL, "author": [{"family": EVIL, "given": EVIL}], "container-title": EVIL,
                          "volume": EVIL, "page": EVIL, "DOI": f'10.5555/{number}"><script>', "URL": "javascript:alert(1)"}, id=number)
            for number in KNOWN.works
        },
        findings={key: replace(one, suggestion=EVIL) for key, one in KNOWN.findings.items()},
        people={1: person},
        given={"9002": Given(SOON, EVIL)},
    )  # fmt: skip
    return render(planned, known, Envelope("email", "a@example.org"), TODAY)


@pytest.mark.parametrize(
    "planned",
    [
        CASES["lead-en"][0],
        CASES["contact-en"][0],
        replace(CASES["lead-nl"][0], person_id=1),
        CASES["lead-given-nl"][0],
    ],
)
def test_hostile_text_is_only_text(planned: Planned) -> None:
    """In HTML, in a subject, in mrkdwn: whatever titles and names hold is shown, not obeyed."""
    message = evil(planned)
    page = Tags(message.html or "")
    blocks = json.dumps(message.blocks, ensure_ascii=False)

    assert page.tags <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "table",
        "tr",
        "td",
        "p",
        "h2",
        "h3",
        "div",
        "a",
        "strong",
        "span",
        "ul",
        "li",
        "br",
    }
    assert not {name for name in page.attributes if name.startswith("on")}
    assert all(link.startswith("https://doi.org/10.5555/") and '"' not in link for link in page.links)
    assert "\n" not in message.subject
    assert "\r" not in message.subject + message.text
    assert "\nBcc:" not in message.text
    assert not re.search("[\u202e\x00]", message.subject + message.text + (message.html or "") + blocks)
    assert all(link.startswith("<https://doi.org/10.5555/") for link in re.findall("<[^|]*", blocks))
    assert "49" not in message.text


def test_mrkdwn_escapes_what_slack_reads() -> None:
    """Three characters, and no more: https://api.slack.com/reference/surfaces/formatting#escaping."""
    assert mrkdwn("a < b & c > d <!here>") == "a &lt; b &amp; c &gt; d &lt;!here&gt;"


def test_a_person_without_a_name_is_addressed() -> None:
    """A forgotten or half-known lead gets a greeting all the same."""
    known = replace(KNOWN, people={1: Person("", "", "a@example.org", id=1)})

    assert render(Planned(1, "due", ALL), known, Envelope("email", "a@example.org"), TODAY).text.startswith(
        "Beste projectleider,\n"
    )


def test_what_does_not_fit_is_counted() -> None:
    """A long message says how much it leaves out; Slack's limits hold."""
    many = tuple(matter(DutyKind.CREDIT, "9001", number, LATE + timedelta(days=number % 9)) for number in range(1, 201))
    known = replace(KNOWN, works={number: work(number) for number in range(1, 201)})
    lead = render(Planned(1, "due", many), known, Envelope("slack", "U1"), TODAY)
    contact = render(Planned(None, "contact", many), known, Envelope("slack", "C1"), TODAY)

    assert f"Nog {200 - LEAD_BLOCKS} publicaties of projecten zijn hier vanwege de lengte weggelaten." in " ".join(
        lead.text.split()
    )
    assert f"Nog {200 - CONTACT_ITEMS} zijn hier vanwege de lengte weggelaten." in " ".join(contact.text.split())
    for message in (lead, contact, evil(CASES["lead-en"][0])):
        assert len(message.blocks) <= 50
        for block in message.blocks:
            assert len(block.get("text", {}).get("text", "")) <= (150 if block["type"] == "header" else 3000)


@pytest.mark.parametrize("planned", [CASES["lead-page-nl"][0], CASES["contact-en"][0]])
def test_ten_megabytes_of_anything_make_a_message_of_usual_size(planned: Planned) -> None:
    """A title, a name, a sentence, a policy's text and a formatted reference of ten megabytes each cost nothing."""
    huge = "<b>Ω & \u202e</b>\r\n" * 700_000
    person = Person(huge, huge, "a@example.org", language="en", id=1)
    known = replace(
        KNOWN,
        projects={key: replace(one, title=huge, lead=person) for key, one in KNOWN.projects.items()},
        works={number: Work({"type": "report", "title": huge, "author": [{"family": huge}] * 5}, id=number) for number in KNOWN.works},
        findings={key: replace(one, suggestion=huge) for key, one in KNOWN.findings.items()},
        people={1: person},
        page=page,
        cite=lambda work: huge,
        unreported={("stats", "9001", 1): "staff"},
    )  # fmt: skip
    began = process_time()
    message = render(planned, known, Envelope("email", "a@example.org"), TODAY)

    assert process_time() - began < 3
    assert len(message.text) + len(message.html or "") + len(message.calendar or "") < 100_000
    assert len(message.subject) <= 150
    assert "<b>" not in (message.html or "")


def test_hostile_text_in_a_calendar_file() -> None:
    """What titles hold is a value there, and no line of its own; a calendar program reads it back as it was shown."""
    planned, known, envelope = CASES["lead-en"]
    evil_title = "BEGIN:VALARM\r\nATTENDEE:mailto:all@example.org\nX;Y,Z:\\n" + "w" * 300
    hostile = replace(
        known,
        projects={key: replace(one, title=evil_title) for key, one in known.projects.items()},
        works={number: replace(one, csl=one.csl | {"title": evil_title}) for number, one in known.works.items()},
    )
    made = render(planned, hostile, envelope, TODAY).calendar or ""
    calendar = Calendar.from_ical(made)

    assert [component.name for component in calendar.walk()] == ["VCALENDAR", "VEVENT", "VEVENT"]
    assert not re.search(r"(?m)^(ATTENDEE|BEGIN:VALARM)", made)
    assert all(len(line.encode()) <= 75 for line in made.split("\r\n"))
    assert "ATTENDEE:mailto:all@example.org" in str(calendar.walk("VEVENT")[0]["DESCRIPTION"])


def test_hostile_text_in_slack_is_no_mention_and_no_link() -> None:
    """In sections, contexts, buttons and the line of a notification."""
    blocks = json.dumps(evil(CASES["lead-en"][0]).blocks, ensure_ascii=False)

    assert "<!channel>" not in blocks
    assert "<@U1>" not in blocks
    assert all(
        block["text"]["verbatim"] is True
        for block in evil(CASES["lead-en"][0]).blocks
        if block.get("text", {}).get("type") == "mrkdwn"
    )
