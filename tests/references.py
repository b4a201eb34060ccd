"""A cast of references: ordinary, odd and hostile. Fictional people, DOIs nobody owns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from pubtrack.models import Work
from pubtrack.references.csl import citation_key, content_hash, ready
from pubtrack.references.formatting import Formatter
from pubtrack.references.lists import Correction, Item, ReferenceList, Sent, differences, order

ANNA = {"given": "Anna", "family": "van der Berg"}
BRAM = {"given": "Bram", "family": "'t Hooft"}
MINISTRY = {"literal": "Ministry of Health, Welfare and Sport"}

ARTICLE: dict[str, Any] = {
    "type": "article-journal",
    "title": "CBS microdata & 100% of households: what the eHealth_2 survey says about $5 {and} #1",
    "author": [ANNA, BRAM, {"given": "Jan-Willem", "family": "Smit", "suffix": "Jr."}, MINISTRY],
    "issued": {"date-parts": [[2026, 10, 3]]},
    "container-title": "Journal of Examples & Practice",
    "volume": "12",
    "issue": "3",
    "page": "101-120",
    "publisher": "Example Press",
    "DOI": "10.5555/ex_1.a<b>c(2)",
    "ISSN": "1234-5679",
    "language": "en",
}
THESIS: dict[str, Any] = {
    "type": "thesis",
    "title": "Wonen en werken in de Randstad: een studie met registerdata",
    "author": [BRAM],
    "issued": {"date-parts": [[2025]]},
    "publisher": "Universiteit van Voorbeeld",
    "URL": "https://repository.example.org/handle/1/2?a=b_c&d=e%20f#g",
    "language": "nl",
}
REPORT: dict[str, Any] = {
    "type": "report",
    "title": "Regionale verschillen in inkomen",
    "author": [MINISTRY],
    "publisher": "Voorbeeldbureau",
    "number": "2026-04",
}
CHAPTER: dict[str, Any] = {
    "type": "chapter",
    "title": "Крестьяне and O’Brien–Müller: 10⁶ cases",
    "author": [{"given": "Zoë", "family": "O’Brien-Müller"}],
    "editor": [{"given": "E. D.", "family": "Itor"}],
    "container-title": "A Handbook of Examples",
    "issued": {"date-parts": [[2024, 2]]},
    "page": "e12",
    "publisher": "Example University Press",
    "ISBN": "9780306406157",
}
RETRACTED: dict[str, Any] = ARTICLE | {"title": "A result that did not hold", "DOI": "10.5555/ex.2", "author": [ANNA]}
HOSTILE: dict[str, Any] = {
    "type": "article-journal",
    "title": '=HYPERLINK("http://x.example","a") <script>alert(1)</script> \\input{/etc/passwd} } { % \x07\u202e&lt; ^^5c',
    "author": [{"given": "@SUM(A1)", "family": "+cmd|' /C calc'!A0"}, {"literal": "<b>A\r\nBcc: x@example.org</b>"}],
    "container-title": "-2+3\nER  - ",
    "issued": {"date-parts": [[2026, 9, 1]]},
    "URL": "javascript:alert(1)",
    "DOI": "10.5555/{x}\\y^^z",
}


def item(
    csl: dict[str, Any],
    number: int,
    project: str = "9001",
    *,
    retracted: bool = False,
    formatter: Formatter | None = None,
) -> Item:
    """Given CSL as a crosswalk makes it, return the reference as the stage would."""
    made = ready(Work(csl, retracted=retracted))
    hashed = content_hash(made)
    made["id"] = citation_key(made, number)
    return Item(
        project,
        number,
        made,
        hashed,
        project_title="Social mobility of second-generation households",
        institution="University of Example",
        lead="Anna van der Berg",
        formatted=formatter.format(made, hashed).html if formatter else "",
    )


def cast(language: str = "en") -> tuple[Item, ...]:
    """Return the whole cast, formatted, in two projects, in reading order."""
    formatter = Formatter("apa", language)
    return tuple(
        sorted(
            (
                item(ARTICLE, 1, formatter=formatter),
                item(THESIS, 2, formatter=formatter),
                item(REPORT, 3, "126", formatter=formatter),
                item(CHAPTER, 4, "126", formatter=formatter),
                item(RETRACTED, 5, retracted=True, formatter=formatter),
                item(HOSTILE, 6, formatter=formatter),
                item(ARTICLE, 1, "126", formatter=formatter),
            ),
            key=order,
        )
    )


def reference_list(language: str = "en", *, corrections: bool = True) -> ReferenceList:
    """Return a list of the whole cast with one correction."""
    formatter = Formatter("apa", language)
    now, before = (
        item(THESIS | {"title": "Wonen & werken"}, 7, formatter=formatter),
        item(THESIS, 7, formatter=formatter),
    )
    was = Sent(before.csl, before.content_hash, before.formatted, "2026-10")
    made = ReferenceList(
        "2026-11",
        date(2026, 11, 16),
        "nl" if language == "nl" else "en",
        "University of Example",
        "Statistics Netherlands",
        "portal.example.org",
        cast(language),
        (Correction(now, was, differences(before.csl, now.csl)),),
    )
    return made if corrections else replace(made, corrections=())


# Every oddity that real lists hold, one a work.
QUIRKS: dict[str, dict[str, Any]] = {
    "capitals": ARTICLE | {"title": "DNA of the Netherlands: iPhones, NEETs and the GDP of 's-Gravenhage", "author": [ANNA]},
    "shouting": ARTICLE | {"title": "THE LABOUR MARKET OF THE EU", "author": [{"given": "C", "family": "JANSEN"}]},
    "particles": ARTICLE
    | {
        "title": "On particles",
        "author": [
            {"given": "Jan", "family": "Van der Straeten"},
            {"given": "Ludwig", "family": "Beethoven", "non-dropping-particle": "van"},
            {"given": "Jean", "family": "Fontaine", "dropping-particle": "de", "non-dropping-particle": "La"},
            {"given": "Luigi", "family": "d'Hondt"},
            {"given": "Maria", "family": "García Márquez"},
            {"given": "Ahmed", "family": "el Amrani"},
            {"family": "Plato"},
        ],
    },
    "organisations": REPORT
    | {
        "title": "Wie werkt er?",
        "author": [{"literal": "CBS, TNO & RIVM"}, {"literal": "Bureau van der Berg and Partners"}, {"literal": "{Brackets}"}],
        "issued": {"date-parts": [[2024]]},
        "genre": "Working paper",
    },
    "tex": ARTICLE | {"title": "100% of $5 & #1_a ~ ^ \\alpha {x} at 5\\% -- \"quoted\" `x'", "author": [BRAM]},
    "markup": ARTICLE | {"title": "The <i>ab initio</i> case: H<sub>2</sub>O, x < y & 10<sup>3</sup>", "author": [BRAM]},
    "raised": ARTICLE | {"title": "H₂O, 10⁻³, α₂ and “quotes”… – done", "author": [BRAM], "page": "1–20"},
    "scripts": ARTICLE
    | {
        "title": "家庭の研究 и Ἑλλάς and دراسة الأسر",
        "author": [
            {"given": "小龍", "family": "李"},
            {"given": "Ἀλέξανδρος", "family": "Παπαδόπουλος"},
            {"given": "Łukasz", "family": "Żółć"},
            {"given": "محمد", "family": "علي"},
        ],
        "container-title": "Журнал примеров",
    },
    "no date": ARTICLE | {"title": "Without a date", "author": [ANNA], "issued": None},
    "odd date": REPORT | {"title": "Spring", "author": [ANNA], "issued": {"literal": "Spring 2020"}},
    "no author": REPORT | {"title": "Zonder auteur", "author": [], "issued": {"date-parts": [[2023, 5]]}},
    "no title": ARTICLE | {"title": "", "author": [ANNA]},
    "crowd": ARTICLE
    | {"title": "By three hundred", "author": [{"given": f"Given{n}", "family": f"Family{n:03}"} for n in range(300)]},
    "master": THESIS | {"title": "A master's thesis", "genre": "Master's thesis", "author": [ANNA]},
    "doctor": THESIS | {"title": "A doctor's thesis", "genre": "Doctoral dissertation", "author": [ANNA]},
    "data": {
        "type": "dataset", "title": "Households, release 2", "author": [ANNA], "issued": {"date-parts": [[2025]]},
        "publisher": "Example Archive", "version": "2.1", "DOI": "10.5555/data.1",
    },
    "edited": {
        "type": "book", "title": "A handbook", "editor": [ANNA, BRAM], "publisher": "Example Press", "publisher-place": "Example City",
        "issued": {"date-parts": [[2022]]}, "edition": "2", "collection-title": "Examples in the Field", "ISBN": "9780306406157",
    },
    "translated": {
        "type": "chapter", "title": "A chapter", "author": [ANNA], "editor": [BRAM], "translator": [{"given": "T.", "family": "Olk"}],
        "container-title": "A book", "publisher": "Example Press", "issued": {"date-parts": [[2021]]}, "page": "1-9, 12",
        "event-title": "Conference of Examples",
    },
}  # fmt: skip


def quirks(language: str = "en") -> ReferenceList:
    """Return a list of every oddity, formatted."""
    formatter = Formatter("apa", language)
    made = [item(csl, number, formatter=formatter) for number, csl in enumerate(QUIRKS.values(), start=20_001)]
    items = tuple(sorted(made, key=order))
    return replace(reference_list(language, corrections=False), name="quirks", items=items)
