"""Keys of one instrument or one norm that cannot stand together."""

from datetime import timedelta

from offramp.core.instants import Instant
from offramp.core.yaml_values import Fields, Value
from offramp.instruments.model import Effect, InstrumentKind, Status

ACTS = ("stays", "ends", "supersedes", "extends", "settles")
NEEDED = {InstrumentKind.STAY: "stays", InstrumentKind.EXTENSION: "extends"}
BEGINNINGS = ("issued", "announced", "from")
DAY = timedelta(days=1)


def check(value: Value, fields: Fields, kind: InstrumentKind) -> None:
    """Record what contradicts the kind or the status of an instrument."""
    status = fields.choice("status", Status, Status.IN_FORCE)
    is_dated = any(name in fields for name in BEGINNINGS)
    if kind.can_bind and status is not Status.DRAFT and not is_dated:
        value.problem(
            "time-missing", "nothing says since when this counts", "add `issued`, `announced` or `from`"
        )
    for key in ACTS:
        if key in fields and not kind.can_bind:
            fields[key].problem(
                "kind-never-binds",
                f"a {kind} never binds, so `{key}` has no effect",
                "remove it, or name another kind",
            )
    needed = NEEDED.get(kind, "")
    if needed and needed not in fields and status is not Status.DRAFT:
        value.problem(
            "act-missing",
            f"`kind: {kind}` without `{needed}`",
            f"add `{needed}: [{{of: …}}]`; a refusal is a ruling",
        )
    for party, when in fields["served"].entries("party").items() if "served" in fields else ():
        is_dated = not when.is_empty and when.raw != "no"
        if is_dated and status in (Status.ANNOUNCED, Status.PROPOSED):
            when.problem(
                "served-and-not",
                f"`status: {status}` says it was served on nobody, and here it was served on {party}",
                "write `status: in_force`, or remove it",
            )


def check_service(when: Value, served: Instant | None, issued: Instant | None) -> None:
    """Record a service that comes before the thing served."""
    if served is not None and issued is not None and served + DAY <= issued:
        when.problem("served-before-issued", "this was served before it was issued", "correct one of the two")


def check_norm(fields: Fields, effect: Effect) -> None:
    """Record keys that say nothing for this effect."""
    for key, needed in (("outcome", Effect.PROHIBIT), ("duty", Effect.OBLIGE)):
        if key in fields and effect is not needed:
            fields[key].problem(
                "key-misplaced",
                f"`{key}` says nothing where the effect is `{effect}`",
                f"remove it, or write `effect: {needed}`",
            )


def check_interval(fields: Fields, until: Instant | None, begins: Instant | None) -> None:
    """Record an end that comes before the instrument begins."""
    if until is not None and begins is not None and until <= begins and "until" in fields:
        fields["until"].problem(
            "interval-empty",
            "this ends before the instrument begins, so it never counts",
            "correct one of the two",
        )
