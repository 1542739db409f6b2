"""One cue + its clips -> PCM, a whole number of quanta long, with the place of every utterance in it.

A part is a cue and the pause after it. Each part is rounded by itself, by its pause and never into the speech, so that an
edit moves later parts but changes none of them. Every spoken part begins with the same 30 ms before its speech
and ends with 60 ms after it, which count as pause: so a part needs to know nothing of its neighbours.

Where the pause is too short for that, the seam is close. Its place is rounded in the same way, and what then sounds on
after it, the part's overhang, is laid over the beginning of the next part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from audioguide.audio import Clip, Samples, frames_of, from_s16, padded, silence, stitch, to_s16
from audioguide.trim import AFTER_MS, BEFORE_MS, Trimmed

MIX_VERSION = 6
"""Changes when the same clips would give other samples: part of every part's key."""
SILENT_END_MS = 50
"""How a part ends unless its seam is close: codecs' packets overlap, and what sounds later is carried by the next part's first."""
FADE_MS = 5
"""How sound is let go where it is cut, and the least room before speech: enough to fade in."""


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
    room_ms: int = BEFORE_MS
    """What the part itself begins with before its speech: less where it follows a close seam at once."""
    close: bool = False
    """Whether the next part follows so soon that this one cannot end in silence."""

    @property
    def next_room_ms(self) -> int:
        """What the next part begins with before its speech."""
        if not self.next_is_speech:
            return 0
        return min(BEFORE_MS, max(FADE_MS, self.after_ms)) if self.close else BEFORE_MS


@dataclass(frozen=True, slots=True)
class MixedPart:
    """What is encoded: `pcm` (s16le, interleaved), its length in frames, and where each clip's speech lies in it.

    At a close seam `pcm` goes on for the overhang, a quantum, and the last speech may reach into it.
    """

    pcm: bytes
    frames: int
    spans: tuple[tuple[int, int], ...]


def is_close(pause_ms: int, *, next_is_speech: bool, quantum_ms: float) -> bool:
    """Whether a part with that pause after it could end in less than the silence that it needs, once it is rounded."""
    return pause_ms - (BEFORE_MS if next_is_speech else 0) < SILENT_END_MS + quantum_ms / 2


def with_room(trimmed: Trimmed) -> Clip:
    """The clip with exactly 30 ms before its speech and 60 ms after it."""
    clip = trimmed.clip
    before = frames_of(BEFORE_MS, clip.rate_hz) - trimmed.onset_frames
    after = frames_of(AFTER_MS, clip.rate_hz) - trimmed.offset_frames
    samples = clip.samples[max(0, -before) : clip.frames - max(0, -after)]
    return Clip(padded(samples, max(0, before), max(0, after)), clip.rate_hz)


def mix_speech(clips: Sequence[Clip], spacing: Spacing, *, quantum: int) -> MixedPart:
    """The part of a spoken segment; `clips` have their room (`with_room`), one rate and one number of channels."""
    rate_hz, channels = clips[0].rate_hz, clips[0].channels
    before, after = frames_of(BEFORE_MS, rate_hz), frames_of(AFTER_MS, rate_hz)
    cut = before - frames_of(spacing.room_ms, rate_hz)
    gaps = [frames_of(ms, rate_hz) - after - before for ms in spacing.between_ms]
    pieces = [silence(frames_of(spacing.lead_ms, rate_hz), rate_hz, channels)]
    spans = []
    at = pieces[0].frames
    for clip, gap_before, gap in zip(clips, [-after - cut, *gaps], [*gaps, 0], strict=True):
        # A pause shorter than the room around speech takes from the room: first after, then before.
        start = min(before, max(0, -gap_before - after))
        end = min(after, max(0, -gap))
        pieces += [_without(clip, start=start, end=end), silence(max(0, gap), rate_hz, channels)]
        spans.append((at + before - start, at + clip.frames - start - after))
        at += pieces[-2].frames + pieces[-1].frames
    gap = frames_of(spacing.after_ms, rate_hz) - after - frames_of(spacing.next_room_ms, rate_hz)
    if cut:
        pieces[1] = _faded_in(pieces[1])
    if spacing.close:
        return _hanging_over(pieces, spans, gap + after, quantum=quantum)
    return _rounded(pieces, spans, gap, quantum=quantum, spare=after - frames_of(SILENT_END_MS, rate_hz))


def mix_playback(clip: Clip, spacing: Spacing, *, quantum: int) -> MixedPart:
    """The part of a sound that is played by itself."""
    lead = silence(frames_of(spacing.lead_ms, clip.rate_hz), clip.rate_hz, clip.channels)
    gap = frames_of(spacing.after_ms, clip.rate_hz) - frames_of(spacing.next_room_ms, clip.rate_hz)
    span = (lead.frames, lead.frames + clip.frames)
    if spacing.close:
        return _hanging_over([lead, clip], [span], gap, quantum=quantum)
    return _rounded([lead, clip], [span], gap, quantum=quantum, spare=-frames_of(SILENT_END_MS, clip.rate_hz))


def _rounded(pieces: list[Clip], spans: list[tuple[int, int]], gap: int, *, quantum: int, spare: int) -> MixedPart:
    """The stitched part: `gap` frames of silence at its end, give or take half a quantum.

    A gap below zero takes from the `spare` frames of room after the last speech; where `spare` is below zero, so much
    silence is needed at least.
    """
    sounding = sum(piece.frames for piece in pieces)
    shortest = -(-(sounding - spare) // quantum)
    frames = max(shortest, round((sounding + gap) / quantum), 1) * quantum
    return MixedPart(_stitched(pieces, frames), frames, tuple(spans))


def _hanging_over(pieces: list[Clip], spans: list[tuple[int, int]], gap: int, *, quantum: int) -> MixedPart:
    """The stitched part, whose seam lies `gap` frames after the last sound, give or take half a quantum; and its overhang.

    A quantum holds whatever sounds on: half of one, the room that the next speech may take, and a fade.
    """
    frames = max(1, round((spans[-1][1] + gap) / quantum)) * quantum
    whole = from_s16(_stitched(pieces, frames + quantum), pieces[0].rate_hz, pieces[0].channels)
    fade = _rise(whole.rate_hz)[::-1]
    whole.samples[-len(fade) :] *= fade
    return MixedPart(to_s16(whole), frames, tuple(spans))


def _stitched(pieces: list[Clip], frames: int) -> bytes:
    """The pieces as 16-bit samples, cut off or filled up with silence to so many frames."""
    rest = frames - sum(piece.frames for piece in pieces)
    if rest < 0:
        return stitch(pieces)[: rest * pieces[0].channels * 2]
    return stitch([*pieces, silence(rest, pieces[0].rate_hz, pieces[0].channels)])


def _faded_in(clip: Clip) -> Clip:
    rise = _rise(clip.rate_hz)
    return Clip(np.concatenate([clip.samples[: len(rise)] * rise, clip.samples[len(rise) :]]), clip.rate_hz)


def _rise(rate_hz: int) -> Samples:
    """Half a raised cosine."""
    frames = frames_of(FADE_MS, rate_hz)
    rise: Samples = (0.5 - 0.5 * np.cos(np.pi * (np.arange(frames) + 0.5) / frames)).astype(np.float32)[:, None]
    return rise


def _without(clip: Clip, *, start: int = 0, end: int = 0) -> Clip:
    return Clip(clip.samples[start : clip.frames - end], clip.rate_hz) if start or end else clip
