"""What was counted, in the database: one row for each account and lane, holding the whole sum of that lane.

A row is written whole with the ledger entry of the request it was counted for, so that writing it twice
changes nothing, and the newest of a lane says all.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, select

from offramp.control.quotas.book import Sums
from offramp.evidence import Change
from offramp.store import connect
from offramp.store.schema import control_spent

LEFT = "left."
"""Before a lane's word: what its requests under way came to when it ended early."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one lane has counted for one account."""

    account: str
    lane: str
    amount: int
    settled: int
    """Number of the lane's newest request in it."""

    @property
    def change(self) -> Change:
        """As it is written."""
        row = {"account": self.account, "lane": self.lane, "amount": self.amount, "settled": self.settled}
        return Change("control_spent", row)


def account_name(application: str, key: str, limit: str, period: str) -> str:
    """How an account is called: whose limit it is, which, and for which day or month."""
    return "|".join((application, key, limit, period))


def sums(connection: Connection, account: str, lanes: Sequence[str]) -> Sums:
    """What lanes that are over have counted for `account`, and each of `lanes`."""
    query = select(control_spent).where(control_spent.c.account == account)
    base, by_lane = 0, {}
    for row in connection.execute(query):
        if row.lane in lanes:
            by_lane[lanes.index(row.lane)] = int(row.amount)
        else:
            base += int(row.amount)
    return base, by_lane


def rows_of(connection: Connection, lane: str) -> Mapping[str, Row]:
    """What one lane has counted, by account."""
    query = select(control_spent).where(control_spent.c.lane == lane)
    return {
        row.account: Row(row.account, row.lane, row.amount, row.settled) for row in connection.execute(query)
    }


def spent(state: Path, accounts: Iterable[str]) -> Mapping[str, int]:
    """What is counted for each of `accounts`; those under way are not in it."""
    path = state / "state.db"
    wanted = tuple(accounts)
    if not wanted or not path.is_file():
        return {}
    engine = connect(path, read_only=True)
    try:
        with engine.connect() as connection:
            if not inspect(connection).has_table(control_spent.name):
                return {}
            return {name: sums(connection, name, ())[0] for name in wanted}
    finally:
        engine.dispose()
