"""`audioguide settings`: what holds on this machine, and who said so."""

from __future__ import annotations

import click

from audioguide.cli.output import emit, emit_json, json_option
from audioguide.settings import SETTINGS, environment_name, load_settings


@click.command(name="settings")
@json_option
def command(as_json: bool) -> None:
    """Print every setting, its value and where it comes from: flag, environment, settings file or default."""
    settings = load_settings()
    if as_json:
        emit_json(
            {"settings": {name: _facts(str(getattr(settings, name)), settings.origin[name]) for name in SETTINGS}}
        )
        return
    for name, setting in SETTINGS.items():
        emit(f"{environment_name(name):24}  {getattr(settings, name)}  ({settings.origin[name]}): {setting.help}")


def _facts(value: str, origin: str) -> dict[str, str]:
    return {"value": value, "origin": origin}
