"""Settings of the machine: flag > `AUDIOGUIDE_*` > settings file > default, and where each value came from.

Nothing here changes how an episode sounds: that belongs in the script, so that a script builds the same everywhere.
The settings file is `[tool.audioguide]` in the nearest pyproject.toml, else `config.toml` in the user's config folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audioguide.errors import SettingsError

MAX_JOBS = 64


@dataclass(frozen=True, slots=True)
class Settings:
    """What the machine gives to a build. `origin` tells for each name whether it is a default or who set it."""

    cache: str
    """The store: a folder, or any fsspec URL."""
    cache_limit_bytes: int
    output: Path
    jobs: int
    """How many utterances are spoken, and parts encoded, at once."""
    workers: str
    """Who does it: `threads`, `serial`, `processes`, `dask://HOST:PORT` or `dask://local?workers=N`."""
    offline: bool
    """True: nothing may use the network."""
    piper_voices: Path
    """The folder in which the user's own Piper voices lie."""
    origin: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def state_folder(self) -> Path:
        """A local folder for what is remembered between runs: in the store, where that is a folder."""
        return state_folder_of(self.cache)


def state_folder_of(cache: str) -> Path:
    """A local folder for what is remembered between runs with that store."""
    return Path(_default_cache() if "://" in cache else cache) / "state"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: how its text is read, its default, and a line of help."""

    read: Callable[[str], Any]
    default: Callable[[], str]
    help: str


def _read_bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)B?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f'"{text}" is not a size; write it like 5 GB')
    return round(float(match[1]) * 1000.0 ** " KMGT".index(match[2].upper() or " "))


def _read_jobs(text: str) -> int:
    if not re.fullmatch(r"\d+", text.strip(), re.ASCII) or not 1 <= int(text) <= MAX_JOBS:
        raise ValueError(f'"{text}" is not a number of jobs; write 1 to {MAX_JOBS}')
    return int(text)


def _read_workers(text: str) -> str:
    if not re.fullmatch(r"threads|serial|processes|dask://local(\?workers=\d{1,3})?|dask://[^/?]+:\d+", text.strip()):
        kinds = "threads, serial, processes, dask://HOST:PORT or dask://local?workers=4"
        raise ValueError(f'"{text}" are no workers; write {kinds}')
    return text.strip()


def _read_flag(text: str) -> bool:
    if text.strip().lower() not in {"0", "1", "true", "false", "yes", "no", ""}:
        raise ValueError(f'"{text}" is not a truth value; write 1 or 0')
    return text.strip().lower() in {"1", "true", "yes"}


def _default_cache() -> str:
    import platformdirs

    return platformdirs.user_cache_dir("audioguide", appauthor=False)


def _default_piper_voices() -> str:
    import platformdirs

    return str(Path(platformdirs.user_data_dir("audioguide", appauthor=False)) / "piper")


def _cores() -> str:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return str(min(usable, MAX_JOBS))


SETTINGS: dict[str, Setting] = {
    "cache": Setting(lambda text: text if "://" in text else str(Path(text).expanduser()), _default_cache, "the store"),
    "cache_limit_bytes": Setting(_read_bytes, lambda: "5 GB", "the store's size limit; least recently used goes first"),
    "output": Setting(lambda text: Path(text).expanduser(), lambda: "output", "where episodes are written"),
    "jobs": Setting(_read_jobs, _cores, "how many things are spoken and encoded at once"),
    "workers": Setting(_read_workers, lambda: "threads", "who works: threads, serial, processes, dask://HOST:PORT"),
    "offline": Setting(_read_flag, lambda: "0", "1: nothing may use the network"),
    "piper_voices": Setting(
        lambda text: Path(text).expanduser(),
        _default_piper_voices,
        "a folder of Piper voices: NAME.onnx, NAME.onnx.json",
    ),
}
"""Name -> setting; the environment's name is `AUDIOGUIDE_` and the name in capitals (`AUDIOGUIDE_CACHE_LIMIT`)."""


def load_settings(flags: Mapping[str, object] | None = None, *, folder: Path | None = None) -> Settings:
    """The settings that hold here. `flags` are those given on the command line (None: not given). Raises SettingsError."""
    given = {name: str(value) for name, value in (flags or {}).items() if value is not None}
    file_name, from_file = _settings_file(folder or Path.cwd())
    values: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for name, setting in SETTINGS.items():
        variable = environment_name(name)
        sources = (
            ("--" + name, given.get(name)),
            (variable, os.environ.get(variable) or None),
            (file_name, from_file.get(name.removesuffix("_bytes"))),
            ("default", setting.default()),
        )
        source, text = next((source, text) for source, text in sources if text is not None)
        try:
            values[name] = setting.read(str(text))
        except ValueError as error:
            raise SettingsError(str(error), where=source) from None
        origin[name] = source
    return Settings(**values, origin=origin)


def environment(name: str) -> str | None:
    """What the environment says under a name that is not ours, such as a service's key; None where it says nothing."""
    return os.environ.get(name, "").strip() or None


def environment_name(name: str) -> str:
    """`cache_limit_bytes` -> `AUDIOGUIDE_CACHE_LIMIT`."""
    return "AUDIOGUIDE_" + name.removesuffix("_bytes").upper()


def _settings_file(folder: Path) -> tuple[str, Mapping[str, object]]:
    import platformdirs

    for candidate in (folder, *folder.parents):
        path = candidate / "pyproject.toml"
        tools = _read_toml(path).get("tool") if path.is_file() else None
        if isinstance(tools, dict) and (table := tools.get("audioguide")) is not None:
            return _known(str(path), table)
    path = Path(platformdirs.user_config_dir("audioguide", appauthor=False)) / "config.toml"
    return _known(str(path), _read_toml(path)) if path.is_file() else ("", {})


def _known(source: str, table: object) -> tuple[str, Mapping[str, object]]:
    if not isinstance(table, dict):
        raise SettingsError('"tool.audioguide" is not a table', where=source, hint="write [tool.audioguide]")
    names = [name.removesuffix("_bytes") for name in SETTINGS]
    for name in table:
        if name not in names:
            raise SettingsError(f'unknown setting "{name}"', where=source, hint=f"settings: {', '.join(names)}")
    return source, {name: int(value) if isinstance(value, bool) else value for name, value in table.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path)) from error
