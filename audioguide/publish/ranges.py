"""What a `Range` asks for: media elements seek by it."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """The bytes (first, one past the last) of a file of that size; None for the whole of it.

    Several ranges at once, and what is no range, are answered with the whole. Empty (start, start): beyond its end.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not any(match.groups()):
        return None
    first, last = (int(number) if number else None for number in match.groups())
    if first is None:
        return max(0, size - (last or 0)), size
    if last is not None and last < first:
        return None
    return min(first, size), size if last is None else min(last + 1, size)
