"""The earlier answers one request rests on, and the keeping of its own, where the caller's API has that.

An answer is kept for the application that asked, whoever answered it. So a conversation goes on where the
upstream that began it is not the one that goes on, or keeps nothing itself.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import msgspec

from offramp.core.digests import JsonObject
from offramp.core.errors import OfframpError
from offramp.core.instants import now
from offramp.dialects import FailureKind, Loss
from offramp.dialects.stateful import UNKEPT, KeptAnswer, stateful
from offramp.gateway.call_seals import CallSeals
from offramp.gateway.kept import WINDOW_SECONDS, Kept
from offramp.gateway.outgoing import Asked
from offramp.gateway.refusals import Refused, refuse, refused_body
from offramp.gateway.relay import parsed_object
from offramp.gateway.snapshot import Endpoint, Snapshot
from offramp.gateway.thoughts import Thoughts

KIND: Final = "answer"
MAX_WALK: Final = 2000
"""Answers that one request may rest on."""
REFRESH_SECONDS: Final = WINDOW_SECONDS
"""What is older than this when it is gone on from is kept anew."""

log = logging.getLogger("offramp.gateway")


class Memory:
    """What one request needs of what is kept. Empty for an API without earlier answers."""

    def __init__(self, kept: Kept, application: str, asked: Asked, snapshot: Snapshot) -> None:
        self.seals = CallSeals(kept, application)
        self.thoughts = Thoughts(kept, application, asked.dialect.slug, snapshot)
        self._kept = kept
        self._application = application
        self.asked = asked
        self._dialect = stateful(asked.dialect)
        self._names: Sequence[str] = ()
        self._answers: dict[str, KeptAnswer] = {}
        self._is_forgetful = False
        """The upstream keeps no answers."""

    async def load(self) -> None:
        """Every kept answer the request rests on is at hand. Raises `Refused`."""
        if self._dialect is None:
            return
        self._names = self._dialect.named(self.asked.parsed)
        waiting = list(self._names)
        while waiting and len(self._answers) < MAX_WALK:
            id_ = waiting.pop()
            found = None if id_ in self._answers else await read_kept(self._kept, self._application, id_)
            if found is None:
                continue
            self._answers[id_] = found
            waiting += [found.previous] if found.previous else []
            if _seconds() - found.at_seconds > REFRESH_SECONDS:
                # What a conversation rests on stays as long as the conversation goes on.
                await write_kept(self._kept, self._application, replace(found, at_seconds=_seconds()))

    def in_full(self) -> Asked:
        """The request with its conversation, as far as it is known here; else as it came."""
        if not self._names:
            return self.asked
        try:
            return self._expanded("")[0]
        except Refused:
            return self.asked

    def for_upstream(self, endpoint: Endpoint) -> tuple[Asked, Sequence[Loss]]:
        """The request as `endpoint` can answer it. Raises `Refused` where what it rests on is not known.

        An upstream of the caller's own API gets its own answers' names, and names nobody here knows.
        """
        if not self._names:
            return self.asked, ()
        answers = [self._answers.get(name) for name in self._names]
        is_its_own = all(one and one.is_upstreams and one.upstream == endpoint.id for one in answers)
        is_unknown = not any(answers)
        is_same = endpoint.dialect.slug == self.asked.dialect.slug
        if is_same and (is_its_own or is_unknown) and not self._is_forgetful:
            return self.asked, ()
        return self._expanded(endpoint.id)

    def is_forgotten(self, status: int, error: bytes) -> bool:
        """Whether an upstream's error says it does not know a name that is known here. True once.

        From then on it is sent the conversation itself.
        """
        is_known = bool(self._names) and all(name in self._answers for name in self._names)
        if self._is_forgetful or self._dialect is None or not is_known:
            return False
        self._is_forgetful = self._dialect.is_forgotten(self.asked.parsed, status, error)
        return self._is_forgetful

    @property
    def is_stateful(self) -> bool:
        """The request rests on kept answers, or its own is to be kept."""
        return bool(self._names) or self._wants

    async def keep_whole(self, data: bytes, upstream: str, *, is_native: bool) -> Sequence[Loss]:
        """An answer that came whole is kept where the caller expects it; what that lost."""
        if not self._wants:
            return ()
        return await self._keep(parsed_object(data), upstream, is_native=is_native)

    async def keep_streamed(self, exchange: object, upstream: str, *, is_native: bool) -> Sequence[Loss]:
        """The same for a stream that ended well; `exchange` is the dialect that read or wrote it."""
        told = stateful(exchange) if self._wants else None
        return () if told is None else await self._keep(told.streamed(), upstream, is_native=is_native)

    @property
    def _wants(self) -> bool:
        return self._dialect is not None and self._dialect.wants_keeping(self.asked.parsed)

    async def _keep(
        self, answer: Mapping[str, object] | None, upstream: str, *, is_native: bool
    ) -> Sequence[Loss]:
        if answer is None or self._dialect is None:
            return ()
        named: JsonObject = {**answer, "model": self.asked.model}
        made = self._dialect.keep(self.asked.parsed, named, self._answers, upstream, _seconds())
        if not made.id:
            return ()
        try:
            is_upstreams = is_native and not self._is_forgetful
            await write_kept(
                self._kept, self._application, replace(made, is_native=is_native, is_upstreams=is_upstreams)
            )
        except OfframpError as error:
            log.warning("an answer was not kept: %s", error.message)
            return (UNKEPT,)
        return ()

    def _expanded(self, upstream: str) -> tuple[Asked, Sequence[Loss]]:
        assert self._dialect is not None
        try:
            whole = self._dialect.expanded(self.asked.parsed, self._answers, upstream)
        except OfframpError as error:
            raise refused_body(error) from error
        return self.asked.with_body(whole.value), whole.losses


async def read_kept(kept: Kept, application: str, id_: str) -> KeptAnswer | None:
    """The kept answer `id_` of `application`, or None. Raises `Refused` where what is kept cannot be read."""
    try:
        value = await kept.get(KIND, id_, application)
    except OfframpError as error:
        raise refuse(FailureKind.INTERNAL, error.code, f"{error.message}; {error.help}") from error
    return None if value is None else msgspec.json.decode(value, type=KeptAnswer)


async def write_kept(kept: Kept, application: str, answer: KeptAnswer) -> None:
    """`answer` is kept for `application`. Raises `OfframpError` where it is not."""
    await kept.put(KIND, answer.id, application, msgspec.json.encode(answer))


def _seconds() -> int:
    return int(now().timestamp())
