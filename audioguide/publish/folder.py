"""The folder on disk: one publisher at a time, each file whole or not there, the feed last, and nothing gone too early.

Files that the feed names never change: another content has another name. Old ones stay for a grace period, since readers
of the feed before may still ask for them. Before anything else is written the state says what is about to come, so that
a publish that was killed leaves nothing that the next one does not know.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from audioguide.errors import FeedError, OutputError
from audioguide.files import atomic_file, sweep_strays, write_atomically
from audioguide.publish.collect import Asset
from audioguide.publish.feed import FEED_FILE
from audioguide.publish.state import STATE_FILE, State, state_bytes

GRACE = timedelta(hours=48)
"""How long a file stays that the feed names no more: clients and directories that fetch a feed daily have seen the new one."""
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Contents:
    """What the folder is to hold."""

    state: State
    """Without `files` and `retired`, which follow from the rest."""
    kept: Sequence[str]
    """Names of files that lie there already, besides the assets."""
    assets: Mapping[str, Asset]
    pages: Mapping[str, bytes]
    """Files that may change under their name."""
    feed: bytes


@dataclass(frozen=True, slots=True)
class Changes:
    """What a publish did to the folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder, made if need be, held against another publisher; strays of killed ones are gone.

    The lock is the folder itself, so there is no file of it to see or to leave behind.
    """
    handle = -1
    try:
        _make_folder(folder)
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        sweep_strays(folder)
        yield
    except OSError as error:
        raise OutputError(
            f"cannot be written: {error.strerror}",
            where=str(error.filename or folder),
            hint="make room, or choose another folder with --to",
        ) from error
    finally:
        if handle >= 0:
            os.close(handle)


def _make_folder(folder: Path) -> None:
    """The folder and those above it, readable by the web server whatever the umask."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for path in missing:
        path.chmod(_FOLDER_MODE)
    mode = folder.stat().st_mode & 0o777
    if mode | _FOLDER_MODE != mode:
        folder.chmod(mode | _FOLDER_MODE)


def commit(
    folder: Path, before: State, contents: Contents, *, now: datetime, force: bool, erased: Sequence[str] = ()
) -> Changes:
    """Bring the folder, which is held, to the contents: media first, the feed last, then what is out of its grace.

    `force`: replace files of the same name that no publish put there. `erased`: files that get no grace. Raises FeedError and OSError.
    """
    files = _hashes(folder, before, contents)
    fresh = [name for name in files if name not in before.files]
    _refuse_foreign(folder, before, fresh, force=force)
    if fresh:
        coming = {name: now for name in fresh if name not in before.retired}
        _write(folder / STATE_FILE, state_bytes(replace(before, retired={**before.retired, **coming})))
    written = [name for name, asset in contents.assets.items() if _put(folder / name, asset)]
    written += [name for name, data in contents.pages.items() if _write(folder / name, data)]
    retired = _retired(folder, before, files, now=now)
    after = replace(contents.state, files=files, retired=retired)
    if _write(folder / STATE_FILE, state_bytes(after)):
        written.append(STATE_FILE)
    if _write(folder / FEED_FILE, contents.feed):
        written.append(FEED_FILE)
    expired = [name for name, since in retired.items() if now - since >= GRACE or name in erased]
    for name in expired:
        (folder / name).unlink(missing_ok=True)
    if expired:
        _write(
            folder / STATE_FILE,
            state_bytes(replace(after, retired={n: t for n, t in retired.items() if n not in expired})),
        )
    return Changes(tuple(written), tuple(expired))


def _hashes(folder: Path, before: State, contents: Contents) -> dict[str, str]:
    """Every file that is in use from now on, with its SHA-256. Raises FeedError where one should be there and is not."""
    files = {name: hashlib.sha256(data).hexdigest() for name, data in contents.pages.items()}
    files[FEED_FILE] = hashlib.sha256(contents.feed).hexdigest()
    files |= {name: asset.sha256 for name, asset in contents.assets.items()}
    for name in contents.kept:
        if name in files:
            continue
        if name not in before.files or not (folder / name).is_file():
            raise FeedError("is missing in the folder", where=name, hint="publish the script that it belongs to again")
        files[name] = before.files[name]
    return files


def _refuse_foreign(folder: Path, before: State, fresh: Sequence[str], *, force: bool) -> None:
    foreign = [name for name in fresh if name not in before.retired and os.path.lexists(folder / name)]
    if foreign and not force:
        raise FeedError(
            f"is there already, and no publish that {STATE_FILE} knows put it there",
            where=str(folder / foreign[0]),
            hint=f"fetch {STATE_FILE} back from your host, choose another folder, or replace it with --force",
        )


def _retired(folder: Path, before: State, files: Mapping[str, str], *, now: datetime) -> dict[str, datetime]:
    """What nothing names any more, and since when.

    Where the last publish was killed before its feed was out, readers hold the feed before that: the time starts again.
    """
    gone = {name: now for name in before.files if name not in files}
    known = {name: since for name, since in before.retired.items() if name not in files and (folder / name).exists()}
    feed = folder / FEED_FILE
    if feed.is_file() and hashlib.sha256(feed.read_bytes()).hexdigest() != before.files.get(FEED_FILE):
        known = dict.fromkeys(known, now)
    return {**known, **gone}


def _put(path: Path, asset: Asset) -> bool:
    """An asset under its name; False where it lies there already, whole."""
    if _is_same(path, asset):
        return False
    with atomic_file(path) as file:
        digest = hashlib.sha256()
        for chunk in _chunks(asset):
            digest.update(chunk)
            file.write(chunk)
        if digest.hexdigest() != asset.sha256:
            raise FeedError("changed while it was published", where=str(asset.source), hint="publish it again")
    return True


def _is_same(path: Path, asset: Asset) -> bool:
    if not path.is_file() or path.is_symlink() or path.stat().st_size != asset.bytes:
        return False
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != asset.sha256:
            return False
    _open_to_all(path)
    return True


def _chunks(asset: Asset) -> Iterator[bytes]:
    if isinstance(asset.source, bytes):
        yield asset.source
        return
    with asset.source.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _write(path: Path, data: bytes) -> bool:
    """A file under its name; False, and nothing touched, where it is the same already."""
    if path.is_file() and not path.is_symlink() and path.read_bytes() == data:
        _open_to_all(path)
        return False
    write_atomically(path, data)
    return True


def _open_to_all(path: Path) -> None:
    """Readable by the web server; the time of change stays."""
    if path.stat().st_mode & 0o777 != _FILE_MODE:
        path.chmod(_FILE_MODE)
