"""The store in any place that fsspec reaches: an object store, a share, another machine."""

from __future__ import annotations

import contextlib
import hashlib
import uuid
from functools import cache
from pathlib import Path
from typing import Any

from audioguide.errors import SettingsError, StoreError
from audioguide.settings import state_folder_of
from audioguide.store.entry import Entry, pack, unpack, warn_once
from audioguide.store.folder import FolderStore

_WHOLE_WRITES = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "adl", "oss", "r2", "memory"})
"""Where an object appears whole or not at all, and a rename is a copy: entries are written in place there."""


class RemoteStore:
    """A store at an fsspec URL. Every look-up and every entry is one request or two; it is never listed."""

    def __init__(self, url: str) -> None:
        """Raises SettingsError where fsspec, or what it needs for this address, is missing."""
        self.url = url.rstrip("/")
        self._files, self._root = _open(self.url)
        schemes = self._files.protocol
        self._writes_whole = bool(_WHOLE_WRITES.intersection([schemes] if isinstance(schemes, str) else schemes))

    @property
    def state_folder(self) -> Path:
        """A folder of this machine."""
        return state_folder_of(self.url)

    def _path(self, kind: str, key: str) -> str:
        return f"{self._root}/{kind}/{key[:2]}/{key}.age"

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry, checked; None where there is none or it is damaged. Raises StoreError where the place is not there."""
        try:
            packed = self._files.cat_file(self._path(kind, key))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except Exception as error:  # each of fsspec's services raises its own
            raise self._failure("cannot be read", error) from error
        entry = unpack(key, packed)
        if entry is None:
            warn_once(f"{self.url}/{kind}/{key}", "is damaged")
        return entry

    def has(self, kind: str, key: str) -> bool:
        """Whether there is something under the key. Raises StoreError where the place is not there."""
        try:
            return bool(self._files.exists(self._path(kind, key)))
        except Exception as error:  # each of fsspec's services raises its own
            raise self._failure("cannot be read", error) from error

    def put(self, kind: str, key: str, entry: Entry, *, replace: bool = False) -> Entry:
        """Keep an entry, unless a good one lies there already; `replace`: even then. Raises StoreError."""
        path, packed = self._path(kind, key), pack(key, entry)
        try:
            if not self._writes_whole:
                if not replace and (kept := self.get(kind, key)):
                    return kept
                self._write_beside(path, packed)
            elif replace:
                self._files.pipe_file(path, packed)
            else:
                self._files.pipe_file(path, packed, mode="create")
        except FileExistsError:
            return self.get(kind, key) or self.put(kind, key, entry, replace=True)
        except Exception as error:  # each of fsspec's services raises its own
            raise self._failure("cannot be written", error) from error
        return entry

    def _write_beside(self, path: str, packed: bytes) -> None:
        """Write under another name first: a reader sees all of an entry or none."""
        unfinished = f"{path}.{uuid.uuid4().hex}"
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        try:
            self._files.pipe_file(unfinished, packed)
            self._files.mv(unfinished, path)
        except BaseException:
            with contextlib.suppress(Exception):
                self._files.rm_file(unfinished)
            raise

    def lock(self, kind: str, key: str) -> contextlib.AbstractContextManager[None]:
        """Held against other builds on this machine; another machine may make the same, and the first one's is kept."""
        name = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        return FolderStore(self.state_folder / "remote" / name).lock(kind, key)

    def _failure(self, what: str, error: Exception) -> StoreError:
        reason = str(error) or type(error).__name__
        return StoreError(f"{what}: {reason}", where=self.url, hint="is the service there, and are its keys set?")


@cache
def _open(url: str) -> tuple[Any, str]:
    scheme = url.partition("://")[0]
    try:
        import fsspec

        files, root = fsspec.core.url_to_fs(url)
    except ImportError as error:
        missing = "pip install 'audioguide[dask]'" if error.name == "fsspec" else str(error)
        raise SettingsError(f"a store at {scheme}:// needs another package", where=url, hint=missing) from error
    except ValueError as error:
        raise SettingsError(f"cannot be used as the store: {error}", where=url, hint="name a folder") from error
    return files, str(root).rstrip("/")
