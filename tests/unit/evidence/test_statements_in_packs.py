"""Statements in packs: what both verifiers make of those that are right, and of those that are not."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, EntryType, Handover, Ledger, dsse, read_entries, verify
from offramp.evidence.notes import SignerKey
from offramp.evidence.pack import Contents
from offramp.evidence.statements import shelf
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.predicates import cut_over
from offramp.evidence.statements.statement import Statement
from offramp.evidence.verdict import Verification

AT = parse_instant("2026-04-10T09:00:00Z")
COUNSEL = SignerKey("counsel.example", bytes(range(32)))
Packed = Callable[..., tuple[Verification, list[str]]]


def moved(state: Path) -> Statement:
    """A statement about the ledger's only entry, a cut."""
    with Ledger.open(state) as ledger:
        ledger.append(
            Entry(
                type=EntryType.CUT,
                at=AT,
                actor="A. Person",
                cause="norm:order-1.cease",
                subject="incumbent",
                instruments=("order-1",),
            )
        )
    head = Head(organisation="Harbor Works", by="A. Person", at=AT)
    return cut_over("example-a", ["incumbent"], {}, [], read_entries(state), head)


def made(state: Path, statement: Statement) -> Path:
    return shelf.make(state, statement, secrets=[COUNSEL.serialise()], recorded_at=AT, is_dry_run=False).path


@pytest.fixture
def checked(state: Path) -> Packed:
    """Packs what is kept with what is given, and gives both verdicts."""

    def check(
        files: dict[str, bytes], signers: tuple[str, ...] = (), threshold: int = 1
    ) -> tuple[Verification, list[str]]:
        folder, owner = state.parent, Handover(state)
        owner.pack(folder / "evidence.zip", Contents(made_at=AT, statements=files))
        (folder / "verify.py").write_text(owner.verifier())
        key = owner.public_key()
        argv = [word for one in signers for word in ("--signer", one)]
        argv += ["--threshold", str(threshold)]
        done = subprocess.run(
            [sys.executable, "-I", "verify.py", "evidence.zip", "--key", key, *argv],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not done.stderr, done.stderr
        ours = verify(folder / "evidence.zip", key, signers=signers, threshold=threshold)
        return ours, json.loads(done.stdout)["problems"]

    return check


def test_one_that_is_right_verifies_by_one_and_by_two(state: Path, checked: Packed) -> None:
    path = made(state, moved(state))
    counsel = str(COUNSEL.verifier)
    for signers, threshold in (((), 1), ((counsel,), 1), ((counsel,), 2)):
        ours, theirs = checked({path.name: path.read_bytes()}, signers=signers, threshold=threshold)
        assert (ours.problems, theirs) == ((), [])
        assert [one.slug for one in ours.statements] == ["cut-over"]


@pytest.mark.parametrize(
    ("signers", "threshold"),
    [((), 2), ((str(SignerKey("other.example", bytes(32)).verifier),), 2), ((str(COUNSEL.verifier),), 3)],
)
def test_too_few_signatures_are_named(
    state: Path, checked: Packed, signers: tuple[str, ...], threshold: int
) -> None:
    path = made(state, moved(state))
    ours, theirs = checked({path.name: path.read_bytes()}, signers=signers, threshold=threshold)
    assert list(ours.problems) == theirs
    assert f"{threshold} must have" in theirs[0]


def test_a_signature_in_anothers_name_is_caught(state: Path, checked: Packed) -> None:
    path = made(state, moved(state))
    envelope = dsse.parse(path.read_bytes())
    others = tuple(one for one in envelope.signatures if not one[0].startswith(COUNSEL.name))
    wrong = (dsse.key_id(COUNSEL.verifier), others[0][1])
    forged = dsse.Envelope(envelope.payload, tuple(sorted((*others, wrong)))).serialise()
    ours, theirs = checked({path.name: forged}, signers=(str(COUNSEL.verifier),), threshold=1)
    assert not ours.ok
    assert "the signature of" in ours.problems[0]
    assert "the signature of" in theirs[0]


def test_one_the_ledger_never_recorded_fails(state: Path, checked: Packed) -> None:
    statement = moved(state)
    other = state.parent / "other"
    (other / "keys").mkdir(parents=True, mode=0o700)
    with Ledger.open(other):
        pass
    (other / "keys" / "ledger").write_text((state / "keys" / "ledger").read_text())
    path = made(other, statement)
    ours, theirs = checked({path.name: path.read_bytes()})
    assert list(ours.problems) == theirs
    assert "the ledger did not record it" in theirs[0]


def test_one_about_another_entry_fails(state: Path, checked: Packed) -> None:
    statement = moved(state)
    subject = statement.subjects[0]
    changed = Statement(
        slug=statement.slug,
        subjects=(type(subject)("entry-0", type(subject.digest)("0" * 64)),),
        claim=statement.claim,
    )
    path = made(state, changed)
    ours, theirs = checked({path.name: path.read_bytes()})
    assert list(ours.problems) == theirs
    assert "`entry-0` is another one in this ledger" in theirs[0]
