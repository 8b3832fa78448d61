"""What `offramp doctor` found (doctor/v1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from offramp.core.instants import Instant
from offramp.report.document import Document, Table


class Health(StrEnum):
    """What a check says."""

    OK = "ok"
    NOTE = "note"
    """Nothing is broken; something is not there that another day may need."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    health: Health
    found: str
    help: str = ""


def doctor_document(checks: Sequence[Check], at: Instant, *, reaches: bool = False) -> Document:
    """Every check, the wrong ones counted in the title."""
    wrong = sum(check.health is Health.WRONG for check in checks)
    rows = tuple((check.name, str(check.health), check.found, check.help) for check in checks)
    return Document(
        schema="offramp/doctor/v1",
        title="nothing wrong found" if not wrong else f"{wrong} wrong",
        at=at,
        body={
            "ok": wrong == 0,
            "checks": [
                {"name": check.name, "health": str(check.health), "found": check.found, "help": check.help}
                for check in checks
            ],
        },
        tables=(Table(title="", columns=("what", "health", "found", "to do"), rows=rows),),
        scope="this installation and the workspace here",
        method="each thing was looked at once; nothing was changed and no secret was printed",
        gaps=(
            "whether a key is accepted is seen at the first request: none was sent anywhere",
            *(() if reaches else ("no upstream was called: --upstreams asks each whether it answers",)),
        ),
    )
