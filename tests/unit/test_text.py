"""Cleaned text says the same thing as before, in plain characters."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pubtrack.discovery.crosswalks.text import paragraphs, plain, repair_mojibake

CASES = {
    "nothing to do": ("Income and wealth", "Income and wealth"),
    "blanks and line ends": ("  Income\n            and\u2009 wealth ", "Income and wealth"),
    "no-break space": ("Income\xa0and wealth", "Income and wealth"),
    "a blank of another script": ("Income\u1680and wealth", "Income and wealth"),
    "face markup": ("Moves of <i>homo movens</i> in <b>towns</b>", "Moves of homo movens in towns"),
    "small capitals over lines": (
        "The role of\n      <scp>AI</scp>\n      in registers",
        "The role of AI in registers",
    ),
    "JATS prefixes": ("<jats:italic>In vivo</jats:italic> registers", "In vivo registers"),
    "numbered prefixes": ("<ns3:p>Registers</ns3:p>", "Registers"),
    "attributes": ('May <emph type="ital">Archives</emph> quiz', "May Archives quiz"),
    "exponents keep their meaning": ("More than 10<sup>6</sup> people", "More than 10⁶ people"),
    "indices": ("CO<sub>2</sub> and H<sub>2</sub>O at Ca<sup>2+</sup>", "CO₂ and H₂O at Ca²⁺"),
    "markup within an index": ("<i>c</i><sub><i>p</i></sub>", "cp"),
    "ordinals": ("the 19<sup>th</sup> century", "the 19th century"),
    "marks without a raised form": ("x<sup>2a</sup>", "x^2a"),
    "entities": ("Work &amp; Income &#8211; a study", "Work & Income – a study"),
    "escaped twice": ("Work &amp;amp; &lt;i&gt;Income&lt;/i&gt;", "Work & Income"),
    "an entity without semicolon is none": ("Black&notes &c aen", "Black&notes &c aen"),
    "less than is not markup": ("L_p [a,b], p &gt; 1 and a < b", "L_p [a,b], p > 1 and a < b"),
    "a tag that nothing closes may be meant": ("The <b tag and the <i> tag", "The <b tag and the <i> tag"),
    "control characters": ("Income\x00 and\x0b wealth\x7f", "Income and wealth"),
    "soft hyphen and direction marks": ("In\xadcome \u202eand\u202c wealth", "Income and wealth"),
    "lone surrogates": ("Income\ud800 and wealth", "Income and wealth"),
    "decomposed letters": ("Re\u0301gion", "Région"),
    "mojibake": ("SÃ¶ren and JosÃ©", "Sören and José"),
    "mojibake of cp1252": ("womenâ€™s work", "women’s work"),
    "mojibake twice": ("Ã¢â‚¬â„¢s work", "’s work"),
    "mojibake beside what is none stays": ("consumersâ€™ “choice”", "consumersâ€™ “choice”"),
    "mojibake of other alphabets": ("Å\x81Ã³dÅº", "Łódź"),
    "entities by name and in hexadecimal": ("&Eacute;tude &#x3b1; of 5 &micro;m", "Étude α of 5 µm"),
    "a lost character stays lost": ("Road vehicles \ufffd systems", "Road vehicles \ufffd systems"),
    "capitals stay": ("GABA AND THE NATO", "GABA AND THE NATO"),
    "TeX stays": (r"Induced $\mathcal {L}_\infty$ control", r"Induced $\mathcal {L}_\infty$ control"),
    "MathML": (
        "Mn<mml:math><mml:msub><mml:mrow/><mml:mrow><mml:mn>2</mml:mn></mml:mrow></mml:msub></mml:math>VAl films",
        "Mn₂VAl films",
    ),
    "MathML without a prefix": ("<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math> of all", "a/b of all"),
    "exponent in letters": ("<mml:math><mml:msup><mml:mi>x</mml:mi><mml:mi>y</mml:mi></mml:msup></mml:math>", "x^y"),
    "root": (
        "<mml:math><mml:msqrt><mml:mi>s</mml:mi><mml:mo>+</mml:mo><mml:mn>1</mml:mn></mml:msqrt></mml:math>",
        "√(s+1)",
    ),
    "TeX beside MathML counts once": (
        "<jats:tex-math>$d$</jats:tex-math><mml:math><mml:mi>d</mml:mi></mml:math>-complete",
        "d-complete",
    ),
    "scripts before": (
        "<mml:math><mml:mmultiscripts><mml:mi>C</mml:mi><mml:mprescripts/><mml:none/><mml:mn>13</mml:mn></mml:mmultiscripts></mml:math>",
        "¹³C",
    ),
}


@pytest.mark.parametrize(("given_", "expected"), CASES.values(), ids=CASES)
def test_the_cleaned_text_says_the_same(given_: str, expected: str) -> None:
    assert plain(given_) == expected


@pytest.mark.parametrize(("given_", "expected"), CASES.values(), ids=CASES)
def test_cleaning_twice_changes_nothing_more(given_: str, expected: str) -> None:
    assert plain(expected) == expected


@pytest.mark.parametrize("text", ["SÃO PAULO", "Ãrea", "naïve café", "Â§ 5 ou Ω", "â"])
def test_what_may_be_meant_is_not_repaired(text: str) -> None:
    """Only what goes back and forth without a doubt is mojibake."""
    assert repair_mojibake(text) == text


def test_an_abstract_keeps_its_paragraphs_and_loses_its_heading() -> None:
    text = (
        "<jats:title>Abstract</jats:title>\n   <jats:p>We follow <jats:italic>all</jats:italic>\n households.</jats:p>"
        "<jats:sec><jats:title>Methods</jats:title><jats:p>Registers.</jats:p></jats:sec>"
    )

    assert paragraphs(text) == "We follow all households.\nMethods\nRegisters."


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_comes_out_clean(text: str) -> None:
    """Whatever comes in: one line, no control character, and nothing that UTF-8 cannot hold."""
    cleaned = plain(text)

    cleaned.encode("utf-8")
    assert cleaned == " ".join(cleaned.split())
    assert not any(character < " " for character in cleaned)


@given(st.text("<>/&;ibsup jats:mml=\"'12amplt", max_size=60))
@settings(max_examples=200, deadline=None)
def test_broken_markup_does_no_harm(text: str) -> None:
    assert len(plain(text)) <= len(text) + 3
