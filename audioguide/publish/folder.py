"""The folder on disk: one publisher at a time, each file whole or not there, what names the others last, nothing gone too early.

Files that a feed or a guide names never change: another content has another name. Old ones stay for a grace period, since
readers of the one before may still ask for them. Before anything else is written the state says what is about to come, so that
a publish that was killed leaves nothing that the next one does not know.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from audioguide.errors import FeedError
from audioguide.files import atomic_file, held, sweep_strays, write_atomically
from audioguide.publish.collect import Asset

GRACE = timedelta(hours=48)
"""How long a file stays that nothing names any more: clients and directories that fetch a feed daily have seen the new one."""
_FILE_MODE, _FOLDER_MODE = 0o644, 0o755
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Memory:
    """What a folder's state says of its files, and how the state is written with other files."""

    file: str
    """The state's own name in the folder."""
    files: Mapping[str, str]
    """Every file that is in use, with its SHA-256."""
    retired: Mapping[str, datetime]
    """Files that nothing names any more, and since when."""
    written: Callable[[Mapping[str, str], Mapping[str, datetime]], bytes]
    """The state with these files and these retired ones."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the folder is to hold."""

    state: Memory
    """Its `files` and `retired` follow from the rest."""
    kept: Sequence[str]
    """Names of files that lie there already, besides the assets."""
    assets: Mapping[str, Asset]
    pages: Mapping[str, bytes]
    """Files that may change under their name."""
    last: Mapping[str, bytes]
    """Files by which readers find all the others."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a publish did to the folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]


def held_site(folder: Path) -> AbstractContextManager[None]:
    """The folder, made if need be, held against another publisher; strays of killed ones are gone."""
    return held(folder, hint="make room, or choose another folder with --to", make=_make_folder)


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
    folder: Path, before: Memory, contents: Contents, *, now: datetime, force: bool, erased: Sequence[str] = ()
) -> Changes:
    """Bring the folder, which is held, to the contents: media first, `last` last, then what is out of its grace.

    `force`: replace files of the same name that no publish put there. `erased`: files that get no grace. Raises FeedError and OSError.
    """
    files, state = _hashes(folder, before, contents), contents.state
    fresh = [name for name in files if name not in before.files]
    _refuse_foreign(folder, before, fresh, force=force)
    if fresh:
        coming = {name: now for name in fresh if name not in before.retired}
        _write(folder / state.file, before.written(before.files, {**before.retired, **coming}))
    for path in {(folder / name).parent for name in files} - {folder}:
        _make_folder(path)
        sweep_strays(path)
    written = [name for name, asset in contents.assets.items() if _put(folder / name, asset)]
    written += [name for name, data in contents.pages.items() if _write(folder / name, data)]
    retired = _retired(folder, before, contents, files, now=now)
    final = {state.file: state.written(files, retired), **contents.last}
    written += [name for name, data in final.items() if _write(folder / name, data)]
    expired = [name for name, since in retired.items() if now - since >= GRACE or name in erased]
    for name in expired:
        _remove(folder, name)
    if expired:
        _write(folder / state.file, state.written(files, {n: t for n, t in retired.items() if n not in expired}))
    return Changes(tuple(written), tuple(expired))


def _remove(folder: Path, name: str) -> None:
    """A file of the folder, and the folder inside it that is empty then."""
    path = folder / name
    path.unlink(missing_ok=True)
    if path.parent != folder:
        with suppress(OSError):
            path.parent.rmdir()


def _hashes(folder: Path, before: Memory, contents: Contents) -> dict[str, str]:
    """Every file that is in use from now on, with its SHA-256. Raises FeedError where one should be there and is not."""
    files = {name: _digest(data) for name, data in [*contents.pages.items(), *contents.last.items()]}
    files |= {name: asset.sha256 for name, asset in contents.assets.items()}
    for name in contents.kept:
        if name in files:
            continue
        if name not in before.files or not (folder / name).is_file():
            raise FeedError("is missing in the folder", where=name, hint="publish the script that it belongs to again")
        files[name] = before.files[name]
    return files


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _refuse_foreign(folder: Path, before: Memory, fresh: Sequence[str], *, force: bool) -> None:
    foreign = [name for name in fresh if name not in before.retired and os.path.lexists(folder / name)]
    if foreign and not force:
        raise FeedError(
            f"is there already, and no publish that {before.file} knows put it there",
            where=str(folder / foreign[0]),
            hint=f"fetch {before.file} back from your host, choose another folder, or replace it with --force",
        )


def _retired(
    folder: Path, before: Memory, contents: Contents, files: Mapping[str, str], *, now: datetime
) -> dict[str, datetime]:
    """What nothing names any more, and since when.

    Where the last publish was killed before its last files were out, readers hold those before that: the time starts again.
    """
    gone = {name: now for name in before.files if name not in files}
    known = {name: since for name, since in before.retired.items() if name not in files and (folder / name).exists()}
    for name in contents.last:
        if (path := folder / name).is_file() and _digest(path.read_bytes()) != before.files.get(name):
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
