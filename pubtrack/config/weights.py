"""The weights of matching: how much each feature adds to the log-odds that a work is an output of a project."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Weights(BaseModel):
    """One number per feature; `config/matching.toml` may change any. How they were found: docs/accuracy.md.

    A pair's score is the logistic function of the sum of weight times value. Where no other value is named, a feature is 1 or absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Where a pair starts from.
    base_people: float = -3.0  # a person whom the register names is among the authors
    base_known: float = -3.0  # only an author of a known output of the project is
    base_title: float = -6.0  # nobody is: rare words of the title, a data set or a number led here
    # Who.
    name_same: float = 2.0
    name_initials: float = 1.5
    name_partial: float = 0.0
    name_conflict: float = -3.0
    name_different: float = 0.0  # only an ORCID can lead here
    lead: float = 0.5
    more_people: float = 1.5  # log2(1 + further people of the project)
    namesakes: float = -0.5  # ln(first initials seen with the family name)
    many_authors: float = -0.7  # ln(authors / 20)
    known_people: float = 0.7  # log2(1 + shared authors of known outputs)
    known_outputs: float = 0.5  # log2(known outputs that show them)
    orcid_same: float = 4.0
    orcid_other: float = -7.0
    # When.
    when: float = 0.8  # how usual an output is that long after the project's start, -1 to 1
    before: float = -0.4  # years, at most 6
    # What about: cosines and shares, 0 to 1.
    title: float = 1.35  # title against title
    text: float = 1.2  # title and abstract against title, abstract and data sets
    contained: float = 1.15  # how much of the work's title stands in the project's text
    no_word: float = 0.0
    outputs: float = 2.3  # against the most similar known output
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
    organisation: float = 1.5
    # The other projects of the same people.
    share: float = 2.3  # logarithm of the project's share among them, -5 to 0
