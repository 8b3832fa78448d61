"""Swapping to the configuration in force. This is a worker's side; what is in force was checked before.

Requests under way keep the snapshot they began with.
"""

import asyncio
import logging
from dataclasses import replace

import orjson
from sqlalchemy.exc import SQLAlchemyError

from offramp.core.errors import OfframpError
from offramp.gateway.parts import Parts
from offramp.gateway.settings import POLL_SECONDS, Settings
from offramp.gateway.snapshot import Snapshot, take_snapshot
from offramp.workspace import load, texts

RETRY_SECONDS = 2.0

log = logging.getLogger("offramp.gateway")


async def follow_configuration(parts: Parts, settings: Settings) -> None:
    """Until cancelled: whenever another configuration is in force, requests that come then are under it."""
    generation = settings.generation
    while True:
        await asyncio.sleep(POLL_SECONDS)
        if parts.traffic.generation in (0, generation):
            continue
        try:
            generation, parts.snapshot = await asyncio.to_thread(_read, parts, settings)
            parts.traffic.took(generation)
        except (OfframpError, SQLAlchemyError, OSError, orjson.JSONDecodeError) as error:
            shown = error.render() if isinstance(error, OfframpError) else type(error).__name__
            log.error("a worker could not take up the configuration in force and will try again: %s", shown)
            await asyncio.sleep(RETRY_SECONDS)


def _read(parts: Parts, settings: Settings) -> tuple[int, Snapshot]:
    generation, read = parts.traffic.read_config()
    if not read:
        return generation, take_snapshot(settings)
    copy = texts.Copy.from_json(orjson.loads(read))
    workspace = load(settings.workspace.root, copy)
    return generation, take_snapshot(replace(settings, workspace=workspace, read_from=copy))
