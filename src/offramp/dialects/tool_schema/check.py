"""Does a value satisfy a tool's JSON schema? The keywords tools use; `pattern` and `format` are not judged.

Regular expressions of a caller are not run here: they can take for ever. A keyword that is not judged never
makes a value wrong.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from offramp.core.digests import JsonObject

_MAX_DEPTH: Final = 64

_TYPES: Final[Mapping[str, Callable[[Any], bool]]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "null": lambda value: value is None,
    "number": lambda value: _is_number(value),
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def satisfies(value: Any, schema: JsonObject) -> bool:
    """Whether `value` satisfies `schema`; references are resolved inside it."""
    return _Check(schema).holds(value, schema, 0)


class _Check:
    def __init__(self, root: JsonObject) -> None:
        self._root = root

    def holds(self, value: Any, schema: Any, depth: int) -> bool:
        """One value against one schema."""
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict):
            return True
        if depth > _MAX_DEPTH:
            return False
        deeper = depth + 1
        reference = schema.get("$ref")
        if isinstance(reference, str) and not self.holds(value, self._resolve(reference), deeper):
            return False
        return (
            self._has_type(value, schema.get("type"))
            and ("const" not in schema or _equal(value, schema["const"]))
            and ("enum" not in schema or any(_equal(value, option) for option in schema["enum"]))
            and self._combines(value, schema, deeper)
            and self._fits_object(value, schema, deeper)
            and self._fits_array(value, schema, deeper)
            and self._fits_scalar(value, schema)
        )

    def _resolve(self, reference: str) -> Any:
        """The schema a local reference leads to; False (nothing fits) where it leads nowhere."""
        if not reference.startswith("#"):
            return False
        found: Any = self._root
        for step in reference[1:].split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and name in found:
                found = found[name]
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                return False
        return found

    def _has_type(self, value: Any, types: Any) -> bool:
        if types is None:
            return True
        names = types if isinstance(types, list) else [types]
        return any(name not in _TYPES or _TYPES[name](value) for name in names)

    def _combines(self, value: Any, schema: JsonObject, depth: int) -> bool:
        def count(name: str) -> int:
            return sum(self.holds(value, option, depth) for option in schema[name])

        return (
            ("anyOf" not in schema or count("anyOf") > 0)
            and ("oneOf" not in schema or count("oneOf") == 1)
            and ("allOf" not in schema or count("allOf") == len(schema["allOf"]))
            and ("not" not in schema or not self.holds(value, schema["not"], depth))
        )

    def _fits_object(self, value: Any, schema: JsonObject, depth: int) -> bool:
        if not isinstance(value, dict):
            return True
        if not set(schema.get("required", ())) <= value.keys():
            return False
        properties = schema.get("properties", {})
        others = schema.get("additionalProperties", True)
        if "patternProperties" in schema:
            others = True
        return all(self.holds(item, properties.get(name, others), depth) for name, item in value.items())

    def _fits_array(self, value: Any, schema: JsonObject, depth: int) -> bool:
        if not isinstance(value, list):
            return True
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            return False
        leading = schema.get("prefixItems", [])
        items = schema.get("items", True)
        return all(
            self.holds(item, leading[number] if number < len(leading) else items, depth)
            for number, item in enumerate(value)
        )

    def _fits_scalar(self, value: Any, schema: JsonObject) -> bool:
        if isinstance(value, str):
            return bool(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)))
        if _is_number(value):
            return bool(schema.get("minimum", value) <= value <= schema.get("maximum", value))
        return True


def _equal(value: Any, other: Any) -> bool:
    """JSON equality: true is not 1, and 1 is 1.0."""
    if isinstance(value, bool) or isinstance(other, bool):
        return value is other
    return bool(value == other)
