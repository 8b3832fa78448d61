"""`offramp terms conflicts`: where a duty or an entitlement meets a prohibition."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.terms.options import Asked, Effort, Shown, Suppose, conclude


def conflicts(
    folders: tuple[Path, ...] = (),
    /,
    *,
    suppose: Suppose = (),
    described: Annotated[int, Parameter(help="So many with regions and examples; the rest are named.")] = 20,
    first: Annotated[bool, Parameter(negative="", help="Stop at the first.")] = False,
    asked: Asked = Asked(),  # noqa: B008 - frozen
    effort: Effort = Effort(),  # noqa: B008 - frozen
    shown: Shown = Shown(),  # noqa: B008 - frozen
) -> None:
    """Find duties and entitlements that meet a prohibition, for whom, when, and under which reading.

    Exits 0 where there is none, 1 where there is one, 4 where the budget ran out first.

    For example:
      offramp terms conflicts examples/us-2026
      offramp terms conflicts instruments --vendor example-a --at 2026-03-05 --format json

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
    with progress("pairs of norms looked at") as on_progress:
        analysis = analyses.conflicts(
            texts,
            profile=asked.profile(texts),
            budget=effort.start(),
            asks_twice=effort.second_opinion,
            limits=analyses.Limits(described=described, is_first_only=first),
            on_progress=on_progress,
        )
    conclude(analysis, asked, shown, named, texts)
