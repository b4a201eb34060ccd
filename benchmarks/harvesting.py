"""What an OAI-PMH harvest costs: records per second beside sickle and a bare loop, and memory over a very long list.

The server is a process of its own with its pages made beforehand, so that it is not what is measured. Records have the size and the
fields of a repository's articles. sickle is used as its users use it, each record's fields and XML looked at; it stores nothing and
parses with recovery on. The bare loop parses with lxml, looks at every element and stores nothing either.
"""

from __future__ import annotations

import http.server
import multiprocessing
import os
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import requests
from lxml import etree
from sickle import Sickle

from pubtrack.config import Contact, Institution, Settings
from pubtrack.discovery import stage
from pubtrack.discovery.sources.oai_pmh import OaiPmhSource
from pubtrack.net.polite import PoliteSession
from pubtrack.store import Store

NOW = datetime(2026, 11, 16, 12, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
RECORDS = 20_000
STORED = 2_000
# Of the long harvest: `PUBTRACK_BENCH_LONG=1000000` is what the accuracy page reports.
LONG = int(os.environ.get("PUBTRACK_BENCH_LONG", "20000"))
ROUNDS = 3
_SPACE = "{http://www.openarchives.org/OAI/2.0/}"
_ABSTRACT = "This paper studies how income and health of households move together over the life course, with registers on everybody. "
_DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/'
    ' http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)


def record(number: int, *, small: bool = False) -> str:
    """Given a number, return a fictional article's record: 2.6 kB as repositories give them, or half a kilobyte."""
    fields = [
        ("title", f"Income and health of cohort number {number}"),
        ("creator", f"Berg{number}, Anna van der"),
        ("date", f"2026-0{number % 9 + 1}-11"),
        ("type", "info:eu-repo/semantics/article"),
        ("identifier", f"https://doi.org/10.5555/bench.{number}"),
    ]
    if not small:
        fields += [("creator", "Jansen, C."), ("creator", "Smit, Dora"), ("description", _ABSTRACT * 9)]
        fields += [("subject", f"subject {n} of {number}") for n in range(5)]
        fields += [
            ("type", "info:eu-repo/semantics/publishedVersion"),
            ("identifier", f"https://repository.example.org/handle/1/{number}"),
            (
                "source",
                f"Berg , A van der &amp; Jansen , C 2026 , ' Income and health {number} ' , Journal of Examples .",
            ),
            ("language", "eng"),
            ("rights", "info:eu-repo/semantics/openAccess"),
            ("publisher", "University of Example"),
        ]
    return (
        f"<record><header><identifier>oai:bench.example.org:{number}</identifier><datestamp>2026-11-01T00:00:00Z</datestamp>"
        f"<setSpec>publications</setSpec></header><metadata>{_DC}"
        + "".join(f"<dc:{name}>{text}</dc:{name}>" for name, text in fields)
        + "</oai_dc:dc></metadata></record>"
    )


def envelope(inside: str) -> bytes:
    """Given what an answer holds, return the answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f'<responseDate>2026-11-16T11:00:00Z</responseDate><request verb="ListRecords">http://127.0.0.1/</request>{inside}</OAI-PMH>'
    ).encode()


def page(start: int, size: int, total: int, *, small: bool = False) -> bytes:
    """Given where it begins, return a page of the list. A token is where the next one begins."""
    records = "".join(record(n, small=small) for n in range(start, min(start + size, total)))
    following = str(start + size) if start + size < total else ""
    return envelope(f"<ListRecords>{records}<resumptionToken>{following}</resumptionToken></ListRecords>")


def serve(pipe: Connection, size: int, total: int, small: bool) -> None:
    """Serve a list until killed; the address goes into the pipe. Long lists are made as they are asked for."""
    made = {start: page(start, size, total) for start in range(0, total, size)} if not small else {}
    about = envelope(
        "<Identify><repositoryName>bench</repositoryName><granularity>YYYY-MM-DDThh:mm:ssZ</granularity></Identify>"
    )

    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
            start = int(asked.get("resumptionToken", ["0"])[0])
            body = (
                about if asked["verb"] != ["ListRecords"] else made.get(start) or page(start, size, total, small=True)
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    pipe.send(f"http://127.0.0.1:{server.server_port}/oai")
    server.serve_forever()


@contextmanager
def repository(size: int, total: int, *, small: bool = False) -> Iterator[str]:
    """Given how many records a page and the list have, run the server and yield its address."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there, size, total, small), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def ours(url: str) -> int:
    """Read the whole list through the source: strict, every record as it came, nothing stored."""
    source = OaiPmhSource("bench", url, PoliteSession("bench", user_agent="pubtrack"), prefix="oai_dc")
    (question,) = source.questions([], None, date(2026, 11, 16))
    return sum(len(page.records) for page in source.pages(question, None))


def with_sickle(url: str) -> int:
    """Read the whole list with sickle, each record's fields and XML looked at."""
    return sum(
        bool(record.metadata) and bool(record.raw) for record in Sickle(url).ListRecords(metadataPrefix="oai_dc")
    )


def floor(url: str) -> int:
    """Read the whole list with requests and lxml, and look at nothing but the token: what every strict reader spends at least."""
    session, count, parameters = requests.Session(), 0, {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    while True:
        root = etree.fromstring(session.get(url, params=parameters).content)
        records = next(root.iterchildren(f"{_SPACE}ListRecords"))
        count += len(records) - 1
        token = records[-1].text
        if not token:
            return count
        parameters = {"verb": "ListRecords", "resumptionToken": token}


def bare(url: str) -> int:
    """Read the whole list with requests and lxml, each record's elements looked at."""
    session, count, parameters = requests.Session(), 0, {"verb": "ListRecords", "metadataPrefix": "oai_dc"}
    while True:
        root = etree.fromstring(session.get(url, params=parameters).content)
        for node in root.iter(f"{_SPACE}record"):
            count += bool([(one.tag, one.text) for one in node.iter()])
        token = root.find(f".//{_SPACE}resumptionToken")
        if token is None or not token.text:
            return count
        parameters = {"verb": "ListRecords", "resumptionToken": token.text}


def speeds(url: str, ways: list[Callable[[str], int]]) -> dict[str, tuple[float, float]]:
    """Given ways to harvest, return for each its records per second, by the clock and of processor time: the best of rounds in turn."""
    best = {way.__name__: (0.0, 0.0) for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            began, used = time.perf_counter(), time.process_time()
            if way(url) != RECORDS:
                raise RuntimeError(f"{way.__name__} did not read all records")
            clock, processor = RECORDS / (time.perf_counter() - began), RECORDS / (time.process_time() - used)
            best[way.__name__] = max(best[way.__name__][0], clock), max(best[way.__name__][1], processor)
    return best


def stored(url: str, total: int, watch: Callable[[int], None]) -> float:
    """Harvest a list into a database, works, joins and all, and return the seconds it took. `watch` is told of every page."""
    settings = Settings(
        institution=Institution(name="University of Example", contact=Contact(name="DCC", email="dcc@example.org")),
        policies=(),
    )
    with tempfile.TemporaryDirectory() as folder, closing(Store.open(Path(folder) / "pubtrack.db")) as store:
        source = OaiPmhSource("bench", url, PoliteSession("bench", user_agent="pubtrack"), prefix="oai_dc")
        began = time.perf_counter()
        report = stage.run(store, settings, now=NOW, sources=[source], progress=lambda done, _total, _what: watch(done))
        if report.counts["new"] != total or report.faults:
            raise RuntimeError(f"{report.counts} {report.faults}")
        return time.perf_counter() - began


def table() -> None:
    """Print the speeds."""
    print(f"\nA harvest of {RECORDS:,} records of {len(record(1)) / 1000:.1f} kB, records/s (best of {ROUNDS})")
    print(f"{'':24} {'by the clock':>14} {'processor':>14}")
    for size in (100, 500):
        with repository(size, RECORDS) as url:
            found = speeds(url, [floor, bare, with_sickle, ours])
        for name, (clock, processor) in found.items():
            print(f"{name:12} {size:4} a page {clock:14,.0f} {processor:14,.0f}")
        times = [found["ours"][n] / found["with_sickle"][n] for n in (0, 1)]
        behind = [found["bare"][n] / found["ours"][n] for n in (0, 1)]
        least = [found["floor"][n] / found["with_sickle"][n] for n in (0, 1)]
        print(f"{'the floor beside sickle':24} {least[0]:13.1f}x {least[1]:13.1f}x")
        print(f"{'ours beside sickle':24} {times[0]:13.1f}x {times[1]:13.1f}x   wanted 5")
        print(f"{'a bare loop beside ours':24} {behind[0]:13.2f}x {behind[1]:13.2f}x   wanted at most 1.5", flush=True)
    with repository(500, STORED) as url:
        seconds = stored(url, STORED, lambda _: None)
    print(f"into the database, works, joins and all: {STORED / seconds:,.0f} records/s")


def memory() -> None:
    """Print how much memory a long harvest takes as it goes on, reading alone and into the database."""
    process, step = psutil.Process(), max(LONG // 10, 1)
    print(f"\nMemory over a harvest of {LONG:,} small records, MB at every {step:,}")
    with repository(1000, LONG, small=True) as url:
        for what in ("read", "stored"):
            print(f"{what:8}", end="")
            shown = 0

            def watch(done: int) -> None:
                nonlocal shown
                if done >= step * (shown + 1):
                    shown += 1
                    print(f" {process.memory_info().rss / 1e6:6.0f}", end="", flush=True)

            began = time.perf_counter()
            if what == "stored":
                stored(url, LONG, watch)
            else:
                source = OaiPmhSource("bench", url, PoliteSession("bench", user_agent="pubtrack"), prefix="oai_dc")
                (question,) = source.questions([], None, date(2026, 11, 16))
                done = 0
                for one in source.pages(question, None):
                    done += len(one.records)
                    watch(done)
            print(f"   {LONG / (time.perf_counter() - began):,.0f} records/s", flush=True)


if __name__ == "__main__":
    table()
    memory()
