#!/usr/bin/env python3
"""Checks what `offramp` hands over, without offramp: Python 3.11 and the package `cryptography` are enough.

    python verify.py PACK.zip --key KEY [--earlier FILE]
    python verify.py FOLDER_OF_TILES --key KEY [--earlier FILE]
    python verify.py ENTRY.tlog-proof --entry ENTRY.json --key KEY

KEY is the ledger's public key, or a file that holds it, got by another way than what is checked; so is this
file, for whoever forges a pack forges the checker in it too. Prints a JSON verdict; exits 0 when everything
verifies, 1 when something does not, 2 when it could not be looked at. It imports nothing of offramp and
shares no code with it: the formats are written down in spec/ledger.md and spec/evidence-pack.md.
"""

import argparse
import base64
import hashlib
import json
import re
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\N{EM DASH} "
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}(/[a-z0-9][a-z0-9._-]{0,99})?", re.ASCII)
PLACES = re.compile(
    r"checkpoint\.txt|entries\.jsonl|ledger\.pub|verify\.py|(documents|statements)/.+", re.ASCII
)
TYPES = ("traffic", "decision", "ramp", "cut", "restore", "scan", "hold", "trial", "config", "statement")
ENTRY = {
    "v": int,
    "type": str,
    "at": str,
    "actor": str,
    "cause": str,
    "subject": str,
    "instruments": list,
    "data": dict,
    "digests": dict,
}
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
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", re.ASCII)


class Wrong(Exception):
    """Something does not verify; the text says what."""


# --- keys and signed notes (C2SP signed-note) -------------------------------------------------------------


def read_key(text: str) -> tuple[str, bytes, bytes]:
    """Name, id and public key."""
    parts = text.strip().split("+", 2)
    if len(parts) != 3 or text.strip().startswith("PRIVATE+"):
        raise Wrong("what was given is not a public key: it has the form name+id+base64")
    name, key_id, encoded = parts
    raw = unbase64(encoded, "the key")
    digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or digest.hex() != key_id:
        raise Wrong("what was given is not an Ed25519 key with its own id")
    return name, digest, raw[1:]


def open_note(content: bytes, key: tuple[str, bytes, bytes], what: str) -> str:
    """The text of a note, once the key's signature under it is right."""
    try:
        note = content.decode()
    except UnicodeDecodeError:
        raise Wrong(f"{what} is not text") from None
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n") or not lines.strip():
        raise Wrong(f"{what} is not a signed note")
    text += "\n"
    own = []
    for line in lines[:-1].split("\n"):
        name, space, encoded = line.removeprefix(DASH).partition(" ")
        if not line.startswith(DASH) or not space or not is_name(name):
            raise Wrong(f"{what} has a malformed signature line")
        raw = unbase64(encoded, f"a signature of {what}")
        if len(raw) < 5:
            raise Wrong(f"{what} has a signature that is too short")
        if name == key[0] and raw[:4] == key[1]:
            own.append(raw[4:])
    if not own:
        raise Wrong(f"{what} is not signed by {key[0]}")
    try:
        Ed25519PublicKey.from_public_bytes(key[2]).verify(own[0], text.encode())
    except (InvalidSignature, ValueError):
        raise Wrong(f"the signature under {what} is wrong") from None
    return text


def read_checkpoint(content: bytes, key: tuple[str, bytes, bytes], what: str) -> tuple[int, bytes]:
    """Number of entries and root."""
    lines = open_note(content, key, what).split("\n")
    if len(lines) != 4 or lines[0] != key[0] or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1], re.ASCII):
        raise Wrong(f"{what} is not a checkpoint of {key[0]}")
    root = unbase64(lines[2], f"the root of {what}")
    if len(root) != 32:
        raise Wrong(f"the root of {what} is not 32 bytes")
    return int(lines[1]), root


def is_name(name: str) -> bool:
    """Whether a key can have this name."""
    return bool(name) and "+" not in name and not any(one.isspace() for one in name)


def unbase64(text: str, what: str) -> bytes:
    """The bytes, or `Wrong` naming what was not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise Wrong(f"{what} is broken base64") from None


# --- the tree (RFC 6962) ----------------------------------------------------------------------------------


def leaf_of(body: bytes) -> bytes:
    """The leaf hash of an entry."""
    return hashlib.sha256(b"\x00" + body).digest()


def over(left: bytes, right: bytes) -> bytes:
    """The hash over two nodes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaves: list[bytes]) -> bytes:
    """The root, level by level: an odd one out moves up as it is."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    row = leaves
    while len(row) > 1:
        pairs = [over(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(row) - len(row) % 2 :]
    return row[0]


def root_from_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that the proof leads to, as RFC 9162, section 2.1.3.2, walks it."""
    node, last, top = index, size - 1, leaf
    if index >= size:
        raise Wrong(f"the checkpoint has {size} entries; the proof is about number {index}")
    for step in path:
        if last == 0:
            raise Wrong("the proof is too long")
        if node % 2 or node == last:
            top = over(step, top)
            while node % 2 == 0 and node:
                node, last = node // 2, last // 2
        else:
            top = over(top, step)
        node, last = node // 2, last // 2
    if last:
        raise Wrong("the proof is too short")
    return top


# --- canonical JSON (RFC 8785) ----------------------------------------------------------------------------


def canonical(value: Any, depth: int = 0) -> str:
    """The one text of a value."""
    if depth > 500:
        raise Wrong("it is nested too deeply")
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise Wrong("a number is too large to be exact")
        return str(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(one, depth + 1) for one in value) + "]"
    ordered = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    pairs = (
        f"{json.dumps(name, ensure_ascii=False)}:{canonical(value[name], depth + 1)}" for name in ordered
    )
    return "{" + ",".join(pairs) + "}"


def number(value: float) -> str:
    """A number as ECMAScript writes it."""
    if value != value or value in (float("inf"), float("-inf")):
        raise Wrong("a number is not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = ("-" if value < 0 else ""), *_shortest(abs(value))
    point = exponent + len(digits)
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{sign}{mantissa}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def _shortest(value: float) -> tuple[str, int]:
    """Digits without zeros at either end, and the power of ten that the last of them stands for."""
    mantissa, _, power = repr(value).partition("e")
    whole, _, part = mantissa.partition(".")
    part = "" if part == "0" else part
    exponent = int(power or 0) - len(part)
    digits = (whole + part).lstrip("0")
    stripped = digits.rstrip("0")
    return stripped, exponent + len(digits) - len(stripped)


def read_canonical(content: bytes) -> dict[str, Any]:
    """An object whose only text this is."""
    try:
        value = json.loads(content.decode(), parse_constant=_no_constant)
        if not isinstance(value, dict) or canonical(value).encode() != content:
            raise Wrong("it is not canonical JSON")
    except (ValueError, RecursionError):
        raise Wrong("it is not JSON") from None
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)


def check_shape(value: dict[str, Any], shape: dict[str, type]) -> None:
    """`Wrong` unless the object has exactly these members, of these kinds."""
    if set(value) != set(shape):
        raise Wrong("it does not have the members it should have")
    for name, kind in shape.items():
        if not isinstance(value[name], kind) or (kind is int and isinstance(value[name], bool)):
            raise Wrong(f"`{name}` is of the wrong kind")


def check_entry(body: bytes) -> list[str]:
    """The instruments an entry names."""
    value = read_canonical(body)
    check_shape(value, ENTRY)
    if value["v"] != 1 or value["type"] not in TYPES or not TIME.fullmatch(value["at"]):
        raise Wrong("its version, type or time is none")
    if not all(isinstance(one, str) for one in [*value["instruments"], *value["digests"].values()]):
        raise Wrong("an instrument or digest is not text")
    if len(body) > 32768:
        raise Wrong("it is longer than an entry can be")
    return list(value["instruments"])


# --- evidence packs ---------------------------------------------------------------------------------------


def read_archive(archive: bytes) -> list[tuple[str, bytes]]:
    """The members, once the file is exactly what they make."""
    members = []
    at = 0
    while archive[at : at + 4] == b"PK\x03\x04" and at + 30 <= len(archive):
        size, name_length = struct.unpack_from("<IH", archive, at + 22)
        start = at + 30 + name_length
        if start + size > len(archive):
            raise Wrong("the file is cut off")
        members.append((archive[at + 30 : start].decode("ascii", "replace"), archive[start : start + size]))
        at = start + size
    names = [name for name, _ in members]
    if not members or len(set(names)) != len(names) or not all(NAME.fullmatch(name) for name in names):
        raise Wrong("the file is not a pack")
    if len(members) > 10_000 or write_archive(members) != archive:
        raise Wrong("the file is not an intact pack")
    return members


def write_archive(members: list[tuple[str, bytes]]) -> bytes:
    """The one file with these members."""
    local, central = bytearray(), bytearray()
    for name, content in members:
        fields = (20, 0, 0, 0, 33, zlib.crc32(content), len(content), len(content), len(name), 0)
        end = struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, len(local))
        central += b"PK\x01\x02" + struct.pack("<6H3I2H", 3 << 8 | 20, *fields) + end + name.encode()
        local += b"PK\x03\x04" + struct.pack("<5H3I2H", *fields) + name.encode() + content
    count = len(members)
    return bytes(
        local
        + central
        + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)
    )


def check_pack(
    archive: bytes, key: tuple[str, bytes, bytes], key_text: str, earlier: bytes | None
) -> list[str]:
    """Every problem of a pack."""
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
    return problems + check_entries(bodies, size, root, manifest["instruments"], key, earlier)


def check_entries(
    bodies: list[bytes],
    size: int,
    root: bytes,
    instruments: list[str] | None,
    key: tuple[str, bytes, bytes],
    earlier: bytes | None,
) -> list[str]:
    """Problems of the entries, against the checkpoint and one kept from before."""
    problems = []
    leaves = [leaf_of(body) for body in bodies]
    if len(bodies) != size or root_of(leaves) != root:
        problems.append("the entries do not give the root of the checkpoint")
    named: set[str] = set()
    for index, body in enumerate(bodies):
        try:
            named.update(check_entry(body))
        except Wrong as wrong:
            problems.append(f"entry {index}: {wrong}")
    if not problems and instruments is not None and sorted(named) != instruments:
        problems.append("the manifest names other instruments than the entries do")
    if earlier is not None:
        if earlier.startswith(b"PK"):
            earlier = dict(read_archive(earlier)).get("checkpoint.txt", b"")
        before, old = read_checkpoint(earlier, key, "the earlier checkpoint")
        if before > len(leaves):
            problems.append(f"the ledger has shrunk: it had {before} entries and now has {len(leaves)}")
        elif root_of(leaves[:before]) != old:
            problems.append(f"the past was rewritten: the first {before} entries are not those of before")
    return problems


# --- tiles and proofs (C2SP tlog-tiles, tlog-proof) -------------------------------------------------------


def check_tiles(folder: Path, key: tuple[str, bytes, bytes], earlier: bytes | None) -> list[str]:
    """Every problem of a folder of tiles."""
    size, root = read_checkpoint((folder / "checkpoint").read_bytes(), key, "`checkpoint`")
    bodies: list[bytes] = []
    for path in tile_paths(size, "entries"):
        bundle = (folder / path).read_bytes()
        at = 0
        while at < len(bundle):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            if end > len(bundle):
                raise Wrong(f"`{path}` is cut off")
            bodies.append(bundle[at + 2 : end])
            at = end
    problems = check_entries(bodies, size, root, None, key, earlier)
    row, level = [leaf_of(body) for body in bodies], 0
    while row and not problems:
        for number, path in enumerate(tile_paths(len(row), str(level))):
            if (folder / path).read_bytes() != b"".join(row[number * 256 : number * 256 + 256]):
                problems.append(f"`{path}` is not what lies below it")
        row = [root_of(row[at : at + 256]) for at in range(0, len(row) - 255, 256)]
        level += 1
    return problems


def tile_paths(count: int, kind: str) -> list[str]:
    """Where the tiles of so many hashes are."""
    paths = []
    for index in range(-(-count // 256)):
        *above, last = f"{index:,}".split(",")
        width = min(256, count - index * 256)
        place = "/".join([*(f"x{group:0>3}" for group in above), f"{last:0>3}"])
        paths.append(f"tile/{kind}/{place}" + ("" if width == 256 else f".p/{width}"))
    return paths


def check_proof(content: bytes, key: tuple[str, bytes, bytes], body: bytes) -> list[str]:
    """Problems of the proof that an entry is in the ledger."""
    head, separator, note = content.decode("utf-8", "replace").partition("\n\n")
    lines = head.split("\n")
    if not separator or lines.pop(0) != "c2sp.org/tlog-proof@v1":
        raise Wrong("it is not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    index = re.fullmatch(r"index (0|[1-9][0-9]{0,18})", lines.pop(0) if lines else "", re.ASCII)
    path = [unbase64(line, "a hash of the proof") for line in lines]
    if index is None or len(path) > 63 or any(len(step) != 32 for step in path):
        raise Wrong("the proof is malformed")
    size, root = read_checkpoint(note.encode(), key, "the checkpoint of the proof")
    if root_from_path(leaf_of(body.removesuffix(b"\n")), int(index[1]), size, path) != root:
        return ["the proof does not lead from this entry to the root"]
    return []


# --- the command ------------------------------------------------------------------------------------------


def main(argv: list[str] | None = None) -> int:
    """Print the verdict; the exit status says it too."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("path", type=Path, help="a pack, a folder of tiles, or a proof")
    parser.add_argument("--key", required=True, help="the ledger's public key, or a file that holds it")
    parser.add_argument("--earlier", type=Path, help="a pack or checkpoint kept from before")
    parser.add_argument("--entry", type=Path, help="the entry a proof is about")
    given = parser.parse_args(argv)
    try:
        is_file = "+" not in given.key or Path(given.key).is_file()
        key_text = (Path(given.key).read_text("utf-8") if is_file else given.key).strip()
        earlier = given.earlier.read_bytes() if given.earlier else None
        try:
            problems = check(given.path, key_text, earlier, given.entry)
        except Wrong as wrong:
            problems = [str(wrong)]
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    verdict = {"ok": not problems, "problems": problems, "path": str(given.path), "key": key_text}
    sys.stdout.write(json.dumps(verdict, indent=2, ensure_ascii=False) + "\n")
    return 1 if problems else 0


def check(path: Path, key_text: str, earlier: bytes | None = None, entry: Path | None = None) -> list[str]:
    """Every problem; raises `Wrong` where one stops the rest from being looked at."""
    key = read_key(key_text)
    if path.is_dir():
        try:
            return check_tiles(path, key, earlier)
        except FileNotFoundError as error:
            raise Wrong(f"`{Path(str(error.filename)).relative_to(path)}` is missing") from None
    content = path.read_bytes()
    if not content.startswith(b"c2sp.org/tlog-proof@"):
        return check_pack(content, key, key_text, earlier)
    if entry is None:
        raise Wrong("a proof says where an entry is, not what it says: give the entry with --entry")
    return check_proof(content, key, entry.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
