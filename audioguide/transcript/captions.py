"""Captions: WebVTT, which browsers show and Apple reads, and SRT, which everything else does."""

from __future__ import annotations

from audioguide.transcript.cues import Shape, cues_of
from audioguide.transcript.model import Transcript
from audioguide.transcript.times import clock


def _vtt_text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _srt_text(text: str) -> str:
    """SRT has no escapes: the arrow that would be read as a time line becomes one sign."""
    return text.replace("-->", "→")


VTT = Shape(width=65, escape=_vtt_text)
SRT = Shape(width=32, escape=_srt_text)
LABEL_CHARS = 20
"""Longer names of speakers are cut: they share a row with what is said."""


def vtt(transcript: Transcript) -> str:
    """WebVTT: rows of at most 65 characters, at most two a cue, the speaker of each cue in a voice span."""
    blocks = ["WEBVTT"]
    for sentence in transcript.sentences:
        tag = f"<v {_vtt_text(_label(sentence.speaker))}>" if sentence.speaker else ""
        for cue in cues_of(sentence, VTT, lead=min(len(tag), VTT.width // 2)):
            rows = _vtt_text("\n".join(cue.rows))
            blocks.append(f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n{tag}{rows}")
    return "\n\n".join(blocks) + "\n"


def srt(transcript: Transcript) -> str:
    """SRT: rows of at most 32 characters, at most two a cue, the speaker's name wherever the speaker changes."""
    blocks: list[str] = []
    speaker = ""
    for sentence in transcript.sentences:
        name = f"{_label(sentence.speaker)}: " if sentence.speaker != speaker else ""
        speaker = sentence.speaker
        for cue in cues_of(sentence, SRT, name=name):
            rows = _srt_text("\n".join(cue.rows))
            times = f"{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{rows}\n")
    return "\n".join(blocks)


def _label(speaker: str) -> str:
    return speaker if len(speaker) <= LABEL_CHARS else f"{speaker[: LABEL_CHARS - 1].rstrip()}…"
