"""By what works and projects meet, as numbers: two that share no key are no pair. They follow the indices of blocking. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator

from pubtrack.matching import names, places
from pubtrack.matching.pool import Subject, View


def of_project(view: View) -> frozenset[int]:
    """Given a project, return the keys that lead to it."""
    return frozenset(map(_number, _of_project(view)))


def of_work(subject: Subject, words: Container[str]) -> frozenset[int]:
    """Given a work and the words of titles that lead to a project without named people, return the keys that it can be found by."""
    return frozenset(map(_number, _of_work(subject, words)))


def _of_project(view: View) -> Iterator[str]:
    yield f"number {view.project.id.casefold()}"
    for role in view.roles:
        for key in names.keys(role.name):
            yield f"name {key}"
            yield f"family {key.split(' ')[0]}"
        if role.orcid:
            yield f"orcid {role.orcid}"
    for dataset in view.project.datasets:
        yield f"dataset {dataset.casefold()}"
    if not view.named:
        yield from (f"word {word}" for word in view.words)
        yield from (f"label {label}" for label in view.labels)
    for output in view.outputs:
        yield from (f"place {place}" for place in (output.site, *output.organisations) if place and output.sure)


def _of_work(subject: Subject, words: Container[str]) -> Iterator[str]:
    for author in subject.authors:
        if author.orcid:
            yield f"orcid {author.orcid}"
        for name in (author.name, names.swapped(author.name)):
            for key in names.keys(name) if name else ():
                family, initial = key.split(" ")
                yield from (f"name {key}", f"name {family} ") if initial else (f"family {family}",)
    for mention in subject.finding.mentions if subject.finding else ():
        kind, _, value = mention.partition(":")
        if kind == "project":
            yield f"number {value.casefold()}"
        elif kind == "dataset":
            yield f"dataset {value.casefold()}"
    yield from (f"word {word}" for word in subject.title if word in words)
    yield from (f"label {label}" for label in places.labels(subject.site))
    yield from (f"place {place}" for place in (subject.site, *subject.organisations) if place)


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1
