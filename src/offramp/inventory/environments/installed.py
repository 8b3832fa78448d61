"""Installed packages, from the descriptions beside them: dist-info of Python, package.json of node.

Which of them are a vendor's is the profiles' knowledge. What an installer did not write down is not known: a
package whose reason nobody recorded is reported with the chain that its neighbours' needs suggest.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from offramp.core.findings import Confidence, Context, Finding, FindingKind
from offramp.core.ids import finding_id
from offramp.inventory.knowledge import Knowledge, KnownPackage
from offramp.inventory.packages import normal
from offramp.inventory.packages.interface import Graph
from offramp.inventory.signals import Sign

PYTHON_FOLDERS = ("site-packages", "dist-packages")
NODE_FOLDER = "node_modules"
LARGEST_DESCRIPTION = 4 << 20
MOST_PACKAGES = 200_000
METADATA = re.compile(r"(?:^|.*/)([^/]+)\.dist-info/METADATA$|(?:^|.*/)([^/]+)\.egg-info/PKG-INFO$")
RECORD = re.compile(r"(?:^|.*/)[^/]+\.dist-info/(?:RECORD|REQUESTED)$")
PACKAGE_JSON = re.compile(r"(?:^|.*/)node_modules/((?:@[^/]+/)?[^/]+)/package\.json$")
HEADER = re.compile(rb"(?im)^(Name|Version|Requires-Dist):[ \t]*([^\r\n]*)")
NEED = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?([^;]*)(?:;(.*))?$")
EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
RECORDED_MODULE = re.compile(rb"(?m)^([A-Za-z_][\w]*)(?:/__init__\.py|\.py),")


@dataclass(slots=True)
class _Package:
    """One installed package."""

    path: str
    name: str
    version: str
    needs: set[str] = field(default_factory=set)
    optional: set[str] = field(default_factory=set)
    """Needed by an extra: whether somebody asked for it is not known."""
    extras: set[tuple[str, str]] = field(default_factory=set)
    """Extras it asks of others."""
    is_requested: bool = False
    modules: tuple[str, ...] = ()


@dataclass(slots=True)
class Installed:
    """Descriptions of installed packages, collected one by one; then the findings they come to."""

    prefix: str = ""
    """Put before every path."""
    python: dict[str, dict[str, _Package]] = field(default_factory=dict)
    """By folder and normal name."""
    node: dict[str, _Package] = field(default_factory=dict)
    """By folder of the package."""
    requested: set[str] = field(default_factory=set)
    records: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def wants(self, path: str) -> bool:
        """Whether the file at `path` describes an installed package."""
        return bool(METADATA.match(path) or RECORD.match(path) or PACKAGE_JSON.match(path))

    def is_inside(self, path: str) -> bool:
        """Whether `path` belongs to installed packages."""
        parts = path.split("/")[:-1]
        return NODE_FOLDER in parts or any(one in parts for one in PYTHON_FOLDERS)

    def add(self, path: str, data: bytes) -> None:
        """Take in one description. One that cannot be read says nothing."""
        if len(data) > LARGEST_DESCRIPTION or self._count() > MOST_PACKAGES:
            return
        folder = path.rpartition("/")[0]
        if path.endswith("/REQUESTED"):
            self.requested.add(folder)
        elif path.endswith("/RECORD"):
            names = (one.decode("ascii", "replace") for one in RECORDED_MODULE.findall(data))
            self.records[folder] = tuple(dict.fromkeys(names))
        elif path.endswith("/package.json"):
            self._add_node(path, folder, data)
        else:
            self._add_python(path, folder, data)

    def _count(self) -> int:
        return len(self.node) + sum(map(len, self.python.values()))

    def _add_python(self, path: str, folder: str, data: bytes) -> None:
        found = _Package(path, "", "")
        for key, value in HEADER.findall(data.partition(b"\n\n")[0]):
            text = value.decode("utf-8", "replace").strip()
            lower = key.lower()
            if lower == b"name":
                found.name = text
            elif lower == b"version":
                found.version = text
            else:
                _add_need(found, text)
        if found.name:
            place = self.python.setdefault(folder.rpartition("/")[0], {})
            place[normal(found.name, "pypi")] = found

    def _add_node(self, path: str, folder: str, data: bytes) -> None:
        try:
            content = json.loads(data)
        except (ValueError, RecursionError):
            return
        if not isinstance(content, dict):
            return
        match = PACKAGE_JSON.match(path)
        name = content.get("name")
        found = _Package(
            path,
            name if isinstance(name, str) and name else match[1] if match else "",
            str(content.get("version", ""))[:80],
        )
        for key in ("dependencies", "optionalDependencies"):
            listed = content.get(key)
            found.needs |= {str(one) for one in listed} if isinstance(listed, dict) else set()
        self.node[folder] = found

    def findings(self, knowledge: Knowledge) -> Iterator[Finding]:
        """A finding for each installed package that a profile knows."""
        for place, packages in sorted(self.python.items()):
            for one in packages.values():
                folder = one.path.rpartition("/")[0]
                one.is_requested = folder in self.requested
                one.modules = self.records.get(folder, ())
            asked = self._asked_extras(place)
            chains = _chains(packages)
            for name, one in sorted(packages.items()):
                yield from self._python_findings(knowledge, one, chains.get(name), asked.get(name, set()))
        tops: dict[str, dict[str, _Package]] = {}
        for folder, one in sorted(self.node.items()):
            top = folder.partition(f"{NODE_FOLDER}/")[0]
            tops.setdefault(top, {}).setdefault(one.name, one)
        for packages in tops.values():
            chains = _chains(packages)
            for name, one in sorted(packages.items()):
                for known in knowledge.packages_named(name, "npm"):
                    yield self._finding(one, known, "npm", chains.get(name))

    def _asked_extras(self, place: str) -> dict[str, set[str]]:
        asked: dict[str, set[str]] = {}
        for one in self.python[place].values():
            for name, extra in one.extras:
                asked.setdefault(name, set()).add(extra)
        return asked

    def _python_findings(
        self, knowledge: Knowledge, one: _Package, via: tuple[str, ...] | None, extras: set[str]
    ) -> Iterator[Finding]:
        found = list(knowledge.packages_named(one.name, "pypi", sorted(extras)))
        for known in found:
            yield self._finding(one, known, "pypi", via)
        vendors = {known.vendor for known in found}
        for signal in knowledge.signals:
            is_module = signal.sign is Sign.MODULE and signal.scope == "python"
            if is_module and signal.text in one.modules and signal.vendor not in vendors:
                vendors.add(signal.vendor)
                known = KnownPackage(signal.vendor, signal.route, "")
                yield self._finding(one, known, "pypi", via, carried=signal.text)

    def _finding(
        self,
        one: _Package,
        known: KnownPackage,
        ecosystem: str,
        via: tuple[str, ...] | None,
        carried: str = "",
    ) -> Finding:
        kind = FindingKind.TRANSITIVE_DEPENDENCY if via else FindingKind.DEPENDENCY
        path = self.prefix + one.path
        what = f"`{one.name}` {one.version}".rstrip()
        pulled = f", pulled in by `{' > '.join(via)}`" if via else ""
        held = f", which carries the module `{carried}`" if carried else ""
        return Finding(
            id=finding_id(known.vendor, kind, path.replace(one.version or "\0", ""), one.name, 0),
            vendor=known.vendor,
            kind=kind,
            context=Context.CODE,
            route=known.route,
            path=path,
            line=0,
            column=0,
            detector=kind.value,
            confidence=Confidence.CERTAIN,
            message=f"has {what} installed ({ecosystem}){held}{pulled}",
            via=via or (),
        )


def _add_need(package: _Package, text: str) -> None:
    match = NEED.match(text)
    if match is None:
        return
    name = normal(match[1], "pypi")
    if match[4] and EXTRA.search(match[4]):
        package.optional.add(name)
        return
    package.needs.add(name)
    for extra in (match[2] or "").split(","):
        if extra.strip():
            package.extras.add((name, extra.strip()))


def _chains(packages: dict[str, _Package]) -> dict[str, tuple[str, ...]]:
    """What pulls each package in: by needs first, then by the needs of extras."""
    graph = Graph(roots={name for name, one in packages.items() if one.is_requested})
    for name, one in packages.items():
        graph.add(name, sorted(need for need in one.needs if need in packages))
    # What nobody needs was asked for by somebody, whether an installer noted it or not.
    pulled = {need for one in packages.values() for need in (*one.needs, *one.optional)}
    graph.roots |= set(packages) - pulled
    reached = graph.chains()
    chains = {name: via for name in packages if (via := reached.get(name)) is not None}
    needed = {need for one in packages.values() for need in one.needs}
    for name, one in sorted(packages.items()):
        for need in sorted(one.optional):
            if need in packages and need not in needed and not packages[need].is_requested and name in chains:
                chains[need] = (*chains[name], name)
    return chains
