"""An entry: what a store keeps under a key, and its bytes.

A magic word, a checksum over key, facts and data, the facts (JSON), the data. The checksum covers the key, so that an
entry that was swapped with another is noticed too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import struct
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)

_MAGIC = b"AGE2"
_HEAD = struct.Struct("<4s32sI")
KINDS = ("speech", "dry", "parts")
_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the store keeps under a key: a few facts (JSON) and bytes."""

    facts: Mapping[str, Any]
    data: bytes


class Store(Protocol):
    """What keeps entries. `kind` is one of KINDS; a key is 64 hexadecimal digits.

    Where several workers make the same entry, the first one's is kept and everybody uses that.
    """

    @property
    def state_folder(self) -> Path:
        """A local folder for what is remembered between runs: the pace of engines on the network."""

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry, checked; None where there is none or it is damaged (said once as a warning)."""

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry seems to be there, without reading it."""

    def put(self, kind: str, key: str, entry: Entry, *, replace: bool = False) -> Entry:
        """Keep an entry, whole or not at all, and give back the one that is kept: another's, where it was first.

        `replace`: whatever lies there gives way. Raises StoreError: what is not kept cannot be spliced.
        """

    def lock(self, kind: str, key: str) -> contextlib.AbstractContextManager[None]:
        """Held while an entry is made, so that two builds on this machine do not make it twice."""


def key_of(facts: Mapping[str, Any]) -> str:
    """The key of what these facts decide: SHA-256 of their canonical JSON."""
    return hashlib.sha256(_CANONICAL.encode(facts).encode()).hexdigest()


def key_maker(facts: Mapping[str, Any], name: str) -> Callable[[str], str]:
    """The `key_of` of these facts with a text added under `name`, for many texts: what they share is hashed once."""
    place = uuid.uuid4().hex  # stands nowhere in the facts
    before, after = _CANONICAL.encode({**facts, name: place}).encode().split(_CANONICAL.encode(place).encode())
    shared = hashlib.sha256(before)

    def key(text: str) -> str:
        own = shared.copy()
        own.update(_CANONICAL.encode(text).encode() + after)
        return own.hexdigest()

    return key


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


_told: set[str] = set()


def warn_once(place: object, reason: str) -> None:
    """Tell about an entry, however often it is looked up before it is made anew."""
    if str(place) not in _told:
        _told.add(str(place))
        log.warning("%s %s; it is made anew", place, reason)
