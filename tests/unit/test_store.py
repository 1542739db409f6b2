"""The store gives back what was put under a key, or nothing."""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audioguide.errors import StoreError
from audioguide.store import Entry, FolderStore, key_maker, key_of, open_folder, pack, unpack

KEY, OTHER = key_of({"a": 1}), key_of({"a": 2})
ENTRY = Entry({"frames": 1152, "spans": [[1, 2]], "é": "ü"}, b"sound" * 40)
PACKED = pack(KEY, ENTRY)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=8,
)


@settings(max_examples=30, deadline=None)
@given(facts=st.dictionaries(st.text(st.characters(codec="utf-8")), JSON), data=st.binary())
def test_what_is_packed_is_unpacked(facts: dict[str, Any], data: bytes) -> None:
    assert unpack(KEY, pack(KEY, Entry(facts, data))) == Entry(facts, data)


def test_every_single_flipped_bit_is_noticed() -> None:
    """In the magic word, the checksum, the length of the facts, the facts and the data."""
    for position in range(len(PACKED) * 8):
        damaged = bytearray(PACKED)
        damaged[position // 8] ^= 1 << position % 8
        assert unpack(KEY, bytes(damaged)) is None, position


def test_every_cut_is_noticed() -> None:
    assert not [length for length in range(len(PACKED)) if unpack(KEY, PACKED[:length])]


@given(st.binary(max_size=200))
def test_no_other_bytes_are_an_entry(data: bytes) -> None:
    assert unpack(KEY, data) is None
    assert unpack(KEY, b"AGE2" + data) is None
    assert unpack(KEY, PACKED + b"x" + data) is None


def test_an_entry_under_another_key_is_noticed() -> None:
    assert unpack(OTHER, PACKED) is None


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), st.integers() | st.text("ab"), min_size=1))
def test_a_key_follows_from_the_facts_whatever_their_order(facts: dict[str, Any]) -> None:
    key = key_of(facts)
    assert key == key_of(dict(reversed(facts.items())))
    assert len(key) == 64
    for name in facts:
        assert key_of({**facts, name: "changed"}) != key
    assert key_of({**facts, "one more, longer than any": 1}) != key


def test_an_entry_is_there_after_it_was_put(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert (store.get("speech", KEY), store.has("speech", KEY)) == (None, False)
    store.put("speech", KEY, ENTRY)
    assert (store.get("speech", KEY), store.has("speech", KEY)) == (ENTRY, True)
    assert store.get("parts", KEY) is None


def _damage(path: Path, how: str) -> None:
    data = path.read_bytes()
    match how:
        case "flipped":
            path.write_bytes(data[:50] + bytes([data[50] ^ 4]) + data[51:])
        case "cut":
            path.write_bytes(data[:-10])
        case "emptied":
            path.write_bytes(b"")
        case "extended":
            path.write_bytes(data + b"x")
        case "swapped":
            path.write_bytes(pack(OTHER, ENTRY))
        case _:
            path.unlink()
            (path / "with").mkdir(parents=True)
            (path / "with" / "content").write_bytes(b"x")


DAMAGES = ["flipped", "cut", "emptied", "extended", "swapped", "a folder"]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_entry_is_a_miss_with_one_warning_and_can_be_put_again(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    store = FolderStore(tmp_path)
    store.put("parts", KEY, ENTRY)
    _damage(next(tmp_path.rglob("*.age")), how)
    with caplog.at_level(logging.WARNING):
        assert store.get("parts", KEY) is None
        assert store.get("parts", KEY) is None
    assert len(caplog.records) == 1
    store.put("parts", KEY, ENTRY)
    assert store.get("parts", KEY) == ENTRY


@pytest.mark.parametrize("date", [0, 4_070_908_800], ids=["1970", "2099"])
def test_a_date_far_off_changes_nothing_and_is_put_right(tmp_path: Path, date: int) -> None:
    store = FolderStore(tmp_path)
    store.put("parts", KEY, ENTRY)
    path = next(tmp_path.rglob("*.age"))
    os.utime(path, (date, date))
    assert store.get("parts", KEY) == ENTRY
    assert abs(path.stat().st_mtime - time.time()) < 60


def test_what_cannot_be_kept_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FolderStore(tmp_path / "file" / "store")
    assert store.get("parts", KEY) is None
    with store.lock("parts", KEY):
        pass
    with pytest.raises(StoreError, match="cannot keep") as caught:
        store.put("parts", KEY, ENTRY)
    assert "AUDIOGUIDE_CACHE" in str(caught.value.hint)


def test_one_at_a_time_makes_an_entry(tmp_path: Path) -> None:
    store, inside, most = FolderStore(tmp_path), 0, 0
    counting = threading.Lock()

    def make() -> None:
        nonlocal inside, most
        with FolderStore(tmp_path).lock("speech", KEY):
            with counting:
                inside += 1
                most = max(most, inside)
            time.sleep(0.005)
            with counting:
                inside -= 1

    threads = [threading.Thread(target=make) for _ in range(6)]
    with store.lock("parts", KEY):  # another kind's lock is another's
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert most == 1


def _filled(folder: Path, count: int) -> FolderStore:
    store = FolderStore(folder)
    for number in range(count):
        key = key_of({"number": number})
        store.put("speech", key, ENTRY)
        path = folder / "speech" / key[:2] / f"{key}.age"
        os.utime(path, (1_000_000 + number, 1_000_000 + number))
    return store


def test_pruning_takes_the_least_recently_used_until_the_rest_fits(tmp_path: Path) -> None:
    store = _filled(tmp_path, 5)
    removed = store.prune(2 * len(PACKED) + 10)
    assert removed.entries == 3
    assert [store.has("speech", key_of({"number": number})) for number in range(5)] == [False, False, False, True, True]
    assert store.info()["speech"].entries == 2
    assert store.info()["speech"].bytes <= 2 * len(PACKED) + 10
    assert store.prune(10**9).entries == 0


def test_verifying_names_the_damaged_and_no_others(tmp_path: Path) -> None:
    store = _filled(tmp_path, 3)
    assert store.verify() == []
    path = next(tmp_path.rglob("*.age"))
    path.write_bytes(path.read_bytes()[:-1])
    assert store.verify() == [path]


def test_strays_older_than_a_day_go_when_the_store_is_walked(tmp_path: Path) -> None:
    store = _filled(tmp_path, 1)
    folder = next(tmp_path.rglob("*.age")).parent
    (folder / ".audioguide-old").write_bytes(b"x")
    (folder / ".audioguide-new").write_bytes(b"x")
    os.utime(folder / ".audioguide-old", (0, 0))
    store.info()
    assert sorted(path.name for path in folder.iterdir() if path.suffix != ".age") == [".audioguide-new"]


def test_an_address_is_no_folder_to_look_through() -> None:
    with pytest.raises(StoreError, match="not a folder"):
        open_folder("s3://bucket/store")


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_a_key_maker_makes_the_keys_of_its_facts(text: str, facts: dict[str, str]) -> None:
    facts.pop("text", None)
    assert key_maker(facts, "text")(text) == key_of({**facts, "text": text})
