"""What `ramp`, `cut` and `restore` share: the act, the instruments it needs, and recording the step."""

from dataclasses import dataclass

from offramp.cli.output import say
from offramp.core.errors import OfframpError
from offramp.core.instants import now, parse_instant
from offramp.evidence import Ledger
from offramp.instruments import Instruments
from offramp.plan import moves, pacing, ramp, stored
from offramp.plan.following import Recorded, in_force
from offramp.report import Document
from offramp.report.documents.pacing import pace_document
from offramp.report.documents.traffic import ramp_document
from offramp.workspace import Workspace, load_instruments


@dataclass(frozen=True, slots=True, kw_only=True)
class RampAsked:
    """What `offramp ramp` was asked for: a share, a schedule, a pause, or only where the route stands."""

    route: str
    share: int | None
    schedule: str
    is_pause: bool
    is_resume: bool
    by: str
    cause: str
    reason: str
    at: str | None

    @property
    def is_question(self) -> bool:
        """Nothing is to change."""
        return self.share is None and not (self.schedule or self.is_pause or self.is_resume)


def ramped_document(workspace: Workspace, asked: RampAsked, *, dry_run: bool) -> Document:
    """What was asked for is done, unless this is a dry run; what came of it."""
    wanted = [asked.share is not None, bool(asked.schedule), asked.is_pause, asked.is_resume]
    if sum(wanted) > 1:
        raise OfframpError(
            "ramp-ambiguous",
            "a share, --schedule, --pause and --resume exclude each other",
            help="give one of them; the others in a command of their own",
        )
    route = pacing.check_route(workspace, asked.route)
    before = stored.read_stored(workspace)
    if asked.is_question:
        at = parse_instant(asked.at) if asked.at else now()
        return pace_document(workspace, route, before, at)
    act = act_of(asked.by, asked.cause, asked.reason, asked.at)
    if asked.share is not None:
        instruments = instruments_for(workspace, act)
        ramped = ramp(workspace, before.traffic, instruments, asked.route, asked.share, act)
        return ramp_document(ramped, act, carry_out(workspace, ramped.step, dry_run=dry_run))
    if asked.schedule:
        step = pacing.scheduled(route, before.pace, pacing.parse_schedule(asked.schedule), act)
    elif asked.is_pause:
        step = pacing.paused(route, before.pace, act)
    else:
        step = pacing.resumed(route, before.pace.pausing(route.name), act)
    recorded = carry_out(workspace, step, dry_run=dry_run)
    return pace_document(
        workspace, route, stored.read_stored(workspace), act.at, step=step, recorded=recorded
    )


def act_of(by: str, cause: str, reason: str, at: str | None) -> moves.Act:
    """Who, why and when, from the options."""
    return moves.act(
        by=by, cause=cause, reason=reason, at=parse_instant(at) if at else None, recorded_at=now()
    )


def carry_out(workspace: Workspace, step: moves.Step | None, *, dry_run: bool) -> Recorded | None:
    """Record `step` durably and wait for the workers; not in a dry run, nor where nothing is new."""
    if step is None:
        return None
    if dry_run:
        say("dry run: nothing was recorded")
        return None
    with Ledger.open(workspace.state) as ledger:
        receipt = moves.record(ledger, step)
    return Recorded(receipt, in_force(workspace.state))


def instruments_for(workspace: Workspace, act: moves.Act) -> Instruments:
    """The workspace's instruments. Broken ones stop a norm's act, never a person's or a drill's.

    A switch that a slip in a YAML file can block is no switch.
    """
    try:
        return load_instruments(workspace)
    except OfframpError as error:
        if act.is_for_norm:
            raise
        say(error.render())
        say(f"warning: the instruments cannot be read; going on, because `{act.cause}` does not rest on them")
        return load_instruments(())
