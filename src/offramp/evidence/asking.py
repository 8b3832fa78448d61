"""One question to one configured address, and its answer: for programs that have no event loop."""

import asyncio

from offramp.core.errors import OfframpError
from offramp.upstream import Dial, Timeouts, open_client

OK = 200


def ask(url: str, body: bytes, content_type: str, *, most: int, seconds: float = 30.0) -> bytes:
    """Post `body` to `url` and return the answer's body, of at most `most` bytes.

    Raises `UpstreamFailed` where nobody answers, and `answer-refused` for any status but 200.
    """
    return asyncio.run(_ask(Dial(url=url, headers={"content-type": content_type}, body=body), most, seconds))


async def _ask(dial: Dial, most: int, seconds: float) -> bytes:
    client = open_client(Timeouts(connect_seconds=seconds, between_bytes_seconds=seconds))
    try:
        answer = await client.open(dial)
        if answer.status != OK:
            answer.abandon()
            raise OfframpError(
                "answer-refused",
                f"the server answered with status {answer.status}",
                help="check the address in the configuration",
            )
        return await answer.read(most)
    finally:
        await client.close()
