"""`offramp evidence stamp`: a time stamp over the ledger, by an authority somebody chose."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import State, state_of
from offramp.cli.files import read_file
from offramp.cli.output import say
from offramp.core.errors import OfframpError
from offramp.core.instants import format_instant, now


def stamp(
    *,
    by: Annotated[str, Parameter(help="Who asks for it.")],
    url: Annotated[
        str, Parameter(help="The authority; by default the workspace's `evidence.authority`.")
    ] = "",
    authority: Annotated[
        Path | None, Parameter(help="The authority's certificate: the stamp is held to it before it is kept.")
    ] = None,
    state: State = None,
) -> None:
    """Have the ledger stamped by a time-stamp authority (RFC 3161), and record the stamp.

    The authority gets a digest. Nothing is asked unless an authority is named here or in `offramp.yaml`.

    For example:
      offramp evidence stamp --by "R. Okafor"
      offramp evidence stamp --by "R. Okafor" --url https://tsa.example/tsr --authority tsa.pem
    """
    from offramp.evidence import Handover

    place = state_of(state)
    address, certificate = (url, authority) if url else _configured(place, authority)
    done = Handover(place).stamp(
        address,
        by=by,
        at=now(),
        certificates=[] if certificate is None else [read_file(certificate)],
    )
    when = format_instant(done.at)
    say(f"recorded as entry {done.index}: the first {done.size} entries were there at {when}")
    if not done.is_checked:
        say("the stamp was not held to a certificate: name the authority's with --authority")


def _configured(state: Path, certificate: Path | None) -> tuple[str, Path | None]:
    from offramp.workspace import find, load

    root = find(state)
    settings = load(root).keeping if root is not None else None
    if settings is None or not settings.authority_url:
        raise OfframpError(
            "authority-missing",
            "no time-stamp authority is named",
            help="give --url, or set `evidence.authority.url` in offramp.yaml",
        )
    return settings.authority_url, certificate or settings.authority_certificate
