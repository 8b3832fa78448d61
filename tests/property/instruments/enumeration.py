"""Brute force: every point of a small world, put one by one to the engine that decides at run time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import product

from offramp.core.instants import Instant
from offramp.core.verdicts import Decision, FactValue
from offramp.instruments import Instruments, Question, change_points
from offramp.instruments.combine import combine
from offramp.instruments.slices import Applying, Slice, cut
from offramp.instruments.timeline import Moment
from offramp.instruments.vocabulary import party_closure
from offramp.instruments.worlds.space import ticks

SMALL = (
    'context.under == "dow"',
    '["dow", "federal"].contains(context.under)',
    "context.granted",
    "context.granted && context.staff >= 5",
    "context.staff > 10",
    "context.staff < 5",
    'principal in Party::"company"',
    'context.via.contains("contractor")',
    "true",
)
"""Conditions over three facts and the parties."""
UNDER = ("commercial", "dow", "federal", "none")
STAFF = (0, 5, 11)
"""One value for each stretch between thresholds."""
READINGS = {"reach": ("wide", "narrow"), "sense": ("one", "two")}


@dataclass(frozen=True)
class Spot:
    """One point: a question, an instant and an answer to every contested question."""

    user: str
    via: tuple[str, ...]
    vendor: str
    action: str
    at: Instant
    facts: tuple[tuple[str, FactValue], ...]
    readings: tuple[tuple[str, str], ...]

    def point(self, words: Instruments) -> Mapping[str, str | bool | int]:
        """As the regions of an analysis are asked."""
        vocabulary = words.vocabulary
        chain = party_closure(self.via, vocabulary)
        parties = (*vocabulary.party_kinds, *vocabulary.parties)
        return {
            "user": self.user,
            "vendor": self.vendor,
            "action": self.action,
            "time": ticks(self.at),
            **{f"via:{name}": name in chain for name in parties},
            **{f"fact:{name}": value for name, value in self.facts},
            **{f"reading:{name}": option for name, option in self.readings},
        }


class Oracle:
    """Asks the run-time engine, each slice compiled once. A reading counts where no ruling settles it."""

    def __init__(self, words: Instruments) -> None:
        self._words = words
        self._slices: dict[tuple[object, ...], Slice] = {}
        self._applying: dict[tuple[object, ...], Applying] = {}

    def asked(self, spot: Spot) -> Decision:
        """What it says to the user."""
        return self._ask(spot, (spot.user,), spot.action)

    def served(self, spot: Spot, names: tuple[str, ...]) -> Decision:
        """What it says to the vendor, who serves meanwhile."""
        return self._ask(spot, names, "provide_service")

    def _ask(self, spot: Spot, user: tuple[str, ...], action: str) -> Decision:
        key = (user, spot.via, spot.vendor, action, spot.at)
        if key not in self._slices:
            question = Question(user, spot.via, spot.vendor, action, {})
            self._slices[key] = cut(self._words, question, Moment(spot.at))
        piece = self._slices[key]
        given = (*key, spot.facts)
        if given not in self._applying:
            self._applying[given] = piece.apply(dict(spot.facts))
        readings = {name: option for name, option in spot.readings if name not in piece.settled}
        return combine(self._words, piece, self._applying[given], readings)


@dataclass(frozen=True)
class Space:
    """All points of a world with one vendor and action fixed."""

    words: Instruments
    users: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    vendor: str = "example-a"
    action: str = "use"

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """Every point."""
        return tuple(self._spots())

    def _spots(self) -> Iterator[Spot]:
        points = change_points(self.words)
        instants = (points[0] - timedelta(microseconds=1), *points)
        places = product(self.users, self.chains, instants, UNDER, STAFF, (False, True))
        every = product(places, product(*READINGS.values()))
        for (user, via, at, under, staff, granted), options in every:
            facts: tuple[tuple[str, FactValue], ...] = (
                ("granted", granted),
                ("staff", staff),
                ("under", under),
            )
            yield Spot(
                user=user,
                via=via,
                vendor=self.vendor,
                action=self.action,
                at=at,
                facts=facts,
                readings=tuple(zip(READINGS, options, strict=True)),
            )


def deciding(decision: Decision) -> dict[str, str]:
    """The prohibitions that decide, with their effect."""
    return {
        norm.id: norm.effect
        for one in decision.readings
        for norm in one.norms
        if not norm.note and norm.effect == "prohibit"
    }


def claims(decision: Decision) -> set[str]:
    """The duties and entitlements that apply."""
    return {norm.id for norm in decision.beside if norm.effect in ("oblige", "permit")}
