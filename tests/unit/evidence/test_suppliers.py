"""Packs in packs: a prime's verifies through to its suppliers', each with the supplier's own key."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Handover, Ledger, archive, keys, manifest, verify
from offramp.evidence.archive import Member
from offramp.evidence.pack import Contents, Supplier

MakeEntry = Callable[..., Entry]
CheckBoth = Callable[..., tuple[tuple[str, ...], tuple[str, ...]]]
AT = parse_instant("2026-04-10T09:00:00Z")


class Party:
    """Somebody with a ledger."""

    def __init__(self, folder: Path, entries: Sequence[Entry]) -> None:
        self.folder = folder
        self.state = folder / ".offramp"
        with Ledger.open(self.state) as ledger:
            ledger.append_all([(entry, ()) for entry in entries])
        self.owner = Handover(self.state)
        self.key = self.owner.public_key()

    def pack(self, *suppliers: "Party") -> Path:
        lines = [
            Supplier(one.folder.name, (one.folder / "evidence.zip").read_bytes(), one.key)
            for one in suppliers
        ]
        self.owner.pack(self.folder / "evidence.zip", Contents(made_at=AT, suppliers=lines))
        return self.folder / "evidence.zip"


@pytest.fixture
def parties(tmp_path: Path, make_entry: MakeEntry) -> dict[str, Party]:
    return {
        name: Party(tmp_path / name, [make_entry(f"{name}_{number}") for number in range(3)])
        for name in ("prime", "rivet", "bolt")
    }


@pytest.fixture
def merged(parties: dict[str, Party]) -> Path:
    parties["bolt"].pack()
    parties["rivet"].pack(parties["bolt"])
    return parties["prime"].pack(parties["rivet"])


def test_it_verifies_through_with_every_key_from_outside(
    merged: Path, parties: dict[str, Party], both: CheckBoth
) -> None:
    outside = (parties["rivet"].key, parties["bolt"].key)
    assert both(merged, parties["prime"].key, suppliers=outside) == ((), ())
    seen = verify(merged, parties["prime"].key, suppliers=outside).suppliers
    assert [(one.path, one.is_key_given) for one in seen] == [("suppliers/rivet.zip", True)]
    assert [(one.path, one.is_key_given) for one in seen[0].suppliers] == [("suppliers/bolt.zip", True)]


def test_without_their_keys_it_says_whose_word_it_takes(
    merged: Path, parties: dict[str, Party], both: CheckBoth
) -> None:
    assert both(merged, parties["prime"].key) == ((), ())
    assert not verify(merged, parties["prime"].key).suppliers[0].is_key_given


def test_a_supplier_checked_with_another_key_of_that_name_fails(
    merged: Path, parties: dict[str, Party], both: CheckBoth
) -> None:
    parties["rivet"].owner.rotate(by="R", reason="r", at=AT)
    later = parties["rivet"].owner.public_key()
    for said in both(merged, parties["prime"].key, suppliers=(later,)):
        assert "in `suppliers/rivet.zip`: `manifest.sig`" in said[0]


def test_a_key_that_no_pack_in_it_needs_is_named(
    merged: Path, parties: dict[str, Party], both: CheckBoth, tmp_path: Path, make_entry: MakeEntry
) -> None:
    absent = Party(tmp_path / "absent", [make_entry("x")])
    for said in both(merged, parties["prime"].key, suppliers=(absent.key,)):
        assert said == (f"there is no pack of {absent.key.split('+')[0]}, whose key was given",)


def test_a_pack_that_does_not_verify_is_not_carried(parties: dict[str, Party]) -> None:
    path = parties["rivet"].pack()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(OfframpError) as caught:
        parties["prime"].pack(parties["rivet"])
    assert caught.value.code == "supplier-pack-unsound"


def test_the_same_supplier_twice_is_refused(parties: dict[str, Party]) -> None:
    parties["rivet"].pack()
    with pytest.raises(OfframpError) as caught:
        parties["prime"].pack(parties["rivet"], parties["rivet"])
    assert caught.value.code == "supplier-twice"


def resigned(path: Path, state: Path, change: Callable[[Member], Member], **fields: object) -> None:
    """The pack with changed members, signed anew by its owner: only what is inside can still tell."""
    members = [change(member) for member in archive.unpack(path.read_bytes())[2:]]
    old = manifest.parse(archive.unpack(path.read_bytes())[0].content)
    values = {name: getattr(old, name) for name in old.__struct_fields__}
    values |= {"members": tuple(map(manifest.listed, members))} | fields
    head = manifest.Manifest(**values).serialise()
    signed = Member("manifest.sig", manifest.sign(head, keys.load(state)))
    path.write_bytes(archive.pack([Member("manifest.json", head), signed, *members]))


def test_a_supplier_s_entry_changed_by_the_prime_is_caught(
    merged: Path, parties: dict[str, Party], both: CheckBoth
) -> None:
    def change(member: Member) -> Member:
        if member.name != "suppliers/rivet.zip":
            return member
        inner = [
            dataclasses.replace(one, content=one.content.replace(b"rivet_1", b"rivet_7"))
            for one in archive.unpack(member.content)
        ]
        return dataclasses.replace(member, content=archive.pack(inner))

    resigned(merged, parties["prime"].state, change)
    for said in both(merged, parties["prime"].key, suppliers=(parties["rivet"].key,)):
        assert any(
            "in `suppliers/rivet.zip`: `entries.jsonl` is not what the manifest says" in one for one in said
        )


def test_an_older_pack_put_in_the_place_of_a_newer_one_is_caught(
    parties: dict[str, Party], both: CheckBoth, make_entry: MakeEntry
) -> None:
    before = parties["rivet"].pack().read_bytes()
    with Ledger.open(parties["rivet"].state) as ledger:
        ledger.append(make_entry("later"))
    parties["rivet"].pack()
    path = parties["prime"].pack(parties["rivet"])

    def change(member: Member) -> Member:
        is_inner = member.name == "suppliers/rivet.zip"
        return dataclasses.replace(member, content=before) if is_inner else member

    resigned(path, parties["prime"].state, change)
    for said in both(path, parties["prime"].key):
        assert said == ("in `suppliers/rivet.zip`: it is not the ledger that the manifest around it names",)


def test_a_supplier_that_the_manifest_does_not_name_is_caught(
    merged: Path, parties: dict[str, Party], both: CheckBoth
) -> None:
    resigned(merged, parties["prime"].state, lambda member: member, suppliers=())
    for said in both(merged, parties["prime"].key):
        assert "is not among the suppliers of the manifest" in said[0]


def test_packs_in_packs_end_somewhere(tmp_path: Path, make_entry: MakeEntry, both: CheckBoth) -> None:
    chain = [Party(tmp_path / f"p{number}", [make_entry("x")]) for number in range(6)]
    chain[0].pack()
    for above, below in zip(chain[1:5], chain, strict=False):
        above.pack(below)
    assert both(chain[4].folder / "evidence.zip", chain[4].key) == ((), ())
    chain[5].pack(chain[4])
    for said in both(chain[5].folder / "evidence.zip", chain[5].key):
        assert "packs lie more than 4 deep in one another" in said[0]


def test_a_pack_of_some_entries_has_a_proof_for_each(
    parties: dict[str, Party], both: CheckBoth, make_entry: MakeEntry
) -> None:
    prime = parties["prime"]
    cuts = [dataclasses.replace(make_entry(f"cut_{n}"), type=EntryType.CUT) for n in range(2)]
    with Ledger.open(prime.state) as ledger:
        for cut in cuts:
            ledger.append_all([(make_entry(f"req_{n}"), ()) for n in range(300)])
            ledger.append(cut)
    kept = prime.folder / "kept.txt"
    kept.write_text(prime.owner.checkpoint().note)
    prime.owner.rotate(by="R", reason="r", at=AT)
    path = prime.folder / "cuts.zip"
    prime.owner.pack(path, Contents(made_at=AT, types={EntryType.CUT}))
    assert both(path, prime.key, earlier=kept) == ((), ())
    said = verify(path, prime.key).manifest
    assert said is not None
    assert said.selection is not None
    assert said.selection.indices == (303, 604, 605)
    assert "603 entries of other types are left out" in " ".join(said.gaps)
    names = [member.name for member in archive.unpack(path.read_bytes())]
    assert "proofs/entry-303.tlog-proof" in names
    assert "tiles/tile/0/001" in names

    def swapped(member: Member) -> Member:
        if member.name == "entries.jsonl":
            return dataclasses.replace(member, content=member.content.replace(b"cut_0", b"cut_9"))
        return member

    resigned(path, prime.state, swapped)
    for problems in both(path, prime.key):
        assert "entry 303 is not the one of the ledger" in problems
        assert any(one.startswith("`proofs/entry-303.tlog-proof` does not hold") for one in problems)
