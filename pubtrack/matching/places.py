"""Whose site a work stands on: hosts of addresses, and the institutions that they belong to. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

from pubtrack.matching.words import fold

# How Dutch institutions call themselves in the names of their sites where neither their words nor their initials say so.
_ABBREVIATED = """
rug: rijksuniversiteit groningen | rug: medisch centrum groningen | umcg: universitair medisch centrum groningen | uu:
universiteit utrecht | umcutrecht: medisch centrum
utrecht | vu: vrije universiteit amsterdam | uva: universiteit van amsterdam | amc: academisch medisch centrum | amsterdamumc: medisch
centrum amsterdam | eur: erasmus universiteit | erasmusmc: medisch centrum erasmus | leidenuniv: universiteit leiden | universiteitleiden:
universiteit leiden | lumc: medisch centrum leiden | ru: radboud universiteit | radboudumc: medisch centrum radboud |
maastrichtuniversity:
universiteit maastricht | unimaas: universiteit maastricht | mumc: medisch centrum maastricht | tilburguniversity: tilburg university |
uvt: tilburg university | tudelft: technische universiteit delft | tue: technische universiteit eindhoven | utwente: universiteit twente |
wur: wageningen | cpb: centraal planbureau | scp: sociaal en cultureel planbureau | pbl: planbureau voor de leefomgeving |
cbs: centraal bureau
voor de statistiek | dnb: nederlandsche bank | rivm: rijksinstituut voor volksgezondheid | nivel: onderzoek v d gezondheidszorg | kim:
kennisinstituut voor mobiliteitsbeleid | wodc: wetenschappelijk onderzoek en documentatiecentrum | nidi: demografisch instituut | nscr:
studiecentrum criminaliteit | tno: toegepast natuurwetenschappelijk onderzoek | ecn: energieonderzoek centrum | eib:
economisch instituut voor de
bouw | duo: dienst uitvoering onderwijs | ncj: nederlands centrum jeugdgezondheid | nji: nederlands jeugdinstituut | trimbos: trimbos |
seo: seo economisch onderzoek | seor: economisch onderzoek rotterdam | roa: researchcentrum voor onderwijs en arbeidsmarkt | knmi:
meteorologisch instituut | swov: onderzoek verkeersveiligheid | ou: open universiteit | nza: zorgautoriteit | uwv: werknemersverzekeringen
"""
_KNOWN = tuple(
    (label.strip(), frozenset(fold(name).split()))
    for label, _, name in (entry.partition(":") for entry in " ".join(_ABBREVIATED.split()).split("|"))
)
# Words that many institutions have in their names: they tell none from another.
_GENERIC = frozenset(
    [
        "academie",
        "academisch",
        "advies",
        "adviesbureau",
        "afdeling",
        "and",
        "beleid",
        "beleidsonderzoek",
        "bureau",
        "business",
        "bv",
        "b",
        "v",
        "centrum",
        "center",
        "centre",
        "consultants",
        "consultancy",
        "department",
        "dienst",
        "directie",
        "economic",
        "economics",
        "economie",
        "economisch",
        "en",
        "faculteit",
        "faculty",
        "for",
        "gemeente",
        "groep",
        "group",
        "gezondheid",
        "hogeschool",
        "institute",
        "instituut",
        "kennis",
        "management",
        "medical",
        "medisch",
        "ministerie",
        "monitor",
        "national",
        "nationaal",
        "nederland",
        "nederlands",
        "nederlandse",
        "netherlands",
        "of",
        "onderzoek",
        "organisatie",
        "planbureau",
        "provincie",
        "raad",
        "research",
        "rijks",
        "school",
        "sciences",
        "sociaal",
        "social",
        "statistiek",
        "stichting",
        "studies",
        "team",
        "the",
        "universitair",
        "universiteit",
        "university",
        "van",
        "voor",
        "het",
        "de",
        "der",
        "den",
        "wetenschappelijk",
        "wetenschappen",
        "zaken",
        "zorg",
        "amsterdam",
        "rotterdam",
        "utrecht",
        "groningen",
        "leiden",
        "maastricht",
        "tilburg",
        "nijmegen",
        "eindhoven",
        "delft",
        "onderwijs",
        "cultuur",
        "arbeidsmarkt",
        "bedrijven",
        "ondernemen",
        "dutch",
        "europe",
    ]
)
# Hosts that only lead on to another.
RESOLVERS = frozenset({"doi.org", "dx.doi.org", "hdl.handle.net", "t.co", "bit.ly", "google.com", "scholar.google.com"})
_MINOR = frozenset(
    ["b", "v", "bv", "nv", "vof", "van", "voor", "het", "de", "der", "den", "en", "of", "and", "the", "v", "d"]
)
_ENDS = frozenset(
    [
        "nl",
        "com",
        "org",
        "net",
        "eu",
        "edu",
        "gov",
        "int",
        "info",
        "be",
        "de",
        "uk",
        "co",
        "ac",
        "www",
        "www2",
        "repository",
        "research",
        "publications",
        "pure",
    ]
)


_PLAIN = re.compile(r"https?://(?:www\d?\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?:/|\Z)")  # most addresses: read in one look


def host(address: str) -> str:
    """Given an address, return its host without `www`, or an empty text if it has none."""
    plain = _PLAIN.match(address)
    if plain or not address:
        return plain[1] if plain else ""
    try:
        found = urlsplit(address.strip()).hostname or ""
    except ValueError:
        return ""
    return re.sub(r"^www\d?\.", "", found.casefold())


def labels(site: str) -> tuple[str, ...]:
    """Given a host, return those of its parts that may name an institution: `kohnstamminstituut`, `uva`."""
    return tuple(
        label
        for label in (re.sub(r"[^a-z0-9]", "", part) for part in site.split("."))
        if len(label) > 1 and label not in _ENDS
    )


@lru_cache(maxsize=4_000)
def own_labels(institution: str) -> frozenset[str]:
    """Given an institution as the provider writes it (`Universiteit X_School of Economics`), return the parts of hosts that are its own."""
    found: set[str] = set()
    for part in re.split(r"[_,()/]", institution):
        words = fold(part).split()
        main = [word for word in words if word not in _MINOR]
        for end in range(1, len(words) + 1):
            start = "".join(words[:end])
            if any(word not in _GENERIC for word in words[:end]) and len(start) > 2:
                found.add(start)
        found.update(word for word in main if len(word) > 3 and word not in _GENERIC)
        found.update("".join(word[0] for word in held) for held in (words, main) if len(held) > 2)
        found.update(
            capitals.casefold() for capitals in re.findall(r"\b[A-Z]{2,}\b", part) if capitals.casefold() not in _MINOR
        )
    spoken = set(fold(institution).split())
    found.update(label for label, name in _KNOWN if name <= spoken)
    return frozenset(found)


@lru_cache(maxsize=2_000)
def spellings(institution: str | None, ours: tuple[str, ...]) -> tuple[str, ...]:
    """Given an institution as the provider writes it (`Universiteit X_School of Economics` has two names), return its names folded."""
    named = tuple(folded for folded in (fold(part) for part in (institution or "").split("_")) if len(folded) > 3)
    if not named:
        return ours
    return tuple(dict.fromkeys((*named, *ours))) if any(name in ours for name in named) else named
