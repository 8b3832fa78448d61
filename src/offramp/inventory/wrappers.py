"""Names through which one file of a repository hands a vendor's SDK to others.

A client made at the top of a module, or a function or class of it that calls the SDK. Python, JavaScript and
TypeScript; by lines, because only what stands at the margin can be imported by others.
"""

import re

from offramp.core.findings import Context
from offramp.inventory.outcome import Export
from offramp.inventory.sheet import Sheet

PYTHON_OWNER = re.compile(rb"(?m)^(?:async[ \t]+def|def|class)[ \t]+([A-Za-z]\w*)|^(?=[^\s#)\]}@])")
SCRIPT_OWNER = re.compile(
    rb"(?m)^export[ \t]+(?:default[ \t]+)?(?:abstract[ \t]+)?"
    rb"(?:(?:async[ \t]+)?function\*?|class|const|let)[ \t]+([A-Za-z_$][\w$]*)|^(?=[A-Za-z@])"
)
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
        name, is_client = "", True
        if is_python and (match := PYTHON_CLIENT.match(before)):
            name = match[1].decode("latin-1")
        elif not is_python and (match := SCRIPT_CLIENT.match(before)):
            is_handed = match[1] or re.search(rb"\b" + re.escape(match[2]) + rb"\b", handed)
            name = match[2].decode("latin-1") if is_handed else ""
        if not name:
            name, is_client = _owner(source.data, call.start, is_python=is_python), False
        if name:
            key = (name, call.vendor)
            found.setdefault(key, Export(name, call.vendor, call.route, is_client))
    return tuple(found.values())


def _owner(data: bytes, start: int, *, is_python: bool) -> str:
    """The function or class at the margin that the call stands in; empty where there is none."""
    line = data.rfind(b"\n", 0, start) + 1
    if data[line : line + 1] not in (b" ", b"\t"):
        return ""
    shape = PYTHON_OWNER if is_python else SCRIPT_OWNER
    while line > 0:
        line = data.rfind(b"\n", 0, line - 1) + 1
        if data[line : line + 1] in (b" ", b"\t", b"\n", b"\r", b"#", b")", b"]", b"}", b"/"):
            continue
        match = shape.match(data, line)
        return match[1].decode("latin-1") if match is not None and match[1] else ""
    return ""
