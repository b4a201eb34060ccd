"""What the crosswalks of repositories' XML share: elements by local name, persistent addresses, people in parts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml import etree

from pubtrack import identifiers
from pubtrack.discovery.crosswalks.fields import PARTICLES, Author, named, unique, web_address
from pubtrack.discovery.crosswalks.text import plain
from pubtrack.discovery.crosswalks.xml import parsed
from pubtrack.errors import UnusableRecord

HANDLE = re.compile(r"(?:https?://hdl\.handle\.net/|hdl:|info:hdl/)(\d[\d.]*/\S+)", re.IGNORECASE)
URN = re.compile(r"urn:nbn:[a-z]{2}:\S+", re.IGNORECASE)
# `N.J. Lopes Cardozo` where a family name alone was asked for; `T (Toyohiko)` where a given name was.
_INITIALS_FIRST = re.compile(r"((?:[^\W\d_]{1,2}\.[\s-]*)+)(\w.+)")
_INITIALS_WITH_NAME = re.compile(r"([^\W\d_])[^()]{0,20}\(([^()]{2,40})\)")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv)\.?", re.IGNORECASE)


def named_element(raw: bytes, name: str, format_: str) -> etree._Element:
    """Given a record and the local name of its format's root, return that root. Raise UnusableRecord if there is none."""
    root = parsed(raw)
    if root is None:
        raise UnusableRecord("broken XML")
    found = next((node for node in root.iter() if local(node) == name), None)
    if found is None:
        raise UnusableRecord(f"no {format_} in the record")
    return found


def local(node: etree._Element) -> str:
    """Return an element's name without its namespace; nothing of a comment."""
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def below(node: etree._Element, *path: str) -> Iterator[etree._Element]:
    """Yield the elements that a path of local names leads to."""
    if not path:
        yield node
        return
    for child in node:
        if local(child) == path[0]:
            yield from below(child, *path[1:])


def texts(node: etree._Element, *path: str) -> list[str]:
    """Return the texts that a path of local names leads to, as they are but for blanks at the ends; empty ones are left out."""
    found = ("".join(str(piece) for piece in child.itertext()).strip() for child in below(node, *path))
    return [text for text in found if text]


def attribute(node: etree._Element, name: str) -> str:
    """Return the attribute of this local name, in whatever namespace, or an empty string."""
    plainly = node.get(name)
    if plainly is not None:
        return str(plainly).strip()
    return next((str(value).strip() for key, value in node.items() if str(key).endswith("}" + name)), "")


def plausible(title: str) -> bool:
    """Whether a text may be a title at all."""
    letters = sum(character.isalpha() for character in title)
    return (
        letters >= 2
        and web_address(title) is None
        and title.strip("[]().").casefold() not in ("untitled", "no title", "zonder titel")
    )


def persistent(text: str) -> str | None:
    """Given an identifier, return it as a persistent address in one form (a handle's link, a urn:nbn), or None."""
    text = text.strip().partition("#")[0]
    if match := HANDLE.fullmatch(text):
        return f"https://hdl.handle.net/{match[1].lower()}"
    return text.lower() if URN.fullmatch(text) else None


def addresses(found: Iterable[str]) -> list[str]:
    """Given identifiers, return persistent addresses first, each in one form, then the other web addresses; no DOI."""
    lasting: list[str] = []
    others: list[str] = []
    for text in found:
        if name := persistent(text):
            lasting.append(name)
        elif (url := web_address(text)) and not identifiers.doi(text):
            others.append(url)
    return lasting + others


def called(doi: str | None, book: str | None, found: Iterable[str], kind: str) -> tuple[str | None, tuple[str, ...]]:
    """Given a record's DOI, ISBN, addresses (`addresses`) and CSL type, return its URL, and the identities that it gives the work."""
    found = list(found)
    url = (
        identifiers.doi_address(doi)
        if doi
        else next((address for address in found if address.startswith("http")), None)
    )
    lasting = [f"url:{name}" for name in found if name.startswith(("https://hdl.handle.net/", "urn:"))]
    books = [f"isbn:{book}"] if book and kind in ("book", "thesis", "report") else []
    return url, unique(([f"doi:{doi}"] if doi else []) + lasting + books)


def person(family: str, given: str = "", terms: str = "") -> Author | None:
    """Given a person's name in parts as repositories fill them, return a CSL name, or None if it names nobody.

    `Peppel, van de`, `Peppel van de`, and `Anna van der` before `Berg` are put in order; `terms` is MODS's termsOfAddress, where
    some put the particles and others a title.
    """
    family, given, terms = plain(family).strip(" ,;"), plain(given).strip(" ,;"), plain(terms)
    family, _, rest = (part.strip() for part in family.partition(","))
    words, given_words = family.split(), given.split()
    if rest and not given and not _particles(rest.split()):
        given_words = rest.split()
    elif rest:
        words = [*rest.split(), *words]
    if not given_words and (match := _INITIALS_FIRST.fullmatch(" ".join(words))):
        given_words, words = match[1].split(), match[2].split()
    if (match := _INITIALS_WITH_NAME.fullmatch(" ".join(given_words))) and match[2].startswith(match[1]):
        given_words = match[2].split()
    behind: list[str] = []
    if _particles(given_words):
        behind, given_words = given_words, []
    for part in (given_words, words):
        while len(part) > 1 and part[-1] in PARTICLES:
            behind.insert(0, part.pop())
    before = terms.split() if _particles(terms.split()) and words[:1] != terms.split()[:1] else []
    suffix = terms if _SUFFIX.fullmatch(terms) else ""
    return named(" ".join(given_words), " ".join([*before, *behind, *words]), suffix)


def _particles(words: list[str]) -> bool:
    return bool(words) and all(word in PARTICLES for word in words)
