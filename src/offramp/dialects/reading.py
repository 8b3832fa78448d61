"""Reading a JSON body field by field so that nothing goes unseen.

Every object of a body is read through `Fields`. What the reader did not take is, when the object is left,
a declared loss (known and dropped), a refusal (known and not droppable) or a loss marked unknown. Problems
are collected and raised together. What the fields mean is said in each dialect's `decode`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, TypeVar

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError, raise_all
from offramp.core.spans import Span
from offramp.dialects.failures import ReplyInvalid
from offramp.dialects.loss import Decoded, Effect, Loss, LossLog, Refusal

T = TypeVar("T")
Named = TypeVar("Named", Loss, Refusal)

UNKNOWN_REASON: Final = "not known to this version, so not carried"
"""Reason of the loss that stands for a field no table names."""

MAX_PROBLEMS: Final = 20
_UNSAFE = re.compile(r"[^A-Za-z0-9_.$-]")


class Reading:
    """One pass over one body: the losses and problems met on the way."""

    def __init__(
        self, dropped: Sequence[Loss] = (), refused: Sequence[Refusal] = (), *, is_reply: bool = False
    ) -> None:
        self._dropped = dropped
        self._refused = refused
        self._is_reply = is_reply
        self._losses = LossLog()
        self._invalid: list[OfframpError] = []
        self._unsupported: list[OfframpError] = []

    def fields(self, body: Any, pointer: str = "", path: str = "") -> "Fields":
        """`body` as fields; anything but an object is a problem and reads as empty."""
        if isinstance(body, dict):
            return Fields(self, body, pointer, path)
        self.invalid(pointer, "an object is expected here")
        return Fields(self, {}, pointer, path)

    def lose(self, loss: Loss) -> None:
        """`loss` is declared."""
        self._losses.add(loss)

    def invalid(self, pointer: str, message: str, help_line: str = "") -> None:
        """The body breaks its own API's rules at `pointer`."""
        if len(self._invalid) >= MAX_PROBLEMS:
            return
        where = Span("body", pointer=pointer or "/")
        if self._is_reply:
            self._invalid.append(ReplyInvalid("reply-invalid", message, where=where))
            return
        help_line = help_line or "send what this API's reference describes for this field"
        self._invalid.append(OfframpError("body-invalid", message, help=help_line, where=where))

    def unsupported(self, pointer: str, message: str, help_line: str) -> None:
        """The body is right, but this cannot be carried and dropping it would change the answer."""
        if len(self._unsupported) < MAX_PROBLEMS:
            where = Span("body", pointer=pointer or "/")
            self._unsupported.append(OfframpError("body-unsupported", message, help=help_line, where=where))

    def decoded(self, value: T) -> Decoded[T]:
        """`value` with its losses; raises every problem met instead, the invalid ones first."""
        if self._is_reply and self._invalid:
            raise self._invalid[0]
        raise_all(self._invalid + self._unsupported)
        return Decoded(value, self._losses.all())

    def untaken(self, name: str, value: Any, pointer: str, path: str) -> None:
        """A field nobody read: refused, dropped with its reason, or dropped as unknown."""
        refusal = _find(self._refused, path) or _find(self._refused, name)
        if refusal is not None and not self._is_reply:
            self.unsupported(pointer, f"`{name}` cannot be carried: {refusal.reason}", refusal.help)
            return
        known = _find(self._dropped, path) or _find(self._dropped, name)
        if known is not None:
            self.lose(Loss(path, known.reason, known.effect))
        elif value is not None:
            effect = Effect.METADATA if self._is_reply else Effect.CONTROL
            self.lose(Loss(path, UNKNOWN_REASON, effect))


def _find(listed: Sequence[Named], field: str) -> Named | None:
    """The last entry of a table for `field`. Looked for rarely: most bodies hold no field nobody reads."""
    return next((one for one in reversed(listed) if one.field == field), None)


class Fields:
    """One object of a body. Leaving the `with` block accounts for every field that was not taken."""

    __slots__ = ("_body", "_reading", "_taken", "path", "pointer")

    def __init__(self, reading: Reading, body: Mapping[str, Any], pointer: str, path: str) -> None:
        self._reading = reading
        self._body = body
        self._taken: set[str] = set()
        self.pointer = pointer
        self.path = path

    def __enter__(self) -> "Fields":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, value in self._body.items():
            if name not in self._taken and value is not None:
                self._reading.untaken(name, value, self.at(name), self._path_of(name))

    def at(self, name: str) -> str:
        """JSON pointer of a field here."""
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"

    def _path_of(self, name: str) -> str:
        shown = _UNSAFE.sub("?", name)[:64]
        return f"{self.path}.{shown}" if self.path else shown

    def has(self, name: str) -> bool:
        """The field is there and not null."""
        return self._body.get(name) is not None

    def raw(self, name: str) -> Any:
        """The value as parsed; None where absent or null."""
        self._taken.add(name)
        return self._body.get(name)

    def skip(self, *names: str) -> None:
        """These hold nothing that could be lost."""
        self._taken.update(names)

    def skip_zeroes(self) -> None:
        """A count of nothing holds nothing that could be lost."""
        self._taken.update(name for name, value in self._body.items() if value == 0)

    def skip_all(self) -> None:
        """The whole object has been answered for."""
        self._taken.update(self._body)

    def leave(self, name: str) -> None:
        """Not carried after all: account for it as if nobody had read it."""
        self._taken.discard(name)

    def text(self, name: str) -> str | None:
        """A string, or None."""
        value = self.raw(name)
        if value is None or isinstance(value, str):
            return value
        self._reading.invalid(self.at(name), f"`{name}` must be a string")
        return None

    def needed_text(self, name: str) -> str:
        """A string that must be there and not be empty."""
        value = self.raw(name)
        if isinstance(value, str) and value:
            return value
        self._reading.invalid(self.at(name), f"`{name}` is required and must be a string that is not empty")
        return ""

    def flag(self, name: str) -> bool | None:
        """True, false, or None."""
        value = self.raw(name)
        if value is None or isinstance(value, bool):
            return value
        self._reading.invalid(self.at(name), f"`{name}` must be true or false")
        return None

    def integer(self, name: str, least: int | None = None) -> int | None:
        """A whole number of at least `least`, or None."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and (least is None or value >= least):
            return value
        bound = "" if least is None else f" of {least} or more"
        self._reading.invalid(self.at(name), f"`{name}` must be a whole number{bound}")
        return None

    def number(self, name: str, low: float, high: float) -> float | None:
        """A number from `low` to `high`, or None."""
        value = self.raw(name)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self._reading.invalid(self.at(name), f"`{name}` must be a number from {low:g} to {high:g}")
        return None

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty where absent."""
        value = self.raw(name)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self._reading.invalid(self.at(name), f"`{name}` must be a list of strings")
        return ()

    def json_object(self, name: str) -> JsonObject | None:
        """An object carried whole, such as a JSON schema."""
        value = self.raw(name)
        if value is None or isinstance(value, dict):
            return value
        self._reading.invalid(self.at(name), f"`{name}` must be an object")
        return None

    def fields(self, name: str) -> "Fields | None":
        """An object to read further, or None."""
        value = self.raw(name)
        if value is None:
            return None
        return self._reading.fields(value, self.at(name), self._path_of(name))

    def each(self, name: str) -> "Iterator[Fields]":
        """The objects of a list; nothing where absent."""
        value = self.raw(name)
        if value is None:
            return
        if not isinstance(value, list):
            self._reading.invalid(self.at(name), f"`{name}` must be a list")
            return
        for index, item in enumerate(value):
            yield self._reading.fields(item, f"{self.at(name)}/{index}", self._path_of(name))
