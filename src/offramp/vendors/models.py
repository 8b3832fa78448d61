"""What single models can do, as data: one TOML file per vendor in `models/`, read when it is asked for.

A field that is absent is unknown, and unknown stays unknown: nobody guesses from a model's name.
"""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from offramp.core.errors import OfframpError, raise_all
from offramp.core.spans import Span
from offramp.vendors.profile import Block

MODELS_SCHEMA = "offramp/models/v1"
PACKAGED_MODELS = Path(__file__).parent / "models"

KNOBS = frozenset({"temperature", "top_p", "top_k", "seed", "frequency_penalty", "presence_penalty"})
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Model(Block, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One model, or several that are alike in everything said here."""

    names: tuple[str, ...]
    """As callers write them. A date or `latest` after one stands for the same model."""
    context: int | None = None
    """Tokens it can read."""
    output: int | None = None
    """Tokens it can answer with at most."""
    tools: bool | None = None
    parallel_tools: bool | None = None
    """It may ask for several tools at once."""
    forced_tools: bool | None = None
    """It can be made to use a tool."""
    vision: bool | None = None
    pdf: bool | None = None
    json_schema: bool | None = None
    """It keeps to a JSON schema."""
    prefill: bool | None = None
    """It goes on with an answer begun for it."""
    reasoning: bool | None = None
    efforts: tuple[str, ...] | None = None
    """Levels of effort it knows, where it is asked to reason by level."""
    budget: tuple[int, int] | None = None
    """Least and most tokens, where it is asked to reason by budget."""
    takes_reasoning_back: bool | None = None
    """It wants its own earlier reasoning in the conversation."""
    newer_limit: bool | None = None
    """Its API wants the limit of an answer by its newer name, which counts reasoning, too."""
    knobs: tuple[str, ...] | None = None
    """Sampling knobs it takes; an empty list where it takes none."""
    temperature_max: float | None = None
    knowledge: str = ""
    """Until when its knowledge is reliable, a month."""
    input_price: float | None = None
    """US dollars for a million tokens."""
    output_price: float | None = None
    cache_read_price: float | None = None
    cache_write_price: float | None = None
    retires: date | None = None
    """The day from which requests for it fail, where one was announced."""


class ModelFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One vendor's models."""

    schema: str
    vendor: str
    models: tuple[Model, ...]


def load_models(directory: Path | None = None) -> Mapping[str, tuple[Model, ...]]:
    """The models of every vendor that has a file, by vendor. One in `directory` replaces the packaged one."""
    found = dict(_packaged())
    if directory is not None:
        problems: list[OfframpError] = []
        for path in sorted(directory.glob("*.toml")):
            try:
                read = read_models(str(path), path.read_text(encoding="utf-8"))
            except OfframpError as problem:
                problems.append(problem)
            else:
                found[read.vendor] = read.models
        raise_all(problems)
    return dict(sorted(found.items()))


def model_of(vendor: str, name: str) -> Model | None:
    """What is known of the model a vendor is asked for by `name`; None where nothing is."""
    return _found(vendor, name)


@lru_cache(maxsize=4096)
def _found(vendor: str, name: str) -> Model | None:
    models = _packaged().get(vendor, ())
    plain = _undated(name)
    for wanted in (name, plain):
        for model in models:
            if wanted in model.names:
                return model
    return next((model for model in models for known in model.names if _undated(known) == plain), None)


def _undated(name: str) -> str:
    """`name` without the date or `latest` at its end."""
    stem, dash, end = name.rpartition("-")
    if dash and (end == "latest" or (end.isdigit() and len(end) == 8)):
        return stem
    pieces = name.rsplit("-", 3)
    is_date = len(pieces) == 4 and [len(piece) for piece in pieces[1:]] == [4, 2, 2]
    return pieces[0] if is_date and all(piece.isdigit() for piece in pieces[1:]) else name


@cache
def _packaged() -> Mapping[str, tuple[Model, ...]]:
    found = {}
    for path in sorted(PACKAGED_MODELS.glob("*.toml")):
        read = read_models(str(path), path.read_text(encoding="utf-8"))
        found[read.vendor] = read.models
    return found


def read_models(path: str, text: str) -> ModelFile:
    """One file from its text. Raises every problem found."""
    try:
        read = msgspec.convert(tomllib.loads(text), ModelFile)
    except tomllib.TOMLDecodeError as error:
        raise _problem(path, f"not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise _problem(path, str(error)) from None
    raise_all([_problem(path, message) for message in _wrong(read, Path(path).stem)])
    return read


def is_model_file(text: str) -> bool:
    """Whether a file says that it holds models."""
    return f'schema = "{MODELS_SCHEMA}"' in text


def check_models(path: str, read: ModelFile, *, today: date) -> list[OfframpError]:
    """What is doubtful about a file that can be read."""
    doubts = []
    for model in read.models:
        name = model.names[0]
        if model.checked is not None and model.checked > today:
            doubts.append(f"`{name}`: checked on a day that is still to come, {model.checked}")
        if model.output and model.context and model.output > model.context:
            doubts.append(f"`{name}`: it answers with more than it reads")
        if model.reasoning is False and (model.efforts or model.budget):
            doubts.append(f"`{name}`: it does not reason, and yet is asked to by level or budget")
    return [_problem(path, doubt) for doubt in doubts]


def _wrong(read: ModelFile, stem: str) -> Iterator[str]:
    if read.schema != MODELS_SCHEMA:
        yield f"`{read.schema}` is not `{MODELS_SCHEMA}`"
    if read.vendor != stem:
        yield f"the vendor `{read.vendor}` is not the name of the file, `{stem}`"
    seen: set[str] = set()
    for model in read.models:
        yield from _wrong_model(model, seen)
        seen.update(model.names)


def _wrong_model(model: Model, seen: set[str]) -> Iterator[str]:
    name = model.names[0] if model.names else "?"
    if not model.names:
        yield "a model has no name"
    for twice in sorted(seen.intersection(model.names)):
        yield f"the model `{twice}` is there twice"
    for knob in sorted(set(model.knobs or ()) - KNOBS):
        yield f"`{name}`: `{knob}` is no sampling knob; known are {', '.join(sorted(KNOBS))}"
    for effort in model.efforts or ():
        if effort not in EFFORTS:
            yield f"`{name}`: `{effort}` is no level of effort; known are {', '.join(EFFORTS)}"
    if model.efforts and model.budget:
        yield f"`{name}`: a model is asked to reason by level or by budget, not by both"
    if model.budget and not 0 < model.budget[0] <= model.budget[1]:
        yield f"`{name}`: the least budget is above the most"
    prices = (model.input_price, model.output_price, model.cache_read_price, model.cache_write_price)
    if any(price is not None and price < 0 for price in prices):
        yield f"`{name}`: a price is below zero"
    if model.basis == "checked" and model.checked is None:
        yield f"`{name}`: `checked` needs the day of the comparison"


def _problem(path: str, message: str) -> OfframpError:
    return OfframpError(
        "models-invalid",
        message,
        help="the fields are described in docs/reference/models.md",
        where=Span(path),
    )
