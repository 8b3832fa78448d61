"""Every way to tamper with a pack is caught and named, by offramp and by the stand-alone verifier alike.

The tamperer here even has the ledger's key and signs the manifest anew: only what is inside can still tell.
"""

import struct
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, Handover, Ledger, archive, keys, manifest
from offramp.evidence.archive import Member
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.notes import SignerKey
from offramp.evidence.pack import Contents
from offramp.evidence.tree import Growth

MakeEntry = Callable[..., Entry]
CheckBoth = Callable[..., tuple[tuple[str, ...], tuple[str, ...]]]
Members = dict[str, bytes]
AT = parse_instant("2026-04-10T09:00:00Z")
TILE = "tiles/tile/0/000"


@pytest.fixture
def packed(state: Path, make_entry: MakeEntry) -> Path:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(300)])
    contents = Contents(made_at=AT, documents={"scan.json": b"{}"})
    Handover(state).pack(state.parent / "evidence.zip", contents)
    return state.parent / "evidence.zip"


def resigned(path: Path, state: Path, members: Members) -> bytes:
    """The pack with other members, under a manifest that the ledger's own key signed."""
    rest = [Member(name, content) for name, content in members.items()]
    old = manifest.parse(archive.unpack(path.read_bytes())[0].content)
    values = {name: getattr(old, name) for name in old.__struct_fields__}
    head = manifest.Manifest(**values | {"members": tuple(map(manifest.listed, rest))}).serialise()
    key = keys.load(state)
    return archive.pack(
        [Member("manifest.json", head), Member("manifest.sig", manifest.sign(head, key)), *rest]
    )


def reword(members: Members, key: SignerKey) -> None:
    members["entries.jsonl"] = members["entries.jsonl"].replace(b"req_17", b"req_71", 1)


def reorder(members: Members, key: SignerKey) -> None:
    lines = members["entries.jsonl"].split(b"\n")
    lines[3], lines[4] = lines[4], lines[3]
    members["entries.jsonl"] = b"\n".join(lines)


def drop(members: Members, key: SignerKey) -> None:
    members["entries.jsonl"] = members["entries.jsonl"].split(b"\n", 1)[1]


def repeat(members: Members, key: SignerKey) -> None:
    first = members["entries.jsonl"].split(b"\n", 1)[0]
    members["entries.jsonl"] += first + b"\n"


def change_tile(members: Members, key: SignerKey) -> None:
    members[TILE] = members[TILE][:-1] + bytes([members[TILE][-1] ^ 1])


def drop_tile(members: Members, key: SignerKey) -> None:
    del members[TILE]


def add_tile(members: Members, key: SignerKey) -> None:
    members["tiles/tile/0/001.p/45"] = members["tiles/tile/0/001.p/44"] + bytes(32)


def other_checkpoint(members: Members, key: SignerKey) -> None:
    members["checkpoint.txt"] = Checkpoint.sign(Growth(1, (bytes(32),), ()), key).note.encode()


def unsigned_checkpoint(members: Members, key: SignerKey) -> None:
    stranger = SignerKey(key.name, bytes(32))
    members["checkpoint.txt"] = Checkpoint.sign(Growth(1, (bytes(32),), ()), stranger).note.encode()


def other_key(members: Members, key: SignerKey) -> None:
    members["ledger.pub"] = f"{SignerKey(key.name, bytes(32)).verifier}\n".encode()


def stray_member(members: Members, key: SignerKey) -> None:
    members["readme.txt"] = b"trust me"


def stray_proof(members: Members, key: SignerKey) -> None:
    members["proofs/entry-1.tlog-proof"] = b"c2sp.org/tlog-proof@v1\n"


@pytest.mark.parametrize(
    ("tamper", "said"),
    [
        (reword, "do not give the root of the checkpoint"),
        (reorder, "do not give the root of the checkpoint"),
        (drop, "has 299 entries; the checkpoint is of 300"),
        (repeat, "has 301 entries; the checkpoint is of 300"),
        (change_tile, f"`{TILE}` is not what lies below it"),
        (drop_tile, f"`{TILE}` is missing"),
        (add_tile, "`tiles/tile/0/001.p/45` is no tile of this ledger"),
        (other_checkpoint, "`checkpoint.txt` and the manifest speak of different ledgers"),
        (unsigned_checkpoint, "`checkpoint.txt` does not verify"),
        (other_key, "`ledger.pub` is not the key given"),
        (stray_member, "`readme.txt` has no place in a pack"),
        (stray_proof, "`proofs/entry-1.tlog-proof` has no place in a whole ledger"),
    ],
)
def test_it_is_named_by_both_though_the_key_signed_it(
    packed: Path, state: Path, both: CheckBoth, tamper: Callable[[Members, SignerKey], None], said: str
) -> None:
    key = Handover(state).public_key()
    members = {one.name: one.content for one in archive.unpack(packed.read_bytes())[2:]}
    packed.write_bytes(resigned(packed, state, members))
    assert both(packed, key) == ((), ())
    tamper(members, keys.load(state))
    packed.write_bytes(resigned(packed, state, members))
    for problems in both(packed, key):
        assert any(said in one for one in problems), problems


def raw_zip(members: Sequence[tuple[bytes, bytes]], *, method: int = 0, size: int | None = None) -> bytes:
    """A zip file as anybody can write it, with names and sizes of their choice."""
    local, central = b"", b""
    for name, content in members:
        said = len(content) if size is None else size
        fields = struct.pack(
            "<5H3I2H", 20, 0, method, 0, 33, zlib.crc32(content), len(content), said, len(name), 0
        )
        central += (
            b"PK\x01\x02" + struct.pack("<H", 3 << 8 | 20) + fields
            + struct.pack("<3H2I", 0, 0, 0, 0o100644 << 16, len(local)) + name
        )  # fmt: skip
        local += b"PK\x03\x04" + fields + name + content
    count = len(members)
    return (
        local
        + central
        + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(central), len(local), 0)
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (raw_zip([(b"../escape.txt", b"x")]), "`../escape.txt` is not a name for a member"),
        (raw_zip([(b"/etc/passwd", b"x")]), "`/etc/passwd` is not a name for a member"),
        (raw_zip([(b"a/../../b", b"x")]), "is not a name for a member"),
        (raw_zip([(b"a" * 300, b"x")]), "is not a name for a member"),
        (raw_zip([(b"a\\b", b"x")]), "is not a name for a member"),
        (raw_zip([(b"manifest.json", b"1"), (b"manifest.json", b"2")]), "two members have the same name"),
        (raw_zip([(b"manifest.json", zlib.compress(bytes(10**7))[2:-4])], method=8), "not an intact pack"),
        (raw_zip([(b"manifest.json", b"x")], size=1 << 31), "not an intact pack"),
        (raw_zip([(b"m%d" % number, b"") for number in range(65_001)]), "too many members"),
    ],
    ids=["traversal", "absolute", "inside", "long", "backslash", "twice", "bomb", "huge", "many"],
)
def test_a_hostile_archive_is_refused_unopened(
    packed: Path, state: Path, both: CheckBoth, content: bytes, said: str
) -> None:
    packed.write_bytes(content)
    for problems in both(packed, Handover(state).public_key()):
        assert len(problems) == 1
        assert said in problems[0]
