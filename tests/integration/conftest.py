"""What integration tests share: stand-ins for the network's services."""

from __future__ import annotations

from tests.stand_in.fixtures import gtts_server, gtts_stand_in

__all__ = ["gtts_server", "gtts_stand_in"]
