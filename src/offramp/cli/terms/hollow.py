"""`offramp terms hollow`: what is left of a safeguard."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.terms.options import Asked, Effort, Shown, Suppose, conclude


def hollow(
    folders: tuple[Path, ...] = (),
    /,
    *,
    norm: Annotated[
        tuple[str, ...],
        Parameter(help="A norm or an instrument; may be given again. By default every prohibition."),
    ] = (),
    background: Annotated[
        tuple[str, ...],
        Parameter(help="What may make it redundant; by default every other prohibition."),
    ] = (),
    decides: Annotated[
        tuple[str, ...], Parameter(help="FACT=PARTY: who decides a fact, instead of whom the text names.")
    ] = (),
    suppose: Suppose = (),
    asked: Asked = Asked(),  # noqa: B008 - frozen
    effort: Effort = Effort(),  # noqa: B008 - frozen
    shown: Shown = Shown(),  # noqa: B008 - frozen
) -> None:
    """Ask of each prohibition whether it never binds, is redundant, illusory, unverifiable or effective.

    Exits 0 where all asked about are effective, 1 where one is not, 4 where the budget ran out first.

    For example:
      offramp terms hollow examples/us-2026 --norm usage-policy
      offramp terms hollow clause.yaml --suppose draft --decides lawful=dow_component

    Parameters
    ----------
    folders
        Documents or folders of them; by default the workspace's instruments.
    """
    from offramp.cli.asking import pairs
    from offramp.cli.output import progress
    from offramp.cli.terms.texts import open_all
    from offramp.instruments import analyses

    shown.check()
    texts, named = open_all(folders, suppose)
    weighed = analyses.Weighed(
        names=analyses.checked_norms(texts, norm),
        background=analyses.checked_norms(texts, background),
        deciders=analyses.checked_deciders(texts, pairs(decides, "--decides")),
    )
    with progress("safeguards looked at") as on_progress:
        analysis = analyses.hollow(
            texts,
            profile=asked.profile(texts),
            budget=effort.start(),
            asks_twice=effort.second_opinion,
            weighed=weighed,
            on_progress=on_progress,
        )
    conclude(analysis, asked, shown, named, texts)
