"""From files to settings."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from pubtrack.config.base import Secret
from pubtrack.config.faults import checked, fault, parse, told
from pubtrack.config.sections import Digest, Matching, References, Settings
from pubtrack.config.sending import Channel, FileChannel, Reminders
from pubtrack.config.toml_lines import Key, key_lines
from pubtrack.errors import ConfigError, InputFault, InputFaults

# Tables of the settings that stand in a file of their own beside pubtrack.toml.
_BESIDE: Mapping[str, type[BaseModel]] = {"matching": Matching, "reminders": Reminders}


def load(path: Path) -> Settings:
    """Given the path of pubtrack.toml, return the settings, `matching.toml` and `reminders.toml` beside it read in.

    Raise ConfigError with every fault of every file, each with file, line, value and what to write instead.
    """
    if not path.exists():
        raise ConfigError(f"{path}: there is no configuration here. Make one with: pubtrack init")
    main = _File(path)
    faults: list[tuple[Key, str]] = []
    beside = {name: file for name in _BESIDE if (file := _File(path.with_name(f"{name}.toml"))).path.exists()}
    for file in (main, *beside.values()):
        file.read()
    context = {"folder": path.parent.absolute()}
    settings: BaseModel | None = None
    if main.broken:  # its keys cannot be seen; the other files still can
        for name, file in beside.items():
            file.add(checked(_BESIDE[name], file.data, context)[1])
    else:
        for name in beside.keys() & main.data.keys():
            main.add([((name,), f"it stands here and in {name}.toml. Keep one of the two.")])
        whole = main.data | {name: file.data for name, file in beside.items() if not file.broken}
        settings, faults = checked(Settings, whole, context)
        faults += _names(whole)
    for key, message in faults:
        own = beside.get(str(key[0])) if key else None
        (own or main).add([(key[1:] if own else key, message)])
    if not isinstance(settings, Settings) or any(file.faults for file in (main, *beside.values())):
        raise ConfigError(told([(file.path, file.faults) for file in (main, *beside.values())]))
    settings._file = Path(os.path.abspath(path))
    return settings.model_copy(update={"channels": _below(settings.channels, settings.reports)})


def located(file: Path, model: type[BaseModel]) -> Any:
    """Given a TOML file and the model it must hold, return the model. Raise ConfigError with every fault and its line."""
    held = _File(file)
    held.read()
    made: BaseModel | None = None
    if not held.broken:
        made, faults = checked(model, held.data, {"folder": file.parent.absolute()})
        held.add(faults)
    if made is None:
        raise ConfigError(told([(file, held.faults)]))
    return made


def read_secret(secret: Secret) -> str:
    """Given where a secret is, return it. Raise ConfigError, naming the variable or file and never the value, if it is not there."""
    if secret.env is not None:
        value = os.environ.get(secret.env, "").strip()
        if not value:
            raise ConfigError(f"The environment variable {secret.env} is not set. It must hold the secret.")
        return value
    if secret.file is None:
        raise ConfigError("A secret is asked for, and neither `env` nor `file` says where it is.")
    try:
        value = secret.file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError:
        raise ConfigError(
            f"{secret.file}: this file must hold a secret as UTF-8 text, and holds something else."
        ) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(f"{secret.file}: this file must hold a secret, and cannot be read: {reason}.") from error
    if not value:
        raise ConfigError(f"{secret.file}: this file must hold a secret, and is empty.")
    return value


class _File:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.data: dict[str, Any] = {}
        self.text = ""
        self.faults: list[InputFault] = []
        self.broken = False

    def read(self) -> None:
        try:
            self.data, self.text = parse(self.path)
        except InputFaults as error:
            self.broken = True
            self.faults.extend(error.faults)

    def add(self, faults: Sequence[tuple[Key, str]]) -> None:
        try:
            lines = key_lines(self.text) if faults else {}
        except RecursionError:
            lines = {}
        self.faults.extend(fault(key, message, lines) for key, message in faults)


def _names(data: Mapping[str, Any]) -> list[tuple[Key, str]]:
    """Given what the files hold, right or wrong, return the faults of names: two alike, and channels that are named and not there.

    Read from the raw tables, so that a fault elsewhere in a table hides none of these.
    """
    faults: list[tuple[Key, str]] = []
    named: dict[str, list[str]] = {}
    for table in ("source", "channel"):
        rows = data.get(table) if isinstance(data.get(table), list) else []
        names = [row.get("name", row.get("kind")) if isinstance(row, dict) else None for row in rows or []]
        named[table] = [name for name in names if isinstance(name, str)]
        for index, name in enumerate(names):
            if name is not None and name in names[:index]:
                faults.append(
                    ((table, index, "name"), f'the name "{name}" stands twice. Each needs a name of its own.')
                )
    for table, model in (("reminders", Reminders), ("digest", Digest), ("references", References)):
        held = data.get(table, {})
        if not isinstance(held, dict) or (not named["channel"] and "channel" not in held):
            continue  # without any channel only previews are made, and the default name stands for nothing yet
        for key in ("channel", "fallback"):
            chosen = held.get(key, model.model_fields[key].default if key in model.model_fields else None)
            if isinstance(chosen, str) and chosen not in named["channel"]:
                known = ", ".join(dict.fromkeys(named["channel"]))
                hint = f"Configured: {known}." if known else "Configure it in a [[channel]] table."
                faults.append(((table, key), f'"{chosen}" is the name of no channel. {hint}'))
    return faults


def _below(channels: Sequence[Channel], reports: Path) -> tuple[Channel, ...]:
    """A channel that writes files writes them below the reports."""
    return tuple(
        one.model_copy(update={"folder": Path(os.path.abspath(reports / one.folder))})
        if isinstance(one, FileChannel)
        else one
        for one in channels
    )
