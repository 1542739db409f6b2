"""A local server for a feed folder, as a real host would serve it: ranges, validators, types.

Python's own handler answers no `Range`, so no player could seek. It serves loopback alone, and only what lies in its folder.
"""

from __future__ import annotations

import mimetypes
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime
from functools import partial
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from stat import S_ISREG
from typing import IO
from urllib.parse import quote, unquote_to_bytes, urlsplit

from audioguide.errors import FeedError
from audioguide.publish.ranges import asked_range

HOST = "127.0.0.1"
_CHUNK_BYTES = 1 << 18
_IDLE_S = 30.0
_HOSTS = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
"""Names under which a page may ask: any other is a page of somebody else's that was given this address."""
TYPES = {
    ".xml": "application/xml; charset=utf-8",
    ".chapters.json": "application/json+chapters",
    ".json": "application/json",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "application/x-subrip; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".opus": "audio/ogg",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
_FEED_NAME, _FEED_TYPE = "feed.xml", "application/rss+xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Part:
    """The bytes that are answered, out of how many."""

    start: int
    end: int
    """One past the last."""
    size: int
    status: HTTPStatus


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    """A player that holds its connection open does not hold up the end."""

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in the middle of an answer is nobody's fault."""


@contextmanager
def open_server(folder: Path, port: int) -> Iterator[ThreadingHTTPServer]:
    """A server of the folder on loopback; `port` 0: any that is free. Raises FeedError."""
    root = folder.resolve()
    if not root.is_dir():
        raise FeedError("is no folder", where=str(folder), hint="name the folder that was published to")
    try:
        server = _Server((HOST, port), partial(_Handler, root=root))
    except OSError as error:
        hint = "choose another with --port, or 0 for any that is free"
        raise FeedError(f"port {port} cannot be used: {error.strerror}", where="--port", hint=hint) from error
    with server:
        yield server


def media_type(name: str) -> str:
    """The media type of a file, by the end of its name."""
    if name == _FEED_NAME:
        return _FEED_TYPE
    known = next((kind for suffix, kind in TYPES.items() if name.lower().endswith(suffix)), None)
    return known or mimetypes.guess_type(name)[0] or "application/octet-stream"


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S

    def __init__(self, request: socket.socket, address: tuple[str, int], server: _Server, *, root: Path) -> None:
        self.root = root
        super().__init__(request, address, server)

    def do_GET(self) -> None:
        """The file."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """What GET would say, without the file."""
        self._answer(with_body=False)

    def do_OPTIONS(self) -> None:
        """What a page of another origin may ask for."""
        self.send_response(HTTPStatus.NO_CONTENT)
        self.send_header("Allow", "GET, HEAD, OPTIONS")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Allow-Methods", "GET, HEAD")
        self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def version_string(self) -> str:
        """The server's name, and nothing of the machine."""
        return "audioguide"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Requests are not told."""

    def _answer(self, *, with_body: bool) -> None:
        if not _HOSTS.fullmatch(self.headers.get("Host", HOST)):
            self._refuse(HTTPStatus.FORBIDDEN, with_body=with_body)
            return
        try:
            path = self._path()
            if path is not None and path.is_dir() and not urlsplit(self.path).path.endswith("/"):
                self._redirect(path)
                return
            if path is not None and path.is_dir():
                path = path / "index.html"
            file = _opened(path) if path else None
        except (OSError, ValueError):
            path = file = None
        if path is None or file is None:
            self._refuse(HTTPStatus.NOT_FOUND, with_body=with_body)
            return
        with file:
            self._send(path, file, with_body=with_body)

    def _path(self) -> Path | None:
        """The file that is asked for; None for what is not in the folder, links out of it included. Raises OSError."""
        name = os.fsdecode(unquote_to_bytes(urlsplit(self.path).path))
        parts = [part for part in name.split("/") if part]
        if "\0" in name or any(part.startswith(".") or "\\" in part for part in parts):
            return None
        path = self.root.joinpath(*parts).resolve()
        return path if path.is_relative_to(self.root) else None

    def _send(self, path: Path, file: IO[bytes], *, with_body: bool) -> None:
        status = os.fstat(file.fileno())
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        validators = {"ETag": tag, "Last-Modified": formatdate(status.st_mtime, usegmt=True)}
        if self._is_known(tag, status.st_mtime):
            self._head(HTTPStatus.NOT_MODIFIED, validators)
            return
        part = self._part(status.st_size, tag, validators["Last-Modified"])
        headers = {**validators, "Content-Type": media_type(path.name), "Accept-Ranges": "bytes"}
        if part.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self._head(part.status, {"Content-Range": f"bytes */{part.size}", "Content-Length": "0"})
            return
        if part.status == HTTPStatus.PARTIAL_CONTENT:
            headers["Content-Range"] = f"bytes {part.start}-{part.end - 1}/{part.size}"
        self._head(part.status, {**headers, "Content-Length": str(part.end - part.start)})
        if with_body:
            self._copy(file, part)

    def _head(self, status: HTTPStatus, headers: dict[str, str]) -> None:
        """A status with its headers; players and pages of other origins may read what is public anyway."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", "Content-Length, Content-Range, ETag, Accept-Ranges")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()

    def _is_known(self, tag: str, mtime: float) -> bool:
        """Whether the client has the file as it is."""
        if (known := self.headers.get("If-None-Match")) is not None:
            return known.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in known.split(",")}
        try:
            since = parsedate_to_datetime(self.headers.get("If-Modified-Since", ""))
            return int(mtime) <= since.timestamp()
        except (ValueError, TypeError, OverflowError):
            return False

    def _part(self, size: int, tag: str, modified: str) -> _Part:
        """What a `Range` asks for; the whole file where there is none, several, or one for another version."""
        whole = _Part(0, size, size, HTTPStatus.OK)
        asked = None if self.command == "HEAD" else asked_range(self.headers.get("Range", ""), size)
        if asked is None or self.headers.get("If-Range", tag) not in {tag, modified}:
            return whole
        start, end = asked
        if start >= end:
            return _Part(0, 0, size, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        return _Part(start, end, size, HTTPStatus.PARTIAL_CONTENT)

    def _copy(self, file: IO[bytes], part: _Part) -> None:
        file.seek(part.start)
        left = part.end - part.start
        while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
            self.wfile.write(chunk)
            left -= len(chunk)
        if left:
            self.close_connection = True  # the file became shorter: the client must not wait for the rest

    def _redirect(self, path: Path) -> None:
        target = f"/{quote(path.relative_to(self.root).as_posix())}/"
        self._head(HTTPStatus.MOVED_PERMANENTLY, {"Location": target, "Content-Length": "0"})

    def _refuse(self, status: HTTPStatus, *, with_body: bool) -> None:
        body = f"<!DOCTYPE html><title>{status}</title><p>{escape(status.phrase)}\n".encode()
        self._head(status, {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))})
        if with_body:
            self.wfile.write(body)


def _opened(path: Path) -> IO[bytes] | None:
    """The file, open; None for anything but a regular one, which an open could wait for."""
    if not S_ISREG(path.stat().st_mode):
        return None
    return path.open("rb")
