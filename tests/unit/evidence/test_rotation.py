"""Changing the signing key: who holds the old one follows, and nobody else gets a key in between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.errors import OfframpError
from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Handover, Ledger, keychain, keys, verify
from offramp.evidence.notes import SignerKey
from offramp.evidence.pack import Contents

MakeEntry = Callable[..., Entry]
CheckBoth = Callable[..., tuple[tuple[str, ...], tuple[str, ...]]]
AT = parse_instant("2026-04-10T09:00:00Z")


@pytest.fixture
def owner(state: Path, make_entry: MakeEntry) -> Handover:
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(3)])
    return Handover(state)


def packed(owner: Handover, state: Path, name: str = "evidence.zip") -> Path:
    owner.pack(state.parent / name, Contents(made_at=AT))
    return state.parent / name


def rotate(owner: Handover, **more: bool) -> None:
    owner.rotate(by="R. Okafor", reason="yearly", at=AT, **more)


def test_whoever_holds_any_key_follows_to_the_one_in_force(
    owner: Handover, state: Path, both: CheckBoth
) -> None:
    held = [owner.public_key()]
    for _ in range(3):
        rotate(owner)
        held.append(owner.public_key())
    assert len(set(held)) == 4
    path = packed(owner, state)
    folder = state.parent / "tiles"
    owner.tiles(folder)
    for key in held:
        for whole in (path, folder):
            assert both(whole, key) == ((), ())
            assert str(verify(whole, key).signed_by) == held[-1]
    assert len(verify(path, held[0]).notes) == 3


def test_the_old_private_key_is_gone(owner: Handover, state: Path) -> None:
    old = (state / "keys" / "ledger").read_text()
    rotate(owner)
    assert [path.name for path in (state / "keys").iterdir()] == ["ledger"]
    assert (state / "keys" / "ledger").read_text() != old
    assert (state / "keys" / "ledger").stat().st_mode & 0o777 == 0o600


def test_a_key_said_to_be_compromised_vouches_for_nothing(
    owner: Handover, state: Path, both: CheckBoth
) -> None:
    old = owner.public_key()
    rotate(owner, is_compromised=True)
    path = packed(owner, state)
    ours, theirs = both(path, old)
    assert "declared compromised at entry 3" in ours[0]
    assert "declared compromised at entry 3" in theirs[0]
    assert both(path, owner.public_key()) == ((), ())


def test_a_checkpoint_of_the_old_key_still_counts_as_kept(
    owner: Handover, state: Path, both: CheckBoth
) -> None:
    kept = state.parent / "march.txt"
    kept.write_text(owner.checkpoint().note)
    old = owner.public_key()
    rotate(owner)
    path = packed(owner, state)
    for key in (old, owner.public_key()):
        assert both(path, key, earlier=kept) == ((), ())
    assert owner.entry_of(kept.read_text(), to="A", by="B", at=AT).data["size"] == 3


def test_a_checkpoint_that_the_old_key_made_later_is_refused(
    owner: Handover, state: Path, make_entry: MakeEntry, both: CheckBoth
) -> None:
    old = SignerKey.parse((state / "keys" / "ledger").read_text())
    rotate(owner)
    with Ledger.open(state) as ledger:
        ledger.append(make_entry("later"))
    made = owner.checkpoint()
    kept = state.parent / "late.txt"
    kept.write_text(old.sign(made.text))
    for said in both(packed(owner, state), owner.public_key(), earlier=kept):
        assert "its key was replaced at entry 3" in said[0]
    with pytest.raises(OfframpError) as caught:
        owner.entry_of(kept.read_text(), to="A", by="B", at=AT)
    assert caught.value.code == "checkpoint-unknown"


def _forged(state: Path, by: SignerKey, old: SignerKey, new: SignerKey) -> Entry:
    text = f"offramp/key-rotation/v1\n{old.verifier}\n{new.verifier}\n"
    data = {
        "predicate": keychain.PREDICATE,
        "old": str(old.verifier),
        "new": str(new.verifier),
        "introduction": by.sign(text) + new.line(text),
        "reason": "",
        "compromised": False,
    }
    return Entry(
        type=EntryType.STATEMENT, at=AT, actor="M", cause="command", subject="key", data=data, digests={}
    )


def test_nobody_is_introduced_but_by_the_key_in_force(owner: Handover, state: Path, both: CheckBoth) -> None:
    mine = SignerKey.parse((state / "keys" / "ledger").read_text())
    stranger, other = SignerKey.generate(mine.name), SignerKey.generate("other")
    for entry, said in (
        (_forged(state, stranger, mine, stranger), "a change of keys: "),
        (_forged(state, mine, mine, other), "it is about a key of another ledger"),
    ):
        with Ledger.open(state) as ledger:
            index = ledger.append(entry).index
        for problems in both(packed(owner, state), str(mine.verifier)):
            assert any(f"entry {index}, " in one and said in one for one in problems)
    rotate(owner)
    with Ledger.open(state) as ledger:
        index = ledger.append(_forged(state, mine, mine, stranger)).index
    for problems in both(packed(owner, state), str(mine.verifier)):
        assert f"entry {index}, a change of keys: it replaces a key that was not in force" in problems


def test_a_pack_of_the_old_key_made_after_the_change_is_refused(
    owner: Handover, state: Path, both: CheckBoth
) -> None:
    old = (state / "keys" / "ledger").read_text()
    rotate(owner)
    new = owner.public_key()
    (state / "keys" / "ledger").write_text(old)
    forged = packed(owner, state)
    for key in (owner.public_key(), new):
        ours, theirs = both(forged, key)
        assert "`manifest.sig`" in ours[0]
        assert "`manifest.sig`" in theirs[0]


def test_a_change_cut_short_before_its_entry_leaves_the_old_key(owner: Handover, state: Path) -> None:
    old = owner.public_key()
    waiting = keys.prepare_next(state, old.split("+")[0])
    assert owner.public_key() == old
    done = owner.rotate(by="R", reason="again", at=AT)
    assert done.new == waiting.verifier
    assert str(done.new) == owner.public_key()


def test_a_change_cut_short_after_its_entry_is_finished_by_whoever_signs(
    owner: Handover, state: Path, both: CheckBoth
) -> None:
    old = keys.load(state)
    new = keys.prepare_next(state, old.name)
    with Ledger.open(state) as ledger:
        ledger.append(_forged(state, old, old, new))
    path = packed(owner, state)
    assert not (state / "keys" / "ledger.next").exists()
    assert both(path, str(old.verifier)) == ((), ())
    assert owner.public_key() == str(new.verifier)


def test_a_folder_of_tiles_goes_on_over_a_change(
    owner: Handover, state: Path, make_entry: MakeEntry, both: CheckBoth
) -> None:
    folder = state.parent / "tiles"
    old = owner.public_key()
    owner.tiles(folder)
    rotate(owner)
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"more_{number}"), ()) for number in range(300)])
    owner.tiles(folder)
    assert both(folder, old) == ((), ())


@pytest.mark.parametrize(("by", "reason"), [("", "why"), ("R", " ")])
def test_a_change_needs_a_person_and_a_reason(owner: Handover, by: str, reason: str) -> None:
    with pytest.raises(OfframpError) as caught:
        owner.rotate(by=by, reason=reason, at=AT)
    assert caught.value.code == "rotation-unsigned"
