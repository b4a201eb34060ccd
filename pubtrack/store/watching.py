"""What the database itself writes down for matching, whoever changes it. Part of a released step of the schema: it is never edited."""

from __future__ import annotations

# What says nothing to matching is not written down: other answers, sightings of a source that is no list somebody made.
_DECIDES = "{row}.answer IN ('mine', 'not_mine')"
_ON_A_LIST = "{row}.work_id IS NOT NULL AND {row}.source IN ('import', 'reported')"


def _touching(
    table: str, kind: str, work: str | None, columns: str, only: str = "1", events: str = "insert update delete"
) -> list[str]:
    """Triggers that write down which work a change of a table is about, before and after it, or that there was one and no work."""
    made = []
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns.split())
    for event in events.split():
        sides = {"insert": ["NEW"], "update": ["OLD", "NEW"], "delete": ["OLD"]}[event]
        of = f" OF {', '.join(columns.split())}" if event == "update" else ""
        when = "(" + " OR ".join(only.format(row=side) for side in sides) + ")"
        if event == "update":
            when += f" AND ({changed})"
        subjects = " UNION ".join(f"SELECT {f'{side}.{work}' if work else 'NULL'} AS work_id" for side in sides)
        rows = f"SELECT '{kind}', work_id FROM ({subjects})"
        made.append(
            f"CREATE TRIGGER match_{table}_{event} AFTER {event.upper()}{of} ON {table} WHEN {when}"
            f" BEGIN INSERT INTO match_touched (kind, work_id) {rows}; END"
        )
    return made


STATEMENTS = (
    "CREATE TABLE match_touched (number INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK (kind IN ('record', 'fact', 'register', 'again')), work_id INTEGER, project_id TEXT) STRICT",
    "CREATE TABLE match_known (project_id TEXT NOT NULL, work_id INTEGER NOT NULL, PRIMARY KEY (project_id, work_id))"
    " STRICT, WITHOUT ROWID",
    "CREATE INDEX match_known_work ON match_known(work_id)",
    "CREATE TABLE match_counts (kind TEXT NOT NULL, name TEXT NOT NULL, value ANY NOT NULL, PRIMARY KEY (kind, name))"
    " STRICT, WITHOUT ROWID",
    "CREATE INDEX works_standing ON works(id) WHERE deleted = 0",
    "CREATE INDEX matches_band ON matches(band)",
    "CREATE INDEX decisions_work ON decisions(work_id)",
    "CREATE INDEX decisions_withdrawn ON decisions(note) WHERE answer = 'withdrawn'",
    "CREATE INDEX findings_policy ON findings(policy, found_at)",
    "CREATE INDEX listings_read ON listings(read_at)",
    *_touching("works", "record", "id", "id csl relations deleted merged_into"),
    "CREATE TRIGGER match_merged AFTER UPDATE OF merged_into ON works WHEN NEW.merged_into IS NOT NULL"
    " BEGIN INSERT INTO match_touched (kind, work_id) VALUES ('fact', NEW.merged_into); END",
    *_touching("sightings", "fact", "work_id", "source work_id deleted", _ON_A_LIST),
    *_touching("listings", "fact", "work_id", "release read_at project_id work_id kind"),
    *_touching(
        "findings", "fact", "work_id", "work_id copy_id policy policy_version content_hash verdict mentions found_at"
    ),
    *_touching("copies", "fact", "work_id", "version", events="update"),
    *_touching("decisions", "fact", "work_id", "work_id", _DECIDES, "insert update"),
    "CREATE TRIGGER match_withdrawn AFTER INSERT ON decisions WHEN NEW.answer = 'withdrawn' BEGIN"
    " INSERT INTO match_touched (kind, work_id) SELECT 'fact', work_id FROM decisions"
    " WHERE id = CAST(substr(NEW.note, 10) AS INTEGER) AND NEW.note = 'decision ' || id; END",
    *_touching("projects", "register", None, "id title abstract datasets institution started_on ended_on"),
    *_touching("people", "register", None, "id given family orcid", events="update"),
    *_touching("memberships", "register", None, "project_id person_id role"),
    "DELETE FROM marks WHERE name IN ('match', 'match state', 'match counts')",  # the next run weighs all
)
