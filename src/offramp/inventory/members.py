"""Members called after a vendor of what a file imports from a framework for several vendors.

`Backend::ExampleA` where `Backend` is imported from such a framework. Classes that settings name are told in
`configured`.
"""

import re
from collections.abc import Iterator

from offramp.inventory.code import Module
from offramp.inventory.code.named import JOINTS
from offramp.inventory.code.words import blanked
from offramp.inventory.naming import Named, Naming
from offramp.inventory.source import Source

Place = tuple[Named, int, int]


def members(source: Source, module: Module, naming: Naming) -> Iterator[Place]:
    """Members called after a vendor of what a file imports from a framework for several vendors."""
    language = source.language.module_scope
    joint = JOINTS.get(language, "/")
    bound = {
        one.bound.encode("latin-1", "replace")
        for one in module.imports
        if one.bound.isidentifier()
        and naming.framework_part(one.module, language, joint) is not None
        and naming.named_in_framework(one.bound) is None
    }
    wanted = sorted(name for name in bound if re.search(rb"\b" + name + rb"(?:\.|::)[A-Z]", source.data))
    if not wanted:
        return
    shape = re.compile(
        rb"(?<![\w$@.:>\\])(?:" + b"|".join(wanted) + rb")(?:\.|::)([A-Z]\w+)\b(?![ \t]*[\w(.:={])"
    )
    for match in shape.finditer(blanked(source, keeps_strings=False)):
        name = match[1].decode("latin-1")
        found = naming.named_in_framework(name)
        if found is not None and (found.start, found.end) == (0, len(name)):
            yield found, *match.span(1)
