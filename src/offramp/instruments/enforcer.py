"""The run-time path: answers remembered until the next change point. One per process; not for threads."""

from bisect import bisect_right
from collections import OrderedDict

from offramp.core.instants import Instant
from offramp.core.verdicts import Decision
from offramp.instruments.combine import combine
from offramp.instruments.model import Instruments, Question
from offramp.instruments.slices import Applying, Slice, cut
from offramp.instruments.timeline import Moment, change_points

REMEMBERED = 8192
SLICES = 512


class Enforcer:
    """Answers questions at run time: slices compiled once, decisions remembered by the facts that matter."""

    __slots__ = ("_combined", "_decisions", "_instruments", "_is_served", "_points", "_segment", "_slices")

    def __init__(self, instruments: Instruments, *, notice: str = "announced") -> None:
        self._instruments = instruments
        self._is_served = notice == "served"
        self._points = change_points(instruments)
        self._segment = -1
        self._slices: OrderedDict[tuple[object, ...], Slice] = OrderedDict()
        self._decisions: OrderedDict[tuple[object, ...], Decision] = OrderedDict()
        self._combined: OrderedDict[tuple[object, ...], Decision] = OrderedDict()
        """By which norms apply: two requests with other facts and the same norms get one answer."""

    def decide(self, question: Question, at: Instant) -> Decision:
        """The same answer as `decide(instruments, question, at=at)`, from memory where nothing changed."""
        segment = bisect_right(self._points, at)
        if segment != self._segment:
            self._slices.clear()
            self._decisions.clear()
            self._combined.clear()
            self._segment = segment
        asker = (question.vendor, question.action, question.user, question.via)
        piece = self._slice(asker, question, at)
        facts = frozenset(
            (name, type(value), value) for name, value in question.facts.items() if name in piece.facts
        )
        key = (*asker, facts)
        decision = self._decisions.get(key)
        if decision is None:
            decision = self._combine(asker, piece, piece.apply(question.facts))
            self._decisions[key] = decision
            if len(self._decisions) > REMEMBERED:
                self._decisions.popitem(last=False)
        return decision

    def _combine(self, asker: tuple[object, ...], piece: Slice, applying: Applying) -> Decision:
        key = (asker, applying)
        decision = self._combined.get(key)
        if decision is None:
            decision = combine(self._instruments, piece, applying, {})
            self._combined[key] = decision
            if len(self._combined) > REMEMBERED:
                self._combined.popitem(last=False)
        return decision

    def _slice(self, asker: tuple[object, ...], question: Question, at: Instant) -> Slice:
        piece = self._slices.get(asker)
        if piece is None:
            piece = cut(self._instruments, question, Moment(at, None, self._is_served))
            self._slices[asker] = piece
            if len(self._slices) > SLICES:
                self._slices.popitem(last=False)
        return piece
