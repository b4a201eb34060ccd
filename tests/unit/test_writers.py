"""Every format: whole golden files, and back to the same data."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import lxml.html
import pytest
import rispy
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pybtex.database import parse_string

from pubtrack.errors import UsageError
from pubtrack.models import Csl, Work
from pubtrack.references import published
from pubtrack.references.csl import content_hash, ready
from pubtrack.references.formatting import Formatter, plain, plain_line
from pubtrack.references.lists import ReferenceList
from pubtrack.references.rows import LAYOUTS
from pubtrack.references.writers import WRITERS
from pubtrack.references.writers.sheet_csv import inert, restored
from tests.golden import compare
from tests.readback import (
    HEADERS,
    differences_in_bibtex,
    differences_in_ris,
    docx_body,
    expected_rows,
    read_csv,
    read_docx,
    read_xlsx,
)
from tests.references import ARTICLE, HOSTILE, RETRACTED, THESIS, item, quirks, reference_list

# --- golden files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["text", "html", "bibtex", "biblatex", "ris", "csl-json", "csv"])
def test_the_whole_file(name: str) -> None:
    compare(f"references/cast.{WRITERS[name].extension}", WRITERS[name].write(reference_list()))


@pytest.mark.parametrize("name", ["text", "html"])
def test_the_whole_file_in_dutch(name: str) -> None:
    compare(f"references/cast.nl.{WRITERS[name].extension}", WRITERS[name].write(reference_list("nl")))


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in ("docx", "xlsx", "copies")])
def test_every_oddity(name: str) -> None:
    """Capitals, particles, organisations, TeX, markup, raised letters, scripts, missing dates, three hundred authors."""
    compare(f"references/quirks.{WRITERS[name].extension}", WRITERS[name].write(quirks()))


@pytest.mark.parametrize("made", [reference_list(), quirks()], ids=["cast", "quirks"])
def test_the_whole_document(made: ReferenceList) -> None:
    name = "cast" if made.corrections else "quirks"
    compare(f"references/{name}.docx.xml", docx_body(WRITERS["docx"].write(made)))


@pytest.mark.parametrize("made", [reference_list(), quirks()], ids=["cast", "quirks"])
def test_the_whole_workbook(made: ReferenceList) -> None:
    sheets = [read_xlsx(WRITERS["xlsx"].write(made), number) for number in range(2 if made.corrections else 1)]
    name = "cast" if made.corrections else "quirks"
    compare(f"references/{name}.xlsx.json", (json.dumps(sheets, ensure_ascii=False, indent=1) + "\n").encode())


def test_older_layouts_hold_what_they_have_columns_for() -> None:
    """The oldest one knows years only; our own columns stand beside them in all."""
    made = replace(reference_list(corrections=False), items=reference_list().items[:1])

    found = {layout: read_csv(WRITERS["csv"].write(replace(made, layout=layout))) for layout in LAYOUTS}

    assert found["2023-08"][0] == [
        "Projectnummer",
        "Pub_titel",
        "Pub_auteur",
        "Pub_jaar",
        "Instelling",
        "URL",
        "DOI",
        "Reference",
        "Remark",
    ]
    assert found["2026-01"][0][:6] == [
        "Projectnumber",
        "Publication title",
        "Author(s)",
        "Datum publicatie",
        "Institute",
        "URL publication",
    ]
    assert (found["2023-08"][1][3], found["2026-01"][1][3], found["2026-05"][1][4]) == (
        "2026",
        "2026-10-03",
        "2026-10-03",
    )
    assert read_xlsx(WRITERS["xlsx"].write(replace(made, layout="2023-08"))) == found["2023-08"]


def test_a_list_in_any_of_our_layouts_is_one_the_provider_could_have_made(tmp_path: Path) -> None:
    """What we write, `pubtrack reconcile` reads."""
    for layout in LAYOUTS:
        file = tmp_path / f"{layout}.xlsx"
        file.write_bytes(WRITERS["xlsx"].write(replace(reference_list(corrections=False), layout=layout)))

        found = published.read(file)

        assert (found.release.split("/")[0], len(found.rows), found.unknown_headers) == (layout, 7, ())


@pytest.mark.parametrize("name", list(WRITERS))
def test_the_same_list_is_the_same_file(name: str) -> None:
    assert WRITERS[name].write(reference_list()) == WRITERS[name].write(reference_list())


@pytest.mark.parametrize("name", list(WRITERS))
def test_an_empty_list_is_a_file_too(name: str) -> None:
    WRITERS[name].write(replace(reference_list(), items=(), corrections=()))


# --- round trips ----------------------------------------------------------------------------------------------------


def test_bibtex_reads_back_to_the_same() -> None:
    references = reference_list()
    data = parse_string(WRITERS["bibtex"].write(references).decode(), "bibtex")

    found = {made.csl["id"]: differences_in_bibtex(made.csl, data) for made, _ in references.works()}

    assert len(data.entries) == len(found) == 7
    assert {key: names for key, names in found.items() if names} == {}


def test_ris_reads_back_to_the_same() -> None:
    references = reference_list()
    entries = {entry["id"]: entry for entry in rispy.loads(WRITERS["ris"].write(references).decode())}

    found = {made.csl["id"]: differences_in_ris(made.csl, entries[made.csl["id"]]) for made, _ in references.works()}

    assert len(entries) == len(found) == 7
    assert {key: names for key, names in found.items() if names} == {}


def test_csl_json_reads_back_to_the_same() -> None:
    references = reference_list()

    read = json.loads(WRITERS["csl-json"].write(references))

    assert read == [made.csl | {"custom": {"projects": list(projects)}} for made, projects in references.works()]


def test_both_sheets_read_back_to_the_same() -> None:
    references = reference_list(corrections=False)

    assert read_csv(WRITERS["csv"].write(references)) == expected_rows(references)
    assert read_xlsx(WRITERS["xlsx"].write(references)) == expected_rows(references)


def test_corrections_have_a_sheet_of_their_own() -> None:
    content = WRITERS["xlsx"].write(reference_list())

    head, correction = read_xlsx(content, 1)

    assert head == [*HEADERS, "Sent in list", "Changed", "Was"]
    assert correction[2] == "Wonen & werken"
    assert correction[-3:-1] == ["2026-10", "title"]
    assert correction[-1].startswith("'t Hooft, B. (2025). Wonen en werken in de Randstad")


def test_a_retracted_work_says_so_in_every_format() -> None:
    made = item(RETRACTED, 5, retracted=True, formatter=Formatter("apa", "en"))
    references = replace(reference_list(), items=(made,), corrections=())

    found = {
        name: writer.write(references) for name, writer in WRITERS.items() if name not in ("xlsx", "docx", "copies")
    }

    assert {name for name, content in found.items() if b"etracted" in content} == set(found)
    assert "[Retracted publication]" in "\n".join(read_docx(WRITERS["docx"].write(references)))
    assert read_xlsx(WRITERS["xlsx"].write(references))[1][-1] == "Retracted publication"


# --- hostile text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_formula_is_text_in_csv(start: str) -> None:
    assert inert(f"{start}1+1") == f"'{start}1+1"
    assert restored(inert(f"{start}1+1")) == f"{start}1+1"
    assert inert("'t Hooft, Bram") == restored("'t Hooft, Bram") == "'t Hooft, Bram"


def test_a_formula_is_text_in_xlsx() -> None:
    """No formula and no link stands anywhere in the workbook's parts."""
    import zipfile

    content = WRITERS["xlsx"].write(reference_list())

    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        sheets = "".join(parts.read(name).decode() for name in parts.namelist() if "worksheets/" in name)
    assert "<f>" not in sheets
    assert "<hyperlink" not in sheets
    assert '<c r="C2" s="2" t="s">' in sheets


def test_html_holds_no_element_but_ours() -> None:
    page = lxml.html.document_fromstring(WRITERS["html"].write(reference_list()))

    assert {element.tag for element in page.iter()} <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "br", "i", "b", "sup", "sub", "a",
    }  # fmt: skip
    assert "<script>alert(1)</script>" in page.text_content()
    assert all(link.get("href").startswith(("https://doi.org/", "https://repository.")) for link in page.iter("a"))


def test_tex_commands_in_a_title_are_text() -> None:
    references = replace(reference_list(), items=(item(HOSTILE, 6),), corrections=())

    text = WRITERS["bibtex"].write(references).decode()

    assert (
        r"\textbackslash{}input\textbraceleft{}/etc/passwd\textbraceright{} \textbraceright{} \textbraceleft{} \%"
        in text
    )
    assert not re.search(
        r"\\(?!textbackslash|textasciicircum|textasciitilde|textbraceleft|textbraceright|[&%$#_])", text
    )


LIST = reference_list()
TITLES = st.text(min_size=1, max_size=60).filter(lambda text: bool(ready(Work({"title": text})).get("title")))
NAMES = st.fixed_dictionaries({"family": st.text(min_size=1, max_size=12)}, optional={"given": st.text(max_size=12)})


@given(TITLES, st.lists(NAMES, max_size=3), st.text(max_size=20))
@settings(max_examples=150, deadline=None)
def test_any_title_and_any_name_reads_back(title: str, authors: list[dict[str, str]], doi: str) -> None:
    """pybtex itself takes the odd name apart differently; what it must never do is lose or change the rest."""
    made = item(ARTICLE | {"title": title, "author": authors, "DOI": f"10.5555/{doi}"}, 1)
    made = replace(made, formatted=plain_line(made.csl).replace("&", "&amp;").replace("<", "&lt;"))
    references = replace(LIST, items=(made,), corrections=())

    data = parse_string(WRITERS["bibtex"].write(references).decode(), "bibtex")
    (entry,) = rispy.loads(WRITERS["ris"].write(references).decode())

    assert [name for name in differences_in_bibtex(made.csl, data) if name != "author"] == []
    assert len(data.entries[made.csl["id"]].persons.get("author", [])) == len(made.csl.get("author", []))
    assert entry["title"] == made.csl["title"]
    assert read_csv(WRITERS["csv"].write(references)) == expected_rows(references)
    lxml.html.document_fromstring(WRITERS["html"].write(references))


@given(TITLES, st.lists(NAMES, max_size=3))
@settings(max_examples=60, deadline=None)
def test_no_title_and_no_name_breaks_the_style(title: str, authors: list[dict[str, str]]) -> None:
    """What the style cannot do stands as a plain line and is named; the title is in the line in any case, and inert."""
    formatter = Formatter("apa", "nl")
    made = ready(Work({"title": title, "author": authors, "type": "book"}))

    found = formatter.format(made, content_hash(made))

    assert "".join(made["title"].split()).rstrip(".") in "".join(plain(found.html).split())
    assert re.sub(r"</?(?:i|b|sup|sub)>", "", found.html).count("<") == 0


# --- formatting -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("csl", "expected"),
    [
        (
            THESIS,
            "'t Hooft, B. (2025). <i>Wonen en werken in de Randstad: een studie met registerdata</i> [Universiteit van Voorbeeld]."
            " https://repository.example.org/handle/1/2?a=b_c&amp;d=e%20f#g",
        ),
        (
            {
                "type": "article-journal",
                "title": "Who pays?",
                "container-title": "Examples",
                "author": [{"given": "JC", "family": "van Ours"}],
            },
            "van Ours, J. C. (z.d.). Who pays? <i>Examples</i>.",
        ),
        (
            {"type": "report", "title": "Zonder naam", "publisher": "Bureau", "issued": {"date-parts": [[2020]]}},
            "<i>Zonder naam</i>. (2020). Bureau.",
        ),
        (
            {"type": "article-journal", "title": "Zonder naam", "container-title": "Blad", "issued": {"date-parts": [[2020]]}},
            "Zonder naam. (2020). <i>Blad</i>.",
        ),
    ],
)  # fmt: skip
def test_a_reference_in_apa_in_dutch(csl: dict[str, Any], expected: str) -> None:
    made = ready(Work(csl))

    assert Formatter("apa", "nl").format(made, content_hash(made)).html == expected


def test_a_broken_entry_becomes_a_plain_line_and_is_named() -> None:
    """A type without a rule in the style, names that are none: whatever it is, the reference is there."""
    formatter = Formatter("apa", "en")
    broken: Csl = {"type": "article-journal", "title": "Fine & well", "author": [{"oops": "x"}], "DOI": "10.5555/1"}

    found = formatter.format(broken, "hash")

    assert found.html == "(n.d.). Fine &amp; well. https://doi.org/10.5555/1"
    assert found.fault is not None


def test_titles_are_not_recast_in_a_language_that_is_not_known() -> None:
    made = ready(Work({"type": "book", "title": "Wonen in de stad", "author": [{"given": "A", "family": "B"}]}))

    assert "<i>Wonen in de stad</i>" in Formatter("chicago-author-date", "en").format(made, "1").html


def test_a_style_that_does_not_exist_is_one_clear_sentence() -> None:
    with pytest.raises(UsageError) as caught:
        Formatter("vancouverish", "en")

    assert str(caught.value) == (
        "There is no citation style named vancouverish. Write its name as on citationstyles.org, such as apa or chicago-author-date."
    )


def test_the_sheet_prints_on_a_landscape_a4_that_can_be_read() -> None:
    """One page wide, the header on every page, at no less than seven tenths of its size: eight points of eleven."""
    with zipfile.ZipFile(io.BytesIO(WRITERS["xlsx"].write(reference_list(corrections=False)))) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        names = etree.fromstring(book.read("xl/workbook.xml"))
    setup = sheet.find("{*}pageSetup").attrib
    pixels = sum(float(column.get("width")) * 7 for column in sheet.iterfind(".//{*}col"))

    assert (setup["orientation"], setup["paperSize"], setup["fitToHeight"]) == ("landscape", "9", "0")
    assert sheet.find(".//{*}pageSetUpPr").get("fitToPage") == "1"
    assert [name.text for name in names.iterfind(".//{*}definedName[@name='_xlnm.Print_Titles']")] == [
        "Publications!$1:$1"
    ]
    assert (11.69 - 2 * 0.4) * 96 / pixels > 0.7
