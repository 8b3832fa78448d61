"""What `offramp scan` does beyond the scan: the workspace's part, the progress bar, the ledger entry."""

import os
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_bytes
from typing import Protocol

from offramp.cli.output import progress, say
from offramp.core.digests import canonical_json, sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.findings import Finding, NotSeen, Scan
from offramp.core.ids import SystemId, VendorId
from offramp.core.instants import Instant, now, parse_instant
from offramp.inventory import Means, Search, assign, explain, gather, judged, new_since, revision
from offramp.report import Document
from offramp.report.documents.explanation import explanation_document
from offramp.vendors import load_profiles
from offramp.workspace import Workspace, find, load, load_instruments

SALT = "scan-salt"
"""In the state folder: makes digests of key-like literals comparable from scan to scan of one workspace."""


@dataclass(frozen=True, slots=True)
class When:
    """Which state of the files is looked at."""

    rev: str = ""
    """A revision of the repository; empty for the files as they are."""
    base: str = ""
    """A revision whose findings are left out; empty for none."""


NOW = When()


@dataclass(frozen=True, slots=True)
class Looked:
    """A scan, and the workspace it was made in."""

    scan: Scan
    search: Search
    """What was looked through; a repository at a revision stands for its folder."""
    workspace: Workspace | None

    @property
    def in_workspace(self) -> bool:
        """Whether there is a workspace."""
        return self.workspace is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asked `offramp scan` for."""

    search: Search
    vendors: tuple[str, ...] = ()
    profiles: Path | None = None
    wants_record: bool = False
    when: When = NOW
    keeps: bool = True
    """Whether results are kept for the next scan."""


class Named(Protocol):
    """Places named on the command line besides the paths."""

    @property
    def image(self) -> tuple[Path, ...]: ...
    @property
    def environment(self) -> tuple[Path, ...]: ...
    @property
    def sbom(self) -> tuple[Path, ...]: ...
    @property
    def logs(self) -> tuple[Path, ...]: ...
    @property
    def log_format(self) -> str: ...


def wanted_from(paths: Sequence[Path], named: Named, *, since: str, assisted: bool) -> Wanted:
    """What to look at: the current folder, where nothing at all is named."""
    others = (*named.image, *named.environment, *named.sbom, *named.logs)
    search = Search(
        trees=tuple(paths) or (() if others else (Path(),)),
        images=named.image,
        environments=named.environment,
        sboms=named.sbom,
        logs=named.logs,
        log_format=named.log_format,
        since=since,
        wants_assisted=assisted,
    )
    return Wanted(search=search)


def look(wanted: Wanted, at: Instant) -> Looked:
    """Look everywhere. In a workspace declared uses are added, systems assigned and the scan recorded.

    Of another time than now, or only what is new, nothing is recorded and no declared use is added.
    """
    when = wanted.when
    is_now = when == NOW
    paths = [path for path in wanted.search.trees if isinstance(path, Path)]
    workspace = _workspace_of(paths) if paths else None
    wants_record = wanted.wants_record and is_now
    salt = _salt(workspace) if workspace is not None and wants_record else None
    profiles = load_profiles(wanted.profiles)
    means = Means(cache=cache_folder() if wanted.keeps else None)
    roots = [revision(path, when.rev) for path in paths] if when.rev else paths
    search = replace(wanted.search, trees=tuple(roots))
    declared, ended = _declared(workspace, at) if workspace is not None and is_now else ((), ())
    with progress("reading files") as on_progress:
        done = gather(
            search,
            profiles,
            vendors=[VendorId(one) for one in wanted.vendors] or None,
            declared=declared,
            on_progress=on_progress,
            salt=salt,
            means=means,
        )
    if when.base:
        compared = new_since(done, roots, when.base, profiles, means)
        places = ", ".join(f"{one.named} ({one.commit[:12]})" for one in compared.before)
        say(f"compared with {places}: {compared.known} findings were there before and are left out")
        done = compared.scan
    if any(one.waiver is not None for one in done.findings):
        done = replace(done, findings=judged(done.findings, at, _instruments(workspace)))
    if workspace is None:
        return Looked(done, search, None)
    if ended:
        skipped = (*done.coverage.skipped, *ended)
        done = replace(done, coverage=replace(done.coverage, skipped=skipped))
    done = replace(done, findings=assign(done.findings, _globs(workspace), _prefix(paths, workspace)))
    if wants_record:
        _record(done, workspace)
    return Looked(done, search, workspace)


def _declared(workspace: Workspace, at: Instant) -> tuple[tuple[Finding, ...], tuple[NotSeen, ...]]:
    """The declared uses that go on at `at`, and those said to have ended before."""
    ended = {
        one.finding.id: NotSeen(
            f"{one.finding.path}:{one.finding.line}", f"declared to have ended on {one.until}"
        )
        for one in workspace.declarations
        if one.until and parse_instant(one.until) < at
    }
    return tuple(one for one in workspace.declared if one.id not in ended), tuple(ended.values())


def _instruments(workspace: Workspace | None) -> Collection[str] | None:
    """The instruments a waiver may name: none are known outside a workspace, or where they do not load."""
    if workspace is None:
        return None
    try:
        return {str(one) for one in load_instruments(workspace).instruments}
    except OfframpError as problem:
        say(f"warning: the instruments cannot be read, so no waiver counts: {problem.message}")
        return None


def cache_folder() -> Path:
    """Where results and compiled patterns are kept between scans."""
    chosen = os.environ.get("OFFRAMP_CACHE")
    return (Path(chosen) if chosen else Path.home() / ".cache" / "offramp") / "scan"


def _workspace_of(paths: Sequence[Path]) -> Workspace | None:
    """The workspace all paths lie in, if there is one. Its problems are told, not hidden."""
    roots = {find(path if path.is_dir() else path.parent) for path in paths if path.exists()}
    root = next(iter(roots)) if len(roots) == 1 else None
    if root is None:
        if len(roots) > 1:
            say("the paths lie in different workspaces: declared uses and systems are left out")
        return None
    workspace = load(root)
    for warning in workspace.warnings:
        say(f"warning: {warning}")
    return workspace


def _globs(workspace: Workspace) -> dict[SystemId, tuple[str, ...]]:
    return {system.id: system.paths for system in workspace.systems.values()}


def _prefix(paths: Sequence[Path], workspace: Workspace) -> str:
    """From the workspace root to what finding paths are relative to."""
    if len(paths) > 1:
        base = Path.cwd()
    else:
        base = paths[0].absolute() if paths[0].is_dir() else paths[0].absolute().parent
    try:
        relative = base.resolve().relative_to(workspace.root.resolve()).as_posix()
    except ValueError:
        return ""
    return "" if relative == "." else f"{relative}/"


def _salt(workspace: Workspace) -> bytes:
    """The workspace's own salt, made once and readable by its owner only."""
    path = workspace.state / SALT
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            made = path.with_name(f"{SALT}.{os.getpid()}")
            made.touch(mode=0o600)
            made.write_bytes(token_bytes(16))
            with suppress(FileExistsError):
                # Of two scans at once, the first one's salt stays.
                os.link(made, path)
            made.unlink()
        return path.read_bytes()
    except OSError as error:
        raise OfframpError(
            "state-unwritable",
            f"cannot write to `{workspace.state}`: {os.strerror(error.errno or 0).lower()}",
            help="make the directory writable for this user, or scan with --no-record",
        ) from None


def _record(done: Scan, workspace: Workspace) -> None:
    """One entry: what was looked at, counts, and the digest of the findings. No place, no text."""
    from offramp.evidence import Entry, EntryType, Ledger

    ids = sorted([one.id, one.vendor, one.kind, one.path, one.line] for one in done.findings)
    counts = Counter(one.vendor for one in done.uses)
    entry = Entry(
        type=EntryType.SCAN,
        at=now(),
        actor="command",
        cause="command",
        subject=", ".join(done.coverage.sources),
        data={
            "vendors": list(done.vendors),
            "uses": dict(sorted(counts.items())),
            "mentions": len(done.findings) - len(done.uses),
            "files": done.coverage.files,
            "skipped": len(done.coverage.skipped),
            "unreadable": len(done.coverage.unreadable),
        },
        digests={"findings": sha256_hex(canonical_json(ids))},
    )
    with Ledger.open(workspace.state) as ledger:
        receipt = ledger.append(entry)
    say(f"recorded as entry {receipt.index}")


def explained(id: str, looked: Looked, wanted: Wanted, at: Instant) -> Document:  # noqa: A002
    """Why the finding of this id is one. Raises `finding-unknown`."""
    found = {str(one.id): one for one in looked.scan.findings}
    if id not in found:
        raise OfframpError(
            "finding-unknown",
            f"no finding `{id}` in this scan",
            help="look at the same paths with --format json to see the ids",
        )
    return explanation_document(explain(found[id], looked.search.trees, load_profiles(wanted.profiles)), at)
