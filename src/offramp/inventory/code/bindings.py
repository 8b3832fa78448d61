"""Whose SDK a file imports, which names stand for it, and which calls go through those names."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ast_grep_py import SgRoot

from offramp.core.findings import Route
from offramp.core.ids import VendorId
from offramp.inventory.code import javascript, python, words
from offramp.inventory.code.following import Known, follow
from offramp.inventory.code.imports import own_namespace
from offramp.inventory.code.named import JOINTS, SAMPLES, VALUES, is_class_of, is_own_module, named_import
from offramp.inventory.code.shapes import Call, Import, Module
from offramp.inventory.languages import COMPONENT, PAGE
from offramp.inventory.naming import Naming
from offramp.inventory.signals import Signal
from offramp.inventory.source import Source

CLIENT_NAME = re.compile(
    r"(?:Client(?:V\d+)?|LLM|(?:Chat|Embedding|Generative|Image|Language|Moderation|Scoring|Speech|Transcription)Model)$"
)
HOUSEKEEPING = {
    "close",
    "aclose",
    "__enter__",
    "__exit__",
    "__aenter__",
    "__aexit__",
    "model_dump",
    "toString",
}
ADDRESS = re.compile(
    r"\b(?:base_?ur[li]|uri_base|api_?base|azure_?endpoint|endpoint)\b\s*[=:(]|with_?(?:base_?url|api_?base)\(",
    re.IGNORECASE,
)
CONSTANT = re.compile(r"\.[A-Z][A-Z0-9]*_[A-Z0-9_]+\.")
"""A constant of a module on the way: what is called is a text's or a number's own function."""
VALUE_MODULES = frozenset(
    ("types", "_types", "utils", "_utils", "constants", "exceptions", "_exceptions", "errors")
)
"""Parts of an SDK whose names ask nobody."""
OWN_MODS = re.compile(rb"(?m)^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?mod[ \t]+(\w+)")
"""In Rust a file's own modules are in reach by their bare name."""
SCRIPT = re.compile(r"(?:<script\b[^>]*>|\A\s*---\n)(.*?)(?=</script|\n---|\Z)", re.DOTALL)
"""Also the part between dashes at the head of a file."""
FETCHED = re.compile(
    r"https?://[^/]+/(?:[\w-]+/)?((?:@[\w.-]+/)?[\w.-]+)@v?\d|(?:npm|jsr):/?((?:@[\w.-]+/)?[\w.-]+)"
)
"""A package where runtimes fetch modules: at an address with its version, or by the name of a registry."""
FACTORY = re.compile(r"(?:^|\.)create[A-Z]\w*$")
"""Functions that give one by which each model is then made."""
HELPER = re.compile(r"(?:to|is|zod)[A-Z]\w*$")
"""Functions that turn one value into another."""
WIDEST_ARGUMENTS = 600
PARTS_OF_A_TOOL = 2
"""`x.tools.search(…)` describes a tool of the vendor's for a request, and asks nobody."""


@dataclass(frozen=True, slots=True)
class SdkImport:
    """An import of a vendor's SDK."""

    vendor: VendorId
    route: Route
    module: str
    bound: str
    start: int
    end: int
    is_exact: bool
    """The module is the vendor's; otherwise only the imported class has its name."""
    makes_client: bool
    """The name bound is a class of clients."""
    known_as: str = ""
    """The module of the profile it lies in; empty where only the class is known."""
    is_whole: bool = False
    """The module itself, or everything in it, rather than one name of it."""
    is_named: bool = False
    """No profile lists it: a word in its name tells."""


@dataclass(frozen=True, slots=True)
class SdkCall:
    """A call through a name that stands for a vendor's SDK."""

    vendor: VendorId
    route: Route
    head: str
    start: int
    end: int
    has_own_address: bool
    """The client is given an address; whose models answer there cannot be told from the SDK."""
    is_certain: bool = True
    """Read from a syntax tree."""


@dataclass(frozen=True, slots=True)
class Sdk:
    """What one file does with vendors' SDKs."""

    imports: tuple[SdkImport, ...] = ()
    calls: tuple[SdkCall, ...] = ()
    module: Module = field(default_factory=Module)


@dataclass(frozen=True, slots=True)
class _Name:
    """What a bound name stands for."""

    vendor: VendorId
    route: Route
    is_client: bool
    """A client or a class of clients, rather than a module or another symbol."""
    is_instance: bool = False


def module_of(source: Source) -> Module:
    """The imports, calls and annotations of a source; of one without a grammar here only the imports."""
    if not source.language.tree:
        return words.read(source)
    text = scripts_only(source.text) if source.language in (COMPONENT, PAGE) else source.text
    root = SgRoot(text, source.language.tree).root()
    if source.language.tree == "python":
        return python.read(root, source)
    return javascript.read(root, source)


def scripts_only(text: str) -> str:
    """The scripts of a component file where they stand, and spaces for everything else."""
    kept = [match.span(1) for match in SCRIPT.finditer(text)]
    parts, at = [], 0
    for start, end in kept:
        parts += [re.sub(r"[^\n]", " ", text[at:start]), text[start:end]]
        at = end
    return "".join([*parts, re.sub(r"[^\n]", " ", text[at:])])


def sdk_of(
    source: Source, modules: Mapping[str, Signal], clients: Mapping[str, Signal], naming: Naming
) -> Sdk:
    """Follow a file's imports and aliases to the calls made through them.

    `modules` are those of the file's language, by name; `clients` the client classes of every vendor.
    """
    module = module_of(source)
    scope = source.language.module_scope
    joint = JOINTS.get(scope, "/")
    own = own_namespace(source.data) if scope in ("java", "php", "csharp", "elixir") else []
    others = [
        one
        for one in _from_elsewhere(module.imports, source, naming)
        if one.name not in clients or not _is_drawn(one, source)
    ]
    listed = tuple(_sdk_imports(others, modules, clients, scope, naming))
    told = {(one.start, one.bound) for one in listed if one.is_exact or source.language.tree}
    more = (
        one
        for one in others
        if told.isdisjoint(((one.start, one.bound), ((one.name_at or (one.start, 0))[0], one.bound)))
    )
    imports = (*listed, *_named_imports(more, scope, own, naming))
    if not source.language.tree:
        exact = tuple(
            one for one in imports if one.is_named or (one.is_exact and not _is_own(one, own, joint))
        )
        return Sdk(exact, tuple(_followed(source, exact, modules, clients, naming)), module)
    names = {
        one.bound: _Name(one.vendor, one.route, one.makes_client)
        for one in imports
        if one.bound
        and (one.makes_client or not one.is_named)
        and not (scope == "python" and VALUE_MODULES.intersection(one.module.split(".")[1:]))
    }
    return Sdk(imports, tuple(_sdk_calls(module, names, clients)), module)


def _from_elsewhere(imports: Sequence[Import], source: Source, naming: Naming) -> list[Import]:
    """Imports without those of modules beside the file: of the same package, or declared in it."""
    if source.language.module_scope == "rust":
        declared = {one.decode("latin-1") for one in OWN_MODS.findall(source.data)}
        return [one for one in imports if one.module.partition("::")[0] not in declared]
    if source.language.module_scope == "javascript":
        return [_as_package(one) for one in imports]
    if source.language.module_scope == "python":
        return [one for one in imports if not is_own_module(one, source.path, naming)]
    return list(imports)


def _as_package(one: Import) -> Import:
    """An import by address or registry as one of the package it names there."""
    found = FETCHED.match(one.module)
    return replace(one, module=found[1] or found[2]) if found is not None else one


def _is_own(one: SdkImport, own: Sequence[str], joint: str) -> bool:
    """Whether the import is of the file's own package: the library itself, or an addition to it.

    A sample kept beside the library is no part of it.
    """
    parts = one.module.split(joint)
    shared = max(2, len(one.known_as.split(joint)))
    is_a_sample = any(part.lower() in SAMPLES for part in own[shared:])
    return not is_a_sample and len(own) >= shared and parts[:shared] == list(own[:shared])


def _followed(
    source: Source,
    imports: Sequence[SdkImport],
    modules: Mapping[str, Signal],
    clients: Mapping[str, Signal],
    naming: Naming,
) -> Iterable[SdkCall]:
    """Calls in a language that is read by its words."""
    bound = {
        one.bound: Known(one.vendor, one.route, one.makes_client or one.is_whole)
        for one in imports
        if one.bound
    }
    packages = [(one.module, one.vendor, one.route) for one in imports if one.is_whole]
    if source.language.has_autoload:
        packages += [(text, one.vendor, one.route) for text, one in modules.items() if "::" not in text]
    lines = {source.line_start(one.start) for one in imports}
    if source.language.module_scope == "rust":
        paths: Mapping[str, Signal] = modules
    else:
        paths = {text: one for text, one in modules.items() if "::" in text}
    for one in follow(source, bound, packages, clients, naming, paths):
        if source.line_start(one.call.start) in lines:
            continue
        around = source.data[one.call.end : one.call.end + WIDEST_ARGUMENTS].partition(b";")[0]
        has_own_address = bool(ADDRESS.search(around.partition(b"\n\n")[0].decode("latin-1")))
        yield SdkCall(
            one.vendor, one.route, one.call.head, one.call.start, one.call.end, has_own_address, False
        )


def _sdk_imports(
    imports: Iterable[Import],
    modules: Mapping[str, Signal],
    clients: Mapping[str, Signal],
    scope: str,
    naming: Naming,
) -> Iterable[SdkImport]:
    joint = JOINTS.get(scope, "/")
    for one in imports:
        is_whole = one.name in ("", "*")
        whole = one.module if is_whole or joint == "/" else f"{one.module}{joint}{one.name}"
        client = clients.get(one.name)
        if client is not None and one.name.endswith(("Provider", "Model")):
            client = None if _longest(one.module, modules, joint) is None else client
        signal = _longest(whole, modules, joint) or _longest(one.module, modules, joint)
        if signal is None and joint == "/" and one.name:
            signal = modules.get(f"{one.module}/{one.name.replace('_', '-')}")
        if signal is None and (client is None or one.module.startswith(".")):
            continue
        found = signal or client
        assert found is not None
        route = client.route if client is not None and client.route is not Route.DIRECT else found.route
        makes_client = client is not None or _is_client_name(one.name, one.module) or one.name == "default"
        makes_client = makes_client or (
            scope == "java" and one.module.rpartition(".")[2].islower() and is_class_of(one.name, naming)
        )
        makes_client = makes_client or (
            FACTORY.match(one.name) is not None and naming.named_in_framework(one.name) is not None
        )
        makes_client = makes_client or (scope == "rust" and one.name.islower() and found.text == whole)
        start, end = one.start, one.end
        if one.name_at is not None and _longest(one.module, modules, joint) is None:
            # Only the name says whose it is, unless a word of the module does.
            start, end = one.name_at if naming.named_in_framework(one.module) is None else (start, end)
        yield SdkImport(
            found.vendor,
            route,
            one.module,
            "" if scope == "python" and one.name in VALUE_MODULES else one.bound,
            start,
            end,
            signal is not None,
            makes_client,
            signal.text if signal is not None else "",
            is_whole,
        )


def _is_drawn(one: Import, source: Source) -> bool:
    """Whether what is imported is an element of a page: a mark drawn for a vendor has its client's name."""
    if source.language.module_scope != "javascript" or not one.bound:
        return False
    drawn = rb"<" + re.escape(one.bound.encode()) + rb"(?:\.\w+)?(?:\s+[\w{]|\s*/>)"
    return re.search(drawn, source.data) is not None


def _named_imports(
    imports: Iterable[Import], scope: str, own: Sequence[str], naming: Naming
) -> Iterable[SdkImport]:
    """Imports that no profile lists."""
    for one in imports:
        found = named_import(one, scope, own, naming)
        if found is not None:
            is_whole = one.name in ("", "*", "default")
            is_whole = is_whole or (one.name.islower() and found.end - found.start >= len(one.name))
            makes_client = is_whole or is_class_of(one.name, naming)
            yield SdkImport(
                found.vendor,
                found.route,
                one.module,
                one.bound,
                one.start,
                one.end,
                is_exact=False,
                makes_client=makes_client,
                is_whole=is_whole,
                is_named=True,
            )


def _is_client_name(name: str, module: str) -> bool:
    """A class that is called a client, or that has the name of its package."""
    package = "/".join(module.split("/")[: 2 if module.startswith("@") else 1]).partition(".")[0]
    return bool(CLIENT_NAME.search(name)) or (name[:1].isupper() and name.lower() in package.lower())


def _longest(name: str, modules: Mapping[str, Signal], joint: str) -> Signal | None:
    """The signal of the longest module that `name` is or lies inside."""
    while name:
        if name in modules:
            return modules[name]
        name = name.rpartition(joint)[0]
    return None


def _sdk_calls(module: Module, names: dict[str, _Name], clients: Mapping[str, Signal]) -> Iterable[SdkCall]:
    names = dict(names)
    for bound, annotation in module.annotations:
        head = re.match(r"[\w.$]+", annotation)
        found = _lookup(head[0], names) if head else None
        if found is not None and head is not None and _is_client(head[0], found[1], clients):
            names.setdefault(bound, _Name(found[1].vendor, _route(head[0], found[1], clients), True, True))
    for call in module.calls:
        found = _lookup(call.head, names)
        if found is None or not call.assigned_to or found[1].is_instance:
            continue
        if _is_client(call.head, found[1], clients):
            one = _Name(found[1].vendor, _route(call.head, found[1], clients), True, True)
            names.setdefault(call.assigned_to, one)
    given = _assignments(module)
    made = {call.assigned_to for call in module.calls if FACTORY.search(call.head)}
    for call in module.calls:
        found = _lookup(call.head, names)
        if found is None:
            continue
        prefix, one = found
        if one.is_instance and _is_given_anew(call, prefix, given, names):
            continue
        rest = call.head[len(prefix) :].strip(".").split(".")
        if one.is_instance and ((rest == [""] and prefix not in made) or rest[-1] in HOUSEKEEPING):
            continue
        if not one.is_instance and (_gives_value(call.head) or CONSTANT.search(call.head)):
            continue
        if len(rest) == PARTS_OF_A_TOOL and rest[0] == "tools":
            continue
        own_address = not one.is_instance and bool(ADDRESS.search(call.arguments))
        yield SdkCall(
            one.vendor, _route(call.head, one, clients), call.head, call.start, call.end, own_address
        )


def _assignments(module: Module) -> Mapping[str, tuple[tuple[int, str], ...]]:
    """Of names that are given the result of a call more than once: where, and what is called."""
    given: dict[str, list[tuple[int, str]]] = {}
    for call in module.calls:
        if call.assigned_to:
            given.setdefault(call.assigned_to, []).append((call.start, call.head))
    return {name: tuple(sorted(some)) for name, some in given.items() if len(some) > 1}


def _is_given_anew(
    call: Call, name: str, given: Mapping[str, tuple[tuple[int, str], ...]], names: Mapping[str, _Name]
) -> bool:
    """Whether the last thing the name was given before the call is no vendor's."""
    heads = [head for start, head in given.get(name, ()) if start < call.start]
    return bool(heads) and _lookup(heads[-1], names) is None


def _gives_value(head: str) -> bool:
    """Whether a call makes an error, a message or another value of a request, and asks nobody."""
    parts = head.split(".")
    if HELPER.match(parts[-1]):
        return True
    last = parts[-1] if parts[-1][:1].isupper() else parts[-2] if len(parts) > 1 else ""
    return last[:1].isupper() and VALUES.search(last) is not None


def _lookup(head: str, names: Mapping[str, _Name]) -> tuple[str, _Name] | None:
    """The longest bound name that `head` is or begins with."""
    prefix = head
    while prefix:
        if prefix in names:
            return prefix, names[prefix]
        prefix = prefix.rpartition(".")[0]
    return None


def _is_client(head: str, one: _Name, clients: Mapping[str, Signal]) -> bool:
    last = head.rpartition(".")[2]
    if "." not in head:
        return one.is_client
    return last in clients or bool(CLIENT_NAME.search(last))


def _route(head: str, one: _Name, clients: Mapping[str, Signal]) -> Route:
    last = clients.get(head.rpartition(".")[2])
    return last.route if last is not None and last.route is not Route.DIRECT else one.route
