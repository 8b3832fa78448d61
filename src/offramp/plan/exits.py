"""Exits under way: one for each vendor being left."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from offramp.core.ids import VendorId
from offramp.core.instants import Instant, format_instant, parse_instant
from offramp.evidence import Change
from offramp.store.schema import plan_exits


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitPlan:
    """Leaving one vendor: for whom, by when, since when, who began it."""

    vendor: VendorId
    successor: VendorId
    by_at: Instant
    started_at: Instant
    started_by: str

    @property
    def instrument(self) -> str:
        """Id of the organisation's own instrument for it."""
        return f"leave-{self.vendor.replace('.', '-').replace('_', '-')}"

    def change(self) -> Change:
        """The row that stores it."""
        return Change(
            "plan_exits",
            {
                "vendor": self.vendor,
                "successor": self.successor,
                "by_at": format_instant(self.by_at),
                "started_at": format_instant(self.started_at),
                "started_by": self.started_by,
            },
        )


def read_exits(connection: Connection) -> tuple[ExitPlan, ...]:
    """Every exit, the earliest deadline first."""
    rows = connection.execute(select(plan_exits))
    exits = (
        ExitPlan(
            vendor=VendorId(row.vendor),
            successor=VendorId(row.successor),
            by_at=parse_instant(row.by_at),
            started_at=parse_instant(row.started_at),
            started_by=row.started_by,
        )
        for row in rows
    )
    return tuple(sorted(exits, key=lambda one: (one.by_at, one.vendor)))
