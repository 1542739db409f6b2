"""`audioguide serve`: a feed folder on this machine, to try it with a player."""

from __future__ import annotations

from pathlib import Path

import click

from audioguide.cli.output import emit, note

_EPILOG = """\b
Examples:
  audioguide serve site
  audioguide serve site --port 8001
"""
DEFAULT_PORT = 8000


@click.command(name="serve", epilog=_EPILOG)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=DEFAULT_PORT,
    help="0: any that is free.  [default: 8000]",
)
def command(folder: Path, port: int) -> None:
    """Serve the folder DIR on this machine alone, as a real host would: players can seek in it. Ctrl-C ends it.

    The addresses inside the feed are those of its base URL; to try them here, publish to another folder with
    --base-url http://127.0.0.1:8000/.
    """
    from audioguide.publish.serve import open_server

    with open_server(folder, port) as server:
        host, bound = server.server_address[:2]
        emit(f"serving {folder} on http://{host!s}:{bound}/")
        note("Ctrl-C ends it")
        server.serve_forever(poll_interval=0.2)
