"""What is held, for whoever is not a gateway: read from the file beside the ledger, shown, kept nowhere."""

import asyncio
from pathlib import Path

from offramp.control import holds
from offramp.core.digests import JsonObject
from offramp.gateway import held_turn
from offramp.gateway.kept import Kept


def held_text(state: Path, hold: holds.Hold) -> JsonObject:
    """What persons are shown of `hold`. Raises where it is gone, or is not what was held."""
    kept = Kept(state)
    try:
        data = asyncio.run(kept.get(held_turn.KIND, hold.id, hold.application))
    finally:
        kept.close()
    return held_turn.shown_in(hold, data)
