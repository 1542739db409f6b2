"""One script, kept ready: as it was read last, as it was last without mistakes, and its sounds."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from audioguide.audit import Reader
from audioguide.build import workshop_of
from audioguide.engines import SpeechRequest, get_engine
from audioguide.errors import AudioguideError, EngineError, Problem, ScriptError
from audioguide.importers import fill_sections
from audioguide.parts import DryFacts, DryPart, Workshop, dry_parts
from audioguide.plan import Plan, Speech, make_plan
from audioguide.preview import media_path, record_of
from audioguide.script.document import Document, read_document
from audioguide.script.load import SHOW_FILE, load_script
from audioguide.script.problems import Problems, nearest
from audioguide.settings import Settings
from audioguide.studio.cards import SectionCards, cards_of, with_ends
from audioguide.studio.sounds import SoundShelf, Stretch

_WARM_S = 10.0


@dataclass(frozen=True)
class Ready:
    """A script without mistakes: its plan, and its parts by address."""

    plan: Plan
    workshop: Workshop
    version: str

    @cached_property
    def parts(self) -> list[DryPart]:
        """Every part, in order."""
        return dry_parts(self.plan, self.workshop)

    @cached_property
    def by_address(self) -> dict[str, DryPart]:
        """Every part by its address."""
        return {part.cue.address: part for part in self.parts}


@dataclass(frozen=True)
class Reading:
    """A script's file as it was read: its tree where it has one, and its plan where it has no mistakes."""

    version: str
    document: Document | None
    ready: Ready | None
    problems: tuple[Problem, ...]
    files: tuple[Path, ...]
    """Every file that it depends on."""

    @cached_property
    def sections(self) -> Sequence[SectionCards]:
        """Its cards; none where its file is no YAML."""
        if self.document is None:
            return ()
        if self.ready is None:
            return cards_of(self.document)
        return with_ends(cards_of(self.document, self.ready.plan.script.sections), self.ready.plan.loaded)


def version_of(data: bytes) -> str:
    """What tells one content of a file from another."""
    return hashlib.sha256(data).hexdigest()


def read_script(path: Path, data: bytes, settings: Settings) -> Reading:
    """Read a script that holds `data`; its mistakes are part of the result."""
    version = version_of(data)
    document = read_document(path, Problems((str(path),)), data)
    try:
        plan = make_plan(fill_sections(load_script(path, data)))
    except ScriptError as error:
        beside = (path, path.parent / SHOW_FILE)
        return Reading(version, document, None, tuple(error.problems), beside)
    except AudioguideError as error:
        problem = Problem(str(path), 1, 1, "", error.message, error.hint)
        return Reading(version, document, None, (problem,), (path,))
    loaded = plan.loaded
    files = (*loaded.files, path, path.parent / SHOW_FILE)
    return Reading(version, document, Ready(plan, workshop_of(plan, settings), version), loaded.warnings, files)


class Warmth:
    """Opens voices of this machine ahead, each once, so that the first sentence does not wait for a model."""

    def __init__(self) -> None:
        """No voice is open."""
        self._known: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def warm(self, plan: Plan) -> None:
        """Begin to open the voices of a script that were not opened yet."""
        voices = {(u.engine, u.request.voice): u.request for u in plan.utterances.values()}
        with self._lock:
            new = {voice: request for voice, request in voices.items() if voice not in self._known}
            self._known |= new.keys()
        if new:
            threading.Thread(target=_open_voices, args=(new,), name="audioguide-warm", daemon=True).start()


def _open_voices(voices: Mapping[tuple[str, str], SpeechRequest]) -> None:
    for (name, _), request in voices.items():
        with suppress(EngineError):
            engine = get_engine(name)
            if not engine.online and isinstance(engine, Reader):  # it has a dictionary and a model to load
                engine.speak(replace(request, text="Ready."), timeout_s=_WARM_S)


class Session:
    """A script that is open in the studio. Used by several threads at once."""

    def __init__(self, path: Path, settings: Settings, warmth: Warmth | None = None) -> None:
        """`path` is the script's file."""
        self.path = path
        self._warmth = warmth
        self.settings = settings
        self.shelf = SoundShelf()
        self.lock = threading.RLock()
        """Held while the script is read or written."""
        self._reading: Reading | None = None
        self._good: Reading | None = None
        self._rereads = 0
        self._built_lock = threading.Lock()
        self._built: tuple[object, Mapping[str, DryFacts]] = (None, {})
        self._stamps: dict[Path, tuple[int, int] | None] = {}

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def version(self) -> str:
        """Changes when the script reads otherwise: its own content's hash, and how often what it rests on changed."""
        version = self.reading().version
        return f"{version}-{self._rereads}" if self._rereads else version

    @property
    def is_open(self) -> bool:
        """Whether it was ever read."""
        return self._reading is not None

    def reading(self) -> Reading:
        """The script as it was read last."""
        with self.lock:
            return self._reading or self.refresh()

    def good(self) -> Reading | None:
        """The script as it was when it had no mistakes, the last time; None where it never was so."""
        self.reading()
        return self._good

    def ready(self) -> Ready | None:
        """Its plan then."""
        good = self.good()
        return good.ready if good else None

    def outdated(self) -> frozenset[str]:
        """The cards that read otherwise than when the script had no mistakes: they cannot be heard before it has none."""
        reading, good = self.reading(), self.good()
        if reading.ready or reading.document is None or good is None:
            return frozenset()
        before = {card.address: card.written for section in good.sections for card in section.cards}
        return frozenset(
            card.address
            for section in reading.sections
            for card in section.cards
            if before.get(card.address) != card.written
        )

    def refresh(self, reading: Reading | None = None) -> Reading:
        """Read the script again, or take what was read of it. Raises AudioguideError where it is not there."""
        with self.lock:
            before = {file: stamp_of(file) for file in (self.path, *self._stamps)}  # a later save is noticed later
            data = read_bytes(self.path)
            if reading is None or reading.version != version_of(data):
                reading = read_script(self.path, data, self.settings)
                self._rereads += self._reading is not None and self._reading.version == reading.version
            self._reading = reading
            self._good = reading if reading.ready else self._good
            self._stamps = {file: before.get(file, stamp_of(file)) for file in reading.files}
        if reading.ready and self._warmth:
            self._warmth.warm(reading.ready.plan)
        return reading

    def changed(self) -> bool:
        """Whether a file that the script depends on is not what it was."""
        with self.lock:
            return any(stamp_of(file) != stamp for file, stamp in self._stamps.items())

    def known(self, ready: Ready) -> Mapping[str, DryFacts]:
        """How parts are laid out, as far as they were ever made."""
        media = media_path(ready.plan, ready.workshop, self.settings)
        stamp = media, stamp_of(media)
        with self._built_lock:
            if self._built[0] != stamp:
                self._built = stamp, record_of(ready.plan, ready.workshop, self.settings).dry_facts()
            return {**self._built[1], **self.shelf.facts}

    def stretch(self, address: str, *, to_the_end: bool = False) -> Stretch:
        """A card's sound, or that of its section from there on. Raises AudioguideError."""
        ready = self.ready()
        if ready is None or address in self.outdated():
            raise ScriptError(list(self.reading().problems))
        part = ready.by_address.get(address)
        if part is None:
            hint = nearest(address, ready.by_address)
            raise AudioguideError(f'has no card "{address}" that sounds', where=self.name, hint=hint)
        parts = _rest_of_section(ready, part) if to_the_end else [part]
        return Stretch(parts, ready.workshop, self.shelf, self.known(ready))

    def speak_ahead(self, address: str) -> None:
        """Begin to speak a card that was just changed, before the page asks; not over the network, which may cost."""
        ready = self.ready()
        part = ready.by_address.get(address) if ready else None
        if ready is None or part is None or not isinstance(part.cue, Speech):
            return
        if not any(get_engine(utterance.engine).online for utterance in part.cue.utterances):
            arguments = (self.shelf, part, ready.workshop)
            threading.Thread(target=_make_quietly, args=arguments, name="audioguide-ahead", daemon=True).start()


def _make_quietly(shelf: SoundShelf, part: DryPart, workshop: Workshop) -> None:
    with suppress(AudioguideError):  # whoever asks for it is told
        shelf.make(part, workshop)


def _rest_of_section(ready: Ready, part: DryPart) -> list[DryPart]:
    for section in ready.plan.sections:
        addresses = [cue.address for cue in section.cues]
        if part.cue.address in addresses:
            following = addresses[addresses.index(part.cue.address) :]
            return [ready.by_address[address] for address in following]
    return [part]


def read_bytes(path: Path) -> bytes:
    """The file's content. Raises AudioguideError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise AudioguideError(f"cannot be read: {error.strerror}", where=path.name, hint="is it still there?") from None


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Size and time of the last change; None where there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns
