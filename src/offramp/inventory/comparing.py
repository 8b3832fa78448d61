"""What a scan finds that was not there at another revision, for pull requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from offramp.core.findings import Scan
from offramp.core.ids import VendorId
from offramp.inventory.revisions import Revision, common_start, revision
from offramp.inventory.scanning import Means, scan
from offramp.vendors import Profile


@dataclass(frozen=True, slots=True)
class Compared:
    """A scan without what was there before."""

    scan: Scan
    before: tuple[Revision, ...]
    """The revisions it was compared with: where the histories part, or the base itself."""
    known: int
    """Findings that were there before and are left out."""


def new_since(
    found: Scan,
    roots: Sequence[Path | Revision],
    base: str,
    profiles: Mapping[VendorId, Profile],
    means: Means,
) -> Compared:
    """The findings of `found` that the start of the histories of `base` and the roots did not have.

    A finding is known by its id, so one that only moved within its file is not new; in a renamed file it is.
    Only files with findings are read at the base.
    """
    before = tuple(_before(root, base, found, is_one_of_many=len(roots) > 1) for root in roots)
    at_base = scan(before, profiles, vendors=found.vendors, means=means)
    known = {one.id for one in at_base.findings}
    new = tuple(one for one in found.findings if one.id not in known)
    sources = (*found.coverage.sources, *(f"{one.shown}, to compare" for one in before))
    coverage = replace(found.coverage, sources=sources)
    return Compared(replace(found, findings=new, coverage=coverage), before, len(found.findings) - len(new))


def _before(root: Path | Revision, base: str, found: Scan, *, is_one_of_many: bool) -> Revision:
    path = root.path if isinstance(root, Revision) else root
    named = root.commit if isinstance(root, Revision) else "HEAD"
    start = revision(path, common_start(path, base, named))
    prefix = f"{path.as_posix().rstrip('/')}/" if is_one_of_many and path.is_dir() else ""
    only = frozenset(one.path.removeprefix(prefix) for one in found.findings if one.path.startswith(prefix))
    return replace(start, named=base, only=only)
