"""When Piper's words sound: the durations that its models compute on the way, matched to the words of the text.

A Piper model rounds each phoneme's duration up to whole steps; that tensor, named as one more output, leaves the sound as it
is. espeak's rules make the phonemes, and now and then one word of two (`of the`) or several of one (`1998`): the phonemes of
the text's beginnings, a word longer each time, show which words belong to which.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from audioguide.engines import WordTiming
from audioguide.text import has_speech

_DURATIONS = re.compile(rb"[\x21-\x7e]*/?Ceil_output_0")
_WORD = re.compile(r"\S+")

Group = tuple[int, int]
"""Where the phonemes of one word of the phonemes' own begin and end, in frames of the clip."""


def with_durations(model: bytes) -> bytes:
    """The model with its durations as the last output, or as it is where it is not known which tensor they are."""
    names = set(_DURATIONS.findall(model))
    if len(names) != 1:
        return model
    tensor: bytes = names.pop()
    name: bytes = bytes([0x0A, len(tensor)]) + tensor  # ValueInfoProto.name
    output = bytes([0x62, len(name)]) + name  # GraphProto.output
    return model + bytes([0x3A, len(output)]) + output  # ModelProto.graph: fields that repeat may follow later


def timings(voice: Any, text: str, chunks: Sequence[Any], *, written: str) -> tuple[WordTiming, ...]:
    """The words of a text that was spoken as these chunks, with their places in the text as it was `written`.

    None where the durations do not add up to the sound, or where the two texts have not the same number of words.
    """
    groups = _groups(chunks)
    ends = [match.end() for match in _WORD.finditer(text)]
    words = [match.span() for match in _WORD.finditer(written)]
    if not groups or not words or len(ends) != len(words):
        return ()
    counts = [0, *(_count(voice, text[:end]) for end in ends[:-1]), len(groups)]
    rate_hz = chunks[0].sample_rate
    timed: list[WordTiming] = []
    for (first, last), (span_start, span_end) in zip(pairwise(counts), words, strict=True):
        if first < last <= len(groups):
            start, end = groups[first][0], groups[last - 1][1]
            timed.append(WordTiming(start * 1000 // rate_hz, end * 1000 // rate_hz, (span_start, span_end)))
        elif timed and has_speech(written[span_start:span_end]):  # spoken in one with the word before
            before = timed[-1]
            timed[-1] = WordTiming(before.start_ms, before.end_ms, (before.span[0], span_end))
    return tuple(timed)


def _groups(chunks: Sequence[Any]) -> list[Group]:
    groups: list[Group] = []
    place = 0
    for chunk in chunks:
        if chunk.phoneme_alignments is None or sum(chunk.phoneme_id_samples) != len(chunk.audio_float_array):
            return []
        groups += _groups_of(chunk.phoneme_alignments, place)
        place += len(chunk.audio_float_array)
    return groups


def _groups_of(alignments: Sequence[Any], place: int) -> list[Group]:
    """Runs of phonemes between spaces; punctuation and stress marks by themselves are no word."""
    groups: list[Group] = []
    heard: list[int] = []
    for alignment in alignments:
        end = place + int(alignment.num_samples)
        if alignment.phoneme == " ":
            groups += [(heard[0], heard[-1])] if heard else []
            heard = []
        elif has_speech(alignment.phoneme) or (heard and alignment.phoneme.isalpha()):
            heard += [place, end]
        place = end
    return [*groups, *([(heard[0], heard[-1])] if heard else [])]


def _count(voice: Any, text: str) -> int:
    """How many words espeak makes of a text."""
    return sum(has_speech(group) for phonemes in voice.phonemize(text) for group in "".join(phonemes).split(" "))
