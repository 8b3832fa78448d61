"""Whatever is given to the verifier, it answers with problems; only the pack itself has none."""

from hypothesis import given
from hypothesis import strategies as st

from offramp.evidence.archive import Member, pack, unpack
from offramp.evidence.given import Given
from offramp.evidence.notes import SignerKey
from offramp.evidence.verification import verify_bytes

KEY = SignerKey("example/log", bytes(32)).verifier
NAMES = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,9}(/[a-z0-9][a-z0-9._-]{0,9})?", fullmatch=True)
MEMBERS = st.lists(
    st.builds(Member, NAMES, st.binary(max_size=50)), min_size=1, max_size=5, unique_by=lambda one: one.name
)


@given(st.binary(max_size=300))
def test_garbage_gives_problems(garbage: bytes) -> None:
    assert not verify_bytes(garbage, Given(KEY)).ok
    assert not verify_bytes(b"PK\x03\x04" + garbage, Given(KEY)).ok


@given(MEMBERS)
def test_any_members_give_problems(members: list[Member]) -> None:
    assert unpack(pack(members)) == tuple(members)
    assert not verify_bytes(pack(members), Given(KEY)).ok


@given(st.lists(st.binary(max_size=80), min_size=5, max_size=5))
def test_the_right_names_with_any_content_give_problems(contents: list[bytes]) -> None:
    names = ["manifest.json", "manifest.sig", "checkpoint.txt", "entries.jsonl", "ledger.pub"]
    members = [Member(name, content) for name, content in zip(names, contents, strict=True)]
    assert not verify_bytes(pack(members), Given(KEY)).ok
