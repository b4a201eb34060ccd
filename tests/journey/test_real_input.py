"""The whole path on real input: CBS's own workbook, real Crossref works, a real OAI-PMH server, a peer of Crossref's API."""

from __future__ import annotations

import gzip
import json
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pubtrack import identifiers, sample
from tests.peers.crossref import CrossrefPeer
from tests.peers.oai import OaiPeer, entries, read

pytestmark = [pytest.mark.shared, pytest.mark.slow]

WORKBOOK = "cbs/Projecten_met_bestanden_einddatum_voor_2025_.xlsx"

CONFIG = """
database = "../pubtrack.db"
reports = "../reports"
policies = ["policies/cbs-microdata.toml"]

[institution]
name = "University of Example"
ror = ["https://ror.org/012p63287"]
language = "en"
contact = {{ name = "Digital Competence Centre", email = "dcc@example.org" }}

[register]
files = ["projects.csv"]

[[source]]
kind = "crossref"
mailto = "dcc@example.org"
base_url = "{crossref}"
first_since = "2000-01-01"

[[source]]
kind = "oai_pmh"
name = "repository"
url = "{repository}"

[[channel]]
kind = "file"
name = "file"
"""


class House:
    """A folder with a configuration, and what running commands in it cost."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.figures: list[str] = []

    def run(self, *words: str, code: int = 0) -> str:
        """Run a command as a process, check its exit code, and write down its seconds and peak memory."""
        began = time.monotonic()
        with (self.folder / "out").open("wb") as out_file, (self.folder / "err").open("wb") as err_file:
            command = [sys.executable, "-m", "pubtrack", *words]
            process = subprocess.Popen(command, cwd=self.folder, stdout=out_file, stderr=err_file)
            memory = 0.0
            while process.poll() is None:
                memory = peak_megabytes(process.pid) or memory
                time.sleep(0.01)
        seconds = time.monotonic() - began
        out, err = ((self.folder / name).read_text(encoding="utf-8") for name in ("out", "err"))
        shown = " ".join(Path(word).name if "/" in word else word for word in words)
        self.figures.append(f"{shown}: {seconds:.1f} s, {memory:.0f} MB")
        assert process.returncode == code, f"{words}: {err}\n{out}"
        return out

    def count(self, table: str, where: str = "1") -> int:
        database = sqlite3.connect(self.folder / "pubtrack.db")
        number = database.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]
        database.close()
        return int(number)


def peak_megabytes(pid: int) -> float | None:
    """The process's own peak so far; what wait4 tells would count this process's memory before the exec."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")), None)


def orcid(author: dict[str, Any]) -> str | None:
    """The author's ORCID if it is a right one; some records hold a list, and one or two a wrong one."""
    given = author.get("ORCID")
    try:
        return identifiers.orcid(given) if isinstance(given, str) else None
    except ValueError:
        return None


def test_from_cbs_own_workbook_to_the_digest(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1,660 projects, 10,489 works, a repository and Crossref harvested to their last record, every stage to the digest, twice."""
    house = House(tmp_path)
    sample.write(tmp_path / "config")
    with gzip.open(shared / "crossref" / "works.jsonl.gz", "rt", encoding="utf-8") as lines:
        works = [json.loads(line) for line in lines]
    # People of the real works lead projects that have not ended, so that Crossref has somebody to be asked for.
    authors = [a for w in works for a in w.get("author") or [] if orcid(a) and a.get("given") and a.get("family")]
    people = dict(list({orcid(a): a for a in authors}.items())[:60])
    rows = ["id,title,lead_given,lead_family,lead_orcid,institution,started_on,ended_on"] + [
        f'X{number},"A running project","{a["given"]}","{a["family"]}",{known},University of Example,2001-01-01,'
        for number, (known, a) in enumerate(people.items())
    ]
    (tmp_path / "config" / "projects.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    records = entries(read(shared / "oai" / "records.jsonl.gz"), every_deleted=20)

    with CrossrefPeer(works) as crossref, OaiPeer(records, batch=50) as repository:
        (tmp_path / "config" / "pubtrack.toml").write_text(
            CONFIG.format(crossref=crossref.url, repository=repository.url), encoding="utf-8"
        )
        house.run("register", str(shared / WORKBOOK))
        assert house.count("registrations", "register = 'cbs-workbook'") == 1660
        house.run("import", str(shared / "crossref" / "works.jsonl.gz"))
        assert house.count("sightings", "source = 'import'") == 10489
        house.run("run", "--as-of", "2026-11-16")
        asked = crossref.requests
        second = house.run("run", "--as-of", "2026-11-16", "--json")

    wanted = {w["DOI"].lower() for w in works if any(orcid(a) in people for a in w.get("author") or [])}
    database = sqlite3.connect(tmp_path / "pubtrack.db")
    found = {doi for (doi,) in database.execute("SELECT source_id FROM sightings WHERE source = 'crossref'")}
    seen = {i for (i,) in database.execute("SELECT source_id FROM sightings WHERE source = 'repository'")}
    database.close()
    assert wanted <= found
    assert seen == {record.identifier for record in records}
    assert house.count("works", "deleted = 0") > 9000
    assert house.count("matches") > 0
    assert house.count("harvests", "state <> 'complete'") == 0
    assert list((tmp_path / "reports" / "digests").rglob("*.html"))
    assert asked > 0
    again = {row["stage"]: row["counts"] for row in map(json.loads, second.splitlines())}
    for stage in ("register", "discover", "match", "credit"):
        changed = {
            name: n
            for name, n in again[stage].items()
            if name in ("new", "updated", "changed", "removed", "read") and n
        }
        assert changed == {}, stage
    with capsys.disabled():
        print("\n  " + "\n  ".join(house.figures))
