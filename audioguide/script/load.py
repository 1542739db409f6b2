"""A script file -> the model, `show.yaml` merged in; or every mistake in the two files at once."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audioguide.errors import Problem, ScriptError
from audioguide.script.document import Document, read_document
from audioguide.script.languages import check_language
from audioguide.script.model import SEGMENT_LISTS, Script, ShowFile
from audioguide.script.places import Places, merge
from audioguide.script.problems import Place, Problems
from audioguide.script.references import References
from audioguide.script.stops import check_stops
from audioguide.script.structure import check_sections, check_version, read_model
from audioguide.script.tree import MapNode, plain
from audioguide.script.wording import check_wording

SHOW_FILE = "show.yaml"
LONG_SEGMENT = 5_000
"""Code points beyond which a segment gets a warning: half an hour of speech is not one thing to edit and hear."""


@dataclass(frozen=True, slots=True)
class LoadedScript:
    """A script without mistakes, and what is known of its files."""

    path: Path
    """The script's file, as it was named."""
    root: Path
    """Its folder, resolved: the project root."""
    script: Script
    places: Places
    files: tuple[Path, ...]
    """Every file that it was read from or that it names."""
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Languages:
    """The scripts of a guide, one for each language."""

    scripts: dict[str, Path]
    reference: str | None
    """The language that the others follow; None where there is only one, or none."""


def languages_of(path: Path) -> Languages:
    """The scripts that a show.yaml names for its languages.

    Raises ScriptError with every mistake of that file; what a script may add is not missed.
    """
    problems = Problems((str(path),))
    document = _read_show(path, path.parent.resolve(), problems)
    if found := problems.listed("error"):
        raise ScriptError(found)
    data = plain(document.tree) if document else {}
    scripts = {tag.strip(): path.parent / name.strip() for tag, name in data.get("languages", {}).items()}
    return Languages(scripts, data.get("reference", next(iter(scripts), "")).strip() or None)


def load_script(path: Path, data: bytes | None = None) -> LoadedScript:
    """Read a script and the show.yaml beside it. Raises ScriptError with every mistake, in the order of the files.

    `data`: what the file is to hold, so that a change can be examined before it is written.
    """
    show_path = path.parent / SHOW_FILE
    problems = Problems((str(path), str(show_path)))
    root = path.parent.resolve()
    if path.name == SHOW_FILE:
        hint = "name the script of an episode beside it"
        problems.add(Place(str(path), 1, 1), (), f"{SHOW_FILE} holds what episodes share", hint=hint)
        raise ScriptError(problems.listed("error"))
    document = read_document(path, problems, data)
    has_show = os.path.lexists(show_path)
    show = _read_show(show_path, root, problems) if has_show else None
    if document is None:
        raise ScriptError(problems.listed("error"))
    places = Places(_merged(document, show))
    script, references = _examine(places, root, problems)
    if script is None or problems.listed("error"):
        raise ScriptError(problems.listed("error"))
    check_language(path, script, places, problems)
    if found := problems.listed("error"):
        raise ScriptError(found)
    _warn(script, places, problems)
    read = (path.resolve(), *((show_path.resolve(),) if has_show else ()))
    files = tuple(dict.fromkeys((*read, *references.files)))
    return LoadedScript(path, root, script, places, files, tuple(problems.listed("warning")))


def _read_show(path: Path, root: Path, problems: Problems) -> Document | None:
    """The show file, examined by itself so that what a script replaces is checked too."""
    if not path.resolve().is_relative_to(root):
        problems.add(Place(str(path), 1, 1), (), "the link leads out of the script's folder", hint="copy the file")
        return None
    document = read_document(path, problems)
    if document is not None:
        places = Places(document.tree)
        data = plain(document.tree)
        if check_version(data, places, problems):
            read_model(ShowFile, data, places, problems)
            References(data, places, problems, root).check_show()
    return document


def _merged(document: Document, show: Document | None) -> MapNode:
    """The script's tree over the show's; the version is each file's own."""
    if show is None:
        return document.tree
    shared = {key: entry for key, entry in show.tree.entries.items() if key in ShowFile.model_fields}
    shared.pop("version", None)
    return merge(show.tree._replace(entries=shared), document.tree)


def _examine(places: Places, root: Path, problems: Problems) -> tuple[Script | None, References]:
    data: dict[str, Any] = plain(places.tree)
    references = References(data, places, problems, root)
    if not check_version(data, places, problems):
        return None, references
    check_sections(data, places, problems)
    script = read_model(Script, data, places, problems)
    references.check()
    check_stops(data, places, problems)
    check_wording(data, places, problems)
    return script, references


def _warn(script: Script, places: Places, problems: Problems) -> None:
    if script.episode.title is None:
        steps = ("episode", "title")
        message = "is absent; the file's stem is used"
        problems.add(places.of(steps), steps, message, level="warning")
    for index, section in enumerate(script.sections):
        for key in SEGMENT_LISTS:
            for number, segment in enumerate(getattr(section, key) or ()):
                if len(getattr(segment, "say", "")) > LONG_SEGMENT:
                    _warn_of_length(places, ("sections", index, key, number), problems)
        if section.text and any(len(part) > LONG_SEGMENT for part in re.split(r"\n[ \t]*\n", section.text)):
            _warn_of_length(places, ("sections", index, "text"), problems)


def _warn_of_length(places: Places, steps: tuple[str | int, ...], problems: Problems) -> None:
    message = f"a segment is longer than {LONG_SEGMENT:,} characters"
    hint = "shorter ones are easier to hear and to edit"
    problems.add(places.of(steps), steps, message, hint=hint, level="warning")
