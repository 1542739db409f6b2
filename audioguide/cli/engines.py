"""`audioguide engines` and `audioguide voices`: what can speak here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from audioguide.cli.output import emit, emit_json, json_option, note
from audioguide.engines import engine_names, get_engine
from audioguide.errors import EngineError


@click.command(name="engines")
@json_option
def engines(as_json: bool) -> None:
    """List the speech engines: whether they use the network, and the keys that a voice may have for each."""
    rows = [_engine_facts(name) for name in engine_names()]
    if as_json:
        emit_json({"engines": rows})
        return
    for row in rows:
        if row["missing"]:
            emit(f"{row['name']:8}  {row['missing']}" + (f"; {row['hint']}" if row["hint"] else ""))
            continue
        where = "sends the text over the network" if row["online"] else "on this machine"
        emit(f"{row['name']:8}  {where}; at most {row['max_chars']} characters at once")
        for key, meaning in row["options"].items():
            emit(f"{'':10}{key}: {meaning}")


def _engine_facts(name: str) -> dict[str, Any]:
    try:
        engine = get_engine(name)
    except EngineError as error:
        facts = {"name": name, "online": False, "max_chars": 0, "options": {}}
        return {**facts, "missing": error.message, "hint": error.hint}
    return {
        "name": name,
        "online": engine.online,
        "max_chars": engine.max_chars,
        "options": dict(engine.options),
        "missing": None,
        "hint": None,
    }


@click.command(
    name="voices",
    epilog="""\b
Examples:
  audioguide voices
  audioguide voices --engine gtts --language pt-BR
""",
)
@click.option("--engine", "engine_name", metavar="NAME", help="Only this engine's voices.")
@click.option("--language", metavar="TAG", help="Only voices that speak this language, like en or pt-BR.")
@json_option
def voices(engine_name: str | None, language: str | None, as_json: bool) -> None:
    """List the voices that can speak a script."""
    rows = list(_voices([engine_name] if engine_name else engine_names(), language))
    if as_json:
        emit_json({"voices": rows})
        return
    for row in rows:
        notes = [note for note in (row["gender"], "online" if row["online"] else None) if note]
        notes += [] if row["installed"] or row["online"] else ["not on this machine"]
        emit(f"{row['engine']:8}  {row['name']:12}  {row['language']:8}  {', '.join(notes)}".rstrip())
    if not rows:
        at_server = engine_name is not None and get_engine(engine_name).online and language is None
        note("its server knows its voices: see docs/engines.md" if at_server else "no voice fits")


def _voices(names: list[str], language: str | None) -> Iterator[dict[str, Any]]:
    for name in names:
        try:
            found = get_engine(name).voices()
        except EngineError:
            if len(names) == 1:
                raise
            continue  # `audioguide engines` tells what is missing
        for voice in found:
            if language is None or _speaks(voice.language, language):
                yield {"engine": name, **asdict(voice)}


def _speaks(spoken: str, wanted: str) -> bool:
    """`en` finds every English voice, `en-GB` those of that country and those of none; `mul` speaks them all."""
    has, wants = spoken.lower().split("-"), wanted.lower().split("-")
    return has == ["mul"] or all(mine == theirs for mine, theirs in zip(has, wants, strict=False))
