"""What moving to other APIs cost each application, summed from the ledger (losses/v1)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant, format_instant
from offramp.evidence import Entry
from offramp.report.document import Document, Table

EFFECTS = ("content", "control", "sampling", "cost", "metadata")
"""What a caller may notice, the gravest first."""
METHOD = (
    "read from the ledger's entries of traffic: each names every field its translation lost, once; here "
    "they are counted by application and field"
)
GAPS = (
    "an entry names at most 40 losses; how many more there were is counted as `left_out`",
    "a loss says what a translation could not carry, not whether anybody noticed",
    "requests that passed unchanged to an upstream of the caller's own API are not translated",
    "traffic that does not pass this gateway is not seen",
)


class Place(NamedTuple):
    """What is counted apart."""

    field: str
    effect: str
    reason: str
    to: str
    """The API that answered."""


@dataclass(slots=True)
class ApplicationLosses:
    """One application's losses so far."""

    name: str
    requests: int = 0
    translated: int = 0
    with_losses: int = 0
    refused: int = 0
    """Refused because of what would have been lost."""
    left_out: int = 0
    counts: dict[Place, int] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """One entry of traffic is counted."""
        data = entry.data
        losses = [loss for loss in data.get("losses", ()) if isinstance(loss, dict)]
        to = str(data.get("upstream_dialect", ""))
        self.requests += 1
        self.translated += bool(to) and to != data.get("dialect")
        self.with_losses += bool(losses)
        self.refused += data.get("code") == "loss-refused"
        self.left_out += int(data.get("losses_left_out", 0))
        for loss in losses:
            said = (str(loss.get(name, "")) for name in ("field", "effect", "reason"))
            place = Place._make((*said, to))
            self.counts[place] = self.counts.get(place, 0) + 1

    def rows(self) -> Sequence[tuple[Place, int]]:
        """The gravest effects first, then the most frequent fields."""
        return sorted(self.counts.items(), key=lambda item: (_gravity(item[0]), -item[1], item[0]))


def _gravity(place: Place) -> int:
    return EFFECTS.index(place.effect) if place.effect in EFFECTS else len(EFFECTS)


def summed(entries: Iterable[Entry], application: str = "") -> Sequence[ApplicationLosses]:
    """The losses of every application, or of one, by name."""
    found: dict[str, ApplicationLosses] = {}
    for entry in entries:
        name = str(entry.data.get("application", entry.actor))
        if application and name != application:
            continue
        found.setdefault(name, ApplicationLosses(name)).add(entry)
    return [found[name] for name in sorted(found)]


def losses(found: Sequence[ApplicationLosses], *, asked: str, at: Instant) -> Document:
    """The sums as a document."""
    total = sum(one.with_losses for one in found)
    requests = sum(one.requests for one in found)
    return Document(
        schema="offramp/losses/v1",
        title=f"{total} of {requests} requests lost something in translation",
        at=at,
        body={"applications": [_body(one) for one in found], "asked": asked, "at": format_instant(at)},
        tables=(
            Table(
                title="by application",
                columns=("application", "requests", "translated", "with losses", "refused for a loss"),
                rows=tuple(
                    (
                        one.name,
                        str(one.requests),
                        str(one.translated),
                        str(one.with_losses),
                        str(one.refused),
                    )
                    for one in found
                ),
            ),
            Table(
                title="by field",
                columns=("application", "field", "may notice", "requests", "answered by", "why"),
                rows=tuple(_rows(found)),
                below=2,
                names_below=True,
            ),
        ),
        scope=f"entries of traffic in this ledger: {asked}",
        method=METHOD,
        gaps=GAPS,
        next_steps=("offramp evidence entries --type traffic --format json",),
    )


def _rows(found: Sequence[ApplicationLosses]) -> Iterator[tuple[str, ...]]:
    for one in found:
        for place, count in one.rows():
            share = f"{count} ({100 * count / one.requests:.0f} %)"
            yield one.name, place.field, place.effect, share, place.to, place.reason


def _body(one: ApplicationLosses) -> JsonObject:
    return {
        "application": one.name,
        "requests": one.requests,
        "translated": one.translated,
        "with_losses": one.with_losses,
        "refused": one.refused,
        "left_out": one.left_out,
        "losses": [{**place._asdict(), "requests": count} for place, count in one.rows()],
    }
