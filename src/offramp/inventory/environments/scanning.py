"""Looks through an installed environment: a virtual environment, node_modules, a model cache.

Links are not followed. Files that describe nothing are passed over: this is about what is installed, and the
text of installed packages is not searched.
"""

import os
from collections import Counter
from pathlib import Path

from offramp.core.findings import Coverage, Finding, NotSeen, Scan
from offramp.inventory.environments.caches import cached_models
from offramp.inventory.environments.describing import Nameless, describe, is_weights
from offramp.inventory.environments.installed import LARGEST_DESCRIPTION, Installed
from offramp.inventory.probe import Probe, in_order
from offramp.inventory.reading import NotRead

MOST_ENTRIES = 5_000_000
DEEPEST = 60


def scan_environment(root: Path, probe: Probe) -> Scan:
    """Vendors' packages and models installed below `root`, or in it if it is one file."""
    looked = _Looked(root, probe)
    if root.is_dir():
        looked.folder(os.fspath(root), "", 0)
    else:
        looked.file(os.fspath(root), root.name)
    looked.findings += looked.installed.findings(probe.knowledge)
    skipped = [NotSeen(".", f"{reason} ({count})") for reason, count in sorted(looked.passed.items())]
    return Scan(
        findings=in_order(looked.findings),
        coverage=Coverage(
            files=looked.files,
            bytes=looked.bytes,
            sources=(f"environment {root.as_posix()}",),
            skipped=(*skipped, *looked.skipped),
            unreadable=tuple(looked.unreadable),
        ),
        vendors=probe.knowledge.vendors,
    )


class _Looked:
    """What has been seen so far."""

    def __init__(self, root: Path, probe: Probe) -> None:
        self.probe = probe
        self.root = root
        self.installed = Installed()
        self.findings: list[Finding] = []
        self.skipped: list[NotSeen] = []
        self.unreadable: list[NotSeen] = []
        self.passed: Counter[str] = Counter()
        self.files = self.bytes = self.entries = 0

    def folder(self, place: str, shown: str, depth: int) -> None:
        """Every file below a folder, in alphabetical order."""
        if depth > DEEPEST:
            self.unreadable.append(NotSeen(shown, f"more than {DEEPEST} folders deep"))
            return
        try:
            with os.scandir(place) as entries:
                listed = sorted(entries, key=lambda one: one.name)
        except OSError as error:
            self.unreadable.append(NotSeen(shown or ".", (error.strerror or "cannot be read").lower()))
            return
        for entry in listed:
            self.entries += 1
            if self.entries > MOST_ENTRIES:
                if self.entries == MOST_ENTRIES + 1:
                    self.unreadable.append(NotSeen(shown or ".", f"more than {MOST_ENTRIES} entries"))
                return
            name = os.fsencode(entry.name).decode("utf-8", "backslashreplace")
            path = f"{shown}/{name}".lstrip("/")
            if entry.is_symlink():
                self.passed["a link, not followed"] += 1
            elif entry.is_dir(follow_symlinks=False):
                self.folder(entry.path, path, depth + 1)
            elif entry.is_file(follow_symlinks=False):
                self.file(entry.path, path)
            else:
                self.passed["not a regular file"] += 1

    def file(self, place: str, shown: str) -> None:
        """One file: a description, a mark of a cache, weights, or nothing of interest."""
        # A root inside node_modules or site-packages still shows what it is in.
        whole = f"{self.root.absolute().as_posix()}/{shown}"
        in_cache = tuple(cached_models(shown, self.probe))
        self.findings += in_cache
        self.files += bool(in_cache)
        if self.installed.wants(shown) or (self.installed.wants(whole) and "/" in shown):
            self._describes(place, shown)
        elif is_weights(shown):
            self._weights(place, shown)
        elif not in_cache:
            self.passed["files that describe nothing installed"] += 1

    def _describes(self, place: str, shown: str) -> None:
        try:
            with open(place, "rb") as file:  # noqa: PTH123 - one open a file, on the hot path
                data = file.read(LARGEST_DESCRIPTION + 1)
        except OSError as error:
            self.unreadable.append(NotSeen(shown, (error.strerror or "cannot be read").lower()))
            return
        if len(data) > LARGEST_DESCRIPTION:
            self.skipped.append(NotSeen(shown, f"larger than {LARGEST_DESCRIPTION >> 20} MiB"))
            return
        self.files += 1
        self.bytes += len(data)
        self.installed.add(shown, data)

    def _weights(self, place: str, shown: str) -> None:
        try:
            with open(place, "rb") as file:  # noqa: PTH123 - a path that may hold bytes that are not UTF-8
                self.findings += describe(shown, file, self.probe)
            self.files += 1
        except NotRead as reason:
            self.unreadable.append(NotSeen(shown, str(reason)))
        except Nameless as reason:
            self.files += 1
            self.skipped.append(NotSeen(shown, str(reason)))
        except OSError as error:
            self.unreadable.append(NotSeen(shown, (error.strerror or "cannot be read").lower()))
