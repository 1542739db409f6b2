"""Secrets in what is told: keys of the environment and passwords in addresses become an ellipsis, wherever they stand.

No text of ours holds any. This guards against those of libraries, of servers and of settings that people write.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import traceback
from functools import lru_cache
from types import TracebackType

_USER = re.compile(r"(?<=://)[^\s/?#@]*:[^\s/?#@]*@")
"""`name:password@` of an address."""
_NAMES = re.compile(r".*(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)", re.IGNORECASE)
_SHORTEST = 8
"""A shorter value would take words out of the middle of others."""


def redacted(text: str) -> str:
    """The text without secrets."""
    if "://" in text:
        text = _USER.sub("…@", text)
    for name in _secret_names(tuple(os.environ)):
        if len(value := os.environ.get(name, "")) >= _SHORTEST:
            text = text.replace(value, "…")
    return text


@lru_cache(maxsize=1)  # a command may tell a hundred thousand lines, and its environment's names stay
def _secret_names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if _NAMES.fullmatch(name))


def redacted_traceback(error: BaseException) -> str:
    """What Python tells of an error."""
    return redacted("".join(traceback.format_exception(error)))


class _Formatter(logging.Formatter):
    """Tells a record without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def guard_logs(*, debug: bool) -> None:
    """Let the log and the traceback of a bug hold no secret; `debug`: tell the developers' log too."""
    if debug:
        handler = logging.StreamHandler()
        handler.setFormatter(_Formatter("%(relativeCreated)d ms %(name)s: %(message)s"))
        logging.basicConfig(handlers=[handler])
        logging.getLogger("audioguide").setLevel(logging.DEBUG)
    if logging.lastResort:
        logging.lastResort.setFormatter(_Formatter())
    sys.excepthook = _tell_bug


def _tell_bug(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    sys.stderr.write(redacted_traceback(error))
