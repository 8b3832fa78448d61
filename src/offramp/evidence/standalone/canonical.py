"""Canonical JSON (RFC 8785)."""

import json
from typing import Any

from offramp.evidence.standalone.notes import Wrong


def canonical(value: Any, depth: int = 0) -> str:
    """The one text of a value."""
    if depth > 500:
        raise Wrong("it is nested too deeply")
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise Wrong("a number is too large to be exact")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    pairs = (
        f"{json.dumps(name, ensure_ascii=False)}:{canonical(value[name], depth + 1)}" for name in ordered
    )
    return "{" + ",".join(pairs) + "}"


def number(value: float) -> str:
    """A number as ECMAScript writes it."""
    if value != value or value in (float("inf"), float("-inf")):
        raise Wrong("a number is not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = ("-" if value < 0 else ""), *_shortest(abs(value))
    point = exponent + len(digits)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _shortest(value: float) -> tuple[str, int]:
    """Digits without zeros at either end, and the power of ten that the last of them stands for."""
    mantissa, _, power = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    exponent = int(power or 0) - len(part)
    digits = (whole + part).lstrip("0")
    stripped = digits.rstrip("0")
    return stripped, exponent + len(digits) - len(stripped)


def read_canonical(content: bytes) -> dict[str, Any]:
    """An object whose only text this is."""
    try:
        value = json.loads(content.decode(), parse_constant=_no_constant)
        if not isinstance(value, dict) or canonical(value).encode() != content:
            raise Wrong("it is not canonical JSON")
    except (ValueError, RecursionError):
        raise Wrong("it is not JSON") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)
