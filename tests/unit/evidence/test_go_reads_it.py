"""Go's packages for transparency logs read ours: keys, notes, tiles, proofs, cosignatures."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.evidence import Entry, Handover, Ledger, keys
from offramp.evidence.checkpoints import Checkpoint
from offramp.evidence.cosignatures import WitnessSecret
from offramp.evidence.tiles import write_tiles

MakeEntry = Callable[..., Entry]
PACKAGES = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb")
SIZE = 600

pytestmark = pytest.mark.skipif(
    not (shutil.which("go") and PACKAGES.is_dir()),
    reason="Go or its module packages are not installed (golang-go, golang-golang-x-mod-dev)",
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checker, compiled."""
    folder = tmp_path_factory.mktemp("go")
    built = folder / "check"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(PACKAGES.parents[4]),
        "GO111MODULE": "off",
        "CGO_ENABLED": "0",
    }
    source = Path(__file__).parent / "go" / "check.go"
    subprocess.run(["go", "build", "-o", str(built), str(source)], check=True, env=environment)
    return built


@pytest.fixture
def handed(state: Path, make_entry: MakeEntry, tmp_path: Path) -> list[str]:
    """What the checker is given: tiles, key, no witness, an earlier checkpoint, proofs."""
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(300)])
    earlier = tmp_path / "earlier"
    earlier.write_text(Handover(state).checkpoint().note)
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"more_{number}"), ()) for number in range(SIZE - 300)])
    write_tiles(state, tmp_path / "log")
    proofs = []
    for index in (0, 255, 256, 299, 511, SIZE - 1):
        proofs.append(tmp_path / f"{index}.proof")
        proofs[-1].write_text(Handover(state).proof(index)[1].serialise())
    key = str(keys.load(state).verifier)
    return [str(tmp_path / "log"), key, "-", str(earlier), *map(str, proofs)]


def said(program: Path, given: list[str]) -> tuple[int, str]:
    done = subprocess.run([str(program), *given], capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def test_go_agrees(program: Path, handed: list[str]) -> None:
    assert said(program, handed) == (0, f"{SIZE} entries hold\n")


def test_go_knows_a_witness(program: Path, handed: list[str], state: Path) -> None:
    witness = WitnessSecret.generate("auditor.example")
    file = Path(handed[0]) / "checkpoint"
    checkpoint = Checkpoint.parse(file.read_text(), keys.load(state).verifier)
    file.write_text(witness.cosign(checkpoint, 1_700_000_000))
    handed[2] = str(witness.public)
    assert said(program, handed) == (0, f"{SIZE} entries hold\n")
    handed[2] = str(WitnessSecret.generate("auditor.example").public)
    assert said(program, handed)[0] == 1


@pytest.mark.parametrize(
    "file", ["checkpoint", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2", "tile/entries/001"]
)
def test_go_catches_what_was_changed(program: Path, handed: list[str], file: str) -> None:
    path = Path(handed[0]) / file
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    assert said(program, handed)[0] == 1


def test_go_refuses_another_entrys_proof(program: Path, handed: list[str]) -> None:
    path = Path(handed[4])
    path.write_text(path.read_text().replace("index 0", "index 1"))
    assert said(program, handed)[0] == 1


def test_go_refuses_another_past(
    program: Path, handed: list[str], state: Path, make_entry: MakeEntry, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copytree(state / "keys", other / "keys")
    with Ledger.open(other) as ledger:
        ledger.append_all([(make_entry(f"else_{number}"), ()) for number in range(300)])
    Path(handed[3]).write_text(Handover(other).checkpoint().note)
    status, words = said(program, handed)
    assert status == 1
    assert "the earlier checkpoint: invalid" in words
