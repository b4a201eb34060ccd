"""What LaTeX commands mean for a text: tables, used by latex.py. Names as in https://www.latex-project.org/help/documentation/."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")

# An accent's command, and the combining mark it puts on the next letter.
ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
SYMBOLS = {
    "~": " ", "&": " ", "``": "“", "''": "”", "--": "–", "---": "—", "ss": "ß", "o": "ø", "O": "Ø", "ae": "æ", "AE": "Æ", "oe": "œ",
    "OE": "Œ", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "ldots": "...", "dots": "...", "textellipsis": "...",
    "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”", "textendash": "–",
    "textemdash": "—", "textasciitilde": "~", "textbackslash": "\\", "textunderscore": "_", "LaTeX": "LaTeX", "TeX": "TeX",
    "copyright": "©", "euro": "€", "texteuro": "€", "S": "§", "P": "¶", "quad": " ", "qquad": " ", "newline": "\n",
    "linebreak": "\n", "slash": "/", "space": " ", "ij": "ij", "IJ": "IJ",
}  # fmt: skip


def _each(names: str, value: T) -> dict[str, T]:
    return dict.fromkeys(names.split(), value)


# Commands whose arguments are no text, and how many they take.
DROPPED = {
    **_each("label ref eqref pageref autoref cref Cref vref nameref includegraphics input include subfile color", 1),
    **_each(
        "cite citep citet citealp citealt citeauthor citeyear citeyearpar Citet Citep nocite parencite textcite", 1
    ),
    **_each(
        "footcite autocite bibliography bibliographystyle addbibresource usepackage documentclass documentstyle", 1
    ),
    **_each(
        "pagestyle thispagestyle vspace hspace graphicspath hypersetup pagenumbering enlargethispage theoremstyle", 1
    ),
    **_each("newcounter stepcounter refstepcounter index hyphenation captionsetup cline bibliographyfont", 1),
    **_each("textcolor colorbox multirow parbox raisebox scalebox", 1),
    **_each("setlength addtolength setcounter addtocounter definecolor multicolumn fontsize import rule newtheorem", 2),
    **_each("resizebox numberwithin", 2),
    "addcontentsline": 3,
}
# Text that stands apart from the sentence it is written in, and the section it goes to.
NOTES = {
    **_each("footnote footnotetext endnote thanks marginpar tablefootnote sidenote tnotetext fntext", "notes"),
    **_each("caption captionof subcaption floatfoot", "tables and figures"),
}
# Headings, and what is written after them.
HEADINGS = {
    **_each("part chapter section subsection subsubsection title subtitle author date affil institute", "\n\n"),
    **_each("paragraph subparagraph", ". "),
}
# Environments that open a section, and the heading that says so.
NAMED = {
    "abstract": "Abstract",
    "thebibliography": "References",
    **_each("acknowledgments acknowledgements acknowledgment acknowledgement ack acks", "Acknowledgements"),
    "appendices": "Appendix",
}
ARGUMENTS = {
    **_each("tabular array longtable minipage multicols thebibliography wrapfigure threeparttable", 1),
    **_each("tabularx tabulary", 2),
}
MATHS = frozenset(
    _each("equation align gather multline eqnarray displaymath math flalign alignat tikzpicture lstlisting", True)
)
