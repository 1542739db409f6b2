"""espeak-ng's word events -> the times of a text's words; none where they do not fit the sound."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from audioguide.audio import Clip
from audioguide.engines import WordTiming
from audioguide.engines.espeak_events import WORD
from audioguide.programs import run
from audioguide.text import has_speech

_EVENTS = Path(__file__).with_name("espeak_events.py")
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"(\d+) (-?\d+) (\d+)")


def timings(text: str, clip: Clip, *, voice: str, settings: Sequence[str], timeout_s: float) -> tuple[WordTiming, ...]:
    """The words of a text that the program spoke as this clip. `settings`: pace, pitch and gap as it was told.

    None without the library, and none where it would have spoken otherwise than the program did.
    """
    command = [sys.executable, "-I", "-S", str(_EVENTS), voice, *settings]
    try:
        ran = run(command, data=text.encode(), timeout_s=timeout_s)
    except (OSError, TimeoutError):
        return ()
    *lines, last = ran.out.decode("ascii", "replace").splitlines() or [""]
    if ran.status or last != f"frames {clip.frames}":
        return ()
    return tuple(_words(text, lines, clip.rate_hz))


def _words(text: str, lines: Sequence[str], rate_hz: int) -> Iterator[WordTiming]:
    """What the blanks of the text part, each with the time from its first event to the next word's or the clause's end."""
    spans = [match.span() for match in _WORD.finditer(text)]
    events = [tuple(map(int, match.groups())) for line in lines if (match := _LINE.fullmatch(line))]
    begun: tuple[int, int, int] | None = None
    for kind, position, frame in events:
        # After a short form it points before the word.
        span = next((span for span in spans if position <= span[1]), None)
        if kind == WORD and (span is None or (begun and begun[1:] == span)):
            continue
        if begun and begun[0] < frame and has_speech(text[begun[1] : begun[2]]):
            yield WordTiming(begun[0] * 1000 // rate_hz, frame * 1000 // rate_hz, begun[1:])
        begun = (frame, *span) if kind == WORD and span else None
