"""`offramp terms new`: from a document to the draft of an instrument."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.draft_options import Model, Named


def new(
    file: Path,
    /,
    *,
    named: Named = Named(),  # noqa: B008 - frozen
    model: Model = Model(),  # noqa: B008 - frozen
    output: Annotated[
        Path | None, Parameter(name=["--output", "-o"], help="Write to this file, which must be new.")
    ] = None,
) -> None:
    """Split a text, Markdown, PDF or DOCX into sentences and write the draft of an instrument.

    Every sentence stands in the draft with its place, to be modelled or marked as not modelled. A draft binds
    nobody until a named person signs it: `offramp terms sign`.

    For example:
      offramp terms new order-7.pdf --issuer "an office" --by "A. Mensah" -o instruments/order-7.yaml
      offramp terms new clause.docx --draft-with http://127.0.0.1:8484 --model example-1 -o clause.yaml

    Parameters
    ----------
    file
        The document.
    """
    from offramp.cli.output import check_output, say, write
    from offramp.cli.scaffolding import draft_of
    from offramp.core.errors import OfframpError

    check_output("text", output)
    if output is not None and output.exists():
        raise OfframpError(
            "file-exists",
            f"`{output}` is there already",
            help="name another file, or remove that one yourself",
        )
    draft = draft_of(file, named, model)
    write(draft.text, output)
    for note in draft.notes:
        say(f"note: {note}")
    say(draft.summary)
