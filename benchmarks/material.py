"""What is measured on: scripts of any length, and speech for them that is made once and used again.

The embedded voice speaks a few minutes. A longer script's sentences are all different, so each has a key, an entry and a
part of its own; but their sound is that of the few minutes, over and over. So an hour of material takes seconds to make.
"""

from __future__ import annotations

import wave
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audioguide.audio import Clip, from_flac, resample, to_s16
from audioguide.build import plan_script
from audioguide.ledger import Order
from audioguide.speech import speak
from audioguide.store import Entry, FolderStore

SPOKEN_SENTENCES = 60
"""So many are really spoken: about four minutes."""
SEGMENT_SENTENCES, SECTION_SEGMENTS = 3, 20
RATE_HZ = 44_100
EDITED = "Here the text was changed."

_WORDS = {
    "who": (
        "The old keeper",
        "A young reader",
        "Every second walker",
        "The town's baker",
        "One quiet teacher",
        "The last visitor",
        "Our guide",
    ),
    "does": ("remembers", "describes", "questions", "explains", "rebuilds", "measures", "admires", "follows"),
    "what": (
        "the stone bridge",
        "a narrow path",
        "the morning market",
        "an early map",
        "the flooded meadow",
        "a wooden staircase",
        "the north gate",
        "the river wall",
        "a hidden garden",
    ),
    "when": (
        "before the first train leaves",
        "while the bells are still ringing",
        "as the light grows softer",
        "after a long and rainy week",
        "long before anybody else is awake",
        "when the water is low",
        "in the middle of the harvest",
        "on the way to the harbour",
        "at the end of a warm summer",
        "with the patience of someone who has time",
        "in spite of the noise from the road",
    ),
}


@dataclass(frozen=True, slots=True)
class Material:
    """A script, the store that holds all of its speech and nothing else, and the same speech as files."""

    script: Path
    store: Path
    sounds: Path
    """A list of WAV files as ffmpeg's concat demuxer reads it; few files, each named many times."""
    hours: float
    """The sound in these files."""


def sentence(number: int) -> str:
    """The sentence of that number: the first 5,544 are all different, and later ones are told apart by a count."""
    said = []
    for words in _WORDS.values():
        number, index = divmod(number, len(words))
        said.append(words[index])
    return " ".join(said) + (f", on walk {number + 1}." if number else ".")


def script_text(sentences: int, *, edited: int | None = None) -> str:
    """A script of so many sentences. `edited`: the number of a sentence that reads otherwise."""
    lines = [
        "version: 1",
        "episode: {title: A long walk}",
        "voices: {host: {engine: hibari, name: heart}}",
        "sections:",
    ]
    for first in range(0, sentences, SEGMENT_SENTENCES):
        segment, last = first // SEGMENT_SENTENCES, min(first + SEGMENT_SENTENCES, sentences)
        if segment % SECTION_SEGMENTS == 0:
            lines += [f"  - title: Part {segment // SECTION_SEGMENTS + 1}", "    segments:"]
        said = [EDITED if number == edited else sentence(number) for number in range(first, last)]
        lines.append(f"      - {' '.join(said)}")
    return "\n".join(lines) + "\n"


def write_script(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def make_material(folder: Path, hours: float) -> Material:
    """Material of about so many hours; what the folder has already is used again."""
    entries = _spoken_once(folder)
    clips = [from_flac(entry.data) for entry in entries]
    mean_s = sum(clip.duration_s for clip in clips) / len(clips)
    count = round(hours * 3600 / mean_s)
    script = write_script(folder / f"{hours:g}h" / "walk.yaml", script_text(count))
    store = FolderStore(script.parent / "store")
    fill(store, script, entries)
    files = _write_sounds(folder, clips)
    sounds = script.with_name("sounds.txt")
    sounds.write_text("".join(f"file '{files[number % len(files)]}'\n" for number in range(count)), "utf-8")
    return Material(script, store.folder, sounds, count * mean_s / 3600)


def fill(store: FolderStore, script: Path, entries: Sequence[Entry] = ()) -> None:
    """Give the store the speech of a script: these entries over and over, or what the voice says where there are none."""
    for number, (key, utterance) in enumerate(plan_script(Order(script)).utterances.items()):
        if not entries:
            speak(utterance, store)
        elif not store.has("speech", key):
            store.put("speech", key, entries[number % len(entries)])


def _spoken_once(folder: Path) -> list[Entry]:
    """The entries of the sentences that are really spoken; made at the first call."""
    script = write_script(folder / "spoken.yaml", script_text(SPOKEN_SENTENCES))
    store = FolderStore(folder / "spoken")
    fill(store, script)
    found = [store.get("speech", key) for key in plan_script(Order(script)).utterances]
    return [entry for entry in found if entry]


def _write_sounds(folder: Path, clips: Sequence[Clip]) -> list[Path]:
    """The clips as WAV files at the episode's rate: the reference is spared the resampling."""
    paths = [(folder / f"{number}.wav").absolute() for number in range(len(clips))]
    for path, clip in zip(paths, clips, strict=True):
        if not path.exists():
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
                file.writeframes(to_s16(resample(clip, RATE_HZ)))
    return paths
