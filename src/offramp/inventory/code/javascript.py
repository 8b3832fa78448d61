"""Reads JavaScript and TypeScript: imports, requires, calls, what calls are assigned to."""

from collections.abc import Iterator
from typing import Any

from offramp.inventory.code.shapes import Call, Import, Module, head_of
from offramp.inventory.source import Source

Node = Any


def read(root: Node, source: Source) -> Module:
    """The shapes of one JavaScript or TypeScript file."""
    return Module(
        imports=(*_statements(root, source), *_requires(root, source)),
        calls=tuple(_calls(root, source)),
        annotations=tuple(_annotations(root, source)),
    )


def _statements(root: Node, source: Source) -> Iterator[Import]:
    for kind in ("import_statement", "export_statement"):
        for node in root.find_all(kind=kind):
            origin = node.field("source")
            if origin is None:
                continue
            module = origin.text().strip("\"'`")
            start, end = _span(origin, source)
            names = list(_clause(node))
            for name, bound in names or [("", "")]:
                yield Import(module, name, bound, start, end)


def _clause(node: Node) -> Iterator[tuple[str, str]]:
    for clause in node.children():
        if clause.kind() != "import_clause":
            continue
        for child in clause.children():
            if child.kind() == "identifier":
                yield "default", child.text()
            elif child.kind() == "namespace_import":
                yield "", child.children()[-1].text()
            elif child.kind() == "named_imports":
                for one in child.children():
                    if one.kind() == "import_specifier":
                        name, alias = one.field("name"), one.field("alias")
                        yield name.text(), (alias or name).text()


def _requires(root: Node, source: Source) -> Iterator[Import]:
    for node in root.find_all(kind="call_expression"):
        function, arguments = node.field("function"), node.field("arguments")
        if function is None or arguments is None or function.text() not in ("require", "import"):
            continue
        origin = next(
            (one for one in arguments.children() if one.kind() in ("string", "template_string")), None
        )
        if origin is None:
            continue
        module = origin.text().strip("\"'`")
        for name, bound in _bound(node) or [("", "")]:
            yield Import(module, name, bound, *_span(origin, source))


def _bound(node: Node) -> list[tuple[str, str]]:
    """The names a `require` or `import()` binds, directly or through a pattern."""
    parent = node.parent()
    while parent is not None and parent.kind() in (
        "await_expression",
        "member_expression",
        "parenthesized_expression",
    ):
        parent = parent.parent()
    if parent is None or parent.kind() != "variable_declarator":
        return []
    name = parent.field("name")
    if name is None or name.kind() == "identifier":
        return [("", name.text())] if name is not None else []
    found = []
    for one in name.children():
        if one.kind() == "shorthand_property_identifier_pattern":
            found.append((one.text(), one.text()))
        elif one.kind() == "pair_pattern":
            key, value = one.field("key"), one.field("value")
            if key is not None and value is not None:
                found.append((key.text(), value.text()))
    return found


def _calls(root: Node, source: Source) -> Iterator[Call]:
    for kind, field in (("call_expression", "function"), ("new_expression", "constructor")):
        for node in root.find_all(kind=kind):
            function = node.field(field)
            head = head_of(function.text()) if function is not None else ""
            if not head or head in ("require", "import"):
                continue
            arguments = node.field("arguments")
            start, end = _span(function, source)
            text = arguments.text() if arguments is not None else ""
            yield Call(head, text, _target(node), start, min(end, start + len(head)))


def _target(node: Node) -> str:
    parent = node.parent()
    while parent is not None and parent.kind() in (
        "await_expression",
        "as_expression",
        "parenthesized_expression",
    ):
        parent = parent.parent()
    if parent is None:
        return ""
    if parent.kind() == "variable_declarator":
        name = parent.field("name")
    elif parent.kind() in ("assignment_expression", "augmented_assignment_expression"):
        name = parent.field("left")
    elif parent.kind() in ("public_field_definition", "field_definition"):
        name = parent.field("name") or parent.field("property")
        return f"this.{name.text()}" if name is not None else ""
    else:
        return ""
    return "".join(name.text().split()) if name is not None else ""


def _annotations(root: Node, source: Source) -> Iterator[tuple[str, str]]:
    if source.language.tree == "javascript":
        return
    for kind in ("required_parameter", "optional_parameter", "public_field_definition"):
        for node in root.find_all(kind=kind):
            annotation = node.field("type")
            name = node.field("pattern") or node.field("name")
            if annotation is None or name is None:
                continue
            bound = name.text()
            type_name = annotation.text().lstrip(": ")
            yield bound, type_name
            if kind == "public_field_definition" or any(
                one.kind() == "accessibility_modifier" for one in node.children()
            ):
                yield f"this.{bound}", type_name


def _span(node: Node, source: Source) -> tuple[int, int]:
    place = node.range()
    return source.offset(place.start.line, place.start.column), source.offset(
        place.end.line, place.end.column
    )
