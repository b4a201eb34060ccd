"""How many publications credit the provider: new ones, last year's, this year's and all. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from pubtrack.digest.model import VERDICTS, VerdictRow
from pubtrack.models import Answer, DutyKind, Finding, Verdict
from pubtrack.obligations.model import Facts
from pubtrack.obligations.policy import Policy
from pubtrack.obligations.said import Said


def verdicts(
    facts: Facts, policies: Sequence[Policy], counted: Collection[int], new: Collection[int], year: int
) -> tuple[VerdictRow, ...]:
    """Given facts, the works that count as publications, those of them new this month and a year, return a row per verdict.

    A person's word stands before what was read; the years are those of publication.
    """
    said = Said(facts.decisions)
    in_all: Counter[str] = Counter()
    in_new: Counter[str] = Counter()
    in_year: Counter[tuple[str, int]] = Counter()
    for work_id in counted:
        findings = [facts.findings.get((work_id, policy.id)) for policy in policies]
        verdict = _verdict(said, work_id, next((finding for finding in findings if finding), None))
        issued = facts.works[work_id].issued
        in_all[verdict] += 1
        in_new[verdict] += work_id in new
        if issued is not None:
            in_year[verdict, issued.year] += 1
    return tuple(
        VerdictRow(name, in_new[name], in_year[name, year - 1], in_year[name, year], in_all[name]) for name in VERDICTS
    )


def _verdict(said: Said, work_id: int, finding: Finding | None) -> str:
    word = said.about("", work_id, DutyKind.CREDIT, None).newest(Answer.CREDITED, Answer.NOT_CREDITED)
    if word is not None:
        return (Verdict.CREDITED if word.answer is Answer.CREDITED else Verdict.ABSENT).value
    return finding.verdict.value if finding else "unread"
