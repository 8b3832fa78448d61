"""The keys of one ledger, one after another: each was introduced by the one before it, in an entry. Pure.

Who was given an early key out of hand follows from it to the key that signs now. Who was given a later one
accepts checkpoints kept from before, as long as they are no larger than the ledger was when its key went.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import Entry, EntryType
from offramp.evidence.notes import SignerKey, VerifierKey, open_note

PREDICATE = "key-rotated"
_FIRST_LINE = "offramp/key-rotation/v1"


@dataclass(frozen=True, slots=True)
class Rotation:
    """A key that took the place of another."""

    index: int
    """Of the entry that records it: the old key signed for at most so many entries."""
    old: VerifierKey
    new: VerifierKey
    is_compromised: bool
    """Whether the old key was declared to be in other hands."""


@dataclass(frozen=True, slots=True)
class KeyChain:
    """The changes of keys that entries record, seen from the key that somebody was given."""

    given: VerifierKey
    rotations: tuple[Rotation, ...]
    problems: tuple[str, ...] = ()

    @property
    def followed(self) -> tuple[Rotation, ...]:
        """The changes that lead from the key given to the one that signs now."""
        found: list[Rotation] = []
        for one in self.rotations:
            if one.old == (found[-1].new if found else self.given):
                found.append(one)
        return tuple(found)

    @property
    def in_force(self) -> VerifierKey:
        """The key that signs now, if the key given is one of this ledger's."""
        followed = self.followed
        return followed[-1].new if followed else self.given

    @property
    def trusted(self) -> tuple[VerifierKey, ...]:
        """Every key the ledger had, but those declared to be in other hands."""
        lost = {one.old for one in self.rotations if one.is_compromised}
        known = (self.given, *(key for one in self.rotations for key in (one.old, one.new)))
        return tuple(one for one in dict.fromkeys(known) if one not in lost)

    @property
    def notes(self) -> tuple[str, ...]:
        """What somebody should know who was given an early key."""
        return tuple(
            f"key {one.old.id.hex()} was replaced by {one.new.id.hex()} at entry {one.index}"
            for one in self.followed
        )

    def read_kept(self, note: str) -> Checkpoint:
        """A checkpoint from any time of the ledger. Raises `ValueError`."""
        last = self.rotations[-1].new if self.rotations else self.given
        signers = [(last, None), *((one.old, one.index) for one in reversed(self.rotations))]
        for key, most in signers:
            if not _is_signed(note, key):
                continue
            made = Checkpoint.parse(note, key)
            if most is not None and made.size > most:
                raise ValueError(f"it has {made.size} entries, but its key was replaced at entry {most}")
            return made
        return Checkpoint.parse(note, self.given)


def introduce(old: SignerKey, new: SignerKey) -> str:
    """A note by which the old key introduces the new one, and the new one shows that it is there."""
    text = _text(old.verifier, new.verifier)
    return old.sign(text) + new.line(text)


def follow(entries: Iterable[tuple[int, Entry]], given: VerifierKey) -> KeyChain:
    """The changes of keys that these entries, in order, record of the ledger that `given` belongs to."""
    rotations: list[Rotation] = []
    problems: list[str] = []
    for index, entry in entries:
        if entry.type is not EntryType.STATEMENT or entry.data.get("predicate") != PREDICATE:
            continue
        try:
            one = _read(index, entry.data, given.name)
        except ValueError as error:
            problems.append(f"entry {index}, a change of keys: {error}")
            continue
        if rotations and (one.old, one.new) == (rotations[-1].old, rotations[-1].new):
            # An interrupted change that was tried again.
            continue
        if rotations and one.old != rotations[-1].new:
            problems.append(f"entry {index}, a change of keys: it replaces a key that was not in force")
            continue
        rotations.append(one)
    chain = KeyChain(given, tuple(rotations))
    return KeyChain(given, chain.rotations, (*problems, *_compromised(chain.followed)))


def _compromised(followed: Sequence[Rotation]) -> list[str]:
    return [
        f"the key given was declared compromised at entry {one.index}: whoever has it can have made this; "
        "ask the owner for the key that followed, by another way"
        for one in followed
        if one.is_compromised
    ]


def _read(index: int, data: Mapping[str, Any], name: str) -> Rotation:
    old, new, note = data.get("old"), data.get("new"), data.get("introduction")
    if not (isinstance(old, str) and isinstance(new, str) and isinstance(note, str)):
        raise ValueError("it does not name both keys and what they signed")
    keys = []
    for text in (old, new):
        key = VerifierKey.parse(text)
        if key.name != name or str(key) != text:
            raise ValueError("it is about a key of another ledger")
        keys.append(key)
    for key in keys:
        if open_note(note, key) != _text(*keys):
            raise ValueError("the introduction is of other keys")
    return Rotation(index, keys[0], keys[1], data.get("compromised") is True)


def _text(old: VerifierKey, new: VerifierKey) -> str:
    return f"{_FIRST_LINE}\n{old}\n{new}\n"


def _is_signed(note: str, key: VerifierKey) -> bool:
    try:
        open_note(note, key)
    except ValueError:
        return False
    return True
