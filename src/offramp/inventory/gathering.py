"""One scan of everything a person names: trees, images, environments, SBOMs and logs, put together.

What a path is, is told by what it holds, not by its name: an archive of an image among the paths is looked
through as an image, a file of weights by its header.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from offramp.core.errors import OfframpError
from offramp.core.findings import Coverage, Finding, NotSeen, Scan
from offramp.core.ids import VendorId
from offramp.inventory.as_text import together
from offramp.inventory.assisting import assisted
from offramp.inventory.changing import only_changed
from offramp.inventory.environments import Nameless, describe, is_weights, scan_environment
from offramp.inventory.images import is_image, scan_image
from offramp.inventory.logs import scan_logs
from offramp.inventory.probe import Probe, in_order, make_probe
from offramp.inventory.reading import NotRead
from offramp.inventory.revisions import Revision, is_bare, revision
from offramp.inventory.sbom import scan_sbom
from offramp.inventory.scanning import Means, Progress, scan
from offramp.vendors import Profile, profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Where to look, and for what besides."""

    trees: tuple[Path | Revision, ...] = ()
    """Folders, files, and revisions of repositories."""
    images: tuple[Path, ...] = ()
    environments: tuple[Path, ...] = ()
    sboms: tuple[Path, ...] = ()
    logs: tuple[Path, ...] = ()
    log_format: str = ""
    """Empty: told by what each log holds."""
    since: str = ""
    """A date or a commit: only files that are not as they were then."""
    wants_assisted: bool = False

    @property
    def folders(self) -> tuple[Path, ...]:
        """The trees that are on disk."""
        return tuple(one for one in self.trees if isinstance(one, Path))

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every place on disk."""
        return (*self.folders, *self.images, *self.environments, *self.sboms, *self.logs)


def told_apart(search: Search) -> Search:
    """`search` with images and weights that were named as plain paths in their own lists.

    A bare repository is looked at as of its `HEAD`: its files have no other state.
    """
    trees: list[Path | Revision] = []
    images, environments = list(search.images), list(search.environments)
    for path in search.trees:
        if isinstance(path, Revision):
            trees.append(path)
        elif is_bare(path):
            trees.append(revision(path, "HEAD"))
        elif is_image(path):
            images.append(path)
        elif path.is_file() and is_weights(path.name):
            environments.append(path)
        else:
            trees.append(path)
    return replace(search, trees=tuple(trees), images=tuple(images), environments=tuple(environments))


def gather(
    search: Search,
    profiles: Mapping[VendorId, Profile],
    *,
    vendors: Sequence[VendorId] | None = None,
    declared: Sequence[Finding] = (),
    on_progress: Progress | None = None,
    salt: bytes | None = None,
    means: Means | None = None,
) -> Scan:
    """Look everywhere and put it together; what could not be looked at is in the coverage.

    Raises `path-missing` for a place that does not exist, `vendor-unknown` and `revision-unknown`.
    """
    for path in search.paths:
        if not path.exists():
            raise OfframpError("path-missing", f"no file or folder `{path}`", help="name one that exists")
    search = told_apart(search)
    chosen = (
        tuple(profiles) if vendors is None else tuple(VendorId(profile(one, profiles).id) for one in vendors)
    )
    found: list[Scan] = []
    if search.trees or declared:
        tree = scan(
            search.trees,
            profiles,
            vendors=chosen,
            declared=declared,
            on_progress=on_progress,
            salt=salt,
            means=means,
        )
        found.append(tree)
    probe = make_probe(profiles, chosen, salt or secrets.token_bytes(16))
    if search.trees:
        found[0] = _with_descriptions(found[0], search, probe)
    found += [scan_image(path, probe) for path in search.images]
    found += [scan_environment(path, probe) for path in search.environments]
    found += [scan_sbom(path, probe) for path in search.sboms]
    if search.logs:
        found.append(scan_logs(search.logs, probe, search.log_format))
    together = _together(found, chosen)
    if search.since:
        together = only_changed(together, search.folders, search.since)
    if search.wants_assisted:
        together = replace(together, assisted=assisted(search.folders, profiles, chosen))
    return together


def _together(found: Sequence[Scan], vendors: tuple[VendorId, ...]) -> Scan:
    return Scan(
        findings=in_order([finding for one in found for finding in one.findings]),
        coverage=Coverage(
            files=sum(one.coverage.files for one in found),
            bytes=sum(one.coverage.bytes for one in found),
            sources=tuple(source for one in found for source in one.coverage.sources),
            skipped=tuple(seen for one in found for seen in one.coverage.skipped),
            unreadable=tuple(seen for one in found for seen in one.coverage.unreadable),
            as_text=together(one.coverage.as_text for one in found),
            idle_waivers=tuple(seen for one in found for seen in one.coverage.idle_waivers),
        ),
        vendors=vendors,
    )


def _with_descriptions(tree: Scan, search: Search, probe: Probe) -> Scan:
    """A tree's scan with what its weight files say.

    Weights are left out of a tree as binary or too large, and said to be: those that a header describes
    leave that list.
    """
    roots, several = search.folders, len(search.trees) > 1
    findings = list(tree.findings)
    skipped: list[NotSeen] = []
    unreadable: list[NotSeen] = list(tree.coverage.unreadable)
    files = tree.coverage.files
    for seen in tree.coverage.skipped:
        place = _place(seen.path, roots, several=several) if is_weights(seen.path) else None
        if place is None or place.is_symlink() or not place.is_file():
            skipped.append(seen)
            continue
        try:
            with place.open("rb") as file:
                findings += describe(seen.path, file, probe)
            files += 1
        except Nameless as reason:
            files += 1
            skipped.append(NotSeen(seen.path, str(reason)))
        except NotRead as reason:
            unreadable.append(NotSeen(seen.path, str(reason)))
        except OSError as error:
            unreadable.append(NotSeen(seen.path, (error.strerror or "cannot be read").lower()))
    coverage = replace(tree.coverage, files=files, skipped=tuple(skipped), unreadable=tuple(unreadable))
    return replace(tree, findings=tuple(findings), coverage=coverage)


def _place(shown: str, roots: Sequence[Path], *, several: bool) -> Path | None:
    for root in roots:
        prefix = f"{root.as_posix().rstrip('/')}/" if several and root.is_dir() else ""
        if shown.startswith(prefix):
            place = root / shown[len(prefix) :] if root.is_dir() else root
            if place.exists():
                return place
    return None
