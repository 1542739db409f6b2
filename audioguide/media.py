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
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from audioguide.files import atomic_file
from audioguide.formats import Contents, Muxed, Spliced, Tags, get_format
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


@dataclass(frozen=True, slots=True)
class Opening:
    """What a media file says of itself, and what stands before its first part: nothing in one that is muxed."""

    contents: Contents
    data: bytes


def opening_of(workshop: Workshop, tags: Tags, parts: Made) -> Opening:
    """The opening of a file of these parts. Raises AudioError for tags that cannot be written."""
    form = get_format(workshop.format)
    contents = Contents(tags, sum(facts.frames for _, facts in parts), workshop.encoding)
    if not isinstance(form, Spliced):
        return Opening(contents, b"")
    data_bytes = sum(facts.bytes for _, facts in parts)
    data = form.prologue(tags, total_frames=contents.total_frames, data_bytes=data_bytes, encoding=workshop.encoding)
    return Opening(contents, data)


def write_media(
    path: Path, workshop: Workshop, opening: Opening, parts: Made, store: Store, *, before: Record
) -> Written:
    """Write a media file of these parts, whole or not at all; what lies in the file `before` is taken from there.

    Raises PartLost.
    """
    form, contents = get_format(workshop.format), opening.contents
    try:
        with (
            _old_file(before) as old,
            atomic_file(path) as file,
            ThreadPoolExecutor(1, "audioguide-disk") as disk,
        ):
            growing = _Growing(file, disk)
            growing.append(opening.data)
            if isinstance(form, Spliced):
                for piece in _pieces(parts, store, before.places if old >= 0 else {}):
                    if isinstance(piece, _Stretch):
                        growing.copy(old, piece)
                    else:
                        growing.append(piece)
                growing.append(form.epilogue(contents.encoding))
            if isinstance(form, Muxed):
                stored = (_stored(job, facts, store) for job, facts in parts)
                form.mux(file, stored, contents, scratch=path.parent)
            written = Written(growing.settle(), growing.sha256(), len(opening.data))
            _stop_where_same(path, written)
    except _SameError as same:
        return same.written
    return written


def _stop_where_same(path: Path, written: Written) -> None:
    """Leave the file that is there, and its time of change, where the new one would be the same."""
    if path.is_file() and path.stat().st_size == written.bytes:
        with path.open("rb") as old:
            if _sha256(old) == written.sha256:
                raise _SameError(written)


class _Growing:
    """A file in writing. What is settled does not change any more: it is hashed at once, and the disk takes it meanwhile.

    The hash has no thread of its own: the transcripts are made beside, and on two cores they would wait for both.
    """

    def __init__(self, file: IO[bytes], disk: ThreadPoolExecutor) -> None:
        self.file = file
        self._disk = disk
        self._digest = hashlib.sha256()
        self._settled_bytes = 0
        self._taken: list[Future[None]] = []

    def append(self, data: bytes) -> None:
        """Write something behind all the rest."""
        self.file.write(data)
        if self.file.tell() - self._settled_bytes >= _STEP_BYTES:
            self.settle()

    def copy(self, old: int, stretch: _Stretch) -> None:
        """Append a stretch of another file."""
        self.file.flush()
        for step in _steps(stretch):
            _copy(old, self.file.fileno(), step)
            self.file.seek(0, os.SEEK_END)
            self.settle()

    def settle(self) -> int:
        """All that was written until now stays as it is; how many bytes that are."""
        self.file.flush()
        end = self.file.tell()
        self._taken.append(self._disk.submit(os.fsync, self.file.fileno()))
        _update(self._digest, self.file, self._settled_bytes, end)
        self._settled_bytes = end
        return end

    def sha256(self) -> str:
        """The digest of what is settled. Raises OSError where the disk did not take it."""
        for taken in self._taken:
            taken.result()
        return self._digest.hexdigest()


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
