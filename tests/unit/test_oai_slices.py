"""discovery/sources/oai_slices.py: a record cut out of its page says what the tree says of it, or is not cut out."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from pubtrack.discovery.crosswalks.xml import strictly
from pubtrack.discovery.sources import oai_answer, oai_slices

DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{}</dc:title></oai_dc:dc>"
)
HEADER = (
    "<header><identifier>oai:example.org:{}</identifier><datestamp>2026-11-01</datestamp><setSpec>a</setSpec></header>"
)
PLAIN = "<record>" + HEADER.format(1) + "<metadata>" + DC.format("Registers &amp; surveys") + "</metadata></record>"
DELETED = '<record><header status="deleted"><identifier>oai:example.org:2</identifier><datestamp>2026-11-02</datestamp></header></record>'
ODD = {
    "CDATA that looks like a record": "<record>"
    + HEADER.format(3)
    + "<metadata>"
    + DC.format("<![CDATA[</record><record>]]>")
    + "</metadata></record>",
    "an identifier in CDATA": "<record><header><identifier><![CDATA[oai:example.org:4]]></identifier><datestamp>2026</datestamp>"
    "</header><metadata>" + DC.format("x") + "</metadata></record>",
    "a comment that looks like a record": "<!-- <record> --><record>"
    + HEADER.format(5)
    + "<metadata><!-- </record> -->"
    + DC.format("x")
    + "</metadata></record>",
    "an instruction": "<record>"
    + HEADER.format(6)
    + "<metadata><?print </record> ?>"
    + DC.format("x")
    + "</metadata></record>",
    "an escaped identifier": "<record>"
    + HEADER.format("7&amp;8")
    + "<metadata>"
    + DC.format("x")
    + "</metadata></record>",
    "attributes": '<record xmlns:own="urn:x" own:a="1">'
    + HEADER.format(9)
    + "<metadata>"
    + DC.format("x")
    + "</metadata></record>",
    "a prefix of its own for what is declared outside": '<record xmlns:xsi="urn:other">'
    + HEADER.format(10)
    + '<metadata xsi:a="1">'
    + DC.format("x")
    + "</metadata></record>",
    "no header": "<record><metadata>" + DC.format("x") + "</metadata></record>",
    "no metadata": "<record>" + HEADER.format(11) + "</record>",
    "deleted, with metadata": '<record><header status="deleted"><identifier>12</identifier><datestamp/></header><metadata>'
    + DC.format("x")
    + "</metadata></record>",
    "white space": "\n <record\n>\n"
    + HEADER.format(13)
    + "\n<metadata>\n "
    + DC.format("x")
    + "\n</metadata >\n</record>\n",
    "a > in an attribute": "<record>"
    + HEADER.format(14)
    + '<metadata><x:a y="a>b" xmlns:x="http://www.loc.gov/mods/v3"/></metadata></record>',
    "metadata called like records": "<record>"
    + HEADER.format(15)
    + '<metadata><recordInfo xmlns="urn:x">y</recordInfo></metadata></record>',
}
REFUSED = {
    "a record in a record": "<record>"
    + HEADER.format(20)
    + '<metadata><record xmlns="http://www.loc.gov/MARC21/slim"/><record xmlns="urn:y">z</record></metadata></record>',
    "white space in an end": "<record>" + HEADER.format(21) + "<metadata>" + DC.format("x") + "</metadata></record >",
    "another prefix": '<o:record xmlns:o="http://www.openarchives.org/OAI/2.0/">' + HEADER.format(22) + "</o:record>",
}


def page(*records: str, prefix: str = "") -> bytes:
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    p = f"{prefix}:" if prefix else ""
    inside = "".join(records)
    if prefix:
        for tag in ("record", "header", "identifier", "datestamp", "setSpec", "metadata"):
            inside = inside.replace(f"<{tag}>", f"<{p}{tag}>").replace(f"</{tag}>", f"</{p}{tag}>")
            inside = inside.replace(f"<{tag} ", f"<{p}{tag} ")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><{p}OAI-PMH {name}="http://www.openarchives.org/OAI/2.0/"'
        f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:amp="urn:a&amp;b"><{p}responseDate>2026-11-16</{p}responseDate>'
        f"<{p}ListRecords>{inside}<{p}resumptionToken/></{p}ListRecords></{p}OAI-PMH>"
    ).encode()


def canonical(raw: bytes) -> bytes:
    return etree.tostring(etree.fromstring(raw), method="c14n")


def cut(text: bytes) -> list[oai_slices.Slice] | None:
    verb = next(strictly(text).iterchildren("{*}ListRecords"))
    return oai_slices.slices(text, verb)


def same(text: bytes) -> list[oai_slices.Slice]:
    """What was cut, once it has been seen to say what the tree says."""
    verb = next(strictly(text).iterchildren("{*}ListRecords"))
    nodes = list(verb.iterchildren("{*}record"))
    found = oai_slices.slices(text, verb)
    assert found is not None
    assert len(found) == len(nodes)
    for (raw, identifier, datestamp, deleted, _), node in zip(found, nodes, strict=True):
        assert canonical(raw) == canonical(etree.tostring(node, encoding="utf-8", with_tail=False))
        told = oai_answer.record(node, "x", "here")
        if identifier is not None:
            assert not isinstance(told, tuple)
            assert (identifier, datestamp or None, deleted) == (told.source_id, told.datestamp, told.deleted)
    return found


@pytest.mark.parametrize("prefix", ["", "oai"])
def test_the_usual_records_are_read_by_one_pattern(prefix: str) -> None:
    found = same(page(PLAIN, DELETED, PLAIN, prefix=prefix))

    assert [(identifier, deleted) for _, identifier, _, deleted, _ in found] == [
        ("oai:example.org:1", False),
        ("oai:example.org:2", True),
        ("oai:example.org:1", False),
    ]


@pytest.mark.parametrize("record", [pytest.param(text, id=name) for name, text in ODD.items()])
@pytest.mark.parametrize("around", [(), (PLAIN,), (DELETED, PLAIN)])
def test_odd_records_are_cut_out_whole(record: str, around: tuple[str, ...]) -> None:
    """The others on the page have the same bytes as on any page, so they do not come back as changed ones."""
    found = same(page(*around, record, *around))

    alone = same(page(*around, PLAIN))[: len(around)]
    assert found[: len(around)] == found[len(around) + 1 :]
    assert [raw for raw, *_ in found[: len(around)]] == [raw for raw, *_ in alone]


@pytest.mark.parametrize("record", [pytest.param(text, id=name) for name, text in REFUSED.items()])
def test_what_cannot_be_told_apart_by_its_text_is_left_to_the_tree(record: str) -> None:
    text = page(PLAIN, record, DELETED)

    assert cut(text) is None
    assert oai_answer.read(text, "x").records[0].source_id == "oai:example.org:1"


def test_other_encodings_are_left_to_the_tree() -> None:
    text = page(PLAIN.replace("Registers", "Régistres")).decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")

    assert cut(text) is None
    [record] = oai_answer.read(text, "x").records
    assert "Régistres".encode() in record.raw


def test_a_page_without_records_has_none() -> None:
    assert cut(page()) is None


def test_a_record_beside_a_broken_one_has_the_bytes_it_has_elsewhere() -> None:
    broken = "<record>" + HEADER.format(9) + "<metadata>" + DC.format("<b>x") + "</metadata></record>"

    answer = oai_answer.read(page(PLAIN, broken, DELETED), "x")

    assert answer.records == oai_answer.read(page(PLAIN, DELETED), "x").records
    assert answer.unusable == (("record 2 of a page", "broken XML"),)


texts = st.text(st.sampled_from("aé<>&'\"]-! \n\t/recod:"), max_size=20)
pieces = st.one_of(
    texts.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "")),
    texts.map(lambda text: f"<![CDATA[{text.replace(']]>', '')}]]>"),
    texts.map(lambda text: f"<!--{text.replace('-', '')}-->"),
    texts.map(lambda text: f"<?a {text.replace('?>', '')}?>"),
    st.sampled_from(["<record/>", "<record></record>", "<a:record xmlns:a='urn:a'/>", "<recordInfo/>", "<header/>"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(pieces, max_size=4), min_size=1, max_size=4))
def test_whatever_stands_in_records_what_is_cut_out_is_what_the_tree_says(contents: list[list[str]]) -> None:
    text = page(
        *(
            f"<record>{HEADER.format(n)}<metadata>{DC.format(''.join(held))}</metadata></record>"
            for n, held in enumerate(contents)
        )
    )

    if cut(text) is not None:
        same(text)


@pytest.mark.shared
def test_real_records_are_cut_out_of_their_pages(shared: Path) -> None:
    """Every whole list there is, and every single record that is whole XML by itself, put into a page."""
    lists = 0
    for path in sorted((shared / "oai" / "responses").glob("*.xml")):
        text = path.read_bytes()
        if b"<ListRecords" in text and b"<record" in text and cut(text) is not None:
            same(text)
            lists += 1
    with gzip.open(shared / "oai" / "records.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line)["xml"] for line in lines]
    whole = tree = 0
    for xml in records:
        try:
            text = page(etree.tostring(etree.fromstring(xml), encoding="unicode"))
        except etree.XMLSyntaxError:  # cut out of its page without the prefixes that were declared there
            continue
        if cut(text) is None:
            tree += 1
        else:
            same(text)
            whole += 1
    print(f"\n  {lists} lists, {whole} records cut out, {tree} left to the tree")
    assert whole > 10 * tree
