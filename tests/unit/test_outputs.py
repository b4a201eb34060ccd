"""Which work is whose, the day its terms begin, and its reference on one line."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.models import Answer, Band, Work
from pubtrack.obligations.dates import after, published_on
from pubtrack.obligations.outputs import Standing, outputs
from pubtrack.obligations.wording import link, plain, reference_line
from tests.duties import match, said, work


def test_a_persons_word_outweighs_the_machine() -> None:
    """Each band, each answer, and both."""
    matches = [
        match(1, Band.ACCEPT),
        match(2, Band.REVIEW),
        match(3, Band.REJECT),
        match(4, Band.ACCEPT),
        match(5, Band.REVIEW),
    ]
    decisions = [
        said(Answer.NOT_MINE, project="9001", work=4),
        said(Answer.MINE, project="9001", work=5),
        said(Answer.MINE, project="9001", work=6),  # no source ever showed a match
        said(Answer.CREDITED, work=1),
    ]

    assert outputs(matches, decisions) == {
        ("9001", 1): Standing.ACCEPTED,
        ("9001", 2): Standing.ASKED,
        ("9001", 4): Standing.REFUSED,
        ("9001", 5): Standing.CONFIRMED,
        ("9001", 6): Standing.CONFIRMED,
    }


def test_the_newest_word_holds_in_any_order() -> None:
    """Who changes their mind is believed; a clock that was set back does not turn the order round."""
    first = said(Answer.NOT_MINE, "2026-11-05", project="9001", work=1, id=1)
    second = said(Answer.MINE, "2026-11-02", project="9001", work=1, id=2)

    assert outputs([], [second, first]) == outputs([], [first, second]) == {("9001", 1): Standing.CONFIRMED}


def test_a_message_may_rest_on_what_counts() -> None:
    """A question to staff and a refusal do not count."""
    assert [standing for standing in Standing if standing.counts] == [Standing.CONFIRMED, Standing.ACCEPTED]


@pytest.mark.parametrize(
    ("issued", "expected"),
    [
        ("2026-10-05", date(2026, 10, 5)),
        ("2026-10", date(2026, 10, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2026", date(2026, 12, 31)),
        ("2026-13", None),
        ("2026-02-30", None),
        ("9999", None),
        (None, None),
    ],
)
def test_terms_begin_on_the_last_day_a_date_can_mean(issued: str | None, expected: date | None) -> None:
    """Never too early, and never on a date that is none."""
    assert published_on(work(1, issued)) == expected


@pytest.mark.parametrize(
    "issued",
    [{"date-parts": [["2026", "10"]]}, {"date-parts": [[2026, None]]}, {"date-parts": "x"}, {"raw": "2026"}, "2026"],
)
def test_a_strange_date_is_no_date(issued: object) -> None:
    """Whatever stands there, nothing breaks."""
    found = published_on(Work({"issued": issued}))

    assert found is None or isinstance(found, date)


def test_days_beyond_the_calendar_are_none() -> None:
    """No overflow, whatever the policy says."""
    assert after(date(2026, 11, 16), -30) == date(2026, 10, 17)
    assert after(date(9999, 12, 31), 1) is None
    assert after(None, 1) is None


@pytest.mark.parametrize(
    ("csl", "expected"),
    [
        (
            {
                "author": [
                    {"given": "Anna Maria", "family": "Berg", "non-dropping-particle": "van der"},
                    {"given": "Jan-Willem", "family": "'t Hooft"},
                    {"literal": "Team Wonen"},
                ],
                "issued": {"date-parts": [[2026, 3]]},
                "title": "Who moves?",
                "container-title": "Journal of Examples",
                "volume": "3",
                "issue": "2",
                "page": "1-20",
                "DOI": "10.5555/1",
            },
            "van der Berg, A. M., 't Hooft, J.-W. & Team Wonen (2026). Who moves? Journal of Examples, 3(2), 1-20. https://doi.org/10.5555/1",
        ),
        (
            {"title": "Verslag", "publisher": "Example", "URL": "https://example.org/verslag"},
            "Verslag. Example. https://example.org/verslag",
        ),
        ({"title": "A link", "URL": "javascript:alert(1)"}, "A link."),
        ({"title": "A DOI", "DOI": "10.5555/a<b>#c?d e"}, "A DOI. https://doi.org/10.5555/a%3Cb%3E%23c%3Fd%20e"),
        ({"author": [{"family": "Bos"}] * 9, "issued": {"date-parts": [[2020]]}, "title": "Many"},
         "Bos, Bos, Bos, Bos, Bos, Bos, et al. (2020). Many."),
        ({"author": [{"given": "Plato"}]}, "Plato (n.d.). [no title]."),
        ({"title": "One\r\nBcc: two\u202e\u200b\x00"}, "One Bcc: two."),
    ],
)  # fmt: skip
def test_a_reference_on_one_line(csl: dict[str, object], expected: str) -> None:
    """For a person to recognise a publication by; hostile text is plain."""
    assert reference_line(Work(csl)) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(), st.integers(1, 400))
def test_plain_text_is_one_short_line(text: str, limit: int) -> None:
    """Whatever is in it: no line break, no control, no mark that turns the direction of writing, and never too long."""
    found = plain(text, limit)

    assert len(found) <= limit
    assert found == found.strip()
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") for char in found)


def test_ten_megabytes_of_title_cost_nothing() -> None:
    """A title that is a file is cut."""
    assert reference_line(Work({"title": "ab " * 3_500_000})).startswith("ab ab ab")
    assert len(reference_line(Work({"title": "x" * 10_000_000, "DOI": "10.5555/1"}))) <= 500
    assert link(Work({"URL": "https://example.org/" + "x" * 10_000_000})) is None
