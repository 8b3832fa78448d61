"""Follows an SDK's names through code that is read by its words: from imports to clients to calls."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.code.given import OTHER, Given
from offramp.inventory.code.imports import own_namespace
from offramp.inventory.code.named import VALUES
from offramp.inventory.code.outright import is_declared, outright
from offramp.inventory.code.shapes import Call
from offramp.inventory.code.words import blanked, calls_of, constants, made_of_its_type, target_before, typed
from offramp.inventory.naming import Naming
from offramp.inventory.signals import Signal
from offramp.inventory.source import Source

MAKERS = re.compile(
    r"^(?:new|New|create|build|builder|of|from\w+|client|factory|default|shared|init|connect|with_\w+|service)$"
    r"|^(?!With|with_)\w*(?:Client|Service)\w*$"
)
"""Functions of a package or class that give a client."""
GIVES_CLIENT = re.compile(r"\.(?:get|Get|as|As|create|Create)\w*Client$")
GIVEN_WHOLE = re.compile(
    rb"\s{0,40}\([^();]{0,200}(?:\([^()]{0,100}\)[^();]{0,100})?\)[ \t]*(?:;|\r?\n(?!\s*[.?])|\Z)"
)
"""Functions of a client that give another, and the end of a statement whose value that is."""
CONSTANT_LANGUAGES = {"ruby", "php", "elixir", "csharp", "swift", "dart"}
"""Where a package is used through a constant or class that has its name."""
GO_OPTION = re.compile(r"With(?!APIKey$|ApiKey$)[A-Z]\w*$")
"""A Go function that gives an option; the one that gives the key tells whose client is made."""
IN_REACH = re.compile(r"(?:Client|API|Api|Service)$")
"""Clients told by their bare name where a file need not import them; any other may be the program's own."""
VALUE_PACKAGES = frozenset(
    ("document", "option", "options", "shared", "constant", "param", "types", "respjson", "ssestream")
)
"""Packages beside an SDK's own that hold options and values of requests."""
GO_VALUE = re.compile(
    r"^(?!New)\w+(?:Model|Type|Format|Effort|Reason)$|(?:ParamOf|PartFrom|ContentFrom)[A-Z]"
)
"""Go functions of an SDK that give a part of a request, and conversions to its types."""
ELIXIR_VALUES = frozenset(("new", "new!", "changeset", "cast", "user", "system", "assistant", "tool"))
CLOSES = frozenset(
    ("Close", "close", "Dispose", "dispose", "DisposeAsync", "shutdown", "Shutdown", "toString", "disconnect")
)
AT_ONCE = re.compile(rb"\s{0,40}\.([a-z]\w*)\(")
"""A function of the class a call begins with."""
AWAITED_MAKERS = re.compile(r"^(?:connect|open|load|login|start|get|setup|launch|with|try_new|make|spawn)")
BUILDER = re.compile(r"(?:^|\.)(?:new)?[bB]uilder$")
"""What gives a thing that is told how to build a client: telling it is no call of the service."""
CONDITION = re.compile(rb"[ \t]*(?:\}[ \t]*)?(?:else[ \t]+)?(?:for|if|while|guard|switch|match|when)\b")
BY_PATH = {
    "ruby": rb"(?<![\w:])(?:::)?%s(?:::(?P<kind>[A-Z]\w*))+\.[a-z]\w*",
    "rust": rb"(?<![\w:])(?:::)?%s(?:::[a-z]\w*){0,6}::(?P<kind>[A-Z]\w*)(?:::<[\w:<>, ]{1,80}>)?::[a-z]\w*",
}
"""What is called by its whole path: a function of a class, with the modules it lies in."""
CALLED_CLIENT = re.compile(r"(?:Client|Api|LLM|Model)$")
NO_MORE = re.compile(rb"\(\s*\)\s*(?:;|\n(?!\s*\.))")
RECEIVER_NAME = re.compile(r"^(?:this|self|\$this|&?(?:mut )?self|[a-z]\w{0,3})\.")
TYPES = ("Client", "APIClient", "ChatService", "LLM", "Chat", "Embedder", "GenerativeModel", "Service")
"""What SDKs call their clients, in languages whose types stand behind their package's name."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A call through an SDK, found by words."""

    vendor: VendorId
    route: Route
    call: Call


@dataclass(frozen=True, slots=True)
class Known:
    """What a name stands for."""

    vendor: VendorId
    route: Route
    is_class: bool = False
    """A class of clients, or a package: what is made of it is a client."""


def follow(
    source: Source,
    bound: Mapping[str, Known],
    packages: Iterable[tuple[str, VendorId, Route]],
    clients: Mapping[str, Signal],
    naming: Naming,
    paths: Mapping[str, Signal],
) -> Iterator[Followed]:
    """Every call through the bound names, the packages' own constants, and the clients made of them.

    `bound` are the names imports bind; `packages` the modules imported whole, whose client classes are then
    in reach by their bare names.
    """
    code = blanked(source, keeps_strings=False)
    scope = source.language.module_scope
    makers = dict(bound)
    for module, vendor, route in packages:
        for name, signal in clients.items() if scope != "go" else ():
            # In Go a bare name is always the program's own.
            if signal.vendor == vendor and not is_declared(code, name):
                makers.setdefault(name, Known(vendor, _of(signal, route), True))
        if scope in CONSTANT_LANGUAGES:
            package = re.split(r"[/\\.:]", module)[-1 if scope != "php" else 0]
            for name in constants(code, package) | constants(code, re.split(r"[/\\.:]", module)[0]):
                makers.setdefault(name, Known(vendor, route, True))
    if scope == "csharp":
        # A project imports for all its files: its clients are in reach with nothing said here.
        for name, signal in clients.items():
            is_telling = naming.named(name) is not None and IN_REACH.search(name) is not None
            if is_telling and not is_declared(code, name):
                makers.setdefault(name, Known(signal.vendor, signal.route, True))
    found: dict[int, Followed] = {}
    instances: dict[str, Known] = {}
    declared: list[tuple[str, int]] = []
    for name, kind, start in typed(code, _types(makers, scope)):
        known = makers.get(_first(kind, makers))
        if known is not None and name not in makers:
            instances[name] = Known(known.vendor, known.route)
            declared.append((name, start))
            made = made_of_its_type(code, start, scope)
            if made is not None and known.is_class:
                found[start] = Followed(
                    known.vendor, known.route, Call(kind, "(", name, start, start + len(kind))
                )
    builders: set[str] = set()
    for call in calls_of(code, makers, scope):
        known = makers.get(_first(call.head, makers))
        if known is None or not (_makes(call.head, known, clients) or _asks(call, known, scope, naming)):
            continue
        found[call.start] = Followed(known.vendor, known.route, call)
        if call.assigned_to and call.assigned_to not in makers and not _gives_answer(code, call):
            if BUILDER.search(call.head) and NO_MORE.match(code, call.end):
                builders.add(call.assigned_to)
            else:
                # What a name is given says more than the type it was declared with.
                instances[call.assigned_to] = Known(known.vendor, known.route)
    for call, known in _by_path(code, scope, paths, naming):
        found.setdefault(call.start, Followed(known.vendor, known.route, call))
        if call.assigned_to and call.assigned_to not in makers:
            instances[call.assigned_to] = known
    for one in outright(code, scope, own_namespace(source.data), clients, naming):
        if any(start <= one.call.start < start + len(call.call.head) + 8 for start, call in found.items()):
            continue
        target = target_before(
            code,
            code.rfind(b"new", max(0, one.call.start - 8), one.call.start)
            if scope == "csharp"
            else one.call.start,
        )
        found[one.call.start] = Followed(one.vendor, one.route, one.call)
        if target and target not in makers and not _gives_answer(code, one.call):
            instances.setdefault(target, Known(one.vendor, one.route))
    told = set(makers)
    while instances:
        told.update(instances)
        given = Given(code, makers, [one.call for one in found.values()], declared)
        more = _through_clients(code, scope, given, instances, builders, found)
        instances = {name: known for name, known in more.items() if name not in told}
    yield from (found[start] for start in sorted(found))


def _opens_a_block(code: bytes, call: Call) -> bool:
    """Whether the bracket behind a member begins what a loop or a condition does."""
    line = code.rfind(b"\n", 0, call.start) + 1
    return CONDITION.match(code, line, call.start) is not None


def _by_path(
    code: bytes, scope: str, paths: Mapping[str, Signal], naming: Naming
) -> Iterator[tuple[Call, Known]]:
    """Calls of what a module of a library holds, where only the whole path says which library it is."""
    shape = BY_PATH.get(scope, b"")
    for path, signal in paths.items() if shape else ():
        text = path.encode()
        for match in re.finditer(shape % re.escape(text), code) if text in code else ():
            kind = match["kind"].decode("latin-1")
            is_client = scope == "ruby" or CALLED_CLIENT.search(kind) or naming.named(kind) is not None
            if is_client and VALUES.search(kind) is None:
                head = re.sub(r"::<[^()]*>", "", match[0].decode("latin-1")).replace("::", ".").lstrip(".")
                call = Call(head, "(", target_before(code, match.start()), *match.span())
                yield call, Known(signal.vendor, signal.route)


def _through_clients(
    code: bytes,
    scope: str,
    given: Given,
    instances: Mapping[str, Known],
    builders: Collection[str],
    found: dict[int, Followed],
) -> Mapping[str, Known]:
    """Add to what was found the calls of the clients themselves; the clients that these calls give."""
    more: dict[str, Known] = {}
    for call in calls_of(code, instances, scope):
        name = _first(call.head, instances)
        if call.start in found or not name or call.head == name or name in builders:
            continue
        if call.arguments == "{" and (scope == "go" or _opens_a_block(code, call)):
            continue  # of a condition, or a value
        giver = given.by(name, call, instances)
        if giver == OTHER or call.head.rpartition(".")[2] in CLOSES:
            continue
        whose = found.get(giver) or instances[name]
        found[call.start] = Followed(whose.vendor, whose.route, call)
        if call.assigned_to and GIVES_CLIENT.search(call.head) and GIVEN_WHOLE.match(code, call.end):
            more[call.assigned_to] = Known(whose.vendor, whose.route)
    return more


def _gives_answer(code: bytes, call: Call) -> bool:
    """Whether a function is awaited that gives no client: what it gives is the answer to a request."""
    name = re.split(r"[.:]", call.head)[-1]
    if not name[:1].islower():
        called = AT_ONCE.match(code, call.end)
        name = called[1].decode("latin-1") if called is not None else ""
    if not name or MAKERS.match(name) or AWAITED_MAKERS.match(name):
        return False
    line = code.rfind(b"\n", 0, call.start) + 1
    return b"await" in code[max(line, call.start - 80) : call.start]


def _types(makers: Mapping[str, Known], scope: str) -> list[str]:
    """Names whose values are clients; where packages are reached by their name, the clients in them."""
    names = [name for name, known in makers.items() if known.is_class]
    return names if scope != "go" else [*names, *(f"{name}.{kind}" for name in names for kind in TYPES)]


def _asks(call: Call, known: Known, scope: str, naming: Naming) -> bool:
    """Whether a package's function is called, in a language whose packages are used by their functions.

    In Elixir one of a module inside the package, if it gives no value of a request. In Go an option handed
    to a client counts where the package is called after the vendor.
    """
    if scope == "elixir":
        module, _, name = call.head.rpartition(".")
        is_inside = known.is_class and "." in module and name[:1].islower()
        return is_inside and name not in ELIXIR_VALUES and VALUES.search(module) is None
    if scope != "go" or not known.is_class or call.arguments != "(" or "." not in call.head:
        return False
    package, _, name = call.head.rpartition(".")
    if GO_OPTION.match(name):
        return naming.named_in_framework(package) is not None
    return (package not in VALUE_PACKAGES and GO_VALUE.search(name) is None) or name.startswith("With")


def _of(signal: Signal, route: Route) -> Route:
    return signal.route if signal.route is not Route.DIRECT else route


def _first(head: str, names: Mapping[str, Known]) -> str:
    """The longest of the names that a dotted head is or begins with, without the object before it."""
    plain = head if head.partition(".")[0] in names else RECEIVER_NAME.sub("", head)
    while plain and plain not in names:
        plain = plain.rpartition(".")[0]
    return plain


def _makes(head: str, known: Known, clients: Mapping[str, Signal]) -> bool:
    """Whether a call that begins at a package or class gives a client or asks the service at once.

    Building a value of a request or naming a type does neither.
    """
    parts = head.split(".")
    if len(parts) == 1:
        return known.is_class
    if any(part in clients for part in parts[1:]) or parts[0] in clients:
        return True
    if not known.is_class:
        return False
    for before, part in pairwise(parts):
        if (
            MAKERS.match(part)
            and not VALUES.search(part)
            and (before == parts[0] or not before[:1].isupper() or MAKERS.match(before))
        ):
            return True
    return parts[-1][:1].islower() and len(parts) == 2
