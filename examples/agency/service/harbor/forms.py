"""The two forms a desk can have filled in, the check of what comes back, and the register they go into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Required, TypedDict


class Form(TypedDict):
    """A tool definition: a name, one sentence, and a flat JSON schema."""

    name: Required[str]
    description: str
    input_schema: Required[dict[str, Any]]


PERMIT: Form = {
    "name": "file_permit",
    "description": "File an application for a permit under its category.",
    "input_schema": {
        "type": "object",
        "properties": {
            "category": {"type": "string", "enum": ["mooring", "dredging", "cargo", "event"]},
            "summary": {"type": "string", "maxLength": 40},
        },
        "required": ["category", "summary"],
        "additionalProperties": False,
    },
}

BERTH: Form = {
    "name": "reserve_berth",
    "description": "Reserve a berth for a convoy.",
    "input_schema": {
        "type": "object",
        "properties": {
            "berth": {"type": "string", "enum": ["north", "south", "outer"]},
            "note": {"type": "string", "maxLength": 40},
        },
        "required": ["berth", "note"],
        "additionalProperties": False,
    },
}


class FormError(ValueError):
    """What the model filled in does not fit the form."""


def check(form: Form, arguments: Mapping[str, object]) -> None:
    """Raise `FormError` unless `arguments` fit the fields and choices of `form`. Lengths are advice."""
    schema = form["input_schema"]
    missing = [name for name in schema["required"] if name not in arguments]
    if missing:
        raise FormError(f"{form['name']}: {', '.join(missing)} missing")
    for name, value in arguments.items():
        rules = schema["properties"].get(name)
        if rules is None:
            raise FormError(f"{form['name']}: no field {name}")
        if not isinstance(value, str):
            raise FormError(f"{form['name']}: {name} is not text")
        if "enum" in rules and value not in rules["enum"]:
            raise FormError(f"{form['name']}: {name} cannot be {value!r}")


@dataclass
class Register:
    """Filed forms in the order they came."""

    rows: list[dict[str, str]] = field(default_factory=list)

    def file(self, form: Form, arguments: Mapping[str, object]) -> str:
        """Check and keep a form, long texts cut to fit. Returns its number."""
        check(form, arguments)
        rules = form["input_schema"]["properties"]
        self.rows.append(
            {name: str(value)[: rules[name].get("maxLength")] for name, value in arguments.items()}
        )
        return f"{form['name']} number {len(self.rows)}"
