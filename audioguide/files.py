"""Files that are whole or not there: temporary name in the same folder, then a rename."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

STRAY_PREFIX = ".audioguide-"
"""How the name of an unfinished file begins."""
_SCRATCH_PREFIX = f"{STRAY_PREFIX}scratch-"


@contextlib.contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[IO[bytes]]:
    """A file to write (and read) that takes its name when the block ends well, and is gone when it does not.

    Readable by everybody (0644) whatever the umask. `durable`: it survives a loss of power, once the block has ended.
    """
    handle, name = tempfile.mkstemp(prefix=STRAY_PREFIX, dir=path.parent)
    try:
        with open(handle, "w+b") as file:  # noqa: PTH123 - a file descriptor
            yield file
            file.flush()
            os.fchmod(handle, 0o644)
            if durable:
                os.fsync(handle)
        os.replace(name, path)  # noqa: PTH105 - a plain string
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)  # noqa: PTH108 - a plain string
        raise
    if durable:
        _sync_folder(path.parent)


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
def scratch_folder() -> Iterator[Path]:
    """A folder among the machine's temporary files, gone when the block ends.

    It is held as long as this process lives: what a killed one leaves behind is known by that. Raises OSError.
    """
    folder, handle = _held_scratch()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _held_scratch() -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_SCRATCH_PREFIX))
        with contextlib.suppress(FileNotFoundError):  # swept away before it was held
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                return folder, handle
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
