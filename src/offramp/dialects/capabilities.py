"""What one model can do, and a request made to fit it. What is not known changes nothing.

No vendor is named here: who serves a model and what is known of it is handed in.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from offramp.dialects.efforts import (
    BUDGET_AS_EFFORT,
    EFFORT_AS_BUDGET,
    NEAREST_EFFORT,
    OWN_REASONING,
    budget_of,
    effort_of,
    nearest,
)
from offramp.dialects.loss import Effect, Loss, LossLog, Refusal
from offramp.dialects.turns import (
    Document,
    Effort,
    Image,
    Part,
    Reasoning,
    Request,
    Speaker,
    Text,
    ToolChoice,
    ToolMode,
    ToolResult,
    Turn,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """One model. None stands for unknown everywhere."""

    output: int | None = None
    """Tokens it can answer with at most."""
    tools: bool | None = None
    forced_tools: bool | None = None
    """It can be made to use a tool."""
    vision: bool | None = None
    pdf: bool | None = None
    json_schema: bool | None = None
    """It keeps to a JSON schema."""
    prefill: bool | None = None
    """It goes on with an answer begun for it."""
    knobs: frozenset[str] | None = None
    """Names of the sampling knobs it takes, as `Request` names them."""
    temperature_max: float | None = None
    reasoning: bool | None = None
    efforts: tuple[Effort, ...] = ()
    """Levels of effort it knows, where it is asked by level."""
    budget: tuple[int, int] | None = None
    """Least and most tokens of reasoning, where it is asked by budget."""
    takes_reasoning_back: bool = False
    """It wants its own earlier reasoning in the conversation."""
    limits_reasoning: bool = False
    """See `Request.limits_reasoning`."""


UNKNOWN: Final = Capabilities()

_HELP: Final = "send this route to a model that can, or leave it out"
NO_TOOLS: Final = Refusal(
    "tools", "the model takes no tools", "set `tools: schema` on the upstream, or choose another model"
)
NO_VISION: Final = Refusal("messages.image", "the model sees no images", _HELP)
NO_PDF: Final = Refusal("messages.document", "the model reads no PDF files", _HELP)

FORCED: Final = Loss(
    "tool_choice",
    "the model cannot be made to use a tool; it is asked in words, and an answer without one is an error",
    Effect.CONTROL,
)
OUTPUT: Final = Loss("max_tokens", "lowered to what the model can answer with at most", Effect.CONTROL)
SCHEMA_IN_WORDS: Final = Loss(
    "response_schema", "the model keeps to no schema; it is asked in words to follow it", Effect.CONTROL
)
PREFILL: Final = Loss(
    "messages.prefill",
    "the model goes on with no answer begun for it; it is asked in words to",
    Effect.CONTENT,
)
CONTINUED: Final = Loss(
    "messages.continuation",
    "the stream of the target before broke; another model went on with the text so far",
    Effect.CONTENT,
)
TEMPERATURE: Final = Loss("temperature", "lowered to the highest the model takes", Effect.SAMPLING)
REASONING_UNKNOWN: Final = Loss(
    "reasoning",
    "nothing is known of how this model can be asked to reason; its default holds",
    Effect.CONTROL,
)
NO_REASONING: Final = Loss("reasoning", "the model does not reason before it answers", Effect.CONTROL)
ALWAYS_REASONS: Final = Loss("reasoning", "the model cannot be asked not to reason", Effect.CONTROL)
BUDGET: Final = Loss("reasoning.budget", "brought into the range the model takes", Effect.CONTROL)

USE_A_TOOL: Final = "Answer with a tool call."
USE_THE_TOOL: Final = "Answer with a call of this tool: "
GO_ON: Final = "Go on with your last answer exactly where it ends. Repeat nothing of it."
IN_WORDS: Final = "Answer with one JSON value that satisfies this JSON schema, and nothing else: "

_KNOBS: Final = ("temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty")


@dataclass(slots=True)
class Fitting:
    """A request on its way to one model."""

    request: Request
    capabilities: Capabilities
    losses: LossLog = field(default_factory=LossLog)

    def run(self) -> tuple[Request, tuple[Loss, ...]]:
        """The request that the model takes, and what that cost. Raises a refusal."""
        self._check_parts()
        self._choose()
        self._limit()
        self._sample()
        self._shape()
        self._reason()
        return self.request, self.losses.all()

    def _set(self, **changed: object) -> None:
        self.request = replace(self.request, **changed)  # type: ignore[arg-type]

    def _check_parts(self) -> None:
        known, request = self.capabilities, self.request
        if known.tools is False and request.tools:
            raise NO_TOOLS.error()
        if known.vision is not False and known.pdf is not False:
            return
        for part in _all_parts(request.turns):
            if known.vision is False and isinstance(part, Image):
                raise NO_VISION.error()
            if known.pdf is False and isinstance(part, Document) and not part.text:
                raise NO_PDF.error()

    def _choose(self) -> None:
        request, choice = self.request, self.request.tool_choice
        is_forced = choice.mode in (ToolMode.ANY, ToolMode.NAMED)
        if self.capabilities.forced_tools is False and request.tools and is_forced:
            self.losses.add(FORCED)
            words = USE_THE_TOOL + choice.name if choice.name else USE_A_TOOL
            auto = ToolChoice(ToolMode.AUTO, "", choice.allows_parallel)
            self._set(tool_choice=auto, system=(*request.system, words))

    def _limit(self) -> None:
        most, asked = self.capabilities.output, self.request.max_tokens
        if most is not None and asked is not None and asked > most:
            self.losses.add(OUTPUT)
            self._set(max_tokens=most)
        if self.capabilities.limits_reasoning:
            self._set(limits_reasoning=True)

    def _sample(self) -> None:
        known = self.capabilities
        if known.knobs is not None:
            for knob in _KNOBS:
                if knob not in known.knobs and getattr(self.request, knob) is not None:
                    self.losses.add(no_knob(knob))
                    self._set(**{knob: None})
        most, asked = known.temperature_max, self.request.temperature
        if most is not None and asked is not None and asked > most:
            self.losses.add(TEMPERATURE)
            self._set(temperature=most)

    def _shape(self) -> None:
        request = self.request
        if self.capabilities.json_schema is False and request.response_schema is not None:
            self.losses.add(SCHEMA_IN_WORDS)
            words = IN_WORDS + msgspec.json.encode(request.response_schema).decode()
            self._set(response_schema=None, system=(*request.system, words))
        is_begun = bool(request.turns) and request.turns[-1].speaker is Speaker.ASSISTANT
        if self.capabilities.prefill is False and is_begun:
            self.losses.add(PREFILL)
            self._set(turns=(*request.turns, Turn(Speaker.USER, (Text(GO_ON),))))

    def _reason(self) -> None:
        asked = self.request.reasoning
        if asked is not None:
            self._set(reasoning=self._reasoning(asked))

    def _reasoning(self, asked: Reasoning) -> Reasoning | None:
        known = self.capabilities
        if known.reasoning is None:
            self.losses.add(REASONING_UNKNOWN)
            return None
        if not known.reasoning:
            if asked.effort is not Effort.NONE:
                self.losses.add(NO_REASONING)
            return None
        if known.efforts:
            return self._by_effort(asked, known.efforts)
        if known.budget is not None:
            return self._by_budget(asked, *known.budget)
        self.losses.add(OWN_REASONING)
        return None

    def _by_effort(self, asked: Reasoning, efforts: Sequence[Effort]) -> Reasoning | None:
        wanted = asked.effort
        if wanted is None and asked.budget is not None:
            self.losses.add(BUDGET_AS_EFFORT)
            wanted = effort_of(asked.budget)
        if wanted is None:
            return asked
        found = nearest(wanted, efforts)
        if found is not wanted:
            self.losses.add(ALWAYS_REASONS if wanted is Effort.NONE else NEAREST_EFFORT)
        return Reasoning(effort=found)

    def _by_budget(self, asked: Reasoning, least: int, most: int) -> Reasoning | None:
        if asked.effort is Effort.NONE:
            return asked
        budget = asked.budget
        if budget is None:
            self.losses.add(EFFORT_AS_BUDGET)
            budget = budget_of(asked.effort or Effort.MEDIUM)
        elif not least <= budget <= most:
            self.losses.add(BUDGET)
        return Reasoning(budget=min(max(budget, least), most))


def no_knob(knob: str) -> Loss:
    """The loss of a sampling knob the model does not take."""
    return Loss(knob, "the model does not take this knob", Effect.SAMPLING)


FIT_LOSSES: Final = (
    FORCED,
    OUTPUT,
    SCHEMA_IN_WORDS,
    PREFILL,
    TEMPERATURE,
    *(no_knob(knob) for knob in _KNOBS),
    REASONING_UNKNOWN,
    NO_REASONING,
    ALWAYS_REASONS,
    OWN_REASONING,
    BUDGET,
    BUDGET_AS_EFFORT,
    EFFORT_AS_BUDGET,
    NEAREST_EFFORT,
)
FIT_REFUSALS: Final = (NO_TOOLS, NO_VISION, NO_PDF)


def fit(request: Request, capabilities: Capabilities = UNKNOWN) -> tuple[Request, tuple[Loss, ...]]:
    """`request` as a model with `capabilities` takes it, and what that lost.

    Raises `OfframpError` (`body-unsupported`) for what it cannot do and must not be asked without.
    """
    return Fitting(request, capabilities).run()


def _all_parts(turns: Sequence[Turn]) -> list[Part]:
    parts = [part for turn in turns for part in turn.parts]
    return parts + [item for part in parts if isinstance(part, ToolResult) for item in part.content]
