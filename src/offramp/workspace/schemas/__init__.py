"""The JSON Schemas of the files a workspace is read from, one file each. Shapes only: names that must lead
somewhere are checked by the reader."""

import json
from importlib.resources import files

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError

NAMES = ("declarations", "workspace")


def json_schema(name: str = "workspace") -> JsonObject:
    """The JSON Schema (draft 2020-12) of `workspace` or `declarations`."""
    if name not in NAMES:
        raise OfframpError("schema-unknown", f"no schema `{name}`", help=f"use one of: {', '.join(NAMES)}")
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    schema: JsonObject = json.loads(text)
    return schema
