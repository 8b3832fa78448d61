"""Files a command was given by name."""

from pathlib import Path

from offramp.core.errors import OfframpError

LARGEST_FILE = 256 << 20


def read_file(path: Path) -> bytes:
    """The bytes of `path`, at most `LARGEST_FILE`: one without an end is not read to it.

    Raises `file-unreadable` or `file-too-large`.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise OfframpError(
            "file-unreadable", f"cannot read `{path}`: {error.strerror}", help="name a file that is there"
        ) from None
    if len(content) > LARGEST_FILE:
        raise OfframpError(
            "file-too-large", f"`{path}` has more than {LARGEST_FILE >> 20} MiB", help="name a smaller file"
        )
    return content
