"""Evidence packs: the manifest and its signature, every member, the checkpoint."""

import hashlib
import re
from collections.abc import Sequence

from offramp.evidence.standalone.archives import read_archive
from offramp.evidence.standalone.entries import check_entries
from offramp.evidence.standalone.primitives import (
    Wrong,
    check_shape,
    open_note,
    read_canonical,
    read_checkpoint,
)
from offramp.evidence.standalone.statements import check_statements

PLACES = re.compile(
    r"checkpoint\.txt|entries\.jsonl|ledger\.pub|verify\.py|(documents|statements)/.+", re.ASCII
)
MANIFEST = {
    "schema": str,
    "made_at": str,
    "scope": str,
    "method": str,
    "gaps": list,
    "instruments": list,
    "origin": str,
    "entries": int,
    "root": str,
    "members": list,
    "notice": str,
}


def check_pack(
    archive: bytes,
    key: tuple[str, bytes, bytes],
    key_text: str,
    earlier: bytes | None,
    signers: tuple[Sequence[tuple[str, bytes, bytes]], int] = ((), 1),
) -> list[str]:
    """Every problem of a pack. `signers` are keys that count for statements, and how many must sign."""
    members = read_archive(archive)
    held = dict(members)
    if [name for name, _ in members[:2]] != ["manifest.json", "manifest.sig"]:
        raise Wrong("the manifest and its signature do not come first")
    digest = hashlib.sha256(held["manifest.json"]).hexdigest()
    if open_note(held["manifest.sig"], key, "`manifest.sig`") != f"offramp/evidence-pack/v1\n{digest}\n":
        raise Wrong("`manifest.sig` was made for another manifest")
    manifest = read_canonical(held["manifest.json"])
    check_shape(manifest, MANIFEST)
    problems = []
    listed = [
        {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members[2:]
    ]
    if manifest["schema"] != "offramp/evidence-pack/v1":
        problems.append("the manifest is of another schema")
    said = {line["path"]: line for line in manifest["members"] if isinstance(line, dict) and "path" in line}
    for line in listed:
        name = str(line["path"])
        if said.get(name) != line:
            problems.append(f"`{name}` is not what the manifest says")
        if not PLACES.fullmatch(name):
            problems.append(f"`{name}` has no place in a pack")
    problems += [f"`{path}` is missing" for path in said if path not in held]
    if not problems and listed != manifest["members"]:
        problems.append("the members are not in the order of the manifest")
    missing = [name for name in ("checkpoint.txt", "entries.jsonl", "ledger.pub") if name not in held]
    if missing:
        return problems + [f"`{name}` is missing" for name in missing]
    size, root = read_checkpoint(held["checkpoint.txt"], key, "`checkpoint.txt`")
    if (manifest["origin"], manifest["entries"], manifest["root"]) != (key[0], size, root.hex()):
        problems.append("`checkpoint.txt` and the manifest speak of different ledgers")
    if held["ledger.pub"] != f"{key_text}\n".encode():
        problems.append("`ledger.pub` is not the key given")
    bodies = held["entries.jsonl"].split(b"\n")
    if bodies.pop():
        problems.append("`entries.jsonl` does not end in a newline")
    problems += check_entries(bodies, size, root, manifest["instruments"], key, earlier)
    return problems + check_statements(held, bodies, [key, *signers[0]], signers[1])
