"""The checks of `offramp doctor`: each looks at one thing and says what it found. None changes anything."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from offramp.cli import health
from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.evidence import Handover, verify
from offramp.evidence import pack as packs
from offramp.report.documents.doctor import Check, Health
from offramp.upstream import cached, catalogue, find_weights, require_extra
from offramp.workspace import Workspace, find, load, load_instruments, resolve_secret

OLDEST_PYTHON = (3, 11)


def examine(folder: Path | None, host: str, port: int, *, reaches: bool = False) -> tuple[Check, ...]:
    """Every check that applies. `folder` is the workspace's; None looks for one at or above this folder."""
    checks = [_python(), health.versions(), *_extras()]
    root = folder or find(Path.cwd())
    if root is None:
        checks.append(Check("workspace", Health.NOTE, "none here or above", "offramp init"))
        checks += [*_weights(None), _port(host, port)]
        return tuple(checks)
    try:
        workspace = load(root)
    except OfframpError as error:
        checks.append(_wrong("workspace", error))
        checks += [*_weights(None), _port(host, port)]
        return tuple(checks)
    checks.append(Check("workspace", Health.OK, str(root)))
    checks += [Check("workspace", Health.NOTE, warning) for warning in workspace.warnings]
    checks.append(_instruments(workspace))
    checks += [*_secrets(workspace), *_weights(workspace), *health.state(workspace)]
    checks += [_ledger(workspace), health.writer(workspace), health.clock(workspace)]
    checks.append(_port(host, port, workspace.state))
    if reaches:
        checks += health.reach(workspace)
    return tuple(checks)


def _python() -> Check:
    version = ".".join(str(number) for number in sys.version_info[:3])
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Check("python", Health.OK, version)
    return Check("python", Health.WRONG, version, "install Python 3.11 or newer")


def _extras() -> Iterator[Check]:
    for extra in ("gateway", "local", "telemetry"):
        try:
            require_extra(extra)
        except OfframpError as error:
            yield Check(f"extra {extra}", Health.NOTE, error.message, error.help)
        else:
            yield Check(f"extra {extra}", Health.OK, "installed")


def _instruments(workspace: Workspace) -> Check:
    try:
        load_instruments(workspace)
    except OfframpError as error:
        return _wrong("instruments", error)
    return Check("instruments", Health.OK, f"{len(workspace.instruments)} folders load")


def _secrets(workspace: Workspace) -> Iterator[Check]:
    owners = [(f"key of application {one.id}", one.key) for one in workspace.applications.values()]
    owners += [(f"key of upstream {one.id}", one.key) for one in workspace.upstreams.values()]
    owners += [
        (f"access key of upstream {one.id}", ref)
        for one in workspace.upstreams.values()
        if one.reaching.auth
        for ref in one.reaching.auth.refs
    ]
    for name, ref in owners:
        if ref is None:
            continue
        try:
            resolve_secret(ref, workspace.root, os.environ)
        except OfframpError as error:
            yield _wrong(name, error)
        else:
            yield Check(name, Health.OK, f"readable from {ref}")


def _weights(workspace: Workspace | None) -> Iterator[Check]:
    needed = {one.local for one in workspace.upstreams.values() if one.local} if workspace else set()
    for slug in sorted({*catalogue(), *needed}):
        try:
            is_here = cached(find_weights(slug)) is not None
        except OfframpError as error:
            yield _wrong(f"weights {slug}", error)
            continue
        if is_here:
            yield Check(f"weights {slug}", Health.OK, "in the cache, hash checked")
        else:
            health = Health.WRONG if slug in needed else Health.NOTE
            yield Check(f"weights {slug}", health, "not in the cache", f"offramp models pull {slug}")


def _ledger(workspace: Workspace) -> Check:
    try:
        with TemporaryDirectory(prefix="offramp-") as folder:
            made = Path(folder) / "pack.zip"
            Handover(workspace.state).pack(made, packs.Contents(made_at=now()))
            verification = verify(made, Handover(workspace.state).public_key())
    except OfframpError as error:
        is_new = error.code == "ledger-missing"
        return Check("ledger", Health.NOTE, "nothing recorded yet") if is_new else _wrong("ledger", error)
    if verification.ok:
        return Check("ledger", Health.OK, "every entry verifies")
    return Check("ledger", Health.WRONG, "; ".join(str(problem) for problem in verification.problems)[:300])


def _port(host: str, port: int, state: Path | None = None) -> Check:
    try:
        require_extra("gateway")
    except OfframpError:
        return Check("port", Health.NOTE, "not looked at without the gateway extra")
    from offramp.gateway import is_running, reserve_port

    try:
        reserve_port(host, port).close()
    except OfframpError as error:
        if error.code == "port-taken" and state is not None and is_running(state):
            return Check("port", Health.OK, f"{port} on {host} is taken, and this workspace's gateway runs")
        return Check("port", Health.NOTE, error.message, error.help)
    return Check("port", Health.OK, f"{port} on {host} is free")


def _wrong(name: str, error: OfframpError) -> Check:
    place = f" ({error.where})" if error.where else ""
    return Check(name, Health.WRONG, f"{error.message}{place}", error.help)
