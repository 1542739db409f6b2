"""A part: whole quanta, exact pauses, speech untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audioguide.audio import Clip, frames_of, from_s16, mono
from audioguide.mix import SILENT_END_MS, MixedPart, Spacing, mix_playback, mix_speech, with_room
from audioguide.trim import AFTER_MS, BEFORE_MS, Trimmed

SPEECH, ROOM = 0.5, 0.01
"""The level of speech, and of the room around it, in the clips below."""

RATES = st.sampled_from([(44_100, 1152), (48_000, 1152), (24_000, 576)])
PAUSES = st.integers(0, 2500)


def _spoken(frames: int, rate_hz: int, channels: int = 1) -> Clip:
    """A clip with its room, whose speech is told from it by its level."""
    before, after = frames_of(BEFORE_MS, rate_hz), frames_of(AFTER_MS, rate_hz)
    samples = np.full((before + frames + after, channels), ROOM, np.float32)
    samples[before : before + frames] = SPEECH
    return Clip(samples, rate_hz)


def _speech_of(part: MixedPart, rate_hz: int, channels: int = 1) -> list[tuple[int, int]]:
    """Where speech lies in a part, found by its level."""
    loud = from_s16(part.pcm, rate_hz, channels).samples[:, -1] > (SPEECH + ROOM) / 2
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]])))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


@settings(max_examples=60, deadline=None)
@given(
    rate=RATES,
    lengths=st.lists(st.integers(400, 30_000), min_size=1, max_size=4),
    pauses=st.lists(PAUSES, min_size=4, max_size=4),
    lead_ms=st.sampled_from([0, 200]),
    next_is_speech=st.booleans(),
    channels=st.sampled_from([1, 2]),
)
def test_every_utterance_lies_where_its_span_says_and_every_pause_is_exact(
    rate: tuple[int, int], lengths: list[int], pauses: list[int], lead_ms: int, *, next_is_speech: bool, channels: int
) -> None:
    rate_hz, quantum = rate
    between, after_ms = tuple(pauses[: len(lengths) - 1]), pauses[-1]
    assume(all(pause > 0 for pause in between))  # two that touch cannot be told apart here
    clips = [_spoken(length, rate_hz, channels) for length in lengths]
    part = mix_speech(clips, Spacing(lead_ms, between, after_ms, next_is_speech), quantum=quantum)
    assert len(part.pcm) == part.frames * channels * 2
    assert part.frames % quantum == 0
    assert _speech_of(part, rate_hz, channels) == list(part.spans)
    assert [end - start for start, end in part.spans] == lengths
    found = [start - end for (_, end), (start, _) in zip(part.spans, part.spans[1:], strict=False)]
    assert found == [frames_of(pause, rate_hz) for pause in between]
    assert part.spans[0][0] == frames_of(lead_ms, rate_hz) + frames_of(BEFORE_MS, rate_hz)
    own_ms = after_ms - (BEFORE_MS if next_is_speech else 0)
    silent = part.frames - part.spans[-1][1]
    assert silent >= frames_of(SILENT_END_MS, rate_hz)
    if own_ms >= SILENT_END_MS + 1000 * quantum / rate_hz / 2:
        assert abs(silent - frames_of(own_ms, rate_hz)) <= quantum / 2 + 2
    else:
        assert silent < frames_of(SILENT_END_MS, rate_hz) + quantum


@pytest.mark.parametrize("pause_ms", [0, 1, 20, 59, 60, 61, 89, 90])
def test_a_short_pause_takes_from_the_room_and_never_from_speech(pause_ms: int) -> None:
    clips = [_spoken(5000, 44_100), _spoken(7000, 44_100)]
    part = mix_speech(clips, Spacing(0, (pause_ms,), 500, next_is_speech=True), quantum=1152)
    (first, second), gap = part.spans, frames_of(pause_ms, 44_100)
    assert (first[1] - first[0], second[0] - first[1], second[1] - second[0]) == (5000, gap, 7000)


def test_a_part_depends_on_its_clips_and_pauses_alone() -> None:
    clips, spacing = [_spoken(5000, 44_100)], Spacing(0, (), 500, next_is_speech=True)
    assert mix_speech(clips, spacing, quantum=1152) == mix_speech(clips, spacing, quantum=1152)


@settings(max_examples=40, deadline=None)
@given(onset=st.integers(0, 4000), offset=st.integers(0, 6000), frames=st.integers(1, 5000))
def test_a_clip_gets_exactly_its_room(onset: int, offset: int, frames: int) -> None:
    samples = np.full(onset + frames + offset, ROOM)
    samples[onset : onset + frames] = SPEECH
    trimmed = Trimmed(mono(samples, 44_100), onset_frames=onset, offset_frames=offset, cut_frames=0)
    clip = with_room(trimmed)
    before, after = frames_of(BEFORE_MS, 44_100), frames_of(AFTER_MS, 44_100)
    assert clip.frames == before + frames + after
    assert np.all(clip.samples[before : before + frames] == np.float32(SPEECH))
    assert np.all(np.concatenate([clip.samples[:before], clip.samples[before + frames :]]) < SPEECH)


@settings(max_examples=40, deadline=None)
@given(frames=st.integers(1, 30_000), lead_ms=st.sampled_from([0, 200]), after_ms=PAUSES, next_is_speech=st.booleans())
def test_a_sound_is_played_whole(frames: int, lead_ms: int, after_ms: int, *, next_is_speech: bool) -> None:
    clip = mono(np.full(frames, SPEECH), 44_100)
    part = mix_playback(clip, Spacing(lead_ms, (), after_ms, next_is_speech), quantum=1152)
    lead = frames_of(lead_ms, 44_100)
    assert part.spans == ((lead, lead + frames),)
    assert _speech_of(part, 44_100) == list(part.spans)
    assert part.frames % 1152 == 0
    own_ms = after_ms - (BEFORE_MS if next_is_speech else 0)
    silent = part.frames - part.spans[0][1]
    assert silent >= frames_of(SILENT_END_MS, 44_100)
    if own_ms >= SILENT_END_MS + 14:
        assert abs(silent - frames_of(own_ms, 44_100)) <= 576 + 2
