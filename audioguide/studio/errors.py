"""Known failures as the page is told of them."""

from __future__ import annotations

from typing import Any

from audioguide.errors import AudioguideError, ScriptError


def error_facts(error: AudioguideError) -> dict[str, Any]:
    """Where, what, what to do; of a script's mistakes the first."""
    where, message, hint = error.where, error.message, error.hint
    if isinstance(error, ScriptError):
        first = error.problems[0]
        more = len(error.problems) - 1
        where = f"{first.file.rpartition('/')[2]}, line {first.line}"
        message = f"{first.message}{f' (and {more} more)' if more else ''}"
        hint = first.hint
    return {"where": where, "message": message, "hint": hint, "kind": type(error).__name__}
