"""Which words of one text stand for which words of another: `8–12 weeks` for `eight to twelve weeks`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

TextSpan = tuple[int, int]
"""Code points of a text, from the first to after the last."""

MOST_WORDS = 4
"""More words than this that stand for others only as a whole say nothing about any one of them."""

_WORD: Final = re.compile(r"\S+")
_AROUND: Final = ".,;:!?…—–-\"'()[]“”‘’«»¿¡"


def matches(first: str, second: str) -> Iterator[tuple[TextSpan, TextSpan]]:
    """Spans of `first` with the span of `second` that says the same, in order: a word each, or a few together.

    Words are parted by white space. Words of one text that the other leaves out join the match before them in the first
    text, and are missing in the second.
    """
    spans, other = _spans(first), _spans(second)
    words, others = _keys(first, spans), _keys(second, other)
    for (a0, a1), (b0, b1) in _aligned(words, others):
        if b1 - b0 <= MOST_WORDS:
            yield (spans[a0][0], spans[a1 - 1][1]), (other[b0][0], other[b1 - 1][1])


def _spans(text: str) -> list[TextSpan]:
    return [match.span() for match in _WORD.finditer(text)]


def _keys(text: str, spans: Sequence[TextSpan]) -> list[str]:
    """What makes two words the same: their letters and signs, without case and what stands around them."""
    words = [text[start:end] for start, end in spans]
    return [word.strip(_AROUND).replace("’", "'").casefold() or word for word in words]


def _aligned(words: Sequence[str], others: Sequence[str]) -> Iterator[tuple[TextSpan, TextSpan]]:
    """Ranges of word numbers. What is equal at both ends, mostly everything, is taken off before the real comparison."""
    shorter = min(len(words), len(others))
    head = next((n for n in range(shorter) if words[n] != others[n]), shorter)
    tail = next((n for n in range(shorter - head) if words[-1 - n] != others[-1 - n]), shorter - head)
    yield from (((n, n + 1), (n, n + 1)) for n in range(head))
    yield from _compared(words, others, (head, len(words) - tail), (head, len(others) - tail))
    shift = len(others) - len(words)
    yield from (((n, n + 1), (n + shift, n + shift + 1)) for n in range(len(words) - tail, len(words)))


def _compared(
    words: Sequence[str], others: Sequence[str], within: TextSpan, within_others: TextSpan
) -> Iterator[tuple[TextSpan, TextSpan]]:
    (a, a_end), (b, b_end) = within, within_others
    if a == a_end or b == b_end:
        return
    found: list[tuple[TextSpan, TextSpan]] = []
    for kind, a0, a1, b0, b1 in SequenceMatcher(None, words[a:a_end], others[b:b_end], autojunk=False).get_opcodes():
        if kind == "delete" and found:
            (start, _), same = found[-1]
            found[-1] = ((start, a + a1), same)
        elif a1 - a0 == b1 - b0:
            found += [((a + a0 + n, a + a0 + n + 1), (b + b0 + n, b + b0 + n + 1)) for n in range(a1 - a0)]
        elif a1 > a0 and b1 > b0:
            found.append(((a + a0, a + a1), (b + b0, b + b1)))
    yield from found
