"""Wordings to analyse: documents and folders named on the command line."""

from collections.abc import Sequence
from pathlib import Path

from offramp.cli.asking import Place, open_texts
from offramp.cli.files import read_file
from offramp.core.errors import OfframpError
from offramp.instruments import Instruments, Source, load


def read_texts(paths: Sequence[Path]) -> Instruments:
    """The instruments in all documents and folders named. Raises every problem in them."""
    files: list[Path] = []
    for path in paths:
        found = sorted({*path.glob("*.yaml"), *path.glob("*.yml")}) if path.is_dir() else [path]
        if not found:
            raise OfframpError(
                "instruments-missing",
                f"there are no instruments in `{path}`",
                help="name a document of offramp.instruments/v1, or a folder of them (*.yaml)",
            )
        files += [one for one in found if one not in files]
    return load([Source(str(path), read_file(path).decode("utf-8", "replace")) for path in files])


def open_all(paths: Sequence[Path], suppose: Sequence[str]) -> tuple[Instruments, tuple[str, ...]]:
    """The instruments named, or those of the workspace, and where they were read.

    Those in `suppose` are taken as in force.
    """
    from offramp.instruments.analyses import supposed

    if paths:
        found, named = read_texts(paths), tuple(str(path) for path in paths)
    else:
        texts = open_texts(Place())
        found, named = texts.instruments, texts.folders
    return supposed([found], suppose)[0], named
