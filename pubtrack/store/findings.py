"""copies and findings: where a text came from, and what it says."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pubtrack.models import Finding, Quote, Verdict
from pubtrack.store.database import Store


def save_copy(store: Store, work_id: int, location: str, *, at: str, **columns: Any) -> int:
    """Given where a copy of a work was looked for and what came of it, keep one row per place and return its id.

    `columns`: origin, content_hash, media_type, version, etag, last_modified, file, error, next_check_at.
    """
    values = {"origin": "file"} | columns | {"work_id": work_id, "location": location, "fetched_at": at}
    names = ", ".join(values)
    updates = ", ".join(f"{name} = excluded.{name}" for name in values if name not in ("work_id", "location"))
    store.db.execute(
        f"INSERT INTO copies ({names}) VALUES ({', '.join('?' * len(values))})"
        f" ON CONFLICT (work_id, location) DO UPDATE SET {updates}",
        tuple(values.values()),
    )
    row = store.one("SELECT id FROM copies WHERE work_id = ? AND location = ?", (work_id, location))
    assert row is not None
    return int(row["id"])


def copies(store: Store, work_id: int | None = None) -> list[dict[str, Any]]:
    """Return the rows of all copies, or of one work's, oldest first."""
    return list(
        store.rows("SELECT * FROM copies WHERE :work IS NULL OR work_id = :work ORDER BY id", {"work": work_id})
    )


def save(store: Store, finding: Finding, *, content_hash: str, at: str) -> bool:
    """Given a finding with its work_id, keep it. Return whether it is new or changed."""
    cursor = store.db.execute(
        "INSERT INTO findings (work_id, copy_id, policy, policy_version, reader, content_hash, verdict, language, evidence, reason,"
        " missing, suggestion, mentions, look_again_on, found_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
        " ON CONFLICT (work_id, policy, policy_version, reader, content_hash) DO UPDATE SET copy_id = excluded.copy_id,"
        " verdict = excluded.verdict, language = excluded.language, evidence = excluded.evidence, reason = excluded.reason,"
        " missing = excluded.missing, suggestion = excluded.suggestion, mentions = excluded.mentions,"
        " look_again_on = excluded.look_again_on, found_at = excluded.found_at"
        " WHERE verdict <> excluded.verdict OR evidence <> excluded.evidence OR reason IS NOT excluded.reason"
        " OR look_again_on IS NOT excluded.look_again_on OR suggestion IS NOT excluded.suggestion",
        (
            finding.work_id,
            finding.copy_id,
            finding.policy,
            finding.policy_version,
            finding.reader,
            content_hash,
            finding.verdict.value,
            finding.language,
            json.dumps([[q.quote, q.page, q.section, q.rule] for q in finding.evidence], ensure_ascii=False),
            finding.reason,
            json.dumps(finding.missing, ensure_ascii=False),
            finding.suggestion,
            json.dumps(finding.mentions, ensure_ascii=False),
            finding.look_again_on.isoformat() if finding.look_again_on else None,
            at,
        ),
    )
    return cursor.rowcount > 0


def every(store: Store, work_id: int | None = None) -> list[Finding]:
    """Return all findings, or one work's, oldest first."""
    return [
        _finding(row)
        for row in store.rows(
            "SELECT * FROM findings WHERE :work IS NULL OR work_id = :work ORDER BY found_at, id", {"work": work_id}
        )
    ]


def current(store: Store) -> dict[tuple[int, str], Finding]:
    """Return, per work and policy, the finding that holds today.

    A text that was read outweighs one that could not be; among those read the best credit wins, for one copy may lack
    a page that another has; among equals the newest.
    """
    strength = {
        Verdict.UNREADABLE: 0,
        Verdict.ABSENT: 1,
        Verdict.MENTIONED: 2,
        Verdict.CREDITED: 3,
        Verdict.PRESCRIBED: 4,
    }
    newest_version: dict[str, str] = {}
    for row in store.rows("SELECT policy, policy_version FROM findings ORDER BY found_at, id"):
        newest_version[row["policy"]] = row["policy_version"]
    best: dict[tuple[int, str], Finding] = {}
    for finding in every(store):
        if finding.policy_version != newest_version[finding.policy] or finding.work_id is None:
            continue
        key = (finding.work_id, finding.policy)
        if key not in best or strength[finding.verdict] >= strength[best[key].verdict]:
            best[key] = finding
    return best


def _finding(row: dict[str, Any]) -> Finding:
    return Finding(
        verdict=Verdict(row["verdict"]),
        policy=row["policy"],
        policy_version=row["policy_version"],
        reader=row["reader"],
        language=row["language"],
        evidence=tuple(Quote(*quote) for quote in json.loads(row["evidence"])),
        reason=row["reason"],
        missing=tuple(json.loads(row["missing"])),
        suggestion=row["suggestion"],
        mentions=tuple(json.loads(row["mentions"])),
        look_again_on=date.fromisoformat(row["look_again_on"]) if row["look_again_on"] else None,
        work_id=row["work_id"],
        copy_id=row["copy_id"],
        id=row["id"],
    )
