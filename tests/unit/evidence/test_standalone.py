"""The stand-alone verifier: offramp's verdicts without offramp."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.evidence import Entry, Handover, Ledger, verify
from offramp.evidence.pack import Contents
from offramp.evidence.standalone.archive import read_archive

MakeEntry = Callable[..., Entry]
AT = parse_instant("2026-04-10T09:00:00Z")


@pytest.fixture
def handed(state: Path, make_entry: MakeEntry) -> Path:
    """A folder with a pack, tiles, a proof with its entry, a checkpoint from before, and the key."""
    folder = state.parent
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}", x=number / 3), ()) for number in range(300)])
    owner = Handover(state)
    (folder / "before.txt").write_text(owner.checkpoint().note)
    with Ledger.open(state) as ledger:
        ledger.append(make_entry("last", text="zurück", big=1e21, small=1e-7))
    owner.pack(folder / "evidence.zip", Contents(made_at=AT, documents={"note.txt": b"seen\n"}))
    owner.tiles(folder / "tiles")
    recorded, proof = owner.proof(300)
    (folder / "entry.json").write_bytes(recorded.body)
    (folder / "entry.tlog-proof").write_text(proof.serialise())
    (folder / "ledger.pub").write_text(owner.public_key())
    (folder / "verify.py").write_text(Handover.verifier(), "utf-8")
    return folder


def asked(folder: Path, *argv: str) -> tuple[int, list[str]]:
    """What the program says, run alone: `-I` keeps this project out of its reach."""
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", *argv, "--key", "ledger.pub"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, json.loads(done.stdout)["problems"]


@pytest.mark.parametrize(
    "argv",
    [
        ("evidence.zip",),
        ("evidence.zip", "--earlier", "before.txt"),
        ("evidence.zip", "--earlier", "evidence.zip"),
        ("tiles", "--earlier", "before.txt"),
        ("entry.tlog-proof", "--entry", "entry.json"),
    ],
)
def test_what_was_handed_over_verifies(handed: Path, argv: tuple[str, ...]) -> None:
    assert asked(handed, *argv) == (0, [])


def test_the_pack_carries_it_and_the_command_writes_it(handed: Path) -> None:
    held = dict(read_archive((handed / "evidence.zip").read_bytes()))
    assert held["verify.py"].decode() == Handover.verifier() == (handed / "verify.py").read_text("utf-8")


@pytest.mark.parametrize(
    "file",
    ["evidence.zip", "tiles/tile/0/000", "tiles/tile/entries/001.p/45", "tiles/checkpoint", "entry.json"],
)
@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_both_catch_a_flipped_bit(handed: Path, file: str, place: float) -> None:
    content = bytearray((handed / file).read_bytes())
    content[int(len(content) * place)] ^= 4
    (handed / file).write_bytes(content)
    whole = handed / {"evidence.zip": file, "entry.json": "entry.tlog-proof"}.get(file, "tiles")
    entry = handed / "entry.json"
    key = (handed / "ledger.pub").read_text()
    assert not verify(whole, key, entry=entry).ok
    assert asked(handed, whole.name, "--entry", "entry.json")[0] == 1


def test_both_name_a_past_that_was_rewritten(handed: Path, tmp_path: Path, make_entry: MakeEntry) -> None:
    other = tmp_path / "other"
    with Ledger.open(other) as ledger:
        ledger.append(make_entry("another"))
    (other / "keys" / "ledger").write_text((handed / ".offramp" / "keys" / "ledger").read_text())
    Handover(other).pack(handed / "forged.zip", Contents(made_at=AT))
    key = (handed / "ledger.pub").read_text()
    assert verify(handed / "forged.zip", key).ok
    said = verify(handed / "forged.zip", key, earlier=handed / "before.txt").problems
    assert said == ("the ledger has shrunk: it had 300 entries and now has 1",)
    assert asked(handed, "forged.zip", "--earlier", "before.txt") == (1, list(said))


def test_a_secret_key_or_another_key_is_no_key(handed: Path) -> None:
    (handed / "ledger.pub").write_text((handed / ".offramp" / "keys" / "ledger").read_text())
    code, problems = asked(handed, "evidence.zip")
    assert code == 1
    assert "not a public key" in problems[0]


def test_what_cannot_be_looked_at_is_no_verdict(handed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "verify.py", "missing.zip", "--key", "ledger.pub"],
        cwd=handed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "missing.zip" in done.stderr
