"""One tally of keyed hashes: every one of them while they are few, a CPC sketch (lg 12) beyond. Pure.

Its bytes name their form, end in a digest, and are refused where anything about them is not as written.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil, floor
from struct import pack, unpack
from typing import Any, Self

from offramp.control.guards.interface import Figure
from offramp.control.persons.identifiers import HASH_BYTES
from offramp.core.errors import OfframpError

LG_K = 12
EXACT_MOST = 1024
"""So many hashes are kept one by one: up to here a tally is exact."""
UNION_EXACT_MOST = 4096
DEVIATIONS = 3
"""The bounds are three standard deviations wide: about 99.7 of 100 true counts lie between them."""
_EXACT, _SKETCH = b"E1", b"C1"
_DIGEST_BYTES = 16


class Sketch:
    """A CPC sketch as a value: what adds to it makes another. Read from its bytes when it is first needed."""

    __slots__ = ("_live", "_written")

    def __init__(self, live: Any = None, written: bytes = b"") -> None:
        self._live = live
        self._written = written

    @property
    def live(self) -> Any:
        """The library's object. INVARIANT: nobody updates it; what is updated is a copy."""
        if self._live is None:
            import datasketches

            try:
                self._live = datasketches.cpc_sketch.deserialize(self._written)
            except (RuntimeError, ValueError, IndexError) as error:
                raise _corrupt("a day of many persons") from error
        return self._live

    @property
    def written(self) -> bytes:
        """Its bytes."""
        if not self._written:
            self._written = bytes(self._live.serialize())
        return self._written

    def adding(self, hashes: Iterable[int]) -> Self:
        """With more hashes; itself where none of them changes it."""
        before = self.live
        after = copy(before)
        _fill(after, hashes)
        return self if after.get_estimate() == before.get_estimate() else type(self)(after)

    @property
    def figure(self) -> Figure:
        """How many hashes were put into it."""
        live = self.live
        return Figure(
            low=floor(live.get_lower_bound(DEVIATIONS)),
            estimate=round(live.get_estimate()),
            high=ceil(live.get_upper_bound(DEVIATIONS)),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sketch) and self.written == other.written

    def __hash__(self) -> int:
        return hash(self.written)


@dataclass(frozen=True, slots=True)
class Tally:
    """Which keyed hashes were seen. Either all of them, or a sketch of them."""

    hashes: frozenset[int] = frozenset()
    sketch: Sketch | None = None

    def adding(self, hashes: frozenset[int]) -> Self:
        """This tally with more hashes; itself where none of them changes it."""
        if self.sketch is not None:
            after = self.sketch.adding(hashes)
            return self if after is self.sketch else type(self)(sketch=after)
        if hashes <= self.hashes:
            return self
        whole = self.hashes | hashes
        return type(self)(whole) if len(whole) <= EXACT_MOST else type(self)(sketch=Sketch(_filled(whole)))

    def is_in(self, later: Self) -> bool:
        """Whether `later` can be this tally with more hashes, told apart as finely as before."""
        if self.sketch is None and later.sketch is None:
            return self.hashes <= later.hashes
        return self.sketch is not None and later.sketch is not None

    def to_bytes(self, about: str) -> bytes:
        """As it is stored; `about` is authenticated with it, so that rows cannot change places."""
        if self.sketch is not None:
            body = _SKETCH + self.sketch.written
        else:
            ordered = sorted(self.hashes)
            body = _EXACT + pack(f">{len(ordered)}q", *ordered)
        return body + _digest(body, about)

    @classmethod
    def from_bytes(cls, data: bytes, about: str) -> Self:
        """Read what `to_bytes` wrote. Raises `sketch-corrupt`."""
        body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
        if digest != _digest(body, about) or body[:2] not in (_EXACT, _SKETCH):
            raise _corrupt(about)
        if body[:2] == _SKETCH:
            return cls(sketch=Sketch(written=body[2:]))
        count = (len(body) - 2) // HASH_BYTES
        return cls(frozenset(unpack(f">{count}q", body[2:])))


def merged(tallies: Iterable[Tally], more: frozenset[int] = frozenset()) -> Tally:
    """One tally of everything in them together with `more`."""
    exact: set[int] = set(more)
    sketches: list[Sketch] = []
    for one in tallies:
        if one.sketch is not None:
            sketches.append(one.sketch)
        else:
            exact |= one.hashes
    if not sketches and len(exact) <= UNION_EXACT_MOST:
        return Tally(frozenset(exact))
    return Tally(sketch=_joined(sketches, exact))


def figure_with(whole: Tally, more: frozenset[int]) -> Figure:
    """How many different hashes there are in what `merged` made together with `more`, with bounds."""
    if whole.sketch is not None:
        return whole.sketch.adding(more).figure
    count = len(whole.hashes) + len(more - whole.hashes)
    if count <= UNION_EXACT_MOST:
        return Figure(low=count, estimate=count, high=count)
    return _joined((), whole.hashes | more).figure


def union(tallies: Iterable[Tally], more: frozenset[int] = frozenset()) -> Figure:
    """How many different hashes there are in all of them together with `more`, with bounds."""
    return figure_with(merged(tallies), more)


def plus(figures: Iterable[Figure]) -> Figure:
    """The bounds of a union of counts that cannot be compared: at least the largest, at most all together."""
    listed = tuple(figures)
    return Figure(
        low=max((one.low for one in listed), default=0),
        estimate=sum(one.estimate for one in listed),
        high=sum(one.high for one in listed),
    )


def class_of(number: int, thresholds: tuple[int, ...]) -> int:
    """A number that stands in the same relation to every threshold as `number` does.

    INVARIANT: conditions only compare a count with these thresholds, so the answer is the same; there are
    few such numbers, so decisions are remembered.
    """
    below = [one for one in thresholds if one <= number]
    if not below:
        return 0
    return number if below[-1] == number else below[-1] + 1


def _corrupt(about: str) -> OfframpError:
    return OfframpError(
        "sketch-corrupt",
        f"the count kept for {about} is not as it was written",
        help="restore `.offramp` from a backup; until then what the count guards is held",
    )


def _fill(sketch: Any, hashes: Iterable[int]) -> None:
    for one in hashes:
        sketch.update(one)


def _filled(hashes: Iterable[int]) -> Any:
    import datasketches

    sketch = datasketches.cpc_sketch(LG_K)
    _fill(sketch, hashes)
    return sketch


def _joined(sketches: Iterable[Sketch], hashes: Iterable[int]) -> Sketch:
    import datasketches

    joined = datasketches.cpc_union(LG_K)
    for one in sketches:
        joined.update(one.live)
    joined.update(_filled(hashes))
    return Sketch(joined.get_result())


def _digest(body: bytes, about: str) -> bytes:
    salt = blake2b(about.encode(), digest_size=16).digest()
    return blake2b(body, digest_size=_DIGEST_BYTES, salt=salt).digest()
