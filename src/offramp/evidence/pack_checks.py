"""Checking an evidence pack, and the packs of suppliers inside it. Pure: any bytes give a verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from offramp.evidence import manifest
from offramp.evidence.archive import Member, unpack
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.given import Given
from offramp.evidence.keychain import follow
from offramp.evidence.ledger_checks import check_ledger, read_bodies
from offramp.evidence.manifest import (
    CHECKPOINT,
    ENTRIES,
    MANIFEST,
    PROOFS,
    PUBLIC_KEY,
    SIGNATURE,
    TILES,
    Manifest,
)
from offramp.evidence.notes import VerifierKey
from offramp.evidence.statements.checking import Shelved, Signers, Stated, check
from offramp.evidence.tiles import WIDTH, hash_tiles, tiles
from offramp.evidence.tlog_proof import TlogProof
from offramp.evidence.tree import HASH_BYTES, leaf_hash, root_over
from offramp.evidence.verdict import SupplierVerdict, Verification

DEEPEST = 4
"""How many packs may lie in one another below the first."""
_REQUIRED = (MANIFEST, SIGNATURE, CHECKPOINT, ENTRIES, PUBLIC_KEY)
Held = Mapping[str, bytes]


def check_pack(archive: bytes, given: Given, depth: int = 0) -> Verification:
    """Everything wrong with a pack, and what it shows."""
    try:
        members = unpack(archive)
    except ValueError as error:
        return Verification((f"the file is not an intact pack: {error}",))
    held = {member.name: member.content for member in members}
    missing = [name for name in _REQUIRED if name not in held]
    if missing:
        return Verification(tuple(f"`{name}` is missing" for name in missing))
    try:
        said = manifest.parse(held[MANIFEST])
    except ValueError as error:
        return Verification((f"`{MANIFEST}` cannot be read: {error}",))
    try:
        bodies = _bodies(said, held[ENTRIES])
    except ValueError as error:
        return Verification((str(error),))
    entries, problems = read_bodies(bodies)
    chain = follow(sorted(entries.items()), given.key)
    try:
        manifest.verify(held[MANIFEST], held[SIGNATURE], chain.in_force)
    except ValueError as error:
        return Verification((*chain.problems, f"`{SIGNATURE}` does not verify: {error}"))
    problems += _check_members(said, members)
    problems += _check_checkpoint(said, held, chain.in_force)
    leaves = _leaves(said, held, bodies)
    if len(leaves) != said.entries or root_over(leaves).hex() != said.root:
        problems.append(f"the entries in `{ENTRIES}` do not give the root of the checkpoint")
        return Verification((*problems, *chain.problems), said, signed_by=chain.in_force)
    problems += _check_selected(said, held, bodies, leaves, chain.in_force)
    named = tuple(sorted({name for entry in entries.values() for name in entry.instruments}))
    if not problems and named != said.instruments:
        problems.append("the manifest names other instruments than the entries do")
    problems += _check_tiles(held, leaves)
    checked = check_ledger(entries, leaves, chain, given)
    stated, wrong = _check_statements(held, bodies, chain.trusted, given if not depth else Given(given.key))
    suppliers, more = _check_suppliers(said, held, given, depth)
    unused = [] if depth else _unused(suppliers, given)
    return replace(
        checked,
        problems=(*problems, *checked.problems, *wrong, *more, *unused),
        manifest=said,
        suppliers=suppliers,
        statements=tuple(stated),
    )


def _check_statements(
    held: Held, bodies: Mapping[int, bytes], own: tuple[VerifierKey, ...], given: Given
) -> tuple[list[Stated], list[str]]:
    """Each statement, signed and recorded. What a supplier's pack holds needs its own ledger's key only."""
    stated: list[Stated] = []
    problems: list[str] = []
    there = sorted(name for name in held if name.startswith(manifest.STATEMENTS))
    if not there:
        return stated, problems
    signers = Signers(own=own, others=given.signers, threshold=given.threshold)
    shelved = Shelved.of(bodies)
    for name in there:
        try:
            stated.append(check(held[name], signers, shelved))
        except ValueError as error:
            problems.append(f"`{name}` does not verify: {error}")
    return stated, problems


def _bodies(said: Manifest, content: bytes) -> dict[int, bytes]:
    """The entries in the pack, by their number in the ledger. Raises `ValueError`."""
    lines = content.split(b"\n")
    if lines.pop():
        raise ValueError(f"`{ENTRIES}` does not end in a newline")
    if said.selection is None:
        if len(lines) != said.entries:
            raise ValueError(f"`{ENTRIES}` has {len(lines)} entries; the checkpoint is of {said.entries}")
        return dict(enumerate(lines))
    numbers = said.selection.indices
    if not all(0 <= one < said.entries for one in numbers):
        raise ValueError("the manifest selects entries that the ledger does not have")
    if list(numbers) != sorted(set(numbers)) or len(numbers) != len(lines):
        raise ValueError(f"`{ENTRIES}` does not hold the entries that the manifest selects")
    return dict(zip(numbers, lines, strict=True))


def _check_members(said: Manifest, members: Sequence[Member]) -> list[str]:
    if [member.name for member in members[:2]] != [MANIFEST, SIGNATURE]:
        return ["the manifest and its signature do not come first"]
    rest = members[2:]
    listed = {line.path: line for line in said.members}
    problems = []
    for member in rest:
        line = listed.get(member.name)
        if line is None:
            problems.append(f"`{member.name}` is not in the manifest")
        elif line != manifest.listed(member):
            problems.append(f"`{member.name}` is not what the manifest says")
        if not manifest.PLACES.fullmatch(member.name):
            problems.append(f"`{member.name}` has no place in a pack")
    present = {member.name for member in rest}
    problems += [f"`{path}` is missing" for path in listed if path not in present]
    if not problems and [member.name for member in rest] != [line.path for line in said.members]:
        problems.append("the members are not in the order of the manifest")
    return problems


def _check_checkpoint(said: Manifest, held: Held, key: VerifierKey) -> list[str]:
    problems = []
    try:
        made = Checkpoint.parse(held[CHECKPOINT].decode(), key)
    except ValueError as error:
        problems.append(f"`{CHECKPOINT}` does not verify: {error}")
    else:
        if (said.origin, said.entries, said.root) != (made.origin, made.size, made.root.hex()):
            problems.append(f"`{CHECKPOINT}` and the manifest speak of different ledgers")
    if held[PUBLIC_KEY] != f"{key}\n".encode():
        problems.append(f"`{PUBLIC_KEY}` is not the key given, nor one that followed it")
    return problems


def _leaves(said: Manifest, held: Held, bodies: Mapping[int, bytes]) -> list[bytes]:
    """The leaf hash of every entry of the ledger; too few where a tile is missing."""
    if said.selection is None:
        return [leaf_hash(one) for one in bodies.values()]
    leaves: list[bytes] = []
    for tile in tiles(said.entries):
        content = held.get(f"{TILES}{tile.path()}")
        if tile.level or content is None or len(content) > WIDTH * HASH_BYTES:
            break
        leaves += [content[at : at + HASH_BYTES] for at in range(0, len(content), HASH_BYTES)]
    return leaves


def _check_selected(
    said: Manifest, held: Held, bodies: Mapping[int, bytes], leaves: Sequence[bytes], key: VerifierKey
) -> list[str]:
    proofs = {name for name in held if name.startswith(PROOFS)}
    if said.selection is None:
        return [f"`{name}` has no place in a whole ledger" for name in sorted(proofs)]
    problems = []
    for index, content in bodies.items():
        name = manifest.proof_path(index)
        proofs.discard(name)
        if leaf_hash(content) != leaves[index]:
            problems.append(f"entry {index} is not the one of the ledger")
        if name not in held:
            problems.append(f"`{name}` is missing")
            continue
        try:
            proof = TlogProof.parse(held[name].decode())
            proof.verify(leaf_hash(content), key)
            if proof.index != index:
                raise ValueError("it is of another entry")
        except ValueError as error:
            problems.append(f"`{name}` does not hold: {error}")
    return problems + [f"`{name}` is of no entry in the pack" for name in sorted(proofs)]


def _check_tiles(held: Held, leaves: Sequence[bytes]) -> list[str]:
    there = {name: content for name, content in held.items() if name.startswith(TILES)}
    if not there:
        return []
    wanted = {f"{TILES}checkpoint": held[CHECKPOINT]}
    wanted |= {f"{TILES}{path}": content for path, content in hash_tiles(leaves)}
    problems = [f"`{name}` is missing" for name in wanted if name not in there]
    for name, content in there.items():
        if name not in wanted:
            problems.append(f"`{name}` is no tile of this ledger")
        elif content != wanted[name]:
            problems.append(f"`{name}` is not what lies below it")
    return problems


def _check_suppliers(
    said: Manifest, held: Held, given: Given, depth: int
) -> tuple[tuple[SupplierVerdict, ...], list[str]]:
    """Each supplier's pack, with the key given for it or else the one that this pack names."""
    found = []
    problems: list[str] = []
    lines = {line.path: line for line in said.suppliers}
    for path in sorted({name for name in held if name.startswith(manifest.SUPPLIERS)} | set(lines)):
        if path not in lines or path not in held:
            problems.append(f"`{path}` is not among the suppliers of the manifest, or not in the pack")
            continue
        try:
            if depth == DEEPEST:
                raise ValueError(f"packs lie more than {DEEPEST} deep in one another")
            named = VerifierKey.parse(lines[path].key)
        except ValueError as error:
            problems.append(f"in `{path}`: {error}")
            continue
        own = [one for one in given.suppliers if one.name == named.name]
        key = own[0] if own else named
        checked = check_pack(held[path], replace(given, key=key, earlier=None), depth + 1)
        wrong = list(checked.problems)
        inner = checked.manifest
        if inner is not None and (inner.entries, inner.root) != (lines[path].entries, lines[path].root):
            wrong.append("it is not the ledger that the manifest around it names")
        problems += [f"in `{path}`: {problem}" for problem in wrong]
        found.append(
            SupplierVerdict(path, named.name, key, bool(own), lines[path].entries, checked.suppliers)
        )
    return tuple(found), problems


def _unused(suppliers: Sequence[SupplierVerdict], given: Given) -> list[str]:
    """Keys that were given for suppliers that have no pack here."""
    seen: set[str] = set()
    waiting = list(suppliers)
    while waiting:
        one = waiting.pop()
        seen.add(one.origin)
        waiting += one.suppliers
    return [
        f"there is no pack of {one.name}, whose key was given"
        for one in given.suppliers
        if one.name not in seen
    ]
