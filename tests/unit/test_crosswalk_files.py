"""CSL-JSON, BibTeX and RIS entries, quirk by quirk. The people are fictional."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks import CROSSWALKS
from pubtrack.errors import UnusableRecord
from pubtrack.models import Csl


def csl(item: Any) -> Csl:
    return CROSSWALKS["csl-json"](json.dumps(item).encode()).csl


def bibtex(entry: str) -> Csl:
    return CROSSWALKS["bibtex"](entry.encode()).csl


def ris(*lines: str) -> Csl:
    return CROSSWALKS["ris"]("\n".join([*lines, "ER  - "]).encode()).csl


def test_csl_json_with_particles_apart() -> None:
    given_ = {
        "id": "berg2025",
        "type": "article-journal",
        "title": "Social <i>mobility</i>",
        "author": [
            {"family": "Berg", "given": "Anna", "non-dropping-particle": "van der", "ORCID": "0000-0002-1825-0098"},
            {"literal": "Example Consortium"},
            {"family": "Hooft", "given": "Bram", "dropping-particle": "'t"},
        ],
        "issued": {"date-parts": [["2025", "9"]]},
        "DOI": "https://doi.org/10.5555/ABC",
        "container-title": "Journal of Examples",
        "custom": {"a": 1},
        "page": "1-9",
        "language": "en-GB",
    }

    assert csl(given_) == {
        "title": "Social mobility",
        "type": "article-journal",
        "author": [
            {"family": "van der Berg", "given": "Anna"},
            {"literal": "Example Consortium"},
            {"family": "'t Hooft", "given": "Bram"},
        ],
        "issued": {"date-parts": [[2025, 9]]},
        "DOI": "10.5555/abc",
        "URL": "https://doi.org/10.5555/abc",
        "container-title": "Journal of Examples",
        "page": "1-9",
        "language": "en",
    }


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ({"raw": "2025-09-15"}, [2025, 9, 15]),
        ({"literal": "September 2025"}, [2025, 9]),
        ("2025", [2025]),
        ({"date-parts": [[None]]}, None),
        ({"date-parts": [[2025, 9], [2025, 10]]}, [2025, 9]),
    ],
)
def test_dates_of_csl_json(issued: Any, expected: list[int] | None) -> None:
    found = csl({"title": "T", "type": "report", "issued": issued}).get("issued")

    assert found == ({"date-parts": [expected]} if expected else None)


def test_a_bibtex_article_with_everything_escaped() -> None:
    entry = r"""@string{jex = "Journal of Examples"}
    @Article{berg:2025,
      author  = {van der Berg, Anna and {Bureau Voorbeeld \& Zonen} and M{\"u}ller, J{\"o}rg and Jr., Hooft 't, Bram and others},
      title   = {{CBS} Registers: 25\% of \emph{all} households, 100% read, H\textsubscript{2}O and 10\textsuperscript{6} {\'e}t{\'e}s},
      journal = jex,
      year    = 2025, month = sep,
      pages   = {455--480}, number = {4},
      doi     = {10.5555/a\_b\%c},
      isbn    = "0-306-40615-2",
    }"""

    assert bibtex(entry) == {
        "title": "CBS Registers: 25% of all households, 100% read, H₂O and 10⁶ étés",
        "type": "article-journal",
        "container-title": "Journal of Examples",
        "page": "455-480",
        "issue": "4",
        "author": [
            {"family": "van der Berg", "given": "Anna"},
            {"literal": "Bureau Voorbeeld & Zonen"},
            {"family": "Müller", "given": "Jörg"},
            {"family": "Jr.", "given": "Bram", "suffix": "Hooft 't"},
        ],
        "issued": {"date-parts": [[2025, 9]]},
        "ISBN": "9780306406157",
        "DOI": "10.5555/a_b%c",
        "URL": "https://doi.org/10.5555/a_b%25c",
    }


BIBTEX: dict[str, tuple[str, dict[str, Any]]] = {
    "thesis": (
        "@phdthesis{k, title={T}, school={University of Example}, year=2025, month={12}}",
        {"type": "thesis", "publisher": "University of Example", "issued": {"date-parts": [[2025, 12]]}},
    ),
    "report": (
        "@techreport(k, title = {T}, institution = {Example Bureau}, number = {R-17}, date = {2025-03-05})",
        {"type": "report", "publisher": "Example Bureau", "number": "R-17", "issued": {"date-parts": [[2025, 3, 5]]}},
    ),
    "arXiv": ("@misc{k, title={T}, archivePrefix={arXiv}, eprint={2501.1}}", {"type": "article"}),
    "unknown type": ("@presentation{k, title={T}}", {"type": "document"}),
    "one name": ("@misc{k, title={T}, author={Plato}}", {"type": "document", "author": [{"literal": "Plato"}]}),
    "doi in the address": (
        "@misc{k, title={T}, url={https://doi.org/10.5555/abc}}",
        {"type": "document", "DOI": "10.5555/abc", "URL": "https://doi.org/10.5555/abc"},
    ),
}


@pytest.mark.parametrize(("entry", "expected"), BIBTEX.values(), ids=BIBTEX)
def test_bibtex(entry: str, expected: dict[str, Any]) -> None:
    assert bibtex(entry) == {"title": "T"} | expected


def test_a_ris_chapter() -> None:
    entry = (
        "TY  - CHAP",
        "AU  - Berg, Anna van der",
        "A1  - Example Consortium",
        "A2  - Jansen, Carla",
        "T1  - The neighbourhood",
        "T2  - Handbook of Examples",
        "PY  - 2024/06//",
        "SP  - 301",
        "EP  - 322",
        "SN  - 978-0-306-40615-7 (print)",
        "UR  - https://doi.org/10.5555/ABC",
        "LA  - English",
    )

    assert ris(*entry) == {
        "title": "The neighbourhood",
        "type": "chapter",
        "container-title": "Handbook of Examples",
        "page": "301-322",
        "author": [{"family": "van der Berg", "given": "Anna"}, {"literal": "Example Consortium"}],
        "editor": [{"family": "Jansen", "given": "Carla"}],
        "issued": {"date-parts": [[2024, 6]]},
        "language": "en",
        "ISBN": "9780306406157",
        "DOI": "10.5555/abc",
        "URL": "https://doi.org/10.5555/abc",
    }


UNUSABLE = {
    "csl-json": [
        (b"{", "not JSON"),
        (b'{"type": "book"}', "no title"),
        (b'{"type": "periodical"}', "a journal, not a publication"),
    ],
    "bibtex": [
        (b"nothing", "not a BibTeX entry"),
        (b"@article{k, title={T}", "a broken BibTeX entry: a brace is not closed"),
        (b"@article{k, title={T}}, year={2020}}", "a broken BibTeX entry: a brace too many"),
        (b"@article{k, title {T}}", "a broken BibTeX entry"),
        (b"@article{k, author={Jansen, Carla}}", "no title"),
    ],
    "ris": [(b"TY  - JOUR\nER  - ", "no title"), (b"\xff\xfe", "a broken RIS entry"), (b"", "a broken RIS entry")],
}


@pytest.mark.parametrize(("format_", "raw", "reason"), [(f, *case) for f, cases in UNUSABLE.items() for case in cases])
def test_what_cannot_be_used_is_named(format_: str, raw: bytes, reason: str) -> None:
    with pytest.raises(UnusableRecord) as error:
        CROSSWALKS[format_](raw)

    assert str(error.value) == reason


ENTRIES = {
    "csl-json": '{"title": "Social mobility", "type": "book", "author": [{"family": "Berg"}], "issued": {"raw": "2025"}}',
    "bibtex": r'@article{k, title={S\"ocial {M}obility $x$}, author={Berg, A. and {B}}, year=2025, month=may, journal="J"}',
    "ris": "TY  - JOUR\nAU  - Berg, A.\nTI  - Social mobility\nPY  - 2025/05/01\nUR  - https://example.org\nER  - ",
}


@pytest.mark.parametrize("format_", ENTRIES)
@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_damaged_entry_is_a_work_or_is_named(format_: str, data: st.DataObject) -> None:
    text = ENTRIES[format_]
    at = data.draw(st.integers(0, len(text)))
    damaged = (
        text[:at] + data.draw(st.text('{}"\\,=@%$~&<- \n\x00é', max_size=3)) + text[at + data.draw(st.integers(0, 2)) :]
    )
    with contextlib.suppress(UnusableRecord):
        assert CROSSWALKS[format_](damaged.encode()).title
