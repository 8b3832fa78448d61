"""Parts of a framework that are named outright: in settings by their class or type, in code as a member.

`type: frame.chat.ExampleAChat`, `"type": "frame.lmChatExampleA"`, `Backend::ExampleA` where `Backend` is
imported from a framework for several vendors. Read only where the file names such a framework or a client.
"""

import re
from collections.abc import Iterator, Mapping

from offramp.inventory.code import Module
from offramp.inventory.code.named import JOINTS, VALUES
from offramp.inventory.code.words import blanked
from offramp.inventory.naming import Named, Naming
from offramp.inventory.signals import Signal
from offramp.inventory.source import Source

TYPED = re.compile(
    rb"""(?m)["']?\b(?:_?type|_target_|class(?:_name|_path)?|kind|provider|component)["']?"""
    rb"""[ \t]*[:=][ \t]*["']?"""
    rb"""(@?[A-Za-z][\w./-]{4,160})["']?[ \t]*[,;}\]]*[ \t]*(?:#[^\n]*)?\r?$"""
)
"""A key that says what a part is, with its value at the end of the line."""
LONGEST_FILE = 1_000_000
LANGUAGES = ("python", "javascript")
"""Whose modules settings name."""
Place = tuple[Named, int, int]


def typed_parts(source: Source, clients: Mapping[str, Signal], naming: Naming) -> Iterator[Place]:
    """Values of settings that are a framework's class for one vendor, or a client's class."""
    if not source.language.is_data or len(source.data) > LONGEST_FILE:
        return
    for match in TYPED.finditer(source.data):
        name, span = match[1].decode("latin-1"), match.span(1)
        client = clients.get(name)
        if client is not None:
            yield Named(client.vendor, client.route, 0, len(name)), *span
            continue
        for language in LANGUAGES:
            root = naming.framework_part(name, language, JOINTS.get(language, "/"))
            found = naming.named_in_framework(name[root:]) if root else None
            if found is not None and not VALUES.search(name):
                yield found, *span
                break


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
