"""Entries of the ledger: their shape, their root, and that they begin as they did before."""

from offramp.evidence.standalone.archives import read_archive
from offramp.evidence.standalone.primitives import (
    TIME,
    Wrong,
    check_shape,
    leaf_of,
    read_canonical,
    read_checkpoint,
    root_of,
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
