"""What was recorded, and whether a running gateway goes by it: for every document about a change."""

from offramp.core.digests import JsonObject
from offramp.plan.following import WAIT_SECONDS, InForce, Recorded


def recorded_body(recorded: Recorded | None) -> JsonObject:
    """`entry` and `in_force`, both null where nothing was recorded."""
    if recorded is None:
        return {"entry": None, "in_force": None}
    receipt = recorded.receipt
    return {
        "entry": {"index": receipt.index, "leaf_hash": receipt.leaf_hash},
        "in_force": in_force_body(recorded.in_force),
    }


def in_force_body(seen: InForce | None) -> JsonObject | None:
    """Workers of the running gateway, and how many go by what was recorded."""
    return None if seen is None else {"workers": seen.workers, "following": seen.following}


def recorded_notes(recorded: Recorded | None) -> tuple[str, ...]:
    """Whether it is in force, in words."""
    return in_force_notes(recorded.in_force) if recorded else ()


def in_force_notes(seen: InForce | None) -> tuple[str, ...]:
    """The same in words."""
    if seen is None:
        return ()
    if not seen.workers:
        return ("no gateway runs on this workspace: it counts from the next start",)
    if seen.is_everywhere:
        return (f"every worker of the running gateway ({seen.workers}) goes by it",)
    return (
        f"NOT CONFIRMED: {seen.workers - seen.following} of {seen.workers} workers did not say within "
        f"{WAIT_SECONDS:g} s that they go by it, and may still answer as before; stop the gateway where "
        "that must not be",
    )
