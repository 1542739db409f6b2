"""A change from the page, on its way into the file: examined, tried, and written if the file is still what the page saw."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from audioguide.errors import AudioguideError, OutputError, ScriptError
from audioguide.files import atomic_file
from audioguide.plan import Speech
from audioguide.script import units
from audioguide.script.edit import EditRefused, Spot, edited, pronounced
from audioguide.studio.document import sections_of
from audioguide.studio.session import Reading, Session, read_bytes, read_script, version_of

Value = str | float | None


class Conflict(AudioguideError):
    """The file is no longer what the page saw."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page wants changed."""

    version: str
    field: str
    value: Value
    address: str = ""
    word: str = ""


def change_script(session: Session, asked: Asked) -> bool:
    """Write one change into the script; False where it says so already.

    Raises Conflict where the file is another; ScriptError and EditRefused where the change cannot be made.
    """
    with session.lock:
        data = read_bytes(session.path)
        seen = asked.version.partition("-")[0]
        if version_of(data) != seen:
            session.refresh()
            raise Conflict("was changed outside of this page", where=session.name, hint="choose which one to keep")
        reading = session.reading()
        if reading.version != seen:
            reading = session.refresh()
        new = _changed(session, reading, asked)
        assert reading.document
        mark = data[: len(data) - len(reading.document.text.encode())]
        new_data = mark + new.encode()
        if new_data == data:
            return False
        after = read_script(session.path, new_data, session.settings)
        _examine(reading, after, asked)
        _write(session, data, new_data)
        session.refresh(after)
        return True


def _changed(session: Session, reading: Reading, asked: Asked) -> str:
    """The file's new text."""
    if reading.document is None:
        hint = "mend it there"
        raise EditRefused("the file cannot be read as it is", where=f"line {reading.problems[0].line}", hint=hint)
    if asked.field == "pronounce":
        if not asked.word.strip():
            raise EditRefused("names no word", hint="write the word that is spoken otherwise")
        if asked.value is None and asked.word not in _words(reading):
            raise EditRefused(f'"{asked.word}" is not in this file', hint="it may stand in show.yaml")
        return pronounced(reading.document, asked.word, _written(asked))
    field = "text" if asked.field == "title" else asked.field
    return edited(reading.document, _spot(session, asked), field, _written(asked))


def _words(reading: Reading) -> Mapping[str, Any]:
    assert reading.document
    written = reading.document.tree.entries.get("pronounce")
    return getattr(written[1], "entries", {}) if written else {}


def _spot(session: Session, asked: Asked) -> Spot:
    """Where that stands in the file. Raises EditRefused."""
    for section in sections_of(session):
        if asked.field == "title" and section.id == asked.address:
            return section.spot
        for card in section.cards if asked.field != "title" else ():
            if card.address == asked.address:
                if asked.field in card.fixed or card.spot is None:
                    reason = card.fixed.get(asked.field) or f"it has no {asked.field}"
                    raise EditRefused("cannot be edited here", where=asked.address, hint=reason)
                return card.spot
    raise EditRefused(f'there is no "{asked.address}" any more', hint="load the page again")


# -- values ------------------------------------------------------------------------------------------------------------


def _written(asked: Asked) -> str | None:
    """The value as it is written in a script. Raises EditRefused."""
    try:
        return _WRITE[asked.field](asked.value)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise EditRefused(message, where=asked.address or asked.word or None, hint=hint or None) from None


def _text(value: Value) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("is empty; write something")
    return value


def _name(value: Value) -> str | None:
    return None if value is None else _text(value).strip()


def _quantity(check: Callable[[str], object], shape: str) -> Callable[[Value], str | None]:
    """How a quantity is written: numbers get their unit; None takes the key away."""

    def write(value: Value) -> str | None:
        if value is None:
            return None
        written = value.strip() if isinstance(value, str) else shape.format(value)
        check(written)
        return written

    return write


_WRITE: Mapping[str, Callable[[Value], str | None]] = {
    "text": _text,
    "title": _text,
    "voice": _name,
    "speed": _quantity(units.speed, "{:g}"),
    "pause": _quantity(units.duration_ms, "{:.0f}ms"),
    "gain": _quantity(units.gain_db, "{:g} dB"),
    "pronounce": _name,
}
"""What can be changed -> how its value is written."""
FIELDS = frozenset(_WRITE)


# -- proof -------------------------------------------------------------------------------------------------------------


def _examine(before: Reading, after: Reading, asked: Asked) -> None:
    """Raise where the change makes a mistake that was not there, or where something else keeps it from counting."""
    known = {(problem.path, problem.message) for problem in before.problems}
    new = [
        problem
        for problem in after.problems
        if problem.level == "error" and (problem.path, problem.message) not in known
    ]
    if new:
        raise ScriptError(new)
    part = after.ready.by_address.get(asked.address) if after.ready else None
    if part is None or asked.value is None or not isinstance(part.cue, Speech):
        return
    if asked.field == "pause" and part.cue.pause_ms != units.duration_ms(str(_written(asked))):
        hint = "change the [pause] at its end, or the one that the next segment begins with"
        raise EditRefused("another pause stands there and wins", where=asked.address, hint=hint)


def _write(session: Session, old: bytes, new: bytes) -> None:
    """Put the new content in the file's place, whole or not at all, if the old one is still there."""
    path = session.path.resolve()  # a link stays a link
    try:
        with atomic_file(path, mode=stat.S_IMODE(path.stat().st_mode)) as file:
            file.write(new)
            if path.read_bytes() != old:
                raise Conflict("was changed outside of this page", where=session.name, hint="choose which one to keep")
    except OSError as error:
        hint = "change the permissions of the file and its folder"
        raise OutputError(f"cannot be written: {error.strerror}", where=session.name, hint=hint) from error
