"""Cutting a long spoken text into pieces that an engine takes."""

from __future__ import annotations

import re
from typing import Final

_CUTS: Final = (
    re.compile(r"[.!?…。！？]['\")\]]*\s+|[。！？]"),
    re.compile(r"[;:]\s+|\s[—–]\s|[；：]"),
    re.compile(r",\s+|[，、]"),
    re.compile(
        r"\s+(?=(?:and|but|or|so|because|which|that|when|while|where|who|if|und|aber|oder|et|mais|ou|y|pero|o)\s)"
    ),
    re.compile(r"\s+"),
)
"""Where to cut, best first: sentences, clauses, commas, joining words, words."""


def split_long(spoken: str, max_chars: int) -> tuple[str, ...]:
    """Pieces of at most `max_chars` characters, none empty; joined they lack only white space at the cuts.

    A cut falls at the best place in the second half of what still fits: a clause end, then a word, then anywhere.
    """
    assert max_chars > 0
    pieces: list[str] = []
    rest = spoken.strip()
    while len(rest) > max_chars:
        at = _best_cut(rest, max_chars)
        pieces.append(rest[:at].rstrip())
        rest = rest[at:].lstrip()
    return (*pieces, rest) if rest else tuple(pieces)


def _best_cut(text: str, max_chars: int) -> int:
    window = text[: max_chars + 1]
    for earliest in (max_chars // 2, 1):
        for pattern in _CUTS if earliest > 1 else _CUTS[-1:]:
            fits = [
                m.end()
                for m in pattern.finditer(window)
                if len(window[: m.end()].rstrip()) <= max_chars and m.end() >= earliest
            ]
            if fits:
                return fits[-1]
    return max_chars
