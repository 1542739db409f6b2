"""`feed check`: a feed folder or a live feed, held to PSP-1, the podcast namespace and Apple's rules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from stat import S_IMODE, S_ISDIR
from urllib.parse import unquote, urljoin

from audioguide.errors import FeedError, ImportFailed
from audioguide.importers.fetch import Allows, fetch, probe
from audioguide.publish.check_feed import channel_findings, item_findings
from audioguide.publish.check_files import NotThere, Served, Source, file_findings
from audioguide.publish.feed import FEED_FILE, NAMESPACES, parsed
from audioguide.publish.model import Finding
from audioguide.publish.serve import media_type
from audioguide.publish.state import STATE_FILE, State, load_state
from audioguide.sound_files import format_of

_AGAIN = "publish it again"
_HOSTS_OWN = frozenset({".well-known", ".nojekyll", ".htaccess", ".git", ".gitignore", ".gitattributes"})
"""Dotfiles that hosts ask for: all others are strays, or secrets that would be copied along."""
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755


def check_folder(folder: Path, *, now: datetime) -> list[Finding]:
    """Everything that is wrong with a feed folder. Raises FeedError for a folder that holds no feed."""
    try:
        data = (folder / FEED_FILE).read_bytes()
    except OSError as error:
        raise FeedError(
            "holds no feed.xml that can be read", where=str(folder), hint="name a published folder"
        ) from error
    state = load_state(folder)
    source = _Folder(folder, state.show.base_url if state and state.show else None)
    feed_url = state.show.feed_url if state and state.show else None
    return [*_feed_findings(data, source, feed_url, now), *_folder_findings(folder, state)]


def check_url(url: str, *, allows: Allows, now: datetime) -> list[Finding]:
    """Everything that is wrong with a live feed. Raises ImportFailed where it cannot be fetched."""
    fetched = fetch(url, allows=allows)
    return _feed_findings(fetched.data, _Web(fetched.url, allows), fetched.url, now)


@dataclass(frozen=True, slots=True)
class _Folder:
    """The files of a feed on disk."""

    folder: Path
    base_url: str | None

    def read(self, url: str) -> bytes:
        try:
            return self._path(url).read_bytes()
        except OSError as error:
            raise NotThere(error.strerror or "cannot be read") from error

    def look_up(self, url: str) -> Served:
        path = self._path(url)
        try:
            with path.open("rb") as file:
                kind = format_of(file)
            return Served(path.stat().st_size, media_type(path.name), is_sound=kind is not None)
        except OSError as error:
            raise NotThere(error.strerror or "cannot be read") from error

    def _path(self, url: str) -> Path:
        base = self.base_url or url.rpartition("/")[0] + "/"
        name = unquote(url.removeprefix(base))
        path = (self.folder / name).resolve()
        if not url.startswith(base) or not path.is_relative_to(self.folder.resolve()):
            raise NotThere("lies outside the folder")
        return path


@dataclass(frozen=True, slots=True)
class _Web:
    """The files of a live feed."""

    feed_url: str
    allows: Allows

    def read(self, url: str) -> bytes:
        try:
            return fetch(urljoin(self.feed_url, url), allows=self.allows).data
        except ImportFailed as error:
            raise NotThere(error.message) from error

    def look_up(self, url: str) -> Served:
        try:
            seen = probe(urljoin(self.feed_url, url), allows=self.allows)
        except ImportFailed as error:
            raise NotThere(error.message) from error
        return Served(seen.bytes, seen.media_type, has_ranges=seen.has_ranges)


def _feed_findings(data: bytes, source: Source, feed_url: str | None, now: datetime) -> list[Finding]:
    form = list(_form_findings(data))
    try:
        root = parsed(data)
    except FeedError as error:
        return [*form, Finding(error.where or FEED_FILE, error.message, _AGAIN)]
    channel = root.find("channel")
    if root.tag != "rss" or channel is None:
        hint = "name the address of the feed itself"
        return [*form, Finding(FEED_FILE, "is no RSS feed: it has no rss with a channel", hint)]
    for element in root.iter():
        form += [
            Finding(FEED_FILE, f'the namespace of "{prefix}" is {uri}', f"it is {NAMESPACES[prefix]}, letter by letter")
            for prefix, uri in element.nsmap.items()
            if prefix in NAMESPACES and uri != NAMESPACES[prefix]
        ]
    said = [*channel_findings(channel, feed_url), *item_findings(channel, now=now)]
    return list(dict.fromkeys([*form, *said, *file_findings(channel, source)]))


def _form_findings(data: bytes) -> Iterator[Finding]:
    if re.search(rb"<!DOCTYPE", data[:2000], re.IGNORECASE):
        yield Finding(FEED_FILE, "has a DOCTYPE", "leave it out: directories refuse it")
    declared = re.match(rb"""\s*<\?xml[^>]*encoding=["']([^"']+)""", data.removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() != b"utf-8":
        name = declared[1].decode("ascii", "replace")
        yield Finding(FEED_FILE, f"is written in {name}", "write it in UTF-8")


def _folder_findings(folder: Path, state: State | None) -> Iterator[Finding]:
    """What is wrong with the folder itself: its state, its files' contents and permissions, what should not be there."""
    if state is None:
        yield Finding(STATE_FILE, "is missing: guids and dates would not be kept", "fetch it back from your host")
    else:
        yield from _state_findings(folder, state)
    paths = sorted(folder.iterdir())
    for path in (folder, *(path for path in paths if not path.name.startswith("."))):
        mode = path.stat().st_mode
        meant = _FOLDER_MODE if S_ISDIR(mode) else _FILE_MODE
        if S_IMODE(mode) & meant != meant:
            name = path.name if path != folder else str(folder)
            yield Finding(
                name, f"has the permissions {S_IMODE(mode):04o}: a web server answers 403", f"chmod {meant:o} it"
            )
    for path in paths:
        if path.name.startswith(".") and path.name not in _HOSTS_OWN:
            yield Finding(
                path.name, "is a hidden file that would be copied to the host", "remove it; a publish does so too"
            )


def _state_findings(folder: Path, state: State) -> Iterator[Finding]:
    for name, digest in state.files.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield Finding(name, f"cannot be read: {error.strerror}", "publish the script that it belongs to again")
            continue
        if found != digest:
            yield Finding(name, "is not as it was published", _AGAIN)
