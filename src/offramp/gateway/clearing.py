"""What is kept between requests ends with its time also where no request comes any more."""

import asyncio
import logging
from typing import Final

from offramp.core.errors import OfframpError
from offramp.gateway.kept import Kept

LOOK_SECONDS: Final = 300.0

log = logging.getLogger("offramp.gateway")


async def clear_kept(kept: Kept) -> None:
    """Until cancelled, from now on: what is older than the retention is deleted."""
    while True:
        try:
            await kept.clear()
        except OfframpError as error:
            log.error("what is kept for too long could not be deleted: %s", error.message)
        await asyncio.sleep(LOOK_SECONDS)
