"""remind and outbox as staff type them: what leaves, what waits, which addresses are given up; and the reference as the list has it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pubtrack import bootstrap, clock, config, sample, status
from pubtrack.answers.apply import apply
from pubtrack.cli import main
from pubtrack.config import Settings
from pubtrack.models import Answer, Band, DutyState, Match, Message, Project
from pubtrack.obligations import facts
from pubtrack.obligations.ledger import duties
from pubtrack.references import stage as references
from pubtrack.store import Store, addresses, decisions, matches, outbox, people, privacy, projects, works
from tests.conftest import ANNA, AT, CARLA, NOW
from tests.duties import work

Run = Callable[..., tuple[int, str, str]]
DAY = "2026-11-16"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The sample configuration, with a project of Anna's and one paper of it that is not reported."""
    sample.write(tmp_path / "config")
    made = config.load(tmp_path / "config" / "pubtrack.toml")
    store = Store.open(made.database)
    projects.save(store, Project("9001", "One", lead=ANNA, ended_on=date(2025, 6, 30)), at=AT)
    projects.save(store, Project("9002", "Two", lead=CARLA, ended_on=date(2025, 6, 30)), at=AT)
    paper = replace(work(1, "2026-09-20", volume="3", issue="2", page="1-20", publisher="Example Press"), id=None)
    works.save(store, paper, at=AT)
    matches.save(store, Match("9001", 1, 0.97, Band.ACCEPT), at=AT)
    store.close()
    return made


@pytest.fixture
def pubtrack(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Run a command there; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PUBTRACK_CONFIG", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["pubtrack", *words])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, said.out, said.err

    return run


def queue(settings: Settings, recipient: str = "carla@example.org") -> None:
    store = Store.open(settings.database)
    message = Message(
        f"reminder/2/due/{recipient}", "file", recipient, "A subject", "A text", person_id=2, occasion="reminder",
        rung="due", duties=("cbs-microdata/9002/-/publish",), unsubscribe="https://dcc.example.org/a/secret-token",
    )  # fmt: skip
    outbox.enqueue(store, message, at=AT)
    store.close()


def test_what_is_queued_leaves_between_two_runs(settings: Settings, pubtrack: Run) -> None:
    """With --send only; what is no longer owed is taken back first. A link's token stands in no listing."""
    queue(settings)

    assert pubtrack("outbox", "deliver", "--as-of", DAY) == (
        0,
        "1 message is queued; nothing leaves without --send\n",
        "",
    )
    assert "secret-token" not in pubtrack("outbox", "--json")[1]
    assert pubtrack("answer", "waived", "--project", "9002", "--as-of", DAY)[0] == 0
    code, out, _ = pubtrack("outbox", "deliver", "--send", "--json", "--as-of", DAY)

    assert code == 0
    assert [json.loads(line)["counts"] for line in out.splitlines()] == [{"taken back": 1}, {}]

    assert pubtrack("answer", "withdrawn", "--note", "decision 1", "--as-of", DAY)[0] == 0
    queue(settings, "c.jansen@example.org")
    assert pubtrack("outbox", "deliver", "--send", "--as-of", DAY)[0] == 0
    rows = [json.loads(line) for line in pubtrack("outbox", "--json")[1].splitlines()]
    assert [(row["recipient"], row["state"]) for row in rows] == [
        ("c.jansen@example.org", "sent"),
        ("carla@example.org", "cancelled"),
    ]
    assert "answered before it left" in pubtrack("outbox", "show", str(rows[1]["id"]))[1]


def test_addresses_that_were_given_up_are_listed_and_reopened(settings: Settings, pubtrack: Run) -> None:
    """Staff see which, by which channel and why; a slip of the keyboard is told."""
    store = Store.open(settings.database)
    addresses.switch_off(store, "file", "carla@example.org", "nobody is there", at=AT)
    store.close()
    code, out, _ = pubtrack("outbox", "addresses", "--json")

    assert code == 0
    assert json.loads(out) == {"channel": "file", "address": "carla@example.org", "why": "nobody is there"}
    assert "1 address is written to no more" in pubtrack("outbox", "addresses")[1]
    assert pubtrack("outbox", "reopen", "carla@example.org") == (0, "carla@example.org is written to again\n", "")
    assert pubtrack("outbox", "reopen", "carla@example.org") == (
        2,
        "",
        "carla@example.org was not given up. See those that were with: pubtrack outbox addresses\n",
    )


def test_status_says_who_is_left_alone(settings: Settings) -> None:
    """Who wants no messages, who is on leave, where nothing arrives: their matters are staff's."""
    store = Store.open(settings.database)
    assert status.people_left_alone(store, NOW.date()) == "all can be written to"
    apply(store, answer=Answer.OPT_OUT, who="anna", through="cli", now=NOW, person="anna@example.org")
    apply(
        store, answer=Answer.AWAY, who="c", through="cli", now=NOW, person="carla@example.org", until=date(2026, 12, 1)
    )
    addresses.switch_off(store, "file", "carla@example.org", "nobody is there", at=AT)

    assert status.people_left_alone(store, NOW.date()) == (
        "1 want no messages, 1 on leave, 1 dead addresses (pubtrack outbox addresses)"
    )
    assert status.people_left_alone(store, date(2026, 12, 2)) == (
        "1 want no messages, 1 dead addresses (pubtrack outbox addresses)"
    )
    store.close()


def test_a_message_of_which_nobody_knows_whether_it_arrived_waits_for_staff(settings: Settings, pubtrack: Run) -> None:
    """The last line of a run and of `status` counts it until somebody says that it arrived; said twice, that is refused."""
    queue(settings)
    store = Store.open(settings.database)
    outbox.claim(store, 1, at=AT)
    outbox.interrupted(store)
    waits = "1 uncertain (pubtrack outbox --state uncertain)"

    assert waits in status.sentence(store, [], now=NOW)
    assert pubtrack("outbox", "arrived", "1") == (0, "message 1 arrived\n", "")
    assert waits not in status.sentence(store, [], now=NOW)
    assert pubtrack("outbox", "arrived", "1") == (
        2,
        "",
        "Message 1 is sent. Only an uncertain message can be said to have arrived.\n",
    )
    store.close()


def test_who_is_forgotten_leaves_no_address_behind(settings: Settings) -> None:
    """Neither among the dead ones, nor in the file for the calendar, nor in a link."""
    queue(settings)
    store = Store.open(settings.database)
    addresses.switch_off(store, "file", "carla@example.org", "nobody is there", at=AT)
    privacy.forget(store, 2, at=clock.stamp(NOW))

    assert addresses.switched_off(store) == {}
    assert outbox.get(store, 1)["unsubscribe"] is None
    store.close()


def test_a_message_shows_the_reference_as_the_list_has_it(settings: Settings) -> None:
    """Letter by letter, in the list's style and language, whatever the language of the message."""
    store = Store.open(settings.database)
    policies = bootstrap.policies(settings)
    references.run(store, settings, now=NOW, policies=policies, formats=("text",))
    (listed,) = [row["formatted"] for row in store.rows("SELECT formatted FROM reference_items")]
    paper = works.get(store, 1)
    assert paper is not None
    cited = bootstrap.cite(store, settings)(paper)

    assert cited == listed.replace("<i>", "").replace("</i>", "").replace("&amp;", "&")
    assert "Berg" in cited
    assert "<" not in cited
    store.close()


def test_what_one_provider_was_told_another_was_not(settings: Settings, pubtrack: Run) -> None:
    """With --policy an answer holds there only; said again it is the same one; a policy that is not there is named."""
    words = ("answer", "reported", "--work", "1", "--project", "9001", "--as-of", DAY)

    assert pubtrack(*words, "--policy", "cbs") == (
        2,
        "",
        "There is no policy cbs. The configuration names: cbs-microdata.\n",
    )
    first = pubtrack(*words, "--policy", "cbs-microdata")
    assert first == pubtrack(*words, "--policy", "cbs-microdata")
    assert first != pubtrack(*words)

    store = Store.open(settings.database)
    policies = bootstrap.policies(settings)
    other = policies[0].model_copy(update={"id": "other"})
    first_only = [made for made in decisions.every(store) if made.policy is not None]
    known = replace(facts.gather(store), decisions=first_only)
    states = {
        duty.policy: duty.state for duty in duties(known, [*policies, other], NOW.date()) if duty.kind == "report"
    }
    store.close()

    assert states == {"cbs-microdata": DutyState.MET, "other": DutyState.OVERDUE}


def test_a_person_is_away_until_a_day_to_come(settings: Settings, pubtrack: Run) -> None:
    """It is about a person and needs the last day of the leave; the newest holds, and can be taken back."""
    words = ("answer", "away", "--person", "carla@example.org", "--as-of", DAY)

    assert pubtrack(*words) == (2, "", "The answer away needs a day: give the day until which it holds.\n")
    assert pubtrack(*words, "--until", "2026-11-01")[0] == 2
    assert pubtrack("answer", "away", "--project", "9001", "--until", "2026-12-01", "--as-of", DAY)[0] == 2
    assert pubtrack(*words, "--until", "2026-12-01")[0] == 0
    assert pubtrack(*words, "--until", "2026-12-20")[1] == "decision 2: away\n"
    store = Store.open(settings.database)
    assert people.away(store) == {2: date(2026, 12, 20)}
    assert pubtrack("answer", "withdrawn", "--note", "decision 2", "--as-of", DAY)[0] == 0
    assert people.away(store) == {2: date(2026, 12, 1)}
    store.close()
