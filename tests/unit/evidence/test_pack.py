"""Packs: the same bytes each time, and no other bytes verify."""

import contextlib
import dataclasses
import io
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import (
    Entry,
    Handover,
    Ledger,
    archive,
    keys,
    manifest,
    verify,
)
from offramp.evidence.archive import Member
from offramp.evidence.given import Given
from offramp.evidence.notes import SignerKey
from offramp.evidence.pack import Contents, build_pack
from offramp.evidence.verification import parse_key, verify_bytes

MakeEntry = Callable[..., Entry]
AT = parse_instant("2026-04-10T09:00:00Z")
DOCUMENTS = {"scan.json": b'{"findings": []}', "a-note.txt": b"seen by A. Person\n"}


@pytest.fixture
def packed(state: Path, make_entry: MakeEntry) -> Path:
    """A small pack with two documents, beside its state."""
    with Ledger.open(state) as ledger:
        for number in range(3):
            ledger.append(make_entry(f"req_{number}", n=number))
    output = state.parent / "evidence.zip"
    build_pack(state, output, Contents(made_at=AT, documents=DOCUMENTS, gaps=("laptops were not scanned",)))
    return output


def problems(path: Path, state: Path) -> tuple[str, ...]:
    return verify(path, Handover(state).public_key()).problems


def test_a_signing_key_given_by_mistake_is_refused_and_not_repeated(packed: Path, state: Path) -> None:
    signing = (state / "keys" / "ledger").read_text("ascii")
    with pytest.raises(OfframpError) as caught:
        verify(packed, signing)
    assert "it is a signing key" in caught.value.message
    assert signing.strip().split("+", 4)[4] not in caught.value.render()


def resigned(path: Path, state: Path, change: Callable[[list[Member]], Sequence[Member]]) -> bytes:
    """The pack with changed members and a manifest that the ledger's own key signed anew."""
    key = keys.load(state)
    members = list(change(list(archive.unpack(path.read_bytes())[2:])))
    head = manifest.parse(archive.unpack(path.read_bytes())[0].content)
    lines = tuple(manifest.listed(member) for member in members)
    contents = manifest.Manifest(
        made_at=head.made_at,
        scope=head.scope,
        method=head.method,
        gaps=head.gaps,
        instruments=head.instruments,
        origin=head.origin,
        entries=head.entries,
        root=head.root,
        members=lines,
    ).serialise()
    front = [Member("manifest.json", contents), Member("manifest.sig", manifest.sign(contents, key))]
    return archive.pack([*front, *members])


def test_a_pack_verifies_and_says_what_it_is(packed: Path, state: Path) -> None:
    checked = verify(packed, Handover(state).public_key())
    assert checked.ok
    assert checked.manifest is not None
    assert checked.manifest.entries == 3
    assert checked.manifest.instruments == ("order-1",)
    assert checked.manifest.made_at == "2026-04-10T09:00:00Z"
    assert "laptops were not scanned" in checked.manifest.gaps
    assert checked.manifest.notice == "Nothing here is legal advice."


def test_the_same_ledger_gives_the_same_bytes(packed: Path, state: Path) -> None:
    again = state.parent / "again.zip"
    build_pack(state, again, Contents(made_at=AT, documents=DOCUMENTS, gaps=("laptops were not scanned",)))
    assert again.read_bytes() == packed.read_bytes()


def test_any_zip_tool_opens_it(packed: Path) -> None:
    with zipfile.ZipFile(packed) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [
            "manifest.json",
            "manifest.sig",
            "checkpoint.txt",
            "documents/a-note.txt",
            "documents/scan.json",
            "entries.jsonl",
            "ledger.pub",
            "tiles/checkpoint",
            "tiles/tile/0/000.p/3",
            "verify.py",
        ]
        assert opened.read("documents/scan.json") == DOCUMENTS["scan.json"]


def test_every_flipped_byte_is_noticed(packed: Path, state: Path) -> None:
    key = parse_key(Handover(state).public_key())
    intact = packed.read_bytes()
    assert verify_bytes(intact, Given(key)).ok
    program = range(intact.index(b"#!/usr/bin/env python3"), intact.index(b"sys.exit(main())\n"))
    for position in [*range(program.start), *program[::211], *range(program.stop, len(intact))]:
        changed = bytearray(intact)
        changed[position] ^= 1 << position % 8
        assert not verify_bytes(bytes(changed), Given(key)).ok, position


def test_flipped_bytes_of_a_larger_pack_are_noticed(state: Path, make_entry: MakeEntry) -> None:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{n}", text="x" * 200), ()) for n in range(500)])
    output = state.parent / "large.zip"
    build_pack(state, output, Contents(made_at=AT))
    key = parse_key(Handover(state).public_key())
    intact = output.read_bytes()
    assert verify_bytes(intact, Given(key)).ok
    for position in range(0, len(intact), 7919):
        changed = bytearray(intact)
        changed[position] ^= 0x80
        assert not verify_bytes(bytes(changed), Given(key)).ok, position


def test_every_truncation_and_any_addition_is_noticed(packed: Path, state: Path) -> None:
    key = parse_key(Handover(state).public_key())
    intact = packed.read_bytes()
    for length in [*range(0, len(intact), 37), *range(len(intact) - 2000, len(intact))]:
        assert not verify_bytes(intact[:length], Given(key)).ok, length
    assert not verify_bytes(intact + b"\x00", Given(key)).ok
    assert not verify_bytes(b"\x00" + intact, Given(key)).ok
    assert not verify_bytes(intact + intact, Given(key)).ok


def test_the_same_members_zipped_by_another_tool_are_refused(packed: Path, state: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(packed) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name))
    assert not verify_bytes(buffer.getvalue(), Given(parse_key(Handover(state).public_key()))).ok


def test_a_zip_bomb_is_refused_unopened(packed: Path, state: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("manifest.json", b"\x00" * 200_000_000)
    packed.write_bytes(buffer.getvalue())
    assert "not an intact pack" in problems(packed, state)[0]


def test_the_key_inside_is_not_the_key_that_counts(packed: Path, state: Path, make_entry: MakeEntry) -> None:
    forger = state.parent / "forger"
    with Ledger.open(forger) as ledger:
        ledger.append(make_entry("never happened"))
    build_pack(forger, packed, Contents(made_at=AT))
    assert verify(packed, Handover(forger).public_key()).ok
    assert "no signature by" in problems(packed, state)[0]


def test_a_key_of_the_same_name_is_still_another_key(packed: Path, state: Path) -> None:
    name = parse_key(Handover(state).public_key()).name
    assert not verify(packed, str(SignerKey(name, bytes(32)).verifier)).ok


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("checkpoint.txt", "`checkpoint.txt` is missing"),
        ("entries.jsonl", "`entries.jsonl` is missing"),
        ("ledger.pub", "`ledger.pub` is missing"),
        ("documents/scan.json", "`documents/scan.json` is missing"),
    ],
)
def test_a_member_left_out_is_named(packed: Path, state: Path, name: str, said: str) -> None:
    members = archive.unpack(packed.read_bytes())
    packed.write_bytes(archive.pack([member for member in members if member.name != name]))
    assert said in problems(packed, state)


def test_a_member_put_in_is_named(packed: Path, state: Path) -> None:
    members = archive.unpack(packed.read_bytes())
    packed.write_bytes(archive.pack([*members, Member("documents/more.txt", b"more")]))
    assert problems(packed, state) == ("`documents/more.txt` is not in the manifest",)


def test_members_in_another_order_are_noticed(packed: Path, state: Path) -> None:
    members = list(archive.unpack(packed.read_bytes()))
    packed.write_bytes(archive.pack([*members[:2], *reversed(members[2:])]))
    assert problems(packed, state) == ("the members are not in the order of the manifest",)
    packed.write_bytes(archive.pack(list(reversed(members))))
    assert problems(packed, state) == ("the manifest and its signature do not come first",)


def test_changed_content_is_named(packed: Path, state: Path) -> None:
    members = [
        dataclasses.replace(member, content=b"other") if member.name == "documents/scan.json" else member
        for member in archive.unpack(packed.read_bytes())
    ]
    packed.write_bytes(archive.pack(members))
    assert problems(packed, state) == ("`documents/scan.json` is not what the manifest says",)


def _without_the_first_entry(members: list[Member]) -> list[Member]:
    return [
        Member(member.name, member.content.split(b"\n", 1)[1]) if member.name == "entries.jsonl" else member
        for member in members
    ]


def _with_entries_swapped(members: list[Member]) -> list[Member]:
    return [
        Member(member.name, b"\n".join([*reversed(member.content[:-1].split(b"\n")), b""]))
        if member.name == "entries.jsonl"
        else member
        for member in members
    ]


def _with_an_entry_reworded(members: list[Member]) -> list[Member]:
    return [
        Member(member.name, member.content.replace(b"req_1", b"req_7"))
        if member.name == "entries.jsonl"
        else member
        for member in members
    ]


def _with_an_entry_spaced(members: list[Member]) -> list[Member]:
    return [
        Member(member.name, member.content.replace(b'"v":1', b'"v": 1', 1))
        if member.name == "entries.jsonl"
        else member
        for member in members
    ]


def _with_another_key(members: list[Member]) -> list[Member]:
    other = f"{SignerKey('other', bytes(32)).verifier}\n".encode()
    return [Member(member.name, other) if member.name == "ledger.pub" else member for member in members]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_without_the_first_entry, "has 2 entries; the checkpoint is of 3"),
        (_with_entries_swapped, "do not give the root of the checkpoint"),
        (_with_an_entry_reworded, "do not give the root of the checkpoint"),
        (_with_an_entry_spaced, "entry 0 cannot be read: it is not canonical"),
        (_with_another_key, "`ledger.pub` is not the key given"),
    ],
)
def test_a_contradiction_is_noticed_even_when_the_key_signed_it(
    packed: Path, state: Path, change: Callable[[list[Member]], Sequence[Member]], said: str
) -> None:
    packed.write_bytes(resigned(packed, state, lambda members: members))
    assert problems(packed, state) == ()
    packed.write_bytes(resigned(packed, state, change))
    assert any(said in problem for problem in problems(packed, state))


def test_a_checkpoint_is_no_signature_of_a_manifest(packed: Path, state: Path) -> None:
    members = {member.name: member for member in archive.unpack(packed.read_bytes())}
    note = members["checkpoint.txt"].content
    packed.write_bytes(
        archive.pack(
            [
                Member(name, note if name == "manifest.sig" else member.content)
                for name, member in members.items()
            ]
        )
    )
    assert problems(packed, state) == ("`manifest.sig` does not verify: it was made for another manifest",)


def test_a_ledger_that_grew_begins_with_what_was_kept(
    packed: Path, state: Path, make_entry: MakeEntry
) -> None:
    kept = state.parent / "kept.txt"
    kept.write_text(Handover(state).checkpoint().note)
    with Ledger.open(state) as ledger:
        ledger.append(make_entry("later"))
    later = state.parent / "later.zip"
    build_pack(state, later, Contents(made_at=AT))
    for earlier in (kept, packed, later):
        assert verify(later, Handover(state).public_key(), earlier=earlier).ok
    shrunk = verify(packed, Handover(state).public_key(), earlier=later)
    assert shrunk.problems == ("the ledger has shrunk: it had 4 entries and now has 3",)


def test_a_rewritten_past_is_noticed_though_the_key_signed_it(
    packed: Path, state: Path, make_entry: MakeEntry
) -> None:
    kept = state.parent / "kept.txt"
    kept.write_text(Handover(state).checkpoint().note)
    signer = (state / "keys" / "ledger").read_text()
    shutil.rmtree(state)
    (state / "keys").mkdir(parents=True)
    (state / "keys" / "ledger").write_text(signer)
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"another past {number}"), ()) for number in range(5)])
    build_pack(state, packed, Contents(made_at=AT))
    assert verify(packed, Handover(state).public_key()).ok
    rewritten = verify(packed, Handover(state).public_key(), earlier=kept)
    assert "the past was rewritten" in rewritten.problems[0]


@pytest.mark.parametrize("content", [b"", b"PK", b"rubbish\n\n", b"\xff", archive.pack([Member("a", b"")])])
def test_what_is_no_earlier_checkpoint_is_a_problem(packed: Path, state: Path, content: bytes) -> None:
    kept = state.parent / "kept.txt"
    kept.write_bytes(content)
    checked = verify(packed, Handover(state).public_key(), earlier=kept)
    assert len(checked.problems) == 1
    assert "earlier checkpoint does not verify" in checked.problems[0]


def test_an_empty_ledger_can_be_packed(state: Path) -> None:
    with Ledger.open(state):
        pass
    output = state.parent / "empty.zip"
    build_pack(state, output, Contents(made_at=AT))
    assert verify(output, Handover(state).public_key()).ok


def test_a_dry_run_writes_nothing(packed: Path, state: Path) -> None:
    output = state.parent / "dry.zip"
    made = build_pack(state, output, Contents(made_at=AT), is_dry_run=True)
    assert not output.exists()
    assert made.checkpoint.size == 3


@pytest.mark.parametrize(
    "damage",
    [
        "SET body = CAST(replace(body, 'req_2', 'req_7') AS BLOB)",
        "SET body = replace(body, 'req_2', 'req_7')",
        "SET body = x'7b7d'",
        "SET leaf_hash = 'text'",
        "SET leaf_hash = zeroblob(32)",
        "SET idx = 7",
    ],
)
def test_a_damaged_ledger_is_not_packed(packed: Path, state: Path, damage: str) -> None:
    with contextlib.closing(sqlite3.connect(state / "state.db")) as connection:
        connection.execute(f"UPDATE evidence_entries {damage} WHERE idx = 2")
        connection.commit()
    with pytest.raises(OfframpError) as caught:
        build_pack(state, state.parent / "damaged.zip", Contents(made_at=AT))
    assert caught.value.code == "ledger-damaged"
    assert not (state.parent / "damaged.zip").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "", "Scan.json", ".hidden", "x" * 200])
def test_a_document_needs_a_plain_name(state: Path, name: str) -> None:
    with Ledger.open(state):
        pass
    with pytest.raises(OfframpError) as caught:
        build_pack(state, state.parent / "x.zip", Contents(made_at=AT, documents={name: b""}))
    assert caught.value.code == "pack-document-name"


def test_what_cannot_be_written_or_read_says_so(packed: Path, state: Path) -> None:
    with pytest.raises(OfframpError) as caught:
        build_pack(state, state / "missing" / "x.zip", Contents(made_at=AT))
    assert caught.value.code == "output-unwritable"
    with pytest.raises(OfframpError) as caught:
        verify(state / "missing.zip", Handover(state).public_key())
    assert caught.value.code == "pack-unreadable"
    with pytest.raises(OfframpError) as caught:
        verify(packed, "rubbish")
    assert caught.value.code == "key-unreadable"
