"""Only what changed since a date or a commit: findings in files that are the same as then are left out.

A file is the same when git's id of its content is the one of that commit. One that git would convert counts
as changed: a finding too many is better than one too few.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from offramp.core.findings import NotSeen, Scan
from offramp.inventory.history import blobs_at, commit_before

LARGEST_FILE = 64 << 20


def only_changed(scan: Scan, roots: Sequence[Path], since: str) -> Scan:
    """`scan` without findings in files below `roots` that did not change; how many were left out is counted.

    What is no file of a root (declarations, images, logs) stays. Raises `revision-unknown`.
    """
    several = len(roots) > 1
    then = [_then(root, since) for root in roots]
    same: dict[str, bool] = {}
    kept = []
    for one in scan.findings:
        if one.path not in same:
            same[one.path] = _is_same(one.path, roots, then, several=several)
        if not same[one.path]:
            kept.append(one)
    unchanged = sum(same.values())
    skipped = scan.coverage.skipped
    if unchanged:
        skipped = (*skipped, NotSeen(".", f"{unchanged} files with findings are as they were at {since}"))
    return replace(scan, findings=tuple(kept), coverage=replace(scan.coverage, skipped=skipped))


def _then(root: Path, since: str) -> dict[str, str]:
    commit = commit_before(root, since)
    return blobs_at(root, commit) if commit else {}


def _is_same(path: str, roots: Sequence[Path], then: Sequence[dict[str, str]], *, several: bool) -> bool:
    for root, blobs in zip(roots, then, strict=True):
        prefix = f"{root.as_posix().rstrip('/')}/" if several and root.is_dir() else ""
        inner = path[len(prefix) :]
        if path.startswith(prefix) and inner in blobs:
            place = root / inner if root.is_dir() else root
            return _blob_id(place, len(blobs[inner])) == blobs[inner]
    return False


def _blob_id(place: Path, length: int) -> str:
    try:
        if place.is_symlink() or place.stat().st_size > LARGEST_FILE:
            return ""
        data = place.read_bytes()
    except OSError:
        return ""
    digest = hashlib.sha256 if length == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(data) + data).hexdigest()
