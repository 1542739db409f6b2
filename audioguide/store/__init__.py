"""The store: finished speech and encoded parts, each under a key that says all that decided it.

A store is a folder of this machine, or any place that fsspec reaches and all workers share. A damaged entry is a miss: it
is made anew. Nothing on the way of a build lists the store; only `prune`, `info` and `verify` do, and only in folders.
"""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from audioguide.settings import Settings
from audioguide.store.entry import KINDS, Entry, Store, key_maker, key_of, pack, unpack
from audioguide.store.folder import FolderStore, StoreInfo

__all__ = [
    "KINDS",
    "Entry",
    "FolderStore",
    "Store",
    "StoreInfo",
    "key_maker",
    "key_of",
    "open_folder",
    "open_store",
    "pack",
    "prune_now_and_then",
    "unpack",
]

_PRUNE_EVERY_S = 3600.0


def open_store(place: str, *, spare: str | None = None) -> Store:
    """The store at a folder or an fsspec URL. Raises StoreError for an address that cannot be used.

    `spare`: a folder that takes what is new, where `place` can only be read.
    """
    from audioguide.store.overlay import OverlayStore

    store: Store
    if "://" in place:
        from audioguide.store.remote import RemoteStore

        store = RemoteStore(place)
    else:
        store = FolderStore(Path(place))
    return OverlayStore(store, FolderStore(Path(spare))) if spare else store


def open_folder(place: str) -> FolderStore:
    """The store of this machine, which can be listed and pruned. Raises StoreError for any other."""
    from audioguide.errors import StoreError

    if "://" in place:
        raise StoreError("is not a folder", where=place, hint="look at it with the tools of its service")
    return FolderStore(Path(place))


def prune_now_and_then(settings: Settings) -> StoreInfo | None:
    """Bring a store in a folder back under its limit, once an hour at most; what was removed comes back."""
    if "://" in settings.cache:
        return None
    marker = settings.state_folder / "pruned"
    try:
        if time.time() - marker.stat().st_mtime < _PRUNE_EVERY_S:
            return None
    except OSError:
        pass
    with contextlib.suppress(OSError):
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
        return open_folder(settings.cache).prune(settings.cache_limit_bytes)
    return None
