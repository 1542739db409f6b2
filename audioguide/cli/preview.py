"""`audioguide preview`: hear a part of an episode, or list its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.cli.times import at_option, episodes_option, precise_clock
from audioguide.settings import Settings, load_settings

if TYPE_CHECKING:
    from audioguide.parts import Workshop
    from audioguide.plan import Plan
    from audioguide.preview import Place

_TEXT_WIDTH = 60


@click.command(
    name="preview",
    epilog="""\b
Examples:
  audioguide preview scripts/legs.yaml                    every address
  audioguide preview scripts/legs.yaml welcome.teaser
  audioguide preview scripts/legs.yaml welcome.1..3 -o welcome.wav
  audioguide preview scripts/legs.yaml --at 1:10
""",
)
@click.argument("script", type=click.Path(path_type=Path))
@click.argument("address", required=False)
@at_option
@click.option("-o", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write it to a .wav or .mp3 file.")
@click.option("--music", is_flag=True, help="With the music under it; all that is said over it is spoken first.")
@episodes_option
@json_option
def command(
    *,
    script: Path,
    address: str | None,
    at_s: float | None,
    target: Path | None,
    music: bool,
    output: str | None,
    as_json: bool,
) -> None:
    """Speak a part of SCRIPT as it will sound in the episode, and play it; without an ADDRESS, list every part.

    ADDRESS is a segment (welcome.teaser, welcome.2), a section (welcome) or a stretch (welcome.1..3).
    """
    if address is not None and at_s is not None:
        raise click.UsageError("name an ADDRESS or a time with --at, not both")
    if (target or music) and address is None and at_s is None:
        raise click.UsageError("name an ADDRESS: without one there is nothing to speak")
    if address is not None:
        from audioguide.engines import load_usual_ahead

        load_usual_ahead()
    from audioguide.build import plan_script, workshop_of
    from audioguide.ledger import Order

    settings = load_settings({"output": output})
    plan = plan_script(Order(script))
    workshop = workshop_of(plan, settings)
    chosen = _chosen(plan, settings, address, at_s)
    if chosen is None:
        _list(plan, workshop, settings, as_json=as_json)
        return
    before = {place.speech.address: place.cached for place in _places(plan, workshop, settings)} if as_json else {}
    _hear(plan, workshop, chosen, settings, target=target, music=music)
    if as_json:
        heard = _places(plan, workshop, settings, heard=chosen)
        emit_json({"segments": [_facts(replace(one, cached=before[one.speech.address])) for one in heard]})
    elif target:
        emit(f"wrote {target}")


def _chosen(plan: Plan, settings: Settings, address: str | None, at_s: float | None) -> range | None:
    """The cues that were asked for; None where nothing was."""
    from audioguide.plan.addresses import cues_at
    from audioguide.preview import built_episode, segment_at

    if at_s is not None:
        address = segment_at(built_episode(plan, settings.output), at_s)["address"]
    return None if address is None else cues_at(plan, address)


def _hear(
    plan: Plan, workshop: Workshop, chosen: range, settings: Settings, *, target: Path | None, music: bool
) -> None:
    """Write or play the chosen cues."""
    from audioguide.preview import play_sound, record_of, sounds, sounds_with_music, write_sound

    if music:
        pieces = sounds_with_music(plan, workshop, chosen, record_of(plan, workshop, settings))
    else:
        pieces = sounds(plan, workshop, chosen)
    if target:
        write_sound(target, pieces, workshop, title=plan.title)
    else:
        from audioguide.player import play

        play_sound(pieces, workshop, play)


def _list(plan: Plan, workshop: Workshop, settings: Settings, *, as_json: bool) -> None:
    rows = _places(plan, workshop, settings)
    if as_json:
        emit_json({"segments": [_facts(place) for place in rows]})
    else:
        _print(rows)


def _places(plan: Plan, workshop: Workshop, settings: Settings, *, heard: range | None = None) -> list[Place]:
    """Every segment; where some were just heard, these."""
    from audioguide.preview import places, record_of

    before = record_of(plan, workshop, settings)
    if heard is None:
        return places(plan, workshop, before)
    cues = list(plan.every_cue())
    wanted = {cues[index].address for index in heard}
    return [place for place in places(plan, workshop, before, heard=heard) if place.speech.address in wanted]


def _facts(place: Place) -> dict[str, Any]:
    return {
        "address": place.speech.address,
        "voice": place.speech.voice,
        "text": place.speech.text,
        "duration_s": place.duration_s,
        "start_s": place.start_s,
        "cached": place.cached,
        "measured": place.measured,
    }


def _print(rows: Sequence[Place]) -> None:
    """A line a segment: when, how long (~ where it was never spoken), who, what."""
    widths = [max((len(text) for text in column), default=0) for column in zip(*map(_columns, rows), strict=True)]
    for place in rows:
        shown = [text.ljust(width) for text, width in zip(_columns(place), widths, strict=True)]
        text = place.speech.text
        emit("  ".join([*shown, text if len(text) <= _TEXT_WIDTH else text[: _TEXT_WIDTH - 1] + "…"]))


def _columns(place: Place) -> tuple[str, ...]:
    about = " " if place.measured else "~"
    length = f"{about}{place.duration_s:.1f} s"
    return place.speech.address, f"{precise_clock(place.start_s):>8}", f"{length:>8}", place.speech.voice
