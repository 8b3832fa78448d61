"""A machine that stops, or a disk that is full, at every step: nothing acknowledged is lost, all still works.

A step is anything that reaches the file system from Python: opening for writing, renaming, linking, removing,
making a folder. A child process does the work and is killed, or told that the disk is full, at step 1, 2, 3…
until it comes through. (What SQLite does inside a commit is killed at random in test_writer.py.)
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from offramp.core.instants import parse_instant
from offramp.core.periods import Period
from offramp.evidence import Entry, Handover, Ledger, read_entries, verify
from offramp.evidence.pack import Contents
from offramp.recordings import Recordings, dispose, plan_disposal, read_recorded, record_kept

MakeEntry = Callable[..., Entry]
AT = parse_instant("2026-03-05T12:00:00Z")
MOST_STEPS = 60
RUNNER = """
import errno, os, shutil, signal, sys
sys.dont_write_bytecode = True
from pathlib import Path
from offramp.core.instants import parse_instant
from offramp.evidence import EntryType, Handover, Ledger, pack
from offramp.core.periods import Period
from offramp.recordings import Recordings, dispose, record_kept

AT = parse_instant("2026-04-10T09:00:00Z")
FIRST = parse_instant("2026-03-05T12:00:00Z")
how, work, template, folder = sys.argv[1:]


def rotate(state):
    return str(Handover(state).rotate(by="R", reason="r", at=AT).new)


def make_pack(state):
    Handover(state).pack(state.parent / "evidence.zip", pack.Contents(made_at=AT))
    return "packed"


def tiles(state):
    Handover(state).tiles(state.parent / "tiles")
    return "written"


def keep(state):
    kept = Recordings(state).keep("letters", "desk", b"kept at last", at=AT)
    return str(record_kept(state, kept, by="R", subject="s", at=AT))


def destroy(state):
    return ",".join(dispose(state, {"letters": Period.parse("1 day")}, by="R", reason="r", at=AT).windows)


WORKS = {"rotate": rotate, "pack": make_pack, "tiles": tiles, "keep": keep, "destroy": destroy}
CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}


def child(number, state, said):
    seen = 0

    def watch(event, arguments):
        nonlocal seen
        writes = event in CHANGES or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if not writes or "said" in str(arguments[0]):
            return
        seen += 1
        if seen == number:
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise OSError(errno.ENOSPC, "No space left on device")

    sys.addaudithook(watch)
    answer = WORKS[work](state)
    reached = seen >= number
    said.write_text(answer)
    os._exit(4 if reached else 0)


for number in range(1, 61):
    place = Path(folder) / str(number)
    shutil.copytree(template, place)
    said = place / "said"
    pid = os.fork()
    if pid == 0:
        try:
            child(number, place / ".offramp", said)
        except BaseException:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) == 0:
        break
"""


@pytest.fixture
def template(tmp_path: Path, make_entry: MakeEntry) -> Path:
    """A state with entries, a kept text, and a folder of tiles of what was there before."""
    folder = tmp_path / "template"
    state = folder / ".offramp"
    with Ledger.open(state) as ledger:
        ledger.append_all([(make_entry(f"req_{number}"), ()) for number in range(3)])
    Handover(state).tiles(folder / "tiles")
    kept = Recordings(state).keep("letters", "desk", b"kept before", at=AT)
    record_kept(state, kept, by="R", subject="s", at=AT)
    return folder


def tries(template: Path, how: str, work: str) -> list[Path]:
    """One folder for each step at which the work was stopped; in the last one it came through."""
    folder = template.parent / f"{how}-{work}"
    folder.mkdir()
    program = [sys.executable, "-c", RUNNER, how, work, str(template), str(folder)]
    subprocess.run(program, check=True, timeout=300)
    found = [folder / str(number) for number in range(1, MOST_STEPS + 1) if (folder / str(number)).is_dir()]
    assert (found[-1] / "said").is_file(), f"{work} never came through"
    assert len(found) > 1, f"{work} has no step to stop it at"
    return found


@pytest.mark.parametrize("how", ["kill", "full"])
@pytest.mark.parametrize("work", ["rotate", "pack", "tiles", "keep", "destroy"])
def test_stopped_at_any_step_all_still_works(
    template: Path, make_entry: MakeEntry, how: str, work: str
) -> None:
    first = Handover(template / ".offramp").public_key()
    before = [one.leaf_hash for one in read_entries(template / ".offramp")]
    for place in tries(template, how, work):
        state = place / ".offramp"
        is_through = (place / "said").is_file()
        owner = Handover(state)
        assert [one.leaf_hash for one in read_entries(state)][: len(before)] == before
        partly = list(place.glob("evidence.zip"))
        if work == "pack" and partly:
            assert verify(partly[0], first).ok
        with Ledger.open(state) as ledger:
            ledger.append(make_entry("after"))
        owner.pack(place / "after.zip", Contents(made_at=AT))
        assert verify(place / "after.zip", first).ok, place
        assert str(verify(place / "after.zip", first).signed_by) == owner.public_key()
        owner.tiles(place / "tiles")
        assert verify(place / "tiles", first).ok
        owner.rotate(by="R", reason="again", at=AT)
        assert sorted(path.name for path in (state / "keys").iterdir()) == ["ledger"]
        check_texts(state, work, is_through=is_through)


def check_texts(state: Path, work: str, *, is_through: bool) -> None:
    if work == "keep":
        acknowledged = [
            one.index
            for one in read_entries(state)
            if one.entry.data.get("predicate") == "text-kept" and one.index > 3
        ]
        assert len(acknowledged) == 1 or not is_through
        for index in acknowledged:
            assert read_recorded(state, index) == b"kept at last"
    if work != "destroy":
        assert read_recorded(state, 3) == b"kept before"
        return
    schedule = {"letters": Period.parse("1 day")}
    at = parse_instant("2026-04-10T09:00:00Z")
    dispose(state, schedule, by="R", reason="again", at=at)
    assert not Recordings(state).windows()
    assert not plan_disposal(state, schedule, at=at).unfinished
    receipts = [one for one in read_entries(state) if one.entry.data.get("predicate") == "texts-destroyed"]
    gone = [line["window"] for one in receipts for line in one.entry.data["windows"]]
    assert gone == ["letters/desk/2026-03-05"]


def test_a_disk_that_fills_up_in_the_middle_of_a_write_is_said(template: Path) -> None:
    """`RLIMIT_FSIZE` lets a file grow no further, in the middle of a write."""
    program = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from offramp.core.errors import OfframpError\n"
        "from offramp.core.instants import now\n"
        "from offramp.evidence import Handover, pack\n"
        "from offramp.recordings import Recordings\n"
        "state = Path(sys.argv[1]) / '.offramp'\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))\n"
        "for work in (lambda: Handover(state).pack(state.parent / 'e.zip', pack.Contents(made_at=now())),\n"
        "             lambda: Recordings(state).keep('letters', 'desk', b'x' * 50_000, at=now())):\n"
        "    try: work()\n"
        "    except OfframpError as error: print(error.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(template)], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["output-unwritable", "recordings-unwritable"]
    assert not list(template.glob("e.zip*"))
    assert sum(one.texts for one in Recordings(template / ".offramp").windows()) == 1
    assert read_recorded(template / ".offramp", 3) == b"kept before"


@pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("mount"), reason="needs root, to mount a small disk"
)
def test_a_small_disk_that_is_really_full(tmp_path: Path, make_entry: MakeEntry) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(disk)]
    if subprocess.run(mounting, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        state = disk / ".offramp"
        acknowledged: list[str] = []
        refused = ""
        with Ledger.open(state) as ledger:
            for number in range(2_000):
                try:
                    receipt = ledger.append(make_entry(f"req_{number}", text="x" * 2_000))
                except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at below
                    refused = getattr(error, "code", repr(error))
                    break
                acknowledged.append(receipt.leaf_hash)
        assert refused == "ledger-write-failed"
        kept = tmp_path / "kept"
        shutil.copytree(state, kept)
        assert [one.leaf_hash for one in read_entries(kept)] == acknowledged
        Handover(kept).pack(tmp_path / "e.zip", Contents(made_at=AT))
        assert verify(tmp_path / "e.zip", Handover(kept).public_key()).ok
    finally:
        subprocess.run(["umount", str(disk)], check=True)
