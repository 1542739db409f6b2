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
_WINDOW_BYTES = 1 << 25
"""What is looked at of a file at once: few large steps, since between them another thread may take its turn."""

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
        with atomic_file(path) as file:
            file.write(prologue)
            if isinstance(form, Spliced):
                _splice(file, parts, store, before)
                file.write(form.epilogue(contents.encoding))
            if isinstance(form, Muxed):
                stored = (_stored(job, facts, store) for job, facts in parts)
                form.mux(file, stored, contents, scratch=path.parent)
            file.flush()
            with ThreadPoolExecutor(1, "audioguide-disk") as disk:  # it is given the bytes while they are hashed
                given = disk.submit(os.fsync, file.fileno())
                written = Written(file.tell(), _sha256(file), len(prologue))
            given.result()
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


def _splice(file: IO[bytes], parts: Made, store: Store, before: Record) -> None:
    with _old_file(before) as (old, places):
        for piece in _pieces(parts, store, places):
            if isinstance(piece, _Stretch):
                file.flush()
                _copy(old, file.fileno(), piece)
                file.seek(0, os.SEEK_END)
            else:
                file.write(piece)


def _sha256(file: IO[bytes]) -> str:
    """The digest of a whole file. All of it, mapped at once, would count as memory."""
    digest = hashlib.sha256()
    size = os.fstat(file.fileno()).st_size
    for start in range(0, size, _WINDOW_BYTES):
        length = min(_WINDOW_BYTES, size - start)
        with mmap.mmap(file.fileno(), length, prot=mmap.PROT_READ, offset=start) as data:
            digest.update(data)
    return digest.hexdigest()


@contextmanager
def _old_file(before: Record) -> Iterator[tuple[int, Mapping[str, Place]]]:
    """The old file, open, and what lies where in it; nothing does where it cannot be opened."""
    try:
        old = os.open(before.media, os.O_RDONLY)
    except OSError:
        yield -1, {}
        return
    try:
        yield old, before.places
    finally:
        os.close(old)


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
