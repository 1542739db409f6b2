"""A time in an episode, as people write it on the command line."""

from __future__ import annotations

import re

import click

from audioguide.cli.summary import clock

_CLOCK = re.compile(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,6}(?:\.\d{1,9})?)s?", re.ASCII)


class Moment(click.ParamType):
    """`12:31`, `1:02:05.5` or `751`: seconds from the start of the episode."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds. Fails as click does."""
        match = _CLOCK.fullmatch(str(value).strip())
        if match is None:
            self.fail(f'"{value}" is not a time; write it like 12:31, or 1:02:05', param, ctx)
        hours, minutes, seconds = match.groups("0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)


def precise_clock(seconds: float) -> str:
    """Seconds as `2:05.4`."""
    tenths = round(seconds * 10)
    return f"{clock(tenths // 10)}.{tenths % 10}"


at_option = click.option("--at", "at_s", type=Moment(), metavar="TIME", help="A time in the built episode, like 12:31.")
episodes_option = click.option(
    "--episodes", "output", metavar="DIR", help="Where the episodes were built.  [default: output]"
)
