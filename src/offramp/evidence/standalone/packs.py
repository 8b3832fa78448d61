"""Evidence packs."""

import hashlib
import re
from typing import Any

from offramp.evidence.standalone.archive import read_archive
from offramp.evidence.standalone.canonical import read_canonical
from offramp.evidence.standalone.entries import check_shape
from offramp.evidence.standalone.hashes import leaf_of, root_of
from offramp.evidence.standalone.history import Keys, follow_keys, trusted_keys
from offramp.evidence.standalone.ledger import Given, Verdict, check_history, read_bodies
from offramp.evidence.standalone.notes import Wrong, open_note, read_checkpoint, read_key
from offramp.evidence.standalone.statements import Signers, check_statements
from offramp.evidence.standalone.tiles import check_proof, expected_tiles, tile_paths

SCHEMA = "offramp/evidence-pack/v1"
MANIFEST: dict[str, type] = {
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
    "selection": dict,
    "suppliers": list,
}
REQUIRED = ("checkpoint.txt", "entries.jsonl", "ledger.pub")
PLACES = re.compile(
    r"checkpoint\.txt|entries\.jsonl|ledger\.pub|verify\.py|(documents|statements)/[^/]+|"
    r"proofs/entry-[0-9]+\.tlog-proof|suppliers/[^/]+\.zip|tiles/checkpoint|tiles/tile/[0-9]+/.+",
    re.ASCII,
)
DEEPEST = 4
Manifest = dict[str, Any]


def check_pack(archive: bytes, given: Given, depth: int = 0) -> Verdict:
    """Every problem of a pack and of those in it."""
    members = read_archive(archive)
    held = dict(members)
    missing = [name for name in ("manifest.json", "manifest.sig", *REQUIRED) if name not in held]
    if missing:
        raise Wrong("; ".join(f"`{name}` is missing" for name in missing))
    manifest = read_manifest(held["manifest.json"])
    lines = held["entries.jsonl"].split(b"\n")
    if lines.pop():
        raise Wrong("`entries.jsonl` does not end in a newline")
    bodies = dict(zip(numbers_of(manifest, len(lines)), lines, strict=True))
    entries, problems = read_bodies(bodies.items())
    keys = follow_keys(entries, given.key)
    digest = hashlib.sha256(held["manifest.json"]).hexdigest()
    if open_note(held["manifest.sig"], read_key(keys.in_force), "`manifest.sig`") != f"{SCHEMA}\n{digest}\n":
        raise Wrong("`manifest.sig` was made for another manifest")
    problems += check_members(manifest, members)
    problems += check_checkpoint(manifest, held, keys)
    leaves = leaves_of(manifest, held, bodies)
    if len(leaves) != manifest["entries"] or root_of(leaves).hex() != manifest["root"]:
        problems.append("the entries do not give the root of the checkpoint")
        return Verdict(problems + keys.problems, keys.notes, {}, [], keys.in_force)
    problems += check_selected(manifest, held, bodies, leaves, keys)
    named = {one for entry in entries.values() for one in entry["instruments"]}
    if sorted(named) != manifest["instruments"] and not problems:
        problems.append("the manifest names other instruments than the entries do")
    problems += check_pack_tiles(held, leaves)
    verdict = check_history(entries, leaves, keys, given)
    suppliers, more = check_suppliers(manifest, held, given, depth)
    problems += [*verdict.problems, *more]
    others = ((), 1) if depth else (given.signers, given.threshold)
    problems += check_statements(held, entries, bodies, Signers(trusted_keys(keys), *others))
    if not depth:
        problems += unused_keys(suppliers, given)
    return verdict._replace(problems=problems, suppliers=suppliers)


def read_manifest(content: bytes) -> Manifest:
    """The table of contents; whether it is signed is another question."""
    try:
        manifest = read_canonical(content)
        check_shape(manifest, MANIFEST, ("selection", "suppliers"))
        if manifest["schema"] != SCHEMA or manifest["entries"] < 0:
            raise Wrong("it is of another schema")
        for line in manifest["members"]:
            if not isinstance(line, dict):
                raise Wrong("a member in it is none")
            check_shape(line, {"path": str, "bytes": int, "sha256": str})
        for line in manifest.get("suppliers", []):
            if not isinstance(line, dict):
                raise Wrong("a supplier in it is none")
            check_shape(line, {"path": str, "key": str, "entries": int, "root": str})
        if "selection" in manifest:
            check_shape(manifest["selection"], {"types": list, "indices": list})
        if not all(isinstance(one, str) for one in [*manifest["gaps"], *manifest["instruments"]]):
            raise Wrong("a gap or an instrument in it is no text")
    except Wrong as wrong:
        raise Wrong(f"`manifest.json` cannot be read: {wrong}") from None
    return manifest


def numbers_of(manifest: Manifest, count: int) -> list[int]:
    """The number of each entry that the pack holds."""
    if "selection" not in manifest:
        if count != manifest["entries"]:
            raise Wrong(f"`entries.jsonl` has {count} entries; the checkpoint is of {manifest['entries']}")
        return list(range(count))
    numbers = manifest["selection"]["indices"]
    if not all(type(one) is int and 0 <= one < manifest["entries"] for one in numbers):
        raise Wrong("the manifest selects entries that the ledger does not have")
    if numbers != sorted(set(numbers)) or len(numbers) != count:
        raise Wrong("`entries.jsonl` does not hold the entries that the manifest selects")
    return list(numbers)


def check_members(manifest: Manifest, members: list[tuple[str, bytes]]) -> list[str]:
    """Problems with what the manifest lists and what is there."""
    if [name for name, _ in members[:2]] != ["manifest.json", "manifest.sig"]:
        return ["the manifest and its signature do not come first"]
    problems = []
    there = [
        {"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members[2:]
    ]
    said = {line["path"]: line for line in manifest["members"]}
    for line in there:
        name = str(line["path"])
        if name not in said:
            problems.append(f"`{name}` is not in the manifest")
        elif said[name] != line:
            problems.append(f"`{name}` is not what the manifest says")
        if not PLACES.fullmatch(name):
            problems.append(f"`{name}` has no place in a pack")
    held = {name for name, _ in members}
    problems += [f"`{path}` is missing" for path in said if path not in held]
    if not problems and there != manifest["members"]:
        problems.append("the members are not in the order of the manifest")
    return problems


def check_checkpoint(manifest: Manifest, held: dict[str, bytes], keys: Keys) -> list[str]:
    """Problems with the checkpoint and the key that came along."""
    problems = []
    key = read_key(keys.in_force)
    try:
        size, root = read_checkpoint(held["checkpoint.txt"], key, "`checkpoint.txt`")
    except Wrong as wrong:
        problems.append(f"`checkpoint.txt` does not verify: {wrong}")
    else:
        if (manifest["origin"], manifest["entries"], manifest["root"]) != (key[0], size, root.hex()):
            problems.append("`checkpoint.txt` and the manifest speak of different ledgers")
    if held["ledger.pub"] != f"{keys.in_force}\n".encode():
        problems.append("`ledger.pub` is not the key given, nor one that followed it")
    return problems


def leaves_of(manifest: Manifest, held: dict[str, bytes], bodies: dict[int, bytes]) -> list[bytes]:
    """The leaf hash of every entry of the ledger, held or not."""
    if "selection" not in manifest:
        return [leaf_of(body) for body in bodies.values()]
    leaves = []
    for path, _ in tile_paths(manifest["entries"], "0"):
        tile = held.get(f"tiles/{path}")
        if tile is None:
            raise Wrong(f"`tiles/{path}` is missing")
        leaves += [tile[at : at + 32] for at in range(0, len(tile), 32)]
    return leaves


def check_selected(
    manifest: Manifest, held: dict[str, bytes], bodies: dict[int, bytes], leaves: list[bytes], keys: Keys
) -> list[str]:
    """Problems with entries that were picked out, and the proof of each."""
    proofs = {name for name in held if name.startswith("proofs/")}
    if "selection" not in manifest:
        return [f"`{name}` has no place in a whole ledger" for name in sorted(proofs)]
    problems = []
    for index, body in bodies.items():
        name = f"proofs/entry-{index}.tlog-proof"
        proofs.discard(name)
        if leaf_of(body) != leaves[index]:
            problems.append(f"entry {index} is not the one of the ledger")
        if name not in held:
            problems.append(f"`{name}` is missing")
            continue
        try:
            if check_proof(held[name], read_key(keys.in_force), body) != index:
                raise Wrong("it is of another entry")
        except Wrong as wrong:
            problems.append(f"`{name}` does not hold: {wrong}")
    return problems + [f"`{name}` is of no entry in the pack" for name in sorted(proofs)]


def check_pack_tiles(held: dict[str, bytes], leaves: list[bytes]) -> list[str]:
    """Problems with the tiles, where the pack has any."""
    there = {name: content for name, content in held.items() if name.startswith("tiles/")}
    if not there:
        return []
    wanted = {"tiles/checkpoint": held["checkpoint.txt"]}
    wanted |= {f"tiles/{path}": content for path, content in expected_tiles(leaves)}
    problems = [f"`{name}` is missing" for name in wanted if name not in there]
    for name, content in there.items():
        if name not in wanted:
            problems.append(f"`{name}` is no tile of this ledger")
        elif content != wanted[name]:
            problems.append(f"`{name}` is not what lies below it")
    return problems


def check_suppliers(
    manifest: Manifest, held: dict[str, bytes], given: Given, depth: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """What each supplier's pack shows, and every problem in them."""
    found: list[dict[str, Any]] = []
    problems = []
    lines = {line["path"]: line for line in manifest.get("suppliers", [])}
    for path in sorted({name for name in held if name.startswith("suppliers/")} | set(lines)):
        if path not in lines or path not in held:
            problems.append(f"`{path}` is not among the suppliers of the manifest, or not in the pack")
            continue
        line = lines[path]
        try:
            if depth == DEEPEST:
                raise Wrong(f"packs lie more than {DEEPEST} deep in one another")
            name = read_key(line["key"])[0]
            own = [one for one in given.suppliers if read_key(one)[0] == name]
            key = own[0] if own else line["key"]
            verdict = check_pack(held[path], given._replace(key=key, earlier=None), depth + 1)
            said = read_manifest(dict(read_archive(held[path]))["manifest.json"])
            if (said["entries"], said["root"]) != (line["entries"], line["root"]):
                verdict.problems.append("it is not the ledger that the manifest around it names")
        except Wrong as wrong:
            problems.append(f"in `{path}`: {wrong}")
            continue
        problems += [f"in `{path}`: {problem}" for problem in verdict.problems]
        found.append(
            {
                "path": path,
                "origin": name,
                "key": key,
                "key_from": "given" if own else "the pack around it",
                "entries": line["entries"],
                "suppliers": verdict.suppliers,
            }
        )
    return found, problems


def unused_keys(suppliers: list[dict[str, Any]], given: Given) -> list[str]:
    """Keys that were given for suppliers that have no pack here."""
    seen = set()
    waiting = list(suppliers)
    while waiting:
        one = waiting.pop()
        seen.add(one["origin"])
        waiting += one["suppliers"]
    names = [read_key(one)[0] for one in given.suppliers]
    return [f"there is no pack of {name}, whose key was given" for name in names if name not in seen]
