"""Captions: WebVTT, which browsers show and Apple reads, and SRT, which everything else does."""

from __future__ import annotations

from audioguide.transcript.cues import Shape, cues_of
from audioguide.transcript.model import Transcript

_VTT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _vtt_text(text: str) -> str:
    return text.translate(_VTT_ESCAPES)


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
            rows = "\n".join(map(_vtt_text, cue.rows))
            blocks.append(f"{_clock(cue.start_ms, '.')} --> {_clock(cue.end_ms, '.')}\n{tag}{rows}")
    return "\n\n".join(blocks) + "\n"


def srt(transcript: Transcript) -> str:
    """SRT: rows of at most 32 characters, at most two a cue, the speaker's name wherever the speaker changes."""
    blocks: list[str] = []
    speaker = ""
    for sentence in transcript.sentences:
        name = f"{_label(sentence.speaker)}: " if sentence.speaker != speaker else ""
        speaker = sentence.speaker
        for cue in cues_of(sentence, SRT, name=name):
            rows = "\n".join(map(_srt_text, cue.rows))
            times = f"{_clock(cue.start_ms, ',')} --> {_clock(cue.end_ms, ',')}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{rows}\n")
    return "\n".join(blocks)


def _label(speaker: str) -> str:
    return speaker if len(speaker) <= LABEL_CHARS else f"{speaker[: LABEL_CHARS - 1].rstrip()}…"


def _clock(time_ms: int, point: str) -> str:
    """HH:MM:SS and milliseconds after `point`."""
    seconds, ms = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{point}{ms:03}"
