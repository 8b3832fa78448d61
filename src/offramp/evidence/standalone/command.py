"""The command."""

import argparse
import json
import sys
from pathlib import Path

from offramp.evidence.standalone.ledger import Given, Verdict
from offramp.evidence.standalone.notes import Wrong, read_key
from offramp.evidence.standalone.packs import check_pack
from offramp.evidence.standalone.stamps import read_authorities
from offramp.evidence.standalone.statements import Signers, check_statement
from offramp.evidence.standalone.tiles import check_proof, check_tiles

LARGEST = (1 << 30) + (16 << 20)


def main(argv: list[str] | None = None) -> int:
    """Print the verdict; the exit status says it too."""
    parser = argparse.ArgumentParser(description="Checks what offramp hands over, without offramp.")
    parser.add_argument("path", type=Path, help="a pack, a folder of tiles, or a proof")
    parser.add_argument("--key", required=True, help="the ledger's public key, or a file that holds it")
    parser.add_argument("--earlier", type=Path, help="a pack or checkpoint kept from before")
    parser.add_argument("--entry", type=Path, help="the entry a proof is about")
    parser.add_argument(
        "--supplier-key", action="append", default=[], help="the key of a supplier whose pack is in the pack"
    )
    parser.add_argument(
        "--authority", action="append", default=[], type=Path, help="certificate of a time-stamp authority"
    )
    parser.add_argument("--signer", action="append", default=[], help="a key that counts for statements too")
    parser.add_argument("--threshold", type=int, default=1, help="how many keys must have signed a statement")
    asked = parser.parse_args(argv)
    try:
        try:
            given = Given(
                key_text(asked.key),
                asked.earlier.read_bytes() if asked.earlier else None,
                tuple(key_text(one) for one in asked.supplier_key),
                tuple(read_authorities([one.read_bytes() for one in asked.authority])),
                tuple(key_text(one) for one in asked.signer),
                asked.threshold,
            )
            verdict = check(asked.path, given, asked.entry)
        except Wrong as wrong:
            verdict = Verdict([str(wrong)], [], {}, [], "")
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    said = {
        "ok": not verdict.problems,
        "problems": verdict.problems,
        "path": str(asked.path),
        "key": asked.key if "+" in asked.key else key_text(asked.key),
        "notes": verdict.notes,
        "signed_by": verdict.signed_by or None,
        "handed": verdict.handed or None,
        "suppliers": verdict.suppliers,
    }
    sys.stdout.write(json.dumps(said, indent=2, ensure_ascii=False) + "\n")
    return 1 if verdict.problems else 0


def key_text(given: str) -> str:
    """A key given as text or as the file that holds it."""
    is_file = "+" not in given or Path(given).is_file()
    return (Path(given).read_text("utf-8") if is_file else given).strip()


def check(path: Path, given: Given, entry: Path | None = None) -> Verdict:
    """Every problem; raises `Wrong` where one stops the rest from being looked at."""
    key = read_key(given.key)
    for one in (*given.suppliers, *given.signers):
        read_key(one)
    if given.threshold < 1:
        raise Wrong("at least one key must have signed a statement")
    if path.is_dir():
        try:
            return check_tiles(path, given)
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Wrong(f"`{Path(str(error.filename)).relative_to(path)}` is missing") from None
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Wrong("the file is larger than any pack")
    if content.startswith(b"{"):
        try:
            check_statement(content, Signers([given.key], given.signers, given.threshold))
        except Wrong as wrong:
            raise Wrong(f"the statement does not verify: {wrong}") from None
        return Verdict([], [], {}, [], given.key)
    if not content.startswith(b"c2sp.org/tlog-proof@"):
        return check_pack(content, given)
    if entry is None:
        raise Wrong("a proof says where an entry is, not what it says: give the entry with --entry")
    check_proof(content, key, entry.read_bytes())
    return Verdict([], [], {}, [], given.key)


if __name__ == "__main__":
    sys.exit(main())
