"""The files of a guide's stops: each is cut out of the episode at the seams of its parts, with tags and a transcript.

Nothing is spoken or encoded for them but their extra tracks, whose parts are made along with the episode's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from audioguide.episode import picture, tags_of, write_transcripts
from audioguide.files import sweep_strays
from audioguide.formats import Tags, get_format
from audioguide.media import Made, opening_of, write_media
from audioguide.parts import Workshop
from audioguide.plan import Cue, Plan, PlannedSection
from audioguide.record import Record
from audioguide.store import Store
from audioguide.timeline import lay_out
from audioguide.transcript import transcript_files

STOPS_FOLDER = "stops"
"""Where the stops' files lie, in the episode's folder."""
_TRANSCRIPTS = {"transcript": ".transcript.json", "vtt": ".vtt"}
"""What episode.json calls a stop's transcripts -> how their names end."""
_OUR_NAME = re.compile(r"\d{3,}-[a-z0-9-]+\.(?:mp3|m4b|opus|flac|wav|vtt|transcript\.json)")


@dataclass(frozen=True, slots=True)
class StopWriter:
    """Writes the stops of one episode."""

    plan: Plan
    workshop: Workshop
    folder: Path
    """The episode's."""
    store: Store
    before: Record
    """What lies where in the episode's media file: stops are cut out of it."""

    def write(self, parts: Made) -> list[dict[str, Any]]:
        """Write every stop's files, left alone where nothing changes; what episode.json says of each comes back.

        `parts`: those of `Plan.every_cue`, in that order. Raises PartLost.
        """
        (self.folder / STOPS_FOLDER).mkdir(exist_ok=True)
        sweep_strays(self.folder / STOPS_FOLDER)
        ends = list(accumulate(len(section.cues) for section in self.plan.sections))
        extras = iter(_extra_places(self.plan, ends[-1]))
        stops = []
        for section, end in zip(self.plan.sections, ends, strict=True):
            extra = next(extras) if section.more else None
            if section.stop is not None:
                first = end - len(section.cues)
                start = sum(facts.frames for _, facts in parts[:first])
                more = parts[extra.start : extra.stop] if extra else None
                stops.append(self._stop(section, parts[first:end], start, more))
        return stops

    def _stop(self, section: PlannedSection, own: Made, start: int, more: Made | None) -> dict[str, Any]:
        stem = f"{section.stop:03}-{section.id}"
        facts = self._track(section, section.cues, own, stem)
        rate_hz = self.workshop.encoding.rate_hz
        end = start + sum(part.frames for _, part in own)
        image = section.image.relative_to(self.plan.loaded.root).as_posix() if section.image else None
        return {
            "number": section.stop,
            "id": section.id,
            "title": section.title,
            **facts,
            "start_s": round(start / rate_hz, 3),
            "end_s": round(end / rate_hz, 3),
            "image": image,
            "location": _location(section),
            "link": section.link,
            "more": self._extra(section, more, stem) if more else None,
        }

    def _extra(self, section: PlannedSection, parts: Made, stem: str) -> dict[str, Any]:
        assert section.more
        return self._track(replace(section, title=f"{section.title} +"), section.more.cues, parts, f"{stem}-more")

    def _track(self, section: PlannedSection, cues: Sequence[Cue], parts: Made, stem: str) -> dict[str, Any]:
        """Write one file and its transcripts, as of an episode that consists of these cues alone."""
        form = get_format(self.workshop.format)
        path = self.folder / STOPS_FOLDER / f"{stem}{form.suffix}"
        alone = replace(self.plan, id=stem, title=section.title, sections=(replace(section, cues=tuple(cues)),))
        rate_hz = self.workshop.encoding.rate_hz
        timeline = lay_out(alone, [facts for _, facts in parts], quantum=self.workshop.quantum, rate_hz=rate_hz)
        opening = opening_of(self.workshop, self._tags(section), parts)
        written = write_media(path, self.workshop, opening, parts, self.store, before=self.before)
        write_transcripts(path.parent, stem, transcript_files(alone, timeline, _TRANSCRIPTS.values()))
        return {
            "file": f"{STOPS_FOLDER}/{path.name}",
            "type": form.media_type,
            "bytes": written.bytes,
            "sha256": written.sha256,
            "duration_s": timeline.seconds(timeline.frames),
            **{key: f"{STOPS_FOLDER}/{stem}{suffix}" for key, suffix in _TRANSCRIPTS.items()},
        }

    def _tags(self, section: PlannedSection) -> Tags:
        """The episode's tags, with what is the stop's own; the album is the guide."""
        episode = tags_of(self.plan)
        return replace(
            episode,
            title=section.title,
            album=self.plan.title,
            track=section.stop,
            comment="",
            url=section.link or episode.url,
            cover=picture(section.image) if section.image else episode.cover,
        )


def _extra_places(plan: Plan, start: int) -> Iterator[range]:
    """The places of the extra tracks' cues, which follow those of the episode."""
    for section in plan.sections:
        if section.more:
            yield range(start, start + len(section.more.cues))
            start += len(section.more.cues)


def _location(section: PlannedSection) -> dict[str, str] | None:
    if section.location is None:
        return None
    name, geo = section.location
    return {"name": name, "geo": geo.removeprefix("geo:").replace(" ", "")}


def stop_files(episode: Mapping[str, Any]) -> Iterator[str]:
    """The name of every file of the stops that an episode.json tells of, relative to its folder."""
    for stop in episode.get("stops", ()):
        for track in filter(None, (stop, stop["more"])):
            yield from (track[key] for key in ("file", *_TRANSCRIPTS))


def sweep_stops(folder: Path, episode: Mapping[str, Any]) -> None:
    """Remove the files of stops that are no more. Call it once episode.json no longer tells of them."""
    named = set(stop_files(episode))
    sweep_strays(folder / STOPS_FOLDER)
    for path in (folder / STOPS_FOLDER).glob("*"):
        if _OUR_NAME.fullmatch(path.name) and f"{STOPS_FOLDER}/{path.name}" not in named:
            path.unlink(missing_ok=True)
    if not named:
        with suppress(OSError):  # there is none, or somebody keeps something in it
            (folder / STOPS_FOLDER).rmdir()
