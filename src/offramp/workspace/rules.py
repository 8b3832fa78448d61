"""What a route asks beyond its targets: needs, schedule, bands, and what becomes of requests under way.

The values and their reading. What they mean while traffic runs is in `plan` and `gateway`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant
from offramp.core.yaml_values import Fields, Value

CAPABILITIES: Final = (
    "forced_tools",
    "json_schema",
    "parallel_tools",
    "pdf",
    "prefill",
    "reasoning",
    "tools",
    "vision",
)
"""What a model can be said to have, in the words of the models' tables."""
FACTS: Final = (*CAPABILITIES, "context", "input_price", "output_price")
NEEDS: Final = (*CAPABILITIES, "context")
SCHEDULE: Final = ("by", "steps")
STEP: Final = ("at", "share", "after")
BANDS: Final = ("window_minutes", "least_requests", "errors", "refusals", "cost", "on_leave")
BAND: Final = ("most", "again")
RULES: Final = ("needs", "schedule", "bands", "in_flight", "on_broken_stream", "hedge_after_seconds")
"""The settings of a route that are read here."""
AGAIN: Final = 0.8
"""Of its upper edge: where a measure counts as back in its band, unless the band says."""
MOST_MINUTES: Final = 24 * 60
MOST_HEDGE_SECONDS: Final = 600.0
MOST_PRICE: Final = 1_000_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the operator says of a target's model. It comes before the models' tables."""

    capabilities: Mapping[str, bool] = field(default_factory=dict)
    context: int | None = None
    input_price: float | None = None
    """US dollars for a million tokens."""
    output_price: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a target's model must be known to have."""

    capabilities: tuple[str, ...] = ()
    context: int = 0
    """Tokens it must be able to read."""

    @property
    def is_empty(self) -> bool:
        """Nothing is needed."""
        return not self.capabilities and not self.context


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledStep:
    """A share from a day on; with `after`, not before that verdict is recorded as passed."""

    at: Instant
    share: int
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Dates and shares, by a named person."""

    by: str
    steps: tuple[ScheduledStep, ...]
    recorded_at: Instant | None = None
    """When it was recorded by command; None for one of `offramp.yaml`."""


class Measure(StrEnum):
    """What can leave its band."""

    ERRORS = "errors"
    """Per cent of the tries a successor was asked for that failed."""
    REFUSALS = "refusals"
    """Per cent of its answers that refuse."""
    COST = "cost"
    """US dollars for 1,000 of its answers."""


class OnLeave(StrEnum):
    """What a route does when a measure leaves its band."""

    PAUSE = "pause"
    """The schedule waits until the measure is back."""
    STEP_BACK = "step-back"
    """The share goes back to the one before, and the schedule waits for a person."""


@dataclass(frozen=True, slots=True)
class Band:
    """The edges of one measure: above `most` it has left, at or below `again` it is back."""

    most: float
    again: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """What the successor's traffic on a route is held to."""

    edges: Mapping[Measure, Band]
    window_minutes: int = 10
    least_requests: int = 20
    """With fewer in the window, nothing is said of it."""
    on_leave: OnLeave = OnLeave.PAUSE


class InFlight(StrEnum):
    """What becomes of requests under way when their target is no longer permitted."""

    FINISH = "finish"
    """They finish under the rules they began with."""
    CUT = "cut"
    """They end with an error that says why."""


class OnBrokenStream(StrEnum):
    """What a route does when a stream breaks after its first byte."""

    TELL = "tell"
    CONTINUE = "continue"
    """The next target goes on with the text so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRules:
    """Everything of a route that is read here."""

    needs: Needs = field(default_factory=Needs)
    schedule: Schedule | None = None
    bands: Bands | None = None
    in_flight: InFlight | None = None
    """None: as the workspace says."""
    on_broken_stream: OnBrokenStream = OnBrokenStream.TELL
    hedge_after_seconds: float | None = None

    @property
    def continues(self) -> bool:
        """A broken stream is gone on with by the next target."""
        return self.on_broken_stream is OnBrokenStream.CONTINUE


def read_rules(fields: Fields) -> RouteRules:
    """The rules of one route; problems are noted where they stand."""
    hedge = fields.get("hedge_after_seconds")
    return RouteRules(
        needs=_read_needs(fields),
        schedule=_read_schedule(fields),
        bands=_read_bands(fields),
        in_flight=fields.choice("in_flight", InFlight, InFlight.FINISH) if "in_flight" in fields else None,
        on_broken_stream=fields.choice("on_broken_stream", OnBrokenStream, OnBrokenStream.TELL),
        hedge_after_seconds=None if hedge is None else _amount(hedge, MOST_HEDGE_SECONDS),
    )


def read_model_facts(fields: Fields) -> ModelFacts | None:
    """`facts` of a target."""
    value = fields.get("facts")
    if value is None:
        return None
    inner = value.fields(FACTS)
    prices = {
        name: _amount(inner[name], MOST_PRICE) for name in ("input_price", "output_price") if name in inner
    }
    return ModelFacts(
        capabilities={name: inner.flag(name) for name in CAPABILITIES if name in inner},
        context=inner.number("context", least=1) if "context" in inner else None,
        **prices,
    )


def read_steps(values: tuple[Value, ...], what: str) -> tuple[ScheduledStep, ...]:
    """Steps in the order of their dates; a later one that is not later is a problem."""
    steps: list[ScheduledStep] = []
    for value in values:
        inner = value.fields(STEP, required=("at", "share"))
        at = _step_at(inner)
        if at is None:
            continue
        if steps and at <= steps[-1].at:
            inner.problem(
                "schedule-disordered",
                f"{what} is not later than the one before it",
                "write the steps in the order of their dates",
                inner.span("at"),
            )
        share = inner.number("share", least=0, most=100)
        steps.append(ScheduledStep(at=at, share=share, after=inner.text("after")))
    return tuple(steps)


def step_instant(text: str) -> Instant:
    """When a step counts from: a day without a time counts from its first second, in UTC."""
    return parse_instant(f"{text}T00:00Z" if len(text) == 10 else text)


def _step_at(inner: Fields) -> Instant | None:
    text = inner.text("at")
    if not text:
        return None
    try:
        return step_instant(text)
    except OfframpError as error:
        inner.problem(error.code, error.message, error.help, inner.span("at"))
        return None


def _read_needs(fields: Fields) -> Needs:
    value = fields.get("needs")
    if value is None:
        return Needs()
    inner = value.fields(NEEDS)
    for name in CAPABILITIES:
        if name in inner and not inner.flag(name):
            inner.problem("need-is-none", f"`{name}: false` needs nothing", "leave it out", inner.span(name))
    return Needs(
        capabilities=tuple(name for name in CAPABILITIES if name in inner),
        context=inner.number("context", least=1),
    )


def _read_schedule(fields: Fields) -> Schedule | None:
    value = fields.get("schedule")
    if value is None:
        return None
    inner = value.fields(SCHEDULE, required=SCHEDULE)
    steps = read_steps(inner.items("steps", f"a step of {value.what}"), f"a step of {value.what}")
    return Schedule(by=inner.text("by"), steps=steps)


def _read_bands(fields: Fields) -> Bands | None:
    value = fields.get("bands")
    if value is None:
        return None
    inner = value.fields(BANDS)
    edges = {measure: _read_band(inner[measure]) for measure in Measure if measure in inner}
    if not edges:
        inner.problem("bands-empty", f"{value.what} holds nothing to a band", "add `errors: 5`, for example")
    return Bands(
        edges=edges,
        window_minutes=inner.number("window_minutes", default=10, least=1, most=MOST_MINUTES),
        least_requests=inner.number("least_requests", default=20, least=1),
        on_leave=inner.choice("on_leave", OnLeave, OnLeave.PAUSE),
    )


def _read_band(value: Value) -> Band:
    if not value.is_table:
        most = _amount(value, MOST_PRICE)
        return Band(most, most * AGAIN)
    inner = value.fields(BAND, required=("most",))
    most = _amount(inner["most"], MOST_PRICE) if "most" in inner else 0.0
    again = _amount(inner["again"], MOST_PRICE) if "again" in inner else most * AGAIN
    if again > most:
        inner.problem(
            "band-inverted", f"{value.what} is back above where it leaves", "make `again` at most `most`"
        )
    return Band(most, again)


def _amount(value: Value, most: float) -> float:
    """A number that may have a fraction, from 0 up."""
    try:
        number = float(value.text())
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        value.problem(
            value.sheet.codes.value, f"{value.what} must be a number from 0 to {most:g}", "write one, as 2.5"
        )
        return 0.0
    return number
