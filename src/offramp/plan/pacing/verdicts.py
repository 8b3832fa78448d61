"""Verdicts: what a schedule can be made to wait for.

The entry is of type `statement` where a person records it, of type `trial` where a trial does. Its subject is
`verdict:NAME`, its data say `outcome`, and the row of `plan_verdicts` goes in with it.
"""

from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant
from offramp.evidence import Change, EntryType
from offramp.plan.moves import Act, Step
from offramp.plan.pacing.reading import FAILED, PASSED
from offramp.plan.pacing.steps import step_of


def verdict(name: str, *, has_passed: bool, act: Act, type: EntryType = EntryType.STATEMENT) -> Step:  # noqa: A002
    """`name` is recorded as passed or failed. The last verdict of a name counts."""
    if not name.strip() or len(name) > 100:
        raise OfframpError(
            "verdict-name", f"`{name[:100]}` cannot name a verdict", help="use a word, such as trial-7"
        )
    outcome = PASSED if has_passed else FAILED
    row = {
        "name": name,
        "outcome": outcome,
        "at": format_instant(act.at),
        "by": act.by,
        "reason": act.reason,
    }
    data = {"verdict": name, "outcome": outcome}
    return step_of(type, f"verdict:{name}", act, data, (Change("plan_verdicts", row),))
