"""One cue + its clips -> PCM, a whole number of quanta long, with the place of every utterance in it.

A part is a cue and the pause after it. Each part is rounded by itself, by its pause and never into the speech, so that an
edit moves later parts but changes none of them. Every spoken part begins with the same 30 ms before its speech
and ends with 60 ms after it, which count as pause: so a part needs to know nothing of its neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audioguide.audio import Clip, frames_of, silence, stitch, to_s16
from audioguide.trim import AFTER_MS, BEFORE_MS, Trimmed

MIX_VERSION = 5
"""Changes when the same clips would give other samples: part of every part's key."""
SILENT_END_MS = 50
"""How a part ends at least: codecs' packets overlap, and what sounds later would be carried by the next part's first."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """The pauses of a part in milliseconds, between sounds as they are heard."""

    lead_ms: int
    """Silence before the first sound: the episode's lead-in, else 0."""
    between_ms: tuple[int, ...]
    """After each clip but the last."""
    after_ms: int
    next_is_speech: bool
    """Whether the next part begins with its own 30 ms of room."""


@dataclass(frozen=True, slots=True)
class MixedPart:
    """What is encoded: `pcm` (s16le, interleaved), its length in frames, and where each clip's speech lies in it."""

    pcm: bytes
    frames: int
    spans: tuple[tuple[int, int], ...]


def with_room(trimmed: Trimmed) -> Clip:
    """The clip with exactly 30 ms before its speech and 60 ms after it."""
    clip = trimmed.clip
    before = frames_of(BEFORE_MS, clip.rate_hz) - trimmed.onset_frames
    after = frames_of(AFTER_MS, clip.rate_hz) - trimmed.offset_frames
    samples = clip.samples[max(0, -before) : clip.frames - max(0, -after)]
    return Clip(np.pad(samples, ((max(0, before), max(0, after)), (0, 0))), clip.rate_hz)


def mix_speech(clips: Sequence[Clip], spacing: Spacing, *, quantum: int) -> MixedPart:
    """The part of a spoken segment; `clips` have their room (`with_room`), one rate and one number of channels."""
    rate_hz, channels = clips[0].rate_hz, clips[0].channels
    before, after = frames_of(BEFORE_MS, rate_hz), frames_of(AFTER_MS, rate_hz)
    gaps = [frames_of(ms, rate_hz) - after - before for ms in spacing.between_ms]
    pieces = [silence(frames_of(spacing.lead_ms, rate_hz), rate_hz, channels)]
    spans = []
    at = pieces[0].frames
    for clip, gap_before, gap in zip(clips, [0, *gaps], [*gaps, 0], strict=True):
        # A pause shorter than the room around speech takes from the room: first after, then before.
        start = min(before, max(0, -gap_before - after))
        end = min(after, max(0, -gap))
        pieces += [_without(clip, start=start, end=end), silence(max(0, gap), rate_hz, channels)]
        spans.append((at + before - start, at + clip.frames - start - after))
        at += pieces[-2].frames + pieces[-1].frames
    gap = frames_of(spacing.after_ms, rate_hz) - after - (before if spacing.next_is_speech else 0)
    return _rounded(pieces, spans, gap, quantum=quantum, spare=after - frames_of(SILENT_END_MS, rate_hz))


def mix_playback(clip: Clip, spacing: Spacing, *, quantum: int) -> MixedPart:
    """The part of a sound that is played by itself."""
    lead = silence(frames_of(spacing.lead_ms, clip.rate_hz), clip.rate_hz, clip.channels)
    before = frames_of(BEFORE_MS, clip.rate_hz) if spacing.next_is_speech else 0
    gap = frames_of(spacing.after_ms, clip.rate_hz) - before
    span = (lead.frames, lead.frames + clip.frames)
    return _rounded([lead, clip], [span], gap, quantum=quantum, spare=-frames_of(SILENT_END_MS, clip.rate_hz))


def _rounded(pieces: list[Clip], spans: list[tuple[int, int]], gap: int, *, quantum: int, spare: int) -> MixedPart:
    """The stitched part: `gap` frames of silence at its end, give or take half a quantum.

    A gap below zero takes from the `spare` frames of room after the last speech; where `spare` is below zero, so much
    silence is needed at least.
    """
    sound = stitch(pieces)
    shortest = -(-(sound.frames - spare) // quantum)
    frames = max(shortest, round((sound.frames + gap) / quantum), 1) * quantum
    whole = Clip(np.pad(sound.samples[:frames], ((0, max(0, frames - sound.frames)), (0, 0))), sound.rate_hz)
    return MixedPart(to_s16(whole), frames, tuple(spans))


def _without(clip: Clip, *, start: int = 0, end: int = 0) -> Clip:
    return Clip(clip.samples[start : clip.frames - end], clip.rate_hz) if start or end else clip
