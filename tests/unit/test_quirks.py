"""A golden pair for every quirk that Crossref's real records are known to show: a record of our own with it, the work that must come out.

The names are those that the real edge cases are tagged with (../shared/data/crossref/edge_cases.jsonl) and, below, the shapes that a record
takes: its fields, type, relations, updates. test_quirks_covered.py fails when real data show one that no row here shows. All is fictional.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pubtrack.discovery.crosswalks.crossref import crosswalk
from pubtrack.errors import UnusableRecord
from pubtrack.models import Relation

Item = dict[str, Any]
DOI = "10.5555/mobility.1"
BASE: Item = {"DOI": DOI, "type": "journal-article", "title": ["Social mobility"], "container-title": ["J Ex"]}
BASE |= {"issued": {"date-parts": [[2025, 9, 15]]}}
WORK: Item = {"DOI": DOI, "URL": f"https://doi.org/{DOI}", "type": "article-journal", "title": "Social mobility"}
WORK |= {"container-title": "J Ex", "issued": {"date-parts": [[2025, 9, 15]]}}


def day(*parts: int | None) -> Item:
    return {"date-parts": [list(parts)]}


def by(*people: Item) -> Item:
    return {"author": [*people]}


def at(**place: Any) -> Item:
    return by({"family": "Jansen", "affiliation": [place]})


def related(kind: str, to: str = "10.5555/other", of: str = "doi", by: str = "subject") -> Item:
    return {"relation": {kind: [{"id-type": of, "id": to, "asserted-by": by}]}}


def update(kind: str, to: str = "10.5555/other") -> list[Item]:
    return [{"DOI": to, "type": kind, "label": kind, "updated": day(2025, 10, 1)}]


def says(kind: str, to: str = "10.5555/other") -> Item:
    return {"relations": (Relation(kind, f"doi:{to}"),)}


def named(doi: str, address: str) -> Item:
    return {"DOI": doi, "URL": f"https://doi.org/{address}", "identities": (f"doi:{doi}",)}


MATH = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:msup><mml:mi>R</mml:mi><mml:mn>2</mml:mn></mml:msup></mml:math>'
KEPT: Item = {}  # the work comes out as if the field were not there: it stays in the record as it came
PREPRINT: Item = {"type": "posted-content", "subtype": "preprint", "container-title": []}
PREPRINTED: Item = {"type": "article", "genre": "Preprint", "container-title": None}
NO_JOURNAL: Item = {"container-title": None}

# The tag: what the record has more than BASE, or otherwise (None: not at all), and what the work has more than WORK, or otherwise.
TAGGED: dict[str, tuple[Item, Item]] = {
    "abstract_jats": (
        {"abstract": "<jats:title>Abstract</jats:title>\n  <jats:p>We <jats:italic>count</jats:italic>.</jats:p>"},
        {"abstract": "We count."},
    ),
    "affiliation": (
        at(name="University of Example"),
        by({"family": "Jansen", "affiliation": [{"name": "University of Example"}]}),
    ),
    "affiliation_NL": (
        at(name="Voorbeeld Instituut, 9700 AA Voorbeeldstad, The Netherlands"),
        at(name="Voorbeeld Instituut, 9700 AA Voorbeeldstad, The Netherlands"),
    ),
    "affiliation_RUG_UU_EUR": (at(name="Utrecht  University\n(UU)"), at(name="Utrecht University (UU)")),
    "affiliation_ror_id": (
        at(id=[{"id": "https://ror.org/04vgbd477", "id-type": "ROR", "asserted-by": "publisher"}], department=["Soc"]),
        at(name="Soc", ROR="04vgbd477"),
    ),
    "author_absent": ({"author": None}, {"author": None}),
    "author_allcaps": (by({"given": "ANNA", "family": "JANSEN"}), by({"family": "JANSEN", "given": "ANNA"})),
    "author_family_only": (by({"family": "Anna Jansen", "sequence": "first"}), by({"family": "Anna Jansen"})),
    "author_name_only": (
        by({"name": "Voorbeeld &amp; Zonen"}, {"name": "NA", "affiliation": []}),
        by({"literal": "Voorbeeld & Zonen"}),
    ),
    "author_nonlatin": (by({"given": "明", "family": "例"}), by({"family": "例", "given": "明"})),
    "author_orcid": (
        by({"family": "Jansen", "ORCID": "http://orcid.org/0000-0002-1825-0097", "authenticated-orcid": False}),
        by({"family": "Jansen", "ORCID": "0000-0002-1825-0097"}),
    ),
    "author_suffix": (
        by({"given": "A.", "family": "Jansen", "suffix": "Jr"}),
        by({"family": "Jansen", "given": "A.", "suffix": "Jr"}),
    ),
    "author_tussenvoegsel": (
        by({"given": "Anna", "family": "van der Berg"}, {"family": "de Vries"}),
        by({"family": "van der Berg", "given": "Anna"}, {"family": "de Vries"}),
    ),
    "doi_odd_chars": (
        {"DOI": "10.5555/(SICI)1(2025)1<1:A#B?C%D>2.0.CO;2-X"},
        named("10.5555/(sici)1(2025)1<1:a#b?c%d>2.0.co;2-x", "10.5555/(sici)1(2025)1%3C1:a%23b%3Fc%25d%3E2.0.co;2-x"),
    ),
    "doi_trailing_punct": ({"DOI": "10.5555/example."}, named("10.5555/example.", "10.5555/example.")),
    "funder_NWO": ({"funder": [{"name": "NWO", "award": ["1"], "doi-asserted-by": "publisher"}]}, KEPT),
    "has_ISBN": (
        {"type": "book", "ISBN": ["978-0-306-40615-7"], "isbn-type": [{"value": "9780306406157", "type": "print"}]},
        {"type": "book", "ISBN": "9780306406157", "identities": (f"doi:{DOI}", "isbn:9780306406157")},
    ),
    "has_abstract": ({"abstract": "We count."}, {"abstract": "We count."}),
    "has_accepted": ({"accepted": day(2025, 1, 2)}, KEPT),
    "has_approved": (
        {"type": "dissertation", "issued": day(None), "approved": day(2025, 5, 1)},
        {"type": "thesis", "issued": day(2025, 5, 1)},
    ),
    "has_archive": ({"archive": ["Portico"]}, KEPT),
    "has_article-number": ({"article-number": "e17"}, {"number": "e17"}),
    "has_assertion": ({"assertion": [{"name": "received", "label": "Received", "value": "1 May 2025"}]}, KEPT),
    "has_clinical-trial-number": ({"clinical-trial-number": [{"clinical-trial-number": "isrctn1"}]}, KEPT),
    "has_degree": ({"type": "dissertation", "degree": ["PhD Thesis"]}, {"type": "thesis", "genre": "PhD Thesis"}),
    "has_editor": ({"editor": [{"given": "B.", "family": "Smit"}]}, {"editor": [{"family": "Smit", "given": "B."}]}),
    "has_event": (
        {"type": "proceedings-article", "event": {"name": "Example Days", "location": "Voorbeeldstad"}},
        {"type": "paper-conference"},
    ),
    "has_funder": ({"funder": [{"name": "Example Fund", "DOI": "10.5555/fund"}]}, KEPT),
    "has_group-title": (PREPRINT | {"group-title": "Sociology"}, PREPRINTED),
    "has_institution": (
        PREPRINT | {"institution": [{"name": "ExampleRxiv", "acronym": ["ERx"]}]},
        PREPRINTED | {"publisher": "ExampleRxiv"},
    ),
    "has_is-referenced-by-count": ({"is-referenced-by-count": 12}, KEPT),
    "has_journal-issue": ({"issue": "3", "journal-issue": {"issue": "3", "published-online": day(2024)}}, {"issue": "3"}),
    "has_language": ({"language": "nl"}, {"language": "nl"}),
    "has_license": ({"license": [{"URL": "https://example.org/by/4.0", "content-version": "vor"}]}, KEPT),
    "has_link": ({"link": [{"URL": "https://example.org/x", "intended-application": "similarity-checking"}]}, KEPT),
    "has_posted": (PREPRINT | {"issued": day(2025), "posted": day(2025, 8, 1)}, PREPRINTED | {"issued": day(2025, 8, 1)}),
    "has_published": ({"issued": day(2025), "published": day(2025, 8)}, {"issued": day(2025, 8)}),
    "has_reference": ({"reference": [{"key": "1", "DOI": "10.5555/cited"}], "references-count": 1}, KEPT),
    "has_relation": ({"relation": {}}, KEPT),
    "has_resource": ({"resource": {"primary": {"URL": "https://example.org/1"}}}, KEPT),
    "has_standards-body": (
        {"type": "standard", "standards-body": {"name": "Example Standards", "acronym": "ES"}},
        {"type": "standard"},
    ),
    "has_subtype": (PREPRINT, PREPRINTED),
    "has_update-policy": ({"update-policy": "http://dx.doi.org/10.5555/policy"}, KEPT),
    "has_update-to": ({"update-to": update("retraction")}, says("retracts") | {"genre": "Retraction notice"}),
    "has_updated-by": ({"updated-by": update("correction")}, says("corrected_by") | {"corrected": True}),
    "issued_null": ({"issued": day(None)}, {"issued": None}),
    "issued_parts_1": ({"issued": day(2025)}, {"issued": day(2025)}),
    "issued_parts_2": ({"issued": day(2025, 9)}, {"issued": day(2025, 9)}),
    "issued_parts_3": ({"issued": day(2025, 9, 1)}, {"issued": day(2025, 9, 1)}),
    "no_container": ({"container-title": []}, NO_JOURNAL),
    "no_title": ({"title": []}, {"unusable": "no title"}),
    "original_title": ({"original-title": ["Sociale mobiliteit"]}, KEPT),
    "relation_cites": (related("cites"), KEPT),
    "relation_correction": (
        related("correction", by="object"), says("corrected_by") | {"corrected": True}),
    "relation_has-preprint": (related("has-preprint"), says("has_preprint")),
    "relation_has-review": (related("has-review"), KEPT),
    "relation_is-component-of": (related("is-component-of", by="object"), KEPT),
    "relation_is-identical-to": (related("is-identical-to"), KEPT),
    "relation_is-part-of": (related("is-part-of", "2049-3630", "issn"), KEPT),
    "relation_is-preprint-of": (PREPRINT | related("is-preprint-of"), PREPRINTED | says("is_preprint_of")),
    "relation_is-review-of": (
        {"type": "peer-review"} | related("is-review-of"), {"unusable": "a peer review, not a publication"}),
    "relation_is-supplement-to": (related("is-supplement-to"), KEPT),
    "relation_is-supplemented-by": (related("is-supplemented-by"), KEPT),
    "relation_is-version-of": (related("is-version-of", "10.5555/mobility.1/V2"), says("is_version_of", f"{DOI}/v2")),
    "relation_new_version": (related("new_version", DOI, by="object"), KEPT),
    "subtitle": ({"subtitle": ["A study"]}, {"title": "Social mobility: A study"}),
    "title_allcaps": ({"title": ["SOCIAL MOBILITY IN NATO"]}, {"title": "SOCIAL MOBILITY IN NATO"}),
    "title_cjk": ({"title": ["社会流動性・研究"]}, {"title": "社会流動性・研究"}),
    "title_entity": ({"title": ["Work &lt;em&gt;&amp;&lt;/em&gt; income"]}, {"title": "Work & income"}),
    "title_key_absent": ({"title": None}, {"unusable": "no title"}),
    "title_markup": ({"title": ['The <emph type="ital">vita</emph> of CO<sub>2</sub>']}, {"title": "The vita of CO₂"}),
    "title_math": ({"title": [f"Fit by {MATH}"]}, {"title": "Fit by R²"}),
    "title_mojibake": ({"title": ["Work \ufffd income"]}, {"title": "Work \ufffd income"}),
    "title_whitespace": ({"title": ["Work and\n            <scp>AI</scp>"]}, {"title": "Work and AI"}),
    "update_type_correction": ({"update-to": update("correction")}, says("corrects") | {"genre": "Correction notice"}),
    "update_type_erratum": ({"update-to": update("erratum")}, says("corrects") | {"genre": "Correction notice"}),
    "update_type_new_version": ({"update-to": update("new_version", DOI), "updated-by": update("new_version", DOI)}, KEPT),
}  # fmt: skip

TYPES: dict[str, Item] = {
    "article-journal": {"type": "article-journal"},  # CSL's own names, in files made from Crossref by others
    "book": {"type": "book"},
    "book-chapter": {"type": "chapter"},
    "component": {"unusable": "a component (a figure, table or supplement), not a publication"},
    "dataset": {"type": "dataset"},
    "dissertation": {"type": "thesis"},
    "edited-book": {"type": "book"},
    "journal": {"unusable": "a journal, not a publication"},
    "journal-article": {"type": "article-journal"},
    "journal-issue": {"unusable": "a journal issue, not a publication"},
    "journal-volume": {"unusable": "a journal volume, not a publication"},
    "monograph": {"type": "book"},
    "other": {"type": "document"},
    "peer-review": {"unusable": "a peer review, not a publication"},
    "posted-content": {"type": "article"},
    "proceedings": {"type": "book"},
    "proceedings-article": {"type": "paper-conference"},
    "reference-book": {"type": "book"},
    "reference-entry": {"type": "entry"},
    "report": {"type": "report"},
    "report-component": {"type": "chapter"},
    "standard": {"type": "standard"},
}
# Shapes that no tag names. Of what comes out of it, all that differs from WORK is said.
BOOKKEEPING: Item = {
    "indexed": {"timestamp": 1}, "created": day(2025, 1, 2), "deposited": day(2025, 9, 20), "content-domain": {"domain": []},
    "source": "Crossref", "prefix": "10.5555", "member": "1", "score": 1.0, "reference-count": 3, "URL": "http://dx.doi.org/10.5555/x",
    "alternative-id": ["S1"], "subject": ["Sociology"], "short-title": ["Mobility"], "review": {"stage": "pre-publication"},
    "issn-type": [{"value": "2049-3630", "type": "print"}], "special_numbering": "S1", "description": "A study", "version": {"name": "1"},
    "content-created": day(2024), "content-updated": day(2026), "short_url": "https://example.org/s", "PMID": "1", "PMCID": "PMC1",
    "id": "10.5555/mobility.1",
}  # fmt: skip
MORE: dict[str, tuple[Item, Item]] = {
    "bookkeeping": (BOOKKEEPING, KEPT),
    "blog": ({"type": "posted-content", "subtype": "blog"}, {"type": "post-weblog"}),
    "commented on": (related("has-comment"), KEPT),
    "posted, of no known kind": ({"type": "posted-content", "subtype": "other"}, {"type": "article"}),
    "where it stands in print": (
        {"volume": "12", "issue": "3", "page": "45-67", "ISSN": ["2049-3630"], "short-container-title": ["JE"]},
        {"volume": "12", "issue": "3", "page": "45-67", "ISSN": "2049-3630", "container-title-short": "JE"},
    ),
    "the short name of a journal, by others": ({"container-title-short": "JE"}, {"container-title-short": "JE"}),
    "mojibake whose meaning is known": ({"title": ["Womenâ€™s work"]}, {"title": "Women’s work"}),
    "who published it": (
        {"publisher": "Example Press", "publisher-location": "Voorbeeldstad", "edition-number": "2"},
        {"publisher": "Example Press", "publisher-place": "Voorbeeldstad", "edition": "2"},
    ),
    "online before print": (
        {"published-online": day(2025, 8, 2), "published-print": day(2026, 1, 1), "published-other": day(2025, 9)},
        {"issued": day(2025, 8, 2)},
    ),
}
QUIRKS = TAGGED | {f"type_{kind}": ({"type": kind}, expected) for kind, expected in TYPES.items()} | MORE


def record(given: Item) -> Item:
    return {name: value for name, value in (BASE | given).items() if value is not None}


@pytest.mark.parametrize(("given", "expected"), QUIRKS.values(), ids=QUIRKS)
def test_the_record_as_it_came_and_the_work_that_must_come_out(given: Item, expected: Item) -> None:
    raw = json.dumps(record(given)).encode()
    if "unusable" in expected:
        with pytest.raises(UnusableRecord, match=f"^{re.escape(expected['unusable'])}$"):
            crosswalk(raw)
        return
    work = crosswalk(raw)
    beside = {"identities": (f"doi:{DOI}",), "relations": (), "links": (), "retracted": False, "corrected": False}

    assert work.csl | {name: getattr(work, name) for name in beside} == {
        name: value for name, value in (WORK | beside | expected).items() if value is not None
    }


def shapes(item: Item) -> Iterator[str]:
    """The shapes of a record that can be read off it: those that tags name, in their words, and the others."""
    yield from (f"has_{name}" for name in item)
    yield from (f"{name}_{item[name]}" for name in ("type", "subtype") if isinstance(item.get(name), str))
    relation = item.get("relation")
    yield from (f"relation_{kind}" for kind in (relation if isinstance(relation, dict) else ()))
    for name in ("update-to", "updated-by"):
        yield from (f"update_type_{one['type']}" for one in item.get(name) or ())
    dates = item.get("issued")
    parts = (dates.get("date-parts") or [[]])[0] if isinstance(dates, dict) else []
    if parts:
        yield "issued_null" if parts[0] is None else f"issued_parts_{len(parts)}"
    yield from (tag for tag, shown in SHOWN.items() if shown(item))


def _title(item: Item) -> str:
    return next((text for text in item.get("title") or () if isinstance(text, str)), "")


def _people(item: Item) -> list[Item]:
    return [one for one in item.get("author") or () if isinstance(one, dict)]


def _families(item: Item) -> str:
    return " | ".join(str(one.get("family") or "") for one in _people(item))


def _places(item: Item) -> str:
    return json.dumps([one.get("affiliation") or [] for one in _people(item)], ensure_ascii=False)


CJK = "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
# How the other tags show, in the real records that bear them as in ours.
SHOWN: dict[str, Callable[[Item], Any]] = {
    "abstract_jats": lambda item: "<jats:" in str(item.get("abstract")),
    "affiliation": lambda item: any(one.get("affiliation") for one in _people(item)),
    "affiliation_NL": lambda item: "Netherlands" in _places(item),
    "affiliation_RUG_UU_EUR": lambda item: re.search("Groningen|Utrecht|Erasmus|Rotterdam", _places(item)),
    "affiliation_ror_id": lambda item: "ror.org" in _places(item),
    "author_absent": lambda item: "author" not in item,
    "author_allcaps": lambda item: re.search(r"(?:^|\| )[A-Z]{3,}(?: \||$)", _families(item)),
    "author_family_only": lambda item: any(one.get("family") and not one.get("given") for one in _people(item)),
    "author_name_only": lambda item: any(one.get("name") and not one.get("family") for one in _people(item)),
    "author_nonlatin": lambda item: re.search(CJK, _families(item)),
    "author_orcid": lambda item: any(one.get("ORCID") for one in _people(item)),
    "author_suffix": lambda item: any(one.get("suffix") for one in _people(item)),
    "author_tussenvoegsel": lambda item: re.search(r"(?:^|\| )(?:van|de|den|der|du)\b", _families(item), re.IGNORECASE),
    "doi_odd_chars": lambda item: re.search("[#?<>%]", item["DOI"]),
    "doi_trailing_punct": lambda item: re.search("[./]$", item["DOI"]),
    "funder_NWO": lambda item: re.search("NWO|Nederlandse Organisatie", json.dumps(item.get("funder"))),
    "no_container": lambda item: not item.get("container-title"),
    "no_title": lambda item: item.get("title") == [],
    "original_title": lambda item: item.get("original-title"),
    "subtitle": lambda item: item.get("subtitle"),
    "title_allcaps": lambda item: _title(item).isupper(),
    "title_cjk": lambda item: re.search(CJK, _title(item)),
    "title_entity": lambda item: re.search("&[a-z]+;", _title(item)),
    "title_key_absent": lambda item: "title" not in item,
    "title_markup": lambda item: re.search("<[a-z]+[ >]", _title(item)),
    "title_math": lambda item: "math" in _title(item),
    "title_mojibake": lambda item: re.search("\ufffd|[\xc2-\xf4][\x80-\xbf€™]", _title(item)),
    "title_whitespace": lambda item: re.search(r"\s\s", _title(item)),
}


@pytest.mark.parametrize("tag", TAGGED)
def test_a_golden_record_shows_the_quirk_it_is_named_after(tag: str) -> None:
    assert tag in shapes(record(TAGGED[tag][0]))
