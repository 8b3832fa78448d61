"""Where the writer's socket is.

Paths of Unix sockets are short (about 100 bytes); state directories may not be.
`writer.sock` in the state directory is used when its path fits; else a socket in a private temporary
directory, whose path `writer.addr` records. Only the holder of the writer's lock makes or clears either.
"""

import os
import shutil
import socket
import tempfile
from pathlib import Path

SOCKET = "writer.sock"
ADDRESS = "writer.addr"
MAX_SOCKET_PATH_BYTES = 100
_PREFIX = "offramp-"


def clear(state: Path) -> None:
    """Remove what an earlier writer left behind."""
    (state / SOCKET).unlink(missing_ok=True)
    recorded = _recorded(state)
    if recorded is not None:
        directory = recorded.parent
        if directory.name.startswith(_PREFIX) and _is_own(directory):
            shutil.rmtree(directory, ignore_errors=True)
        (state / ADDRESS).unlink(missing_ok=True)


def choose(state: Path) -> Path:
    """The path to listen at; recorded first when it is not the usual one."""
    usual = state.absolute() / SOCKET
    if len(os.fsencode(usual)) <= MAX_SOCKET_PATH_BYTES:
        return usual
    path = Path(tempfile.mkdtemp(prefix=_PREFIX)) / SOCKET
    partial = state / f"{ADDRESS}.new"
    partial.write_text(f"{path}\n", encoding="utf-8")
    partial.replace(state / ADDRESS)
    return path


def find(state: Path) -> Path | None:
    """The path to connect to, if a socket of this user is there. Whether anyone listens is not known yet."""
    path = _recorded(state) or state.absolute() / SOCKET
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES or not _is_own(path):
        return None
    return path


def dial(state: Path) -> socket.socket | None:
    """A connected socket, or None when no writer listens."""
    path = find(state)
    if path is None:
        return None
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.connect(os.fspath(path))
    except OSError:
        link.close()
        return None
    return link


def _recorded(state: Path) -> Path | None:
    try:
        return Path((state / ADDRESS).read_text(encoding="utf-8").strip())
    except OSError:
        return None


def _is_own(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:
        return False
