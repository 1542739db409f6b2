"""Addresses: how people name a segment, a section or a stretch of an episode, and the cues that they mean.

`welcome` is a section, `welcome.teaser` a segment by its id, `welcome.2` the second that is spoken in it, `intro` the sound
at the start, `welcome.1..3` a stretch.
"""

from __future__ import annotations

from collections.abc import Mapping

from audioguide.errors import AudioguideError
from audioguide.plan.model import Plan, Speech
from audioguide.script.problems import nearest, quoted


def cues_at(plan: Plan, address: str) -> range:
    """The places, in the order of the episode, of the cues that an address names.

    Raises AudioguideError, with the nearest address, where there is no such thing.
    """
    first, dots, last = address.partition("..")
    names = _names(plan)
    begin = _found(plan, names, first)
    if not dots:
        return begin
    section, dot, _ = first.partition(".")
    end = _found(plan, names, f"{section}.{last}" if dot and "." not in last else last)
    if end.stop <= begin.start:
        raise AudioguideError(f"{last} comes before {first}", where=address, hint="name the earlier one first")
    return range(begin.start, end.stop)


def _found(plan: Plan, names: Mapping[str, range], address: str) -> range:
    if address not in names:
        where = str(plan.loaded.path)
        hint = nearest(address, names) or f"every address is listed by: audioguide preview {where}"
        raise AudioguideError(f"has no segment or section {quoted(address)}", where=where, hint=hint)
    return names[address]


def _names(plan: Plan) -> dict[str, range]:
    """Every address: sections before cues, a segment's own name before its position."""
    sections: dict[str, range] = {}
    cues: dict[str, range] = {}
    positions: dict[str, range] = {}
    at = 0
    for section in plan.sections:
        sections[section.id] = range(at, at + len(section.cues))
        spoken = 0
        for cue in section.cues:
            here = range(at, at + 1)
            cues[cue.address] = here
            if isinstance(cue, Speech) and cue.address != f"{section.id}.title":
                spoken += 1
                positions[f"{section.id}.{spoken}"] = here
            at += 1
    return positions | cues | sections
