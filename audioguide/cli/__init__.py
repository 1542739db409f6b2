"""The command line: a file per command, the table of them, and the one place where failures become exit codes.

Exit 0 done, 1 a known failure, 2 a mistake in a script, the settings or the command line, 130 interrupted.
"""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from audioguide import __version__
from audioguide.cli.interruption import EXIT_INTERRUPTED, INTERRUPTED, ends_soon
from audioguide.errors import AudioguideError, ScriptError, SettingsError

COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("audioguide.cli.init:init", "Write a show.yaml and a first script to edit."),
    "import": ("audioguide.cli.import_:command", "Make a script of an article."),
    "check": ("audioguide.cli.check:check", "Find every mistake in scripts, with its place."),
    "plan": ("audioguide.cli.plan:command", "Tell what a build would speak and reuse, and why."),
    "build": ("audioguide.cli.build:command", "Make the episode of each script."),
    "preview": ("audioguide.cli.preview:command", "Hear a part of an episode, or list its parts."),
    "studio": ("audioguide.cli.studio:command", "Write, hear and build scripts on a local page."),
    "report": ("audioguide.cli.report:command", "Show how a built episode sounds, on one page."),
    "where": ("audioguide.cli.where:command", "Tell when a part sounds in the built episode, and its line."),
    "words": ("audioguide.cli.words:command", "List the words that a voice may read wrongly."),
    "say": ("audioguide.cli.say:command", "Speak one text at once."),
    "publish": ("audioguide.cli.publish:command", "Bring a podcast feed folder to these scripts."),
    "unpublish": ("audioguide.cli.unpublish:command", "Take episodes out of a feed folder."),
    "serve": ("audioguide.cli.serve:command", "Serve a feed folder on this machine, to try it."),
    "feed": ("audioguide.cli.feed:command", "Examine a feed folder or a live feed."),
    "voices": ("audioguide.cli.engines:voices", "List the voices that can speak a script."),
    "engines": ("audioguide.cli.engines:engines", "List the speech engines and their keys."),
    "cache": ("audioguide.cli.cache:command", "Look at the store of finished speech, and make room in it."),
    "doctor": ("audioguide.cli.doctor:command", "Look at this machine, and tell what mends each gap."),
    "settings": ("audioguide.cli.settings:command", "Print every setting and where it comes from."),
    "schema": ("audioguide.cli.schema:schema", "Print the JSON Schema of scripts, for editors."),
}
"""Name -> `module:command`, and its line in the help: nothing is imported before it is needed."""

_EPILOG = """\b
Begin with:        audioguide init my-show
Complete in bash:  eval "$(_AUDIOGUIDE_COMPLETE=bash_source audioguide)"
       (in zsh and fish: zsh_source, fish_source)
"""
MISTAKES = (ScriptError, SettingsError)
"""What ends with 2."""


class Commands(click.Group):
    """The commands of the table, imported one at a time, inside the error boundary."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, with the nearest name where there is none; click takes one like "." for an option, and helps."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing:
            from audioguide.script.problems import nearest

            near = nearest(name, COMMANDS)
            raise click.UsageError(f"No such command {name!r}" + (f"; {near}" if near else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """The table, without an import."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def main(self, args: Sequence[str] | None = None, *others: Any, **extra: Any) -> Any:
        """Run a command line. Every known failure ends here; any other is a bug, and looks like one."""
        given = list(sys.argv[1:] if args is None else args)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that has no "…" is no reason to fail
        extra |= {"standalone_mode": False, "obj": shlex.join(["audioguide", *given])}
        try:
            with ends_soon():
                result = super().main(given, *others, **extra)
        except click.ClickException as error:
            _tell_usage(error, as_json="--json" in given)
            sys.exit(error.exit_code)
        except (click.Abort, KeyboardInterrupt):  # the latter in the last moment
            click.echo(INTERRUPTED, err=True)
            sys.exit(EXIT_INTERRUPTED)
        except AudioguideError as error:
            _tell(error, as_json="--json" in given, debug="--debug" in given)
            sys.exit(2 if isinstance(error, MISTAKES) else 1)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the last flush complains
            sys.exit(1)
        sys.exit(result if isinstance(result, int) else 0)


def _tell(error: AudioguideError, *, as_json: bool, debug: bool) -> None:
    from audioguide.cli import output

    if debug:
        from audioguide.cli.redaction import redacted_traceback

        click.echo(redacted_traceback(error), err=True, nl=False)
    if as_json:
        output.emit_json(output.error_document(error))
        return
    for line in output.error_lines(error):
        click.echo(line, err=True)


def _tell_usage(error: click.ClickException, *, as_json: bool) -> None:
    from audioguide.cli import output

    ctx = getattr(error, "ctx", None)
    hint = f"see {ctx.command_path} --help" if ctx else "see audioguide --help"
    if as_json:
        facts = {"where": "command line", "message": error.format_message(), "hint": hint, "kind": "UsageError"}
        output.emit_json({"error": facts})
        return
    usage = [ctx.get_usage()] if ctx else []
    for line in (*usage, f"error: {error.format_message()}", f"hint: {hint}"):
        output.note(line)


@click.group(cls=Commands, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="audioguide")
@click.option("--debug", is_flag=True, help="Show tracebacks and the developers' log.")
def main(*, debug: bool) -> None:
    """An article becomes a podcast episode or an audio guide.

    A YAML script is spoken, levelled and stitched; its sections become chapters.
    """
    from audioguide.cli.redaction import guard_logs

    guard_logs(debug=debug)
