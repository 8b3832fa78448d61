"""Changing `offramp.yaml` by inserting text: comments, order and spacing stay as they were written."""

import yaml

from offramp.core.errors import OfframpError


def with_successor(text: str, vendor: str, to: str, by: str) -> str:
    """`text` with `successors.<vendor>` set to `{to, by}`; the same text where it already says so.

    Nothing else changes, not a comment and not a blank line. Raises `edit-by-hand` for a file written as
    one flow mapping, where an insertion could not be read easily.
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise OfframpError(
            "edit-by-hand",
            "cannot insert into a workspace written between braces",
            help=f"add `successors: {{{vendor}: {{to: {to}, by: {by}}}}}` yourself and run the command again",
        )
    entry = f"{vendor}: {{to: {to}, by: {by}}}"
    section = _value(root, "successors")
    if section is None:
        return _ended(text) + f"\nsuccessors:\n  {entry}\n"
    if not isinstance(section, yaml.MappingNode) or not section.value:
        start, end = section.start_mark.index, section.end_mark.index
        return text[:start].rstrip(" ") + f"\n  {entry}" + text[end:]
    current = _value(section, vendor)
    if current is not None:
        return _replaced(text, current, to, by)
    first_key = section.value[0][0].start_mark
    if section.flow_style:
        return text[: first_key.index] + f"{entry}, " + text[first_key.index :]
    return text[: first_key.index] + f"{entry}\n{' ' * first_key.column}" + text[first_key.index :]


def _replaced(text: str, current: yaml.Node, to: str, by: str) -> str:
    if not isinstance(current, yaml.MappingNode) or current.flow_style:
        if isinstance(current, yaml.MappingNode) and _says(current, to, by):
            return text
        start, end = current.start_mark.index, current.end_mark.index
        return f"{text[:start]}{'' if text[:start].endswith(' ') else ' '}{{to: {to}, by: {by}}}{text[end:]}"
    first = current.value[0][0].start_mark
    wanted = {"to": to, "by": by}
    written = [(value, wanted.pop(key.value)) for key, value in current.value if key.value in wanted]
    # From the end of the text backwards, so that the places still to be changed stay where they are.
    for node, value in sorted(written, key=lambda pair: -pair[0].start_mark.index):
        if node.value != value:
            text = text[: node.start_mark.index] + value + text[node.end_mark.index :]
    missing = "".join(f"{name}: {value}\n{' ' * first.column}" for name, value in wanted.items())
    return text[: first.index] + missing + text[first.index :]


def _says(current: yaml.MappingNode, to: str, by: str) -> bool:
    return {key.value: value.value for key, value in current.value} == {"to": to, "by": by}


def _value(table: yaml.MappingNode, name: str) -> yaml.Node | None:
    for key, value in table.value:
        if key.value == name:
            return value if isinstance(value, yaml.Node) else None
    return None


def _ended(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"
