"""Check one file, with no database and no network: a lead or an editor, before a manuscript is submitted."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from pubtrack import identifiers
from pubtrack.credit import readers
from pubtrack.credit.judge import Judge
from pubtrack.errors import Unreadable, UsageError
from pubtrack.models import Finding, Verdict
from pubtrack.obligations.policy import Policy

READER = f"pubtrack {readers.VERSION}"


def check_file(
    path: Path, policy: Policy, *, institution: str | None = None, reader: readers.Reader | None = None
) -> Finding:
    """Given a file and a policy, return what the file says of the provider; what cannot be read is `unreadable`, with the reason.

    A `reader` that is given is used and left open: for several files that is faster.
    Raise UsageError if the path is wrong: nothing is there, or a folder, or a file that may not be opened.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name the files in it.")
    if not path.exists():
        raise UsageError(f"{path}: there is no such file.")
    try:
        text = reader.read(path) if reader else readers.read(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be opened: {error.strerror}.") from error
    except Unreadable as error:
        return unreadable(policy, str(error))
    return judge_for(policy)(text, reader=READER, fill=lambda _: {"institution": institution or ""})


def unreadable(policy: Policy, reason: str) -> Finding:
    """Given a policy and why a copy could not be read, return the finding that says so."""
    return Finding(Verdict.UNREADABLE, policy.id, policy.version, READER, reason=reason)


def judge_for(policy: Policy) -> Judge:
    """Given a policy, return its judge; the same one as long as the policy is in use, for its rules are compiled once."""
    return judge_of(policy.model_dump_json(by_alias=True))


@lru_cache(maxsize=8)
def judge_of(dumped: str) -> Judge:
    """Given a policy as JSON, return its judge."""
    return Judge(Policy.model_validate_json(dumped))


def as_json(file: str, finding: Finding) -> dict[str, Any]:
    """Given a file's name and its finding, return the JSON line of `pubtrack credit --json` (docs/design.md, the command line)."""
    line: dict[str, Any] = {
        "file": file,
        "verdict": finding.verdict.value,
        "language": finding.language,
        "evidence": [
            {"quote": quote.quote, "page": quote.page, "section": quote.section, "rule": quote.rule}
            for quote in finding.evidence
        ],
        "missing": list(finding.missing),
        "mentions": list(finding.mentions),
        "suggestion": finding.suggestion,
        "policy": f"{finding.policy} {finding.policy_version}",
        "reader": finding.reader,
    }
    return line | ({"reason": finding.reason} if finding.reason else {})


def looks_like_work(argument: str) -> bool:
    """Given an argument of `pubtrack credit`, return whether it is meant as a work, by DOI or identity, and not as a file."""
    return identifiers.doi(argument) is not None or bool(re.match(r"(?:doi|oai|isbn|url|work):\S", argument))
