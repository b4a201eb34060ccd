"""Names as sources write them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.matching.names import Grade, Name, compare, keys, of_author, parse

JAN = parse("Jan", "van der Berg")


@pytest.mark.parametrize(
    ("given_name", "family", "parts", "particles", "givens"),
    [
        ("Jan", "van der Berg", ("berg",), ("van", "der"), ("jan",)),
        ("J. van der", "Berg", ("berg",), ("van", "der"), ("j",)),
        ("", "Berg, J. van der", ("berg",), ("van", "der"), ("j",)),
        ("", "Berg JA", ("berg",), (), ("j", "a")),
        ("", "Jan van der Berg", ("berg",), ("van", "der"), ("jan",)),
        ("", "J. Berg", ("berg",), (), ("j",)),
        ("JA", "Van Den Berg", ("berg",), ("van", "den"), ("j", "a")),
        ("J.A.", "v.d. Berg", ("berg",), ("v", "d"), ("j", "a")),
        ("JAN", "VAN DER BERG", ("berg",), ("van", "der"), ("jan",)),
        ("Bram", "'t Hooft", ("hooft",), ("t",), ("bram",)),
        ("Bram", "’t Hooft", ("hooft",), ("t",), ("bram",)),
        ("Sietske", "in 't Veld", ("veld",), ("in", "t"), ("sietske",)),
        ("Piet", "ter Horst", ("horst",), ("ter",), ("piet",)),
        ("Piet", "ten Have", ("have",), ("ten",), ("piet",)),
        ("Pascal", "d'Hondt", ("hondt",), ("d",), ("pascal",)),
        ("Karl", "von Stein", ("stein",), ("von",), ("karl",)),
        ("Mohamed", "el Idrissi", ("idrissi",), ("el",), ("mohamed",)),
        ("Kate", "O'Brien", ("obrien",), (), ("kate",)),
        ("Maria", "Jansen-de Vries", ("jansen", "vries"), (), ("maria",)),
        ("Maria", "Garcia Lopez", ("garcia", "lopez"), (), ("maria",)),
        ("Hans-Jürgen", "Müller", ("muller",), (), ("hans", "jurgen")),
        ("Jean-Pierre", "Lefèvre", ("lefevre",), (), ("jean", "pierre")),
        ("John", "Smith Jr.", ("smith",), (), ("john",)),
        ("", "Smith, Jr., John", ("smith",), (), ("john",)),
        ("CSPM", "Uiterwaal", ("uiterwaal",), (), ("c", "s", "p", "m")),
        ("Do", "Van", ("van",), (), ("do",)),
        ("", "van der Berg", ("berg",), ("van", "der"), ()),
    ],
)
def test_a_name_is_taken_apart(given_name, family, parts, particles, givens):
    name = parse(given_name, family)

    assert name is not None
    assert (name.parts, name.particles, name.given) == (parts, particles, givens)


@pytest.mark.parametrize(("given_name", "family"), [("", ""), ("", "-"), ("J.", ""), ("", "J")])
def test_what_holds_no_family_name_is_no_name(given_name, family):
    assert parse(given_name, family) is None


@pytest.mark.parametrize(
    ("one", "other", "grade"),
    [
        (("Jan", "van der Berg"), ("Jan", "Berg"), Grade.SAME),
        (("Jan", "van der Berg"), ("", "Berg, J. van der"), Grade.INITIALS),
        (("Jan", "van der Berg"), ("JAN", "VAN DER BERG"), Grade.SAME),
        (("Jan", "van den Berg"), ("Jan", "Vandenberg"), Grade.SAME),
        (("Jan", "van der Berg"), ("Joost", "van der Berg"), Grade.CONFLICT),
        (("J.A.", "de Wit"), ("J.C.", "de Wit"), Grade.CONFLICT),
        (("J.A.M.", "de Wit"), ("J.M.", "de Wit"), Grade.INITIALS),
        (("John A", "Smith"), ("John B", "Smith"), Grade.CONFLICT),
        (("John A", "Smith"), ("John", "Smith"), Grade.SAME),
        (("M. Kevin", "Smith"), ("Kevin", "Smith"), Grade.INITIALS),
        (("Matt", "Smith"), ("Matthew", "Smith"), Grade.INITIALS),
        (("Anna", "Jansen"), ("Bram", "Jansen"), Grade.DIFFERENT),
        (("Anna", "Jansen"), ("Anna", "Pietersen"), Grade.DIFFERENT),
        (("Anna", "de Vries"), ("Anna", "van Vries"), Grade.PARTIAL),
        (("Maria", "Jansen-de Vries"), ("M.", "Jansen"), Grade.PARTIAL),
        (("Maria", "Jansen-de Vries"), ("M.", "de Vries"), Grade.PARTIAL),
        (("Maria", "Jansen-de Vries"), ("Maria", "Jansen de Vries"), Grade.SAME),
        (("Hans", "Müller"), ("H.", "Mueller"), Grade.INITIALS),
        (("Hans", "Müller"), ("Hans", "Muller"), Grade.SAME),
        (("Søren", "Kjær"), ("Soren", "Kjaer"), Grade.SAME),
        (("Matteo", "Picchio"), ("Picchio", "Matteo"), Grade.PARTIAL),
        (("", "Uiterwaal"), ("Carla", "Uiterwaal"), Grade.PARTIAL),
        (("Bram", "Wandelaar"), ("Willem B", "Wandelaar"), Grade.CONFLICT),
        (("Bram", "Wandelaar"), ("W.B.", "Wandelaar"), Grade.DIFFERENT),
        (("Bram C", "Wandelaar"), ("Willem B", "Wandelaar"), Grade.DIFFERENT),
        (("Amber", "Smid"), ("Amber Smid", "Kuiper"), Grade.PARTIAL),
        (("Rosa", "Gomez"), ("Maria Rosa Gomez", "Ruiz"), Grade.PARTIAL),
        (("Jan", "Smid"), ("Amber Smid", "Kuiper"), Grade.DIFFERENT),
    ],
)
def test_two_names_are_graded(one, other, grade):
    left, right = parse(*one), parse(*other)

    assert left is not None
    assert right is not None
    assert compare(left, right) is grade
    assert compare(right, left) is grade


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ({"literal": "Panteia"}, None),
        ({"literal": "Diverse"}, None),
        ({"literal": "Institute of Examples, Department of Tests"}, None),
        ({"family": "PRISMA Collaboration"}, None),
        ({}, None),
        ({"given": None, "family": None}, None),
        ({"literal": "Berg, J. van der"}, ("berg", ("j",))),
        ({"given": "Jan", "family": "Berg", "non-dropping-particle": "van der"}, ("berg", ("jan",))),
        ({"given": "Nasir", "family": "Institoris"}, ("institoris", ("nasir",))),
    ],
)
def test_an_organisation_is_no_person(author, expected):
    name = of_author(author)

    assert (name and (name.family, name.given)) == expected


def test_a_register_lists_a_name_under_every_key_that_a_source_may_use():
    assert JAN is not None
    assert keys(JAN) == ("berg j", "vanderberg j")
    double = parse("Maria Anna", "Jansen-de Vries")
    assert double is not None
    assert set(keys(double)) >= {"jansen m", "vries m", "jansenvries m", "jansen a"}
    middle, married = parse("Willem B", "Wandelaar"), parse("Amber Smid", "Kuiper")
    assert middle is not None
    assert married is not None
    assert keys(middle) == ("wandelaar w", "wandelaar b")
    assert keys(middle, middle=False) == ("wandelaar w",)
    assert keys(married) == ("kuiper a", "kuiper s", "smid a")


WORD = st.text(alphabet=string.ascii_letters + "éüøñçšŁß'’-. ,", max_size=20)


@given(WORD | st.text(max_size=20), WORD | st.text(max_size=20))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_without_a_fault_and_is_like_itself(given_name, family):
    """A name is at least compatible with itself, and has a key if it has a family name of two letters."""
    name = parse(given_name, family)

    if name is not None:
        assert all(part.isascii() and part.isalpha() for part in (*name.parts, *name.given))
        assert compare(name, name) in ((Grade.SAME, Grade.INITIALS) if name.given else (Grade.PARTIAL,))
        assert keys(name)


@given(
    st.sampled_from(["Jan", "Anna Maria", "Jean-Pierre", "Bo"]),
    st.sampled_from(["van der Berg", "'t Hooft", "Jansen-de Vries", "Müller", "d'Hondt", "in 't Veld", "Chen"]),
    st.sampled_from(["plain", "inverted", "initials", "shouting", "ascii", "given holds the particle"]),
)
@settings(max_examples=100, deadline=None)
def test_every_way_of_writing_a_name_meets_the_name(given_name, family, way):
    """The two share a key, and the names agree."""
    initials = " ".join(word[0] + "." for word in given_name.replace("-", " ").split())
    words = family.split()
    written: dict[str, tuple[str, str]] = {
        "plain": (given_name, family),
        "inverted": ("", f"{family}, {given_name}"),
        "initials": (initials, family),
        "shouting": (given_name.upper(), family.upper()),
        "ascii": (given_name, family.replace("ü", "ue")),
        "given holds the particle": (f"{given_name} {' '.join(words[:-1])}".strip(), words[-1])
        if "-" not in family
        else (given_name, family),
    }
    one, other = parse(given_name, family), parse(*written[way])

    assert isinstance(one, Name)
    assert isinstance(other, Name)
    assert compare(one, other) in (Grade.SAME, Grade.INITIALS)
    assert set(keys(one)) & set(keys(other))
