"""Checks what `offramp` hands over, without offramp: Python 3.11 and the package `cryptography` are enough.

    python verify.py PACK.zip --key KEY [--earlier FILE]
    python verify.py FOLDER_OF_TILES --key KEY [--earlier FILE]
    python verify.py ENTRY.tlog-proof --entry ENTRY.json --key KEY
    python verify.py STATEMENT.dsse.json --key KEY [--signer KEY]... [--threshold K]

KEY is the ledger's public key, or a file that holds it, got by another way than what is checked; so is this
file, for whoever forges a pack forges the checker in it too. Prints a JSON verdict; exits 0 when everything
verifies, 1 when something does not, 2 when it could not be looked at. It imports nothing of offramp and
shares no code with it: the formats are in spec/ledger.md, spec/evidence-pack.md and spec/statements.md.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from offramp.evidence.standalone.packs import check_pack
from offramp.evidence.standalone.primitives import Wrong, read_key
from offramp.evidence.standalone.statements import check_statement
from offramp.evidence.standalone.tiles import check_proof, check_tiles


def main(argv: list[str] | None = None) -> int:
    """Print the verdict; the exit status says it too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", type=Path, help="a pack, a folder of tiles, or a proof")
    parser.add_argument("--key", required=True, help="the ledger's public key, or a file that holds it")
    parser.add_argument("--earlier", type=Path, help="a pack or checkpoint kept from before")
    parser.add_argument("--entry", type=Path, help="the entry a proof is about")
    parser.add_argument("--signer", action="append", default=[], help="a key whose signature counts too")
    parser.add_argument("--threshold", type=int, default=1, help="how many keys must have signed a statement")
    given = parser.parse_args(argv)
    try:
        key_text = key_given(given.key)
        others = [key_given(one) for one in given.signer]
        earlier = given.earlier.read_bytes() if given.earlier else None
        try:
            problems = check(given.path, key_text, earlier, given.entry, (others, given.threshold))
        except Wrong as wrong:
            problems = [str(wrong)]
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    verdict = {"ok": not problems, "problems": problems, "path": str(given.path), "key": key_text}
    sys.stdout.write(json.dumps(verdict, indent=2, ensure_ascii=False) + "\n")
    return 1 if problems else 0


def key_given(given: str) -> str:
    """A key as text, or as the file that holds it."""
    is_file = "+" not in given or Path(given).is_file()
    return (Path(given).read_text("utf-8") if is_file else given).strip()


def check(
    path: Path,
    key_text: str,
    earlier: bytes | None = None,
    entry: Path | None = None,
    signers: tuple[Sequence[str], int] = ((), 1),
) -> list[str]:
    """Every problem; raises `Wrong` where one stops the rest from being looked at."""
    key = read_key(key_text)
    others = [read_key(one) for one in signers[0]]
    if signers[1] < 1:
        raise Wrong("at least one key must have signed a statement")
    if path.is_dir():
        try:
            return check_tiles(path, key, earlier)
        except FileNotFoundError as error:
            raise Wrong(f"`{Path(str(error.filename)).relative_to(path)}` is missing") from None
    content = path.read_bytes()
    if content.startswith(b"{"):
        check_statement(content, [key, *others], signers[1])
        return []
    if not content.startswith(b"c2sp.org/tlog-proof@"):
        return check_pack(content, key, key_text, earlier, (others, signers[1]))
    if entry is None:
        raise Wrong("a proof says where an entry is, not what it says: give the entry with --entry")
    return check_proof(content, key, entry.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
