"""Results on stdout, everything else on stderr."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from offramp.core.errors import Exit, OfframpError
from offramp.report import Document, rendered

TABLE_FORMATS = ("text", "html", "json", "csv", "pdf")
FRAME_SECONDS = 0.1


def check_output(format: str, output: Path | None, formats: Sequence[str] = TABLE_FORMATS) -> None:  # noqa: A002
    """Raise before anything is done where the result could not be given afterwards.

    What is recorded stays recorded: a command must not find out at its end that it cannot say so.
    """
    if format not in formats:
        raise OfframpError(
            "format-unknown", f"no format `{format}`", help=f"use one of: {', '.join(formats)}"
        )
    if output is None:
        return
    target = output if output.exists() else output.parent
    if output.is_dir() or not target.exists() or not os.access(target, os.W_OK):
        reason = "it is a folder" if output.is_dir() else "its folder is missing or may not be written"
        raise OfframpError(
            "output-unwritable", f"cannot write `{output}`: {reason}", help="choose another file with -o"
        )


def emit(document: Document, format: str = "text", output: Path | None = None) -> None:  # noqa: A002
    """Print `document` to stdout, or write it to `output`."""
    write(rendered(document, format), output)


def write(result: str | bytes, output: Path | None = None) -> None:
    """Print a result to stdout, or write it to `output`. A terminal gets no bytes that it would obey."""
    if output is None:
        if isinstance(result, bytes):
            if sys.stdout.isatty():
                raise OfframpError(
                    "output-not-text", "a terminal cannot show this format", help="write it to a file with -o"
                )
            sys.stdout.buffer.write(result)
        else:
            sys.stdout.write(result)
        sys.stdout.flush()
        return
    try:
        output.write_bytes(result.encode("utf-8") if isinstance(result, str) else result)
    except OSError as error:
        raise OfframpError(
            "output-unwritable",
            f"cannot write `{output}`: {error.strerror}",
            help="choose another file with -o",
        ) from None


def say(text: str) -> None:
    """A line for the person at the terminal; never part of the result."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


@contextmanager
def progress(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A progress bar on stderr, on a terminal only; call what it gives with how much is done."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"))
    # Drawn when there is something to show, not by a thread: a scan may start processes meanwhile.
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True, auto_refresh=False
    ) as bar:
        task = bar.add_task(label, total=total)
        drawn = 0.0

        def show(done: int) -> None:
            nonlocal drawn
            bar.update(task, completed=done)
            if monotonic() - drawn >= FRAME_SECONDS:
                drawn = monotonic()
                bar.refresh()

        yield show


def finish(code: Exit) -> None:
    """Leave with an exit code other than 0; the result is already printed."""
    raise SystemExit(int(code))
