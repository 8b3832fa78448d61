"""What a norm does to a cause: whether it may hold an upstream, whether it may be lifted, how it is cited."""

from collections.abc import Iterable
from dataclasses import dataclass

from offramp.core.errors import Exit, OfframpError
from offramp.core.ids import InstrumentId, UpstreamId, VendorId
from offramp.core.instants import Instant, format_instant
from offramp.instruments import Instruments, State, binds, norm, norm_state
from offramp.plan.traffic import CauseKind, HeldBy, Hold
from offramp.workspace import Workspace


@dataclass(frozen=True, slots=True)
class _Stands:
    """Where a norm stands for this organisation."""

    state: State
    by: tuple[str, ...]
    text: str


def cite(
    workspace: Workspace, instruments: Instruments, holds: Iterable[Hold], at: Instant
) -> tuple[HeldBy, ...]:
    """Each hold with its clause, its source and where its norm stands for this organisation at `at`."""
    return tuple(_cited(workspace, instruments, hold, at) for hold in holds)


def check_norm_binds(
    workspace: Workspace, instruments: Instruments, name: str, upstream: UpstreamId, at: Instant
) -> tuple[str, ...]:
    """The instrument `name` belongs to.

    Raises unless the norm is known, in force at `at`, and about the vendor of `upstream`.
    """
    standing = _standing(workspace, instruments, name, at)
    if standing.state is State.UNKNOWN_NORM:
        raise OfframpError(
            "norm-unknown",
            f"no loaded instrument has a norm `{name}`",
            help="list what binds with `offramp binds`, or give person:NAME as the cause",
        )
    if standing.state is not State.IN_FORCE:
        raise OfframpError(
            "norm-not-in-force",
            f"`{name}` is not in force at {format_instant(at)}: {standing.text}",
            help="give person:NAME as the cause if a person decides to hold it all the same",
        )
    vendor = workspace.upstreams[upstream].vendor
    if not _is_against(instruments, name, vendor):
        raise OfframpError(
            "norm-elsewhere",
            f"`{name}` asks nothing of {vendor}, the vendor of `{upstream}`",
            help=f"list what does with `offramp binds --vendor {vendor}`, or give person:NAME as the cause",
        )
    return _instrument(instruments, name)


def check_norm_ended(
    workspace: Workspace, instruments: Instruments, name: str, at: Instant
) -> tuple[str, ...]:
    """Its instrument and those that ended norm `name`. Raises while it is in force or cannot be judged."""
    standing = _standing(workspace, instruments, name, at)
    if standing.state is State.UNKNOWN_NORM:
        raise OfframpError(
            "norm-unknown",
            f"no loaded instrument has a norm `{name}`, so nothing shows that it ended",
            help="load its instrument again, with the stay, ruling or waiver that ended it",
            exit_code=Exit.UNDECIDED,
        )
    if standing.state is State.IN_FORCE:
        found = norm(instruments, name)
        says = f": {found.citation}" if found is not None else ""
        raise OfframpError(
            "norm-in-force",
            f"`{name}` is in force at {format_instant(at)} and still binds{says}",
            help="load the stay, ruling or waiver that ends it, or restore at a later --at",
            exit_code=Exit.FOUND,
        )
    return (*_instrument(instruments, name), *standing.by)


def _standing(workspace: Workspace, instruments: Instruments, name: str, at: Instant) -> _Stands:
    """A stay or a service can reach some parties only, so this organisation is asked about first."""
    via = tuple(dict.fromkeys(kind for one in workspace.applications.values() for kind in one.via))
    notice = workspace.stance.notice.value if workspace.stance else "announced"
    bound = [
        one.standing
        for one in binds(instruments, user=workspace.organisation.kinds, via=via, at=at, notice=notice)
        if name in (one.norm, one.instrument)
    ]
    live = [one for one in bound if one.is_live]
    found = (live or bound or [norm_state(instruments, name, at)])[0]
    return _Stands(found.state, tuple(found.by), found.note or found.state.value)


def _is_against(instruments: Instruments, name: str, vendor: VendorId) -> bool:
    """Whether a prohibition or duty of that name counts for `vendor`, by its name or a group's."""
    named = instruments.instruments.get(InstrumentId(name))
    one = norm(instruments, name)
    norms = (one,) if one is not None else named.norms if named is not None else ()
    groups = {str(vendor)}
    while above := {up for each in groups for up in instruments.vocabulary.vendors.get(each, ())} - groups:
        groups |= above
    return any(
        not form.vendors or groups & set(form.vendors)
        for each in norms
        if each.effect != "permit"
        for form in each.forms
        if form.applies
    )


def _instrument(instruments: Instruments, name: str) -> tuple[str, ...]:
    found = norm(instruments, name)
    return (found.instrument,) if found is not None else (name,)


def _cited(workspace: Workspace, instruments: Instruments, hold: Hold, at: Instant) -> HeldBy:
    if hold.cause.kind is not CauseKind.NORM:
        return HeldBy(hold=hold)
    standing = _standing(workspace, instruments, hold.cause.name, at)
    found = norm(instruments, hold.cause.name)
    instrument = instruments.instruments.get(found.instrument) if found is not None else None
    return HeldBy(
        hold=hold,
        clause=found.citation if found is not None else "",
        source=str(instrument.source) if instrument is not None else "",
        standing=standing.text,
        is_binding=standing.state is State.IN_FORCE,
    )
