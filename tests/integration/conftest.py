"""What integration tests share: stand-ins for the network's services."""

from __future__ import annotations

from audioguide.engines import deadline
from tests.stand_in.fixtures import gtts_server, gtts_stand_in

__all__ = ["gtts_server", "gtts_stand_in"]

deadline._show_connects.__cantrace__ = True  # type: ignore[attr-defined] # else coverage does not see what the hook runs
