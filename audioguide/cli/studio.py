"""`audioguide studio`: the local page to write, hear and build scripts in."""

from __future__ import annotations

from pathlib import Path

import click

from audioguide.cli.output import emit, note
from audioguide.settings import load_settings

_EPILOG = """\b
Examples:
  audioguide studio                     the scripts of this folder
  audioguide studio scripts/legs.yaml
  audioguide studio scripts --port 8010 --no-open
"""


@click.command(name="studio", epilog=_EPILOG)
@click.argument("place", metavar="[SCRIPT|DIR]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="0: any that is free.  [default: 0]"
)
@click.option("--no-open", is_flag=True, help="Print the address, and open no browser.")
@click.option("--episodes", "output", metavar="DIR", help="Where episodes are built.  [default: output]")
def command(*, place: Path | None, port: int, no_open: bool, output: str | None) -> None:
    """Open SCRIPT, or the scripts of the folder DIR, in a page of this machine alone. Ctrl-C ends it.

    What is changed there is written into the script, and nothing else in the file is touched. Whoever can
    open the page on this machine may change the scripts.
    """
    settings = load_settings({"output": output})
    from audioguide.studio.server import open_studio

    with open_studio(place or Path(), settings, port=port) as studio:
        emit(studio.address)
        note("Ctrl-C ends it")
        if not no_open:
            click.launch(studio.address)
        studio.wait()
