"""`offramp vendors models`: what is known of single models."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def models(
    vendor: str = "",
    /,
    *,
    model: str = "",
    tables: Path | None = None,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """List what single models can do: context, output, tools, images, PDF, schemas, reasoning, prices, end.

    Parameters
    ----------
    vendor
        Only this vendor's.
    model
        Only the model of this name.
    tables
        Folder of further tables; one of the same vendor replaces ours.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import emit
    from offramp.core.errors import Exit, OfframpError
    from offramp.core.instants import now
    from offramp.report.documents.vendor_models import models_document
    from offramp.vendors.models import load_models

    found = load_models(tables)
    if vendor and vendor not in found:
        raise OfframpError(
            "models-missing",
            f"there is no table of models of `{vendor}`",
            help=f"there are tables of {', '.join(found)}",
            exit_code=Exit.NOTHING,
        )
    chosen = {vendor: found[vendor]} if vendor else found
    emit(models_document(chosen, now(), model), format, output)
