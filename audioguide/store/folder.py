"""The store in a local folder."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audioguide.errors import StoreError
from audioguide.files import write_atomically
from audioguide.store.entry import KINDS, Entry, pack, unpack, warn_once

_TOUCH_AFTER_S = 86_400
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE}


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """How much lies in the store."""

    entries: int
    bytes: int


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
            warn_once(path, f"cannot be read ({error.strerror})")
            return None
        entry = unpack(key, packed)
        if entry is None:
            warn_once(path, "is damaged")
        else:
            self._touch(path)
        return entry

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry's file is there."""
        path = f"{self.folder}/{kind}/{key[:2]}/{key}.age"
        return os.path.isfile(path)  # noqa: PTH113 - asked thousands of times: a third of the cost

    def put(self, kind: str, key: str, entry: Entry, *, replace: bool = False) -> Entry:
        """Keep an entry, unless a good one lies there already; `replace`: even then. Raises StoreError."""
        if not replace and self.has(kind, key) and (kept := self.get(kind, key)):
            return kept
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
        return entry

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

    def is_for_reading(self) -> bool:
        """Whether there is something in the folder, and nothing can be added to it."""
        try:
            for kind in KINDS:
                if (self.folder / kind).exists():
                    with tempfile.TemporaryFile(dir=self.folder / kind):
                        pass
        except OSError as error:
            return error.errno not in _FULL
        return self.folder.is_dir() and not os.access(self.folder, os.W_OK)

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
