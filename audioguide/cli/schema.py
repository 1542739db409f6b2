"""`audioguide schema`: the JSON Schema of scripts."""

from __future__ import annotations

import click

_EPILOG = """\b
Examples:
  audioguide schema > audioguide.schema.json
  audioguide schema --show > audioguide-show.schema.json
\b
Name it in a script's first line, and editors complete and check as you type:
  # yaml-language-server: $schema=audioguide.schema.json
"""


@click.command(name="schema", epilog=_EPILOG)
@click.option("--show", is_flag=True, help="The schema of show.yaml, not of scripts.")
def schema(*, show: bool) -> None:
    """Print the JSON Schema of scripts, for editors."""
    from audioguide.script.model import Script, ShowFile
    from audioguide.script.schema import schema_text

    click.echo(schema_text(ShowFile if show else Script), nl=False)
