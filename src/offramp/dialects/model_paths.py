"""Model names inside paths: ARNs and profiles hold colons and slashes, which must not become steps."""

import re
from typing import Final

from offramp.core.errors import OfframpError

_ESCAPED: Final = re.compile(rb"[^A-Za-z0-9_.~-]")


def quoted(model: str) -> str:
    """`model` as one segment of a path. Raises `body-invalid` for one that a server would read as a step."""
    if not model.strip("."):
        raise OfframpError(
            "body-invalid", f"`{model}` is not the name of a model", help="name the model to ask"
        )
    return _ESCAPED.sub(lambda match: b"%%%02X" % match[0][0], model.encode()).decode()
