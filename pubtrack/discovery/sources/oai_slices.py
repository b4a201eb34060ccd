"""The records of an OAI-PMH page as they came: cut out of its bytes, not written anew. Pure.

Only for a page that was parsed, strictly, to its end: then it is well-formed, and where no comment, CDATA section or instruction can hide
one, every `</record>` in its text is the end of a record. What has the layout that nearly all have is read by one pattern; of the rest
the caller asks the tree. Whichever way a record is read, its bytes are the same, so it does not come back as a changed one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from lxml import etree

_HIDING = re.compile(rb"<!\[CDATA\[.*?\]\]>|<!--.*?-->|<\?.*?\?>", re.DOTALL)
_NAME = re.compile(rb"<[^\s<>/]+")
_DECLARED = re.compile(rb"\sxmlns(?::([\w.-]+))?\s*=")


# A record's bytes, with the prefixes declared that its page declares. If its layout is the usual one, what its header says: identifier
# (else None), datestamp, whether it is deleted, and the tag that its metadata begin with (None for a deleted record without).
Slice = tuple[bytes, str | None, str, bool, bytes | None]


def slices(text: bytes, verb: etree._Element) -> list[Slice] | None:
    """Given a page's text and the element in it that holds the records, return its records in their order.

    None if they cannot be told apart by their text alone.
    """
    first = next(verb.iterchildren("{*}record"), None)
    encoding = verb.getroottree().docinfo.encoding or "utf-8"
    if first is None or encoding.lower() not in ("utf-8", "us-ascii", "ascii"):
        return None
    prefix = f"{first.prefix}:".encode() if first.prefix else b""
    close = b"</" + prefix + b"record>"
    shown = _without_hiding(text, verb)
    parts = shown.split(close)
    if len(parts) != 1 + sum(1 for _ in verb.iterchildren("{*}record")):
        return None
    try:
        return _cut(text, parts[:-1], prefix, close, declarations(verb))
    except ValueError:  # not where it must be: an element of this name where none belongs, or of another prefix
        return None


def _without_hiding(text: bytes, verb: etree._Element) -> bytes:
    """The text with everything blanked in which a tag is no tag; as long as before."""
    hides = b"<![CDATA[" in text or next(verb.getroottree().iter(etree.Comment, etree.PI), None) is not None
    return _HIDING.sub(lambda match: b"&" * len(match.group()), text) if hides else text


def _cut(text: bytes, parts: list[bytes], prefix: bytes, close: bytes, declared: Mapping[bytes, bytes]) -> list[Slice]:
    """Given the text before each record's end, from the end of the one before, return the records."""
    usual, tag = _layout(prefix).match, b"<" + prefix + b"record"
    everything = tag + b"".join(declared.values()) + b">"
    cut: list[Slice] = []
    begins, at = _start(parts[0], tag), 0
    for part in parts:
        found = usual(part, begins)
        end = at + len(part)
        if found is None:
            begins = _start(part, tag)
            cut.append((dressed(text[at + begins : end] + close, declared), None, "", False, None))
        else:
            _, status, identifier, datestamp, start = found.groups()
            raw = everything + text[at + found.end(1) : end] + close
            if (start is None) is not (status is None):
                cut.append((raw, identifier.decode(), datestamp.decode(), status is not None, start))
            else:
                cut.append((raw, None, "", False, None))
        begins, at = 0, end + len(close)
    return cut


def dressed(record: bytes, declared: Mapping[bytes, bytes]) -> bytes:
    """Given one record's bytes and what its page declares, return it with what it does not declare itself.

    Raise ValueError if its first tag is none that can be told.
    """
    name = _NAME.match(record)
    own = record[: record.index(b">")]
    if name is None or own.count(b'"') % 2 or own.count(b"'") % 2:
        raise ValueError("no tag")
    said = set(_DECLARED.findall(own))
    missing = b"".join(words for prefix, words in declared.items() if prefix not in said)
    return name.group() + missing + record[name.end() :]


def _start(part: bytes, tag: bytes) -> int:
    """Where the one record in this part begins. Raise ValueError if there is none, or more."""
    found = [match.start() for match in re.finditer(re.escape(tag) + rb"(?=[\s>])", part)]
    if len(found) != 1:
        raise ValueError("not one record")
    return found[0]


@lru_cache(maxsize=16)
def _layout(prefix: bytes) -> re.Pattern[bytes]:
    """What nearly every record begins with, up to the start of its metadata."""
    p = re.escape(prefix)
    return re.compile(
        rb"\s*(<%(p)srecord>)\s*<%(p)sheader(?: status=\"(deleted)\")?>\s*<%(p)sidentifier>([^<&\s]{1,300})</%(p)sidentifier>"
        rb"\s*<%(p)sdatestamp>([^<&\s]*)</%(p)sdatestamp>(?:\s*<%(p)ssetSpec>[^<]*</%(p)ssetSpec>)*\s*</%(p)sheader>"
        rb"\s*(?:<%(p)smetadata>\s*(<[A-Za-z_][^<>\"]*(?:\"[^<>\"]*\"[^<>\"]*)*>)|\Z)" % {b"p": p}
    )


def declarations(verb: etree._Element) -> dict[bytes, bytes]:
    """Return what an element and those around it declare, by prefix: as it stands in a tag."""
    return {
        (name or "").encode(): (f' xmlns:{name}="' if name else ' xmlns="').encode() + _quoted(address) + b'"'
        for name, address in verb.nsmap.items()
    }


def _quoted(address: str) -> bytes:
    return address.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;").encode()
