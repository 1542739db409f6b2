"""Whether a built episode holds what its script meant: the whole file is decoded and read back before it is published."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from audioguide.errors import AudioError
from audioguide.publish.collect import Built
from audioguide.publish.listening import Heard, listen, metadata
from audioguide.publish.model import Finding
from audioguide.publish.wording import clock

VERSION = 1
"""Rises when more is asked of an episode: what was found good before is read back again."""
FEED_TYPES = ("audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/ogg")
"""What podcast players can be expected to play."""
_DURATION_S = 0.1
_CHAPTER_S = 0.1
"""ffmpeg counts chapters from the end of the encoder's delay, other readers from its start."""
_LOUDNESS_LU = 2.0
_PEAK_DB = 0.5
_SOUND_DBFS = -50.0
_SILENCE_S = 4.0
_CUE_S = 0.05
_MOST = 5
"""So many findings of a kind are told one by one."""
_AGAIN = "build it again with --force, and listen to it"
_CUE_TIMES = re.compile(r"^(\S+) --> (\S+)", re.MULTILINE)
_TAG = re.compile(r"^(\w+)=((?:[^\\\n]|\\.|\\\n)*)$", re.MULTILINE)


class _Span(NamedTuple):
    what: str
    start_s: float
    end_s: float


def proof_key(built: Built) -> str:
    """Changes when what would be read back does."""
    output = built.plan.output
    known = [VERSION, built.facts["files"], built.facts["chapters"], built.facts["segments"], output.loudness_lufs]
    return hashlib.sha256(json.dumps([*known, output.true_peak_dbtp, _meant_tags(built)]).encode()).hexdigest()[:32]


def prove(built: Built) -> list[Finding]:
    """Everything that is wrong with a built episode; empty where it may be published."""
    findings = list(_file_findings(built))
    if findings:
        return findings
    media = built.folder / built.facts["files"][0]["name"]
    try:
        heard = listen(media)
        tags = metadata(media)
    except AudioError as error:
        return [Finding(error.where or str(media), error.message, error.hint or _AGAIN)]
    sound = _Proof(built, media, heard)
    return [*sound.of_sound(), *sound.of_segments(), *sound.of_tags(tags), *sound.of_transcripts()]


def _file_findings(built: Built) -> Iterator[Finding]:
    """Files that are not those that episode.json names, and a first format that no player would play."""
    for file in built.facts["files"]:
        path = built.folder / file["name"]
        try:
            with path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            yield Finding(str(path), f"cannot be read: {error.strerror}", "build it again")
            continue
        if digest != file["sha256"]:
            yield Finding(
                str(path), "is not the file that was built: somebody changed it", "build it again with --force"
            )
    kind = built.facts["files"][0]["type"]
    if kind not in FEED_TYPES:
        hint = "name mp3 first in output.formats; the feed links to the first"
        yield Finding(built.script, f"the first format is {kind}, which podcast players do not play", hint)


class _Proof:
    """Holds what was heard of an episode while it is compared with what was meant."""

    def __init__(self, built: Built, media: Path, heard: Heard) -> None:
        self.built = built
        self.media = str(media)
        self.heard = heard
        self.duration_s = float(built.facts["duration_s"])

    def _found(self, message: str, hint: str, *, at_s: float | None = None) -> Finding:
        return Finding(self.media if at_s is None else f"{self.media} at {clock(at_s)}", message, hint)

    def of_sound(self) -> Iterator[Finding]:
        """Damage, duration, loudness, peaks."""
        heard, output = self.heard, self.built.plan.output
        if heard.complaint:
            yield self._found(f"does not decode cleanly: {heard.complaint}", _AGAIN)
        if abs(heard.duration_s - self.duration_s) > _DURATION_S:
            message = f"lasts {heard.duration_s:.2f} s, not {self.duration_s:.2f} s as episode.json says"
            yield self._found(message, _AGAIN)
        if not abs(heard.loudness_lufs - output.loudness_lufs) <= _LOUDNESS_LU:
            message = f"its loudness is {heard.loudness_lufs:.1f} LUFS, not {output.loudness_lufs:g} LUFS"
            yield self._found(message, "look for gains in the script that move everything, and for very loud sounds")
        if heard.true_peak_dbtp > output.true_peak_dbtp + _PEAK_DB:
            message = f"its peak is {heard.true_peak_dbtp:.1f} dBTP, above {output.true_peak_dbtp:g} dBTP"
            yield self._found(message, "turn the loudest sounds down with gain, and build it again")
        for at_s in heard.clipped_s[:_MOST]:
            yield self._found("the sound is clipped", "turn what is played there down with gain", at_s=at_s)

    def of_segments(self) -> Iterator[Finding]:
        """Whether every segment of the script is there and sounds."""
        built = {segment["address"]: segment for segment in self.built.facts["segments"]}
        for address in dict.fromkeys(speech.address for speech in self.built.plan.speeches()):
            if address not in built:
                yield self._found(f"{address} is missing", "build it again")
        spans = [_Span(one["address"], one["start_s"], one["end_s"]) for one in built.values()]
        yield from self._outside(spans, self.media)
        yield from self._silent(spans)

    def _outside(self, spans: list[_Span], where: str) -> Iterator[Finding]:
        for span in spans:
            if not 0 <= span.start_s < span.end_s <= self.duration_s + _CUE_S:
                message = f"{span.what} ({span.start_s:.3f} to {span.end_s:.3f} s) is not inside the sound"
                yield Finding(where, message, "build it again")
                return

    def _silent(self, spans: list[_Span]) -> Iterator[Finding]:
        """Segments without a sound: more than one is heard at once, the rest are counted."""
        silent = [one for one in spans if self.heard.peak_dbfs(one.start_s, one.end_s) < _SOUND_DBFS]
        for span in silent[:_MOST]:
            yield self._found(
                f"{span.what} is silent", f"hear it alone: audioguide preview {self.built.script}", at_s=span.start_s
            )
        if len(silent) > _MOST:
            yield self._found(f"{len(silent) - _MOST} more segments are silent", _AGAIN)

    def of_tags(self, text: str) -> Iterator[Finding]:
        """Tags and chapters, as ffmpeg reads them."""
        head, *blocks = re.split(r"^\[CHAPTER\]$", text, flags=re.MULTILINE)
        tags = {name.lower(): value for name, value in _tags(head)}
        for name, meant in _meant_tags(self.built).items():
            if _plain(tags.get(name, "")) != _plain(meant):
                yield self._found(f'its tag {name} is "{tags.get(name, "")}", not "{meant}"', "build it again")
        yield from self._of_chapters([dict(_tags(block)) for block in blocks])

    def _of_chapters(self, found: list[dict[str, str]]) -> Iterator[Finding]:
        meant = self.built.facts["chapters"]
        if len(found) != len(meant):
            yield self._found(f"holds {len(found)} chapters, not {len(meant)}", "build it again")
            return
        for mark, chapter in zip(found, meant, strict=True):
            start_s = _time_s(mark, "START")
            if abs(start_s - chapter["start_s"]) > _CHAPTER_S or _plain(mark.get("title", "")) != _plain(
                chapter["title"]
            ):
                message = f'its chapter "{mark.get("title", "")}" at {start_s:.2f} s is not "{chapter["title"]}"'
                yield self._found(f"{message} at {chapter['start_s']:.2f} s", "build it again")
        ends = [chapter["end_s"] for chapter in meant]
        starts = [chapter["start_s"] for chapter in meant]
        if meant and (starts[0] != 0 or ends[:-1] != starts[1:] or abs(ends[-1] - self.duration_s) > _DURATION_S):
            yield self._found("its chapters do not tile the episode", "build it again")

    def of_transcripts(self) -> Iterator[Finding]:
        """Captions: inside the sound, in order, over sound."""
        for file in self.built.facts["files"]:
            if file["type"] == "text/vtt":
                yield from self._of_captions(self.built.folder / file["name"])
        sentences = [_Span("a sentence", one["start_s"], one["end_s"]) for one in self.built.facts["segments"]]
        for span in sentences:
            silence_s = self.heard.longest_silence_s(span.start_s, span.end_s, below_dbfs=_SOUND_DBFS)
            if silence_s > _SILENCE_S + self._longest_pause_s():
                yield self._found(f"{silence_s:.0f} s of silence while somebody speaks", _AGAIN, at_s=span.start_s)
                return

    def _longest_pause_s(self) -> float:
        """The longest pause that is written inside a segment."""
        pauses = [one.pause_ms for speech in self.built.plan.speeches() for one in speech.utterances[:-1]]
        return max(pauses, default=0) / 1000

    def _of_captions(self, path: Path) -> Iterator[Finding]:
        times = _CUE_TIMES.findall(path.read_text("utf-8"))
        cues = [_Span(f"the caption at {start}", _seconds(start), _seconds(end)) for start, end in times]
        if not cues and self.built.facts["segments"]:
            yield Finding(str(path), "holds no captions", "build it again")
        yield from self._outside(cues, str(path))
        if any(one.end_s > other.start_s + _CUE_S for one, other in pairwise(cues)):
            yield Finding(str(path), "its captions overlap", "build it again")
        silent = [cue for cue in cues if self.heard.peak_dbfs(cue.start_s, cue.end_s) < _SOUND_DBFS]
        for cue in silent[:_MOST]:
            yield Finding(str(path), f"{cue.what} stands over silence", _AGAIN)


def _meant_tags(built: Built) -> dict[str, str]:
    script = built.plan.script
    meant = {
        "title": built.plan.title,
        "artist": script.episode.author or script.show.author or "",
        "album": script.show.title or "",
    }
    return {name: text for name, text in meant.items() if text}


def _tags(block: str) -> Iterator[tuple[str, str]]:
    """The `name=value` rows of ffmpeg's metadata, unescaped."""
    for name, value in _TAG.findall(block):
        yield name, re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL)


def _plain(text: str) -> str:
    """The text without what tags cannot hold."""
    return " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text).split())


def _time_s(mark: dict[str, Any], name: str) -> float:
    numerator, _, denominator = str(mark.get("TIMEBASE", "1/1000")).partition("/")
    return int(mark.get(name, 0)) * int(numerator) / int(denominator or 1)


def _seconds(written: str) -> float:
    hours, minutes, seconds = written.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
