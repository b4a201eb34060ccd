"""The schema, as append-only steps. A step that has been released is never edited: add another below it."""

from __future__ import annotations

import hashlib

from sqlite_utils.db import Database
from sqlite_utils.migrations import Migrations

from pubtrack.store import watching

MIGRATIONS = Migrations("pubtrack")

# Days are TEXT `2026-11-22` (works: with the precision they have), moments TEXT `2026-11-22T06:15:00Z` (UTC), lists and CSL are JSON TEXT.
_FIRST = """
CREATE TABLE projects (
  id TEXT PRIMARY KEY, title TEXT NOT NULL, abstract TEXT, datasets TEXT NOT NULL DEFAULT '[]', institution TEXT,
  started_on TEXT, ended_on TEXT, first_seen_at TEXT NOT NULL, changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE registrations (  -- which register lists a project; `gone_at` when its newest release no longer does
  project_id TEXT NOT NULL REFERENCES projects(id), register TEXT NOT NULL, seen_at TEXT NOT NULL, gone_at TEXT,
  PRIMARY KEY (project_id, register)
) STRICT;
CREATE TABLE registers (  -- a register's newest import: the same content is not read twice
  register TEXT PRIMARY KEY, content_hash TEXT NOT NULL, imported_at TEXT NOT NULL
) STRICT;
CREATE TABLE people (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, given TEXT NOT NULL, family TEXT NOT NULL, email TEXT, orcid TEXT,
  slack TEXT, language TEXT, changed_at TEXT NOT NULL
) STRICT;
CREATE TABLE memberships (
  project_id TEXT NOT NULL REFERENCES projects(id), person_id INTEGER NOT NULL REFERENCES people(id),
  role TEXT NOT NULL CHECK (role IN ('lead', 'member')), PRIMARY KEY (project_id, person_id)
) STRICT;
CREATE INDEX memberships_person ON memberships(person_id);

CREATE TABLE works (
  id INTEGER PRIMARY KEY, doi TEXT UNIQUE, csl TEXT NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, language TEXT,
  issued TEXT, retracted INTEGER NOT NULL DEFAULT 0, corrected INTEGER NOT NULL DEFAULT 0, deleted INTEGER NOT NULL DEFAULT 0,
  relations TEXT NOT NULL DEFAULT '[]', links TEXT NOT NULL DEFAULT '[]', first_seen_at TEXT NOT NULL, changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX works_changed ON works(changed_at);
CREATE TABLE identities (  -- the strings under which records of one work are joined
  identity TEXT PRIMARY KEY, work_id INTEGER NOT NULL REFERENCES works(id)
) STRICT;
CREATE INDEX identities_work ON identities(work_id);
CREATE TABLE sightings (  -- which source said what, as it said it
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, source_id TEXT NOT NULL, work_id INTEGER REFERENCES works(id),
  format TEXT NOT NULL, content_hash TEXT NOT NULL, raw BLOB NOT NULL, datestamp TEXT, deleted INTEGER NOT NULL DEFAULT 0,
  unusable TEXT, joined_by TEXT, seen_at TEXT NOT NULL, changed_at TEXT NOT NULL, UNIQUE (source, source_id)
) STRICT;
CREATE INDEX sightings_work ON sightings(work_id);
CREATE TABLE harvests (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, since TEXT, until TEXT, scope TEXT NOT NULL DEFAULT '', position TEXT,
  state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed')), watermark TEXT, requests INTEGER NOT NULL DEFAULT 0,
  records INTEGER NOT NULL DEFAULT 0, started_at TEXT NOT NULL, finished_at TEXT, error TEXT
) STRICT;
CREATE INDEX harvests_source ON harvests(source, state);

CREATE TABLE matches (
  project_id TEXT NOT NULL REFERENCES projects(id), work_id INTEGER NOT NULL REFERENCES works(id), score REAL NOT NULL,
  band TEXT NOT NULL CHECK (band IN ('accept', 'review', 'reject')), evidence TEXT NOT NULL, scored_at TEXT NOT NULL,
  PRIMARY KEY (project_id, work_id)
) STRICT;
CREATE INDEX matches_work ON matches(work_id);
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY, made_at TEXT NOT NULL, who TEXT NOT NULL, through TEXT NOT NULL, answer TEXT NOT NULL,
  work_id INTEGER REFERENCES works(id), project_id TEXT REFERENCES projects(id), person_id INTEGER REFERENCES people(id),
  duty TEXT, until TEXT, note TEXT
) STRICT;
CREATE TRIGGER decisions_stay BEFORE DELETE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;
CREATE TRIGGER decisions_hold BEFORE UPDATE OF made_at, answer, work_id, project_id, duty, until ON decisions
  BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END;

CREATE TABLE copies (  -- where a text came from; the text itself is not kept
  id INTEGER PRIMARY KEY, work_id INTEGER NOT NULL REFERENCES works(id), origin TEXT NOT NULL, location TEXT NOT NULL,
  content_hash TEXT, media_type TEXT, version TEXT, etag TEXT, last_modified TEXT, file TEXT, error TEXT,
  next_check_at TEXT, fetched_at TEXT NOT NULL, UNIQUE (work_id, location)
) STRICT;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY, work_id INTEGER NOT NULL REFERENCES works(id), copy_id INTEGER REFERENCES copies(id),
  policy TEXT NOT NULL, policy_version TEXT NOT NULL, reader TEXT NOT NULL, content_hash TEXT NOT NULL DEFAULT '',
  verdict TEXT NOT NULL CHECK (verdict IN ('prescribed', 'credited', 'mentioned', 'absent', 'unreadable')),
  language TEXT, evidence TEXT NOT NULL DEFAULT '[]', reason TEXT, missing TEXT NOT NULL DEFAULT '[]', suggestion TEXT,
  mentions TEXT NOT NULL DEFAULT '[]', look_again_on TEXT, found_at TEXT NOT NULL,
  UNIQUE (work_id, policy, policy_version, reader, content_hash)
) STRICT;

CREATE TABLE reference_lists (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, made_at TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'sent')), sent_at TEXT, receipt TEXT, files TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE TABLE reference_items (
  list_id INTEGER NOT NULL REFERENCES reference_lists(id), work_id INTEGER NOT NULL REFERENCES works(id),
  project_id TEXT NOT NULL REFERENCES projects(id), csl TEXT NOT NULL, content_hash TEXT NOT NULL,
  PRIMARY KEY (list_id, work_id, project_id)
) STRICT;
CREATE TABLE listings (  -- the provider's own list, release by release
  id INTEGER PRIMARY KEY, release TEXT NOT NULL, row INTEGER NOT NULL, project_id TEXT, title TEXT NOT NULL, authors TEXT,
  issued TEXT, institution TEXT, url TEXT, work_id INTEGER REFERENCES works(id), joined_by TEXT, read_at TEXT NOT NULL,
  UNIQUE (release, row)
) STRICT;

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, recipient TEXT NOT NULL, person_id INTEGER REFERENCES people(id),
  occasion TEXT NOT NULL, rung TEXT, subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT, blocks TEXT NOT NULL DEFAULT '[]',
  attachments TEXT NOT NULL DEFAULT '[]',
  state TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'uncertain', 'cancelled', 'stock')),
  attempts INTEGER NOT NULL DEFAULT 0, next_attempt_at TEXT, error TEXT, created_at TEXT NOT NULL, claimed_at TEXT, sent_at TEXT
) STRICT;
CREATE INDEX outbox_state ON outbox(state);
CREATE TABLE told (  -- which duty was told about on which rung, in which message
  duty TEXT NOT NULL, rung TEXT NOT NULL, outbox_id INTEGER NOT NULL REFERENCES outbox(id), told_at TEXT NOT NULL,
  PRIMARY KEY (duty, rung, outbox_id)
) STRICT;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY, stage TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, as_of TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'faults', 'failed', 'interrupted')), counts TEXT NOT NULL DEFAULT '{}',
  faults TEXT NOT NULL DEFAULT '[]', files TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX runs_stage ON runs(stage, started_at);
CREATE TABLE marks (  -- what a stage had seen when it last finished: nothing new, nothing to do
  name TEXT PRIMARY KEY, value TEXT NOT NULL, set_at TEXT NOT NULL
) STRICT;
"""


@MIGRATIONS()
def m001_first(db: Database) -> None:
    """The tables of the first release."""
    for statement in _statements(_FIRST):
        db.execute(statement)


@MIGRATIONS()
def m002_references_as_sent(db: Database) -> None:
    """A list keeps every reference in the words it was sent in: styles change, what was sent does not."""
    db.execute("ALTER TABLE reference_lists ADD COLUMN style TEXT NOT NULL DEFAULT ''")
    db.execute("ALTER TABLE reference_items ADD COLUMN formatted TEXT NOT NULL DEFAULT ''")


@MIGRATIONS()
def m003_one_work_many_records(db: Database) -> None:
    """Works can be joined after they were stored, and no person's word about either is lost.

    `ties` keeps what each sighting says it is and what it says of others, so that joining does not depend on who came first. A work
    that turned out to be another points there (`merged_into`). A decision follows its work, and only so: the trigger lets `work_id`
    move along `merged_into` and nowhere else, and `first_work_id` keeps what the person was asked about.
    """
    for statement in (
        "ALTER TABLE works ADD COLUMN merged_into INTEGER REFERENCES works(id)",
        "CREATE TABLE ties (sighting_id INTEGER NOT NULL REFERENCES sightings(id), kind TEXT NOT NULL, identity TEXT NOT NULL,"
        " PRIMARY KEY (sighting_id, kind, identity)) STRICT, WITHOUT ROWID",
        "CREATE INDEX ties_identity ON ties(identity)",
        "UPDATE sightings SET content_hash = ''",  # records kept before there were ties are read again when they come again
        "ALTER TABLE decisions ADD COLUMN first_work_id INTEGER REFERENCES works(id)",
        "DROP TRIGGER decisions_hold",
        "CREATE TRIGGER decisions_hold BEFORE UPDATE OF made_at, answer, work_id, project_id, duty, until ON decisions"
        " WHEN NOT (NEW.made_at IS OLD.made_at AND NEW.answer IS OLD.answer AND NEW.project_id IS OLD.project_id"
        " AND NEW.duty IS OLD.duty AND NEW.until IS OLD.until AND NEW.work_id IS NOT NULL"
        " AND NEW.work_id IS (SELECT merged_into FROM works WHERE id = OLD.work_id))"
        " BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END",
        # a link or button sent before the works were joined names the work that is gone
        "CREATE TRIGGER decisions_follow AFTER INSERT ON decisions"
        " WHEN (SELECT merged_into FROM works WHERE id = NEW.work_id) IS NOT NULL"
        " BEGIN UPDATE decisions SET first_work_id = NEW.work_id,"
        " work_id = (SELECT merged_into FROM works WHERE id = NEW.work_id) WHERE id = NEW.id; END",
    ):
        db.execute(statement)


@MIGRATIONS()
def m004_what_a_register_said(db: Database) -> None:
    """What each register itself said of a project, so that no register wipes another's word."""
    db.execute("ALTER TABLE registrations ADD COLUMN said TEXT NOT NULL DEFAULT '{}'")


@MIGRATIONS()
def m005_joined_and_parted(db: Database) -> None:
    """A decision may be about two records: that they show one work, or that they do not."""
    db.execute("ALTER TABLE decisions ADD COLUMN records TEXT")
    db.execute("CREATE INDEX decisions_records ON decisions(id) WHERE records IS NOT NULL")
    db.execute(
        "CREATE TRIGGER decisions_records_hold BEFORE UPDATE OF records ON decisions"
        " BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
    )


@MIGRATIONS()
def m006_threads_and_dead_addresses(db: Database) -> None:
    """A reply or a bounce finds its message by what stands in its headers; an address that takes nothing is written to no more.

    `message_id` is the part of the Message-ID before the @, `thread` those of the first messages about the same matters.
    """
    for statement in (
        "ALTER TABLE outbox ADD COLUMN message_id TEXT",
        "ALTER TABLE outbox ADD COLUMN thread TEXT NOT NULL DEFAULT '[]'",
        "ALTER TABLE outbox ADD COLUMN unsubscribe TEXT",
        "ALTER TABLE outbox ADD COLUMN calendar TEXT",
        "CREATE TABLE dead_addresses (channel TEXT NOT NULL, address TEXT NOT NULL, why TEXT NOT NULL, since TEXT NOT NULL,"
        " PRIMARY KEY (channel, address)) STRICT, WITHOUT ROWID",
    ):
        db.execute(statement)
    for number, key in db.execute("SELECT id, key FROM outbox").fetchall():  # as they were sent before they were kept
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        db.execute("UPDATE outbox SET message_id = ? WHERE id = ?", (name, number))
    db.execute("CREATE INDEX outbox_message_id ON outbox(message_id)")


@MIGRATIONS()
def m007_what_people_report(db: Database) -> None:
    """A publication that somebody reported by DOI, address or citation: who, for which project, and when to look for it again."""
    db.execute(
        "CREATE TABLE reports (id INTEGER PRIMARY KEY, sighting_id INTEGER NOT NULL REFERENCES sightings(id),"
        " project_id TEXT REFERENCES projects(id), who TEXT NOT NULL, through TEXT NOT NULL, made_at TEXT NOT NULL,"
        " next_look_at TEXT, why TEXT, decision_id INTEGER REFERENCES decisions(id)) STRICT"
    )
    db.execute("CREATE UNIQUE INDEX reports_once ON reports(sighting_id, coalesce(project_id, ''))")
    db.execute("CREATE INDEX reports_due ON reports(next_look_at) WHERE next_look_at IS NOT NULL")


@MIGRATIONS()
def m008_answers(db: Database) -> None:
    """What stands behind answering: links that were revoked, forms that were used, letters that came by mail.

    No link is stored and no token: a link is told by a hash of what it is about. `letters` keeps what staff must read, and of what
    was understood by itself only that it came.
    """
    for statement in (
        "CREATE TABLE links_revoked (id INTEGER PRIMARY KEY, link TEXT, person_id INTEGER, issued_until TEXT,"
        " who TEXT NOT NULL, revoked_at TEXT NOT NULL, CHECK ((link IS NULL) <> (person_id IS NULL))) STRICT",
        "CREATE TABLE forms_used (form TEXT PRIMARY KEY, link TEXT NOT NULL, person_id INTEGER NOT NULL, content_hash TEXT NOT NULL,"
        " outcome TEXT NOT NULL, used_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE letters (id INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, person_id INTEGER,"
        " outbox_id INTEGER REFERENCES outbox(id), sender TEXT NOT NULL DEFAULT '', subject TEXT NOT NULL DEFAULT '',"
        " text TEXT NOT NULL DEFAULT '', reason TEXT NOT NULL DEFAULT '', file TEXT, project_id TEXT,"
        " state TEXT NOT NULL CHECK (state IN ('waiting', 'done')), received_at TEXT NOT NULL, done_at TEXT, done_by TEXT) STRICT",
        "CREATE INDEX letters_state ON letters(state)",
    ):
        db.execute(statement)


@MIGRATIONS()
def m009_lists_as_they_left(db: Database) -> None:
    """Every file of a list is kept, so that it can be given again byte for byte; so is how a list left, and that it is on its way.

    `about` is what a list was made with beside its references. Of a file that holds copies only a table of contents is kept. `kind` says
    what a row of the provider's list came to.
    """
    for statement in (
        "ALTER TABLE reference_lists ADD COLUMN about TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE reference_lists ADD COLUMN how TEXT",
        "ALTER TABLE reference_lists ADD COLUMN outbox_key TEXT",
        "CREATE TABLE reference_files (list_id INTEGER NOT NULL REFERENCES reference_lists(id), name TEXT NOT NULL, format TEXT NOT NULL,"
        " content_hash TEXT NOT NULL, content BLOB NOT NULL, PRIMARY KEY (list_id, name)) STRICT",
        "ALTER TABLE listings ADD COLUMN kind TEXT",
        "CREATE INDEX listings_work ON listings(work_id)",
    ):
        db.execute(statement)


@MIGRATIONS()
def m010_a_rhythm_of_its_own(db: Database) -> None:
    """A list that is not asked for in every run says when it is next; a scope's newest harvest is found without reading all."""
    db.execute("ALTER TABLE harvests ADD COLUMN next_check_at TEXT")
    db.execute("CREATE INDEX harvests_scope ON harvests(source, scope, id)")


@MIGRATIONS()
def m011_an_answer_to_one_provider(db: Database) -> None:
    """What is told to one provider is not told to another: an answer may hold under one policy only."""
    db.execute("ALTER TABLE decisions ADD COLUMN policy TEXT")
    db.execute(
        "CREATE TRIGGER decisions_policy_holds BEFORE UPDATE OF policy ON decisions"
        " BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END"
    )


@MIGRATIONS()
def m012_what_leads_from_works_to_projects(db: Database) -> None:
    """By which names, words and places works and projects meet, as short hashes: after a decision only what it touches is weighed again."""
    for statement in (
        "CREATE TABLE match_works (key INTEGER NOT NULL, work_id INTEGER NOT NULL, PRIMARY KEY (key, work_id)) STRICT, WITHOUT ROWID",
        "CREATE INDEX match_works_work ON match_works(work_id)",
        "CREATE TABLE match_projects (key INTEGER NOT NULL, project_id TEXT NOT NULL, PRIMARY KEY (key, project_id))"
        " STRICT, WITHOUT ROWID",
        "CREATE INDEX match_projects_project ON match_projects(project_id)",
    ):
        db.execute(statement)


@MIGRATIONS()
def m013_what_matching_has_not_seen(db: Database) -> None:
    """What changed since works were weighed last is written down as it changes, whoever changes it: a run asks for that and no more.

    `match_touched` is cleared up to what was read, once all is weighed. `match_known` holds the outputs that teach who belongs to
    a project, as at the last weighing; `match_counts` what was counted of words, names and sites, a row each.
    """
    for statement in watching.STATEMENTS:
        db.execute(statement)


def _statements(script: str) -> list[str]:
    """Given a script, return its statements: executescript would commit the open transaction."""
    statements, current = [], ""
    for line in script.splitlines():
        current += line + "\n"
        opens, closes = current.upper().count("BEGIN SELECT"), current.upper().count("END;")
        if line.split("--")[0].rstrip().endswith(";") and opens == closes:
            statements.append(current)
            current = ""
    return statements
