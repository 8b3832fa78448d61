"""Optional parts of the installation: said clearly when one is missing.

What an extra brings is read from the installed package's own metadata, so that it is written down once.
"""

import re
from importlib.metadata import PackageNotFoundError, distribution, requires

from offramp.core.errors import OfframpError

REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)[^;]*;\s*extra\s*==\s*['\"](?P<extra>[^'\"]+)['\"]$")
"""A requirement of one extra on every platform; those of some platforms only are left to the installer."""


def missing_packages(extra: str) -> tuple[str, ...]:
    """The packages of `extra` that are not installed, sorted."""
    lines = (REQUIREMENT.match(line) for line in requires("offramp") or ())
    named = {line["name"] for line in lines if line is not None and line["extra"] == extra}
    return tuple(sorted(name for name in named if not _is_installed(name)))


def require_extra(extra: str) -> None:
    """Raise `extra-missing`, with the line that installs it, unless every package of `extra` is there."""
    missing = missing_packages(extra)
    if missing:
        raise OfframpError(
            "extra-missing",
            f"not installed: {', '.join(f'`{name}`' for name in missing)}, of the `{extra}` extra",
            help=f"pip install 'offramp[{extra}]'",
        )


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True
