"""Texts and addresses made fit for feeds: no character that XML refuses, no stray blank, no link that a page must not have."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from html import escape
from urllib.parse import quote, urlsplit

from audioguide.publish.model import FeedChapter, FeedEpisode, FeedShow
from audioguide.text import slug
from audioguide.transcript.model import shown

MAX_DESCRIPTION_BYTES = 4000
"""What Apple takes of a description."""
_FEWEST_CHAPTERS = 3
"""Fewer times in a description are not read as chapters."""
_MAX_STEM_BYTES = 80
_RESERVED = re.compile(r"index|feed|sitemap|publish-state|con|prn|aux|nul|(com|lpt)\d", re.ASCII)
_CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses|publicdomain)/(by(?:-[a-z]{2})*|zero)/(\d\.\d)", re.ASCII
)
_SPDX = re.compile(r"cc0-\d\.\d|cc-by(-[a-z]{2})*-\d\.\d", re.ASCII)
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"


def line(text: str | None) -> str:
    """The text on one line, without what XML refuses."""
    return " ".join(shown(text or "").split())


def prose(text: str | None) -> str:
    """The text without what XML refuses; its line breaks stay, and blank lines part its paragraphs."""
    lines = (line(part) for part in re.split(r"\r\n|[\r\n\u2028\u2029]", text or ""))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def web_address(url: str | None) -> str | None:
    """The address in ASCII where it is one of the web; None for any other, such as `javascript:`."""
    try:
        parts = urlsplit(line(url))
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return None
    host = parts.netloc if parts.netloc.isascii() else _ascii_host(parts.netloc)
    return quote(parts._replace(netloc=host).geturl(), safe=_URL_SAFE) if host else None


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def license_terms(written: str) -> tuple[str, str | None]:
    """The name of a licence as feeds have it, in small letters where it is a known one, and its address where it has one."""
    address = web_address(written)
    if found := _CREATIVE_COMMONS.search(address or ""):
        kind, version = found.groups()
        return (f"cc0-{version}" if kind == "zero" else f"cc-{kind}-{version}"), address
    spdx = "-".join(written.lower().split())
    return (spdx if _SPDX.fullmatch(spdx) else written), address


def file_stem(episode_id: str) -> str:
    """How the names of an episode's files begin."""
    if _RESERVED.fullmatch(episode_id) or len(episode_id) > _MAX_STEM_BYTES or slug(episode_id) == "":
        return f"ep-{hashlib.sha256(episode_id.encode()).hexdigest()[:10]}"
    return episode_id


def clock(seconds: float) -> str:
    """A time as players read it in a description: `02:05`, from an hour on `1:02:05`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def plain_description(show: FeedShow) -> str:
    """The show's description within its limit."""
    return _shortened(show.description, MAX_DESCRIPTION_BYTES)


def notes(episode: FeedEpisode) -> str:
    """The episode's description as HTML within its limit: the text, the article's link, and its chapters by time.

    Where they do not all fit the text is shortened; a list of chapters that alone is too long is left out whole.
    """
    end = "".join(_link(episode)) + "".join(_times(episode.chapters))
    if len(end.encode()) > MAX_DESCRIPTION_BYTES // 2:
        end = "".join(_link(episode))
    text = episode.description or episode.subtitle or episode.title
    size = MAX_DESCRIPTION_BYTES
    while len((html := "".join(_paragraphs(_shortened(text, size))) + end).encode()) > MAX_DESCRIPTION_BYTES:
        size -= 100
    return html


def _shortened(text: str, size_bytes: int) -> str:
    """The text, cut after a word where it is longer than that."""
    data = text.encode()
    if len(data) <= size_bytes:
        return text
    kept = data[: size_bytes - len("…".encode())].decode(errors="ignore")
    return (kept.rpartition(" ")[0] or kept).rstrip() + "…"


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        yield f"<p>{escape(paragraph, quote=False).replace(chr(10), '<br>')}</p>"


def _link(episode: FeedEpisode) -> Iterator[str]:
    if episode.link:
        yield f'<p><a href="{escape(episode.link)}">{escape(episode.link, quote=False)}</a></p>'


def _times(chapters: tuple[FeedChapter, ...]) -> Iterator[str]:
    if len(chapters) >= _FEWEST_CHAPTERS:
        rows = (f"{clock(chapter.start_s)} {escape(chapter.title, quote=False)}" for chapter in chapters)
        yield f"<p>{'<br>'.join(rows)}</p>"
