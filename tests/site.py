"""A show and an episode to make pages of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from audioguide.publish.model import (
    FeedChapter,
    FeedEpisode,
    FeedShow,
    Line,
    MediaFile,
    Person,
    TranscriptFile,
)

_SHOW = FeedShow(
    id="desk",
    title="The Running Desk",
    author="Mara Okoye",
    owner_name="Mara Okoye",
    owner_email="mara@example.org",
    description="Short answers to the questions that runners ask.\n\nNew every Sunday.",
    language="en",
    category=("Health & Fitness", "Fitness"),
    explicit=False,
    image="cover.png",
    link="https://example.org/desk/",
    type="episodic",
    guid="917393e3-1b1e-5cef-ace4-edaa54e1f810",
    base_url="https://example.org/desk/",
)
_EPISODE = FeedEpisode(
    id="legs",
    guid="7b133b0f-a052-5aff-bbad-2237e2f25117",
    title="Will jogging bulk up your legs?",
    subtitle="What running does to muscle, and what it does not",
    description="Many people who take up jogging wonder what it will do to their legs.\n\nThe short answer, and the reasons.",
    published=datetime(2026, 11, 22, 8, tzinfo=UTC),
    duration_s=110.707,
    media=(MediaFile("legs-d65d8ecc.mp3", "audio/mpeg", 1_330_553, "d65d8ecc" * 8),),
    chapters=(
        FeedChapter(0, 16.383, "Introduction"),
        FeedChapter(16.383, 80.5, "How a muscle grows", link="https://example.org/muscle"),
        FeedChapter(80.5, 110.707, "Conclusion", location=("Stadium", "47.3828, 8.5031")),
    ),
    chapters_file="legs.chapters.json",
    transcripts=(TranscriptFile("legs.vtt", "text/vtt", is_timed=True, language="en"),),
    image=None,
    season=1,
    number=4,
    type="full",
    explicit=False,
    people=(Person("Mara Okoye", "host", "https://example.org/mara"), Person("Jon")),
    tags=("running", "muscle"),
    link="https://example.org/articles/legs",
    license="CC BY 4.0",
    lines=(
        Line(0.23, 3.87, None, "Ask ten new runners what worries them."),
        Line(4.1, 7.5, None, "Will all this jogging make my legs bigger?"),
        Line(16.9, 21.0, None, "A muscle grows when it is asked for more."),
        Line(22.4, 25.0, None, "In the days that follow, the body repairs it."),
        Line(81.0, 84.0, None, "So, will jogging bulk up your legs?"),
    ),
    language="en",
    page="legs.html",
)


def a_show(**changes: Any) -> FeedShow:
    """A show, with some of its facts changed."""
    return replace(_SHOW, **changes)


def an_episode(**changes: Any) -> FeedEpisode:
    """An episode of it, with some of its facts changed."""
    return replace(_EPISODE, **changes)
