"""Taking up a changed configuration while the gateway runs. This is the serving process's side.

It looks at the files now and then. What changed is read once, checked whole, and written into the database
with its ledger entry; every worker then swaps to that very copy. Where anything is wrong with it, the entry
says what, nothing is swapped, and the gateway goes on with what it had.
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson

from offramp.core.digests import JsonObject, sha256_file, sha256_hex
from offramp.core.errors import OfframpError, Problems
from offramp.core.instants import format_instant, now
from offramp.evidence import Change, Entry, EntryType, Ledger
from offramp.gateway.settings import Settings
from offramp.gateway.snapshot import take_snapshot
from offramp.workspace import Workspace, load, load_instruments, texts

FILE: Final = "offramp.yaml"
SHOWN_PROBLEMS: Final = 5

Signature = Mapping[str, tuple[int, int]]
"""Path to size and time of change, in nanoseconds."""

log = logging.getLogger("offramp.gateway")


class Reloader:
    """Watches the files of `settings.workspace` and holds the settings now in force."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._taken = self._last = signature(settings.workspace)
        self._digests = {name: sha256_file(path) for name, path in _texts_of(settings.workspace).items()}

    def look(self) -> bool:
        """Take up a change that has settled. Whether new settings are in force."""
        seen = signature(self.settings.workspace)
        is_settled, self._last = seen == self._last, seen
        if seen == self._taken or not is_settled:
            return False
        self._taken = seen
        try:
            return self._take()
        except OfframpError as error:
            self._refuse(error)
            return False

    def _take(self) -> bool:
        recorder = texts.Recorder()
        workspace = load(self.settings.workspace.root, recorder)
        load_instruments(workspace, recorder)
        copy = recorder.copy()
        generation = self.settings.generation + 1
        settings = replace(self.settings, workspace=workspace, generation=generation, read_from=copy)
        check_restart(self.settings.workspace, workspace)
        take_snapshot(settings)
        root = workspace.root
        digests = {_short(Path(path), root): sha256_hex(text.encode()) for path, text in copy.texts.items()}
        before = self._digests
        changed = sorted(name for name in {*digests, *before} if digests.get(name) != before.get(name))
        row = {
            "id": 1,
            "generation": generation,
            "texts": orjson.dumps(copy.to_json()).decode(),
            "at": format_instant(now()),
        }
        data: JsonObject = {"outcome": "loaded", "generation": generation, "changed": changed[:50]}
        self._record(data, {FILE: digests.get(FILE, "")}, Change("gateway_config", row))
        self.settings, self._digests = settings, digests
        # A folder of instruments may have been added: from now on it is watched, too.
        self._taken = self._last = signature(workspace)
        log.warning("configuration %d loaded: %s", generation, ", ".join(changed) or "a key changed")
        return True

    def _refuse(self, error: OfframpError) -> None:
        problems = list(error.problems) if isinstance(error, Problems) else [error]
        told = [problem.render() for problem in problems[:SHOWN_PROBLEMS]]
        log.error(
            "the changed configuration was not loaded, the gateway goes on with the one before: %s",
            "; ".join(told),
        )
        data: JsonObject = {
            "outcome": "refused",
            "generation": self.settings.generation,
            "problems": [problem.code for problem in problems[:SHOWN_PROBLEMS]],
            "problems_left_out": max(0, len(problems) - SHOWN_PROBLEMS),
        }
        try:
            self._record(data, {})
        except OfframpError as failed:
            log.error("and the ledger did not take it: %s", failed.render())

    def _record(self, data: JsonObject, digests: Mapping[str, str], *changes: Change) -> None:
        entry = Entry(
            type=EntryType.CONFIG,
            at=now(),
            actor="gateway",
            cause="file-changed",
            subject="serve",
            data=data,
            digests={name: digest for name, digest in digests.items() if digest},
        )
        with Ledger.open(self.settings.state) as ledger:
            ledger.append(entry, changes)


def signature(workspace: Workspace) -> Signature:
    """What tells that a file changed. A file that is not there has none."""
    keys = (workspace.root / ref.file for ref in workspace.secrets if ref.file)
    seen = {}
    for path in (*_texts_of(workspace).values(), *keys, *workspace.watched):
        try:
            status = path.stat()
        except OSError:
            continue
        seen[str(path)] = (status.st_size, status.st_mtime_ns)
    return seen


def check_restart(before: Workspace, after: Workspace) -> None:
    """Raise where the change needs what only a start can do."""
    local = {upstream.local for upstream in after.upstreams.values() if upstream.local}
    missing = sorted(local - {upstream.local for upstream in before.upstreams.values()})
    if missing:
        raise OfframpError(
            "restart-needed",
            f"local model `{missing[0]}` is not running",
            help="stop the gateway and start it again: local models are started with it",
        )


def _texts_of(workspace: Workspace) -> dict[str, Path]:
    """Every file a workspace is read from, by its path from the workspace."""
    root = workspace.root
    folders = (*workspace.instruments, root / "instruments", root / "declarations")
    files = [root / FILE, *(path for folder in folders for path in texts.DISK.yaml_files(folder))]
    return {_short(path, root): path for path in files}


def _short(path: Path, root: Path) -> str:
    return os.path.relpath(path, root)
