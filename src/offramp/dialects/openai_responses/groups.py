"""Tools in groups. A target without groups knows each tool by its group's name and its own, joined."""

from collections.abc import Mapping
from typing import Final

from offramp.core.digests import JsonObject, sha256_hex

GROUP: Final = "namespace"
"""The type of such a tool, and the member of a call that names its group."""
MOST_LENGTH: Final = 64
"""Of a tool's name in the APIs that bound it."""


def joined(group: str, name: str) -> str:
    """What a tool of a group is called where there are no groups."""
    whole = f"{group}__{name}" if group else name
    if not group or len(whole) <= MOST_LENGTH:
        return whole
    return f"{whole[: MOST_LENGTH - 9]}_{sha256_hex(whole.encode('utf-8', 'surrogateescape'))[:8]}"


def groups_of(asked: JsonObject) -> Mapping[str, tuple[str, str]]:
    """Each joined name to the group and the name it stands for, of a request that was read well."""
    tools = asked.get("tools")
    if not isinstance(tools, list):
        return {}
    return {
        joined(group["name"], tool["name"]): (group["name"], tool["name"])
        for group in tools
        if isinstance(group, dict) and group.get("type") == GROUP
        for tool in group.get("tools") or ()
    }
