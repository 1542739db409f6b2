"""Addresses: how people name a segment, a section or a stretch of an episode, and the cues that they mean.

`welcome` is a section, `welcome.teaser` a segment by its id, `welcome.2` the second that is spoken in it, `intro` the sound
at the start, `welcome.1..3` a stretch; `fort.more` is a stop's extra track, `fort.more.1` the first that is spoken in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from audioguide.errors import AudioguideError
from audioguide.plan.model import Cue, Plan, Speech
from audioguide.script.problems import nearest, quoted
from audioguide.script.stops import EXTRA
from audioguide.text import slug


def section_ids(written: Sequence[tuple[str | None, str]]) -> list[str]:
    """The ids of sections, given as (id, title) in the order of the script.

    Written ids stay as they are; those made of equal titles get -2, -3.
    """
    taken = {identity for identity, _ in written if identity}
    identities = []
    for own, title in written:
        identity = own or slug(title) or "section"
        if not own:
            stem, count = identity, 1
            while identity in taken:
                count += 1
                identity = f"{stem}-{count}"
            taken.add(identity)
        identities.append(identity)
    return identities


def cues_at(plan: Plan, address: str) -> range:
    """The places, in the order of `Plan.every_cue`, of the cues that an address names.

    Raises AudioguideError, with the nearest address, where there is no such thing.
    """
    first, dots, last = address.partition("..")
    names = _names(plan)
    begin = _found(plan, names, first)
    if not dots:
        return begin
    section, dot, _ = first.rpartition(".")
    end = _found(plan, names, f"{section}.{last}" if dot and "." not in last else last)
    if end.stop <= begin.start:
        raise AudioguideError(f"{last} comes before {first}", where=address, hint="name the earlier one first")
    if _track(plan, begin.start) != _track(plan, end.stop - 1):
        hint = "a stretch ends in the track that it begins in"
        raise AudioguideError(f"{first} and {last} are not in one track", where=address, hint=hint)
    return range(begin.start, end.stop)


def _found(plan: Plan, names: Mapping[str, range], address: str) -> range:
    if address not in names:
        where = str(plan.loaded.path)
        hint = nearest(address, names) or f"every address is listed by: audioguide preview {where}"
        raise AudioguideError(f"has no segment or section {quoted(address)}", where=where, hint=hint)
    return names[address]


def _track(plan: Plan, place: int) -> int:
    """The number of the track that a cue is in; 0 is the episode."""
    ends = accumulate(len(track.cues) for track in plan.tracks())
    return next(number for number, end in enumerate(ends) if place < end)


def _names(plan: Plan) -> dict[str, range]:
    """Every address: sections before cues, a segment's own name before its position."""
    sections: dict[str, range] = {}
    cues: dict[str, range] = {}
    positions: dict[str, range] = {}
    at = 0
    for name, own in _stretches(plan):
        sections[name] = range(at, at + len(own))
        spoken = 0
        for cue in own:
            here = range(at, at + 1)
            cues[cue.address] = here
            if isinstance(cue, Speech) and cue.address != f"{name}.title":
                spoken += 1
                positions[f"{name}.{spoken}"] = here
            at += 1
    return positions | cues | sections


def _stretches(plan: Plan) -> Iterator[tuple[str, Sequence[Cue]]]:
    """Every section, then every extra track, by its address, in the order of `Plan.every_cue`."""
    yield from ((section.id, section.cues) for section in plan.sections)
    yield from ((f"{section.id}.{EXTRA}", section.more.cues) for section in plan.sections if section.more)
