"""Model cards of what is known here: where a model is used, for what, and how it did in trials.

What a vendor says of its model is in the vendor's card: it is not copied, and this one says so.
"""

from collections.abc import Sequence

from offramp.core.digests import JsonObject

MISSING = "training data, evaluations and limits of the model are not known here: ask the vendor for its card"
MOST_USE_CASES = 20


def model_card(
    reference: str, model: str, group: Sequence[JsonObject], trials: Sequence[JsonObject]
) -> JsonObject:
    """The card of one model, from the findings that name it and the trials it took part in."""
    systems = sorted({one["system"] for one in group if one["system"]})
    uses = sorted({f"{one['kind'].replace('-', ' ')} in {one['path']}" for one in group})
    left = len(uses) - MOST_USE_CASES
    card: JsonObject = {
        "bom-ref": f"{reference}:card",
        "considerations": {
            **({"users": systems} if systems else {}),
            "useCases": uses[:MOST_USE_CASES] + ([f"and {left} more"] if left > 0 else []),
            "technicalLimitations": [MISSING],
        },
    }
    metrics = [metric for one in trials for metric in _metrics(model, one["predicate"])]
    if metrics:
        card["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    return card


def _metrics(model: str, trial: JsonObject) -> list[JsonObject]:
    """What a trial measured of this model, as the person who stated it reports it."""
    sides = {trial["baseline"]: "before", trial["candidate"]: "after"}
    if model not in sides:
        return []
    return [
        {"type": one["name"], "value": one[sides[model]], "slice": f"{trial['cases']} cases, {trial['at']}"}
        for one in trial["measures"]
    ]
