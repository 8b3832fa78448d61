"""The entry point: registers commands, prints errors in one form, owns the exit codes."""

import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from io import TextIOWrapper

from cyclopts import App, CycloptsError, Parameter

from offramp import __version__
from offramp.cli.commands import COMMANDS
from offramp.core.errors import Exit, OfframpError

PIPE_CLOSED = 141
"""What a shell shows for a program that a closed pipe ended: 128 and the number of SIGPIPE."""
HELP = ("--help", "-h")


def build(*, whole: bool = False) -> App:
    """The command line. Commands load only when they run, unless the `whole` of it is wanted for help."""
    app = App(
        name="offramp",
        help="The way off any AI vendor: find every use, move it, keep the terms, prove all of it.",
        version=__version__,
        help_format="plaintext",
        default_parameter=Parameter(negative=(), show_default=False),
    )
    for command in COMMANDS:
        module = f"offramp.cli.commands.{command}"
        app.command(import_module(module).app if whole else f"{module}:app", name=command)
    return app


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A character this terminal cannot show is written out; it does not end the command.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:] if argv is None else list(argv)))


def run(argv: Sequence[str]) -> int:
    """Run one command; errors go to stderr in the one text form. Returns the exit code."""
    try:
        build(whole=not argv or argv[0] in HELP)(
            list(argv), exit_on_error=False, print_error=False, result_action="return_value"
        )
    except OfframpError as error:
        sys.stderr.write(error.render() + "\n")
        return int(error.exit_code)
    except CycloptsError as error:
        sys.stderr.write(f"error[usage]: {_one_line(error)}\n   = help: offramp {_command(argv)}--help\n")
        return int(Exit.USAGE)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(Exit.OK)
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return 130
    except BrokenPipeError:
        # Whoever read the result went away: no answer was given, so none of the answers' codes fits.
        for stream in (sys.stdout, sys.stderr):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001 - the one place where the CLI catches everything
        if os.environ.get("OFFRAMP_TRACEBACK"):
            traceback.print_exc()
        sys.stderr.write(
            f"error[internal]: {type(error).__name__}: {error}\n"
            "   = help: this is our fault; run again with OFFRAMP_TRACEBACK=1 and report what it prints\n"
        )
        return int(Exit.INTERNAL)
    return int(Exit.OK)


def _one_line(error: CycloptsError) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _command(argv: Sequence[str]) -> str:
    return f"{argv[0]} " if argv and argv[0] in COMMANDS else ""
