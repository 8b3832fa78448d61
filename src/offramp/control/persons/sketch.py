"""One tally of keyed hashes: every one of them while they are few, a CPC sketch (lg 12) beyond. Pure.

Its bytes name their form, end in a digest, and are refused where anything about them is not as written.
"""

from collections.abc import Iterable
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


@dataclass(frozen=True, slots=True)
class Tally:
    """Which keyed hashes were seen. Either all of them, or a sketch's bytes."""

    hashes: frozenset[int] = frozenset()
    sketch: bytes = b""

    def adding(self, hashes: frozenset[int]) -> Self:
        """This tally with more hashes; itself where none of them changes it."""
        if not self.sketch:
            whole = self.hashes | hashes
            if len(whole) == len(self.hashes):
                return self
            return type(self)(whole) if len(whole) <= EXACT_MOST else type(self)(sketch=_serialised(whole))
        sketch = _deserialised(self.sketch)
        before = sketch.get_estimate()
        _fill(sketch, hashes)
        return self if sketch.get_estimate() == before else type(self)(sketch=bytes(sketch.serialize()))

    def to_bytes(self, about: str) -> bytes:
        """As it is stored; `about` is authenticated with it, so that rows cannot change places."""
        ordered = sorted(self.hashes)
        body = _SKETCH + self.sketch if self.sketch else _EXACT + pack(f">{len(ordered)}q", *ordered)
        return body + _digest(body, about)

    @classmethod
    def from_bytes(cls, data: bytes, about: str) -> Self:
        """Read what `to_bytes` wrote. Raises `sketch-corrupt`."""
        body, digest = data[:-_DIGEST_BYTES], data[-_DIGEST_BYTES:]
        if digest != _digest(body, about) or body[:2] not in (_EXACT, _SKETCH):
            raise OfframpError(
                "sketch-corrupt",
                f"the count kept for {about} is not as it was written",
                help="restore `.offramp` from a backup; until then what the count guards is held",
            )
        if body[:2] == _SKETCH:
            return cls(sketch=body[2:])
        count = (len(body) - 2) // HASH_BYTES
        return cls(frozenset(unpack(f">{count}q", body[2:])))


def merged(tallies: Iterable[Tally], more: frozenset[int] = frozenset()) -> Tally:
    """One tally of everything in them together with `more`."""
    exact: set[int] = set(more)
    sketches: list[bytes] = []
    for one in tallies:
        if one.sketch:
            sketches.append(one.sketch)
        else:
            exact |= one.hashes
    if not sketches and len(exact) <= UNION_EXACT_MOST:
        return Tally(frozenset(exact))
    return Tally(sketch=bytes(_joined(sketches, exact).serialize()))


def union(tallies: Iterable[Tally], more: frozenset[int] = frozenset()) -> Figure:
    """How many different hashes there are in all of them together with `more`, with bounds."""
    whole = merged(tallies, more)
    if not whole.sketch:
        return Figure(low=len(whole.hashes), estimate=len(whole.hashes), high=len(whole.hashes))
    result = _deserialised(whole.sketch)
    return Figure(
        low=floor(result.get_lower_bound(DEVIATIONS)),
        estimate=round(result.get_estimate()),
        high=ceil(result.get_upper_bound(DEVIATIONS)),
    )


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


def _fill(sketch: Any, hashes: Iterable[int]) -> None:
    for one in hashes:
        sketch.update(one)


def _filled(hashes: Iterable[int]) -> Any:
    import datasketches

    sketch = datasketches.cpc_sketch(LG_K)
    _fill(sketch, hashes)
    return sketch


def _joined(sketches: Iterable[bytes], hashes: Iterable[int]) -> Any:
    import datasketches

    joined = datasketches.cpc_union(LG_K)
    for sketch in sketches:
        joined.update(_deserialised(sketch))
    joined.update(_filled(hashes))
    return joined.get_result()


def _serialised(hashes: Iterable[int]) -> bytes:
    return bytes(_filled(hashes).serialize())


def _deserialised(data: bytes) -> Any:
    import datasketches

    return datasketches.cpc_sketch.deserialize(data)


def _digest(body: bytes, about: str) -> bytes:
    salt = blake2b(about.encode(), digest_size=16).digest()
    return blake2b(body, digest_size=_DIGEST_BYTES, salt=salt).digest()
