"""The store: finished speech and encoded parts, each under a key that says all that decided it.

An entry is one file: a magic word, a checksum over key, facts and data, the facts (JSON), the data. The checksum covers
the key, so that an entry that was swapped with another is noticed too. A damaged entry is a miss: it is made anew.
Nothing on the way of a build lists the store; only `prune` and `info` do.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
import struct
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from audioguide.errors import StoreError
from audioguide.files import write_atomically

log = logging.getLogger(__name__)

_MAGIC = b"AGE2"
_HEAD = struct.Struct("<4s32sI")
_TOUCH_AFTER_S = 86_400
KINDS = ("speech", "dry", "parts")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store keeps under a key: a few facts (JSON) and bytes."""

    facts: Mapping[str, Any]
    data: bytes


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """How much lies in the store."""

    entries: int
    bytes: int


class Store(Protocol):
    """What keeps entries. `kind` is one of KINDS; a key is 64 hexadecimal digits."""

    @property
    def state_folder(self) -> Path:
        """A local folder for what is remembered between runs: the pace of engines on the network."""

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry, checked; None where there is none or it is damaged."""

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry seems to be there, without reading it."""

    def put(self, kind: str, key: str, entry: Entry) -> None:
        """Keep an entry. Whole or not at all."""

    def lock(self, kind: str, key: str) -> contextlib.AbstractContextManager[None]:
        """Held while an entry is made, so that two builds do not make it twice."""


def key_of(facts: Mapping[str, Any]) -> str:
    """The key of what these facts decide: SHA-256 of their canonical JSON."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def pack(key: str, entry: Entry) -> bytes:
    """The bytes of an entry's file."""
    facts = json.dumps(entry.facts, sort_keys=True, ensure_ascii=False).encode()
    return b"".join((_HEAD.pack(_MAGIC, _checksum(key, len(facts), facts, entry.data), len(facts)), facts, entry.data))


def unpack(key: str, packed: bytes) -> Entry | None:
    """The entry in a file's bytes; None where they are not what was written under this key."""
    if len(packed) < _HEAD.size:
        return None
    magic, checksum, length = _HEAD.unpack_from(packed)
    body = memoryview(packed)[_HEAD.size :]
    if magic != _MAGIC or _checksum(key, length, body) != checksum:
        return None
    return Entry(json.loads(bytes(body[:length])), bytes(body[length:]))


def _checksum(key: str, facts_bytes: int, *body: bytes | memoryview) -> bytes:
    """Over everything: the key, where the facts end, the facts and the data."""
    digest = hashlib.sha256(key.encode() + facts_bytes.to_bytes(4, "little"))
    for piece in body:
        digest.update(piece)
    return digest.digest()


class FolderStore:
    """A store in a local folder. Entries lie in `KIND/ab/abcdef….age`; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made when the first entry is written."""
        self.folder = folder

    @property
    def state_folder(self) -> Path:
        """`state` in the store's folder."""
        return self.folder / "state"

    def _path(self, kind: str, key: str) -> Path:
        return self.folder / kind / key[:2] / f"{key}.age"

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry, checked; None where there is none or it is damaged (said once as a warning)."""
        path = self._path(kind, key)
        try:
            packed = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            _warn_once(path, f"cannot be read ({error.strerror})")
            return None
        entry = unpack(key, packed)
        if entry is None:
            _warn_once(path, "is damaged")
        else:
            self._touch(path)
        return entry

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry's file is there."""
        return os.path.isfile(self._path(kind, key))  # noqa: PTH113 - asked thousands of times: half the cost

    def put(self, kind: str, key: str, entry: Entry) -> None:
        """Keep an entry, in place of whatever lies there. Raises StoreError: what is not kept cannot be spliced."""
        path = self._path(kind, key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.rmtree(path)
            write_atomically(path, pack(key, entry), durable=False)
        except OSError as error:
            full = error.errno in _FULL
            raise StoreError(
                f"{'no room for' if full else 'cannot keep'} finished speech: {error.strerror}",
                where=str(self.folder),
                hint="free some space, or `audioguide cache prune`; then run the same command again"
                if full
                else "set AUDIOGUIDE_CACHE to a folder that can be written",
            ) from error

    @contextlib.contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        """Held while an entry is made; waits for another process that makes the same."""
        path = self.folder / "locks" / f"{kind}-{key[:3]}"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError:
            yield  # a folder that cannot be written keeps nothing, so there is nothing to guard
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _touch(self, path: Path) -> None:
        """Mark an entry as used, at most once a day: that is fine enough for what goes first."""
        with contextlib.suppress(OSError):
            if abs(time.time() - path.stat().st_mtime) > _TOUCH_AFTER_S:
                os.utime(path)

    def info(self) -> dict[str, StoreInfo]:
        """How much of each kind lies in the folder."""
        totals = {}
        for kind in KINDS:
            sizes = [size for _, size, _ in self._entries(kind)]
            totals[kind] = StoreInfo(len(sizes), sum(sizes))
        return totals

    def prune(self, limit_bytes: int) -> StoreInfo:
        """Remove the least recently used entries until the rest fits; what was removed comes back."""
        entries = sorted(entry for kind in KINDS for entry in self._entries(kind))
        total, removed, freed = sum(size for _, size, _ in entries), 0, 0
        for _, size, path in entries:
            if total - freed <= limit_bytes:
                break
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108 - a plain string, of thousands
                removed, freed = removed + 1, freed + size
        return StoreInfo(removed, freed)

    def verify(self) -> list[Path]:
        """The files that are not what was written under their key."""
        return [Path(path) for kind in KINDS for _, _, path in self._entries(kind) if self._is_damaged(Path(path))]

    def _is_damaged(self, path: Path) -> bool:
        try:
            return unpack(path.stem, path.read_bytes()) is None
        except OSError:
            return True

    def _entries(self, kind: str) -> Iterator[tuple[float, int, str]]:
        """(last used, bytes, path) of each entry, and strays of killed runs swept away on the walk."""
        for folder, _, names in os.walk(self.folder / kind):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - as above
                with contextlib.suppress(OSError):
                    status = os.stat(path)  # noqa: PTH116 - as above
                    if name.endswith(".age"):
                        yield status.st_mtime, status.st_size, path
                    elif time.time() - status.st_mtime > _TOUCH_AFTER_S:
                        os.unlink(path)  # noqa: PTH108 - as above


_told: set[Path] = set()


def _warn_once(path: Path, reason: str) -> None:
    """Tell about an entry, however often it is looked up before it is made anew."""
    if path not in _told:
        _told.add(path)
        log.warning("%s %s; it is made anew", path, reason)


def open_store(place: str) -> FolderStore:
    """The store at a folder. Raises StoreError for an address that cannot be used."""
    if "://" in place:
        raise StoreError("is not a folder", where=place, hint="set AUDIOGUIDE_CACHE to a folder")
    return FolderStore(Path(place))
