"""The finished folder of one episode, and `episode.json`, which says all about it.

Files appear one by one under their final names, each whole; `episode.json` comes last. The media file is spliced from
the parts in the store, read one at a time.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from audioguide.engines import SpeechRequest, get_engine
from audioguide.errors import AudioError
from audioguide.files import held, write_atomically
from audioguide.formats import ChapterMark, Picture, Tags
from audioguide.pictures import light_jpeg
from audioguide.plan import Plan
from audioguide.timeline import Timeline
from audioguide.transcript import MEDIA_TYPES, transcript_files

PODCAST_NAMESPACE = uuid.UUID("ead4c236-bf58-58c6-a2c6-a6b28d128cb6")
"""The podcast namespace's own, in which guids are UUIDv5."""

_IMAGE_MAGIC = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"))
_COVER, _CHAPTER = (1400, 512 * 1024), (800, 128 * 1024)
"""The largest pictures that a sound file carries: pixels each way, and bytes."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A finished episode: its folder, and the document that describes it."""

    folder: Path
    facts: Mapping[str, Any]
    """The content of episode.json."""
    warnings: tuple[str, ...] = field(default=())


def guid_of(plan: Plan) -> str:
    """UUIDv5 in the podcast namespace over `SHOW-ID/EPISODE-ID`: the same for every build of the episode."""
    show = plan.script.show.id or plan.loaded.root.name
    return str(uuid.uuid5(PODCAST_NAMESPACE, f"{show}/{plan.id}"))


def episode_folder(plan: Plan, output: Path) -> Path:
    """Where an episode lives; a draft never replaces it."""
    return output / (f"{plan.id}.draft" if plan.draft else plan.id)


def held_folder(folder: Path) -> AbstractContextManager[None]:
    """The folder, made if need be, held against another build of the same episode; strays of killed builds are gone."""
    return held(folder, hint="choose another folder with -o")


def tags_of(plan: Plan, timeline: Timeline | None = None) -> Tags:
    """What the media file says of itself; without a timeline it has no chapters."""
    episode, show = plan.script.episode, plan.script.show
    cover = episode.image or show.image
    return Tags(
        title=plan.title,
        artist=episode.author or show.author or "",
        album=show.title or "",
        date=_date(episode.date),
        language=plan.language,
        comment=episode.description or episode.subtitle or "",
        track=episode.number,
        url=episode.link or show.link or "",
        cover=picture(plan.loaded.root / cover) if cover else None,
        chapters=tuple(_marks(timeline)) if timeline else (),
    )


def _marks(timeline: Timeline) -> Iterator[ChapterMark]:
    for chapter in timeline.chapters:
        yield ChapterMark(
            id=chapter.section.id,
            title=chapter.section.title,
            start_ms=_ms(chapter.span.start, timeline),
            end_ms=_ms(chapter.span.end, timeline),
            picture=picture(chapter.section.image, most=_CHAPTER) if chapter.section.image else None,
            link=chapter.section.link,
        )


def _ms(frame: int, timeline: Timeline) -> int:
    return round(frame * 1000 / timeline.rate_hz)


def _date(date: datetime | None) -> str:
    return date.isoformat() if date else ""


def picture(path: Path, *, most: tuple[int, int] = _COVER) -> Picture:
    """A JPEG or PNG picture for the tags, scaled down where it is larger than `most`. Raises AudioError for anything else."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}", where=str(path)) from error
    for magic, media_type in _IMAGE_MAGIC:
        if data.startswith(magic):
            light = light_jpeg(data, side_px=most[0], most_bytes=most[1])
            return Picture(light, "image/jpeg") if light else Picture(data, media_type)
    raise AudioError("is neither a JPEG nor a PNG picture", where=str(path))


def chapters_document(timeline: Timeline) -> dict[str, Any]:
    """The chapters as JSON, version 1.2 of the podcast namespace's format."""
    chapters = []
    for chapter in timeline.chapters:
        section = chapter.section
        entry: dict[str, Any] = {"startTime": timeline.seconds(chapter.span.start), "title": section.title}
        if section.link:
            entry["url"] = section.link
        if section.location:
            name, geo = section.location
            entry["location"] = {"name": name, "geo": f"geo:{geo.removeprefix('geo:').replace(' ', '')}"}
        chapters.append(entry)
    return {"version": "1.2.0", "chapters": chapters}


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an episode besides its files: known as soon as its timeline is."""

    chapters: Mapping[str, Any]
    """The content of chapters.json."""
    transcripts: Mapping[str, bytes]
    """By their suffixes."""
    facts: Mapping[str, Any]
    """What episode.json says of its sound and its text."""


def told_of(plan: Plan, timeline: Timeline) -> Told:
    """What is told of an episode of this timeline."""
    facts = {
        "duration_s": timeline.seconds(timeline.frames),
        "loudness_lufs": round(timeline.loudness_lufs(), 2),
        "true_peak_dbtp": round(timeline.true_peak_dbtp, 2),
        "chapters": [_chapter_facts(timeline, number) for number in range(len(timeline.chapters))],
        "segments": [
            {
                "address": segment.speech.address,
                "section": segment.speech.section,
                "voice": segment.speech.voice,
                "text": segment.speech.text,
                "start_s": timeline.seconds(segment.span.start),
                "end_s": timeline.seconds(segment.span.end),
            }
            for segment in timeline.segments
        ],
    }
    return Told(chapters_document(timeline), transcript_files(plan, timeline, MEDIA_TYPES), facts)


def episode_document(
    plan: Plan,
    told: Told,
    files: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
    *,
    stops: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The content of episode.json. `files`: name, type, bytes and sha256 of each file, first that of the first format.

    `stops`: what is told of each stop of a guide.
    """
    return {
        "id": plan.id,
        "kind": plan.kind,
        "title": plan.title,
        "guid": guid_of(plan),
        "language": plan.language,
        "published": plan.script.episode.date.isoformat() if plan.script.episode.date else None,
        "version": 1,
        "draft": plan.draft,
        "files": [dict(file) for file in files],
        "bytes": files[0]["bytes"],
        "sha256": files[0]["sha256"],
        **{key: told.facts[key] for key in ("duration_s", "loudness_lufs", "true_peak_dbtp")},
        **counts,
        "chapters": told.facts["chapters"],
        "stops": [dict(stop) for stop in stops],
        "engines": _fingerprints(plan),
        "fallbacks": dict(plan.fallbacks),
        "segments": told.facts["segments"],
    }


def _chapter_facts(timeline: Timeline, number: int) -> dict[str, Any]:
    chapter = timeline.chapters[number]
    return {
        "id": chapter.section.id,
        "title": chapter.section.title,
        "start_s": timeline.seconds(chapter.span.start),
        "end_s": timeline.seconds(chapter.span.end),
        "loudness_lufs": round(timeline.loudness_lufs(chapter.span), 2),
    }


def _fingerprints(plan: Plan) -> dict[str, str]:
    """Each engine with the package and model of the first utterance it speaks."""
    firsts: dict[str, SpeechRequest] = {}
    for speech in plan.every_speech():
        for utterance in speech.utterances:
            firsts.setdefault(utterance.engine, utterance.request)
    return {name: get_engine(name).fingerprint(request) for name, request in firsts.items()}


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """A JSON file for people and programs: indented, UTF-8, whole or not there. Left alone where nothing changes."""
    _write_changed(path, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def write_episode(folder: Path, document: Mapping[str, Any]) -> None:
    """Write episode.json, unless nothing was made and it says the same already, but for the counts of an earlier run."""
    path = folder / "episode.json"
    counts = dict.fromkeys(("spoken", "reused", "encoded"))
    if not document["spoken"] and not document["encoded"]:
        with suppress(OSError, ValueError, TypeError):
            if {**json.loads(path.read_bytes()), **counts} == {**json.loads(json.dumps(document)), **counts}:
                return
    write_document(path, document)


def write_transcripts(folder: Path, episode_id: str, made: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Transcripts by their suffixes, left alone where nothing changes: what episode.json says of each comes back."""
    files = []
    for suffix, data in made.items():
        name = f"{episode_id}{suffix}"
        _write_changed(folder / name, data)
        digest = hashlib.sha256(data).hexdigest()
        files.append({"name": name, "type": MEDIA_TYPES[suffix], "bytes": len(data), "sha256": digest})
    return files


def _write_changed(path: Path, data: bytes) -> None:
    if not path.is_file() or path.read_bytes() != data:
        write_atomically(path, data)
