"""The episode as text, timed: WebVTT and SRT captions, the podcast namespace's JSON, a page of HTML.

Sentences are timed exactly, since the timeline knows them. What is shown is the text as it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from audioguide.plan import Plan
from audioguide.timeline import Timeline
from audioguide.transcript.captions import srt, vtt
from audioguide.transcript.documents import page, segments
from audioguide.transcript.model import Transcript, transcript_of

MEDIA_TYPES = {
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
    ".transcript.json": "application/json",
    ".html": "text/html",
}
"""The suffix of every transcript, and what it is."""


def _encoded(form: Callable[[Transcript], str]) -> Callable[[Transcript], bytes]:
    return lambda transcript: form(transcript).encode()


_FORMS: Final[dict[str, Callable[[Transcript], bytes]]] = {
    ".vtt": _encoded(vtt),
    ".srt": _encoded(srt),
    ".transcript.json": segments,
    ".html": _encoded(page),
}


def transcript_files(plan: Plan, timeline: Timeline, suffixes: Collection[str]) -> dict[str, bytes]:
    """These transcripts of an episode, by the suffix that its name gets after the episode's id."""
    transcript = transcript_of(plan, timeline)
    return {suffix: _FORMS[suffix](transcript) for suffix in suffixes}


__all__ = ["MEDIA_TYPES", "transcript_files"]
