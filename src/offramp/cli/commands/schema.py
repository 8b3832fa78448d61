"""`offramp schema`: the JSON Schemas of the files offramp reads."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="schema",
    help="Print a JSON Schema, or list them.\n\n"
    "For example:\n\n"
    "  offramp schema\n\n"
    "  offramp schema workspace -o offramp.schema.json",
)


@app.default
def schema(name: str = "", *, output: Annotated[Path | None, Parameter(alias="-o")] = None) -> None:
    """Print the JSON Schema called NAME.

    Parameters
    ----------
    name
        Declarations, instruments or workspace; without it the names are listed.
    output
        File to write instead of standard output.
    """
    import json
    from collections.abc import Callable
    from functools import partial

    from offramp import instruments, workspace
    from offramp.cli.output import write
    from offramp.core.digests import JsonObject
    from offramp.core.errors import OfframpError

    schemas: dict[str, Callable[[], JsonObject]] = {
        "declarations": partial(workspace.json_schema, "declarations"),
        "instruments": instruments.json_schema,
        "workspace": partial(workspace.json_schema, "workspace"),
    }
    if not name:
        write("".join(f"{known}\t{schemas[known]()['title']}\n" for known in schemas), output)
    elif name not in schemas:
        raise OfframpError("schema-unknown", f"no schema `{name}`", help=f"use one of: {', '.join(schemas)}")
    else:
        write(json.dumps(schemas[name](), indent=2, ensure_ascii=False) + "\n", output)
