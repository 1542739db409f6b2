"""Which engine and voice speak a segment: the script's names, resolved once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from audioguide.engines import Engine, engine_names, get_engine
from audioguide.errors import EngineError, EngineUnavailable
from audioguide.script.model import Script, Voice

DEFAULT_VOICE = "host"
DEFAULT_ENGINE = "hibari"

Path = tuple[str | int, ...]
Report = Callable[[Path, str, str | None], None]
"""Notes a problem: where in the script, what is wrong, what to do."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a segment is spoken: a voice of the script, resolved against its engine."""

    voice: Voice
    engine: Engine
    name: str
    """The engine's own name of the voice."""
    language: str
    options: tuple[tuple[str, str], ...]


class Casting:
    """Resolves the voices of one script; each problem is reported once."""

    def __init__(
        self,
        script: Script,
        language: str,
        report: Report,
        *,
        override: tuple[str | None, str | None],
        unavailable: frozenset[str],
    ) -> None:
        """`override`: an engine, a voice in place of every voice's own, for a draft.

        `unavailable`: voices whose fallbacks speak in their place.
        """
        self.script = script
        self.language = language
        self.report = report
        self.override = override
        self.unavailable = unavailable
        self.fallbacks: dict[str, str] = {}
        """Voices that were asked for and do not speak -> the voice that speaks for each."""
        self._known: dict[tuple[str, str | None], Delivery | None] = {}

    def default_voice(self) -> str:
        """The voice of a segment that names none: `defaults.voice`, else `host`, else the only one there is."""
        voices = self.script.voices
        only = next(iter(voices)) if len(voices) == 1 else None
        return self.script.defaults.voice or (DEFAULT_VOICE if DEFAULT_VOICE in voices else only) or DEFAULT_VOICE

    def delivery(self, name: str, language: str | None, path: Path) -> Delivery | None:
        """How that voice speaks, in the segment's language where it has one; None where it cannot (reported)."""
        if (name, language) not in self._known:
            self._known[name, language] = self._resolve(name, language, path)
        return self._known[name, language]

    def _resolve(self, name: str, language: str | None, path: Path) -> Delivery | None:
        voice = self.script.voices.get(name)
        spoken = language or (voice.language if voice else None) or self.language
        if any(self.override):
            return self._found(name, self._overridden(voice), spoken)
        if voice is not None:
            speaker = self._speaker(name)
            voice = self.script.voices[speaker]
            return self._found(speaker, voice, language or voice.language or self.language)
        if self.script.voices:
            self.report(path, f'no voice is chosen, and there is none named "{name}"', "name one in defaults.voice")
            return None
        if get_engine(DEFAULT_ENGINE).default_voice(spoken) is None:
            self.report((), f"no voice is set, and the built-in one does not speak {spoken}", _speakers(spoken))
            return None
        return self._found(name, Voice(engine=DEFAULT_ENGINE), spoken)

    def _speaker(self, name: str) -> str:
        """The voice that speaks for `name`: itself, or the first fallback that is available; the last one in any case."""
        voices, seen = self.script.voices, [name]
        while (current := voices[seen[-1]]).fallback in set(voices) - set(seen):
            if seen[-1] not in self.unavailable and _opens(current.engine):
                break
            seen.append(current.fallback or "")
        if len(seen) > 1:
            self.fallbacks[name] = seen[-1]
        return seen[-1]

    def _found(self, name: str, voice: Voice, language: str) -> Delivery | None:
        path = ("voices", name)
        try:
            engine = get_engine(voice.engine)
            engine_voice = voice.name or engine.default_voice(language)
            known = [known.name for known in engine.voices()]
        except EngineError as error:
            self.report((*path, "engine"), error.message, error.hint)
            return None
        if engine_voice is None:
            self.report(path, f"{voice.engine} does not speak {language}", _speakers(language))
            return None
        if known and engine_voice not in known:
            self.report((*path, "name"), f'{voice.engine} has no voice "{engine_voice}"', "see: audioguide voices")
            return None
        options = tuple(sorted((key, str(value)) for key, value in voice.options.items()))
        return Delivery(voice, engine, engine_voice, language, options)

    def _overridden(self, voice: Voice | None) -> Voice:
        """The voice of a draft: another engine or voice, at the script's pace and gain."""
        engine, name = self.override
        chosen = engine or (voice.engine if voice else DEFAULT_ENGINE)
        names = ("speed", "gain", "language", "pronounce")
        kept = {name: getattr(voice, name) for name in names} if voice else {}
        options = dict(voice.options) if voice is not None and voice.engine == chosen else {}
        return Voice.model_validate({"engine": chosen, "name": name, **kept, **options})


def _opens(engine: str) -> bool:
    try:
        get_engine(engine)
    except EngineUnavailable:
        return False
    return True


def _speakers(language: str) -> str:
    """A hint: which engines speak a language."""
    able = []
    for name in engine_names():
        try:
            if name != "tone" and get_engine(name).default_voice(language):
                able.append(name)
        except EngineError:
            continue
    return f"write voices: with an engine that speaks it: {', '.join(able)}" if able else "no engine here speaks it"
