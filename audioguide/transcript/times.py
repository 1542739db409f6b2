"""How times are written in transcripts. Digits come from tables: formatting numbers would take most of a transcript's time."""

from __future__ import annotations

from functools import cache


def clock(time_ms: int, point: str) -> str:
    """HH:MM:SS and milliseconds after `point`."""
    seconds, two = time_ms // 1000, _padded(2)
    hours = seconds // 3600
    return (
        f"{two[hours] if hours < 100 else hours}:{two[seconds // 60 % 60]}:{two[seconds % 60]}"
        f"{point}{_padded(3)[time_ms % 1000]}"
    )


def seconds(time_ms: int) -> str:
    """Seconds with three decimals."""
    return f"{time_ms // 1000}.{_padded(3)[time_ms % 1000]}"


@cache
def decimals() -> tuple[str, ...]:
    """For every number of milliseconds what follows the second in JSON, which writes no more digits than it needs."""
    return tuple(str(ms / 1000)[1:] for ms in range(1000))


@cache
def _padded(digits: int) -> tuple[str, ...]:
    """Every number of so many digits, with zeros before it."""
    return tuple(f"{number:0{digits}}" for number in range(10**digits))
