"""`audioguide doctor`: what is here, what is missing, and the line that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, entry_points, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from audioguide import __version__
from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.summary import size
from audioguide.errors import AudioguideError
from audioguide.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioguide.engines import Engine

_PACKAGES = {"hibari": "hibari-tts", "gtts": "gTTS", "piper": "piper-tts", "openai": "requests", "tone": "audioguide"}
"""The package whose version and licence an engine has."""
_LICENCES = {"espeak": "GPL-3.0-or-later"}
_LITTLE_SPACE_BYTES = 500_000_000
_VOICES_SHOWN = 4
_MARKS = {"good": "ok", "note": "--", "gap": "!!"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. A gap keeps audioguide from working, a note is something that could be had."""

    topic: str
    state: Literal["good", "note", "gap"]
    text: str
    fix: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@click.command(
    name="doctor",
    epilog="""\b
Examples:
  audioguide doctor
  audioguide doctor --json
""",
)
@json_option
def command(as_json: bool) -> None:
    """Look at this machine: programs, engines, voices, network, folders; the line that mends each gap. No network is used.

    Exit 1 where something is missing that every build needs.
    """
    engines = list(_engines())
    settings = load_settings()
    findings = [*_system(), *engines, _network(settings, engines), *_places(settings)]
    if as_json:
        emit_json({"audioguide": __version__, "findings": [asdict(finding) for finding in findings]})
    else:
        width = max(len(finding.topic) for finding in findings)
        for finding in findings:
            emit(f"{_MARKS[finding.state]}  {finding.topic:{width}}  {finding.text}")
            if finding.fix:
                emit(f"{'':{width + 4}}  -> {finding.fix}")
    if any(finding.state == "gap" for finding in findings):
        sys.exit(1)


def _system() -> Iterator[Finding]:
    from audioguide.player import HINT, players

    yield Finding("audioguide", "good", __version__)
    machine = f"{platform.system()} {platform.machine()}"
    yield Finding("python", "good", f"{platform.python_version()} on {machine}", facts={"path": sys.executable})
    yield _ffmpeg()
    if found := players():
        yield Finding("players", "good", ", ".join(found), facts={"players": found})
    else:
        yield Finding("players", "note", "no program here plays sound", HINT, {"players": {}})


def _ffmpeg() -> Finding:
    from audioguide.audio import ffmpeg_path, run_ffmpeg

    try:
        first = run_ffmpeg(["-version"], timeout_s=20).decode("utf-8", "replace").partition("\n")[0]
        path = ffmpeg_path()
    except AudioguideError as error:
        return Finding("ffmpeg", "gap", error.message, error.hint or "pip install --force-reinstall imageio-ffmpeg")
    version = first.removeprefix("ffmpeg version ").partition(" ")[0]
    return Finding("ffmpeg", "good", f"{version}, {path}", facts={"version": version, "path": path})


def _engines() -> Iterator[Finding]:
    from audioguide.engines import engine_names

    for name in engine_names():
        yield _engine(name)


def _engine(name: str) -> Finding:
    from audioguide.engines import get_engine

    version, licence = _package(name)
    facts: dict[str, Any] = {"name": name, "version": version, "licence": licence}
    try:
        engine = get_engine(name)
        voices = [voice.name for voice in engine.voices() if voice.installed]
    except AudioguideError as error:
        state: Literal["note", "gap"] = "gap" if name == "hibari" else "note"
        return Finding(name, state, error.message, error.hint, facts)
    version = facts["version"] = version or _told_version(engine)
    facts |= {"online": engine.online, "voices": voices}
    if engine.online:
        here = "sends the text over the network"
    else:
        more = f" and {len(voices) - _VOICES_SHOWN} more" if len(voices) > _VOICES_SHOWN else ""
        here = f"voices here: {', '.join(voices[:_VOICES_SHOWN]) or 'none'}{more}"
    package = _PACKAGES.get(name)
    told = f"with {package} {version}" if version and package == "requests" else version
    about = ", ".join(fact for fact in (told, licence, here) if fact)
    if not engine.online and not voices:
        return Finding(name, "note", about, "see docs/engines.md for where its voices come from", facts)
    return Finding(name, "good", about, facts=facts)


def _told_version(engine: Engine) -> str | None:
    """The version that a program tells, as the engine's fingerprint has it."""
    from audioguide.engines import SpeechRequest

    voice = engine.default_voice("en-US")
    words = engine.fingerprint(SpeechRequest("Hello.", "en-US", voice)).split() if voice else []
    return words[1] if len(words) > 1 else None


def _package(engine: str) -> tuple[str | None, str | None]:
    """Version and licence of what an engine is made of, as far as the package tells."""
    added = next(iter(entry_points(group="audioguide.engines", name=engine)), None)
    package = _PACKAGES.get(engine) or (added.dist.name if added and added.dist else "")
    try:
        told: dict[str, Any] = metadata(package).json
    except (PackageNotFoundError, ValueError):
        return None, _LICENCES.get(engine)
    short = told.get("license") if len(told.get("license") or "") < 40 else None
    licences = [line for line in told.get("classifier") or [] if line.startswith("License")]
    classified = next((line.rpartition(" :: ")[2] for line in licences), None)
    return told["version"], told.get("license_expression") or short or classified


def _network(settings: Settings, engines: list[Finding]) -> Finding:
    """Whether the network may be used, and by what; of keys only whether they are set."""
    from audioguide.settings import environment

    online = [finding.topic for finding in engines if finding.facts.get("online")]
    facts = {
        "offline": settings.offline,
        "engines": online,
        "keys": {"OPENAI_API_KEY": environment("OPENAI_API_KEY") is not None},
    }
    if settings.offline:
        return Finding("network", "good", f"switched off: {', '.join(online)} cannot speak", facts=facts)
    return Finding("network", "good", f"used where a script names {' or '.join(online)}, and by imports", facts=facts)


def _places(settings: Settings) -> Iterator[Finding]:
    yield _cache(settings)
    yield _folder("output", settings.output, "choose another folder with -o or AUDIOGUIDE_OUTPUT")
    models = settings.piper_voices
    count = len(list(models.glob("*.onnx"))) if models.is_dir() else 0
    yield Finding("piper voices", "good", f"{models}: {count} of your own", facts={"path": str(models), "count": count})


def _cache(settings: Settings) -> Finding:
    from audioguide.store import open_folder

    if "://" in settings.cache:
        return Finding("cache", "good", settings.cache, facts={"path": settings.cache})
    found = _folder("cache", Path(settings.cache), "choose another folder with AUDIOGUIDE_CACHE")
    try:
        used = sum(kind.bytes for kind in open_folder(settings.cache).info().values())
    except (AudioguideError, OSError):
        return found
    text = f"{found.text}; {size(used)} used of {size(settings.cache_limit_bytes)}"
    facts = {**found.facts, "bytes": used, "limit_bytes": settings.cache_limit_bytes}
    return Finding(found.topic, found.state, text, found.fix, facts)


def _folder(topic: str, folder: Path, fix: str) -> Finding:
    """Whether a folder can be written, and what room is left; one that is not there yet counts as its parent."""
    there = next((path for path in (folder.absolute(), *folder.absolute().parents) if path.exists()), Path("/"))
    free = shutil.disk_usage(there).free
    facts = {"path": str(folder), "writable": there.is_dir() and os.access(there, os.W_OK), "free_bytes": free}
    if not facts["writable"]:
        return Finding(topic, "gap", f"{folder} cannot be written", fix, facts)
    text = f"{folder}, {size(free)} free"
    if free < _LITTLE_SPACE_BYTES:
        return Finding(topic, "note", text, f"free some space, or {fix}", facts)
    return Finding(topic, "good", text, facts=facts)
