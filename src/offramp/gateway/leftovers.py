"""Workers that ended early: what their requests had set aside is counted by one that is left."""

import asyncio
import logging
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from offramp.core.errors import OfframpError
from offramp.gateway.parts import Parts

LOOK_SECONDS: Final = 2.0
"""What a worker sent before it ended has reached the ledger by then."""

log = logging.getLogger("offramp.gateway")


async def recover_counts(parts: Parts) -> None:
    """Until cancelled: a lane that is seen twice without its worker is counted and given up."""
    seen: frozenset[str] = frozenset()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        gone = frozenset(parts.quotas.leftovers())
        for word in gone & seen:
            try:
                await parts.quotas.recover(word, parts.ledger)
            except (OfframpError, SQLAlchemyError, OSError) as error:
                log.error("what a worker left behind could not be counted yet: %s", type(error).__name__)
        seen = gone
