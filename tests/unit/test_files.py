"""Files are whole or not there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from audioguide.files import STRAY_PREFIX, atomic_file, sweep_strays, write_atomically


@pytest.mark.parametrize("durable", [True, False])
def test_the_file_takes_its_name_when_the_block_ends(tmp_path: Path, *, durable: bool) -> None:
    path = tmp_path / "a.bin"
    with atomic_file(path, durable=durable) as file:
        file.write(b"all of it")
        assert not path.exists()
    assert path.read_bytes() == b"all of it"
    assert os.listdir(tmp_path) == ["a.bin"]  # noqa: PTH208 - names alone


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_block_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, failure: type[BaseException]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def fail() -> None:
        with atomic_file(path) as file:
            file.write(b"new")
            raise failure

    with pytest.raises(failure):
        fail()
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_everybody_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o077)
    try:
        write_atomically(tmp_path / "a.bin", b"x")
    finally:
        os.umask(old)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == 0o644


def test_a_folder_in_its_place_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "a.bin").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomically(tmp_path / "a.bin", b"x")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_link_is_replaced_and_its_target_is_not_written(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    (tmp_path / "link").symlink_to(target)
    write_atomically(tmp_path / "link", b"new")
    assert target.read_bytes() == b"mine"
    assert not (tmp_path / "link").is_symlink()


def test_a_folder_that_a_killed_process_left_is_swept_with_all_in_it(tmp_path: Path) -> None:
    (tmp_path / f"{STRAY_PREFIX}folder").mkdir()
    (tmp_path / f"{STRAY_PREFIX}folder" / "sound").write_bytes(b"half")
    (tmp_path / "kept").mkdir()
    sweep_strays(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_killed_process_leaves_a_stray_that_is_swept(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from audioguide.files import atomic_file\n"
        "with atomic_file(pathlib.Path(sys.argv[1])) as file:\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    (tmp_path / "mine.txt").write_bytes(b"kept")
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == -9
    assert [entry for entry in tmp_path.iterdir() if entry.name.startswith(STRAY_PREFIX)]
    sweep_strays(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.bin", "mine.txt"]
    assert path.read_bytes() == b"old"
