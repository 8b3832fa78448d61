"""`offramp evidence state` cut-over, decision, drill, restoration: what rests on the ledger."""

from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.stating import Stating, open_desk

SAID = Stating()
Vendor = Annotated[str, Parameter(help="The vendor.")]


def cut_over(*, vendor: Vendor, stating: Stating = SAID) -> None:
    """State what moved off a vendor, when, by whom and why, and what it was sent before and after.

    For example:
      offramp evidence state cut-over --vendor VENDOR --by "S. Lindgren"
    """
    from offramp.cli.evidence.looking import entries, upstreams
    from offramp.evidence.statements.predicates import cut_over as build
    from offramp.plan import stored

    desk = open_desk(stating)
    own = upstreams(desk.place, vendor)
    state = stored.read_stored(desk.place).traffic
    routes = [route for route in desk.place.routes.values() if route.targets[0].upstream in own]
    statement = build(
        vendor,
        own,
        {route.name: state.share(route.name) for route in routes},
        [f"{hold.upstream}: {hold.cause}" for hold in state.causes if hold.upstream in own],
        entries(desk.place),
        desk.head(vendor),
    )
    desk.finish(statement)


def restoration(
    *,
    upstream: Annotated[
        tuple[str, ...], Parameter(help="This upstream; may be given again. Default: all.")
    ] = (),
    stating: Stating = SAID,
) -> None:
    """State what was put back, when, by whom and under which instrument, and what is still held.

    For example:
      offramp evidence state restoration --upstream incumbent --by "A. Mensah"
    """
    from offramp.cli.evidence.looking import entries
    from offramp.evidence.statements.predicates import restoration as build
    from offramp.plan import stored

    desk = open_desk(stating)
    chosen = frozenset(upstream) or frozenset(map(str, desk.place.upstreams))
    causes = stored.read_stored(desk.place).traffic.causes
    held = [f"{hold.upstream}: {hold.cause}" for hold in causes if hold.upstream in chosen]
    desk.finish(build(chosen, held, entries(desk.place), desk.head()))


def decision(
    *,
    entry: Annotated[
        tuple[int, ...], Parameter(help="Number of an entry; may be given again. Default: all.")
    ] = (),
    stating: Stating = SAID,
) -> None:
    """State what was decided, by whom, with which outcome, as the ledger has it.

    For example:
      offramp evidence state decision --entry 12 --by "A. Mensah"
    """
    from offramp.cli.evidence.looking import entries
    from offramp.evidence.statements.predicates import decision as build

    desk = open_desk(stating)
    desk.finish(build(entry, entries(desk.place), desk.head()))


def drill(
    name: str,
    /,
    *,
    stating: Stating = SAID,
) -> None:
    """State what a rehearsed loss did to the requests of those minutes.

    For example:
      offramp cut incumbent --cause drill:june --by "S. Lindgren" --reason drill
      offramp restore incumbent --cause drill:june --by "S. Lindgren" --reason drill
      offramp evidence state drill june --by "S. Lindgren"

    Parameters
    ----------
    name
        The drill's name, as its cause has it after `drill:`.
    """
    from offramp.cli.evidence.looking import entries
    from offramp.evidence.statements.predicates import drill as build

    desk = open_desk(stating)
    desk.finish(build(name, entries(desk.place), desk.head()))
