"""Dates as articles write them -> dates as scripts have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from email.utils import parsedate_to_datetime
from functools import partial

_DATE_FORMATS = ("%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%d.%m.%Y", "%Y/%m/%d")


def iso_date(text: str) -> str:
    """The date as a script has it, "" where it is not understood."""
    stripped = text.strip()
    readers: list[Callable[[str], datetime]] = [datetime.fromisoformat, parsedate_to_datetime]
    readers += [partial(_read_date, form=form) for form in _DATE_FORMATS]
    for read in readers:
        try:
            value = read(stripped)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        return value.date().isoformat() if value.time() == time() and not value.tzinfo else value.isoformat()
    return ""


def _read_date(text: str, form: str) -> datetime:
    return datetime.strptime(text, form)  # noqa: DTZ007 - a date without a time has no zone
