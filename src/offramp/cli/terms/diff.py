"""`offramp terms diff`: what one wording changes about another."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.terms.options import Asked, Effort, Shown, Suppose, conclude


def diff(
    old: Path,
    new: Path,
    /,
    *,
    with_: Annotated[
        tuple[Path, ...],
        Parameter(name="--with", help="Instruments read with both: words, law, other rules."),
    ] = (),
    any_vendor: Annotated[
        bool, Parameter(negative="", help="Compare what is said, whichever vendor it is said about.")
    ] = False,
    suppose: Suppose = (),
    asked: Asked = Asked(),  # noqa: B008 - frozen
    effort: Effort = Effort(),  # noqa: B008 - frozen
    shown: Shown = Shown(),  # noqa: B008 - frozen
) -> None:
    """Compare two wordings: what the new one newly allows, forbids and holds, with an example of each.

    Exits 0 where they say the same, 1 where they differ, 4 where the budget ran out first.

    For example:
      offramp terms diff old.yaml new.yaml
      offramp terms diff old.yaml new.yaml --with instruments --any-vendor
      offramp terms diff clause.yaml demand.yaml --suppose demand --reading scope=b --format json

    Parameters
    ----------
    old
        The wording that is replaced: a document, or a folder of documents.
    new
        The wording that replaces it.
    """
    from offramp.cli.terms.texts import read_texts
    from offramp.instruments import analyses

    shown.check()
    before, after = analyses.supposed([read_texts((*with_, side)) for side in (old, new)], suppose)
    if any_vendor:
        before, after = analyses.vendor_blind(before), analyses.vendor_blind(after)
    analysis = analyses.diff(
        analyses.Wordings(old=before, new=after),
        profile=asked.profile(before, after),
        budget=effort.start(),
        asks_twice=effort.second_opinion,
    )
    named = tuple(str(path) for path in (old, new, *with_))
    conclude(analysis, asked, shown, named, before, after)
