"""Files that reach a vendor's SDK through another file of the same repository.

One step only: a wrapper of a wrapper is not followed. An import counts when it leads to the very file, seen
from where it stands; a module that only has the same last name does not.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import PurePosixPath

import msgspec

from offramp.core.findings import Confidence, Finding, FindingKind, Route
from offramp.core.ids import VendorId
from offramp.inventory.code.words import blanked, calls_of
from offramp.inventory.engines import any_of
from offramp.inventory.merging import merge
from offramp.inventory.outcome import Export, Outcome
from offramp.inventory.reading import NotRead, source_named
from offramp.inventory.regions import Place
from offramp.inventory.sheet import Found
from offramp.inventory.source import Source
from offramp.inventory.walk import Leaf

SCRIPTS = {".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts", ".vue", ".svelte", ".astro"}
CALLERS = (".py", ".ipynb", *sorted(SCRIPTS))
SOURCE_ROOTS = {"src", "lib", "python", "app"}
PYTHON_FROM = re.compile(
    rb"(?m)^[ \t]*from[ \t]+(\.*[\w.]*)[ \t]+import[ \t]+(\([^)]{0,8000}\)|[^\n#;]{1,2000})"
)
PYTHON_IMPORT = re.compile(rb"(?m)^[ \t]*import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?")
SCRIPT_FROM = re.compile(
    rb"""(?ms)(?:^|;)[ \t]*(?:import|export)\s+(?!type\b)([\w$*\s{},]{1,8000}?)\s+from\s*["']([^"'\n]+)["']"""
    rb"""|(?:const|let|var)\s+(\{[^}]{0,8000}\}|[\w$]{1,200})\s*=\s*(?:await\s+import|require)\(\s*["']([^"'\n]+)["']"""
)


@dataclass(frozen=True)
class Wrappers:
    """Every file that hands an SDK on, by its path without what an import leaves out."""

    exports: Mapping[str, tuple[Export, ...]]
    """By path as shown."""

    @cached_property
    def modules(self) -> Mapping[str, str]:
        """Paths by what an import can call them: without suffix, `index` and `__init__`."""
        found: dict[str, str] = {}
        for path in sorted(self.exports):
            pure = PurePosixPath(path)
            is_folder = pure.stem in ("index", "__init__")
            found.setdefault(
                f"{pure.suffix == '.py'}:{pure.parent if is_folder else pure.with_suffix('')}", path
            )
        return found

    @property
    def names(self) -> list[str]:
        """One of these stands in every file that imports one."""
        return sorted({module.partition(":")[2].rpartition("/")[2] for module in self.modules} - {""})

    @cached_property
    def digest(self) -> str:
        """Differs when any wrapper does."""
        return sha256(msgspec.json.encode(sorted(self.exports.items()))).hexdigest()

    def at(self, module: str, importer: str, *, is_python: bool) -> str:
        """The path an import leads to from the importer; empty when to none of these."""
        folder = PurePosixPath(importer).parent
        if module.startswith("."):
            return self.modules.get(f"{is_python}:{_relative(module, folder, is_python=is_python)}", "")
        name = module.replace(".", "/") if is_python else re.sub(r"^(?:[@~#]/|\$lib/|src/)", "", module)
        if not is_python and name == module and not module.startswith("src/"):
            return ""
        for root in (folder, *folder.parents, *(PurePosixPath(one) for one in SOURCE_ROOTS)):
            path = self.modules.get(f"{is_python}:{root / name}") or self.modules.get(
                f"{is_python}:{root / 'src' / name}"
            )
            if path:
                return path
        return ""


def _relative(module: str, folder: PurePosixPath, *, is_python: bool) -> PurePosixPath:
    if is_python:
        rest = module.lstrip(".")
        for _ in range(len(module) - len(rest) - 1):
            folder = folder.parent
        return folder / rest.replace(".", "/") if rest else folder
    for part in module.split("/"):
        folder = folder.parent if part == ".." else folder if part == "." else folder / part
    return folder if folder.suffix not in SCRIPTS else folder.with_suffix("")


def may_call(leaf: Leaf) -> bool:
    """Whether a file is of a language whose imports are followed from file to file."""
    return leaf.shown.endswith(CALLERS)


def caller_of(wrappers: Wrappers, read: Callable[[Leaf], memoryview]) -> Callable[[Leaf], Outcome | None]:
    """A function that looks at one file for imports of wrappers."""

    is_named = any_of(wrappers.names)

    def look(leaf: Leaf) -> Outcome | None:
        try:
            view = read(leaf)
        except (OSError, NotRead):
            return None
        if not is_named(view):
            return None
        source = source_named(leaf.shown, bytes(view))
        found = tuple(
            merge(
                source,
                (
                    ("sdk-import" if one.kind is FindingKind.SDK_IMPORT else "sdk-call", one)
                    for one in _found(source, wrappers)
                ),
            )
        )
        return Outcome(findings=found) if found else None

    return look


def _found(source: Source, wrappers: Wrappers) -> Iterator[Found]:
    is_python = source.language.tree == "python"
    clients: dict[str, tuple[Export, str]] = {}
    for module, bindings, start, end in _imports(source, is_python=is_python):
        path = wrappers.at(module, source.path, is_python=is_python)
        for name, bound in bindings:
            target, wanted = path, name
            if is_python and not (target and any(one.name == name for one in wrappers.exports[target])):
                inner = wrappers.at(
                    f"{module.rstrip('.')}.{name}" if module.strip(".") else f"{module}{name}",
                    source.path,
                    is_python=True,
                )
                target, wanted = (inner, "*") if inner else (target, name)
            if not target or target == source.path:
                continue
            for export in wrappers.exports[target]:
                if export.name != wanted and wanted not in ("*", "default"):
                    continue
                via = bound if wanted != "*" else f"{bound}.{export.name}" if bound else export.name
                if via:
                    clients[via] = (export, target)
                yield _of(export, target, FindingKind.SDK_IMPORT, start, end, f"imports `{export.name}`")
    code = blanked(source, keeps_strings=False) if clients else b""
    for call in calls_of(code, clients, "python" if is_python else "javascript"):
        name = next(
            (one for one in sorted(clients, key=len, reverse=True) if call.head.startswith(f"{one}.")), ""
        )
        if name:
            export, target = clients[name]
            yield _of(export, target, FindingKind.SDK_CALL, call.start, call.end, f"calls `{call.head}`")


def _of(export: Export, path: str, kind: FindingKind, start: int, end: int, what: str) -> Found:
    return Found(
        vendor=VendorId(export.vendor),
        kind=kind,
        start=start,
        end=end,
        matched=f"{what} {path}",
        message=f"{what}, the SDK as `{path}` hands it on",
        route=Route(export.route),
        confidence=Confidence.LIKELY,
        via=(path,),
    )


def _imports(source: Source, *, is_python: bool) -> Iterator[tuple[str, list[tuple[str, str]], int, int]]:
    """Module, the names taken from it with the names they get, and the place."""
    for match in (PYTHON_FROM if is_python else SCRIPT_FROM).finditer(source.data):
        group = 2 if is_python or match[1] is not None else 4
        module = match[1 if is_python else group].decode("utf-8", "replace")
        names = match[2 if is_python else (1 if group == 2 else 3)].decode("utf-8", "replace")
        start = match.start(1 if is_python else group)
        if source.place(match.end(0) - 1, match.end(0)) is not Place.COMMENT:
            yield module, list(_bindings(names, is_python=is_python)), start, start + len(module)
    if is_python:
        for match in PYTHON_IMPORT.finditer(source.data):
            module = match[1].decode("latin-1")
            bound = match[2].decode("latin-1") if match[2] else module
            if source.place(match.start(1), match.end(1)) is Place.CODE:
                yield module, [("*", bound)], match.start(1), match.end(1)


def _bindings(names: str, *, is_python: bool) -> Iterator[tuple[str, str]]:
    if is_python:
        for part in names.strip("() \t\r\n").split(","):
            name, _, alias = part.partition(" as ")
            if name.strip():
                yield name.strip(), alias.strip() or name.strip()
        return
    outside = re.sub(r"\{[^}]*\}", "", names)
    for part in outside.split(","):
        star, _, alias = part.partition(" as ")
        if star.strip():
            yield ("*", alias.strip()) if star.strip() == "*" else ("default", star.strip())
    for inner in re.findall(r"\{([^}]*)\}", names):
        for part in inner.split(","):
            plain = re.sub(r"^\s*type\s+", "", part).replace(":", " as ")
            name, _, alias = plain.partition(" as ")
            if name.strip():
                yield name.strip(), alias.strip() or name.strip()


def joined(findings: Sequence[Finding], more: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of a file with those through wrappers: no second use on a line, no mention beside one."""
    used = {(one.vendor, one.line) for one in findings if one.is_use}
    fresh = [one for one in more if (one.vendor, one.line) not in used]
    lines = {(one.vendor, one.line) for one in fresh}
    return (*(one for one in findings if one.is_use or (one.vendor, one.line) not in lines), *fresh)
