"""Drills: the loss of a vendor rehearsed, and what that did to the requests of its time."""

from offramp.plan.drills.drill import (
    Begun,
    Drill,
    Stranded,
    begin,
    end,
    end_act,
    is_over,
    read_drills,
    stranded,
)
from offramp.plan.drills.report import Report, affected_body, entries_of, middle, report, report_step

__all__ = [
    "Begun",
    "Drill",
    "Report",
    "Stranded",
    "affected_body",
    "begin",
    "end",
    "end_act",
    "entries_of",
    "is_over",
    "middle",
    "read_drills",
    "report",
    "report_step",
    "stranded",
]
