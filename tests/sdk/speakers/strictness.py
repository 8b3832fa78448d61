"""What makes a scripted upstream strict: it refuses fields nobody defined, and what is missing."""

from typing import Any


class Rejected(Exception):
    """The real API would have answered 400."""


def object_of(value: Any, where: str, allowed: str, required: str = "") -> dict[str, Any]:
    """`value`, an object with no other fields than these. Both lists are words."""
    if not isinstance(value, dict):
        raise Rejected(f"{where}: an object is expected")
    names = {*allowed.split(), *required.split()}
    for name in value:
        if name not in names:
            raise Rejected(f"{where}.{name}: unknown field")
        if value[name] is None:
            raise Rejected(f"{where}.{name}: null")
    for name in required.split():
        if name not in value:
            raise Rejected(f"{where}.{name}: missing")
    return value


def check(claim: object, problem: str) -> None:
    """`problem` is a rejection unless `claim` holds."""
    if not claim:
        raise Rejected(problem)
