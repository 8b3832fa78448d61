"""`offramp serve`: the gateway, with a workspace or in one line without."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.output import say
from offramp.core.instants import parse_instant

app = App(
    name="serve",
    help="Run the gateway: every API's own paths on one port, each model name led where its route says.\n\n"
    "With --to it needs no workspace: every face stands in front of one provider.\n\n"
    "For example:\n\n"
    "  offramp serve\n\n"
    "  offramp serve --at 2026-03-05T12:00Z --port 8484\n\n"
    "  offramp serve --to openai-chat=https://api.example.com --key-env EXAMPLE_KEY --open\n\n"
    "  offramp serve --to local=smollm2-135m --open",
)


@Parameter(name="*", group="without a workspace")
@dataclass(frozen=True, slots=True)
class Provider:
    """Who stands behind every face where there is no workspace.

    Parameters
    ----------
    to
        DIALECT=URL of the provider, or local=MODEL.
    key_env
        Environment name of the provider's key.
    model
        Model to ask the provider for, whatever callers ask for.
    state
        Folder for its ledger; a temporary one, removed at the end, if none is given.
    """

    to: str = ""
    key_env: str = ""
    model: str = ""
    state: Path | None = None


@Parameter(name="*", group="how long it waits")
@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds.

    Parameters
    ----------
    drain
        Seconds that requests under way may take to finish once it is stopped; then they are cut, and told so.
    unready
        Seconds for which a stopped gateway says that it is not ready, before it takes no more requests.
    ledger_wait
        Seconds a request waits for the ledger to take its entry; then it is refused.
    """

    drain: float = 30
    unready: float = 0
    ledger_wait: float = 20


NOBODY = Provider()
USUAL = Waits()


@app.default
def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8484,
    workers: int = 2,
    nodes: int = 1,
    at: str | None = None,
    workspace: Path | None = None,
    is_open: Annotated[bool, Parameter(name="--open", negative=())] = False,
    provider: Provider = NOBODY,
    ready_file: Path | None = None,
    waits: Waits = USUAL,
    log_requests: Annotated[bool, Parameter(negative=())] = False,
    print_unit: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Run the gateway until it is stopped.

    Parameters
    ----------
    host
        Address to listen on.
    port
        Port to listen on; 0 takes a free one.
    workers
        Processes that answer.
    nodes
        Gateways that share the callers' limits and budgets: each keeps to an equal part of them.
    at
        Decide as if it were this instant now; the ledger keeps the real time beside it.
    workspace
        Folder of offramp.yaml.
    is_open
        Take any caller's key; only on this machine.
    provider
        Who stands behind every face where there is no workspace.
    ready_file
        File written once the gateway answers, with its address and process ids.
    waits
        How long it waits.
    log_requests
        Write a line of JSON to standard error for each request; no word of a conversation is in it.
    print_unit
        Print a systemd unit for this workspace and these options, and serve nothing.
    """
    from offramp.upstream import require_extra

    require_extra("gateway")
    from offramp.cli.notifying import notify
    from offramp.cli.ready import announce
    from offramp.cli.serving import check_numbers, place_to_serve
    from offramp.cli.unit import write_unit
    from offramp.gateway import OneLine, Settings
    from offramp.gateway import serve as run

    check_numbers(workers, nodes, port, (waits.drain, waits.unready), waits.ledger_wait)
    if print_unit:
        write_unit(workspace, host, port, workers)
        return
    asked = OneLine(to=provider.to, key_env=provider.key_env, model=provider.model, is_open=is_open)
    with place_to_serve(asked, workspace, provider.state) as place:
        settings = Settings(
            workspace=place,
            state=place.state,
            host=host,
            port=port,
            workers=workers,
            nodes=nodes,
            is_open=is_open,
            at=parse_instant(at) if at else None,
            logs_requests=log_requests,
            drain_seconds=waits.drain,
            unready_seconds=waits.unready,
            ledger_seconds=waits.ledger_wait,
        )
        run(settings, lambda listening: announce(settings, listening, ready_file))
    notify("STOPPING=1")
    say("stopped")
