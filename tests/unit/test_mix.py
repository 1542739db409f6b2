"""A part: whole quanta, exact pauses, speech untouched."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audioguide.audio import Clip, frames_of, from_s16, mono
from audioguide.mix import FADE_MS, SILENT_END_MS, MixedPart, Spacing, is_close, mix_playback, mix_speech, with_room
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
    if not is_close(after_ms, next_is_speech=next_is_speech, quantum_ms=1000 * quantum / rate_hz):
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
    if not is_close(after_ms, next_is_speech=next_is_speech, quantum_ms=1152 / 44.1):
        assert abs(silent - frames_of(own_ms, 44_100)) <= 576 + 2


# -- close seams -------------------------------------------------------------------------------------------------------

QUANTA = st.sampled_from([(44_100, 1152), (48_000, 1152), (24_000, 576), (44_100, 1024), (48_000, 960), (44_100, 882)])


def _humming(frames: int, rate_hz: int) -> Clip:
    """Speech in its room, as `trim` leaves it: faded at both ends, and nowhere a step."""
    clip = _spoken(frames, rate_hz)
    edge = frames_of(FADE_MS, rate_hz)
    rise = np.sin(np.linspace(0, np.pi / 2, edge, dtype=np.float32))[:, None] ** 2
    samples = clip.samples.copy()
    samples[:edge] *= rise
    samples[-edge:] *= rise[::-1]
    return Clip(samples, rate_hz)


def _laid_over(first: MixedPart, second: MixedPart, rate_hz: int) -> np.ndarray:
    """Both parts as they follow each other."""
    ahead, behind = (from_s16(part.pcm, rate_hz, 1).samples[:, 0] for part in (first, second))
    both = np.zeros(max(len(ahead), first.frames + len(behind)), np.float32)
    both[: len(ahead)] += ahead
    both[first.frames : first.frames + len(behind)] += behind
    return both


@settings(max_examples=150, deadline=None)
@given(
    rate=QUANTA,
    lengths=st.tuples(st.integers(1200, 30_000), st.integers(1200, 30_000)),
    pause_ms=st.integers(0, 110),
    kinds=st.tuples(st.booleans(), st.booleans()),
)
def test_a_close_seam_keeps_the_pause_and_all_that_sounds(
    rate: tuple[int, int], lengths: tuple[int, int], pause_ms: int, kinds: tuple[bool, bool]
) -> None:
    (rate_hz, quantum), (spoken, next_is_speech) = rate, kinds
    assume(is_close(pause_ms, next_is_speech=next_is_speech, quantum_ms=1000 * quantum / rate_hz))
    spacing = Spacing(0, (), pause_ms, next_is_speech, close=True)
    following = Spacing(0, (), 500, next_is_speech=True, room_ms=spacing.next_room_ms or BEFORE_MS)

    def mixed(frames: int, spacing: Spacing, *, speech: bool) -> MixedPart:
        if speech:
            return mix_speech([_humming(frames, rate_hz)], spacing, quantum=quantum)
        return mix_playback(mono(np.full(frames, SPEECH), rate_hz), spacing, quantum=quantum)

    first, second = mixed(lengths[0], spacing, speech=spoken), mixed(lengths[1], following, speech=next_is_speech)
    assert (first.frames % quantum, len(first.pcm)) == (0, 2 * (first.frames + quantum))
    start, end = first.frames + second.spans[0][0], first.spans[0][1]
    assert abs(start - end - frames_of(pause_ms, rate_hz)) <= quantum / 2 + 3
    both = _laid_over(first, second, rate_hz)
    sounds = [first.spans[0], (start, start + lengths[1])]
    assert [last - begin for begin, last in sounds] == list(lengths)
    heard = np.zeros(len(both), bool)
    for begin, last in sounds:
        assert (both[begin + 2 : last - 2] > SPEECH - 0.001).all()
        heard[max(0, begin - 2) : last + 2] = True
    assert both[~heard].max(initial=0) < 3 * ROOM
    steps = np.abs(np.diff(both))
    assert steps[~(heard[1:] | heard[:-1])].max(initial=0) < ROOM / 20  # nothing is cut hard


@pytest.mark.parametrize(("pause_ms", "room_ms"), [(0, FADE_MS), (3, FADE_MS), (12, 12), (30, 30), (70, 30)])
def test_a_close_pause_takes_from_the_room_before_the_next_speech(pause_ms: int, room_ms: int) -> None:
    assert Spacing(0, (), pause_ms, next_is_speech=True, close=True).next_room_ms == room_ms
    assert Spacing(0, (), pause_ms, next_is_speech=False, close=True).next_room_ms == 0
    assert Spacing(0, (), pause_ms, next_is_speech=True).next_room_ms == BEFORE_MS


def test_a_click_with_nothing_after_it_is_a_whole_quantum() -> None:
    part = mix_playback(
        mono(np.full(20, SPEECH), 44_100), Spacing(0, (), 0, next_is_speech=False, close=True), quantum=1152
    )
    assert (part.frames, part.spans) == (1152, ((0, 20),))
