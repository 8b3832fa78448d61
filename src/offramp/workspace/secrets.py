"""Reading secrets by reference. Nothing here repeats a value, in a message or anywhere else."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.secrets import Secret, SecretRef
from offramp.workspace.model import Workspace


def resolve_secret(ref: SecretRef, root: Path, environment: Mapping[str, str]) -> Secret:
    """The secret `ref` points at. Files are relative to `root`; a final line end is not part of it.

    Raises `secret-missing` where it is not there and `secret-unreadable` where it cannot be read.
    """
    value = _from_environment(ref.env, environment) if ref.env else _from_file(root / ref.file, ref.file)
    if not value:
        raise OfframpError(
            "secret-missing", f"the secret in {ref} is empty", help=f"write the key to {ref} and start again"
        )
    return Secret(value)


def warnings_for(workspace: Workspace) -> tuple[str, ...]:
    """A sentence for each key file that others on this machine can read."""
    sentences = []
    for ref in workspace.secrets:
        path = workspace.root / ref.file
        if ref.file and path.is_file() and _is_open(path):
            sentences.append(f"key file `{ref.file}` can be read by others: run `chmod 600 {ref.file}`")
    return tuple(sorted(set(sentences)))


def _from_environment(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise OfframpError(
            "secret-missing",
            f"the environment has no `{name}`",
            help=f"set {name} to the key, for example with `export {name}=…`",
        )
    return environment[name].strip()


def _from_file(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise OfframpError(
            "secret-missing",
            f"there is no key file `{shown}`",
            help="write the key to that file, or run `offramp init` to make the callers' keys",
        ) from None
    except (OSError, UnicodeDecodeError):
        raise OfframpError(
            "secret-unreadable",
            f"cannot read key file `{shown}`",
            help="check its owner and permissions, and that it is UTF-8 text",
        ) from None


def _is_open(path: Path) -> bool:
    return os.name == "posix" and bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
