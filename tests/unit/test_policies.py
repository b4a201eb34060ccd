"""The policies that ship beside the first: other providers, another language, no code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pubtrack import sample
from pubtrack.config import load as load_settings
from pubtrack.credit.check import judge_for
from pubtrack.credit.readers.text import read
from pubtrack.models import Finding, Verdict
from pubtrack.obligations.policy import Policy, load
from tests.conftest import ROOT

SHIPPED = {path.stem: load(path) for path in sample.policies()}
OTHERS = [policy for name, policy in SHIPPED.items() if name != sample.DEFAULT_POLICY]
GIVEN = (Verdict.CREDITED, Verdict.PRESCRIBED)

LIFELINES = "We use data from the Lifelines Cohort Study, a biobank in the north."
BUREAU = "We use non-public microdata from Statistics Netherlands on all households."
GERMAN = "Wir verwenden Daten des Mikrozensus. Quelle: FDZ der Statistischen Ämter des Bundes und der Länder, eigene Berechnungen."


def judge(policy: Policy, text: str) -> Finding:
    return judge_for(policy)(read(text.encode()), reader="")


@pytest.mark.parametrize("policy", OTHERS, ids=lambda policy: policy.id)
def test_a_policy_is_known_by_its_examples(policy: Policy) -> None:
    """Every `yes` and `no` of its statements and rules, as for the first policy."""
    wrong = []
    for statement in policy.statements:
        wrong += [text for text in statement.yes if judge(policy, text).verdict is not Verdict.PRESCRIBED]
        wrong += [text for text in statement.no if judge(policy, text).verdict is Verdict.PRESCRIBED]
    for rule in policy.credit.rules:
        credits_ = rule.verdict is Verdict.CREDITED
        wrong += [text for text in rule.yes if (judge(policy, text).verdict in GIVEN) is not credits_]
        wrong += [text for text in rule.no if (judge(policy, text).verdict in GIVEN) is credits_]

    assert wrong == []


@pytest.mark.parametrize(
    ("text", "credited"),
    [
        (LIFELINES, {"lifelines"}),
        (BUREAU, {"cbs-microdata"}),
        (GERMAN, {"german-rdc"}),
        (f"{LIFELINES} They were linked to microdata of Statistics Netherlands.", {"lifelines", "cbs-microdata"}),
        ("We interviewed forty people.", set()),
        ("We fitted the model with the lifelines package.", set()),
        ("Small loans are lifelines for many firms; we use data of a bank.", set()),
    ],
)
def test_each_provider_is_credited_by_itself(text: str, credited: set[str]) -> None:
    """What credits one provider says nothing of another; one work may credit two."""
    assert {name for name, policy in SHIPPED.items() if judge(policy, text).verdict in GIVEN} == credited


def test_a_german_work_gets_the_german_sentence() -> None:
    """And in a text that credits nobody every part of it is missing."""
    text = "Die Ergebnisse der Befragung sind nicht von der Auswahl abhängig, und wir zeigen das für alle Gruppen."
    found = judge(SHIPPED["german-rdc"], text)

    assert (found.language, found.verdict, found.missing) == ("de", Verdict.ABSENT, ("source", "doi", "calculation"))
    assert found.suggestion == (
        "Quelle: FDZ der Statistischen Ämter des Bundes und der Länder, DOI: [DOI], eigene Berechnungen."
    )


def test_what_is_not_known_of_another_provider_is_marked() -> None:
    """None of their duties' days was read in the providers' own texts."""
    assert {(policy.id, rule.kind.value) for policy in OTHERS for rule in policy.duties if rule.established} == set()
    assert all(not statement.established for policy in OTHERS for statement in policy.statements)


def test_only_the_first_policy_is_active_in_the_example() -> None:
    settings = load_settings(ROOT / "config" / "pubtrack.toml")

    assert [path.name for path in settings.policies] == ["cbs-microdata.toml"]


def run(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "pubtrack", "credit", "paper.txt", "--json", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_shipped_policy_is_named_on_the_command_line(tmp_path: Path) -> None:
    """Without a configuration a file is read under the first policy; `--policy lifelines` reads it under that one."""
    (tmp_path / "paper.txt").write_text(LIFELINES, encoding="utf-8")

    told = [
        [(row["policy"].split()[0], row["verdict"]) for row in map(json.loads, run(tmp_path, *words).splitlines())]
        for words in ((), ("--policy", "lifelines"))
    ]
    assert told == [[("cbs-microdata", "absent")], [("lifelines", "credited")]]
