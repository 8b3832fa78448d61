"""Packs in a pack: what a prime hands over of its suppliers, each checked with the supplier's own key."""

from collections.abc import Sequence
from dataclasses import dataclass

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.archive import NAME, unpack
from offramp.evidence.given import Given
from offramp.evidence.manifest import MANIFEST, SUPPLIERS, SupplierLine, parse
from offramp.evidence.verification import parse_key, verify_bytes


@dataclass(frozen=True, slots=True)
class Supplier:
    """A pack that somebody else made."""

    name: str
    """Of its file in the pack, without `.zip`."""
    content: bytes
    key: str
    """The supplier's verifier key, which came by another way than the pack."""


def supplier_lines(suppliers: Sequence[Supplier]) -> list[tuple[SupplierLine, Supplier]]:
    """What the manifest says of each, by name. Raises for a pack that does not verify with its key."""
    lines = []
    for one in sorted(suppliers, key=lambda one: one.name):
        if not NAME.fullmatch(one.name) or "/" in one.name:
            raise OfframpError(
                "pack-document-name",
                f"`{one.name}` cannot be the name of a supplier's pack",
                help="use lower-case letters, digits, dots, hyphens and underscores",
            )
        checked = verify_bytes(one.content, Given(parse_key(one.key)))
        if not checked.ok or checked.manifest is None or checked.signed_by is None:
            raise OfframpError(
                "supplier-pack-unsound",
                f"the pack of `{one.name}` does not verify: {'; '.join(checked.problems)}",
                help="ask the supplier for a pack that does, and for its key by another way",
                exit_code=Exit.FOUND,
            )
        said = checked.manifest
        lines.append(
            (SupplierLine(f"{SUPPLIERS}{one.name}.zip", one.key.strip(), said.entries, said.root), one)
        )
    if len({line.path for line, _ in lines}) != len(lines):
        raise OfframpError(
            "supplier-twice", "two suppliers have the same name", help="name their packs differently"
        )
    return lines


def origin_of(content: bytes) -> str:
    """The ledger that a pack says it is of; nothing is checked. Raises `supplier-pack-unsound`."""
    try:
        held = {member.name: member.content for member in unpack(content)}
        return parse(held.get(MANIFEST, b"")).origin
    except ValueError as error:
        raise OfframpError(
            "supplier-pack-unsound",
            f"what was given as a supplier's pack is none: {error}",
            help="give a file that `offramp evidence pack` wrote",
        ) from None
