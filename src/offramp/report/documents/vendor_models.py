"""What is known of single models as a document (models/v1), and its facts in a few words each."""

from collections.abc import Mapping, Sequence

import msgspec

from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.vendors.models import Model

METHOD = "read from the tables of models; each row says what it was compared with, and on which day"
GAPS = (
    "a gap in a row means not known: nothing is guessed from a model's name",
    "vendors change limits, prices and dates; the day of the comparison says how old a fact is",
    "a model served by somebody else than its vendor may be able to do less",
)


def models_document(found: Mapping[str, Sequence[Model]], at: Instant, name: str = "") -> Document:
    """Every model of these vendors, or those called `name`."""
    shown = [
        (vendor, model)
        for vendor, models in found.items()
        for model in models
        if not name or name in model.names
    ]
    return Document(
        schema="offramp/models/v1",
        title=f"{len(shown)} model{'' if len(shown) == 1 else 's'} in the tables",
        at=at,
        body={"models": [{"vendor": vendor, **_facts(model)} for vendor, model in shown]},
        tables=(
            Table(
                title="",
                columns=(
                    "vendor",
                    "model",
                    "reads",
                    "answers",
                    "takes",
                    "reasons by",
                    "USD in / out",
                    "retires",
                    "checked",
                    "against",
                ),
                rows=tuple(
                    (
                        vendor,
                        model.names[0],
                        count(model.context),
                        count(model.output),
                        takes(model),
                        reasons_by(model),
                        price(model),
                        str(model.retires or ""),
                        str(model.checked or "recorded"),
                        model.against or model.source,
                    )
                    for vendor, model in shown
                ),
                below=6,
                names_below=True,
            ),
        ),
        scope="models in the tables of this version",
        method=METHOD,
        gaps=GAPS,
        next_steps=("offramp vendors models --format json", "offramp vendors check"),
    )


def _facts(model: Model) -> dict[str, object]:
    facts: dict[str, object] = msgspec.to_builtins(model)
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def count(tokens: int | None) -> str:
    """Tokens in short: `128k`, `1M`."""
    if tokens is None:
        return ""
    if tokens >= 1_000_000:
        return f"{tokens / 1_000_000:.3g}M"
    return f"{tokens / 1000:.3g}k" if tokens >= 1000 else str(tokens)


def takes(model: Model) -> str:
    """What it is known to take, and what it is known not to."""
    named = {
        "tools": model.tools,
        "images": model.vision,
        "PDF": model.pdf,
        "schemas": model.json_schema,
        "prefill": model.prefill,
        "forced tools": model.forced_tools,
    }
    said = [name for name, known in named.items() if known]
    return ", ".join(said + [f"no {name}" for name, known in named.items() if known is False])


def reasons_by(model: Model) -> str:
    """How it is asked to reason, where that is known."""
    if model.efforts:
        return "effort " + ", ".join(model.efforts)
    if model.budget:
        return f"budget {count(model.budget[0])} to {count(model.budget[1])}"
    return {True: "yes", False: "no", None: ""}[model.reasoning]


def price(model: Model) -> str:
    """Dollars for a million tokens, in and out."""
    if model.input_price is None and model.output_price is None:
        return ""
    return " / ".join("?" if one is None else f"{one:g}" for one in (model.input_price, model.output_price))
