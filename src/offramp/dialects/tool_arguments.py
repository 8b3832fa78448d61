"""The JSON text of one tool call's arguments, as it grows. Broken text never becomes an object."""

from typing import Any

import msgspec

from offramp.core.digests import JsonObject


class Arguments:
    """Collects the pieces of a tool call's arguments."""

    __slots__ = ("_pieces",)

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, piece: str) -> None:
        """`piece` follows what came before."""
        self._pieces.append(piece)

    @property
    def is_empty(self) -> bool:
        """Nothing but white space so far."""
        return not any(piece.strip() for piece in self._pieces)

    @property
    def is_object(self) -> bool:
        """What came so far is one whole JSON object."""
        # The last character decides almost always; a long text is parsed only when it may be whole.
        if not self._pieces or not (self._pieces[-1].rstrip() or "}").endswith("}"):
            return False
        text = "".join(self._pieces)
        self._pieces = [text]
        return parsed_object(text) is not None


def parsed_object(text: str) -> JsonObject | None:
    """The JSON object `text` is, or None."""
    value = parsed_json(text)
    return value if isinstance(value, dict) else None


def parsed_json(text: str | bytes) -> Any:
    """The JSON value `text` is; None where it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
