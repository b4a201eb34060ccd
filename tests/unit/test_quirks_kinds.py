"""A golden pair for every kind of record that repositories and other services were seen to give: what it says it is, what must come out.

The kinds are read off the records, the real ones and ours alike; a kind of a real record without a row here turns the last test red.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.discovery.crosswalks.xml import parsed
from pubtrack.discovery.ingest import ingest
from pubtrack.errors import UnusableRecord
from pubtrack.models import Record, StageReport
from pubtrack.store import Store
from tests.conftest import AT
from tests.unit import test_crosswalk_datacite_xml as datacite_xml
from tests.unit import test_crosswalk_oai_dc as oai_dc
from tests.unit import test_crosswalk_repositories as repositories

TITLE = "Social mobility"
EU_REPO = "info:eu-repo/semantics/"


def of_dc(kind: str) -> bytes:
    return oai_dc.record(("title", TITLE), ("type", kind))


def of_didl(kind: str) -> bytes:
    what, _, value = kind.partition(" ")
    if value == "oai_dc":
        core = oai_dc.record(("title", TITLE)).decode().partition("<metadata>")[2].partition("</metadata>")[0]
        return repositories.didl_of(repositories.described(core), repositories.START)
    genre = f"<genre>{value}</genre>" if what == "genre" else ""
    mods = repositories.mods_of(f"<titleInfo><title>{TITLE}</title></titleInfo>{genre}")
    if what == "MODS":
        mods = mods.replace('version="3.8"', f'version="{value}"')
    return repositories.didl_of(repositories.described(mods), repositories.START)


def of_cerif(kind: str) -> bytes:
    entity, _, coar = kind.partition(" ")
    typed = f"<Type>http://purl.org/coar/resource_type/{coar}</Type>" if coar else ""
    name = "Name" if entity == "Product" else "Title"
    return repositories.cerif_of(entity, typed, f"<{name}>{TITLE}</{name}>")


def of_datacite(kind: str) -> bytes:
    typed = f'<resourceType resourceTypeGeneral="{kind}">{kind}</resourceType>'
    return datacite_xml.xml(elements=datacite_xml.BASE | {"resourceType": typed})


def of_json(record: Callable[[str], dict[str, Any]]) -> Callable[[str], bytes]:
    return lambda kind: json.dumps(record(kind)).encode()


JOURNAL = {"source": {"display_name": "J Ex", "type": "journal"}}
OURS: dict[str, Callable[[str], bytes]] = {
    "oai_dc": of_dc,
    "didl": of_didl,
    "cerif": of_cerif,
    "datacite": of_datacite,
    "datacite-json": of_json(
        lambda kind: {"doi": "10.5555/1", "titles": [{"title": TITLE}], "types": {"resourceTypeGeneral": kind}}
    ),
    "openalex": of_json(
        lambda kind: {"id": "https://openalex.org/W1", "title": TITLE, "type": kind, "primary_location": JOURNAL}
    ),
    "europe-pmc": of_json(
        lambda kind: {"id": "1", "source": "MED", "title": TITLE, "pubType": kind, "journalTitle": "J Ex"}
    ),
}
DATACITE = {
    "Audiovisual": "motion_picture",
    "Collection": "a collection, not a publication",
    "Dataset": "dataset",
    "Image": "graphic",
    "InteractiveResource": "document",
    "JournalArticle": "article-journal",
    "Other": "document",
    "Preprint": "article, Preprint",
    "Software": "software",
    "Text": "document",
}
# The format: the kind: the work's type, and its genre if the kind says one; or why there is no work.
KINDS: dict[str, dict[str, str]] = {
    "oai_dc": {
        "Article": "article-journal",
        "Book": "book",
        "Book chapter": "chapter",
        "Example": "document",
        "Example & 1": "document",
        "Inaugural Address": "speech",
        "InteractiveResource": "document",
        "Other": "document",
        "Preprint": "article",
        "Technical Report": "report",
        "Thesis": "thesis",
        "Working Paper": "report",
        "doc-type:article": "article-journal",
        "text": "document",
        f"{EU_REPO}article": "article-journal",
        f"{EU_REPO}book": "book",
        f"{EU_REPO}conferencePaper": "paper-conference",
        f"{EU_REPO}conferenceProceedings": "book",
        f"{EU_REPO}lecture": "speech",
        f"{EU_REPO}other": "document",
        f"{EU_REPO}preprint": "article",
        f"{EU_REPO}technicalDocumentation": "report",
    },
    "didl": {
        "with oai_dc": "document",
        "MODS 3.0": "document",
        "MODS 3.2": "document",
        "MODS 3.3": "document",
        "MODS 3.8": "document",
        f"genre {EU_REPO}article": "article-journal",
        f"genre {EU_REPO}book": "book",
        f"genre {EU_REPO}doctoralThesis": "thesis",
        f"genre {EU_REPO}report": "report",
    },
    "cerif": {
        "Equipment": "a piece of equipment, not a publication",
        "Event": "an event, not a publication",
        "Funding": "a funding, not a publication",
        "OrgUnit": "an organisation, not a publication",
        "Patent c_15cd": "patent",
        "Person": "a person, not a publication",
        "Product c_5ce6": "software",
        "Product c_ddb1": "dataset",
        "Project": "a project, not a publication",
        "Publication c_0640": "a journal, not a publication",
        "Publication c_5794": "paper-conference",
        "Publication c_6501": "article-journal",
        "Publication c_b239": "article-journal",
        "Publication c_f744": "book",
    },
    "datacite": DATACITE,
    "datacite-json": DATACITE,
    "openalex": {
        "article": "article-journal",
        "book": "book",
        "book-chapter": "chapter",
        "conference-paper": "paper-conference",
        "dataset": "dataset",
        "dissertation": "thesis",
        "other": "document",
        "peer-review": "a peer review, not a publication",
        "preprint": "article, Preprint",
    },
    "europe-pmc": {
        "correction": "article-journal, Correction notice",
        "published erratum": "article-journal, Correction notice",
        "retraction notice": "article-journal, Retraction notice",
        "retraction of publication": "article-journal, Retraction notice",
    }
    | dict.fromkeys(
        """abstract;article-commentary;brief-report;case reports;case-report;clinical trial, phase ii;comment;comparative study
        editorial;english abstract;equivalence trial;journal article;letter;meta-analysis;multicenter study;news;observational study
        practice guideline;randomized controlled trial;research-article;review;review-article;scoping review;systematic review
        systematic-review;validation study""".replace("\n        ", ";").split(";"),
        "article-journal",
    ),
}
ROWS = [(format_, kind, expected) for format_, kinds in KINDS.items() for kind, expected in kinds.items()]


@pytest.mark.parametrize(("format_", "kind", "expected"), ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_what_a_record_says_it_is_and_what_comes_out(format_: str, kind: str, expected: str) -> None:
    raw = OURS[format_](kind.replace("&", "&amp;") if format_ == "oai_dc" else kind)

    assert kind in kinds(format_, raw)
    if expected.endswith("not a publication"):
        with pytest.raises(UnusableRecord, match=f"^{expected}$"):
            CROSSWALKS[format_](raw)
        return
    csl = CROSSWALKS[format_](raw).csl
    assert (csl["title"], ", ".join(csl[name] for name in ("type", "genre") if name in csl)) == (TITLE, expected)


UNREAD = ("doaj", "marc", "other")


@pytest.mark.parametrize("format_", [*UNREAD, "deleted"])
def test_what_no_crosswalk_reads_and_what_is_deleted_is_counted(store: Store, format_: str) -> None:
    record = Record("repository", "oai:1", format_, b"<record/>", deleted=format_ == "deleted")
    report = StageReport("discover")
    ingest(store, [record], at=AT, report=report)

    (row,) = store.rows("SELECT unusable FROM sightings")
    if format_ == "deleted":
        assert (report.counts, row["unusable"]) == ({"deleted": 1}, None)
    else:
        assert (report.counts, row["unusable"]) == ({"unusable": 1}, f"no crosswalk reads the format {format_}")


def kinds(format_: str, raw: bytes) -> Iterator[str]:
    """What a record says it is, in the words of its format."""
    if format_ in OURS and not raw.startswith(b"{"):
        yield from READ_OFF[format_](raw)
        return
    item = json.loads(raw)
    item = item.get("attributes", item)
    if format_ == "datacite-json":
        yield item["types"].get("resourceTypeGeneral") or "none"
    elif format_ == "openalex":
        yield item["type"]
    else:
        yield from (item.get("pubType") or "none").split("; ")


def _texts(raw: bytes, name: str) -> Iterator[str]:
    yield from (node.text.strip() for node in parsed(raw).iter(f"{{*}}{name}") if node.text)


def _didl(raw: bytes) -> Iterator[str]:
    yield from (f"genre {text}" for text in _texts(raw, "genre"))
    for mods in parsed(raw).iter("{*}mods"):
        yield f"MODS {mods.get('version')}"
    if any(True for _ in parsed(raw).iter("{*}dc")):
        yield "with oai_dc"


def _cerif(raw: bytes) -> Iterator[str]:
    (metadata,) = parsed(raw).iter("{*}metadata")
    (entity,) = metadata
    name = entity.tag.rpartition("}")[2]
    own = [re.search(r"resource_type/(\w+)", str(child.text)) for child in entity.iterchildren("{*}Type")]
    yield from [f"{name} {match[1]}" for match in own if match] or [name]


READ_OFF: dict[str, Callable[[bytes], Iterator[str]]] = {
    "oai_dc": lambda raw: _texts(raw, "type"),
    "didl": _didl,
    "cerif": _cerif,
    "datacite": lambda raw: (str(node.get("resourceTypeGeneral")) for node in parsed(raw).iter("{*}resourceType")),
}


@pytest.mark.shared
def test_every_kind_of_real_record_has_a_golden_pair(shared: Path) -> None:
    met: dict[str, set[str]] = {}
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            met.setdefault(row["family"], set()).update(
                kinds(row["family"], row["xml"].encode()) if row["family"] in OURS else ()
            )
    for format_, name in (
        ("datacite-json", "datacite_dois"),
        ("openalex", "openalex_works"),
        ("europe-pmc", "europepmc_results"),
    ):
        with gzip.open(shared / "other" / f"{name}.jsonl.gz", "rb") as records:
            met[format_] = {kind for raw in records for kind in kinds(format_, raw)}

    assert set(met) == {*OURS, *UNREAD, "deleted"}
    assert {format_: found - set(KINDS[format_]) for format_, found in met.items() if format_ in OURS} == {
        format_: set() for format_ in OURS
    }
