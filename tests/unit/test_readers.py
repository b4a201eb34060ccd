"""Documents of every kind, whole and damaged, read in a process of their own."""

from __future__ import annotations

import gzip
import io
import json
import signal
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from pubtrack.credit import readers
from pubtrack.credit.check import READER, check_file, judge_for
from pubtrack.credit.readers import Limits, jats, pdf, worker
from pubtrack.credit.readers.cleaning import filled, join_hyphens, letters_in, tidy, unframe
from pubtrack.credit.readers.html import read as read_html
from pubtrack.credit.text import Text
from pubtrack.errors import Unreadable, UsageError
from pubtrack.models import Verdict
from pubtrack.obligations.policy import load
from tests.conftest import ROOT

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
CREDIT = "We use microdata from Statistics Netherlands on all households."


def made(pages: Sequence[Sequence[tuple[float, float, str]]], *, password: str | None = None) -> bytes:
    """A PDF of pages of lines, each at its place."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, encrypt=StandardEncryption(password, "owner") if password else None)
    for page in pages:
        canvas.setFont("Helvetica", 9)
        for x, y, line in page:
            canvas.drawString(x, y, line)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def column(lines: Sequence[str], x: float = 60, top: float = 780) -> list[tuple[float, float, str]]:
    return [(x, top - 12 * number, line) for number, line in enumerate(lines)]


FILLER = [
    f"This is line {word} of a paper about something else entirely, so that there is text." for word in "abcdefghij"
]


def whole(text: Text) -> str:
    return "\n".join(block.text for block in text.blocks)


def verdict(text: Text) -> Verdict:
    return judge_for(POLICY)(text, reader=READER).verdict


def test_a_pdf_is_read_page_by_page() -> None:
    text = readers.read(made([column(FILLER), column([*FILLER, CREDIT])]))

    found = judge_for(POLICY)(text, reader=READER)
    assert (text.kind, text.complete, found.verdict) == ("pdf", True, Verdict.CREDITED)
    assert [(quote.quote, quote.page) for quote in found.evidence] == [(CREDIT, 2)]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [*FILLER[:8], "Our analysis is made with", "microdata from Statistics"]
    right = ["Netherlands, which cover all", "households.", *FILLER[:5]]

    text = pdf.read(made([column(left, 60) + column(right, 330)]))

    assert "microdata from Statistics\nNetherlands, which cover all" in whole(text)


def test_line_numbers_are_taken_off_and_hyphens_put_back() -> None:
    """A manuscript for review numbers its lines; a word parted at a line's end goes on after the number."""
    lines = [
        *FILLER,
        "Data",
        "We use non-public micro-",
        "data from Statistics Nether-",
        "lands on all households.",
        *FILLER,
    ]
    numbered = [(30, y, str(number)) for number, (_, y, _) in enumerate(column(lines), 1)]
    placed = [item for pair in zip(numbered, column(lines), strict=True) for item in pair]

    text = pdf.read(made([placed]))

    assert "We use non-public microdata from Statistics Netherlands on all households." in " ".join(whole(text).split())


def test_headers_footers_and_page_numbers_do_not_stand_in_a_sentence() -> None:
    """A sentence goes on over a page break, whatever is printed at the pages' edges."""
    bodies = [
        [*FILLER, "The registers that we use are microdata of Statistics"],
        ["Netherlands, and cover everyone.", *FILLER],
        FILLER,
        FILLER,
    ]
    pages = [
        [
            (60, 820, "J. Jansen and C. de Vries: Mobility"),
            *column(body),
            (60, 30, f"Journal of Examples {number}"),
            (300, 15, str(number)),
        ]
        for number, body in enumerate(bodies, 11)
    ]

    text = pdf.read(made(pages))

    assert "Jansen" not in whole(text)
    assert "Journal of Examples" not in whole(text)
    found = judge_for(POLICY)(text, reader=READER)
    assert [(quote.quote, quote.page) for quote in found.evidence] == [
        ("The registers that we use are microdata of Statistics Netherlands, and cover everyone.", 1)
    ]


def test_an_encrypted_pdf_is_no_verdict() -> None:
    with pytest.raises(Unreadable, match=r"^the PDF is encrypted: it opens only with a password$"):
        readers.read(made([column(FILLER)], password="secret"))


def test_a_scanned_pdf_is_no_verdict() -> None:
    """Pages without text, only with pictures."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for _ in range(3):
        canvas.rect(50, 50, 400, 700, fill=1)
        canvas.showPage()
    canvas.save()

    with pytest.raises(Unreadable, match=r"^the PDF is scanned: there is no text in it, only images$"):
        readers.read(buffer.getvalue())


def test_a_pdf_that_is_cut_off_is_never_absent() -> None:
    """What is left of it may still show a credit; that there is none it cannot show."""
    whole_file = made([column(FILLER)] * 20)
    for length in range(1000, len(whole_file) - 50, len(whole_file) // 12):
        answer = worker.answer(whole_file[:length], 1_000_000)
        assert "unreadable" in answer or answer["complete"] is False


def test_some_pages_without_text_make_a_pdf_incomplete() -> None:
    text = pdf.read(made([column(FILLER), [], [], column(FILLER)]))

    assert (text.complete, text.reason) == (False, "2 of 4 pages hold no text: they may be scanned")


HTML = """<!doctype html><html lang="en"><head><title>A title</title><style>p {{ CBS }}</style></head><body>
<script>var x = "We use microdata from Statistics Netherlands.";</script>
<h1>A title</h1><h2>Introduction</h2><p>Something.</p><h2>Methods</h2><p>We did it.</p><h2>Results</h2><p>{body}</p>
<aside>An aside.</aside><figure><figcaption>Source: {caption}</figcaption></figure><div class="footnotes"><p>{note}</p></div>
<h2>References</h2><ul><li>{reference}</li></ul></body></html>"""


def page(**parts: str) -> bytes:
    return HTML.format(**{"body": "It.", "caption": "none.", "note": "none.", "reference": "none.", **parts}).encode()


@pytest.mark.parametrize(
    ("part", "expected", "section"),
    [
        ("body", Verdict.CREDITED, "results"),
        ("caption", Verdict.CREDITED, "tables and figures"),
        ("note", Verdict.CREDITED, "notes"),
        ("reference", Verdict.MENTIONED, "references"),
    ],
)
def test_the_whole_page_counts(part: str, expected: Verdict, section: str) -> None:
    """Footnotes, captions and asides too; the reference list apart."""
    found = judge_for(POLICY)(readers.read(page(**{part: CREDIT})), reader=READER)

    assert (found.verdict, found.evidence[0].section) == (expected, section)


def test_scripts_and_styles_do_not_count() -> None:
    assert verdict(readers.read(page())) is Verdict.ABSENT


def test_a_landing_page_is_no_full_text() -> None:
    """An abstract without a credit proves nothing; one with a credit does."""
    landing = (
        '<html><head><meta name="citation_title" content="A"><title>A</title></head><body><h1>A title</h1><h2>Abstract</h2>'
        "<p>{} We study mobility and find some of it in every town that we looked at.</p><a href='a.pdf'>Download PDF</a></body></html>"
    )

    without, with_ = (read_html(landing.format(abstract).encode()) for abstract in ("", CREDIT))

    assert (without.complete, without.reason) == (False, "only the landing page or abstract, not the full text")
    assert (verdict(without), verdict(with_)) == (Verdict.UNREADABLE, Verdict.CREDITED)


def test_a_gate_is_no_text() -> None:
    text = read_html(
        b"<html><body><h1>Just a moment...</h1><p>Checking your browser before you go on to the journal.</p></body></html>"
    )

    assert text.reason == "the page asks for something else first: a login, a browser check, a payment"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(encoding: str) -> None:
    """Declared or not."""
    plain = readers.read(f"Café. {CREDIT}".encode(encoding))
    declared = "" if encoding.startswith("utf-16") else f'<meta charset="{encoding.removesuffix("-sig")}">'
    html = readers.read(f"<html><head>{declared}</head><body><p>Café. {CREDIT}</p></body></html>".encode(encoding))

    assert (plain.kind, html.kind) == ("text", "html")
    assert whole(plain) == whole(html) == f"Café. {CREDIT}"


def test_nested_html_is_read_to_its_end_or_said_to_be_cut() -> None:
    """libxml2 drops what is nested deeper than 2,048, and says so only in its log."""
    deep, deeper = (
        b"<html><body>" + b"<div>" * n + CREDIT.encode() + b"</div>" * n + b"</body></html>" for n in (1500, 3000)
    )

    assert CREDIT in whole(readers.read(deep))
    with pytest.raises(Unreadable, match=r"^the page is nested too deeply$"):
        readers.read(deeper)


JATS = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS 1.0//EN" "http://127.0.0.1:9/jats.dtd" {subset}>
<article xml:lang="en" article-type="research-article"><front><article-meta>
<title-group><article-title>A &alpha; title</article-title></title-group>
<abstract><p>Abstract.</p></abstract></article-meta></front>{body}
<back><ack><p>{ack}</p></ack><fn-group><fn><p>{fn}</p></fn></fn-group><ref-list><ref><mixed-citation>{ref}</mixed-citation></ref></ref-list></back></article>"""


def article(**parts: str) -> bytes:
    body = parts.pop("body", "<body><sec sec-type='methods'><title>Methods</title><p>Something.</p></sec></body>")
    return JATS.format(**{"subset": "", "ack": "none", "fn": "none", "ref": "none", **parts}, body=body).encode()


@pytest.mark.parametrize(
    ("part", "expected", "section"),
    [
        ("ack", Verdict.CREDITED, "acknowledgements"),
        ("fn", Verdict.CREDITED, "notes"),
        ("ref", Verdict.MENTIONED, "references"),
    ],
)
def test_an_articles_sections_are_known(part: str, expected: Verdict, section: str) -> None:
    found = judge_for(POLICY)(readers.read(article(**{part: CREDIT})), reader=READER)

    assert (found.verdict, found.evidence[0].section) == (expected, section)


def test_named_entities_are_mapped_and_none_is_expanded() -> None:
    """No DTD is fetched, no entity of a document's own is expanded, no file is read."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    subset = f'[<!ENTITY l0 "lol">{lol}<!ENTITY file SYSTEM "file:///etc/passwd">]'

    text = readers.read(article(subset=subset, ack="&l8; &file; caf&eacute;"))

    assert text.title == "A α title"
    assert "café" in whole(text)
    assert "lollol" not in whole(text)
    assert "root:" not in whole(text)


def test_an_article_without_a_body_is_no_full_text() -> None:
    text = jats.read(article(body=""))

    assert (text.complete, text.reason) == (False, "only the landing page or abstract, not the full text")


def test_an_article_that_is_cut_off_is_never_absent() -> None:
    data = article()
    for length in range(300, len(data) - 20, 40):
        answer = worker.answer(data[:length], 1_000_000)
        assert "unreadable" in answer or answer["complete"] is False


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"   \n\n", "there is no text in it"),
        (b"PK\x03\x04rest", "it is a zip archive or an office document other than docx, which is not read"),
        (gzip.compress(b"hello", mtime=0), "it is a gzip archive, which is not read"),
        (b"\x89PNG\r\n\x1a\n", "it is an image, which is not read"),
        (bytes(range(256)) * 40, "no kind of document that can be read"),
        (b"%PDF-1.7 and then nothing of the kind", "the PDF is damaged"),
        (b"<?xml version='1.0'?><rss><channel/></rss>", "it is an XML file, but no JATS article"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        readers.read(data)

    assert str(caught.value) == reason


def test_a_document_that_takes_too_much_memory_is_no_verdict() -> None:
    with pytest.raises(Unreadable):
        readers.read(b"word " * 8_000_000, Limits(memory=120_000_000))


def test_a_document_that_takes_too_long_is_no_verdict() -> None:
    with pytest.raises(Unreadable, match=r"took longer than 0\.01 seconds"):
        readers.read(made([column(FILLER)] * 50), Limits(wall=0.01))


def test_a_document_that_is_too_big_is_not_even_opened() -> None:
    with pytest.raises(Unreadable, match=r"^the file is larger than 1 MB$"):
        readers.read(b"x" * 1_000_001, Limits(max_bytes=1_000_000))


def test_a_text_that_is_too_long_is_no_verdict() -> None:
    with pytest.raises(Unreadable, match="too long"):
        readers.read(b"word " * 10_000, Limits(max_characters=1_000))


@cache
def bomb() -> bytes:
    """A PDF whose page inflates to a gigabyte of text."""
    stream = zlib.compress(b"BT (x) Tj ET " * 30_000_000, 9)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << >> >>",
        b"<< /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    data = b"%PDF-1.4\n" + b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in enumerate(objects, 1))
    return data + b"trailer << /Root 1 0 R >>\n%%EOF"


def test_a_stream_that_unpacks_without_end_is_no_verdict() -> None:
    with pytest.raises(Unreadable):
        readers.read(bomb(), Limits(memory=300_000_000, seconds=3, wall=8))


@pytest.mark.parametrize(
    ("status", "answer", "reason"),
    [
        (-signal.SIGSEGV, b"", "its reader broke down on it: the file is damaged, or needs more memory than allowed"),
        (-signal.SIGXCPU, b"", "reading it took more than 60 seconds of processor time"),
        (-signal.SIGXFSZ, b"", "its text is too long"),
        (0, b"", "its reader gave no proper answer"),
        (0, b"[]", "its reader gave no proper answer"),
        (0, json.dumps({"kind": "pdf", "blocks": [["x"]]}).encode(), "its reader gave no proper answer"),
    ],
)
def test_whatever_happens_to_the_worker_is_a_reason(status: int, answer: bytes, reason: str) -> None:
    """A reader that is killed, or that is taken over and answers nonsense, hurts nobody and decides nothing."""
    with pytest.raises(Unreadable) as caught:
        readers._text(status, answer, Limits())

    assert str(caught.value) == reason


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"%PDF-1.7\n", b"<html><body>", b"<article><front>", b"\xff\xfe", b"<?xml version='1.0'?>"]),
)
def test_any_bytes_get_an_answer(data: bytes, start: bytes) -> None:
    answer = worker.answer(start + data, 10_000)

    assert "unreadable" in answer or Text.from_json(answer).blocks is not None


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 5000), st.binary(min_size=1, max_size=30))
def test_a_pdf_with_bytes_changed_gets_an_answer(place: int, noise: bytes) -> None:
    data = bytearray(SAMPLE)
    data[place % len(data) : place % len(data) + len(noise)] = noise

    answer = worker.answer(bytes(data), 100_000)

    assert "unreadable" in answer or Text.from_json(answer).kind in ("pdf", "text", "markdown")


SAMPLE = made([column(FILLER), column(FILLER)])


def test_words_are_put_right() -> None:
    assert tidy("e\ufb03cient\u00a0data\x00") == "efficient data"
    assert (
        join_hyphens("Nether-\nlands, micro\u00ad\ndata, CBS-\nmicrodata") == "Netherlands, microdata, CBS-\nmicrodata"
    )
    assert unframe("* The data of *\n* the office *\n* are here *") == "The data of\nthe office\nare here"


def test_a_file_is_checked_without_database_or_network(tmp_path: Path) -> None:
    """By content: the name says nothing."""
    file = tmp_path / "manuscript.docx"
    file.write_bytes(made([column([*FILLER, CREDIT])]))

    found = check_file(file, POLICY, institution="University of Example")

    assert (found.verdict, found.policy, found.policy_version) == (Verdict.CREDITED, "cbs-microdata", POLICY.version)
    assert found.suggestion is not None
    assert found.suggestion.startswith("Results based on calculations by University of Example using")


def test_a_file_that_cannot_be_read_is_unreadable_and_a_wrong_path_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()

    found = check_file(tmp_path / "empty.pdf", POLICY)
    assert (found.verdict, found.reason) == (Verdict.UNREADABLE, "the file is empty")
    with pytest.raises(UsageError, match=r"is a folder\. Name the files in it\.$"):
        check_file(tmp_path, POLICY)
    with pytest.raises(UsageError, match=r"missing\.pdf: there is no such file\.$"):
        check_file(tmp_path / "missing.pdf", POLICY)


def test_nothing_of_a_worker_is_left_behind() -> None:
    """Not even of one that had to be killed."""
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(Unreadable):
        readers.read(made([column(FILLER)] * 50), Limits(wall=0.01))

    assert set(psutil.Process().children(recursive=True)) - before == set()


def test_one_bad_document_does_not_hurt_the_next() -> None:
    """Out of memory, out of time, too long, damaged: each has its reason, and the good one after it is read as if it were the first."""
    reasons = []
    for bad, limits in (
        (bomb(), Limits(memory=200_000_000)),
        (bomb(), Limits(memory=4_000_000_000, wall=0.4)),
        (b"word " * 10_000, Limits(max_characters=1_000)),
        (b"x" * 1_001, Limits(max_bytes=1_000)),
        (b"%PDF-1.7 nothing", Limits()),
    ):
        with readers.Reader(limits) as reader:
            for _ in range(2):
                with pytest.raises(Unreadable) as caught:
                    reader.read(bad)
                assert whole(reader.read(CREDIT.encode())) == CREDIT
            reasons.append(str(caught.value))

    assert reasons[1:] == [
        "reading it took longer than 0.4 seconds",
        "its text is too long",
        "the file is larger than 0 MB",
        "the PDF is damaged",
    ]


def test_a_worker_that_is_gone_is_replaced() -> None:
    """Killed between two documents, or in the middle of one: then that one is no verdict, or is read by the next worker."""
    with readers.Reader() as reader:
        for _ in range(3):
            assert whole(reader.read(CREDIT.encode())) == CREDIT
            assert reader._worker is not None
            reader._worker.kill()
            reader._worker.wait()


def test_many_documents_leave_nothing_behind() -> None:
    """One worker reads them all; the parent's memory stays flat."""
    parent = psutil.Process()
    texts = [f"{CREDIT} {number} ".encode() * 200 for number in range(300)]
    with readers.Reader() as reader:
        held = []
        workers = set()
        for data in texts:
            reader.read(data)
            held.append(parent.memory_info().rss)
            workers.add(reader._worker and reader._worker.pid)

    assert len(workers) == 1
    assert held[-1] - held[50] < 3_000_000
    assert [child for child in parent.children(recursive=True) if child.pid in workers] == []


@pytest.mark.shared
def test_real_articles(shared: Path) -> None:
    """None of the 52 credits Statistics Netherlands, a dozen hold another CBS, one names it in a definition; nothing breaks."""
    verdicts: dict[str, Any] = {}
    for file in sorted((shared / "jats").glob("*.xml.gz")):
        text = jats.read(gzip.decompress(file.read_bytes()))
        verdicts[file.name.removesuffix(".xml.gz")] = verdict(text)

    assert len(verdicts) == 52
    assert {name: found for name, found in verdicts.items() if found is not Verdict.ABSENT} == {
        "PMC6238371": Verdict.MENTIONED
    }


@given(st.text(alphabet=st.sampled_from("ab-é ÿŠ統β1_\n\t\xa0\u2003\u3000\x1c\x85\U0001d6fc"), max_size=60))
@settings(deadline=None)
def test_letters_and_blanks_are_counted_as_python_counts_them(text: str) -> None:
    assert letters_in(text) == sum(map(str.isalpha, text))
    assert filled(text) == len("".join(text.split()))
