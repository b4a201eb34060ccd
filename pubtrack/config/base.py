"""What every table of the configuration is: frozen, and strict about its keys. And the one that names a secret."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from pubtrack.config.faults import Misplaced, SecretTable
from pubtrack.config.values import AbsolutePath, Variable


class Section(BaseModel):
    """A table of the configuration: frozen, and a key it does not know is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class Secret(Section, SecretTable):
    """Where a secret is to be found: in an environment variable or in a file. Never the secret itself."""

    env: Variable | None = None
    file: AbsolutePath | None = None

    @field_validator("file")
    @classmethod
    def _one_place(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        if "env" in info.data and (file is None) == (info.data["env"] is None):
            raise ValueError('a secret stands in one place. Write { env = "NAME_OF_VARIABLE" } or { file = "path" }.')
        return file


def each_once(names: list[str]) -> None:
    """Raise `Misplaced` at the first name of `names` that stands there already."""
    for index, name in enumerate(names):
        if name in names[:index]:
            raise Misplaced(f'the name "{name}" stands twice. Each needs a name of its own.', index, "name")
