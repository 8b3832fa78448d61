"""What every format of a bill of materials comes to: components, what needs what, and services."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

ECOSYSTEMS = {
    "cargo": "crates", "cocoapods": "cocoapods", "composer": "composer", "conda": "pypi", "gem": "rubygems",
    "golang": "go", "hex": "hex", "maven": "maven", "npm": "npm", "nuget": "nuget", "pub": "pub",
    "pypi": "pypi", "swift": "swift",
}  # fmt: skip
MODEL_TYPES = ("huggingface", "mlflow")
MOST_COMPONENTS = 500_000


@dataclass(frozen=True, slots=True)
class Component:
    """A package or a model of a bill."""

    ref: str
    """How the bill refers to it."""
    name: str
    """As its ecosystem spells it."""
    ecosystem: str
    """Empty where the bill does not say."""
    version: str
    anchor: str
    """Text of the file it is found by."""
    is_model: bool = False


@dataclass(slots=True)
class Bill:
    """One bill of materials."""

    format: str
    components: list[Component] = field(default_factory=list)
    needs: dict[str, list[str]] = field(default_factory=dict)
    """By reference."""
    roots: set[str] = field(default_factory=set)
    """References of what the bill is about."""
    services: list[tuple[str, str]] = field(default_factory=list)
    """Name and address."""

    def add(
        self, ref: str, *, purl: str, name: str, group: str, version: str, is_model: bool = False
    ) -> None:
        """Take in a component: by its package URL where it has one, else by name."""
        if len(self.components) >= MOST_COMPONENTS:
            return
        kind, spelled, purl_version = read_purl(purl)
        if kind:
            ecosystem, full = ECOSYSTEMS.get(kind, ""), spelled
        else:
            ecosystem, full = "", f"{group}/{name}" if group else name
        self.components.append(
            Component(
                ref or purl or full,
                full[:300],
                ecosystem,
                (version or purl_version)[:80],
                purl or name,
                is_model or kind in MODEL_TYPES,
            )
        )

    def link(self, above: str, below: str) -> None:
        """Note that one component needs another."""
        self.needs.setdefault(above, []).append(below)


def read_purl(text: str) -> tuple[str, str, str]:
    """Type, name as its ecosystem spells it, and version of a package URL; three empty texts for none."""
    if not text.startswith("pkg:"):
        return "", "", ""
    body = text[4:].lstrip("/").partition("#")[0].partition("?")[0]
    kind, _, rest = body.partition("/")
    head, at, version = rest.rpartition("@")
    if not at or "/" in version:
        head, version = rest, ""
    parts = [unquote(part) for part in head.split("/") if part]
    if not parts:
        return "", "", ""
    kind = kind.lower()
    return kind, (":" if kind == "maven" else "/").join(parts), unquote(version)


def texts(value: object) -> Iterator[str]:
    """The texts of a list, or one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (one for one in value if isinstance(one, str))


def objects(value: object) -> Iterator[dict[str, object]]:
    """The objects of a list."""
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def text_of(entry: dict[str, object], key: str) -> str:
    """One text of an object; empty where it is missing or something else."""
    value = entry.get(key)
    return value if isinstance(value, str) else ""
