"""Asking again, in bulk: what these instruments would have said to logged requests, by compiled closures."""

from bisect import bisect_right
from collections import OrderedDict

from offramp.core.instants import Instant
from offramp.core.verdicts import Decision
from offramp.instruments.closure import Closure
from offramp.instruments.model import Instruments, Question
from offramp.instruments.slices import cut
from offramp.instruments.timeline import Moment, change_points

CLOSURES = 4096


class Replay:
    """The same answers as `decide`, for many questions at many instants. One per process; not for threads."""

    __slots__ = ("_closures", "_instruments", "_is_served", "_known", "_points")

    def __init__(
        self, instruments: Instruments, *, notice: str = "announced", known: Instant | None = None
    ) -> None:
        self._instruments = instruments
        self._is_served = notice == "served"
        self._known = known
        self._points = change_points(instruments)
        self._closures: OrderedDict[tuple[object, ...], Closure] = OrderedDict()

    def decide(self, question: Question, at: Instant) -> Decision:
        """The answer at `at`, as `decide(instruments, question, at=at)` gives it."""
        return self.closure(question, at).decide(question.facts)

    def closure(self, question: Question, at: Instant) -> Closure:
        """What answers whoever asks this, with any facts, from `at` until the next change point."""
        key = (
            bisect_right(self._points, at),
            question.user,
            question.via,
            question.vendor,
            question.action,
        )
        found = self._closures.get(key)
        if found is None:
            moment = Moment(at, self._known, self._is_served)
            found = Closure(self._instruments, cut(self._instruments, question, moment), question)
            self._closures[key] = found
            if len(self._closures) > CLOSURES:
                self._closures.popitem(last=False)
        return found
