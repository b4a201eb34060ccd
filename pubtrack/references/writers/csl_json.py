"""CSL-JSON: every work once, as it is held; `custom` names its projects (CSL-JSON schema 1.0.2)."""

from __future__ import annotations

import json

from pubtrack.references.lists import ReferenceList


def write(references: ReferenceList) -> bytes:
    """Given a list, return it as CSL-JSON."""
    entries = [{**item.csl, "custom": {"projects": list(projects)}} for item, projects in references.works()]
    return (json.dumps(entries, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
