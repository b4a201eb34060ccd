"""copies and findings: where a text came from, and what it says."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from pubtrack.models import Answer, Finding, Quote, Verdict
from pubtrack.store import decisions
from pubtrack.store.database import Store


def mentioned_by(store: Store, work_id: int, *, until: str) -> set[str]:
    """Given a work and a stamp, return what its texts were known to name by then: `project:9001`, `dataset:...`."""
    rows = store.rows("SELECT mentions FROM findings WHERE work_id = ? AND found_at <= ?", (work_id, until))
    return {str(mention) for row in rows for mention in json.loads(row["mentions"])}


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


def files(store: Store) -> set[str]:
    """Return the names of the files that were kept of fetched copies, where they stand as the newest of their place."""
    return {
        str(row["file"]) for row in store.rows("SELECT file FROM copies WHERE origin = 'link' AND file IS NOT NULL")
    }


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


_WITH_VERSION = "SELECT findings.*, copies.version FROM findings LEFT JOIN copies ON copies.id = copy_id"


def every(store: Store, work_id: int | None = None) -> list[Finding]:
    """Return all findings, or one work's, oldest first."""
    return [
        _finding(row)
        for row in store.rows(
            f"{_WITH_VERSION} WHERE :work IS NULL OR findings.work_id = :work ORDER BY found_at, findings.id",
            {"work": work_id},
        )
    ]


def newest_versions(store: Store) -> dict[str, str]:
    """Return, per policy, the version that was read with last."""
    found: dict[str, str] = {}
    row = store.one("SELECT min(policy) AS policy FROM findings")
    while row is not None and row["policy"] is not None:
        policy = row["policy"]
        newest = "SELECT policy_version FROM findings WHERE policy = ? ORDER BY found_at DESC, id DESC LIMIT 1"
        found[policy] = next(store.rows(newest, (policy,)))["policy_version"]
        row = store.one("SELECT min(policy) AS policy FROM findings WHERE policy > ?", (policy,))
    return found


def works_read(store: Store, policies: Iterable[str]) -> set[int]:
    """Given policies, return the works that were read under any of them."""
    rows = store.rows(
        "SELECT DISTINCT work_id FROM findings WHERE policy IN (SELECT value FROM json_each(?))",
        (json.dumps(list(policies)),),
    )
    return {int(row["work_id"]) for row in rows}


def current(store: Store, work_ids: Collection[int] | None = None) -> dict[tuple[int, str], Finding]:
    """Return, per work and policy, the finding that holds today: of all works, or of these.

    Of one text only the newest reading under the newest version of the policy counts. A text that was read outweighs one that could
    not be, and an article's own text outweighs its preprint's, whatever that says: it is the article that owes the credit. Among those
    left the best credit wins, for one copy may lack a page that another has; among equals the newest.
    """

    def weight(finding: Finding) -> tuple[bool, bool, int]:
        read = finding.verdict is not Verdict.UNREADABLE
        return read, read and finding.version != "submitted", strength[finding.verdict]

    strength = {
        Verdict.UNREADABLE: 0,
        Verdict.ABSENT: 1,
        Verdict.MENTIONED: 2,
        Verdict.CREDITED: 3,
        Verdict.PRESCRIBED: 4,
    }
    newest_version = newest_versions(store)
    readings: dict[tuple[int, str, str], dict[str, Any]] = {}
    asked = None if work_ids is None else json.dumps(list(work_ids))
    here = "" if asked is None else " WHERE findings.work_id IN (SELECT value FROM json_each(?))"
    for row in store.rows(f"{_WITH_VERSION}{here} ORDER BY found_at, findings.id", (asked,) if asked else ()):
        readings[row["work_id"], row["policy"], row["content_hash"]] = row
    best: dict[tuple[int, str], Finding] = {}
    for row in sorted(readings.values(), key=lambda row: (row["found_at"], row["id"])):
        if row["policy_version"] != newest_version[row["policy"]]:
            continue
        finding = _finding(row)
        key = (row["work_id"], row["policy"])
        if key not in best or weight(finding) >= weight(best[key]):
            best[key] = finding
    return best


def judged(store: Store, reader: str) -> dict[tuple[int, str, str, str], dict[str, Any]]:
    """Given a reader, return what the stage needs of its findings, by work, policy, policy version and content hash."""
    return {
        (row["work_id"], row["policy"], row["policy_version"], row["content_hash"]): row
        for row in store.rows(
            "SELECT work_id, policy, policy_version, content_hash, verdict, reason, found_at, look_again_on FROM findings WHERE reader = ?",
            (reader,),
        )
    }


def shortlist(store: Store) -> dict[int, list[str]]:
    """Return the works worth reading, each with its projects: accepted or in review as somebody's output, or said to be.

    What a person said is not an output is left out, and so are deleted works.
    """
    pairs = {
        (row["work_id"], row["project_id"]): True
        for row in store.rows("SELECT work_id, project_id FROM matches WHERE band IN ('accept', 'review')")
    }
    for decision in decisions.every(store):
        if decision.answer in (Answer.MINE, Answer.NOT_MINE) and decision.work_id is not None and decision.project_id:
            pairs[decision.work_id, decision.project_id] = decision.answer is Answer.MINE
    there = {row["id"] for row in store.rows("SELECT id FROM works WHERE deleted = 0")}
    found: dict[int, list[str]] = {}
    for (work_id, project_id), wanted in sorted(pairs.items()):
        if wanted and work_id in there:
            found.setdefault(work_id, []).append(project_id)
    return found


def works_named(store: Store, names: Iterable[str]) -> dict[str, list[int]]:
    """Given identities or sources' ids (of an entry in a file its key will do), return the works that go by each.

    A name that nothing goes by is left out.
    """
    found: dict[str, list[int]] = {}
    for row in store.rows(
        "WITH wanted AS (SELECT value AS name FROM json_each(?)) SELECT name, work_id FROM wanted JOIN identities ON identity = name"
        " UNION SELECT name, work_id FROM wanted JOIN sightings ON source_id = name WHERE work_id IS NOT NULL"
        " UNION SELECT name, work_id FROM sightings JOIN wanted ON name = substr(source_id, instr(source_id, '#') + 1)"
        " WHERE work_id IS NOT NULL ORDER BY name, work_id",
        (json.dumps(sorted(set(names)), ensure_ascii=False),),
    ):
        found.setdefault(row["name"], []).append(int(row["work_id"]))
    return found


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
        version=row["version"],
        id=row["id"],
    )
