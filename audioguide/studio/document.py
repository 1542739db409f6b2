"""What the page is told of a script: its cards, its mistakes on the cards that they belong to, and its episode."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from audioguide.errors import AudioguideError, Problem
from audioguide.ledger import SETTLED, Order, unchanged
from audioguide.plan import Cue, PlannedSection, Speech
from audioguide.preview import Laid, built_episode, laid_out, record_of, seconds_of
from audioguide.script import units
from audioguide.script.edit import FIELDS
from audioguide.script.model import Script, Sounds
from audioguide.studio.cards import FOLLOWED, Card, SectionCards
from audioguide.studio.session import Ready, Session

_STEPS = re.compile(r"sections\[(\d+)\](?:\.(segments|more)\[(\d+)\])?")


def script_document(session: Session) -> dict[str, Any]:
    """The whole of `GET /api/script`."""
    reading, ready = session.reading(), session.ready()
    heard = _Heard(session, ready)
    sections = sections_of(session)
    script = ready.plan.script if ready else None
    return {
        "name": session.name,
        "version": session.version,
        "title": ready.plan.title if ready else session.path.stem,
        "language": ready.plan.language if ready else "",
        "voices": _voices(script),
        "default_voice": _default_voice(script),
        "problems": [_problem(problem, session, sections) for problem in reading.problems],
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "line": section.line,
                "chapter": section.chapter,
                "cards": [_card(card, heard) for card in section.cards],
            }
            for section in sections
        ],
        "pronounce": _pronounce(script),
        "episode": episode_facts(session, ready, heard),
    }


def sections_of(session: Session) -> Sequence[SectionCards]:
    """The cards of a script; where its file is no YAML any more, those that it had, to be heard alone."""
    reading, good = session.reading(), session.good()
    if reading.document is not None or good is None:
        return reading.sections
    reason = f"line {reading.problems[0].line} of the file cannot be read: mend that first"
    fixed = dict.fromkeys(FIELDS, reason)
    return [
        replace(section, cards=tuple(replace(card, fixed=fixed, spot=None) for card in section.cards))
        for section in good.sections
    ]


class _Heard:
    """What is known of the sound of each card, from the last plan without mistakes."""

    def __init__(self, session: Session, ready: Ready | None) -> None:
        self.ready = ready
        self.laid: dict[str, Laid] = {}
        self.end_s = 0.0
        if ready:
            rate_hz = ready.workshop.encoding.rate_hz
            laid = {one.part.cue.address: one for one in laid_out(ready.parts, ready.workshop, session.known(ready))}
            last = laid[[cue.address for cue in ready.plan.cues()][-1]]
            self.end_s = round((last.at + last.facts.frames) / rate_hz, 3)
            outdated = session.outdated()
            self.laid = {address: one for address, one in laid.items() if address not in outdated}

    def facts(self, address: str) -> dict[str, Any]:
        one = self.laid.get(address)
        if one is None or self.ready is None:
            return {"start_s": 0.0, "duration_s": 0.0, "cached": False, "measured": False, "key": ""}
        start_s, duration_s = seconds_of(one, self.ready.workshop.encoding.rate_hz)
        return {
            "start_s": start_s,
            "duration_s": duration_s,
            "cached": one.cached,
            "measured": one.measured,
            "key": one.part.key,
        }

    def chapters(self) -> list[dict[str, Any]]:
        """The chapters as they would be built, as far as their lengths are known."""
        if self.ready is None:
            return []
        marked = [section for section in self.ready.plan.sections if section.chapter]
        starts = [0.0 if not number else self._start(section) for number, section in enumerate(marked)]
        return [
            {"id": section.id, "title": section.title, "start_s": start, "end_s": end}
            for section, start, end in zip(marked, starts, [*starts[1:], self.end_s], strict=True)
        ]

    def _start(self, section: PlannedSection) -> float:
        start_s: float = self.facts(section.cues[0].address)["start_s"]
        return start_s


_MAIN = {"speech": "text", "sound": "gain", "pause": "pause"}
"""What of a card is edited first."""


def _card(card: Card, heard: _Heard) -> dict[str, Any]:
    cue = heard.laid[card.address].part.cue if card.address in heard.laid else None
    facts = heard.facts(card.address)
    if card.kind == "pause":
        facts["duration_s"] = (_read(units.duration_ms, card.pause) or 0) / 1000
    return {
        "address": card.address,
        "kind": card.kind,
        "text": card.text,
        "spoken": card.spoken,
        "voice": card.voice or (cue.voice if isinstance(cue, Speech) else None),
        "speed": _speed(card, cue),
        "pause_ms": _pause_ms(card, cue),
        "gain_db": _read(units.gain_db, card.gain),
        "line": card.line,
        "written": {"voice": card.voice, "speed": card.speed, "pause": card.pause, "gain": card.gain},
        "editable": {field: field not in card.fixed for field in FIELDS},
        "read_only_because": card.fixed.get(_MAIN[card.kind]) or None,
        "why_not": {field: reason for field, reason in card.fixed.items() if reason},
        **facts,
    }


def _speed(card: Card, cue: Cue | None) -> float:
    """The pace that is written, else that of the voice."""
    own: float | None = _read(units.speed, card.speed)
    utterance = cue.utterances[0] if isinstance(cue, Speech) and cue.utterances else None
    return own or (utterance.request.speed * utterance.stretch if utterance else 1.0)


def _pause_ms(card: Card, cue: Cue | None) -> int:
    """The silence after it that no other card tells of."""
    if card.fixed.get("pause") == FOLLOWED:
        return 0
    own: int | None = _read(units.duration_ms, card.pause)
    return own or 0 if cue is None else cue.pause_ms


def _read(convert: Any, written: str | None) -> Any:
    """What is written as a value; None where nothing is, or a mistake, which is told elsewhere."""
    try:
        return convert(written) if written else None
    except ValueError:
        return None


def _voices(script: Script | None) -> list[dict[str, str]]:
    if script and not script.voices:
        return [{"name": "host", "engine": "hibari", "label": "host (hibari)"}]
    voices = script.voices if script else {}
    return [
        {
            "name": name,
            "engine": voice.engine,
            "label": f"{name} ({voice.engine}{f' {voice.name}' if voice.name else ''})",
        }
        for name, voice in voices.items()
    ]


def _default_voice(script: Script | None) -> str | None:
    if script is None:
        return None
    only = next(iter(script.voices)) if len(script.voices) == 1 else None
    return script.defaults.voice or ("host" if "host" in script.voices or not script.voices else only)


def _pronounce(script: Script | None) -> dict[str, str]:
    if script is None:
        return {}
    return {
        word: f"/{form.ipa}/" if isinstance(form, Sounds) else form  # as it is written
        for word, form in script.pronounce.items()
    }


# -- mistakes ----------------------------------------------------------------------------------------------------------


def _problem(problem: Problem, session: Session, sections: Sequence[SectionCards]) -> dict[str, Any]:
    section, card = _place(problem, session, sections)
    return {
        "file": session.name if problem.file == str(session.path) else problem.file.rpartition("/")[2],
        "line": problem.line,
        "column": problem.column,
        "path": problem.path,
        "message": problem.message,
        "hint": problem.hint,
        "level": problem.level,
        "section": section,
        "card": card,
    }


def _place(problem: Problem, session: Session, sections: Sequence[SectionCards]) -> tuple[str | None, str | None]:
    """The section and the card that a mistake belongs to."""
    found = _STEPS.match(problem.path)
    if problem.file != str(session.path) or found is None:
        return None, None
    steps = ("sections", int(found[1]))
    for section in sections:
        if section.spot.steps[:2] == steps:
            return section.id, _card_at(section, (*steps, found[2], int(found[3])) if found[2] else None, problem.line)
    return None, None


def _card_at(section: SectionCards, steps: tuple[str | int, ...] | None, line: int) -> str | None:
    """The card at a place of the tree; of a text, the paragraph that the line lies in, where that can be told."""
    for card in section.cards:
        if steps and card.spot and card.spot.steps == steps:
            return card.address
    paragraphs = [card for card in section.cards if card.spot and card.spot.paragraph is not None]
    before = [card for card in paragraphs if card.line <= line]
    return before[-1].address if before and not steps else None


# -- the episode -------------------------------------------------------------------------------------------------------


def episode_facts(session: Session, ready: Ready | None, heard: _Heard) -> dict[str, Any]:
    """What is known of the episode that was built last, or of the one that would be."""
    facts = _built(session, ready)
    if facts is None or ready is None:
        chapters = heard.chapters()
        return {"built": False, "stale": False, "duration_s": heard.end_s, "chapters": chapters, "media": None}
    return {
        "built": True,
        "stale": _is_stale(session, ready),
        "duration_s": facts["duration_s"],
        "chapters": facts.get("chapters", []),
        "media": f"/api/episode/sound?name={session.name}",
    }


def _built(session: Session, ready: Ready | None) -> Mapping[str, Any] | None:
    try:
        return built_episode(ready.plan, session.settings.output) if ready else None
    except AudioguideError:
        return None


def _is_stale(session: Session, ready: Ready) -> bool:
    """Whether the script says something else than the episode that was built."""
    if session.reading().ready is None:
        return True
    if unchanged(Order(session.path), session.settings):
        return False
    if {utterance.engine for utterance in ready.plan.utterances.values()} <= SETTLED:
        return True
    laid = record_of(ready.plan, ready.workshop, session.settings).dry_facts()
    return any(part.key not in laid for part in ready.parts)
