"""Classes that are named outright, with their package or without an import: where a file needs none.

`Frame::LLM::ExampleA.new`, `Frame.ChatModels.ChatExampleA.new!(…)`, `new ExampleAClient(…)` under imports a
project makes for all its files, and the methods by which a framework is told to add a vendor's service.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.code.named import VALUES
from offramp.inventory.code.shapes import Call
from offramp.inventory.naming import Named, Naming
from offramp.inventory.signals import Signal

SHAPES: Mapping[str, re.Pattern[bytes]] = {
    "ruby": re.compile(rb"(?<![\w:])(?:::)?((?:[A-Z]\w*::)+[A-Z]\w*)\.(?:new\b|[a-z]\w*\()"),
    "elixir": re.compile(rb"(?<![\w.])((?:[A-Z]\w*\.)+[A-Z]\w*)\.[a-z]\w*[!?]?\("),
    "php": re.compile(rb"(?<![\w\\])(?:new\s+)?\\?((?:[A-Z]\w*\\)+[A-Z]\w*)(?=\s*\(|::[a-z]\w*\()"),
    "csharp": re.compile(rb"\bnew\s+((?:[A-Z]\w*\.)*[A-Z]\w*)\s*\("),
}
STATIC = re.compile(rb"(?<![\w.])((?:[A-Z]\w*\.)+[A-Z]\w*)\.[A-Z]\w*\(")
"""In C# a function of a class that is named with its package."""
MADE = re.compile(rb"(?<![\w.])(?:new\s+([A-Z]\w*)\s*\(|([A-Z]\w*)\.(?:Create|From|Build)\w*\()")
USED = re.compile(rb"(?m)^[ \t]*(?:global[ \t]+)?using[ \t]+([A-Z][\w.]*)[ \t]*;")
SERVICE = re.compile(r"(?:Service|Agent|Client|Generator|Model)$")
"""What frameworks of C# call what asks a vendor."""
IN_SWIFT = re.compile(rb"(?<![\w.])((?:[A-Z]\w*\.)?)([A-Za-z]\w*)((?:\.[a-z]\w*)?)\(")
IMPORTED = re.compile(rb"(?m)^[ \t]*(?:@\w+[ \t]+)?import[ \t]+([A-Z]\w*)")
ASKS = re.compile(r"(?:Client|LanguageModel|ChatModel|EmbeddingModel|LLM)$")
SERVES = re.compile(r"^[a-z]\w*(?:Service|Client|Model)$")
"""What a framework calls its clients, and its functions that give one; a module's names are in reach bare."""
CLIENT = re.compile(r"(?:Client|API|Api)$")
ADDS = re.compile(rb"(?<=\.)(?:Add|Use|With)([A-Z]\w*?)\s*(?:<[\w\s,.<>?]{0,80}>)?\(")
SERVED = re.compile(
    r"(?:Chat|Completion|Embedding|Client|TextTo|ToText|Image|Inference|Realtime|Responses?)", re.ASCII
)
"""What a method that adds a vendor's service says it adds; one called after the vendor alone adds it."""


@dataclass(frozen=True, slots=True)
class Outright:
    """A class of clients that is used by its name."""

    vendor: VendorId
    route: Route
    call: Call


def outright(
    code: bytes, scope: str, own: Sequence[str], clients: Mapping[str, Signal], naming: Naming
) -> Iterator[Outright]:
    """Every class named outright that a vendor's name, or a profile's list of clients, tells."""
    shape = SHAPES.get(scope)
    for match in shape.finditer(code) if shape is not None else ():
        parts = re.split(r"::|[.\\]", match[1].decode("latin-1"))
        found = _vendor_of(parts, scope, own, clients, naming)
        if found is not None and not is_declared(code, parts[-1]):
            head = ".".join(parts)
            yield Outright(found[0], found[1], Call(head, "(", "", match.start(1), match.end(1)))
    for match in STATIC.finditer(code) if scope == "csharp" else ():
        parts = match[1].decode("latin-1").split(".")
        if naming.named(parts[0]) is None or own[:1] == parts[:1] or VALUES.search(parts[-1]):
            continue
        found = _vendor_of(parts, scope, own, clients, naming)
        if found is not None:
            yield Outright(found[0], found[1], Call(".".join(parts), "(", "", match.start(1), match.end(1)))
    if scope == "swift":
        yield from _of_frameworks(code, naming)
    if scope == "csharp":
        yield from _of_namespaces(code, own, naming)
    for match in ADDS.finditer(code) if scope == "csharp" else ():
        name = match[1].decode("latin-1")
        named = naming.named_in_framework(name)
        is_whole = named is not None and named.end == len(name) and naming.named(name) is not None
        if named is not None and (is_whole or SERVED.search(name, named.end)):
            head = match[0].partition(b"<")[0].rstrip(b"( \t").decode("latin-1")
            yield Outright(
                named.vendor, named.route, Call(head, "(", "", match.start(), match.start() + len(head))
            )


def _of_frameworks(code: bytes, naming: Naming) -> Iterator[Outright]:
    """In Swift: clients that frameworks name after a vendor, in a file that imports one of the frameworks."""
    imported = {one.decode("latin-1") for one in IMPORTED.findall(code)}
    frameworks = {one for one in imported if naming.framework_part(one, "swift", ".") is not None}
    for match in IN_SWIFT.finditer(code) if frameworks else ():
        owner, name = match[1].decode("latin-1").rstrip("."), match[2].decode("latin-1")
        if owner and owner not in frameworks:
            owner, name = "", owner if name[0].islower() and not match[3] else ""
        named = naming.named_in_framework(name)
        if named is None or not (ASKS.search(name) if name[0].isupper() else owner and SERVES.match(name)):
            continue
        if not is_declared(code, name):
            head = f"{owner}.{name}".lstrip(".")
            yield Outright(
                named.vendor, named.route, Call(head, "(", "", match.start(), match.start() + len(head))
            )


def _of_namespaces(code: bytes, own: Sequence[str], naming: Naming) -> Iterator[Outright]:
    """In C#: services that frameworks name after a vendor, in a file that uses one of their namespaces."""
    used = (one.decode("latin-1") for one in USED.findall(code))
    frameworks = [one for one in used if naming.framework_part(one, "csharp", ".") is not None]
    is_theirs = naming.framework_part(".".join(own), "csharp", ".") is not None
    for match in MADE.finditer(code) if frameworks and not is_theirs else ():
        group = match.lastindex or 1
        name = match[group].decode("latin-1")
        named = naming.named_in_framework(name)
        if named is not None and SERVICE.search(name, named.end) and not is_declared(code, name):
            yield Outright(named.vendor, named.route, Call(name, "(", "", match.start(group), match.end()))


def _vendor_of(
    parts: Sequence[str], scope: str, own: Sequence[str], clients: Mapping[str, Signal], naming: Naming
) -> tuple[VendorId, Route] | None:
    last = parts[-1]
    if len(parts) > 1:
        if own[:1] == list(parts[:1]) or VALUES.search(last):
            return None
        whole = ".".join(parts)
        if naming.framework_part(parts[0], scope, ".") is not None:
            named: Named | None = naming.named_in_framework(whole[len(parts[0]) :])
        else:
            named = naming.named(".".join(parts[:-1])) if scope == "csharp" else None
        return (named.vendor, named.route) if named is not None else None
    named = naming.named(last)
    signal = clients.get(last)
    if named is None or not (signal is not None or CLIENT.search(last)):
        return None
    return (signal.vendor, signal.route) if signal is not None else (named.vendor, named.route)


def is_declared(code: bytes, name: str) -> bool:
    """Whether the file declares a class of this name itself."""
    return (
        re.search(
            rb"\b(?:class|record|struct|defmodule|interface|enum|actor|protocol|trait|object)\s+"
            + name.encode("latin-1", "replace"),
            code,
        )
        is not None
    )
