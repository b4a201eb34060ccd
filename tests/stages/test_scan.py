"""Scanning a Crossref public data file: the register's works are found, all of them and no others, and nothing is read twice."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery import reported, scan
from pubtrack.discovery.ingest import ingest
from pubtrack.discovery.sources import dump
from pubtrack.errors import UsageError
from pubtrack.models import Answer, Person, Record, StageReport
from pubtrack.store import Store, decisions, projects, works
from tests.conftest import ANNA, AT, BRAM, NOW, PROJECT
from tests.stages.listed import ROR, SETTINGS
from tests.stages.test_discover_crossref import OTHER_ORCID
from tests.stages.test_discover_crossref import work as api_work

HERE = {"name": "Dept. of Sociology, University of Example, NL"}


def work(number: int, **more: Any) -> dict[str, Any]:
    """A work as the dump has it: `indexed` first, by nobody we know."""
    made = api_work(number, orcid=OTHER_ORCID) | {"author": [{"given": "Jan", "family": "Pieters", "affiliation": []}]}
    return {"indexed": made["indexed"], **{name: value for name, value in made.items() if name != "indexed"}, **more}


OURS = [
    work(1, author=[{"given": "A.", "family": "Berg", "ORCID": f"http://orcid.org/{ANNA.orcid}"}]),
    work(2, author=[{"given": "B.", "family": "'t Hooft", "affiliation": [HERE]}]),
    work(
        3, author=[{"family": "Unknown", "affiliation": [{"id": [{"id": f"https://ror.org/{ROR}", "id-type": "ROR"}]}]}]
    ),
]
OTHERS = [
    work(11),
    work(12, author=[{"given": "B.", "family": "'t Hooft", "affiliation": [{"name": "Elsewhere"}]}]),
    work(13, author=[{"given": "Z.", "family": "'t Hooft", "affiliation": [HERE]}]),
    work(14, author=[{"given": "Jan", "family": "Pieters", "affiliation": [HERE]}]),
    work(15, abstract=f"about {ANNA.orcid} and the University of Example"),
    work(16, reference=[{"key": "1", "DOI": "10.5555/not.a.work", "author": "van der Berg"}]),
]


def packed(items: Sequence[dict[str, Any]], kind: str) -> bytes:
    compact = (",", ":")
    text = {
        "json.gz": json.dumps({"items": items}, separators=compact),
        "wide.json.gz": json.dumps({"items": items}, indent=1),
        "list.json.gz": json.dumps(items),
        "jsonl.gz": "".join(json.dumps(item, separators=compact) + "\n" for item in items),
        "jsonl": "".join(json.dumps(item) + "\r\n\n" for item in items),
    }[kind]
    return gzip.compress(text.encode(), 1) if kind.endswith("gz") else text.encode()


@pytest.fixture
def register(store: Store) -> Store:
    projects.save(store, replace(PROJECT, lead=ANNA, members=(BRAM,)), at=AT)
    return store


def scanned(store: Store, path: Path, **more: Any) -> StageReport:
    return scan.run(store, SETTINGS, now=NOW, path=path, workers=1, **more)


def dois(store: Store) -> list[str]:
    return sorted(found.doi or "" for found in works.every(store))


FOUND = ["10.5555/example.1", "10.5555/example.2", "10.5555/example.3"]


@pytest.mark.parametrize("kind", ["json.gz", "wide.json.gz", "list.json.gz", "jsonl.gz", "jsonl"])
def test_the_registers_works_are_found_in_every_kind_of_file(register: Store, tmp_path: Path, kind: str) -> None:
    """By ORCID; by name where the institution stands behind it; by the institution's ROR id. Not for what merely speaks of them."""
    (tmp_path / f"0.{kind}").write_bytes(packed([*OTHERS[:3], *OURS, *OTHERS[3:]], kind))

    report = scanned(register, tmp_path)

    assert (dois(register), report.faults) == (FOUND, [])
    assert report.counts == {"files": 1, "records": 9, "found": 3, "new": 3}


def test_what_looks_like_the_next_works_beginning_deceives_nobody(register: Store, tmp_path: Path) -> None:
    inside = [{"key": "1"}, {"indexed": {}, "DOI": "10.5555/not.a.work"}, {"indexed": {}}]
    (tmp_path / "0.json.gz").write_bytes(packed([one | {"reference": inside} for one in [*OURS, *OTHERS]], "json.gz"))

    scanned(register, tmp_path)

    assert dois(register) == FOUND


def test_a_tar_is_read_without_unpacking_it(register: Store, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "dump.tar", "w") as held:
        for number, items in enumerate(([*OTHERS, OURS[0]], [OURS[1], *OTHERS], [OURS[2]])):
            content = packed(items, "json.gz")
            member = tarfile.TarInfo(f"April/{number}.json.gz")
            member.size = len(content)
            held.addfile(member, io.BytesIO(content))

    assert scanned(register, tmp_path / "dump.tar").counts["files"] == 3
    assert dois(register) == FOUND


def test_a_file_that_was_read_is_not_read_again_unless_the_register_grew(register: Store, tmp_path: Path) -> None:
    for number, one in enumerate([*OURS, *OTHERS]):
        (tmp_path / f"{number}.json.gz").write_bytes(packed([one], "json.gz"))
    scanned(register, tmp_path)

    assert scanned(register, tmp_path).counts == {"read before": 9}

    projects.save(register, replace(PROJECT, id="9002", lead=Person("Jan", "Pieters", "jan@example.org")), at=AT)
    assert scanned(register, tmp_path).counts == {
        "files": 9, "records": 9, "found": 4, "known as new or newer": 3, "new": 1,
    }  # fmt: skip
    assert dois(register) == ["10.5555/example.1", "10.5555/example.14", *FOUND[1:]]


def test_a_scan_that_was_killed_goes_on_where_it_stood(register: Store, tmp_path: Path) -> None:
    class Killed(BaseException):
        pass

    def kill(done: int, total: int | None, what: str) -> None:
        if done == 2:
            raise Killed

    for number, one in enumerate([*OURS, *OTHERS]):
        (tmp_path / f"{number}.json.gz").write_bytes(packed([one], "json.gz"))
    with pytest.raises(Killed):
        scanned(register, tmp_path, progress=kill)

    assert scanned(register, tmp_path).counts == {"read before": 2, "files": 7, "records": 7, "found": 1, "new": 1}
    assert dois(register) == FOUND


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[: len(content) // 2],
    "no gzip": lambda _: b"\x1f\x8b nonsense",
    "cut JSON": lambda content: gzip.compress(gzip.decompress(content)[:-40]),
    "a web page": lambda _: gzip.compress(b"<html></html>"),
    "empty": lambda _: gzip.compress(b""),
    "a number": lambda _: b"12",
}


@pytest.mark.parametrize("how", DAMAGED)
@pytest.mark.parametrize("kind", ["json.gz", "jsonl.gz"])
def test_a_damaged_file_is_one_sentence_and_the_others_go_on(
    register: Store, tmp_path: Path, how: str, kind: str
) -> None:
    (tmp_path / f"0.{kind}").write_bytes(DAMAGED[how](packed([*OURS, *OTHERS], kind)))
    (tmp_path / "1.json.gz").write_bytes(packed(OURS[:1], "json.gz"))

    report = scanned(register, tmp_path)

    assert (len(report.faults), dois(register)) == (1, FOUND[:1])
    assert report.faults[0].startswith(f"0.{kind}: this ")
    (tmp_path / f"0.{kind}").write_bytes(packed([*OURS, *OTHERS], kind))
    scanned(register, tmp_path)
    assert dois(register) == FOUND


def test_many_damaged_files_are_counted(register: Store, tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.json.gz").write_bytes(b"\x1f\x8b")

    report = scanned(register, tmp_path)

    assert len(report.faults) == 6
    assert report.faults[-1] == f"And 3 more files of {tmp_path} could not be read."


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (False, "{}: No such file or directory."),
        (True, "{}: here are no files of a Crossref public data file (.json.gz or .jsonl.gz)."),
    ],
)
def test_nothing_to_read_is_one_sentence(register: Store, tmp_path: Path, made: bool, sentence: str) -> None:
    path = tmp_path / "dump"
    if made:
        path.mkdir()

    with pytest.raises(UsageError) as raised:
        scanned(register, path)

    assert str(raised.value) == sentence.format(path)


def test_an_empty_register_has_nobody_to_look_for(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        scanned(store, tmp_path)

    assert str(raised.value) == (
        "The register names nobody, so there is nobody to look for. Give it one with: pubtrack register FILE"
    )


def test_what_is_known_in_a_newer_state_stays(register: Store, tmp_path: Path) -> None:
    newer = OURS[0] | {"title": ["A newer title"], "indexed": {"date-time": "2026-11-10T00:00:00Z"}}
    record = Record("crossref", "10.5555/example.1", "crossref", json.dumps(newer).encode(), "2026-11-10T00:00:00Z")
    with register.atomic():
        ingest(register, [record], at=AT, report=StageReport("discover"))
    (tmp_path / "0.json.gz").write_bytes(packed(OURS, "json.gz"))

    scanned(register, tmp_path)

    assert [found.title for found in works.every(register)] == [
        "A newer title",
        "Household study 2",
        "Household study 3",
    ]


def test_a_reported_doi_that_was_not_found_is_found_here(register: Store, tmp_path: Path) -> None:
    reported.take(register, SETTINGS, now=NOW, text="10.5555/Example.11", who="Carla", project=PROJECT.id)
    (tmp_path / "0.json.gz").write_bytes(packed([*OTHERS], "json.gz"))

    scanned(register, tmp_path)
    reported.run(register, SETTINGS, now=NOW)

    assert dois(register) == ["10.5555/example.11"]
    assert [(d.answer, d.who, d.work_id) for d in decisions.every(register)] == [(Answer.MINE, "Carla", 1)]


def test_processes_find_what_one_finds(register: Store, tmp_path: Path) -> None:
    for number, one in enumerate([*OURS, *OTHERS]):
        (tmp_path / f"{number}.json.gz").write_bytes(packed([one], "json.gz"))

    scan.run(register, SETTINGS, now=NOW, path=tmp_path, workers=2)

    assert dois(register) == FOUND


NAMES = st.sampled_from(["Berg", "van der Berg", "'t Hooft", "Hooft", "Pieters", "Ünïversity", "O\u2019Neil"])
PLACES = st.sampled_from(
    [HERE["name"], "UNIVERSITY OF EXAMPLE", "Universiteit van Voorbeeld", "Elsewhere", "Univ. Ex."]
)
AUTHORS = st.lists(
    st.fixed_dictionaries(
        {"family": NAMES},
        optional={
            "given": st.sampled_from(["A.", "Anna", "B", ""]),
            "ORCID": st.sampled_from(
                [f"https://orcid.org/{ANNA.orcid}", ANNA.orcid, f"http://orcid.org/{OTHER_ORCID}"]
            ),
            "affiliation": st.lists(st.fixed_dictionaries({"name": PLACES}), max_size=2),
        },
    ),
    max_size=3,
)


@given(
    st.lists(AUTHORS, min_size=1, max_size=8), st.sampled_from(["json.gz", "wide.json.gz", "jsonl.gz"]), st.booleans()
)
@settings(max_examples=60, deadline=None)
def test_searching_bytes_finds_what_reading_everything_finds(people: list[Any], kind: str, accented: bool) -> None:
    names = ["Ünïversity", "Universität zu Üü"] if accented else ["University of Example", "Universiteit van Voorbeeld"]
    wanted = dump.told([ANNA, BRAM], [ROR], names, ["10.5555/example.3"])
    items = [work(number, author=authors) for number, authors in enumerate(people)]
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"pubtrack-scan-{os.getpid()}.{kind}"
    folder.write_bytes(packed(items, kind))
    try:
        (part,) = dump.parts(folder, wanted)
        found = {doi for doi, _, _ in dump.read(part).works}
    finally:
        folder.unlink()

    everything = dump.whom(wanted)
    assert found == {item["DOI"].lower() for item in items if everything.takes(item)}


@pytest.mark.shared
def test_in_the_real_works_the_bytes_find_what_reading_everything_finds(shared: Path, tmp_path: Path) -> None:
    with gzip.open(shared / "crossref" / "works.jsonl.gz", "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for number, line in enumerate(lines) if number % 8 == 0]
    items = [{"indexed": item.get("indexed", {})} | item for item in items]
    people = [
        Person("", "", orcid=orcid[-19:])
        for item in items[::5]
        for author in item.get("author") or ()
        if isinstance(author, dict) and isinstance(orcid := author.get("ORCID"), str)
    ]
    wanted = dump.told([*people, Person("Jan", "Smith")], ["012p63287"], ["University of Groningen"], [])
    (tmp_path / "0.json.gz").write_bytes(packed(items, "json.gz"))
    (tmp_path / "1.jsonl.gz").write_bytes(packed(items, "jsonl.gz"))

    expected = _taken(items, wanted)
    assert len(expected) > 10
    for part in dump.parts(tmp_path, wanted):
        read = dump.read(part)
        assert (read.fault, read.records, {doi for doi, _, _ in read.works}) == (None, len(items), expected)


def _taken(items: Iterable[dict[str, Any]], wanted: bytes) -> set[str]:
    everything = dump.whom(wanted)
    return {str(item["DOI"]).lower() for item in items if item.get("DOI") and everything.takes(item)}
