"""Imports whose module no profile lists, told by the words of their names: see `naming` for the words.

Inside a framework any vendor's word counts. Elsewhere only a word that means nothing else, in a name that is
a third party's: a module of the file's own package, or one reached by a relative path, is its author's.
"""

import re
from collections.abc import Sequence
from itertools import takewhile

from offramp.inventory.code.shapes import Import
from offramp.inventory.naming import NO_CALLER, Named, Naming

JOINTS = {
    "python": ".",
    "java": ".",
    "csharp": ".",
    "elixir": ".",
    "swift": ".",
    "rust": "::",
    "php": "\\",
    "perl": "::",
    "haskell": ".",
}
"""What stands between the parts of a module's name; a slash elsewhere."""
OWN_PARTS = {"java": 2, "csharp": 1, "php": 1, "elixir": 1}
"""How many leading parts of its own package's name a module shares with a file of the same author."""
DEEPEST = {"java": 4, "csharp": 3, "php": 2}
"""Further down in a package's name a word says what a part of a program is about, not whose library it is."""
ON_A_HOST = (["io", "github"], ["com", "github"], ["io", "gitlab"], ["com", "gitlab"])
"""Packages named after an account with a code host, whose name takes the place of the maker's."""
SAMPLES = frozenset(("sample", "samples", "example", "examples", "demo", "demos", "tutorial", "tutorials"))
"""Parts of a package's name that mean code which uses the library the package is named after."""
OWN_PATH = re.compile(r"^(?:[.#~]|@/|src/|\$lib/|app/|components/|lib/|node:|https?:)")
OWN_CRATE = {"crate", "self", "super", "std", "core", "alloc"}
VALUES = re.compile(
    r"(?:Options|Exception|Error|Message|Messages|Config|Configuration|Settings?|Properties|Request|Response|Type|Types|"
    r"Enum|Usage|Params|Parameters|Result|Builder|Event|Events|Role|Content|Chunk|Delta|Metadata|Tool|Tools|Spec|Format)$"
)
"""Endings of classes that hold what is asked or answered, and ask nobody."""


def named_import(one: Import, language: str, own: Sequence[str], naming: Naming) -> Named | None:
    """The vendor an import's names speak of, if it is a third party's."""
    joint = JOINTS.get(language, "/")
    is_whole = one.name in ("", "*", "default")
    whole = one.module if is_whole else f"{one.module}{joint}{one.name}"
    if language == "lua" or _is_own(one.module, language, joint):
        return None
    root = naming.framework_part(one.module, language, joint)
    if root is not None:
        return naming.named_in_framework(whole[root:]) or naming.named(whole[:root])
    found = naming.named(_telling(one.module, language, joint) or "") if language != "python" else None
    if found is None:
        return None
    known = one.module[: found.end].split(joint)
    if len(known) - (known[:2] in ON_A_HOST) > DEEPEST.get(language, len(known)):
        return None
    return None if is_own_package(one.module.split(joint), known, own, OWN_PARTS.get(language, 1)) else found


def _is_own(module: str, language: str, joint: str) -> bool:
    first = module.partition(joint)[0]
    if language == "javascript":
        return bool(OWN_PATH.match(module))
    if language == "rust":
        return first in OWN_CRATE
    return not module or module.startswith(".")


def _telling(module: str, language: str, joint: str) -> str:
    """The part of a module's name that says whose it is."""
    parts = module.split(joint)
    if language == "javascript":
        return parts[0]
    if language == "go":
        return module if len(parts) <= 3 or (len(parts) == 4 and re.fullmatch(r"v\d+", parts[3])) else ""
    return parts[0] if language in ("ruby", "dart", "rust", "lua") else module


def is_own_package(parts: Sequence[str], known: Sequence[str], own: Sequence[str], least: int) -> bool:
    """Whether a module is of the file's own package: the library itself, or an addition to it.

    A sample kept beside the library is no part of it.
    """
    if len(own) >= len(known) and list(own[: len(known)]) == list(known):
        return not any(part.lower() in SAMPLES for part in own[len(known) :])
    return bool(own) and list(parts[:least]) == list(own[:least])


def is_own_module(one: Import, path: str, naming: Naming) -> bool:
    """Whether a module of a framework in Python imports another of the same package, told by the file's path.

    One folder of the framework's name is not enough: whoever uses it may keep the code in such a folder.
    """
    parts = one.module.split(".")
    folders = path.split("/")
    if parts[0] not in folders or naming.framework_part(one.module, "python", ".") is None:
        return False
    inside = folders[folders.index(parts[0]) :]
    pairs = zip(parts, inside, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1].removesuffix(".py"), pairs))
    return shared > 1 or naming.named_in_framework(parts[0]) is not None


def is_class_of(name: str, naming: Naming) -> bool:
    """Whether an imported name is a class of clients of the vendor it speaks of."""
    if not name[:1].isupper() or VALUES.search(name) or NO_CALLER.search(name):
        return False
    return naming.named_in_framework(name) is not None
