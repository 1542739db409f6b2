"""Speech engines: text in, a clip out. One file an engine; this room holds what they share and the table of them.

A third party adds an engine through the entry-point group ``audioguide.engines``: a class with the attributes and
methods of `Engine`. Heavy imports belong in ``open()`` or later, so that ``audioguide --help`` stays quick.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from audioguide.errors import EngineUnavailable
from audioguide.words import WordTiming as WordTiming

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from audioguide.audio import Clip


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """All that decides the sound of one utterance, but for the engine and its version."""

    text: str
    """As it is to be spoken: readings done, no marks left."""
    language: str
    """BCP 47, as the script has it: `en-US`."""
    voice: str
    """The engine's own name of the voice; never empty once planned."""
    speed: float = 1.0
    """A factor of the voice's normal pace, 0.5 to 2.0."""
    pitch: float = 0.0
    """Semitones up or down, where the engine can."""
    options: tuple[tuple[str, str], ...] = ()
    """The engine's own keys, sorted by name."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an engine made of one request."""

    clip: Clip
    words: tuple[WordTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice that an engine has or could have."""

    name: str
    language: str
    online: bool
    installed: bool
    gender: str | None = None


class Engine(Protocol):
    """What every engine offers. One instance a process; `speak` may be called from several threads."""

    name: ClassVar[str]
    online: ClassVar[bool]
    """True: it sends the text over the network."""
    max_chars: ClassVar[int]
    """The longest text of one request; longer sentences are cut at clause ends before they come here."""
    concurrency: ClassVar[int]
    """How many requests may run at once; 0 for as many as there are cores."""
    deterministic: ClassVar[bool]
    """True: the same request gives the same samples on the same machine."""
    can_speed: ClassVar[bool]
    """False: requests come at speed 1.0, and the sound is stretched afterwards, its pitch kept."""
    can_pitch: ClassVar[bool]
    takes_ipa: ClassVar[bool]
    """True: the text may hold `[word](/ipa/)`, a word and how it sounds (audioguide/engines/ipa.py)."""
    options: ClassVar[Mapping[str, str]]
    """The keys that a script's voice may carry for this engine: name -> what it does."""
    default_pause_ms: ClassVar[int]
    """The pause between two pieces of one sentence that was too long for one request."""

    def voices(self) -> Sequence[Voice]:
        """Every voice, without loading a model or using the network."""

    def default_voice(self, language: str) -> str | None:
        """The voice to take where the script names none; None where the engine does not speak the language."""

    def check(self, request: SpeechRequest) -> str | None:
        """Why this request cannot be spoken (a voice, an option, a script the voice cannot read), else None. Quick."""

    def makeup_db(self, request: SpeechRequest) -> float:
        """The gain that brings this voice's speech, as measured, to -16 LUFS."""

    def fingerprint(self, request: SpeechRequest) -> str:
        """Package, model and effective parameters: changes when the sound of this request would."""

    def speak(self, request: SpeechRequest, *, timeout_s: float) -> Spoken:
        """Speak one request. Raises EngineUnavailable, VoiceNotFound or SpeechFailed, and nothing else."""


@runtime_checkable
class Priced(Protocol):
    """What an engine offers beside the rest where its speech costs money; any other costs nothing."""

    def cost_per_million_chars(self, request: SpeechRequest) -> float | None:
        """US dollars for a million characters of requests like this one; None where nobody knows."""


def cost_usd(engine: Engine, request: SpeechRequest) -> float | None:
    """What one request would cost; None where nobody knows."""
    if not isinstance(engine, Priced):
        return 0.0
    price = engine.cost_per_million_chars(request)
    return None if price is None else price * len(request.text) / 1_000_000


def interval_s(engine: Engine) -> float:
    """The least time from one request to the next of an engine on the network: its own `interval_s`, else a second."""
    return float(getattr(engine, "interval_s", 1.0))


ENGINES: dict[str, str] = {
    "hibari": "audioguide.engines.hibari:Hibari",
    "gtts": "audioguide.engines.gtts:Gtts",
    "piper": "audioguide.engines.piper:Piper",
    "espeak": "audioguide.engines.espeak:Espeak",
    "openai": "audioguide.engines.openai:Openai",
    "tone": "audioguide.engines.tone:Tone",
}
"""Name -> `module:class`. Built-in engines win over entry points of the same name."""

_USUAL_PACKAGE = "hibari"
_open: dict[str, Engine] = {}


def load_usual_ahead() -> None:
    """Load the packages of the voice that speaks where nobody chose another, while the script is read: both take long."""
    threading.Thread(target=import_module, args=(_USUAL_PACKAGE,), name="audioguide-ahead", daemon=True).start()


def is_engine(name: str) -> bool:
    """Whether there is an engine of that name, installed or not."""
    return name in ENGINES or name in engine_names()


def engine_names() -> list[str]:
    """Every engine that can be named in a script, built in first."""
    from importlib.metadata import entry_points

    added = sorted({entry.name for entry in entry_points(group="audioguide.engines")} - set(ENGINES))
    return [*ENGINES, *added]


def get_engine(name: str) -> Engine:
    """The engine of that name, opened once a process. Raises EngineUnavailable for an unknown name."""
    if name not in _open:
        _open[name] = engine_class(name)()
    return _open[name]


def engine_class(name: str) -> type[Engine]:
    """The class of that name, which opens the engine. Raises EngineUnavailable for an unknown name."""
    if target := ENGINES.get(name):
        module, _, attribute = target.partition(":")
        built_in: type[Engine] = getattr(import_module(module), attribute)
        return built_in
    from importlib.metadata import entry_points

    for entry in entry_points(group="audioguide.engines", name=name):
        added: type[Engine] = entry.load()
        return added
    raise EngineUnavailable(f'there is no engine "{name}"', hint=f"engines: {', '.join(engine_names())}")
