"""The scripts that a command line names: files, and guides in several languages."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_SHOW_FILE = "show.yaml"
"""Written out here: a build of what is there already reads no script, and imports nothing that does."""


def expanded(named: Iterable[Path]) -> tuple[Path, ...]:
    """The scripts, a guide's show.yaml or folder replaced by its script in every language, each once.

    Raises ScriptError for a show.yaml with mistakes.
    """
    return tuple(dict.fromkeys(script for path in named for script in _stands_for(path)))


def _stands_for(path: Path) -> list[Path]:
    if path.name != _SHOW_FILE and not path.is_dir():
        return [path]
    from audioguide.languages import scripts_of

    return scripts_of(path)
