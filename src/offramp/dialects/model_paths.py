"""Model names inside paths: ARNs and profiles hold colons and slashes, which must not become steps."""

import re
from typing import Final

from offramp.core.errors import OfframpError

_ESCAPED: Final = re.compile(rb"[^A-Za-z0-9_.~-]")
_ODD: Final = re.compile(rb"[^A-Za-z0-9_.~/:@-]")


def quoted(model: str) -> str:
    """`model` as one segment of a path. Raises `body-invalid` for one that a server would read as a step."""
    _check(model, model)
    return _ESCAPED.sub(_escape, model.encode()).decode()


def quoted_steps(model: str) -> str:
    """`model` with its slashes as segments of a path, as some APIs name models. Raises `body-invalid`."""
    for step in model.split("/"):
        _check(step, model)
    return _ODD.sub(_escape, model.encode()).decode()


def _check(step: str, model: str) -> None:
    if not step.strip("."):
        raise OfframpError(
            "body-invalid", f"`{model}` is not the name of a model", help="name the model to ask"
        )


def _escape(odd: re.Match[bytes]) -> bytes:
    return b"%%%02X" % odd[0][0]
