"""Why an entry could not be handed in: the writer is busy, absent, stands still, or was lost on the way."""

from pathlib import Path

from offramp.core.errors import Exit, OfframpError
from offramp.evidence.lock import holder


def busy(state: Path) -> OfframpError:
    """Another process has the lock and takes no entries."""
    return OfframpError(
        "ledger-busy",
        f"process {holder(state) or 'unknown'} is writing to the ledger in `{state}` and does not share it",
        help="wait for that process to end, or stop it, and try again",
    )


def writer_absent(state: Path) -> OfframpError:
    """No writer process answers."""
    return OfframpError(
        "ledger-writer-absent",
        f"no writer process answers for the ledger in `{state}`",
        help="start the gateway again; it starts the writer",
        exit_code=Exit.INTERNAL,
    )


def writer_lost() -> OfframpError:
    """The writer went away before it answered."""
    return OfframpError(
        "ledger-writer-lost",
        "the writer process ended before it acknowledged the entry; whether it was recorded is not known",
        help="look for the entry with `offramp evidence entries`, and try again if it is not there",
        exit_code=Exit.INTERNAL,
    )


def writer_silent(seconds: float) -> OfframpError:
    """The writer has the entry, or may have it, and did not answer in time."""
    return OfframpError(
        "ledger-writer-silent",
        f"its writer did not acknowledge the entry within {seconds:g} seconds, and may still record it",
        help="look for the entry with `offramp evidence entries`, and for what keeps the process or its disk",
        exit_code=Exit.INTERNAL,
    )


def writer_stuck() -> OfframpError:
    """The writer has answered nobody for that long; this entry was not handed to it."""
    return OfframpError(
        "ledger-writer-stuck",
        "its writer acknowledges nothing, so the entry was not handed to it and is not recorded",
        help="look for what keeps the process or its disk; nothing has to be restarted once it goes on",
        exit_code=Exit.INTERNAL,
    )
