"""The pages of a show: one to land on, one per episode, and the map of them for search engines.

Nothing on a page comes from another host, and everything on it works without scripts. Links inside the folder are
relative, so that a copy of it works anywhere; what others read (feeds, previews, QR codes) is absolute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow, Line

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_STATIC = ("icon.svg", "player.js", "style.css")
_RIGHT_TO_LEFT = frozenset(
    {"ar", "arc", "azb", "ckb", "dv", "fa", "he", "ks", "nqo", "pnb", "ps", "sd", "ug", "ur", "yi"}
)
_PARAGRAPH_PAUSE_S = 0.4
"""A silence between two lines that parts paragraphs."""
_SAME_MOMENT_S = 0.05
"""Times closer than this are one: chapters and lines are rounded on their own."""
_SUMMARY_CHARACTERS = 200
_AS_THEY_ARE: Mapping[str, str] = {}
_APPS = (
    ("Apple Podcasts", "podcast://{bare}"),
    ("Pocket Casts", "pktc://subscribe/{bare}"),
    ("Overcast", "overcast://x-callback-url/add?url={quoted}"),
    ("AntennaPod", "https://antennapod.org/deeplink/subscribe?url={quoted}"),
    ("Castro", "castro://subscribe/{bare}"),
    ("gPodder", "gpodder://{bare}"),
)
"""Apps and the address that opens each on a feed: `bare` is the feed's URL without its scheme."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that are read together; the speaker is named where it changes."""

    speaker: str | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TranscriptPart:
    """The lines of one chapter under its title."""

    title: str | None
    paragraphs: tuple[Paragraph, ...]


def index_page(show: FeedShow, episodes: Sequence[FeedEpisode], *, small: Mapping[str, str] = _AS_THEY_ARE) -> bytes:
    """The landing page: the show, its episodes in the order given, and how to subscribe.

    `small`: the name of a picture -> that of the one to show.
    """
    return _page(
        "index.html",
        show,
        name="index.html",
        language=show.language,
        heading=show.title,
        summary=_summary(show.description),
        cover=show.image,
        paragraphs=_paragraphs(show.description),
        data=embedded(_series_data(show)),
        address=show.base_url,
        small=lambda name: small.get(name, name),
        robots="",
        episodes=episodes,
    )


def episode_page(
    show: FeedShow, episode: FeedEpisode, *, small: Mapping[str, str] = _AS_THEY_ARE, robots: str = ""
) -> bytes:
    """An episode's page: player, chapters, transcript, files, and how to subscribe.

    `robots`: what search engines are told, such as `noindex`.
    """
    return _page(
        "episode.html",
        show,
        name=episode.page,
        language=episode.language,
        heading=episode.title,
        summary=_summary(episode.subtitle or episode.description or episode.title),
        cover=episode.image or show.image,
        paragraphs=_paragraphs(episode.description),
        data=embedded(_episode_data(show, episode)),
        address=show.url(episode.page),
        small=lambda name: small.get(name, name),
        robots=robots,
        episode=episode,
        transcript=_transcript(episode),
    )


def static_files() -> dict[str, bytes]:
    """The files that every page uses, by their names in the folder."""
    folder = files("audioguide.publish").joinpath("templates")
    return {name: folder.joinpath(name).read_bytes() for name in _STATIC}


def sitemap(show: FeedShow, episodes: Sequence[FeedEpisode]) -> bytes:
    """`sitemap.xml`: the landing page and each episode's, with the day of the last change."""
    days = [episode.published.date() for episode in episodes]
    entries = [(show.base_url, max(days, default=None))]
    entries += [(show.url(episode.page), day) for episode, day in zip(episodes, days, strict=True)]
    return _environment().get_template("sitemap.xml").render(entries=entries).encode()


def _page(template: str, show: FeedShow, *, name: str, language: str, address: str, **values: Any) -> bytes:
    from markupsafe import Markup

    labels, foreign = _labels(language)
    up = "../" * name.count("/")
    text = (
        _environment()
        .get_template(template)
        .render(
            show=show,
            language=language,
            direction=direction_of(language),
            address=address,
            t=labels,
            foreign=foreign,
            own=Markup(' lang="en" dir="ltr"') if foreign else "",
            here=lambda file: up + quote(file),
            about=lambda episode: _about(episode, labels),
            apps=_apps(show.feed_url),
            qr=_qr(address),
            **values,
        )
    )
    return text.encode("utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = environment_of("audioguide.publish")
    environment.globals.update(clock=_clock, seconds=_seconds, web=_is_web, map=map_address)
    return environment


def environment_of(package: str) -> Environment:
    """What renders a package's templates: text stays text, and a name that nobody gave is a mistake."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


# Words of the page itself


@lru_cache(maxsize=1)
def _all_labels() -> dict[str, dict[str, Any]]:
    text = files("audioguide.publish").joinpath("templates/labels.json").read_text(encoding="utf-8")
    labels: dict[str, dict[str, Any]] = json.loads(text)
    return labels


def _labels(language: str) -> tuple[dict[str, Any], bool]:
    """The page's own words in a language; English where there are none, and whether that is so."""
    labels = _all_labels().get(_primary(language))
    return (labels, False) if labels else (_all_labels()["en"], True)


def direction_of(language: str) -> Literal["ltr", "rtl"]:
    """Which way a language is written."""
    return "rtl" if _primary(language) in _RIGHT_TO_LEFT else "ltr"


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _about(episode: FeedEpisode, labels: dict[str, Any]) -> str:
    """`Season 1 · Episode 3 · 22 November 2026 · 12 min`, as far as it is known."""
    parts = [labels[episode.type]] if episode.type != "full" else []
    if episode.season is not None:
        parts.append(f"{labels['season']} {episode.season}")
    if episode.number is not None:
        parts.append(f"{labels['episode']} {episode.number}")
    day = episode.published
    parts.append(labels["date"].format(day=day.day, month=labels["months"][day.month - 1], year=day.year))
    parts.append(f"{max(1, round(episode.duration_s / 60))}\N{NO-BREAK SPACE}{labels['minutes']}")
    if episode.explicit:
        parts.append(labels["explicit"])
    return " · ".join(parts)


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]


def _summary(text: str) -> str:
    """One line, cut between words, for previews and search results."""
    line = " ".join(text.split())
    if len(line) <= _SUMMARY_CHARACTERS:
        return line
    cut = line[:_SUMMARY_CHARACTERS]
    return (cut.rpartition(" ")[0] or cut) + "…"


# Transcript


def _transcript(episode: FeedEpisode) -> list[TranscriptPart]:
    """The lines under the chapters in which they start."""
    chapters = episode.chapters or (FeedChapter(0, episode.duration_s, ""),)
    ends = [chapter.end_s - _SAME_MOMENT_S for chapter in chapters[:-1]]
    parts: list[list[Line]] = [[] for _ in chapters]
    for line in episode.lines:
        parts[sum(end <= line.start_s for end in ends)].append(line)
    return [
        TranscriptPart(chapter.title or None, read_together(lines))
        for chapter, lines in zip(chapters, parts, strict=True)
        if lines
    ]


def read_together(lines: Sequence[Line]) -> tuple[Paragraph, ...]:
    """Lines, of which there is one at least, as paragraphs: a new one where somebody else speaks, and after a pause."""
    groups = [[lines[0]]]
    for before, line in pairwise(lines):
        if line.speaker != before.speaker or line.start_s - before.end_s >= _PARAGRAPH_PAUSE_S:
            groups.append([])
        groups[-1].append(line)
    speakers = [None, *(group[0].speaker for group in groups)]
    return tuple(
        Paragraph(group[0].speaker if group[0].speaker != before else None, tuple(group))
        for before, group in zip(speakers, groups, strict=False)
    )


# Values


def _clock(seconds: float) -> str:
    """`1:15` or `1:01:15`, as players show it."""
    minutes, second = divmod(int(seconds + _SAME_MOMENT_S), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def _seconds(value: float) -> str:
    """A number of seconds as a media fragment has it: `75` or `75.25`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _is_web(link: str | None) -> bool:
    """Whether a link leads to the web, and nowhere else: not to a script, not to a file."""
    return link is not None and re.match(r"https?://", link, re.IGNORECASE) is not None


def map_address(location: tuple[str, str]) -> str:
    """Where a place, given as its name and `47.37,8.54`, is shown on the web."""
    latitude, _, longitude = location[1].partition(",")
    at = f"{quote(latitude.strip())}/{quote(longitude.strip())}"
    query = f"mlat={quote(latitude.strip())}&mlon={quote(longitude.strip())}"
    return f"https://www.openstreetmap.org/?{query}#map=18/{at}"


def _apps(feed_url: str) -> list[tuple[str, str]]:
    bare = feed_url.partition("://")[2]
    return [(name, link.format(bare=bare, quoted=quote(feed_url, safe=""))) for name, link in _APPS]


def _qr(address: str) -> Markup:
    """The address as an SVG to stand in the page; dark on light in dark mode too, or scanners fail."""
    import segno
    from markupsafe import Markup

    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=3, dark="#111", light="#fff", omitsize=True))  # noqa: S704 - segno's own drawing


# Data for search engines


def _series_data(show: FeedShow) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "PodcastSeries",
        "@id": show.base_url,
        "name": show.title,
        "description": show.description,
        "url": show.base_url,
        "webFeed": show.feed_url,
        "image": show.url(show.image),
        "inLanguage": show.language,
        "author": {"@type": "Organization", "name": show.author},
    }


def _episode_data(show: FeedShow, episode: FeedEpisode) -> dict[str, Any]:
    address = show.url(episode.page)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "PodcastEpisode",
        "@id": address,
        "url": address,
        "name": episode.title,
        "description": episode.description,
        "datePublished": episode.published.isoformat(),
        "duration": _iso_duration(episode.duration_s),
        "inLanguage": episode.language,
        "image": show.url(episode.image or show.image),
        "associatedMedia": [
            {
                "@type": "AudioObject",
                "contentUrl": show.url(file.name),
                "encodingFormat": file.type,
                "contentSize": str(file.bytes),
                "duration": _iso_duration(episode.duration_s),
            }
            for file in episode.media
        ],
        "partOfSeries": {
            "@type": "PodcastSeries",
            "@id": show.base_url,
            "name": show.title,
            "url": show.base_url,
            "webFeed": show.feed_url,
        },
        "hasPart": [
            {
                "@type": "Clip",
                "name": chapter.title,
                "startOffset": round(chapter.start_s, 3),
                "endOffset": round(chapter.end_s, 3),
                "url": f"{address}#t={_seconds(chapter.start_s)}",
            }
            for chapter in episode.chapters
        ],
    }
    optional = {
        "episodeNumber": episode.number,
        "keywords": ", ".join(episode.tags),
        "license": episode.license,
        "isBasedOn": episode.link,
    }
    return data | {key: value for key, value in optional.items() if value}


def _iso_duration(seconds: float) -> str:
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"PT{hour}H{minute}M{second}S"


def embedded(data: dict[str, Any]) -> Markup:
    """JSON that stands inside a `script` element: no `<`, so that nothing in it can end the element."""
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
