"""Optional parts of the installation: said clearly when one is missing."""

from importlib.util import find_spec

from offramp.core.errors import OfframpError

EXTRAS = {"gateway": ("aiohttp", "granian", "orjson"), "local": ("xllamacpp",)}
"""Extra to the modules it brings."""


def missing_modules(extra: str) -> tuple[str, ...]:
    """The modules of `extra` that are not installed."""
    return tuple(module for module in EXTRAS[extra] if find_spec(module) is None)


def require_extra(extra: str) -> None:
    """Raise `extra-missing`, with the line that installs it, unless every module of `extra` is there."""
    missing = missing_modules(extra)
    if missing:
        raise OfframpError(
            "extra-missing",
            f"this needs the `{extra}` extra: `{missing[0]}` is not installed",
            help=f"pip install 'offramp[{extra}]'",
        )
