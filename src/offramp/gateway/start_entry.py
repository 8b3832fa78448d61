"""The ledger entry of a start: under which configuration and whose stance everything after it was decided."""

from offramp.core.digests import JsonObject, sha256_file
from offramp.core.instants import format_instant, now
from offramp.evidence import Change, Entry, EntryType, Ledger
from offramp.gateway.settings import Settings

FILE = "offramp.yaml"


def record_start(settings: Settings) -> None:
    """The entry is durable. It names the stance and who chose it, and holds the configuration's digest."""
    workspace = settings.workspace
    stance = workspace.stance
    data: JsonObject = {
        "workers": settings.workers,
        "is_open": settings.is_open,
        "decided_at": format_instant(settings.clock()()),
        "routes": {
            route.name: [f"{target.upstream}/{target.model}" for target in route.targets]
            for route in list(workspace.routes.values())[:50]
        },
        "stance": None
        if stance is None
        else {
            "by": stance.by,
            "reason": stance.reason,
            "is_strictest": stance.is_strictest,
            "readings": dict(stance.readings),
            "notice": str(stance.notice),
        },
    }
    file = workspace.root / FILE
    entry = Entry(
        type=EntryType.CONFIG,
        at=now(),
        actor=stance.by if stance else "gateway",
        cause="command",
        subject="serve",
        data=data,
        digests={FILE: sha256_file(file)} if file.is_file() else {},
    )
    # What an earlier run took up is over: this one begins with what its workers are started with.
    row = {"id": 1, "generation": settings.generation, "texts": "", "at": format_instant(entry.at)}
    with Ledger.open(settings.state) as ledger:
        ledger.append(entry, (Change("gateway_config", row),))
