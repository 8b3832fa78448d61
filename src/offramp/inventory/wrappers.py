"""Names through which one file of a repository hands a vendor's SDK to others.

A client made at the top of a module. A function or class that calls the SDK is the repository's own: whoever
calls it has nothing to move. Python, JavaScript and TypeScript; by lines, because only what stands at the
margin can be imported by others.
"""

import re

from offramp.core.findings import Context
from offramp.inventory.outcome import Export
from offramp.inventory.sheet import Sheet

PYTHON_CLIENT = re.compile(rb"^([A-Za-z]\w*)[ \t]*(?::[^=\n]+)?=[ \t]*$")
SCRIPT_CLIENT = re.compile(
    rb"^(export[ \t]+)?(?:const|let|var)[ \t]+([A-Za-z_$][\w$]*)[^=\n]*=[ \t]*(?:new[ \t]+)?$"
)
HANDED_ON = re.compile(rb"(?m)^(?:export[ \t]*(?:default[ \t]+|\{)|module\.exports[ \t]*=)[^;\n]*")


def exports_of(sheet: Sheet) -> tuple[Export, ...]:
    """What a file hands on; empty for most, and for tests."""
    source = sheet.source
    if source.language.tree == "" or not source.language.module_scope or source.context is not Context.CODE:
        return ()
    is_python = source.language.tree == "python"
    handed = b" ".join(HANDED_ON.findall(source.data)) if not is_python else b""
    found: dict[tuple[str, str], Export] = {}
    for call in sheet.sdk.calls:
        before = source.data[source.line_start(call.start) : call.start]
        name = ""
        if is_python and (match := PYTHON_CLIENT.match(before)):
            name = match[1].decode("latin-1")
        elif not is_python and (match := SCRIPT_CLIENT.match(before)):
            is_handed = match[1] or re.search(rb"\b" + re.escape(match[2]) + rb"\b", handed)
            name = match[2].decode("latin-1") if is_handed else ""
        if name:
            found.setdefault((name, call.vendor), Export(name, call.vendor, call.route))
    return tuple(found.values())
