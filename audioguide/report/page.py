"""Facts -> one page of HTML that fetches nothing but the episode beside it, and is read without its script too."""

from __future__ import annotations

import base64
import hashlib
import math
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import jinja2

from audioguide.plan import Plan
from audioguide.report import drawing
from audioguide.report.facts import CHAPTER_OFF_LU, MANY, Facts, SegmentRow, clock
from audioguide.report.measure import Measured

_COLOURS = 8
_LEVELS_LUFS = (-10.0, -23.0, -33.0)
"""Lines in the loudness curve beside the target; left out where they would touch it."""
_CURVE_TOP, _CURVE_HEIGHT = 174.0, 144.0
"""Where the loudness curve lies in the chart, in pixels."""


def render(plan: Plan, episode: Mapping[str, Any], measured: Measured, facts: Facts, *, media: str) -> str:
    """The page of a report. `media` is the address of the episode's file, as the page links to it."""
    folder = files("audioguide.report")
    style, script = ((folder / name).read_text("utf-8") for name in ("page.css", "page.js"))
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    page = environment.from_string((folder / "page.html.jinja").read_text("utf-8"))
    colours = {row.voice: f"v{number % _COLOURS + 1}" for number, row in enumerate(facts.speakers)}
    return page.render(
        style=_verbatim(style),
        script=_verbatim(script),
        policy=_policy(style, script),
        media=media,
        **_head(plan, episode, facts),
        **_chart(plan, measured, facts, colours),
        **_tables(measured, facts, colours),
    )


def _verbatim(text: str) -> str:
    """Our own style and script, as they are: nothing of the episode is in them."""
    from markupsafe import Markup

    assert "</" not in text
    return Markup(text)  # noqa: S704 - a file of this package


def _policy(style: str, script: str) -> str:
    """A policy that lets in this very style and script, and sound."""
    hashes = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in (style, script)]
    return (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "media-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _head(plan: Plan, episode: Mapping[str, Any], facts: Facts) -> dict[str, Any]:
    output = plan.output
    show, published = plan.script.show.title, (episode.get("published") or "")[:10]
    pace = [row.words_per_min for row in facts.segments if row.words_per_min]
    work = f"last build: {episode['spoken']} sentences spoken, {episode['reused']} reused"
    return {
        "title": episode["title"],
        "language": episode["language"],
        "over": " · ".join(part for part in (show, published, "draft" if episode["draft"] else "") if part) or "Report",
        "tiles": [
            _tile("Length", clock(episode["duration_s"]), "", _count(len(facts.chapters), "chapter")),
            _tile("Loudness", _level(facts.loudness_lufs), "LUFS", f"target {_signed(output.loudness_lufs)}"),
            _tile("True peak", _level(facts.true_peak_dbtp), "dBTP", f"at most {_signed(output.true_peak_dbtp)}"),
            _tile("Segments", str(len(facts.segments)), "", work),
            _tile(
                "Pace",
                f"{sum(pace) / len(pace):.0f}" if pace else "–",
                "words/min",
                _count(len(facts.speakers), "voice"),
            ),
        ],
    }


def _tile(name: str, value: str, unit: str, note: str) -> dict[str, str]:
    return {"name": name, "value": value, "unit": unit, "note": note}


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}{'s' * (count != 1)}"


def _chart(plan: Plan, measured: Measured, facts: Facts, colours: Mapping[str, str]) -> dict[str, Any]:
    duration_s, target = measured.duration_s, plan.output.loudness_lufs
    return {
        "duration_s": duration_s,
        "target_text": _signed(target),
        "columns": drawing.COLUMNS,
        "height": drawing.HEIGHT,
        "shapes": [
            {"colour": colours[voice] if voice else "v0", "path": path}
            for voice, path in drawing.outline(measured, facts.segments)
        ],
        "momentary": drawing.momentary_area(measured),
        "short_term": drawing.short_term_line(measured),
        "levels": list(_levels(target)),
        "ticks": [{"x": _percent(at, duration_s), "text": clock(at)} for at in drawing.ticks(duration_s)],
        "described": (
            f"{clock(duration_s)} long, {_count(len(facts.chapters), 'chapter')}, {_level(facts.loudness_lufs)} LUFS against "
            f"a target of {_signed(target)}. The tables below hold every figure."
        ),
    }


def _levels(target_lufs: float) -> Iterator[dict[str, Any]]:
    for lufs in (target_lufs, *_LEVELS_LUFS):
        if lufs == target_lufs or abs(lufs - target_lufs) > 4:
            y = _CURVE_TOP + drawing.level_y(lufs) / drawing.HEIGHT * _CURVE_HEIGHT
            yield {"y": f"{y:.1f}", "text": _signed(lufs), "target": lufs == target_lufs}


def _tables(measured: Measured, facts: Facts, colours: Mapping[str, str]) -> dict[str, Any]:
    duration_s = measured.duration_s
    by_pace = facts.by_pace()
    silences = [_silence(start, end, duration_s) for start, end in facts.silences]
    speech_s = sum(row.speech_s for row in facts.speakers) or 1.0
    return {
        "facts": facts,
        "chapters": [
            {
                "title": row.title,
                "music": row.music,
                "x": _percent(row.start_s, duration_s),
                "width": _percent(row.end_s - row.start_s, duration_s),
                "start_s": row.start_s,
                "start": clock(row.start_s),
                "length": clock(row.end_s - row.start_s),
                "lufs": _level(row.loudness_lufs),
                "off": f"{row.off_lu:+.1f} LU".replace("-", "−") if math.isfinite(row.off_lu) else "–",
                "bad": abs(row.off_lu) > CHAPTER_OFF_LU,
            }
            for row in facts.chapters
        ],
        "speakers": [
            {
                "voice": row.voice,
                "colour": colours[row.voice],
                "by": ", ".join(part for part in (row.engine, row.name, row.language) if part) or "–",
                "segments": row.segments,
                "length": clock(row.speech_s),
                "share": round(100 * row.speech_s / speech_s),
                "pace": _whole(row.words_per_min),
            }
            for row in facts.speakers
        ],
        "silences": silences,
        "longest": sorted(silences, key=lambda one: -one["length_s"])[:12],
        "slowest": [_row(row, colours) for row in by_pace[:MANY]] if len(by_pace) > MANY else [],
        "quickest": [_row(row, colours) for row in by_pace[: -MANY - 1 : -1]],
        "segments": [_row(row, colours) for row in facts.segments],
        "peaks_known": any(row.true_peak_dbtp is not None for row in facts.segments),
        "sources_known": any(row.source for row in facts.segments),
    }


def _silence(start_s: float, end_s: float, duration_s: float) -> dict[str, Any]:
    return {
        "x": _percent(start_s, duration_s),
        "width": _percent(end_s - start_s, duration_s),
        "start_s": start_s,
        "start": clock(start_s),
        "length_s": end_s - start_s,
        "length": f"{end_s - start_s:.1f} s",
    }


def _row(row: SegmentRow, colours: Mapping[str, str]) -> dict[str, Any]:
    return {
        "address": row.address,
        "voice": row.voice,
        "colour": colours[row.voice],
        "text": row.text,
        "line": row.line,
        "start_s": row.start_s,
        "end_s": row.end_s,
        "start": clock(row.start_s),
        "length": f"{row.duration_s:.1f} s",
        "lufs": _level(row.loudness_lufs),
        "peak": _level(row.true_peak_dbtp),
        "pace": _whole(row.words_per_min),
        "source": row.source or "–",
    }


def _percent(part: float, whole: float) -> str:
    return f"{100 * part / whole:.3f}"


def _level(level: float | None) -> str:
    return "–" if level is None or not math.isfinite(level) else f"{level:.1f}".replace("-", "−")


def _signed(level: float) -> str:
    return f"{level:g}".replace("-", "−")


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:.0f}"
