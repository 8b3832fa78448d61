"""Changing `offramp.yaml` by inserting text: comments, order and spacing stay as they were written."""

from offramp.core.errors import OfframpError
from offramp.core.yaml_nodes import Node, Scalar, Table, parse


def with_successor(text: str, vendor: str, to: str, by: str) -> str:
    """`text` with `successors.<vendor>` set to `{to, by}`; the same text where it already says so.

    Nothing else changes, not a comment and not a blank line. Raises `edit-by-hand` for a file written as
    one flow mapping, where an insertion could not be read easily.
    """
    root, _ = parse(text, "offramp.yaml")
    if not isinstance(root, Table) or root.is_flow:
        raise OfframpError(
            "edit-by-hand",
            "cannot insert into a workspace written between braces",
            help=f"add `successors: {{{vendor}: {{to: {to}, by: {by}}}}}` yourself and run the command again",
        )
    entry = f"{vendor}: {{to: {to}, by: {by}}}"
    section = root.get("successors")
    if section is None:
        return _ended(text) + f"\nsuccessors:\n  {entry}\n"
    if not isinstance(section, Table) or not section.entries:
        return text[: section.extent.start].rstrip(" ") + f"\n  {entry}" + text[section.extent.end :]
    current = section.get(vendor)
    if current is not None:
        return _replaced(text, current, to, by)
    first = section.entries[0][0].extent
    if section.is_flow:
        return text[: first.start] + f"{entry}, " + text[first.start :]
    return text[: first.start] + f"{entry}\n{' ' * first.column}" + text[first.start :]


def _replaced(text: str, current: Node, to: str, by: str) -> str:
    if not isinstance(current, Table) or current.is_flow:
        if isinstance(current, Table) and _says(current, to, by):
            return text
        before, after = text[: current.extent.start], text[current.extent.end :]
        return f"{before}{'' if before.endswith(' ') else ' '}{{to: {to}, by: {by}}}{after}"
    first = current.entries[0][0].extent
    wanted = {"to": to, "by": by}
    written = [(node, wanted.pop(key.text)) for key, node in current if key.text in wanted]
    # From the end of the text backwards, so that the places still to be changed stay where they are.
    for node, value in sorted(written, key=lambda pair: -pair[0].extent.start):
        if not isinstance(node, Scalar) or node.text != value:
            text = text[: node.extent.start] + value + text[node.extent.end :]
    missing = "".join(f"{name}: {value}\n{' ' * first.column}" for name, value in wanted.items())
    return text[: first.start] + missing + text[first.start :]


def _says(current: Table, to: str, by: str) -> bool:
    written = {key.text: node.text if isinstance(node, Scalar) else None for key, node in current}
    return written == {"to": to, "by": by}


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
