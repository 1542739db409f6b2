"""A store that can only be read, and a folder that takes what is new."""

from __future__ import annotations

import contextlib
from pathlib import Path

from audioguide.store.entry import Entry, Store


class OverlayStore:
    """Looks above first, then below; writes above."""

    def __init__(self, below: Store, above: Store) -> None:
        """`below` is never written."""
        self.below = below
        self.above = above

    @property
    def state_folder(self) -> Path:
        """That of the store below: it is known from run to run, and what cannot be written there is not remembered."""
        return self.below.state_folder

    def get(self, kind: str, key: str) -> Entry | None:
        """The entry from either store."""
        return self.above.get(kind, key) or self.below.get(kind, key)

    def has(self, kind: str, key: str) -> bool:
        """Whether an entry is in either store."""
        return self.above.has(kind, key) or self.below.has(kind, key)

    def put(self, kind: str, key: str, entry: Entry, *, replace: bool = False) -> Entry:
        """Keep an entry above. Raises StoreError."""
        if not replace and (kept := self.get(kind, key)):
            return kept
        return self.above.put(kind, key, entry, replace=True)

    def lock(self, kind: str, key: str) -> contextlib.AbstractContextManager[None]:
        """The lock of the store above."""
        return self.above.lock(kind, key)
