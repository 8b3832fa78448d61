"""Signing a file: read with its neighbours, signed, checked as it will stand, then written."""

import os
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import NamedTemporaryFile

from offramp.cli.files import read_file
from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, format_instant
from offramp.core.spans import Span
from offramp.instruments import Instruments, Source, load
from offramp.instruments.drafting import Signed, Signing, sign
from offramp.instruments.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What was signed, the documents as they stand with it, and what changed in the file."""

    signed: Signed
    instruments: Instruments
    diff: str


def sign_file(file: Path, instrument: str, by: str, status: Status, *, at: Instant, is_dry_run: bool) -> Done:
    """Sign in `file`; on return the signature is in it, unless this is a dry run or it stood there already.

    Raises every problem of the document as it would stand, its folder's other documents beside it.
    """
    text = _text(file)
    signing = Signing(by=by, on=format_instant(at.replace(microsecond=0)), status=status)
    signed = sign(text, str(file), instrument, signing)
    beside = [
        Source(str(path), _text(path))
        for path in sorted({*file.parent.glob("*.yaml"), *file.parent.glob("*.yml")})
        if path.resolve() != file.resolve()
    ]
    instruments = load([Source(str(file), signed.text), *beside])
    diff = "".join(
        unified_diff(text.splitlines(True), signed.text.splitlines(True), str(file), f"{file} (signed)", n=1)
    )
    if diff and not is_dry_run:
        _write(file, signed.text)
    return Done(signed=signed, instruments=instruments, diff=diff)


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError:
        raise OfframpError(
            "file-unreadable", f"`{path}` is not UTF-8", help="save it as UTF-8", where=Span(str(path))
        ) from None


def _write(file: Path, text: str) -> None:
    # The old content or the new one, whatever happens meanwhile: never half of it.
    try:
        with NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as whole:
            whole.write(text.encode("utf-8"))
            whole.flush()
            os.fsync(whole.fileno())
        Path(whole.name).chmod(file.stat().st_mode & 0o777)
        Path(whole.name).replace(file)
    except OSError as error:
        raise OfframpError(
            "output-unwritable", f"cannot write `{file}`: {error.strerror}", help="check who may write there"
        ) from None
