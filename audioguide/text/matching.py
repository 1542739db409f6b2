"""Which words of one text stand for which words of another: `8–12 weeks` for `eight to twelve weeks`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import compress
from operator import ne
from typing import Final

TextSpan = tuple[int, int]
"""Code points of a text, from the first to after the last."""

MOST_WORDS = 4
"""More words than this that stand for others only as a whole say nothing about any one of them."""

_WORD: Final = re.compile(r"\S+")
_AROUND: Final = ".,;:!?…—–-\"'()[]“”‘’«»¿¡"


def matches(first: str, second: str) -> list[tuple[TextSpan, TextSpan]]:
    """Spans of `first` with the span of `second` that says the same, in order: a word each, or a few together.

    Words are parted by white space. Words of one text that the other leaves out join the match before them in the first
    text, and are missing in the second.
    """
    spans, others = _spans(first), _spans(second)
    head, between, tail = _aligned(first.split(), second.split())
    return [
        *zip(spans[:head], others[:head], strict=True),
        *(
            ((spans[a0][0], spans[a1 - 1][1]), (others[b0][0], others[b1 - 1][1]))
            for (a0, a1), (b0, b1) in between
            if b1 - b0 <= MOST_WORDS
        ),
        *zip(spans[len(spans) - tail :], others[len(others) - tail :], strict=True),
    ]


def _spans(text: str) -> list[TextSpan]:
    return [match.span() for match in _WORD.finditer(text)]


@lru_cache(maxsize=4096)
def _key(word: str) -> str:
    """What makes two words the same: their letters and signs, without case and what stands around them."""
    return word.strip(_AROUND).replace("’", "'").casefold() or word


def _aligned(words: Sequence[str], others: Sequence[str]) -> tuple[int, list[tuple[TextSpan, TextSpan]], int]:
    """How many words are equal at the start, ranges of word numbers in between, and how many are equal at the end.

    What is equal at both ends, mostly everything, is taken off before the real comparison.
    """
    words, others = list(map(_key, words)), list(map(_key, others))
    shorter = min(len(words), len(others))
    head = _equal(words, others, shorter)
    tail = _equal(reversed(words), reversed(others), shorter - head)
    return head, _compared(words, others, (head, len(words) - tail), (head, len(others) - tail)), tail


def _equal(words: Iterable[str], others: Iterable[str], most: int) -> int:
    """How many words are equal before the first that differ, `most` at most."""
    differ = compress(range(most), map(ne, words, others))
    return next(differ, most)


def _compared(
    words: Sequence[str], others: Sequence[str], within: TextSpan, within_others: TextSpan
) -> list[tuple[TextSpan, TextSpan]]:
    (a, a_end), (b, b_end) = within, within_others
    found: list[tuple[TextSpan, TextSpan]] = []
    if a == a_end or b == b_end:
        return found
    for kind, a0, a1, b0, b1 in _changes(words[a:a_end], others[b:b_end]):
        if kind == "delete" and found:
            (start, _), same = found[-1]
            found[-1] = ((start, a + a1), same)
        elif a1 - a0 == b1 - b0:
            found += [((a + a0 + n, a + a0 + n + 1), (b + b0 + n, b + b0 + n + 1)) for n in range(a1 - a0)]
        elif a1 > a0 and b1 > b0:
            found.append(((a + a0, a + a1), (b + b0, b + b1)))
    return found


def _changes(words: Sequence[str], others: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """What makes of one list the other, as difflib tells it; where nothing is equal, as in most numbers, without it."""
    if set(words).isdisjoint(others):
        return [("replace", 0, len(words), 0, len(others))]
    return SequenceMatcher(None, words, others, autojunk=False).get_opcodes()
