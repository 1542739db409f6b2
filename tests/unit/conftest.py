"""What unit tests share."""

from __future__ import annotations

from tests.desk import desk

__all__ = ["desk"]
