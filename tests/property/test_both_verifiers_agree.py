"""The stand-alone verifier and offramp's own give the same verdict, whatever was done to a pack."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Handover, Ledger, manifest
from offramp.evidence.archive import Member, pack, unpack
from offramp.evidence.given import Given
from offramp.evidence.notes import SignerKey
from offramp.evidence.pack import Contents, Supplier
from offramp.evidence.standalone import ledger as alone
from offramp.evidence.standalone.canonical import canonical
from offramp.evidence.standalone.notes import Wrong
from offramp.evidence.standalone.packs import check_pack
from offramp.evidence.tree import leaf_hash, root_over
from offramp.evidence.verification import verify_bytes

AT = parse_instant("2026-04-10T09:00:00Z")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@cache
def packed() -> tuple[bytes, SignerKey]:
    with TemporaryDirectory() as folder:
        state = Path(folder) / ".offramp"
        with Ledger.open(state) as ledger:
            for number in range(3):
                ledger.append(
                    Entry(type=EntryType.SCAN, at=AT, actor="a", cause="command", subject=str(number))
                )
        supplier = Path(folder) / "supplier"
        with Ledger.open(supplier) as ledger:
            ledger.append(Entry(type=EntryType.CUT, at=AT, actor="b", cause="command", subject="s"))
        inner = Path(folder) / "inner.zip"
        Handover(supplier).rotate(by="b", reason="r", at=AT)
        Handover(supplier).pack(inner, Contents(made_at=AT, types={EntryType.CUT}))
        line = Supplier("rivet", inner.read_bytes(), Handover(supplier).public_key())
        Handover(state).rotate(by="a", reason="r", at=AT)
        output = Path(folder) / "evidence.zip"
        contents = Contents(made_at=AT, documents={"note.txt": b"seen\n"}, suppliers=[line])
        Handover(state).pack(output, contents)
        return output.read_bytes(), SignerKey.parse((state / "keys" / "ledger").read_text())


def is_sound(archive: bytes, key: str) -> bool:
    try:
        return not check_pack(archive, alone.Given(key)).problems
    except Wrong:
        return False


def agree(archive: bytes) -> bool:
    key = packed()[1].verifier
    verdict = verify_bytes(archive, Given(key)).ok
    assert is_sound(archive, str(key)) == verdict
    return verdict


@settings(deadline=None)
@given(st.data())
def test_on_changed_bytes(data: st.DataObject) -> None:
    archive = bytearray(packed()[0])
    assert agree(bytes(archive))
    place = data.draw(st.integers(0, len(archive) - 1))
    archive[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    assert agree(bytes(archive)) == (bytes(archive) == packed()[0])


@settings(deadline=None)
@given(st.data())
def test_on_members_that_the_owner_signed_anew(data: st.DataObject) -> None:
    archive, key = packed()
    members = list(unpack(archive)[2:])
    contents = manifest.parse(unpack(archive)[0].content)
    place = data.draw(st.integers(0, len(members) - 1))
    old = members[place]
    members[place] = Member(
        data.draw(st.sampled_from([old.name, "entries.jsonl", "other.txt", "documents/x"])),
        data.draw(
            st.sampled_from([old.content, old.content + b"{}\n", b"", old.content.replace(b":1", b": 1")])
        ),
    )
    if data.draw(st.booleans()):
        members.reverse()
    if len({member.name for member in members}) != len(members):
        return
    bodies = next((member.content for member in members if member.name == "entries.jsonl"), b"").split(b"\n")[
        :-1
    ]
    fields = {name: getattr(contents, name) for name in contents.__struct_fields__}
    if data.draw(st.booleans()):
        fields |= {"root": root_over(map(leaf_hash, bodies)).hex(), "entries": len(bodies)}
    head = manifest.Manifest(**fields | {"members": tuple(map(manifest.listed, members))}).serialise()
    agree(pack([Member("manifest.json", head), Member("manifest.sig", manifest.sign(head, key)), *members]))


@given(JSON)
def test_on_what_canonical_json_is(value: object) -> None:
    try:
        wanted = rfc8785.dumps(value)  # type: ignore[arg-type]
    except (rfc8785.CanonicalizationError, UnicodeEncodeError):
        return
    assert canonical(value).encode() == wanted
