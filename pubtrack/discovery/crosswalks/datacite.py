"""A DOI of DataCite's REST API (JSON) to a Work. Pure. Schema 4.6: https://datacite-metadata-schema.readthedocs.io/

| theirs (`attributes`) | ours |
|---|---|
| `titles` | title with its subtitle; translations and alternatives are left out |
| `creators`, `contributors` that are editors | author, editor: names, ORCID, affiliations with ROR |
| `types.resourceTypeGeneral`, of a text `types.resourceType` | type; genre of a thesis, report or preprint |
| `dates`: Issued, Available in the same year, where a 01 may fill what is not known; `publicationYear` | issued |
| `publisher` | publisher |
| `relatedItems` (IsPublishedIn), `container` | container-title, volume, issue, page, ISSN; collection-title of a report |
| `descriptions`: Abstract | abstract |
| `language` | language |
| `doi` | DOI, URL, identity |
| `relatedIdentifiers` that are versions | relations |
| `contentUrl` | links |
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates, oai_types
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    file_link,
    inverted,
    issn,
    language,
    literal,
    named,
    orcid,
    string,
    unique,
    without_mail,
)
from pubtrack.discovery.crosswalks.text import paragraphs
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Relation, Work

# resourceTypeGeneral to CSL: https://datacite-metadata-schema.readthedocs.io/en/4.6/appendices/appendix-1/resourceTypeGeneral/
TYPES = {
    "Audiovisual": "motion_picture",
    "Book": "book",
    "BookChapter": "chapter",
    "ComputationalNotebook": "software",
    "ConferencePaper": "paper-conference",
    "ConferenceProceeding": "book",
    "DataPaper": "article-journal",
    "Dataset": "dataset",
    "Dissertation": "thesis",
    "Image": "graphic",
    "JournalArticle": "article-journal",
    "Model": "software",
    "Poster": "graphic",
    "Preprint": "article",
    "Presentation": "speech",
    "Report": "report",
    "Software": "software",
    "Sound": "song",
    "Standard": "standard",
}
NO_PUBLICATIONS = {
    "Award": "an award, not a publication",
    "Collection": "a collection, not a publication",
    "Event": "an event, not a publication",
    "Instrument": "an instrument, not a publication",
    "Journal": "a journal, not a publication",
    "OutputManagementPlan": "a data management plan, not a publication",
    "PeerReview": "a peer review, not a publication",
    "PhysicalObject": "a physical object, not a publication",
    "Project": "a project, not a publication",
    "Service": "a service, not a publication",
    "StudyRegistration": "the registration of a study, not a publication",
}
# What `Text` is, in the words of those who filled in the form; before the vocabularies of repositories, which oai_types knows.
TEXTS = {
    "blogposting": "post-weblog",
    "blogpost": "post-weblog",
    "scholarlyarticle": "article-journal",
    "monographie": "book",
}
_VERSIONS = frozenset({"IsVersionOf", "IsIdenticalTo", "IsVariantFormOf", "IsNewVersionOf", "IsPreviousVersionOf"})
# What is read here; views, downloads, citations and the record's own history move without the work changing.
READ = frozenset(
    """doi titles creators contributors types dates publicationYear publisher container relatedItems descriptions language
    relatedIdentifiers contentUrl state""".split()  # noqa: SIM905
)
_AFFILIATED = re.compile(r"\s*\(([^()]+)\)$")


def content(raw: bytes) -> bytes:
    """Given a record, return the part of it whose change makes it a changed record. Raise UnusableRecord if it is no DOI's record."""
    return json.dumps({key: value for key, value in _parsed(raw).items() if key in READ}, sort_keys=True).encode()


def crosswalk(raw: bytes) -> Work:
    """Given one DOI's record as JSON, return the work it shows.

    Raise UnusableRecord, with the reason it is counted under, if it shows none.
    """
    return shown(_parsed(raw))


def shown(item: dict[str, Any]) -> Work:
    """Given a record's attributes as the JSON has them, return the work. Raise UnusableRecord if they show none."""
    types = _object(item.get("types"))
    kind = string(types.get("resourceTypeGeneral"))
    if kind in NO_PUBLICATIONS:
        raise UnusableRecord(NO_PUBLICATIONS[kind])
    title = _title(item.get("titles"))
    if not title:
        raise UnusableRecord("no title")
    own = _type(kind, string(types.get("resourceType")))
    csl: dict[str, Any] = {"title": title, "type": own} | _container(item, own)
    if publisher := _named(item.get("publisher")):
        csl["publisher"] = publisher
    if people := list(_people(item.get("creators"))):
        csl["author"] = people
    if editors := list(_people(_editors(item))):
        csl["editor"] = editors
    if issued := _issued(item):
        csl["issued"] = {"date-parts": [issued]}
    if abstract := _abstract(item.get("descriptions")):
        csl["abstract"] = abstract
    if code := language(item.get("language")):
        csl["language"] = code
    if genre := _genre(own, string(types.get("resourceType"))):
        csl["genre"] = genre
    doi = identifiers.doi(string(item.get("doi")))
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    return Work(
        csl=csl,
        identities=(f"doi:{doi}",) if doi else (),
        relations=_relations(item, doi, own),
        links=_links(item.get("contentUrl")),
        retracted=bool(RETRACTED_TITLE.match(title)),
    )


def related(item: dict[str, Any]) -> list[tuple[str, str]]:
    """Given the attributes of a record, return what it says of others by DOI: relation and DOI."""
    found = []
    for one in map(_object, _list(item.get("relatedIdentifiers"))):
        doi = identifiers.doi(string(one.get("relatedIdentifier")))
        if doi:
            found.append((string(one.get("relationType")), doi))
    return found


def _parsed(raw: bytes) -> dict[str, Any]:
    """The record's attributes: the API wraps them with an id, its own kind and relationships."""
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnusableRecord("not JSON") from error
    if not isinstance(item, dict):
        raise UnusableRecord("not a JSON object")
    held = item.get("attributes")
    return held if isinstance(held, dict) else item


def _title(titles: Any) -> str:
    """The first title that is one, and its subtitle in the same language."""
    given = [_object(title) for title in _list(titles)]
    main = next((title for title in given if not title.get("titleType") and string(title.get("title"))), None)
    main = main or next((title for title in given if string(title.get("title"))), {})
    text = string(main.get("title"))
    subtitles = [one for one in given if one.get("titleType") == "Subtitle" and one.get("lang") == main.get("lang")]
    below = string(subtitles[0].get("title")) if subtitles and main.get("titleType") != "Subtitle" else ""
    if not below or below.casefold() in text.casefold():
        return text
    return f"{text} {below}" if text[-1:] in ":?!–—" else f"{text}: {below}"


def _type(general: str, said: str) -> str:
    if general in TYPES:
        return TYPES[general]
    letters = "".join(character for character in said.casefold() if character.isalnum())
    return TEXTS.get(letters) or oai_types.csl([said])


def _genre(kind: str, said: str) -> str:
    if kind == "article":
        return "Preprint"
    return (
        said
        if kind in ("thesis", "report") and said.casefold() not in ("thesis", "report", "dissertation", "text")
        else ""
    )


def _container(item: dict[str, Any], kind: str) -> dict[str, str]:
    """Where it was published; a thesis or a data set stands in nothing, and the series of a report is no journal."""
    inside = kind in ("article-journal", "paper-conference", "chapter")
    if not inside and kind not in ("report", "book"):
        return {}
    items = [_object(one) for one in _list(item.get("relatedItems"))]
    place = next((one for one in items if one.get("relationType") == "IsPublishedIn"), None)
    if place is None:
        place = _object(item.get("container"))
        title, number = string(place.get("title")), place.get("identifier")
    else:
        title = next((text for one in _list(place.get("titles")) if (text := string(_object(one).get("title")))), "")
        number = _object(place.get("relatedItemIdentifier")).get("relatedItemIdentifier")
    first, last = string(place.get("firstPage")), string(place.get("lastPage"))
    found = {
        "container-title" if inside else "collection-title": title,
        "volume": string(place.get("volume")),
        "issue": string(place.get("issue")) if inside else "",
        "page": (f"{first}-{last}" if last and last != first else first) if inside else "",
        "ISSN": issn(number) or "",
    }
    return {name: value for name, value in found.items() if value}


def _named(value: Any) -> str:
    """A publisher is a string, or since schema 4.5, if asked for, an object with a name."""
    return string(_object(value).get("name")) or string(value)


def _people(people: Any) -> Iterator[Author]:
    for person in map(_object, _list(people)):
        family, given = string(person.get("familyName")), string(person.get("givenName"))
        whole = string(person.get("name"))
        if not family and person.get("nameType") != "Organizational" and ";" in whole:
            yield from _many(whole)
            continue
        if family and not given and family == whole:  # Zenodo calls a name that it cannot take apart a family name
            name = inverted(whole)
        elif family:
            name = named(given, family)
        elif person.get("nameType") == "Organizational":
            name = literal(whole) if whole else None
        else:
            name = inverted(whole) if whole else None
        if name is None:
            continue
        if code := _orcid(person):
            name["ORCID"] = code
        if places := _affiliations(person.get("affiliation")):
            name["affiliation"] = places
        yield name


def _editors(item: dict[str, Any]) -> list[Any]:
    return [one for one in _list(item.get("contributors")) if _object(one).get("contributorType") == "Editor"]


def _many(text: str) -> Iterator[Author]:
    """Some type all authors into one field: `Berg, Anna van der (University of Example); Jansen, Carla`."""
    for part in text.split(";"):
        place = _AFFILIATED.search(part)
        name = inverted(_AFFILIATED.sub("", part)) if part.strip() else None
        if name is not None:
            yield name | ({"affiliation": [{"name": place[1].strip()}]} if place else {})


def _orcid(person: dict[str, Any]) -> str | None:
    for one in map(_object, _list(person.get("nameIdentifiers"))):
        scheme, text = string(one.get("nameIdentifierScheme")).casefold(), string(one.get("nameIdentifier"))
        if ("orcid" in scheme or "orcid.org/" in text.lower()) and (code := orcid(text)):
            return code
    return None


def _affiliations(given: Any) -> list[dict[str, str]]:
    """Strings, or objects with an identifier where `affiliation=true` asked for them."""
    found: list[dict[str, str]] = []
    for place in _list(given):
        name, held = without_mail(string(place) or string(_object(place).get("name"))), _object(place)
        ror = identifiers.ror(string(held.get("affiliationIdentifier")))
        one = ({"name": name} if name else {}) | ({"ROR": ror} if ror else {})
        if one and one not in found:
            found.append(one)
    return found


def _issued(item: dict[str, Any]) -> list[int] | None:
    """The day of issue; of one that is only a year, the day in that year from which it could be had."""
    said = {
        kind: [
            found for one in given if one.get("dateType") == kind and (found := dates.filled(string(one.get("date"))))
        ]
        for given in [[_object(one) for one in _list(item.get("dates"))]]
        for kind in ("Issued", "Available")
    }
    issued = said["Issued"] or [found for found in (dates.parts([item.get("publicationYear")]),) if found]
    if not issued:
        return dates.earliest(said["Available"])
    return dates.earliest(issued + [found for found in said["Available"] if found[0] == issued[0][0]])


def _abstract(descriptions: Any) -> str:
    told = [_object(one) for one in _list(descriptions)]
    texts = (one.get("description") for one in told if one.get("descriptionType") == "Abstract")
    return next((text for given in texts if isinstance(given, str) and (text := paragraphs(given))), "")


def _relations(item: dict[str, Any], doi: str | None, kind: str) -> tuple[Relation, ...]:
    """Versions of each other; what a preprint is a version of is its article (arXiv says it so), unless both DOIs are of one house:
    Zenodo has one DOI a version and one for all of them."""
    house = (doi or "").partition("/")[0]
    return unique(
        Relation(
            "is_preprint_of" if kind == "article" and target.partition("/")[0] != house else "is_version_of",
            f"doi:{target}",
        )
        for said, target in related(item)
        if said in _VERSIONS and target != doi
    )


def _links(urls: Any) -> tuple[Link, ...]:
    given = urls if isinstance(urls, list) else [urls]
    return unique(link for url in given if isinstance(url, str) and (link := file_link(url)))


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
