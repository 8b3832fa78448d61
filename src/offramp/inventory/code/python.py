"""Reads Python: imports, calls, what calls are assigned to, annotations."""

from collections.abc import Iterator
from typing import Any

from offramp.inventory.code.shapes import Call, Import, Module, head_of
from offramp.inventory.source import Source

Node = Any


def read(root: Node, source: Source) -> Module:
    """The shapes of one Python file."""
    return Module(
        imports=tuple(_imports(root, source)),
        calls=tuple(_calls(root, source)),
        annotations=tuple(_annotations(root)),
    )


def _imports(root: Node, source: Source) -> Iterator[Import]:
    for node in root.find_all(kind="import_statement"):
        for child in node.children():
            module, alias = _named(child)
            if module:
                yield Import(module, "", alias or module, *_span(child, source))
    for node in root.find_all(kind="import_from_statement"):
        origin = node.field("module_name")
        if origin is None or origin.kind() == "relative_import":
            continue
        after_import = False
        for child in node.children():
            after_import = after_import or child.kind() == "import"
            if not after_import:
                continue
            name, alias = ("*", "") if child.kind() == "wildcard_import" else _named(child)
            if name:
                bound = "" if name == "*" else alias or name
                is_further = child.range().start.line > node.range().start.line
                name_at = _span(child, source) if is_further else None
                yield Import(_squeeze(origin.text()), name, bound, *_span(node, source), name_at)


def _named(node: Node) -> tuple[str, str]:
    if node.kind() == "aliased_import":
        name, alias = node.field("name"), node.field("alias")
        return (_squeeze(name.text()) if name else "", alias.text() if alias else "")
    return (_squeeze(node.text()), "") if node.kind() == "dotted_name" else ("", "")


def _calls(root: Node, source: Source) -> Iterator[Call]:
    for node in root.find_all(kind="call"):
        function = node.field("function")
        head = head_of(function.text()) if function is not None else ""
        if not head:
            continue
        arguments = node.field("arguments")
        start, end = _span(function, source)
        yield Call(
            head, arguments.text() if arguments else "", _target(node), start, min(end, start + len(head))
        )


def _target(node: Node) -> str:
    """What the value of `node` is bound to, if it is bound at once."""
    parent = node.parent()
    if parent is not None and parent.kind() == "await":
        parent = parent.parent()
    if parent is None:
        return ""
    if parent.kind() in ("assignment", "named_expression"):
        left = parent.field("left") or parent.field("name")
        return _squeeze(left.text()) if left is not None else ""
    if parent.kind() == "as_pattern":
        alias = parent.field("alias")
        return _squeeze(alias.text()) if alias is not None else ""
    return ""


def _annotations(root: Node) -> Iterator[tuple[str, str]]:
    for kind in ("typed_parameter", "typed_default_parameter", "assignment"):
        for node in root.find_all(kind=kind):
            annotation = node.field("type")
            if annotation is None:
                continue
            name = node.field("name") or node.field("left") or node.child(0)
            if name is not None:
                yield _squeeze(name.text()), annotation.text().strip("\"' ")


def _span(node: Node, source: Source) -> tuple[int, int]:
    place = node.range()
    return source.offset(place.start.line, place.start.column), source.offset(
        place.end.line, place.end.column
    )


def _squeeze(text: str) -> str:
    return "".join(text.split())
