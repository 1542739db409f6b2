"""A segment's text -> its sentences, each with what is shown and what is spoken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from audioguide.text.characters import has_speech
from audioguide.text.marks import Marked, read_marks
from audioguide.text.pronounce import Hide, pronounced
from audioguide.text.readings import Reader, clean, reader_for
from audioguide.text.sentences import sentence_spans

_NO_CHARACTERS: Final = re.compile(r"[\ud800-\udfff\U000F0000-\U0010FFFF]")
_STAND_IN: Final = 0xF0000
"""Spoken forms that are final stand in the text as private characters from here on while the readings are done."""
_STAND_INS_AT_MOST: Final = 0x10000


class Sentence(NamedTuple):
    """One utterance. A long script has ten thousand, and a dataclass takes five times as long to make."""

    text: str
    """As written, marks removed: what transcripts show."""
    spoken: str
    """What the engine is asked to say: readings and pronunciations applied."""
    span: tuple[int, int]
    """Where it stands in the segment's raw text, in code points."""
    pause_after_ms: int | None
    """An explicit pause directly after it; None: the default pause."""
    pause_before_ms: int = 0
    """An explicit pause at the very start of the segment; 0 for every sentence but the first."""


class _Piece(NamedTuple):
    """A stretch of the shown text, and the pauses around it."""

    start: int
    end: int
    pause_after_ms: int | None
    pause_before_ms: int = 0


def read_segment(text: str, *, language: str, pronounce: Mapping[str, str]) -> tuple[Sentence, ...]:
    """The sentences of a segment, in order; none where nothing can be spoken. Raises MarkError and nothing else.

    `language` is BCP 47; a language without tables of its own keeps its words as they are. `pronounce` maps whole
    words to spoken forms: a key all in lower case matches any case, any other only itself.
    """
    marked = read_marks(text if text.isascii() else _NO_CHARACTERS.sub("\ufffd", text))
    reader = reader_for(language)
    pieces = _with_speech(_pieces(marked, language), marked)
    return tuple([_sentence(marked, piece, reader, pronounce) for piece in pieces])


def _sentence(marked: Marked, piece: _Piece, reader: Reader, pronounce: Mapping[str, str]) -> Sentence:
    text = " ".join(marked.shown[piece.start : piece.end].split())
    spoken = _spoken(marked, piece, reader, pronounce)
    return Sentence(
        text=text,
        spoken=text if spoken == text else spoken,  # most are: kept once
        span=(marked.starts[piece.start], marked.ends[piece.end - 1]),
        pause_after_ms=piece.pause_after_ms,
        pause_before_ms=piece.pause_before_ms,
    )


def _pieces(marked: Marked, language: str) -> Iterator[_Piece]:
    """Sentences, ended also by each pause; white space around them is left out."""
    words = [(said.start, said.end) for said in marked.said]
    begin = 0
    for place, pause_ms in [*marked.pauses, (len(marked.shown), None)]:
        spans = sentence_spans(marked.shown, (begin, place), language=language, whole=words)
        for start, end in spans[:-1]:
            yield _Piece(start, end, None)
        last = spans[-1] if spans else (begin, begin)
        yield _Piece(*last, pause_ms)
        begin = place


def _with_speech(pieces: Iterator[_Piece], marked: Marked) -> Sequence[_Piece]:
    """Pieces that say nothing (a dash, an emoji, a pause alone) joined to the one before, or else to the one after."""
    done: list[_Piece] = []
    silent: _Piece | None = None
    for piece in pieces:
        if _speaks(piece, marked):
            done.append(_led_by(silent, piece))
            silent = None
        elif done:
            done[-1] = _joined(done[-1], piece)
        else:
            silent = _joined(silent, piece) if silent else piece
    return done


def _led_by(silent: _Piece | None, piece: _Piece) -> _Piece:
    if silent is None:
        return piece
    start = silent.start if silent.end > silent.start else piece.start
    return piece._replace(start=start, pause_before_ms=silent.pause_after_ms or 0)


def _speaks(piece: _Piece, marked: Marked) -> bool:
    return has_speech(marked.shown[piece.start : piece.end]) or any(
        piece.start <= said.start < piece.end for said in marked.said
    )


def _joined(first: _Piece, second: _Piece) -> _Piece:
    pauses = [pause for pause in (first.pause_after_ms, second.pause_after_ms) if pause is not None]
    shown = [piece for piece in (first, second) if piece.end > piece.start] or [first]
    return _Piece(shown[0].start, shown[-1].end, sum(pauses) if pauses else None, first.pause_before_ms)


def _spoken(marked: Marked, piece: _Piece, reader: Reader, pronounce: Mapping[str, str]) -> str:
    """Marks win over pronunciations, pronunciations over readings."""
    finished: list[str] = []

    def hide(form: str) -> str:
        finished.append(clean(form))
        return chr(_STAND_IN + len(finished) - 1) if len(finished) <= _STAND_INS_AT_MOST else form

    written = _with_said(marked, piece, hide)
    if not written.isascii():
        written = unicodedata.normalize("NFC", written)
    read = reader.read(pronounced(written, pronounce, hide))
    if not finished:
        return read
    return re.sub(
        f"[{chr(_STAND_IN)}-{chr(_STAND_IN + _STAND_INS_AT_MOST - 1)}]",
        lambda match: finished[ord(match[0]) - _STAND_IN],
        read,
    )


def _with_said(marked: Marked, piece: _Piece, hide: Hide) -> str:
    if not marked.said:
        return marked.shown[piece.start : piece.end]
    parts: list[str] = []
    position = piece.start
    for said in marked.said:
        if piece.start <= said.start < piece.end:
            parts += [marked.shown[position : said.start], hide(said.spoken)]
            position = said.end
    return "".join([*parts, marked.shown[position : piece.end]])
