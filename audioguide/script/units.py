"""Written quantities -> numbers, each with its unit: `800ms`, `-6 dB`, `44.1 kHz`, `96k`, `-16 LUFS`.

Every function takes the text of a scalar and raises ValueError with a sentence for the author of the script.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from audioguide.script.problems import quoted

_NUMBER = r"[+-]?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})"
_QUANTITY = re.compile(rf"({_NUMBER})\s*([A-Za-z%]*)")
_DURATION_MS = {"ms": 1.0, "s": 1000.0, "sec": 1000.0, "min": 60_000.0}
_RATE_HZ = {"hz": 1.0, "khz": 1000.0}
_BITRATE_KBPS = {"k": 1.0, "kbps": 1.0, "kbit": 1.0}
_TRUE = {"true", "yes", "on"}
_FALSE = {"false", "no", "off"}


def _quantity(text: str, units: dict[str, float], example: str) -> float:
    match = _QUANTITY.fullmatch(text.strip())
    if match and match[2].lower() in units:
        return float(match[1]) * units[match[2].lower()]
    if match and not match[2]:
        raise ValueError(f"{quoted(text)} has no unit; write {_with_unit(match[1], example)}")
    raise ValueError(f"{quoted(text)} is not understood; write it like 1.5{example}")


def _with_unit(number: str, unit: str) -> str:
    """What a bare number was probably meant to be: a great one is in the smaller unit."""
    if unit == "s" and float(number) >= 60:
        return f"{number}ms"
    if unit.strip().startswith("k") and float(number) >= 1000:
        return f"{float(number) / 1000:g}{unit}"
    return f"{number}{unit}"


def duration_ms(text: str) -> int:
    """`800ms`, `1.5s`, `2 min` -> whole milliseconds, 0 to one hour."""
    value = round(_quantity(text, _DURATION_MS, "s"))
    if not 0 <= value <= 3_600_000:
        raise ValueError(f"{quoted(text)} is out of range; a duration lies between 0s and 60min")
    return value


def gain_db(text: str) -> float:
    """`-6 dB` -> -6.0, between -60 and +20."""
    value = _quantity(text, {"db": 1.0}, " dB")
    if not -60 <= value <= 20:
        raise ValueError(f"{quoted(text)} is out of range; a gain lies between -60 dB and 20 dB")
    return value


def loudness_lufs(text: str) -> float:
    """`-16 LUFS` -> -16.0, between -31 and -9."""
    value = _quantity(text, {"lufs": 1.0}, " LUFS")
    if not -31 <= value <= -9:
        raise ValueError(f"{quoted(text)} is out of range; loudness lies between -31 LUFS and -9 LUFS")
    return value


def true_peak_dbtp(text: str) -> float:
    """`-1 dBTP` -> -1.0, between -9 and 0."""
    value = _quantity(text, {"dbtp": 1.0, "db": 1.0}, " dBTP")
    if not -9 <= value <= 0:
        raise ValueError(f"{quoted(text)} is out of range; true peak lies between -9 dBTP and 0 dBTP")
    return value


def rate_hz(text: str) -> int:
    """`44.1 kHz` -> 44100; one of 24, 44.1 and 48 kHz."""
    value = round(_quantity(text, _RATE_HZ, " kHz"))
    if value not in {24_000, 44_100, 48_000}:
        raise ValueError(f"{quoted(text)} is not offered; write 24 kHz, 44.1 kHz or 48 kHz")
    return value


def bitrate_kbps(text: str) -> int:
    """`96k` -> 96: one of the constant bit rates of MPEG-1 and MPEG-2 layer III from 32 to 320."""
    value = round(_quantity(text, _BITRATE_KBPS, "k"))
    offered = (32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 192, 224, 256, 320)
    if value not in offered:
        raise ValueError(f"{quoted(text)} is not offered; write one of {', '.join(f'{rate}k' for rate in offered)}")
    return value


def boolean(text: str) -> bool:
    """`true` or `false` (and YAML 1.1's `yes`, `no`, `on`, `off`)."""
    if (word := text.strip().lower()) in _TRUE | _FALSE:
        return word in _TRUE
    raise ValueError(f"{quoted(text)} is not a truth value; write true or false")


def whole_number(text: str) -> int:
    """`12` -> 12, from 0 to 999,999."""
    if re.fullmatch(r"\d{1,6}", text.strip(), re.ASCII):
        return int(text)
    raise ValueError(f"{quoted(text)} is not a whole number; write it like 12")


def factor(text: str) -> float:
    """`1.25` -> 1.25: a plain number, as speeds are."""
    if re.fullmatch(_NUMBER, text.strip(), re.ASCII):
        return float(text)
    raise ValueError(f"{quoted(text)} is not a plain number; write it like 1.25")


def speed(text: str) -> float:
    """`1.25` -> 1.25, between 0.5 and 2.0."""
    if not 0.5 <= (value := factor(text)) <= 2.0:
        raise ValueError(f"{quoted(text)} is out of range; speed lies between 0.5 and 2.0")
    return value


def pitch(text: str) -> float:
    """`-2` -> -2.0 semitones, between -12 and 12."""
    if not -12 <= (value := factor(text)) <= 12:
        raise ValueError(f"{quoted(text)} is out of range; pitch lies between -12 and 12 semitones")
    return value


def moment(text: str) -> datetime:
    """An ISO 8601 date or date with time -> an aware datetime; a date alone is 00:00 UTC."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{quoted(text)} is not a date; write it like 2026-11-22 or 2026-11-22T08:00:00+00:00"
        ) from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)
