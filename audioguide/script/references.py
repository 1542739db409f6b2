"""Whether what a script names is there: voices, engines, music, files, and ids that are written once.

It looks at plain data, not at the model, so that a mistake of shape hides none of these; what has the wrong shape is
passed over here.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audioguide.errors import AudioguideError
from audioguide.script.model import NO_MUSIC, SEGMENT_LISTS, Voice
from audioguide.script.places import Places
from audioguide.script.problems import Problems, Steps, quoted

if TYPE_CHECKING:
    from audioguide.engines import Engine

DEFAULT_VOICE = "host"
"""The voice that a script has when it names none."""

_FILES = (
    ("show", "image"),
    ("episode", "image"),
    ("intro", "play"),
    ("outro", "play"),
)
_Wrong = tuple[str, str | None]
"""What is wrong with a file's name, and what to do about it."""

_REFUSED: tuple[tuple[re.Pattern[str], _Wrong], ...] = (
    (
        re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://|//|(?:https?|data|file):", re.IGNORECASE),
        ("{} is not beside the script", "download it into the script's folder"),
    ),
    (
        re.compile(r"[/\\~]|[A-Za-z]:[\\/]"),
        ("{} is an absolute path", "write a path relative to the script's folder"),
    ),
)


@dataclass(slots=True)
class References:
    """One script under examination."""

    data: dict[str, Any]
    places: Places
    problems: Problems
    root: Path
    """The project root, resolved: no file may lie outside."""
    files: dict[Path, None] = field(default_factory=dict)
    """The files that were found, in the order of the script."""
    _looked_up: dict[str, _Wrong | None] = field(default_factory=dict)
    _sounds: dict[Path, _Wrong | None] = field(default_factory=dict)

    def check(self) -> None:
        """Look at everything that names something else."""
        self.check_show()
        self._check_fallbacks()
        self._check_names()
        self._check_ids()

    def check_show(self) -> None:
        """Look at what a show file names outside of itself: the voices and beds that it names may be the script's."""
        self._check_voices()
        self._check_files()
        self._check_licenses()
        self._check_languages()

    def _error(self, steps: Steps, message: str, hint: str | None) -> None:
        self.problems.add(self.places.of(steps), steps, message, hint=hint)

    def _map(self, key: str) -> dict[str, Any]:
        value = self.data.get(key)
        return value if isinstance(value, dict) else {}

    # Voices and engines

    def _check_voices(self) -> None:
        engines: dict[str, Engine | None] = {}
        for name, voice in self._map("voices").items():
            if not isinstance(voice, dict):
                continue
            steps = ("voices", name)
            if (wanted := _text(voice, "engine")) is None:
                continue
            if wanted not in engines:
                engines[wanted] = self._engine(wanted, (*steps, "engine"))
            if (engine := engines[wanted]) is not None:
                self._check_voice_of(engine, voice, steps)

    def _engine(self, name: str, steps: Steps) -> Engine | None:
        from audioguide.engines import engine_names, get_engine, is_engine

        if not is_engine(name):
            names = engine_names()
            hint = self.problems.near(name, names, otherwise=f"engines: {', '.join(names)}")
            self._error(steps, f"there is no engine {quoted(name)}", hint)
            return None
        try:
            return get_engine(name)
        except AudioguideError as error:
            message, hint = error.message, error.hint
            self.problems.add(self.places.of(steps), steps, message, hint=hint, level="warning")
            return None

    def _check_voice_of(self, engine: Engine, voice: dict[str, Any], steps: Steps) -> None:
        for key, value in voice.items():
            if key in Voice.model_fields:
                continue
            if key not in engine.options:
                known = [*Voice.model_fields, *engine.options]
                hint = self.problems.near(key, known, otherwise=f"known here: {', '.join(known)}")
                place = self.places.of_key((*steps, key))
                self.problems.add(place, (*steps, key), f"is not a key that {engine.name} knows", hint=hint)
            elif not isinstance(value, str):
                self._error((*steps, key), "must be a single value", None)
        name = _text(voice, "name")
        names = [one.name for one in engine.voices()] if name else []
        if name and names and name not in names:
            hint = self.problems.near(name, names, otherwise=f"see: audioguide voices --engine {engine.name}")
            self._error((*steps, "name"), f"{engine.name} has no voice {quoted(name)}", hint)

    # Names of voices and of music

    def _check_fallbacks(self) -> None:
        voices = self._map("voices")
        for name, voice in voices.items():
            steps = ("voices", name, "fallback")
            fallback = _text(voice, "fallback") if isinstance(voice, dict) else None
            if fallback == name:
                self._error(steps, "a voice cannot replace itself", "name another voice")
            elif fallback is not None:
                self._check_name(steps, fallback, "voice", tuple(voices))

    def _check_names(self) -> None:
        voices = tuple(self._map("voices")) or (DEFAULT_VOICE,)
        music = (*self._map("music"), NO_MUSIC)
        if NO_MUSIC in music[:-1]:
            steps: Steps = ("music", NO_MUSIC)
            hint = "choose another name"
            self.problems.add(self.places.of_key(steps), steps, f'"{NO_MUSIC}" stands for no music', hint=hint)
        self._check_named(("defaults",), self._map("defaults"), voices, music)
        for section_steps, section in _maps(self.data.get("sections"), ("sections",)):
            self._check_named(section_steps, section, voices, music)
            for steps, segment in _segments(section, section_steps):
                if "voice" in segment:
                    self._check_named(steps, segment, voices, None)

    def _check_named(
        self, steps: Steps, holder: dict[str, Any], voices: tuple[str, ...], music: tuple[str, ...] | None
    ) -> None:
        if (voice := _text(holder, "voice")) is not None:
            self._check_name((*steps, "voice"), voice, "voice", voices)
        if music is not None and (bed := _text(holder, "music")) is not None:
            self._check_name((*steps, "music"), bed, "music", music)

    def _check_name(self, steps: Steps, name: str, what: str, known: tuple[str, ...]) -> None:
        if name in known:
            return
        hint = self.problems.near(name, known, otherwise=f"this script has: {', '.join(known[:20])}")
        self._error(steps, f"there is no {what} {quoted(name)}", hint)

    # Ids

    def _check_ids(self) -> None:
        sections = list(_maps(self.data.get("sections"), ("sections",)))
        self._check_unique(sections)
        for steps, section in sections:
            self._check_unique(list(_segments(section, steps)))

    def _check_unique(self, holders: list[tuple[Steps, dict[str, Any]]]) -> None:
        first: dict[str, Steps] = {}
        for steps, holder in holders:
            written = holder.get("id")
            if not isinstance(written, str) or not written.strip():
                continue
            if written in first:
                line = self.places.of(first[written]).line
                self._error((*steps, "id"), f"{quoted(written)} is the id of line {line} already", "ids are unique")
            else:
                first[written] = (*steps, "id")

    # Files

    def _check_files(self) -> None:
        for steps, written in self._named_files():
            if written not in self._looked_up:
                self._looked_up[written] = self._look_up(written)
            if wrong := self._looked_up[written]:
                self._error(steps, *wrong)
                continue
            path = (self.root / written).resolve()
            self.files[path] = None
            if steps[0] == "music" or steps[-1] == "play":
                self._check_sound(steps, written, path)

    def _check_sound(self, steps: Steps, written: str, path: Path) -> None:
        """Look at what kind of file it is, and how long it plays."""
        if path not in self._sounds:
            from audioguide.audio import sound_fault

            self._sounds[path] = sound_fault(path)
        if fault := self._sounds[path]:
            self._error(steps, f"{quoted(written)} {fault[0]}", fault[1])

    def _check_licenses(self) -> None:
        for name, bed in self._map("music").items():
            if isinstance(bed, dict) and "license" not in bed:
                hint = "write license: CC0, or whatever lets you publish it"
                place, steps = self.places.of(("music", name)), ("music", name)
                self.problems.add(place, steps, "does not say its license", hint=hint, level="warning")

    def _check_languages(self) -> None:
        """Look that a guide's scripts are there. They are no files of any of them: each is built by itself."""
        languages = self._map("languages")
        for name in languages:
            written = _text(languages, name)
            if written and (wrong := self._look_up(written) or _elsewhere(written)):
                self._error(("languages", name), *wrong)
        reference = _text(self.data, "reference")
        if reference and reference not in languages:
            hint = self.problems.near(reference, languages, otherwise=f"languages: {', '.join(languages) or 'none'}")
            self._error(("reference",), f"{quoted(reference)} is not one of the languages", hint)
        elif len(languages) > 1 and "reference" not in self.data:
            self._error(
                ("languages",), "one of them must be the reference", f"write reference: {next(iter(languages))}"
            )

    def _named_files(self) -> Iterator[tuple[Steps, str]]:
        """Every file that the script names, with the way to its name."""
        for top, key in _FILES:
            yield from _named((top,), self._map(top), key)
        for name, bed in self._map("music").items():
            if isinstance(bed, dict):
                yield from _named(("music", name), bed, "file")
        for section_steps, section in _maps(self.data.get("sections"), ("sections",)):
            yield from _named(section_steps, section, "image")
            source = section.get("from")
            if isinstance(source, dict):
                yield from _named((*section_steps, "from"), source, "file")
            for steps, segment in _segments(section, section_steps):
                if "play" in segment:
                    yield from _named(steps, segment, "play")

    def _look_up(self, written: str) -> _Wrong | None:
        """What is wrong with a file's name; None where the file is good."""
        if wrong := next((wrong for shape, wrong in _REFUSED if shape.match(written)), None):
            return wrong[0].format(quoted(written)), wrong[1]
        try:
            path = (self.root / written).resolve()
            if not path.is_relative_to(self.root):
                return f"{quoted(written)} leads out of the script's folder", "copy it into the script's folder"
            mode = path.stat().st_mode
        except FileNotFoundError:
            return f"there is no file {quoted(written)}", self._near_file(written)
        except (OSError, RuntimeError, ValueError) as error:
            return (
                f"{quoted(written)} cannot be read: {getattr(error, 'strerror', None) or 'the link has no end'}",
                None,
            )
        return self._examine(path, written, mode)

    def _examine(self, path: Path, written: str, mode: int) -> _Wrong | None:
        if not stat.S_ISREG(mode):
            return f"{quoted(written)} is a {'folder' if stat.S_ISDIR(mode) else 'special file'}", "name a file"
        if not os.access(path, os.R_OK):
            return f"{quoted(written)} may not be read", "change the file's permissions"
        return None

    def _near_file(self, written: str) -> str | None:
        folder = (self.root / written).parent
        try:
            names = sorted(path.name for path in folder.iterdir())[:500]
        except OSError:
            return f"there is no folder {quoted(str(Path(written).parent))} either"
        return self.problems.near(Path(written).name, names)


def _elsewhere(written: str) -> _Wrong | None:
    """What is wrong with a script that is not in the folder itself: it has another show.yaml."""
    if len(Path(written).parts) > 1:
        return f"{quoted(written)} is not beside show.yaml", "keep the scripts of a guide in one folder"
    return None


def _text(holder: dict[str, Any], key: str) -> str | None:
    """A value that is text and not empty; anything else is the validator's business."""
    value = holder.get(key)
    return value.strip() or None if isinstance(value, str) else None


def _named(steps: Steps, holder: dict[str, Any], key: str) -> Iterator[tuple[Steps, str]]:
    if (written := _text(holder, key)) is not None:
        yield (*steps, key), written


def _segments(section: dict[str, Any], steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """The segments of a section that are maps, those of its extra track too."""
    for key in SEGMENT_LISTS:
        yield from _maps(section.get(key), (*steps, key))


def _maps(items: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    """The maps of a list, each with the way to it."""
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*steps, index), item
