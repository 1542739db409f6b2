"""Whether a script is the one that `show.yaml` names for its language."""

from __future__ import annotations

from pathlib import Path

from audioguide.script.model import Script
from audioguide.script.places import Places
from audioguide.script.problems import Problems, quoted

DEFAULT_LANGUAGE = "en"
"""The language of a script when neither it nor its show names one."""


def check_language(path: Path, script: Script, places: Places, problems: Problems) -> None:
    """Report a script whose language is not the one that it is named for, and languages named outside of `show.yaml`."""
    for key in ("languages", "reference"):
        place = places.of_key((key,))
        if key in places.tree.entries and place.file == str(path):
            problems.add(place, (key,), "is what scripts share", hint="write it in show.yaml")
    spoken = script.episode.language or script.show.language or DEFAULT_LANGUAGE
    for tag in tags_of(path, script):
        if not _agree(spoken, tag):
            steps = ("episode", "language")
            message = f"is {quoted(spoken)}, and show.yaml names this script for {quoted(tag)}"
            problems.add(places.of(steps), steps, message, hint=f"write language: {tag} under episode")


def tags_of(path: Path, script: Script) -> list[str]:
    """The languages for which `show.yaml` names the script at `path`: one, or none."""
    here = path.resolve()
    return [tag for tag, name in script.languages.items() if (here.parent / name).resolve() == here]


def _agree(spoken: str, tag: str) -> bool:
    """`en-GB` is an `en`; `en-US` is no `en-GB`."""
    return f"{spoken.lower()}-".startswith(f"{tag.lower()}-")
