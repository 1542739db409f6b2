"""A store anywhere: the same promises for a folder, a file system that fsspec reaches, and a folder over one for reading."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import fsspec
import pytest

from audioguide.errors import SettingsError, StoreError
from audioguide.settings import Settings, load_settings
from audioguide.store import Entry, FolderStore, Store, key_of, open_store, prune_now_and_then
from audioguide.store.overlay import OverlayStore
from tests.desk import Desk, child_environment, script

KEY = key_of({"a": 1})
ENTRY, OTHER = Entry({"frames": 1152}, b"sound" * 40), Entry({"frames": 2304}, b"other" * 40)
PLACES = ["folder", "memory", "file", "overlay"]


@pytest.fixture(params=PLACES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store in each kind of place."""
    match request.param:
        case "folder":
            yield open_store(str(tmp_path))
        case "memory":
            name = uuid.uuid4().hex
            yield open_store(f"memory://{name}")
            fsspec.filesystem("memory").rm(f"/{name}", recursive=True) if fsspec.filesystem("memory").exists(
                f"/{name}"
            ) else None
        case "file":
            yield open_store(f"file://{tmp_path}")
        case _:
            yield open_store(str(tmp_path / "below"), spare=str(tmp_path / "above"))


def test_an_entry_is_there_after_it_was_put(store: Store) -> None:
    assert (store.get("parts", KEY), store.has("parts", KEY)) == (None, False)
    assert store.put("parts", KEY, ENTRY) == ENTRY
    assert (store.get("parts", KEY), store.has("parts", KEY)) == (ENTRY, True)
    assert store.get("speech", KEY) is None


def test_the_first_entry_is_everybodys(store: Store) -> None:
    store.put("parts", KEY, ENTRY)
    assert store.put("parts", KEY, OTHER) == ENTRY
    assert store.get("parts", KEY) == ENTRY


def test_it_gives_way_where_it_is_to_be_replaced(store: Store) -> None:
    store.put("parts", KEY, ENTRY)
    assert store.put("parts", KEY, OTHER, replace=True) == OTHER
    assert store.get("parts", KEY) == OTHER


def test_one_of_many_that_write_at_once_is_kept_whole(store: Store) -> None:
    entries = [Entry({"n": number}, bytes([number]) * 50_000) for number in range(8)]
    threads = [threading.Thread(target=store.put, args=("parts", KEY, entry)) for entry in entries]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.get("parts", KEY) in entries


def test_a_damaged_entry_far_away_is_a_miss_and_gives_way(tmp_path: Path) -> None:
    for place in (f"file://{tmp_path}", f"memory://{uuid.uuid4().hex}"):
        far = open_store(place)
        far.put("parts", KEY, ENTRY)
        files, root = fsspec.core.url_to_fs(place)
        path = files.find(root)[0]
        files.pipe_file(path, files.cat_file(path)[:-1])
        assert far.get("parts", KEY) is None
        assert far.put("parts", KEY, OTHER) == OTHER
        assert far.get("parts", KEY) == OTHER


def test_nothing_unfinished_is_left_where_a_file_system_writes_piece_by_piece(tmp_path: Path) -> None:
    open_store(f"file://{tmp_path}").put("parts", KEY, ENTRY)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [f"{KEY}.age"]


def test_what_another_kind_of_place_wrote_is_read(tmp_path: Path) -> None:
    open_store(str(tmp_path)).put("parts", KEY, ENTRY)
    assert open_store(f"file://{tmp_path}").get("parts", KEY) == ENTRY


def test_a_service_without_its_package_is_a_mistake_in_the_settings() -> None:
    with pytest.raises(SettingsError, match="needs another package"):
        open_store("s3://bucket/store")
    with pytest.raises(SettingsError, match="cannot be used as the store"):
        open_store("nothing-known://bucket")


def test_a_place_that_fails_is_an_error_with_its_address(tmp_path: Path) -> None:
    (tmp_path / "parts").write_bytes(b"a file where a folder should be")
    far = open_store(f"file://{tmp_path}")
    assert far.get("parts", KEY) is None
    with pytest.raises(StoreError, match="cannot be written") as caught:
        far.put("parts", KEY, ENTRY)
    assert caught.value.where == f"file://{tmp_path}"


SECTIONS = [{"title": "A part", "segments": [f"Line {number} is spoken." for number in range(6)]}]


@pytest.mark.parametrize("scheme", ["memory", "file"])
def test_an_episode_is_the_same_with_a_store_far_away(desk: Desk, tmp_path: Path, scheme: str) -> None:
    place = f"memory://{uuid.uuid4().hex}" if scheme == "memory" else f"file://{tmp_path}/far"
    plain = desk.build(script(SECTIONS))
    far = desk.build(script(SECTIONS), cache=place, output=tmp_path / "far-out")
    again = desk.build(script(SECTIONS), cache=place, output=tmp_path / "again")
    assert plain.data == far.data == again.data
    assert (far.counts, again.counts) == ((6, 0, 6), (0, 6, 0))


def test_nothing_on_the_way_of_a_build_lists_the_store(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fsspec.filesystem("file")

    def listed(*_: object, **__: object) -> None:
        pytest.fail("the store was listed")

    for name in ("ls", "find", "glob", "walk", "du"):
        monkeypatch.setattr(type(files), name, listed)
    built = desk.build(script(SECTIONS), cache=f"file://{tmp_path}/far")
    assert built.counts == (6, 0, 6)


def test_two_processes_on_two_machines_share_a_store(desk: Desk, tmp_path: Path) -> None:
    """Each with a state folder of its own; both at once, and both give the same bytes."""
    source = desk.write(script(SECTIONS))
    runs = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from audioguide.cli import main; main()",
                "build",
                str(source),
                "-o",
                str(tmp_path / name),
            ],
            env={
                **child_environment(),
                "AUDIOGUIDE_CACHE": f"file://{tmp_path}/far",
                "XDG_CACHE_HOME": str(tmp_path / f"home-{name}"),
            },
            stdout=subprocess.DEVNULL,
        )
        for name in ("one", "two")
    ]
    assert [run.wait(120) for run in runs] == [0, 0]
    one, two = ((tmp_path / name / "episode" / "episode.mp3").read_bytes() for name in ("one", "two"))
    assert one == two


def _only_to_be_read(folder: Path) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(stat.S_IRUSR | stat.S_IXUSR)


@pytest.fixture
def warm(desk: Desk) -> Iterator[Path]:
    """A store with an episode in it that nobody may write. Root may do anything, so writing is refused in the program."""
    desk.build(script(SECTIONS))
    yield desk.cache
    for path in [desk.cache, *desk.cache.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)


def test_a_warm_store_that_can_only_be_read_still_builds(
    desk: Desk, warm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if os.geteuid() == 0:
        monkeypatch.setattr(FolderStore, "is_for_reading", lambda self: self.folder == warm)
    else:
        _only_to_be_read(warm)
    before = sorted(path for path in warm.rglob("*.age") if "records" not in path.parts)
    changed = [{"title": "A part", "segments": [*SECTIONS[0]["segments"][:5], "One line is new."]}]
    built = desk.build(script(changed), output=tmp_path / "elsewhere")
    assert built.counts == (1, 5, 1)
    assert "not kept for the next build" in caplog.text
    assert sorted(path for path in warm.rglob("*.age") if "records" not in path.parts) == before


def test_writing_is_tried_to_know_whether_it_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path / "store")
    assert not store.is_for_reading()  # there is nothing yet: a cold build says what is wrong by itself
    store.put("parts", KEY, ENTRY)
    assert not store.is_for_reading()
    refusal = OSError(30, "Read-only file system")
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **_: (_ for _ in ()).throw(refusal))
    assert store.is_for_reading()


def test_what_is_new_goes_above_and_what_is_old_is_found_below(tmp_path: Path) -> None:
    below, above = FolderStore(tmp_path / "below"), FolderStore(tmp_path / "above")
    below.put("parts", KEY, ENTRY)
    both = OverlayStore(below, above)
    assert both.get("parts", KEY) == ENTRY
    assert both.put("parts", KEY, OTHER) == ENTRY
    assert both.put("parts", KEY, OTHER, replace=True) == OTHER
    assert both.get("parts", KEY) == OTHER
    assert below.get("parts", KEY) == ENTRY
    assert both.state_folder == below.state_folder


def _pruned(settings: Settings) -> bool:
    return prune_now_and_then(settings) is not None


def test_a_store_over_its_limit_is_pruned_once_an_hour(desk: Desk) -> None:
    settings = desk.settled(cache_limit_bytes="1 kB")
    desk.build(script(SECTIONS), cache_limit_bytes="1 kB")
    kept = FolderStore(desk.cache).info()
    assert sum(kind.bytes for kind in kept.values()) <= 1000
    assert not _pruned(settings)
    os.utime(desk.cache / "state" / "pruned", (0, 0))
    assert _pruned(settings)


def test_a_store_far_away_is_not_pruned_from_here() -> None:
    assert not _pruned(load_settings({"cache": "memory://anywhere"}))
