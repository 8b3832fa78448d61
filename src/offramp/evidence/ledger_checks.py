"""What is checked of any ledger, however it was handed over. Pure."""

from collections.abc import Mapping, Sequence

from offramp.core.errors import OfframpError
from offramp.evidence import body, history
from offramp.evidence.archive import unpack
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.entry import Entry
from offramp.evidence.given import Given
from offramp.evidence.keychain import KeyChain
from offramp.evidence.manifest import CHECKPOINT
from offramp.evidence.verdict import Verification


def read_bodies(bodies: Mapping[int, bytes]) -> tuple[dict[int, Entry], list[str]]:
    """The entries that can be read, by number, and what is wrong with the others."""
    entries: dict[int, Entry] = {}
    problems = []
    for index, content in bodies.items():
        try:
            entry = body.decode(content)
            if body.encode(entry) != content:
                raise ValueError("it is not canonical")
        except (ValueError, OfframpError) as error:
            problems.append(f"entry {index} cannot be read: {error}")
        else:
            entries[index] = entry
    return entries, problems


def check_ledger(
    entries: Mapping[int, Entry], leaves: Sequence[bytes], chain: KeyChain, given: Given
) -> Verification:
    """Everything the entries say of the ledger itself, and that it begins with what was kept from before."""
    problems = list(chain.problems)
    earlier: Checkpoint | None = None
    sizes = set(history.sizes_named(entries, len(leaves)))
    if given.earlier is not None:
        try:
            earlier = _earlier(given.earlier, chain)
            sizes.add(min(earlier.size, len(leaves)))
        except ValueError as error:
            problems.append(f"the earlier checkpoint does not verify: {error}")
    roots = history.roots_at(leaves, frozenset(sizes))
    if earlier is not None and earlier.size > len(leaves):
        problems.append(f"the ledger has shrunk: it had {earlier.size} entries and now has {len(leaves)}")
    elif earlier is not None and roots[earlier.size] != earlier.root:
        problems.append(f"the past was rewritten: the first {earlier.size} entries are not those of before")
    wrong, coverage = history.check_handed(entries, roots, len(leaves))
    wrong_times, shown = history.check_times(entries, roots, given.key.name, given.authorities)
    return Verification(
        (*problems, *wrong, *wrong_times),
        signed_by=chain.in_force,
        coverage=coverage,
        notes=(*chain.notes, *shown),
    )


def _earlier(content: bytes, chain: KeyChain) -> Checkpoint:
    if content.startswith(b"PK"):
        content = {member.name: member.content for member in unpack(content)}.get(CHECKPOINT, b"")
    return chain.read_kept(content.decode())
