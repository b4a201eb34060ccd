"""What discovery costs: requests of a daily poll as the register grows, and records per second from a repository.

`python -m benchmarks.discovery [PROJECTS ...]`. Everything is asked of servers on this machine. The plain way of a poll is one search
per person; the peers of the harvest are sickle, which stores nothing and parses with recovery on, and a bare loop of requests and
lxml, which stores nothing either.
"""

from __future__ import annotations

import http.server
import logging
import random
import re
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests
from lxml import etree
from sickle import Sickle

from pubtrack.config import Contact, Institution, Settings
from pubtrack.config.sources import CrossrefSource
from pubtrack.discovery import stage
from pubtrack.discovery.sources import crossref
from pubtrack.discovery.sources.oai_pmh import OaiPmhSource
from pubtrack.identifiers import orcid_check_digit
from pubtrack.models import Person, Project
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store, projects
from tests.peers.crossref import CrossrefPeer

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
CHANGED = 200  # works of the day
PEOPLE = 3.5  # to a project
WITH_ORCID = 0.6
RECORDS, PAGE = 20_000, 500


def person(number: int) -> Person:
    """Given a number, return a fictional person; six in ten have an ORCID."""
    digits = f"0000000{number:08d}"
    pretty = "-".join(re.findall("....", digits + orcid_check_digit(digits)))
    known = number % 10 < WITH_ORCID * 10
    return Person(f"Given{number}", f"Family{number}", orcid=pretty if known else None, email=f"p{number}@example.org")


def poll(number: int) -> tuple[int, int, int]:
    """Given a number of projects, poll twice and return the people, the requests of the second day, and its new works."""
    people = [person(n) for n in range(int(number * PEOPLE))]
    chance = random.Random(number)
    authors = [one for one in chance.choices(people, k=CHANGED * 3) if one.orcid][:CHANGED]
    works: list[dict[str, Any]] = [
        {
            "DOI": f"10.5555/poll.{number}.{n}",
            "type": "journal-article",
            "title": [f"A work of the day, number {n}"],
            "author": [{"given": one.given, "family": one.family, "ORCID": f"https://orcid.org/{one.orcid}"}],
            "issued": {"date-parts": [[2026, 11, 15]]},
            "indexed": {"date-time": "2026-11-15T10:00:00Z", "date-parts": [[2026, 11, 15]], "timestamp": 0},
        }
        for n, one in enumerate(authors)
    ]
    settings = Settings(
        institution=Institution(name="University of Example", contact=Contact(name="DCC", email="dcc@example.org")),
        policies=(),
    )
    with tempfile.TemporaryDirectory() as folder, CrossrefPeer([]) as peer:
        store = Store.open(Path(folder) / "pubtrack.db")
        with store.atomic():
            for n in range(number):
                team = people[int(n * PEOPLE) : int((n + 1) * PEOPLE)]
                projects.save(store, Project(str(n), f"Project {n}", members=tuple(team)), at="2026-11-14T11:00:00Z")
        config = CrossrefSource(kind="crossref", mailto="dcc@example.org", base_url=peer.url, first_since="2026-11-01")
        session = PoliteSession("crossref", user_agent="pubtrack")
        source = crossref.Crossref(config, session, rors=[], affiliation="University of Example")
        stage.run(store, settings, now=NOW - timedelta(days=1), sources=[source])
        for work in works:
            peer.put(work)
        before = peer.requests
        report = stage.run(store, settings, now=NOW, sources=[source])
        store.close()
        return len(people), peer.requests - before, report.counts.get("new", 0)


class Repository(http.server.ThreadingHTTPServer):
    """A repository whose pages are made beforehand, so that what is timed is the harvester."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.pages = [_page(start) for start in range(0, RECORDS, PAGE)]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_port}/oai"


class _Pages(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Repository

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        body = self.server.pages[int(asked.get("resumptionToken", ["0"])[0])]
        if asked["verb"] != ["ListRecords"]:
            body = _envelope(
                "<Identify><repositoryName>bench</repositoryName><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
            )
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _envelope(inside: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f'<responseDate>2026-11-16T11:00:00Z</responseDate><request verb="ListRecords">http://127.0.0.1/</request>{inside}</OAI-PMH>'
    ).encode()


def _page(start: int) -> bytes:
    records = "".join(
        f"<record><header><identifier>oai:bench.example.org:{n}</identifier><datestamp>2026-11-01T00:00:00Z</datestamp></header>"
        '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>Income and health of cohort number {n}</dc:title><dc:creator>Berg{n}, Anna van der</dc:creator>"
        f"<dc:creator>Jansen, C.</dc:creator><dc:date>2026-0{n % 9 + 1}-11</dc:date>"
        "<dc:type>info:eu-repo/semantics/article</dc:type>"
        f"<dc:identifier>https://doi.org/10.5555/bench.{n}</dc:identifier><dc:language>eng</dc:language>"
        "</oai_dc:dc></metadata></record>"
        for n in range(start, min(start + PAGE, RECORDS))
    )
    following = str(start // PAGE + 1) if start + PAGE < RECORDS else ""
    return _envelope(f"<ListRecords>{records}<resumptionToken>{following}</resumptionToken></ListRecords>")


def ours(url: str) -> int:
    """Read the whole list through the source: strict, every record as it came, nothing stored."""
    source = OaiPmhSource("bench", url, PoliteSession("bench", user_agent="pubtrack"), prefix="oai_dc")
    (question,) = source.questions([], None, date(2026, 11, 16))
    return sum(len(page.records) for page in source.pages(question, None))


def stored(url: str) -> int:
    """Harvest the list into a database, works, joins and all."""
    settings = Settings(
        institution=Institution(name="University of Example", contact=Contact(name="DCC", email="dcc@example.org")),
        policies=(),
    )
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "pubtrack.db")
        source = OaiPmhSource("bench", url, PoliteSession("bench", user_agent="pubtrack"), prefix="oai_dc")
        report = stage.run(store, settings, now=NOW, sources=[source])
        store.close()
        return report.counts["new"]


def with_sickle(url: str) -> int:
    """Read the whole list with sickle, each record's fields looked at."""
    return sum(bool(record.metadata) for record in Sickle(url).ListRecords(metadataPrefix="oai_dc"))


def bare(url: str) -> int:
    """Read the whole list with requests and lxml, each record's fields looked at."""
    session, count, parameters = requests.Session(), 0, {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    space = "{http://www.openarchives.org/OAI/2.0/}"
    while True:
        root = etree.fromstring(session.get(url, params=parameters).content)
        for record in root.iter(f"{space}record"):
            count += bool([(node.tag, node.text) for node in record.iter()])
        token = root.find(f".//{space}resumptionToken")
        if token is None or not token.text:
            return count
        parameters = {"verb": "ListRecords", "resumptionToken": token.text}


def speed(harvest: Callable[[str], int], url: str) -> float:
    """Given a way to harvest, return its records per second: the better of two runs, once it has been seen to read all."""
    best = 0.0
    for _ in range(2):
        began = time.perf_counter()
        if harvest(url) != RECORDS:
            raise RuntimeError(f"{harvest.__name__} did not read all records")
        best = max(best, RECORDS / (time.perf_counter() - began))
    return best


def main() -> None:
    """Print both tables."""
    logging.disable(logging.WARNING)
    print(
        f"{'projects':>9} {'people':>8} {'requests':>9} {'plain way':>10} {'share':>7} {'found':>6}   wanted at 10,000: 2 %"
    )
    for number in [int(word) for word in sys.argv[1:]] or [100, 1_000, 10_000]:
        people, asked, new = poll(number)
        print(f"{number:9,} {people:8,} {asked:9,} {people:10,} {asked / people:7.1%} {new:6}", flush=True)
    with Repository() as repository:
        print(f"\n{'harvest of ' + format(RECORDS, ',') + ' records':44} {'records/s':>10}")
        rates = {harvest.__name__: speed(harvest, repository.url) for harvest in (bare, with_sickle, ours, stored)}
        for name, rate in rates.items():
            print(f"{name:44} {rate:10,.0f}")
        print(f"ours beside sickle: {rates['ours'] / rates['with_sickle']:.1f} times; wanted 5")
        print(f"a bare loop beside ours: {rates['bare'] / rates['ours']:.2f} times; wanted at most 1.5")
        repository.shutdown()


if __name__ == "__main__":
    main()
