"""What a script or its show.yaml says of publishing, and what is wrong with it, told at its place before anything is built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audioguide.errors import Problem, ScriptError, SettingsError
from audioguide.publish.categories import category_problem
from audioguide.script.load import LoadedScript, load_script


@dataclass(frozen=True, slots=True)
class Written:
    """Where the show is published, as far as it is written; a flag of the command line wins."""

    folder: Path | None
    """Relative to the folder of show.yaml, as it was named."""
    base_url: str | None
    keep: int | None
    reference: str | None
    """The language that a guide's others follow."""


def read_written(script: Path) -> Written:
    """What the script and the show.yaml beside it say. Raises ScriptError with every mistake."""
    loaded = load_script(script)
    if problems := publish_problems(loaded):
        raise ScriptError(problems)
    said = loaded.script.publish
    folder = loaded.path.parent / said.to if said.to else None
    return Written(folder, said.base_url, said.keep, loaded.script.reference)


def publish_problems(loaded: LoadedScript) -> list[Problem]:
    """What no directory or host would take of what is written."""
    return [problem for problem in (category_problem(loaded), _address_problem(loaded)) if problem]


def _address_problem(loaded: LoadedScript) -> Problem | None:
    written = loaded.script.publish.base_url
    if written is None:
        return None
    from audioguide.publish.show import folder_url  # heavy

    try:
        folder_url(written, before=None)
    except SettingsError as error:
        place = loaded.places.of(("publish", "base_url"))
        return Problem(place.file, place.line, place.column, "publish.base_url", error.message, error.hint)
    return None
