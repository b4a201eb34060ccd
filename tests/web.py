"""A small house for the answer pages: two projects, three works, a link for Anna, and a browser without scripts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from pubtrack import bootstrap
from pubtrack.answers.links import Links
from pubtrack.config import Settings, load
from pubtrack.discovery.ingest import ingest
from pubtrack.models import Band, Finding, Match, Project, Record, StageReport, Verdict
from pubtrack.obligations.policy import Policy
from pubtrack.store import Store, findings, matches, projects
from pubtrack.web import app as web
from tests.conftest import ANNA, AT, CARLA, NOW
from tests.duties import POLICY, SUGGESTION

KEY = "a-key-of-the-tests-and-of-nothing-else-1"
OLDER = "a-key-of-the-tests-and-of-nothing-else-0"
REPORT, COPY, CREDIT = (f"stats/9001/1/{kind}" for kind in ("report", "copy", "credit"))
PUBLISH = "stats/9002/-/publish"
ANNA_ID, CARLA_ID = 1, 2

_CONFIG = """\
database = "pubtrack.db"
reports = "reports"
policies = ["policy.toml"]
[institution]
name = "Universiteit van Voorbeeld"
name_en = "University of Example"
language = "en"
contact = {{ name = "Digital Competence Centre", email = "dcc@example.org" }}
[web]
base_url = "https://answers.example.org/x"
keys = {{ file = "keys" }}
given = "given"
max_upload = 200000
{more}
"""


@dataclass
class House:
    """A running application over a real database, and what a browser without scripts can do with it."""

    app: Flask
    store: Store
    settings: Settings
    links: Links
    now: list[datetime]

    def token(self, *duties: str, person: int = ANNA_ID, day: datetime | None = None) -> str:
        return self.links.token(person, duties or (REPORT, COPY), (day or self.now[0]).date())

    def get(self, token: str, **more: Any) -> TestResponse:
        return self.app.test_client().get(f"/a/{token}", **more)

    def send(self, token: str, page: str | None = None, **fields: Any) -> TestResponse:
        """Open the page (or take one that was opened before), fill in a form and press its button."""
        form = re.search(r'name="form" value="([^"]+)"', page or self.get(token).text)
        assert form
        return self.app.test_client().post(f"/a/{token}", data={"form": form[1]} | fields)

    def choose(self, token: str, choice: str, **fields: Any) -> TestResponse:
        return self.send(token, act="answer", matter=fields.pop("matter", "0"), choice=choice, **fields)


def house(folder: Path, *, policy: Policy = POLICY, more: str = "", **given: Any) -> House:
    """Return a house whose day is NOW, in a folder."""
    (folder / "policy.toml").write_text("", encoding="utf-8")
    (folder / "keys").write_text(f"{KEY}\n{OLDER}\n", encoding="utf-8")
    (folder / "pubtrack.toml").write_text(_CONFIG.format(more=more), encoding="utf-8")
    settings = load(folder / "pubtrack.toml")
    store = Store.open(settings.database)
    fill(store)
    links = bootstrap.links(settings)
    assert links is not None
    now = [NOW]
    given.setdefault("report", bootstrap.report(settings))
    app = web.create(settings, policies=[policy], links=links, moment=lambda: now[0], **given)
    return House(app, store, settings, links, now)


def fill(store: Store) -> None:
    """Anna leads 9001 (with a work whose reference is overdue) and 9002 (without any); Carla leads 9003."""
    for number, title, lead in (
        ("9001", "Social mobility", ANNA),
        ("9002", "Housing <b>& health</b>", ANNA),
        ("9003", "Pensions", CARLA),
    ):
        projects.save(store, Project(number, title, lead=lead, ended_on=date(2025, 6, 30)), at=AT)
    for number in (1, 2):
        csl = {
            "type": "article-journal",
            "title": f"Paper {number} <script>alert(1)</script>",
            "author": [{"family": "van der Berg", "given": "Anna"}],
            "DOI": f"10.5555/{number}",
            "issued": {"date-parts": [[2026, 9, 1]]},
        }
        record = Record("file", str(number), "csl-json", json.dumps(csl | {"id": str(number)}).encode())
        ingest(store, [record], at=AT, report=StageReport("discover"))
    matches.save(store, Match("9001", 1, 0.97, Band.ACCEPT), at=AT)
    matches.save(store, Match("9003", 2, 0.97, Band.ACCEPT), at=AT)
    findings.save(
        store, Finding(Verdict.ABSENT, "stats", "1", "1", work_id=1, suggestion=SUGGESTION), content_hash="1", at=AT
    )


def text(page: TestResponse) -> str:
    """Return what a reader reads: the page without its tags."""
    body = re.sub(r"<style.*?</style>|<head>.*?</head>", "", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).strip()
