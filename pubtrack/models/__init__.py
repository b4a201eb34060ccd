"""The nouns of the house: plain, frozen, typed. Nothing below them but the standard library; no I/O, no clock."""

from pubtrack.models.answers import CORRECTION_DAYS, Answer, Choice, Decision, Records
from pubtrack.models.credit import Finding, Quote, Verdict
from pubtrack.models.duties import Duty, DutyKind, DutyState, Message
from pubtrack.models.matches import Band, Evidence, Match
from pubtrack.models.people import Person, Project
from pubtrack.models.reports import Progress, StageReport, silent
from pubtrack.models.works import Csl, Link, PartialDate, Record, Relation, Work

__all__ = [
    "CORRECTION_DAYS",
    "Answer",
    "Band",
    "Choice",
    "Csl",
    "Decision",
    "Duty",
    "DutyKind",
    "DutyState",
    "Evidence",
    "Finding",
    "Link",
    "Match",
    "Message",
    "PartialDate",
    "Person",
    "Progress",
    "Project",
    "Quote",
    "Record",
    "Records",
    "Relation",
    "StageReport",
    "Verdict",
    "Work",
    "silent",
]
