"""Whether a guide is one: its sections are stops, each with a number of its own. It looks at plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audioguide.script import units
from audioguide.script.places import Places
from audioguide.script.problems import Problems, Steps, quoted

GUIDE = "guide"
_ONLY_IN_GUIDES = ("stop", "more")
EXTRA = "more"
"""The name of a stop's extra track in addresses."""


def check_stops(data: dict[str, Any], places: Places, problems: Problems) -> None:
    """Report what makes no guide of a script that is to be one, and stops in a script that is none."""
    sections = list(_sections(data))
    episode = data.get("episode")
    kind = episode.get("kind") if isinstance(episode, dict) else None
    if isinstance(kind, str) and kind.strip() == GUIDE:
        _check_guide(sections, places, problems)
        return
    for steps, section in sections:
        for key in (key for key in _ONLY_IN_GUIDES if key in section):
            place, hint = places.of_key((*steps, key)), "write kind: guide under episode"
            problems.add(place, (*steps, key), "belongs to an audio guide, and this is none", hint=hint)


def _check_guide(sections: list[tuple[Steps, dict[str, Any]]], places: Places, problems: Problems) -> None:
    first: dict[int, int] = {}
    for steps, section in sections:
        if EXTRA in section and "stop" not in section:
            place, hint = places.of_key((*steps, EXTRA)), "give the section a stop number"
            problems.add(place, (*steps, EXTRA), "is an extra track, and this section is no stop", hint=hint)
        number, here = _number(section.get("stop")), (*steps, "stop")
        if number in first:
            message = f"{number} is the number of the stop on line {first[number]} already"
            problems.add(places.of(here), here, message, hint="numbers are permanent: give the new stop the next one")
        elif number is not None:
            first[number] = places.of(here).line
        _check_names(section, steps, places, problems)
    if sections and not any("stop" in section for _, section in sections):
        steps = ("episode", "kind")
        problems.add(places.of(steps), steps, "a guide has stops, and here is none", hint="write stop: 1 in a section")


def _check_names(section: dict[str, Any], steps: Steps, places: Places, problems: Problems) -> None:
    """No segment is called as the extra track is."""
    segments = section.get("segments") if EXTRA in section else None
    for index, segment in enumerate(segments if isinstance(segments, list) else ()):
        if isinstance(segment, dict) and segment.get("id") == EXTRA:
            here = (*steps, "segments", index, "id")
            message = f"{quoted(EXTRA)} is the address of the stop's extra track"
            problems.add(places.of(here), here, message, hint="choose another id")


def _number(written: Any) -> int | None:
    """The number that is meant; None where it is none, which the validator tells."""
    try:
        return units.whole_number(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _sections(data: dict[str, Any]) -> Iterator[tuple[Steps, dict[str, Any]]]:
    sections = data.get("sections")
    for index, section in enumerate(sections if isinstance(sections, list) else ()):
        if isinstance(section, dict):
            yield ("sections", index), section
