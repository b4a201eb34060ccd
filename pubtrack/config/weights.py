"""The weights of matching: how much each feature adds to the log-odds that a work is an output of a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Weights(BaseModel):
    """One number per feature; `config/matching.toml` may change any. How they were found: docs/accuracy.md.

    A pair's score is the logistic function of the sum of weight times value. Where no other value is named, a feature is 1 or absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Where a pair starts from.
    base_people: float = -0.7  # a person whom the register names is among the authors
    base_known: float = -5.43  # only an author of a known output of the project is
    base_title: float = -4.73  # nobody is: rare words of the title, a data set or a number led here
    # Who.
    name_same: float = 1.07
    name_initials: float = 0.77
    name_partial: float = 0.0  # by hand: the links show few double names
    name_conflict: float = -2.33
    name_different: float = 0.0  # only an ORCID can lead here
    lead: float = 1.03
    more_people: float = 0.89  # log2(1 + further people of the project)
    namesakes: float = -0.3  # ln(first initials seen with the family name)
    many_authors: float = -1.83  # ln(authors / 20)
    known_people: float = 2.26  # log2(1 + shared authors of known outputs)
    known_outputs: float = 1.11  # log2(known outputs that show them)
    orcid_same: float = 4.0
    orcid_other: float = -9.0
    # When.
    when: float = 0.89  # how usual an output is that long after the project's start, -1 to 1
    before: float = -0.58  # years, at most 6
    # What about: cosines and shares, 0 to 1.
    title: float = 4.08  # title against title
    text: float = 4.31  # title and abstract against title, abstract and data sets
    contained: float = 0.59  # how much of the work's title stands in the project's text
    no_word: float = -0.3  # by hand: a list of reported outputs shows too few other works of the same people
    outputs: float = 2.23  # against the most similar known output
    # What its text says.
    credited: float = 1.0
    credit_absent: float = -0.4
    number: float = 6.0
    number_other: float = -3.0
    datasets: float = 2.5  # how rare the rarest data set is that both name, 0 to 1
    datasets_other: float = -0.5
    # Where.
    affiliation: float = 0.8
    affiliation_other: float = -0.4
    organisation: float = 1.57
    # The other projects of the same people.
    share: float = 2.38  # logarithm of the project's share among them, -5 to 0
