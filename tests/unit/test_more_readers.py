"""Manuscripts as their authors write them: DOCX, LaTeX, Markdown; told apart by content."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from itertools import pairwise

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.credit import readers
from pubtrack.credit.check import READER, judge_for
from pubtrack.credit.readers import latex, markdown, worker
from pubtrack.credit.readers.kinds import sniff
from pubtrack.credit.text import Text
from pubtrack.errors import Unreadable
from pubtrack.models import Verdict
from pubtrack.obligations.policy import load
from tests.conftest import ROOT

POLICY = load(ROOT / "config" / "policies" / "cbs-microdata.toml")
CREDIT = "We use microdata from Statistics Netherlands on all households."
FILLER = "This is a paper about something else entirely, so that there is text."


def whole(text: Text) -> str:
    return "\n".join(block.text for block in text.blocks)


def verdict(text: Text) -> Verdict:
    return judge_for(POLICY)(text, reader=READER).verdict


def word(*, body: str = "", table: str = "", header: str = "", footer: str = "", heading: str = "Methods") -> bytes:
    document = docx.Document()
    document.add_heading("A title", 0)
    document.add_heading(heading, 1)
    document.add_paragraph(FILLER)
    if body:
        document.add_paragraph(body)
    if table:
        document.add_table(1, 2).cell(0, 1).text = table
    document.sections[0].header.paragraphs[0].text = header
    document.sections[0].footer.paragraphs[0].text = footer
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def with_part(data: bytes, name: str, change: Callable[[str], str]) -> bytes:
    """The same file, with one part changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            content = old.read(member)
            new.writestr(member, change(content.decode()).encode() if member == name else content)
    return buffer.getvalue()


def in_body(xml: str) -> bytes:
    """A file whose body holds this markup of WordprocessingML."""
    return with_part(word(), "word/document.xml", lambda text: text.replace("<w:sectPr", f"{xml}<w:sectPr", 1))


def with_footnote(note: str) -> bytes:
    """A file with a footnotes part, as Word writes it."""
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    data = with_part(
        word(),
        "[Content_Types].xml",
        lambda text: text.replace(
            "</Types>", f'<Override PartName="/word/footnotes.xml" ContentType="{kind}"/></Types>'
        ),
    )
    data = with_part(
        data,
        "word/_rels/document.xml.rels",
        lambda text: text.replace(
            "</Relationships>", f'<Relationship Id="rId99" Type="{relation}" Target="footnotes.xml"/></Relationships>'
        ),
    )
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(
            "word/footnotes.xml",
            f'<w:footnotes xmlns:w="{space}"><w:footnote w:id="2"><w:p><w:r><w:t>{note}</w:t></w:r></w:p></w:footnote></w:footnotes>',
        )
    return buffer.getvalue()


@pytest.mark.parametrize("part", ["body", "table", "header", "footer"])
def test_every_part_of_a_docx_counts(part: str) -> None:
    text = readers.read(word(**{part: CREDIT}))

    assert (text.kind, text.complete, verdict(text)) == ("docx", True, Verdict.CREDITED)


def test_a_footnote_of_a_docx_counts_even_under_the_reference_list() -> None:
    found = judge_for(POLICY)(readers.read(with_footnote(CREDIT)), reader=READER)

    assert (found.verdict, found.evidence[0].section) == (Verdict.CREDITED, "notes")


def test_a_docx_without_a_credit_is_absent_and_its_reference_list_is_known() -> None:
    assert verdict(readers.read(word())) is Verdict.ABSENT
    assert verdict(readers.read(word(body=CREDIT, heading="References"))) is Verdict.MENTIONED


BOX = """<w:p><w:r><w:t>Before the box, and </w:t></w:r><w:r><mc:AlternateContent
xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice Requires="wps"><w:txbxContent><w:p><w:r><w:t>BOXED</w:t>
</w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback><w:txbxContent><w:p><w:r><w:t>BOXED</w:t></w:r></w:p></w:txbxContent></mc:Fallback>
</mc:AlternateContent></w:r><w:r><w:t>after it.</w:t></w:r></w:p>"""


def test_a_text_box_is_read_once_and_parts_no_sentence() -> None:
    """Word writes it twice, for old readers too."""
    text = whole(readers.read(in_body(BOX)))

    assert "Before the box, and after it.\nBOXED" in text
    assert text.count("BOXED") == 1


def test_what_was_deleted_or_is_hidden_does_not_count() -> None:
    runs = "".join(
        run.format(word)
        for word, run in (
            ("kept ", '<w:ins w:id="1" w:author="x"><w:r><w:t xml:space="preserve">{}</w:t></w:r></w:ins>'),
            ("gone ", '<w:del w:id="2" w:author="x"><w:r><w:delText>{}</w:delText></w:r></w:del>'),
            ("moved ", '<w:moveFrom w:id="3" w:author="x"><w:r><w:t>{}</w:t></w:r></w:moveFrom>'),
            ("hidden ", "<w:r><w:rPr><w:vanish/></w:rPr><w:t>{}</w:t></w:r>"),
            ("end", "<w:r><w:tab/><w:t>{}</w:t><w:noBreakHyphen/><w:t>x</w:t></w:r>"),
        )
    )

    assert whole(readers.read(in_body(f"<w:p>{runs}</w:p>"))).splitlines()[-1] == "kept  end-x"


def test_a_docx_that_takes_in_other_files_is_incomplete() -> None:
    space = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    text = readers.read(in_body(f'<w:altChunk {space} r:id="rId77"/>'))

    assert (text.complete, text.reason) == (False, "parts of it stand in other files")


def test_a_docx_that_unpacks_without_end_is_no_verdict() -> None:
    buffer = io.BytesIO(word())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("word/media/x.png", "w") as bomb:
        for _ in range(301):
            bomb.write(b"\0" * 1_000_000)

    with pytest.raises(Unreadable, match=r"^it unpacks to more than 300 MB$"):
        readers.read(buffer.getvalue())


def test_a_docx_opens_nothing_outside_itself() -> None:
    data = with_part(
        word(),
        "word/document.xml",
        lambda text: text.replace(
            "<w:document", '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><w:document', 1
        ).replace("A title", "A &f; title"),
    )

    assert "root:" not in str(worker.answer(data, 1_000_000))


def test_a_docx_that_is_cut_off_is_never_absent() -> None:
    data = word()
    for length in range(50, len(data) - 10, len(data) // 25):
        assert "unreadable" in worker.answer(data[:length], 1_000_000)


TEX = r"""\documentclass[11pt]{article}
\usepackage{hyperref} % nothing of this is text
\newcommand{\cbs}{Statistics Netherlands}
\title{A title\thanks{Thanks go to everyone.}}
\author{Zo\"e de Vri\'es \and Fran\c{c}ois}
\begin{document}
\maketitle
\begin{abstract} We look at \emph{mobility}. \end{abstract}
\section{Data}\label{sec:data}
We use non-public microdata from \cbs{} \citep[see][p.~3]{someone2020} on all
households.\footnote{Under certain conditions, these \textbf{microdata} are accessible; see \url{https://example.org/a_b}.} % and so on
% We use a comment.
It costs 5\% more \& that is ``fine'' --- really.
\begin{equation} y = \alpha x \end{equation}
\begin{table}\caption{Means. Source: own work.}\begin{tabular}{lr} a & b \\ c & d \\[2pt] \end{tabular}\end{table}
\begin{comment} We use another comment. \end{comment}
\begin{thebibliography}{9}
\bibitem{x} Someone, \emph{A book}, 2020.
\end{thebibliography}
\end{document}
"""


def test_latex_is_stripped_to_its_words() -> None:
    """Comments, commands and mathematics go; footnotes, thanks and captions stand apart; macros that are words are put in."""
    text = readers.read(TEX.encode())

    assert (text.kind, text.complete, verdict(text)) == ("latex", True, Verdict.CREDITED)
    assert [(block.text, block.section) for block in text.blocks] == [
        ("A title", None),
        ("Zoë de Vriés François", None),
        ("Abstract", None),
        ("We look at mobility.", None),
        ("Data", None),
        (
            "We use non-public microdata from Statistics Netherlands on all households. It costs 5% more that is “fine” — really.".replace(
                "more that", "more & that"
            ),
            None,
        ),
        ("a b c d", None),
        ("References", None),
        ("Someone, A book, 2020.", None),
        ("Thanks go to everyone.", "notes"),
        ("Under certain conditions, these microdata are accessible; see https://example.org/a_b.", "notes"),
        ("Means. Source: own work.", "tables and figures"),
    ]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            TEX.replace("\\maketitle", "\\input{/etc/passwd}"),
            "parts of it stand in other files (\\input), which are not opened",
        ),
        (TEX[: TEX.index("\\begin{thebib")], "the LaTeX source is a part of a document, or cut off"),
        (TEX[TEX.index("\\section") :], "the LaTeX source is a part of a document, or cut off"),
    ],
)
def test_latex_that_is_not_the_whole_is_incomplete(source: str, reason: str) -> None:
    text = readers.read(source.encode())

    assert (text.kind, text.complete, text.reason) == ("latex", False, reason)
    assert "root:" not in whole(text)


def test_macros_that_grow_without_end_are_no_verdict() -> None:
    grows = "".join("\\newcommand{\\" + one + "x}{" + f"\\{two}x " * 1000 + "}" for one, two in pairwise("abcdefghij"))

    with pytest.raises(Unreadable, match=r"^its macros grow without end$"):
        latex.read(f"\\documentclass{{a}}{grows}\\begin{{document}}\\ax\\end{{document}}".encode())


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="\\{}[]%$&~ab1'\"cfootnte\n-*", max_size=300))
def test_any_latex_gets_an_answer(body: str) -> None:
    answer = worker.answer(f"\\documentclass{{a}}\\begin{{document}}{body}".encode(), 100_000)

    assert "unreadable" in answer or answer["complete"] is False


MARKDOWN = """---
title: A title
---

# Data

We use *non-public* microdata from [Statistics Netherlands](https://www.cbs.nl)[^1] on
**all** households.<!-- We use a comment. -->

[^1]: Under certain conditions, these microdata are accessible
    to researchers.

References
----------

- Someone. _A book_. 2020.
"""


def test_markdown_is_read_for_what_it_says() -> None:
    text = readers.read(MARKDOWN.encode())

    assert (text.kind, verdict(text)) == ("markdown", Verdict.CREDITED)
    assert [(" ".join(block.text.split()), block.section) for block in text.blocks] == [
        ("title: A title", None),
        ("Data", None),
        ("We use non-public microdata from Statistics Netherlands (https://www.cbs.nl) on all households.", None),
        ("References", None),
        ("- Someone. A book. 2020.", None),
        ("Under certain conditions, these microdata are accessible to researchers.", "notes"),
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (TEX, "latex"),
        (MARKDOWN, "markdown"),
        (f"{FILLER}\n\n{CREDIT}", "text"),
        ("# Data from Statistics Netherlands\n# on all households\n\nx <- 1\n\n# done\n\ny <- 2\n", "text"),
        ("It costs $5 and C:\\temp\\input is a folder. See [1] and [2](a).", "text"),
    ],
)
def test_kinds_are_told_by_content(text: str, kind: str) -> None:
    assert sniff(text.encode()) == kind


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet="#*_[]()^`>-\n ab:<!~|", max_size=300))
def test_any_markdown_gets_an_answer(body: str) -> None:
    try:
        text = markdown.read(body.encode())
    except Unreadable:
        return

    assert all(block.text for block in text.blocks)
