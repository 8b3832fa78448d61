"""What the entries say of the ledger itself: its keys, and the checkpoints that others hold."""

from typing import Any, NamedTuple

from offramp.evidence.standalone.entries import Entry
from offramp.evidence.standalone.notes import Key, Wrong, open_note, read_checkpoint, read_key

ROTATED = "key-rotated"
HANDED = "checkpoint-handed"
STAMPED = "checkpoint-stamped"


class Rotation(NamedTuple):
    """A key that took the place of another."""

    number: int
    old: str
    new: str
    is_compromised: bool


class Keys(NamedTuple):
    """The keys of a ledger, as far as its entries tell."""

    given: str
    in_force: str
    rotations: list[Rotation]
    problems: list[str]
    notes: list[str]


def trusted_keys(keys: Keys) -> list[str]:
    """Every key the ledger had, but those declared to be in other hands."""
    lost = {one.old for one in keys.rotations if one.is_compromised}
    known = [keys.given, *(key for one in keys.rotations for key in (one.old, one.new))]
    return [one for one in dict.fromkeys(known) if one not in lost]


def follow_keys(entries: dict[int, Entry], given: str) -> Keys:
    """From the key given to the one that signs now: each was introduced by the one before it."""
    name = read_key(given)[0]
    rotations: list[Rotation] = []
    problems = []
    for index, entry in said(entries, ROTATED):
        try:
            one = read_rotation(index, entry["data"], name)
        except Wrong as wrong:
            problems.append(f"entry {index}, a change of keys: {wrong}")
            continue
        if rotations and (one.old, one.new) == (rotations[-1].old, rotations[-1].new):
            continue
        if rotations and one.old != rotations[-1].new:
            problems.append(f"entry {index}, a change of keys: it replaces a key that was not in force")
            continue
        rotations.append(one)
    notes = []
    in_force = given
    for one in rotations:
        if one.old != in_force:
            continue
        in_force = one.new
        if one.is_compromised:
            problems.append(
                f"the key given was declared compromised at entry {one.number}: whoever has it can have made "
                "this; ask the owner for the key that followed, by another way"
            )
        notes.append(f"key {key_id(one.old)} was replaced by {key_id(one.new)} at entry {one.number}")
    return Keys(given, in_force, rotations, problems, notes)


def read_rotation(index: int, data: dict[str, Any], name: str) -> Rotation:
    """The rotation that an entry records, once both keys have signed it."""
    old, new, text, flag = (data.get(one) for one in ("old", "new", "introduction", "compromised"))
    if not (isinstance(old, str) and isinstance(new, str) and isinstance(text, str)):
        raise Wrong("it does not name both keys and what they signed")
    wanted = f"offramp/key-rotation/v1\n{old}\n{new}\n"
    for text_of_key in (old, new):
        key = read_key(text_of_key)
        if key[0] != name or text_of_key != text_of_key.strip():
            raise Wrong("it is about a key of another ledger")
        if open_note(text.encode(), key, "the introduction") != wanted:
            raise Wrong("the introduction is of other keys")
    return Rotation(index, old, new, flag is True)


def read_kept(content: bytes, keys: Keys, what: str) -> tuple[int, bytes]:
    """A checkpoint from any time of the ledger: of the key that was in force when it had that size."""
    signers = [(one.old, one.number) for one in keys.rotations]
    signers.append((keys.rotations[-1].new if keys.rotations else keys.given, 1 << 63))
    for signer, most in reversed(signers):
        key = read_key(signer)
        if not is_signed_by(content, key):
            continue
        size, root = read_checkpoint(content, key, what)
        if size > most:
            raise Wrong(f"{what} has {size} entries, but its key was replaced at entry {most}")
        return size, root
    return read_checkpoint(content, read_key(keys.given), what)


def is_signed_by(content: bytes, key: Key) -> bool:
    """Whether the key's signature is under a note, and right."""
    try:
        open_note(content, key, "it")
    except Wrong:
        return False
    return True


def check_handed(entries: dict[int, Entry], roots: dict[int, bytes], size: int) -> tuple[list[str], int, int]:
    """Problems, and how many entries are under a checkpoint handed over, and under a cosigned one."""
    problems, covered, vouched = [], 0, 0
    for index, entry in said(entries, HANDED):
        data = entry["data"]
        held = size_in(data)
        if held is None or held > size or roots[held].hex() != data.get("root"):
            problems.append(f"entry {index} speaks of a checkpoint handed over that this ledger never had")
            continue
        covered = max(covered, held)
        if data.get("cosigned_by"):
            vouched = max(vouched, held)
    return problems, covered, vouched


def sizes_named(entries: dict[int, Entry], size: int) -> set[int]:
    """The sizes whose roots the ledger's own statements rest on."""
    named = {size_in(one["data"]) for kind in (HANDED, STAMPED) for _, one in said(entries, kind)}
    return {one for one in named if one is not None and one <= size}


def size_in(data: dict[str, Any]) -> int | None:
    """The size a statement names, if it is one."""
    size = data.get("size")
    return size if type(size) is int and size >= 0 else None


def said(entries: dict[int, Entry], predicate: str) -> list[tuple[int, Entry]]:
    """The ledger's own statements of one kind, in order."""
    return [
        (index, one)
        for index, one in sorted(entries.items())
        if one["type"] == "statement" and one["data"].get("predicate") == predicate
    ]


def key_id(text: str) -> str:
    """The short name of a key."""
    return text.split("+", 2)[1]
