"""The values a syntax tree is read into."""

import re
from dataclasses import dataclass, field

HEAD = re.compile(r"(?:new\s+|await\s+|\(\s*)*((?:[A-Za-z_$][\w$]*)(?:\s*\??\.\s*[#A-Za-z_$][\w$]*)*)")


@dataclass(frozen=True, slots=True)
class Import:
    """A name bound by an import."""

    module: str
    name: str
    """What was imported from the module; empty for the module itself, `*` for everything."""
    bound: str
    """The name it has in this file; empty when nothing is bound."""
    start: int
    end: int
    name_at: tuple[int, int] | None = None
    """Where the name stands by itself, in a statement of several lines."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call, by the dotted name it begins with."""

    head: str
    """`sdk.Client`, `self.client.messages.create`."""
    arguments: str
    assigned_to: str
    """The dotted name its result is bound to, directly; else empty."""
    start: int
    end: int
    """Where the head ends."""


@dataclass(frozen=True, slots=True)
class Module:
    """What was read from one file."""

    imports: tuple[Import, ...] = ()
    calls: tuple[Call, ...] = ()
    annotations: tuple[tuple[str, str], ...] = field(default=())
    """Names and the type they are annotated with."""


def head_of(text: str) -> str:
    """The dotted name an expression begins with, without spaces and question marks."""
    match = HEAD.match(text)
    return re.sub(r"[\s?]", "", match[1]) if match else ""
