"""Whether the marks inside spoken text are whole, so that a wrong one is told together with every other mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audioguide.script.model import SEGMENT_LISTS
from audioguide.script.places import Places
from audioguide.script.problems import Problems, Steps
from audioguide.text import MarkError
from audioguide.text.marks import read_marks


def check_wording(data: dict[str, Any], places: Places, problems: Problems) -> None:
    """Report each text whose marks cannot be read."""
    for steps, text in _texts(data):
        try:
            read_marks(text)
        except MarkError as error:
            problems.add(places.of(steps), steps, f"{error} (at character {error.offset + 1})")


def _texts(data: dict[str, Any]) -> Iterator[tuple[Steps, str]]:
    """Every text with a bracket in it: without one there is no mark that could be wrong."""
    sections = data.get("sections")
    for index, section in enumerate(sections if isinstance(sections, list) else ()):
        if isinstance(section, dict):
            for steps, value in _of_section(section, ("sections", index)):
                if isinstance(value, str) and "[" in value:
                    yield steps, value


def _of_section(section: dict[str, Any], steps: Steps) -> Iterator[tuple[Steps, Any]]:
    yield (*steps, "text"), section.get("text")
    for key in SEGMENT_LISTS:
        segments = section.get(key)
        for number, segment in enumerate(segments if isinstance(segments, list) else ()):
            here = (*steps, key, number)
            if isinstance(segment, dict):
                yield (*here, "say"), segment.get("say")
                yield (*here, "spoken"), segment.get("spoken")
            else:
                yield here, segment
