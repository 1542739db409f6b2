"""Parts -> the media file. The file is never in memory.

A spliced one is tags and header, then each part's data, from the file before where it lies there already: unchanged
stretches are copied inside the kernel, whatever lies before them grew or shrank. A muxed one is written by its format from
the parts in the store.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audioguide.files import atomic_file
from audioguide.formats import Contents, Format, Muxed, Spliced, Tags, get_format
from audioguide.parts import PartFacts, PartJob, Workshop
from audioguide.record import Place, Record
from audioguide.store import Store

_CHUNK_BYTES = 1 << 22
_STEP_BYTES = 1 << 25
"""What is copied or looked at of a file at once: few large steps, since between them another thread may take its turn."""

Made = Sequence[tuple[PartJob, PartFacts]]


class _SameError(Exception):
    """The file that was written is the one that is there: it keeps its time of change."""

    def __init__(self, written: Written) -> None:
        super().__init__()
        self.written = written


class PartLost(Exception):
    """A part that was in the store a moment ago is gone or damaged; `index` tells which. It is made again."""

    def __init__(self, index: int) -> None:
        """`index`: the part's place in the episode."""
        super().__init__(index)
        self.index = index


@dataclass(frozen=True, slots=True)
class Written:
    """A media file: its length, its SHA-256, and where its first part begins."""

    bytes: int
    sha256: str
    prologue_bytes: int


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Bytes that follow each other in the old file."""

    offset_bytes: int
    bytes: int


def write_media(path: Path, workshop: Workshop, tags: Tags, parts: Made, store: Store, *, before: Record) -> Written:
    """Write a media file of these parts, whole or not at all; what lies in the file `before` is taken from there.

    Raises PartLost.
    """
    form = get_format(workshop.format)
    contents = Contents(tags, sum(facts.frames for _, facts in parts), workshop.encoding)
    prologue = _prologue(form, contents, parts)
    try:
        with _old_file(before) as old, atomic_file(path) as file:
            with _followed(file) as follower:
                file.write(prologue)
                if isinstance(form, Spliced):
                    _splice(file, _pieces(parts, store, before.places if old >= 0 else {}), old, follower)
                    file.write(form.epilogue(contents.encoding))
                if isinstance(form, Muxed):
                    stored = (_stored(job, facts, store) for job, facts in parts)
                    form.mux(file, stored, contents, scratch=path.parent)
                follower.tell()
                size = file.tell()
            written = Written(size, follower.sha256(), len(prologue))
            _stop_where_same(path, written)
    except _SameError as same:
        return same.written
    return written


def _prologue(form: Format, contents: Contents, parts: Made) -> bytes:
    """What stands before the parts of a spliced file."""
    if not isinstance(form, Spliced):
        return b""
    return form.prologue(
        contents.tags,
        total_frames=contents.total_frames,
        data_bytes=sum(facts.bytes for _, facts in parts),
        encoding=contents.encoding,
    )


def _stop_where_same(path: Path, written: Written) -> None:
    """Leave the file that is there, and its time of change, where the new one would be the same."""
    if path.is_file() and path.stat().st_size == written.bytes:
        with path.open("rb") as old:
            if _sha256(old) == written.sha256:
                raise _SameError(written)


class _Follower:
    """Hashes a file, and has the disk take it, while it is written: what it was told of does not change any more."""

    def __init__(self, file: IO[bytes], threads: ThreadPoolExecutor) -> None:
        self._file = file
        self._grown = threading.Condition()
        self._told_bytes = 0
        self._ended = False
        self._digest = threads.submit(self._hash)
        self._given = threads.submit(self._sync)

    def tell(self) -> None:
        """All that was written until now stays as it is."""
        self._file.flush()
        with self._grown:
            self._told_bytes = self._file.tell()
            self._grown.notify_all()

    def end(self) -> None:
        """Nothing more will be written."""
        with self._grown:
            self._ended = True
            self._grown.notify_all()

    def sha256(self) -> str:
        """The digest of what was told. Raises OSError where the disk did not take it."""
        self._given.result()
        return self._digest.result()

    def _sizes(self) -> Iterator[int]:
        """How much there is, each time that it is more."""
        seen = 0
        while (size := self._more_than(seen)) > seen:
            yield size
            seen = size

    def _more_than(self, seen: int) -> int:
        with self._grown:
            self._grown.wait_for(lambda: self._told_bytes > seen or self._ended)
            return self._told_bytes

    def _hash(self) -> str:
        digest = hashlib.sha256()
        at = 0
        for size in self._sizes():
            _update(digest, self._file, at, size)
            at = size
        return digest.hexdigest()

    def _sync(self) -> None:
        for _ in self._sizes():
            os.fsync(self._file.fileno())


@contextmanager
def _followed(file: IO[bytes]) -> Iterator[_Follower]:
    with ThreadPoolExecutor(2, "audioguide-disk") as threads:
        follower = _Follower(file, threads)
        try:
            yield follower
        finally:
            follower.end()


def _splice(file: IO[bytes], pieces: Iterator[bytes | _Stretch], old: int, follower: _Follower) -> None:
    for piece in pieces:
        if isinstance(piece, _Stretch):
            file.flush()
            for step in _steps(piece):
                _copy(old, file.fileno(), step)
                file.seek(0, os.SEEK_END)
                follower.tell()
        else:
            file.write(piece)


def _steps(stretch: _Stretch) -> Iterator[_Stretch]:
    end = stretch.offset_bytes + stretch.bytes
    for offset in range(stretch.offset_bytes, end, _STEP_BYTES):
        yield _Stretch(offset, min(_STEP_BYTES, end - offset))


def _sha256(file: IO[bytes]) -> str:
    """The digest of a whole file."""
    digest = hashlib.sha256()
    _update(digest, file, 0, os.fstat(file.fileno()).st_size)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, file: IO[bytes], start: int, end: int) -> None:
    """Hash a stretch of a file. All of it, mapped at once, would count as memory."""
    while start < end:
        skipped = start % mmap.ALLOCATIONGRANULARITY
        length = min(_STEP_BYTES, skipped + end - start)
        with (
            mmap.mmap(file.fileno(), length, prot=mmap.PROT_READ, offset=start - skipped) as data,
            memoryview(data) as view,
            view[skipped:] as rest,
        ):
            digest.update(rest)
        start += length - skipped


@contextmanager
def _old_file(before: Record) -> Iterator[int]:
    """The old file, open; -1 where it cannot be opened."""
    try:
        old = os.open(before.media, os.O_RDONLY)
    except OSError:
        yield -1
        return
    try:
        yield old
    finally:  # who closes a file last that was replaced waits until it is taken apart: 0.1 s for 400 MB
        threading.Thread(target=os.close, args=(old,), name="audioguide-old-file").start()


def _pieces(parts: Made, store: Store, places: Mapping[str, Place]) -> Iterator[bytes | _Stretch]:
    """The data of all parts: stretches of the old file as long as can be, and bytes from the store."""
    stretch: _Stretch | None = None
    for job, facts in parts:
        place = places.get(job.key)
        if stretch and (place is None or place.offset_bytes != stretch.offset_bytes + stretch.bytes):
            yield stretch
            stretch = None
        if place is not None:
            stretch = _Stretch(
                stretch.offset_bytes if stretch else place.offset_bytes, facts.bytes + (stretch.bytes if stretch else 0)
            )
            continue
        yield _stored(job, facts, store)
    if stretch:
        yield stretch


def _stored(job: PartJob, facts: PartFacts, store: Store) -> bytes:
    """The part's data, from the store. Raises PartLost."""
    entry = store.get("parts", job.key)
    if entry is None or len(entry.data) != facts.bytes:
        raise PartLost(job.index)
    return entry.data


def _copy(old: int, new: int, stretch: _Stretch) -> None:
    """Append a stretch of the old file to the new one, inside the kernel where it can."""
    at, end = stretch.offset_bytes, stretch.offset_bytes + stretch.bytes
    while at < end:
        try:
            copied = os.copy_file_range(old, new, end - at, offset_src=at)
        except (AttributeError, OSError):  # macOS, or a file system that cannot
            copied = os.write(new, os.pread(old, min(end - at, _CHUNK_BYTES), at))
        if not copied:
            raise OSError(errno.EIO, "the file became shorter while it was read")
        at += copied
