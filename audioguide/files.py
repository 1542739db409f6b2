"""Files that are whole or not there: temporary name in the same folder, then a rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from audioguide.errors import OutputError

STRAY_PREFIX = ".audioguide-"
"""How the name of an unfinished file begins."""
_SCRATCH_PREFIX = f"{STRAY_PREFIX}scratch-"

_unfinished: set[str] = set()
"""What this process has begun: a name stands here before its file does, so that no moment loses it."""


@contextlib.contextmanager
def atomic_file(path: Path, *, durable: bool = True, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file to write (and read) that takes its name when the block ends well, and is gone when it does not.

    `mode` holds whatever the umask; by default everybody may read it. `durable`: it survives a loss of power, once the block has ended.
    """
    name = _reserved(path.parent, STRAY_PREFIX)
    try:
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "w+b") as file:  # noqa: PTH123 - a file descriptor
            yield file
            file.flush()
            os.fchmod(handle, mode)
            if durable:
                os.fsync(handle)
        os.replace(name, path)  # noqa: PTH105 - a plain string
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108 - a plain string
        raise
    finally:
        _unfinished.discard(name)
    if durable:
        _sync_folder(path.parent)


def _reserved(folder: Path, prefix: str) -> str:
    """A name in the folder that nobody has, noted as unfinished."""
    name = str(folder.absolute() / f"{prefix}{os.urandom(8).hex()}")
    _unfinished.add(name)
    return name


def discard_unfinished() -> None:
    """Remove whatever this process has begun and not finished: for one that ends where it stands."""
    while _unfinished:
        with contextlib.suppress(KeyError, OSError):
            name = _unfinished.pop()
            shutil.rmtree(name) if os.path.isdir(name) else os.unlink(name)  # noqa: PTH108, PTH112 - a plain string


def write_atomically(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write a whole file, or leave the old one."""
    with atomic_file(path, durable=durable) as file:
        file.write(data)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_strays(folder: Path) -> None:
    """Remove what killed runs left in a folder. Call it only while holding that folder's lock."""
    for stray in folder.glob(f"{STRAY_PREFIX}*"):
        with contextlib.suppress(OSError):
            if stray.is_dir():
                shutil.rmtree(stray)
            else:
                stray.unlink()


@contextlib.contextmanager
def held(folder: Path, *, hint: str, make: Callable[[Path], None] | None = None) -> Iterator[None]:
    """The folder, made if need be, held against every other process that asks; strays of killed ones are gone.

    The lock is the folder itself, so there is no file of it to see or to leave behind. `make`: makes it, and those above
    it. Raises OutputError with the hint, also for what cannot be written within the block.
    """
    handle = -1
    try:
        (make or _make_folder)(folder)
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX)
        sweep_strays(folder)
        yield
    except OSError as error:
        where = str(error.filename or folder)
        raise OutputError(f"cannot be written: {error.strerror}", where=where, hint=hint) from error
    finally:
        if handle >= 0:
            os.close(handle)


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)


@contextlib.contextmanager
def scratch_folder(within: Path | None = None) -> Iterator[Path]:
    """A folder among the machine's temporary files, or `within` a folder that is held; gone when the block ends.

    It is held as long as this process lives: what a killed one leaves behind is known by that. Raises OSError.
    """
    name, handle = _held_scratch(within or Path(tempfile.gettempdir()))
    try:
        yield Path(name)
    finally:
        shutil.rmtree(name, ignore_errors=True)
        os.close(handle)
        _unfinished.discard(name)


def _held_scratch(within: Path) -> tuple[str, int]:
    while True:
        name = _reserved(within, _SCRATCH_PREFIX)
        os.mkdir(name, 0o700)  # noqa: PTH102 - a plain string
        with contextlib.suppress(FileNotFoundError):  # swept away before it was held
            handle = os.open(name, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.path.isdir(name):  # noqa: PTH112 - a plain string
                return name, handle
            os.close(handle)


def sweep_scratch() -> None:
    """Remove the scratch folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or at work
            handle = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(handle)
