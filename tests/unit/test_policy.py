"""The duties of a policy: what its file must say, and what the policy that ships says."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from pubtrack.models import DutyKind
from pubtrack.obligations.policy import DutyRule, Policy, load
from tests.conftest import ROOT
from tests.duties import POLICY

RULE = {"text": "Publish.", "source": "Rules", "read_on": date(2026, 11, 1), "strength": "must", "offset_days": 30}


def test_each_kind_of_duty_stands_once() -> None:
    """Two of one kind would be told about under one name."""
    values = POLICY.model_dump(by_alias=True)
    with pytest.raises(ValidationError, match=r"copy stands here more than once\. Give each kind one \[\[duty\]\]\."):
        Policy.model_validate(values | {"duty": [*values["duty"], values["duty"][-1]]})


def test_publishing_is_counted_from_the_projects_end() -> None:
    """It cannot be counted from a publication that there is not."""
    with pytest.raises(ValidationError, match='Write anchor = "project_end"'):
        DutyRule.model_validate(RULE | {"kind": "publish", "anchor": "publication"})


def test_a_day_may_lie_before_its_anchor() -> None:
    """A manuscript is due before it is published, where a provider says so."""
    assert (
        DutyRule.model_validate(RULE | {"kind": "copy", "anchor": "publication", "offset_days": -14}).offset_days == -14
    )


def test_what_the_provider_does_not_settle_is_marked() -> None:
    """Of the four duties that ship, only the reference has a number of days that the provider wrote: four weeks."""
    policy = load(ROOT / "config" / "policies" / "cbs-microdata.toml")

    assert {rule.kind: (rule.anchor, rule.offset_days, rule.strength, rule.established) for rule in policy.duties} == {
        DutyKind.PUBLISH: ("project_end", 365, "must", False),
        DutyKind.CREDIT: ("publication", 28, "must", False),
        DutyKind.REPORT: ("publication", 28, "should", True),
        DutyKind.COPY: ("publication", 28, "must", False),
    }
    assert all(rule.source and rule.text and rule.read_on for rule in policy.duties)
