"""The same tables, entries, proofs and state changes on a real PostgreSQL server.

What runs on SQLite is compiled from the same statements. The server is made for the test, on a loopback port,
by a user that is not root, and is stopped after it.
"""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, select, text

from offramp.core.errors import OfframpError
from offramp.evidence import Change, Entry, Receipt
from offramp.evidence.body import encode
from offramp.evidence.log import Log, Pending
from offramp.evidence.proofs import verify_consistency, verify_inclusion
from offramp.evidence.reading import Snapshot
from offramp.evidence.tree import leaf_hash, root_of, root_over
from offramp.store import connect
from offramp.store.migrations import STEPS, migrate
from offramp.store.schema import metadata, plan_exits, plan_ramps

MakeEntry = Callable[..., Entry]
PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if os.name == "posix" else []


def program(name: str) -> str | None:
    """Where a program of the server is: Debian keeps them out of the path."""
    return next(
        (str(folder / name) for folder in reversed(PROGRAMS) if (folder / name).is_file()), shutil.which(name)
    )


pytestmark = pytest.mark.skipif(
    not (program("initdb") and program("pg_ctl")),
    reason="PostgreSQL's server is not installed (initdb, pg_ctl)",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an empty database."""
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/pg-XXXXXX"], text=True).strip())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    as_user: list[str] = []
    if os.geteuid() == 0:
        user = next((one.pw_name for one in pwd.getpwall() if one.pw_name == "postgres"), "nobody")
        shutil.chown(folder, user)
        as_user = ["runuser", "-u", user, "--"]
    data = folder / "data"
    control = [*as_user, str(program("pg_ctl")), "-D", str(data), "-w", "-l", str(folder / "log")]
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        initialise = [*as_user, str(program("initdb")), "-D", str(data), "-U", "tester", "-A", "trust"]
        subprocess.run([*initialise, "--no-sync"], check=True, capture_output=True, cwd="/")
        subprocess.run([*control, "-o", options, "start"], check=True, capture_output=True, cwd="/")
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=False, capture_output=True, cwd="/")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def engine(server: str) -> Iterator[Engine]:
    made = create_engine(server)
    with made.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    yield made
    made.dispose()


def test_the_tables_are_made_and_made_again(engine: Engine) -> None:
    migrate(engine)
    migrate(engine)
    assert set(inspect(engine).get_table_names()) == set(metadata.tables)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT version FROM store_version")).scalar_one() == len(STEPS)


def batches(make_entry: MakeEntry) -> list[list[Pending]]:
    """Entries with changes of state, in batches of many sizes."""
    found = []
    for size in (1, 2, 7, 256, 300):
        ramp = {"route": f"route-{size}", "share": size % 100, "at": "", "by": "é", "cause": ""}
        first = Pending(encode(make_entry(f"batch_{size}")), (Change("plan_ramps", ramp),))
        rest = [Pending(encode(make_entry(f"req_{size}_{n}", text="zurück"))) for n in range(size - 1)]
        found.append([first, *rest])
    return found


def test_the_ledger_there_is_the_one_here(engine: Engine, tmp_path: Path, make_entry: MakeEntry) -> None:
    there, here = Log(engine), Log(connect(tmp_path / "state.db"))
    bodies = [pending.body for batch in batches(make_entry) for pending in batch]
    for batch in batches(make_entry):
        assert there.append(batch) == here.append(batch)
    there.close()
    here.close()
    with engine.connect() as connection:
        ledger = Snapshot(connection)
        assert (ledger.tip.size, root_of(ledger.tip.peaks)) == (
            len(bodies),
            root_over(map(leaf_hash, bodies)),
        )
        assert [one.body for one in ledger.entries()] == bodies
        assert next(one.index for one in ledger.entries(newest_first=True)) == len(bodies) - 1
        for index in (0, 255, 256, len(bodies) - 1):
            leaf = leaf_hash(bodies[index])
            path = ledger.inclusion(index)
            assert verify_inclusion(leaf, index, len(bodies), path, root_of(ledger.tip.peaks))
            assert not verify_inclusion(leaf, index + 1, len(bodies), path, root_of(ledger.tip.peaks))
        steps = ledger.consistency(300)
        roots = (ledger.root_at(300), root_of(ledger.tip.peaks))
        assert verify_consistency(300, len(bodies), *roots, steps)
        shares = dict(connection.execute(select(plan_ramps.c.route, plan_ramps.c.share)).all())
        assert shares == {"route-1": 1, "route-2": 2, "route-7": 7, "route-256": 56, "route-300": 0}


def test_a_change_that_does_not_fit_takes_nothing_with_it(engine: Engine, make_entry: MakeEntry) -> None:
    log = Log(engine)
    good = Pending(encode(make_entry("good")))
    bad = Pending(encode(make_entry("bad")), (Change("plan_exits", {"vendor": "example-a"}),))
    results = log.append([good, bad, good])
    assert [type(one) for one in results] == [Receipt, OfframpError, Receipt]
    row = {"vendor": "example-a", "successor": "example-b", "by_at": "", "started_at": "", "started_by": ""}
    log.append([Pending(encode(make_entry("row")), (Change("plan_exits", row),))])
    log.append([Pending(encode(make_entry("gone")), (Change("plan_exits", {"vendor": "example-a"}, True),))])
    log.close()
    with engine.connect() as connection:
        assert Snapshot(connection).tip.size == 4
        assert not connection.execute(select(plan_exits)).all()


def test_a_log_goes_on_where_it_was(engine: Engine, make_entry: MakeEntry) -> None:
    for number in range(5):
        log = Log(create_engine(engine.url))
        assert isinstance(log.append([Pending(encode(make_entry(f"req_{number}")))])[0], Receipt)
        log.close()
    with engine.connect() as connection:
        assert Snapshot(connection).tip.size == 5
