"""`offramp terms readings`: which dispute matters."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.terms.options import Asked, Effort, Shown, Suppose, conclude


def readings(
    folders: tuple[Path, ...] = (),
    /,
    *,
    regions: Annotated[int, Parameter(help="At most so many for each two options.")] = 3,
    suppose: Suppose = (),
    asked: Asked = Asked(),  # noqa: B008 - frozen
    effort: Effort = Effort(),  # noqa: B008 - frozen
    shown: Shown = Shown(),  # noqa: B008 - frozen
) -> None:
    """Say of each open question whether it matters to a party, with an example where it does.

    Exits 0 where none matters, 1 where one does, 4 where the budget ran out first.

    For example:
      offramp terms readings examples/us-2026 --user contractor --via none --at 2026-03-10
      offramp terms readings instruments --user civil_agency,supplier --vendor example-a

    Parameters
    ----------
    folders
        Documents or folders of them; by default the workspace's instruments.
    """
    from offramp.cli.output import progress
    from offramp.cli.terms.texts import open_all
    from offramp.instruments import analyses

    shown.check()
    texts, named = open_all(folders, suppose)
    with progress("questions looked at") as on_progress:
        analysis = analyses.readings(
            texts,
            profile=asked.profile(texts),
            budget=effort.start(),
            asks_twice=effort.second_opinion,
            most=regions,
            on_progress=on_progress,
        )
    conclude(analysis, asked, shown, named, texts)
