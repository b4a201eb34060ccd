"""The weights of matching: how much each feature says that a work is an output of a project.

`benchmarks/fit_matching.py` fits them and writes the numbers here; those marked `by hand` no links were there to fit.
docs/accuracy.md says how.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Weights(BaseModel):
    """One number per feature; `config/matching.toml` may change any. Where no other value is named, a feature is 1 or absent.

    The sum of weight times value is a pair's strength; that of belonging to no project is 0. The exponential of a strength,
    over that of all
    projects that the work may belong to and of none, is a pair's share. `scale` makes a probability of the share.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Where a pair starts from.
    base_people: float = 0.77  # a person whom the register names is among the authors
    base_known: float = -2.96  # only an author of a known output of the project is
    base_accepted: float = -1.01  # only an author of works that were accepted for the project is
    base_title: float = -3.84  # nobody is: rare words of the title, a site, a data set or a number led here
    harvested: float = -2.00  # by hand: it was found by a search, not on a list of outputs
    # Who.
    name_same: float = 0.94
    name_initials: float = 0.24
    name_partial: float = -0.63
    name_conflict: float = -0.56
    lead: float = 1.88
    more_people: float = 1.90  # log2(1 + further people of the project)
    namesakes: float = -0.81  # ln(first initials seen with the family name)
    many_authors: float = -1.47  # ln(authors / 20)
    known_people: float = 2.24  # log2(1 + shared authors of known outputs)
    known_outputs: float = 0.59  # log2(known outputs that show them)
    orcid_same: float = 4.00  # by hand
    orcid_other: float = -14.00  # by hand
    # When.
    when: float = (
        1.30  # how usual an output is that long after the project's start, -1 to 1; for projects with named people
    )
    before: float = -0.78  # years before the start, at most 6
    late: float = -1.92  # years after the end, from one year on, at most 6; for projects without named people
    # What about: cosines and shares, 0 to 1.
    title: float = 2.48  # title against title
    text: float = 2.36  # title and abstract against title, abstract and data sets
    contained: float = 1.98  # how much of the work's title stands in the project's text
    inside: float = 2.62  # how much of the project's title stands in the work's title and abstract
    no_word: float = -0.30  # by hand: a list of reported outputs shows too few other works of the same people
    no_word_harvested: float = (
        -1.70
    )  # by hand, on top of both: of what a search found, such a work is nearly always another's
    outputs: float = 2.37  # against the most similar known output
    accepted: float = 1.02  # if none is known, against the most similar of the works that were accepted for the project
    # What its text says.
    credited: float = 1.00  # by hand
    credit_absent: float = -0.40  # by hand
    number: float = 6.00  # by hand
    listed: float = 8.00  # by hand: of the rows of such a list about 95 % are right
    number_other: float = -3.00  # by hand
    datasets: float = 2.50  # by hand: how rare the rarest data set is that both name, 0 to 1
    datasets_other: float = -0.50  # by hand
    # Where.
    affiliation: float = 0.80  # by hand
    affiliation_other: float = -0.40  # by hand
    organisation: float = 1.76  # by hand: the project's institution is itself an author
    organisation_known: float = 1.50  # by hand: an organisation that a known output is by
    site_own: float = 3.11  # nobody is known, and it stands on a site of the project's institution
    site_other: float = -0.36  # on that of another project's
    site_known: float = 1.84  # the share of the works seen on that site that are known outputs of the project
    # From share to probability: log-odds are these times the logarithm of the share and the strength, and one of the others.
    scale_share: float = 1.86
    scale_own: float = 0.23
    scale_people: float = 1.28
    scale_known: float = 1.47
    scale_title: float = 2.37
