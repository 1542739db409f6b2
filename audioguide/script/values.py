"""How single values are written in a script, and what becomes of them: text in, with its meaning checked.

Each type has its shape for editors too, which see YAML's own types.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from audioguide.engines.ipa import IPA
from audioguide.script import units
from audioguide.script.problems import nearest, quoted

FORMAT_NAMES = ("mp3", "m4b", "opus", "flac", "wav")
MAX_CHAPTERS, COUNTED_FORMATS = 255, frozenset({"mp3", "m4b", "wav"})
"""Formats whose files count their chapters in one byte."""


def _written(convert: Callable[[str], Any], example: str) -> tuple[Any, Any]:
    """The pydantic marks of a type that is written as text: its conversion, and its shape for editors."""

    def read(value: object) -> object:
        return convert(value) if isinstance(value, str) else value

    return BeforeValidator(read), WithJsonSchema({"type": "string", "examples": [example]})


def _not_empty(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; write something or leave the key out")
    return text.strip()


def _body(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty; write something or leave the key out")
    return text


def _id(text: str) -> str:
    if not re.fullmatch(r"(?!\d+$)[a-z0-9][a-z0-9-]*", text):
        raise ValueError(f'{quoted(text)} is not an id; write small letters, digits and "-", not digits alone')
    return text


def _language(text: str) -> str:
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", tag := text.strip()):
        return tag
    raise ValueError(f"{quoted(text)} is not a language tag; write it like en, en-US or pt-BR")


def _ipa(text: str) -> str:
    sounds = text.strip()
    if not re.fullmatch(r"/[^/]+/", sounds) or not IPA.fullmatch(sounds[1:-1]):
        raise ValueError(f"{quoted(text)} are no sounds; write them in IPA between slashes, like /ˈhaɪpɚ/")
    return sounds[1:-1]


def _stop_number(text: str) -> int:
    if number := units.whole_number(text):
        return number
    raise ValueError("stops are numbered from 1; write a number from 1 to 999999")


def _count(text: str) -> int:
    if number := units.whole_number(text):
        return number
    raise ValueError("is at least 1; write a greater number, or leave the key out")


def _format(text: str) -> str:
    if (name := text.strip()) in FORMAT_NAMES:
        return name
    hint = nearest(name, FORMAT_NAMES) or f"write one of {', '.join(FORMAT_NAMES)}"
    raise ValueError(f"{quoted(text)} is not a format; {hint}")


def _geo(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        latitude, longitude = (units.factor(part) for part in value.removeprefix("geo:").split(","))
    except ValueError:
        raise ValueError(f'{quoted(value)} is not a place; write latitude and longitude like "47.37,8.54"') from None
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError(f"{quoted(value)} is not on the globe; latitude goes to 90, longitude to 180")
    return value


_READ_TEXT, _ = _written(_not_empty, "The Running Desk")
_READ_BODY, _ = _written(_body, "Hello, and welcome.")
_TEXT_SCHEMA = WithJsonSchema({"type": ["string", "number", "boolean"]})
"""Editors read `title: 1984` as a number and `title: No` as a truth value; here both are text."""
_READ_ID, _ = _written(_id, "welcome")
_ID_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^(?!\d+$)[a-z0-9][a-z0-9-]*$"})
_READ_MS, _MS_SCHEMA = _written(units.duration_ms, "800ms")
_READ_GAIN, _GAIN_SCHEMA = _written(units.gain_db, "-6 dB")
_READ_LUFS, _LUFS_SCHEMA = _written(units.loudness_lufs, "-16 LUFS")
_READ_PEAK, _PEAK_SCHEMA = _written(units.true_peak_dbtp, "-1 dBTP")
_READ_RATE, _RATE_SCHEMA = _written(units.rate_hz, "44.1 kHz")
_READ_KBPS, _KBPS_SCHEMA = _written(units.bitrate_kbps, "96k")
_READ_BOOL, _ = _written(units.boolean, "true")
_READ_INT, _ = _written(units.whole_number, "12")
_READ_COUNT, _ = _written(_count, "12")
_READ_STOP, _ = _written(_stop_number, "12")
_READ_SPEED, _ = _written(units.speed, "1.0")
_READ_PITCH, _ = _written(units.pitch, "2")
_READ_LANGUAGE, _LANGUAGE_SCHEMA = _written(_language, "en-US")
_READ_FORMAT, _ = _written(_format, "mp3")
_READ_IPA, _IPA_SCHEMA = _written(_ipa, "/ˈhaɪpɚ/")
_READ_DATE, _DATE_SCHEMA = _written(units.moment, "2026-11-22T08:00:00+00:00")

Text = Annotated[str, _READ_TEXT, _TEXT_SCHEMA]
Body = Annotated[str, _READ_BODY, _TEXT_SCHEMA]
Id = Annotated[str, _READ_ID, _ID_SCHEMA]
Language = Annotated[str, _READ_LANGUAGE, _LANGUAGE_SCHEMA]
FormatName = Annotated[str, _READ_FORMAT, WithJsonSchema({"type": "string", "enum": list(FORMAT_NAMES)})]
DurationMs = Annotated[int, _READ_MS, _MS_SCHEMA]
GainDb = Annotated[float, _READ_GAIN, _GAIN_SCHEMA]
LoudnessLufs = Annotated[float, _READ_LUFS, _LUFS_SCHEMA]
TruePeakDbtp = Annotated[float, _READ_PEAK, _PEAK_SCHEMA]
RateHz = Annotated[int, _READ_RATE, _RATE_SCHEMA]
BitrateKbps = Annotated[int, _READ_KBPS, _KBPS_SCHEMA]
Bool = Annotated[bool, _READ_BOOL, WithJsonSchema({"type": "boolean"})]
WholeNumber = Annotated[int, _READ_INT, WithJsonSchema({"type": "integer", "minimum": 0})]
Count = Annotated[int, _READ_COUNT, WithJsonSchema({"type": "integer", "minimum": 1})]
StopNumber = Annotated[int, _READ_STOP, WithJsonSchema({"type": "integer", "minimum": 1})]
Speed = Annotated[float, _READ_SPEED, WithJsonSchema({"type": "number", "minimum": 0.5, "maximum": 2.0})]
Pitch = Annotated[float, _READ_PITCH, WithJsonSchema({"type": "number", "minimum": -12, "maximum": 12})]
Ipa = Annotated[str, _READ_IPA, _IPA_SCHEMA]
Moment = Annotated[datetime, _READ_DATE, _DATE_SCHEMA]
Geo = Annotated[str, BeforeValidator(_geo)]
