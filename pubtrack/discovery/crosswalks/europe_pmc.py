"""A Europe PMC result to a Work, as `resultType` core or lite gives it. Pure. https://europepmc.org/RestfulWebService (Result fields)

| theirs | ours |
|---|---|
| `title` | title, without PubMed's final stop and the brackets of a translated title |
| `authorList`, else `authorString` | author: names, ORCID, affiliations |
| `journalInfo`, else `journalTitle`, `journalIssn`, `journalVolume`, `issue` | container-title and its short form, volume, issue, ISSN |
| `bookOrReportDetails` | container-title, publisher |
| `pageInfo`, `abstractText`, `language` | page, abstract, language |
| `electronicPublicationDate`, `journalInfo.dateOfPublication` | issued: the earliest of the most precise |
| else `firstPublicationDate`, where a 01 may fill what is not known; `pubYear` | issued |
| `source`, `pubTypeList` or `pubType` | type; genre of a notice; retracted |
| `doi`, `pmid`, `pmcid`, `source` and `id` | identities |
| `commentCorrectionList` | relations; retracted, corrected |
| `isOpenAccess`, `fullTextUrlList`, `authMan` and its kin | links, with their version |
"""

from __future__ import annotations

import json
import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    issn,
    language,
    literal,
    named,
    orcid,
    string,
    unique,
    web_address,
    without_mail,
)
from pubtrack.discovery.crosswalks.text import paragraphs
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

# The collection says it where it holds one kind of work; else the publication types of PubMed and PMC do, compared in lower case.
COLLECTIONS = {"PPR": "article", "ETH": "thesis", "PAT": "patent"}
TYPES = {
    "preprint": "article",
    "book": "book",
    "book chapter": "chapter",
    "book-chapter": "chapter",
    "chapter-article": "chapter",
    "thesis": "thesis",
    "dissertation": "thesis",
    "academic dissertation": "thesis",
    "technical report": "report",
    "report": "report",
    "dataset": "dataset",
    "newspaper article": "article-newspaper",
    "patent": "patent",
}
NOTICES = {
    "published erratum": "Correction notice",
    "correction": "Correction notice",
    "retraction of publication": "Retraction notice",
    "retraction notice": "Retraction notice",
}
_RELATIONS = {
    "retraction of": "retracts",
    "retraction in": "retracted_by",
    "erratum for": "corrects",
    "erratum in": "corrected_by",
    "preprint of": "is_preprint_of",
    "preprint in": "has_preprint",
}
# What is read here; the rest (citations, flags, text-mined terms) moves without the work changing.
READ = frozenset(
    """id source pmid pmcid doi title authorString authorList journalInfo journalTitle journalIssn journalVolume issue pageInfo
    bookOrReportDetails abstractText language pubYear firstPublicationDate electronicPublicationDate pubType pubTypeList
    commentCorrectionList isOpenAccess inEPMC hasPDF fullTextUrlList authMan epmcAuthMan nihAuthMan""".split()  # noqa: SIM905
)
_REST = "https://www.ebi.ac.uk/europepmc/webservices/rest"
_OWN_SITES = frozenset({"europe_pmc", "pubmedcentral", "pmc"})
_MEDIA = {"pdf": "application/pdf", "html": "text/html"}
_NO_ISSUES = frozenset({"forthcoming", "ahead-of-print", "online ahead of print"})
_INITIALS = re.compile(r"[^\W\d_a-z]{1,4}(?:-[^\W\d_a-z]{1,3})?")
_SUFFIXES = frozenset({"Jr", "Sr", "2nd", "3rd", "4th", "II", "III", "IV"})


def content(raw: bytes) -> bytes:
    """Given a record, return the part of it whose change makes it a changed record. Raise UnusableRecord if it is no JSON object."""
    return json.dumps({key: value for key, value in _parsed(raw).items() if key in READ}, sort_keys=True).encode()


def crosswalk(raw: bytes) -> Work:
    """Given one result as JSON, return the work it shows. Raise UnusableRecord, with the reason it is counted under, if it shows none."""
    item = _parsed(raw)
    title = _title(string(item.get("title")))
    if not title:
        raise UnusableRecord("no title")
    kinds = [kind.lower() for kind in _types(item)]
    csl: dict[str, Any] = {"title": title, "type": _type(item, kinds)} | _container(item)
    if people := _people(item):
        csl["author"] = people
    if issued := _issued(item):
        csl["issued"] = {"date-parts": [issued]}
    if pages := string(item.get("pageInfo")):
        csl["page"] = re.sub(r"\s*[–—]\s*", "-", pages)
    if isinstance(item.get("abstractText"), str) and (abstract := paragraphs(item["abstractText"])):
        csl["abstract"] = abstract
    if code := language(item.get("language")):
        csl["language"] = code
    if doi := identifiers.doi(string(item.get("doi"))):
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := _page(item):
        csl["URL"] = url
    if notice := next((NOTICES[kind] for kind in kinds if kind in NOTICES), None):
        csl["genre"] = notice
    elif csl["type"] == "article":
        csl["genre"] = "Preprint"
    relations = _relations(item)
    said = {relation.kind for relation in relations}
    said |= {
        _RELATIONS.get(_lower(one.get("type")), "")
        for one in _listed(item, "commentCorrectionList", "commentCorrection")
    }
    return Work(
        csl=csl,
        identities=_identities(item, doi),
        relations=relations,
        links=_links(item, csl["type"]),
        retracted="retracted_by" in said or "retracted publication" in kinds or bool(RETRACTED_TITLE.match(title)),
        corrected="corrected_by" in said,
    )


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnusableRecord("not JSON") from error
    if not isinstance(item, dict):
        raise UnusableRecord("not a JSON object")
    return item


def _title(title: str) -> str:
    """PubMed ends every title with a full stop, and puts one that it translated into brackets."""
    if title.endswith(".") and not title.endswith(".."):
        title = title[:-1].rstrip()
    if title.startswith("[") and title.endswith("]") and "[" not in title[1:]:
        title = title[1:-1].strip().removesuffix(".")
    return title


def _types(item: dict[str, Any]) -> list[str]:
    listed = item.get("pubTypeList")
    found = listed.get("pubType") if isinstance(listed, dict) else item.get("pubType")
    texts = found.split(";") if isinstance(found, str) else found if isinstance(found, list) else []
    return [text.strip() for text in texts if isinstance(text, str)]


def _type(item: dict[str, Any], kinds: list[str]) -> str:
    collection = item.get("source")
    if isinstance(collection, str) and collection in COLLECTIONS:
        return COLLECTIONS[collection]
    if found := next((TYPES[kind] for kind in kinds if kind in TYPES), None):
        return found
    return "article-journal" if _container(item).get("container-title") else "document"


def _container(item: dict[str, Any]) -> dict[str, str]:
    issue, book = _object(item.get("journalInfo")), _object(item.get("bookOrReportDetails"))
    journal = _object(issue.get("journal"))
    numbers = [journal.get("issn"), journal.get("essn"), *string(item.get("journalIssn")).split(";")]
    short = string(journal.get("isoabbreviation")) or string(journal.get("medlineAbbreviation"))
    found = {
        "container-title": string(journal.get("title"))
        or string(item.get("journalTitle"))
        or string(book.get("comprisingTitle")),
        "container-title-short": short,
        "volume": string(issue.get("volume")) or string(item.get("journalVolume")),
        "issue": string(issue.get("issue")) or string(item.get("issue")),
        "publisher": string(book.get("publisher")),
        "ISSN": next((code for number in numbers if (code := issn(number))), ""),
    }
    if found["container-title-short"] == found["container-title"]:
        found["container-title-short"] = ""
    if found["issue"].lower() in _NO_ISSUES:
        found["issue"] = ""
    return {name: value for name, value in found.items() if value}


def _people(item: dict[str, Any]) -> list[Author]:
    people = [name for person in _listed(item, "authorList", "author") if (name := _person(person))]
    if people:
        return people
    said = string(item.get("authorString")).rstrip(".")
    return [name for text in said.split(", ") if text and (name := _short(text))]


def _person(person: dict[str, Any]) -> Author | None:
    family, given = string(person.get("lastName")), string(person.get("firstName"))
    if not family:
        group = string(person.get("collectiveName"))
        return literal(group) if group else _short(string(person.get("fullName")))
    given = given or string(person.get("initials"))
    name = named(
        _dotted(given) if given == string(person.get("initials")) else given, family, string(person.get("suffix"))
    )
    if name is None:
        return None
    identifier = _object(person.get("authorId"))
    if identifier.get("type") == "ORCID" and (code := orcid(identifier.get("value"))):
        name["ORCID"] = code
    places = [
        string(place.get("affiliation"))
        for place in _listed(person, "authorAffiliationDetailsList", "authorAffiliation")
    ]
    if kept := [{"name": text} for place in places if (text := without_mail(place))]:
        name["affiliation"] = kept
    return name


def _short(text: str) -> Author | None:
    """PubMed's short form: `van der Berg AB Jr`. A name without initials is a group's."""
    words = text.rstrip("-").split()
    suffix = words.pop() if len(words) > 2 and words[-1] in _SUFFIXES else ""
    if len(words) > 1 and _INITIALS.fullmatch(words[-1]):
        return named(_dotted(words[-1]), " ".join(words[:-1]), suffix)
    return literal(text) if text else None


def _dotted(initials: str) -> str:
    """`JD` to `J. D.`, as others write it; undotted it would read as a first name."""
    if not _INITIALS.fullmatch(initials):
        return initials
    return re.sub(r"(?<=\.)(?=\w)", " ", "".join("-" if letter == "-" else f"{letter}." for letter in initials))


def _issued(item: dict[str, Any]) -> list[int] | None:
    """Of the day it stood online and the day of the issue, the earlier one of those with the highest precision."""
    # The issue's day comes as `2025 Jul 15`, `2025 Jul-Aug` or `2025 Summer`.
    issue = re.fullmatch(r"(\d{4}) ([A-Za-z]{3})[a-z]*(?:-[A-Za-z]+)?(?: (\d{1,2}))?", _printed(item))
    candidates = [
        dates.written(string(item.get("electronicPublicationDate"))),
        dates.written(f"{issue[3] or ''} {issue[2]} {issue[1]}") if issue else dates.written(_printed(item)),
        dates.filled(string(item.get("firstPublicationDate"))),
        dates.written(string(item.get("pubYear"))),
    ]
    return dates.earliest([found for found in candidates if found])


def _printed(item: dict[str, Any]) -> str:
    return string(_object(item.get("journalInfo")).get("dateOfPublication"))


def _identities(item: dict[str, Any], doi: str | None) -> tuple[str, ...]:
    pmid, pmcid = string(item.get("pmid")), string(item.get("pmcid")).upper()
    collection, identifier = item.get("source"), string(item.get("id"))
    found = [
        f"doi:{doi}" if doi else "",
        f"pmid:{pmid}" if re.fullmatch(r"[1-9][0-9]{0,8}", pmid) else "",
        f"pmcid:{pmcid}" if re.fullmatch(r"PMC[1-9][0-9]{0,9}", pmcid) else "",
        _target(collection, identifier) if isinstance(collection, str) and identifier else "",
    ]
    return unique(name for name in found if name)


def _target(collection: str, identifier: str) -> str:
    if collection == "MED" and identifier.isdecimal():
        return f"pmid:{identifier}"
    if collection == "PMC" and re.fullmatch(r"PMC[0-9]+", identifier):
        return f"pmcid:{identifier}"
    return f"europepmc:{collection}/{identifier}"


def _relations(item: dict[str, Any]) -> tuple[Relation, ...]:
    found = []
    for one in _listed(item, "commentCorrectionList", "commentCorrection"):
        kind, collection, identifier = _RELATIONS.get(_lower(one.get("type"))), one.get("source"), string(one.get("id"))
        if kind and isinstance(collection, str) and identifier:
            found.append(Relation(kind, _target(collection, identifier)))
    return unique(found)


def _links(item: dict[str, Any], kind: str) -> tuple[Link, ...]:
    """The article as XML first, then what may be read freely. What PMC holds may be the author's manuscript."""
    manuscript = any(item.get(flag) == "Y" for flag in ("authMan", "epmcAuthMan", "nihAuthMan"))
    version = "submitted" if kind == "article" else "accepted" if manuscript else "published"
    pmcid = string(item.get("pmcid")).upper()
    held = pmcid if re.fullmatch(r"PMC[0-9]+", pmcid) else ""
    if not held and item.get("source") == "PPR" and re.fullmatch(r"PPR[0-9]+", string(item.get("id"))):
        held = string(item.get("id"))
    found = []
    if held and item.get("isOpenAccess") == "Y" and item.get("inEPMC") == "Y":
        found.append(Link(f"{_REST}/{held}/fullTextXML", "application/xml", version))
    for one in _listed(item, "fullTextUrlList", "fullTextUrl"):
        url, style = web_address(one.get("url")), _lower(one.get("documentStyle"))
        if url and style in _MEDIA and one.get("availabilityCode") in ("OA", "F"):
            found.append(Link(url, _MEDIA[style], version if _lower(one.get("site")) in _OWN_SITES else None))
    if "fullTextUrlList" not in item and held.startswith("PMC") and item.get("inEPMC") == item.get("hasPDF") == "Y":
        found.append(Link(f"https://europepmc.org/articles/{held}?pdf=render", "application/pdf", version))
    return unique(found)


def _page(item: dict[str, Any]) -> str | None:
    return web_address(f"https://europepmc.org/article/{item.get('source')}/{item.get('id')}")


def _listed(item: dict[str, Any], outer: str, inner: str) -> list[dict[str, Any]]:
    """Europe PMC wraps every list in an object; a list of one may come bare."""
    held = _object(item.get(outer)).get(inner)
    return [one for one in (held if isinstance(held, list) else [held]) if isinstance(one, dict)]


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _lower(value: Any) -> str:
    return value.strip().lower() if isinstance(value, str) else ""
