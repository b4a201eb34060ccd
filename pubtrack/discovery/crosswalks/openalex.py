"""An OpenAlex work to a Work. Pure. https://developers.openalex.org/api-reference/works (the Work object)

| theirs | ours |
|---|---|
| `title` | title |
| `authorships`: `raw_author_name`, else `author.display_name`; `raw_orcid` | author: names as printed; the ORCID the record came with |
| `authorships.raw_affiliation_strings`, `affiliations`, `institutions` | author's affiliation, with its ROR |
| `type`, `primary_location.raw_type` | type; genre of a notice |
| `publication_date`, where a 01 may fill what is not known; `publication_year` | issued |
| `primary_location.source` | container-title and ISSN of a journal, publisher of a repository |
| `biblio` | volume, issue, page |
| `abstract_inverted_index`, `language` | abstract, language |
| `doi`, `ids` | DOI; identities: doi, openalex, pmid, pmcid |
| `locations` | links to open copies, with their version |
| `is_retracted`, `is_paratext` | retracted; not usable |

OpenAlex says itself whose ORCID and whose preprint something is. What it guessed is not taken for said: `author.orcid` and the DOIs of
other locations are left out, and the matching looks at names and at what other sources say.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pubtrack import identifiers
from pubtrack.discovery.crosswalks import dates, oai_types
from pubtrack.discovery.crosswalks.fields import (
    RETRACTED_TITLE,
    Author,
    inverted,
    issn,
    language,
    orcid,
    string,
    unique,
    web_address,
    without_mail,
)
from pubtrack.discovery.crosswalks.text import paragraphs
from pubtrack.errors import UnusableRecord
from pubtrack.models import Link, Work

# OpenAlex's types (https://api.openalex.org/types) to CSL's.
TYPES = {
    "article": "article-journal",
    "review": "article-journal",
    "letter": "article-journal",
    "editorial": "article-journal",
    "erratum": "article-journal",
    "retraction": "article-journal",
    "conference-paper": "paper-conference",
    "conference-abstract": "paper-conference",
    "book-chapter": "chapter",
    "book": "book",
    "book-review": "review-book",
    "dissertation": "thesis",
    "preprint": "article",
    "report": "report",
    "dataset": "dataset",
    "data-paper": "article-journal",
    "software": "software",
    "standard": "standard",
    "reference-entry": "entry",
}
NO_PUBLICATIONS = {
    "paratext": "paratext (a cover, a table of contents), not a publication",
    "peer-review": "a peer review, not a publication",
    "grant": "a grant, not a publication",
    "supplementary-materials": "a component (a figure, table or supplement), not a publication",
    "libguides": "a library's guide, not a publication",
    "database": "a database, not a publication",
}
NOTICES = {"erratum": "Correction notice", "retraction": "Retraction notice"}
# What is read here, and all that is asked for; the rest (citations, topics, ranks) moves every week without the work changing.
READ = (
    "id",
    "doi",
    "ids",
    "title",
    "type",
    "language",
    "publication_date",
    "publication_year",
    "primary_location",
    "locations",
    "authorships",
    "biblio",
    "abstract_inverted_index",
    "is_retracted",
    "is_paratext",
)
_VERSIONS = {"publishedVersion": "published", "acceptedVersion": "accepted", "submittedVersion": "submitted"}
_JOURNALS = frozenset({"journal", "conference", "book series"})
_PUBMED_STYLE = re.compile(r"[^\W\d_]\S+(?: \S+)? [^\W\d_a-z]{1,3}")
_NUMBERED = re.compile(r"\s*\(\d+\)$")  # figshare's number of a person
_PMC = re.compile(
    r"https?://(?:www\.ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov)/articles/(?:PMC)?([1-9][0-9]{0,9})/?",
    re.IGNORECASE,
)
_MOST_WORDS = 20_000  # of an abstract; more is no abstract


def content(raw: bytes) -> bytes:
    """Given a record, return the part of it whose change makes it a changed record. Raise UnusableRecord if it is no JSON object."""
    item = _parsed(raw)
    return json.dumps({key: item.get(key) for key in READ}, sort_keys=True).encode()


def crosswalk(raw: bytes) -> Work:
    """Given one work as JSON, return the work it shows. Raise UnusableRecord, with the reason it is counted under, if it shows none."""
    item = _parsed(raw)
    kind = string(item.get("type"))
    if item.get("is_paratext") is True:
        raise UnusableRecord(NO_PUBLICATIONS["paratext"])
    if kind in NO_PUBLICATIONS:
        raise UnusableRecord(NO_PUBLICATIONS[kind])
    title = string(item.get("title"))
    if not title:
        raise UnusableRecord("no title")
    csl: dict[str, Any] = {"title": title, "type": _type(item, kind)}
    csl |= _source(item, csl["type"]) | _place(_object(item.get("biblio")))
    if people := [name for entry in _list(item.get("authorships")) if (name := _person(_object(entry)))]:
        csl["author"] = people
    issued = dates.filled(string(item.get("publication_date"))) or dates.parts([item.get("publication_year")])
    if issued:
        csl["issued"] = {"date-parts": [issued]}
    if abstract := paragraphs(_abstract(item.get("abstract_inverted_index"))):
        csl["abstract"] = abstract
    if code := language(item.get("language")):
        csl["language"] = code
    doi = identifiers.doi(string(item.get("doi"))) or identifiers.doi(string(_object(item.get("ids")).get("doi")))
    if doi:
        csl |= {"DOI": doi, "URL": identifiers.doi_address(doi)}
    elif url := web_address(_object(item.get("primary_location")).get("landing_page_url")):
        csl["URL"] = url
    if kind in NOTICES:
        csl["genre"] = NOTICES[kind]
    elif csl["type"] == "article":
        csl["genre"] = "Preprint"
    return Work(
        csl=csl,
        identities=_identities(item, doi),
        links=_links(item),
        retracted=item.get("is_retracted") is True or bool(RETRACTED_TITLE.match(title)),
    )


def openalex_id(text: Any) -> str:
    """Given an OpenAlex id of a work, bare or as a link, return it as W123, or an empty string."""
    match = (
        re.fullmatch(r"(?:https?://openalex\.org/)?(?:works/)?(W[1-9][0-9]*)", text, re.IGNORECASE)
        if isinstance(text, str)
        else None
    )
    return match[1].upper() if match else ""


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        item = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise UnusableRecord("not JSON") from error
    if not isinstance(item, dict):
        raise UnusableRecord("not a JSON object")
    return item


def _type(item: dict[str, Any], kind: str) -> str:
    """`article` is what OpenAlex calls whatever it could not tell; one that stood in no journal is what its place calls it."""
    if kind != "article" and kind in TYPES:
        return TYPES[kind]
    places = [_object(place) for place in [item.get("primary_location"), *_list(item.get("locations"))]]
    if kind == "article" and any(string(_object(place.get("source")).get("type")) in _JOURNALS for place in places):
        return "article-journal"
    return oai_types.csl(text for place in places if (text := string(place.get("raw_type"))))


def _source(item: dict[str, Any], kind: str) -> dict[str, str]:
    """A journal contains, a repository publishes; `Example Press eBooks` is how OpenAlex calls the books of a press."""
    source = _object(_object(item.get("primary_location")).get("source"))
    name, journal = string(source.get("display_name")), string(source.get("type")) in _JOURNALS
    inside = kind in ("article-journal", "paper-conference", "chapter", "review-book", "entry")
    host = string(source.get("host_organization_name"))
    found = {
        "container-title": name if inside and journal else "",
        "publisher": host if journal or name.endswith(" eBooks") else "" if inside else name,
        "ISSN": issn(source.get("issn_l")) or "",
    }
    return {key: value for key, value in found.items() if value}


def _place(biblio: dict[str, Any]) -> dict[str, str]:
    first, last = string(biblio.get("first_page")), string(biblio.get("last_page"))
    found = {
        "volume": string(biblio.get("volume")),
        "issue": string(biblio.get("issue")),
        "page": f"{first}-{last}" if first and last and first != last else first,
    }
    return {key: value for key, value in found.items() if value}


def _person(entry: dict[str, Any]) -> Author | None:
    """The name as it was printed. One that begins with a comma is an affiliation that slipped in among the authors."""
    known = _object(entry.get("author"))
    printed, shown = (
        _NUMBERED.sub("", string(text)) for text in (entry.get("raw_author_name"), known.get("display_name"))
    )
    if printed.startswith(","):
        return None
    # `Berg A` would be read as a person with the family name A, and `Anna Van Der Berg` as a Berg: OpenAlex's own form is in order.
    better = shown and (_PUBMED_STYLE.fullmatch(printed) or shown.casefold() == printed.casefold())
    text = shown if better or not printed else printed
    name = inverted(text) if text else None
    if name is None:
        return None
    if code := orcid(entry.get("raw_orcid")):
        name["ORCID"] = code
    if places := _affiliations(entry):
        name["affiliation"] = places
    return name


def _affiliations(entry: dict[str, Any]) -> list[dict[str, str]]:
    """What was printed, each with the ROR of the institution that OpenAlex saw in it."""
    institutions = [_object(one) for one in _list(entry.get("institutions"))]
    rors = {string(one.get("id")): identifiers.ror(string(one.get("ror"))) for one in institutions}
    found: list[dict[str, str]] = []
    for place in map(_object, _list(entry.get("affiliations"))):
        name = without_mail(string(place.get("raw_affiliation_string")))
        ror = next((code for one in _list(place.get("institution_ids")) if (code := rors.get(string(one)))), None)
        one = {"name": name} | ({"ROR": ror} if ror else {})
        if name and one not in found:
            found.append(one)
    if found:
        return found
    if printed := [text for one in _list(entry.get("raw_affiliation_strings")) if (text := without_mail(string(one)))]:
        return [{"name": text} for text in printed]
    shown = [(string(one.get("display_name")), rors.get(string(one.get("id")))) for one in institutions]
    return [{"name": name} | ({"ROR": ror} if ror else {}) for name, ror in shown if name]


def _abstract(index: Any) -> str:
    """The abstract from its words and where each stands."""
    if not isinstance(index, dict):
        return ""
    placed = [
        (place, word)
        for word, places in index.items()
        for place in _list(places)
        if isinstance(place, int) and not isinstance(place, bool) and place >= 0
    ]
    return " ".join(word for _, word in sorted(placed)) if len(placed) <= _MOST_WORDS else ""


def _identities(item: dict[str, Any], doi: str | None) -> tuple[str, ...]:
    ids = _object(item.get("ids"))
    work = openalex_id(item.get("id")) or openalex_id(ids.get("openalex"))
    pmid = re.search(r"(?:^|/)([1-9][0-9]{0,8})/?$", string(ids.get("pmid")))
    urls = [string(_object(place).get("landing_page_url")) for place in _list(item.get("locations"))]
    pmcid = next((match for text in [string(ids.get("pmcid")), *urls] if (match := _PMC.fullmatch(text))), None)
    found = [
        f"doi:{doi}" if doi else "",
        f"openalex:{work}" if work else "",
        f"pmid:{pmid[1]}" if pmid else "",
        f"pmcid:PMC{pmcid[1]}" if pmcid else "",
    ]
    return unique(name for name in found if name)


def _links(item: dict[str, Any]) -> tuple[Link, ...]:
    """Open copies: the file where OpenAlex knows it, else the page; never the DOI, which is looked at anyway, nor a mere index.

    `submittedVersion` is also what OpenAlex writes where it does not know the version (of PubMed Central's copies, for one), so it
    is believed of preprints only.
    """
    found = []
    for place in map(_object, _list(item.get("locations"))):
        if place.get("is_oa") is not True:
            continue
        version = string(place.get("version"))
        ours = _VERSIONS.get(version) if version != "submittedVersion" or item.get("type") == "preprint" else None
        page = web_address(place.get("landing_page_url"))
        if url := web_address(place.get("pdf_url")):
            found.append(Link(url, "application/pdf", ours))
        elif page and (match := _PMC.fullmatch(page)):
            found.append(Link(f"https://www.ncbi.nlm.nih.gov/pmc/articles/PMC{match[1]}/", "text/html", ours))
        elif page and not re.match(r"https?://(?:(?:dx\.)?doi\.org|doaj\.org)/", page):
            found.append(Link(page, None, ours))
    return unique(found)


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
