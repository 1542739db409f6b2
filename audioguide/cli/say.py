"""`audioguide say`: one text, spoken at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audioguide.cli.output import emit
from audioguide.errors import ScriptError
from audioguide.files import scratch_folder
from audioguide.settings import load_settings

if TYPE_CHECKING:
    from audioguide.plan import Plan
    from audioguide.script.load import LoadedScript


@click.command(
    name="say",
    epilog="""\b
Examples:
  audioguide say "Hypertrophy, they say."
  audioguide say "Hypertrophy, they say." --script scripts/legs.yaml --voice guest
  audioguide say "Bonjour." --engine espeak --language fr -o bonjour.wav
  echo "Read this." | audioguide say -
""",
)
@click.argument("text")
@click.option(
    "--script",
    type=click.Path(path_type=Path),
    metavar="SCRIPT",
    help="Speak as in this script: voices, pronunciations.",
)
@click.option("--voice", metavar="NAME", help="A voice of the script; without one, or with --engine, the engine's own.")
@click.option("--engine", metavar="NAME", help="The engine.  [default: the script's, else hibari]")
@click.option("--language", metavar="TAG", help="The text's language, like de.  [default: the script's, else en-US]")
@click.option("-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write it to a .wav or .mp3 file.")
def command(
    *,
    text: str,
    script: Path | None,
    voice: str | None,
    engine: str | None,
    language: str | None,
    target: Path | None,
) -> None:
    """Speak TEXT and play it. Inline marks work as in a script; - reads the text from standard input."""
    from audioguide.build import workshop_of
    from audioguide.player import play
    from audioguide.preview import play_sound, sounds, write_sound

    spoken = sys.stdin.read() if text == "-" else text
    if not spoken.strip():
        raise click.UsageError("the text is empty")
    settings = load_settings()
    plan = _planned(spoken, script, voice=voice, engine=engine, language=language)
    workshop = workshop_of(plan, settings)
    pieces = sounds(plan, workshop, range(len(list(plan.cues()))))
    if target:
        write_sound(target, pieces, workshop, title=spoken.strip()[:60])
        emit(f"wrote {target}")
    else:
        play_sound(pieces, workshop, play)


def _planned(text: str, script: Path | None, *, voice: str | None, engine: str | None, language: str | None) -> Plan:
    """The plan of an episode that says the text and nothing else."""
    from audioguide.plan import make_plan
    from audioguide.script.load import load_script

    own_voice = script is None or engine is not None
    around = load_script(script) if script else None
    if around and voice is not None and not own_voice and voice not in around.script.voices:
        known = ", ".join(around.script.voices) or "none"
        raise click.UsageError(f'{script} has no voice "{voice}"; it has: {known}')
    try:
        around = around or _nothing(engine or "hibari", language or "en-US")
        loaded = _with_text(around, text, None if own_voice else voice, language)
        return make_plan(loaded, engine=engine, voice=voice if own_voice else None)
    except ScriptError as error:  # their places are those of a script that nobody wrote
        told = [f"{problem.message}; {problem.hint}" if problem.hint else problem.message for problem in error.problems]
        raise click.UsageError("\n".join(dict.fromkeys(told))) from error


def _nothing(engine: str, language: str) -> LoadedScript:
    """A script with one voice."""
    import json

    from audioguide.script.load import load_script

    script = {
        "version": "1",
        "episode": {"title": "say", "language": language},
        "voices": {"host": {"engine": engine}},
        "sections": [{"title": "say", "text": "say"}],
    }
    with scratch_folder() as folder:
        path = folder / "say.yaml"
        path.write_text(json.dumps(script))  # JSON is YAML
        return load_script(path)


def _with_text(around: LoadedScript, text: str, voice: str | None, language: str | None) -> LoadedScript:
    from dataclasses import replace

    from audioguide.script.model import Defaults, Say, Section
    from audioguide.text import paragraphs

    said = tuple(Say(say=part, voice=voice, language=language) for part in paragraphs(text))
    defaults: Defaults = around.script.defaults.model_copy(update={"announce": False, "music": None})
    spoken = Section(title="say", segments=said)
    update = {"sections": (spoken,), "defaults": defaults, "intro": None, "outro": None}
    return replace(around, script=around.script.model_copy(update=update))
