"""Norms: what each says under each choice of readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product

from cedarpy import pst

from offramp.core.ids import InstrumentId, NormId
from offramp.core.verdicts import Outcome
from offramp.core.yaml_nodes import Node
from offramp.core.yaml_values import Fields, Value
from offramp.instruments import conditions
from offramp.instruments.loading.contradictions import check_interval, check_norm
from offramp.instruments.loading.duties import duty
from offramp.instruments.loading.scopes import narrowed, scope
from offramp.instruments.loading.terms import Terms, expression, options_of
from offramp.instruments.loading.times import BEGINS, Reckoning, bounds
from offramp.instruments.membership import every
from offramp.instruments.model import (
    Condition,
    ContestedQuestion,
    Effect,
    Form,
    IfUnknown,
    Norm,
    Role,
    Scoped,
    Strength,
    Vocabulary,
)
from offramp.instruments.policies import compiled, policy
from offramp.instruments.refusal import ConditionError

REQUIRED = ("id", "effect")
PER_READING = ("binds", "vendor", "action", "scope", "when", "unless", "from", "until", "outcome", "applies")
PER_NORM = ("strength", "overrides", "readings", "if_unknown", "duty", "quote", "paraphrase")
MAX_FORMS = 64


class NormOutcome(StrEnum):
    """What a prohibition asks for."""

    FORBID = "forbid"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a norm may refer to."""

    vocabulary: Vocabulary
    questions: Mapping[str, ContestedQuestion]
    terms: Terms
    times: Reckoning
    document: Node | None = None
    """The document they stand in; a signature covers parts of it."""
    about: Fields | None = None


def norm(value: Value, instrument: InstrumentId, around: Surroundings) -> Norm:
    """Read one norm. Problems are recorded on the way."""
    fields = value.fields((*REQUIRED, *PER_READING, *PER_NORM), required=REQUIRED)
    effect = fields.choice("effect", Effect, Effect.PROHIBIT)
    strength = _strength(value, effect, fields)
    overrides = fields.texts("overrides")
    if (strength is Strength.LIFT) != bool(overrides):
        value.problem(
            "overrides-misplaced",
            "a lift names what it exempts from in `overrides`, and nothing else does",
            "add `overrides: [INSTRUMENT.NORM]` to a lift, or remove it",
        )
    if strength is not Strength.LIFT:
        for name in ("binds", "vendor", "action"):
            if name not in fields:
                value.problem("key-missing", f"{value.what} needs `{name}`", f"add `{name}: …`, or `any`")
    check_norm(fields, effect)
    says, is_quote = _says(value, fields)
    norm_id = NormId(f"{instrument}.{fields['id'].text() if 'id' in fields else '?'}")
    changes = _changes(fields, around)
    questions = tuple(dict.fromkeys((*changes, *_questions_of_terms(fields, changes, around))))
    return Norm(
        id=norm_id,
        instrument=instrument,
        effect=effect,
        strength=strength,
        overrides=overrides,
        if_unknown=fields.choice("if_unknown", IfUnknown, IfUnknown.HOLD),
        duty=duty(fields["duty"], around.times) if "duty" in fields else None,
        says=says,
        is_quote=is_quote,
        questions=questions,
        forms=_forms(norm_id, value, fields, changes, questions, around),
        span=value.span,
    )


def _strength(value: Value, effect: Effect, fields: Fields) -> Strength | None:
    if "strength" not in fields:
        if effect is Effect.PERMIT:
            value.problem(
                "strength-missing",
                "a permission says whether it lifts or entitles",
                "add `strength: lift` or entitle",
            )
        return None
    if effect is not Effect.PERMIT:
        fields["strength"].problem(
            "strength-misplaced", "only a permission has a strength", "remove `strength`"
        )
        return None
    return fields["strength"].choice(Strength, Strength.LIFT)


def _says(value: Value, fields: Fields) -> tuple[str, bool]:
    if ("quote" in fields) == ("paraphrase" in fields):
        value.problem(
            "words-missing",
            "a norm carries the words it renders, as a quotation or as a paraphrase",
            "add one of `quote: …` and `paraphrase: …`",
        )
    if "quote" in fields:
        return fields["quote"].text(), True
    return fields.text("paraphrase"), False


def _changes(fields: Fields, around: Surroundings) -> dict[str, dict[str, Fields]]:
    changes: dict[str, dict[str, Fields]] = {}
    if "readings" in fields:
        for question, option, body in options_of(fields["readings"], around.questions):
            changes.setdefault(question, {})[option] = body.fields(PER_READING)
    return changes


def _questions_of_terms(
    fields: Fields,
    changes: Mapping[str, Mapping[str, Fields]],
    around: Surroundings,
) -> tuple[str, ...]:
    places = [fields, *(body for options in changes.values() for body in options.values())]
    names: set[str] = set()
    for place in places:
        for key in ("when", "unless"):
            parsed = expression(place[key]) if key in place else None
            names |= conditions.terms_in(parsed) if parsed is not None else frozenset()
    return around.terms.questions(names)


def _forms(
    norm_id: NormId,
    value: Value,
    fields: Fields,
    changes: Mapping[str, Mapping[str, Fields]],
    questions: tuple[str, ...],
    around: Surroundings,
) -> tuple[Form, ...]:
    options = [[option.key for option in around.questions[question].options] for question in questions]
    combinations = list(product(*options))
    if len(combinations) > MAX_FORMS:
        value.problem(
            "readings-too-many",
            f"this norm has {len(combinations)} combinations of readings",
            f"split it so that each norm has at most {MAX_FORMS}",
        )
        combinations = combinations[:1]
    forms = []
    for combination in combinations:
        choice = dict(zip(questions, combination, strict=True))
        merged = fields
        for question, option in choice.items():
            change = changes.get(question, {}).get(option)
            merged = change.over(merged) if change is not None else merged
        forms.append(_form(norm_id, choice, merged, around))
    return tuple(forms)


def _form(norm_id: NormId, choice: dict[str, str], fields: Fields, around: Surroundings) -> Form:
    kinds, parties, role = _binds(fields.get("binds"), around.vocabulary)
    outcome = fields.choice("outcome", NormOutcome, NormOutcome.FORBID)
    from_at, until_at = bounds(fields.given, around.times)
    check_interval(fields, until_at, around.times.points.get(BEGINS))
    narrowing = scope(fields.get("scope"), around.vocabulary)
    suffix = "&".join(f"{question}={option}" for question, option in choice.items())
    return Form(
        key=f"{norm_id}@{suffix}" if suffix else norm_id,
        choice=choice,
        applies=fields.flag("applies", default=True),
        kinds=kinds,
        parties=parties,
        role=role,
        vendors=_names(fields.get("vendor")),
        actions=_actions(fields.get("action"), around.vocabulary),
        scope=narrowing,
        condition=_condition(fields, choice, narrowing, around),
        from_at=from_at,
        until_at=until_at,
        outcome=Outcome(outcome),
    )


def _names(value: Value | None) -> tuple[str, ...]:
    names = value.texts() if value is not None else ()
    return () if "any" in names else names


def _actions(value: Value | None, vocabulary: Vocabulary) -> tuple[str, ...]:
    names = _names(value)
    for name in names:
        if value is not None and name not in vocabulary.actions:
            known = ", ".join(sorted(vocabulary.actions))
            value.problem("action-unknown", f"no action `{name}`", f"use one of: {known}")
    return names


def _binds(value: Value | None, vocabulary: Vocabulary) -> tuple[tuple[str, ...], tuple[str, ...], Role]:
    if value is None:
        return ("anyone",), (), Role.ANY
    fields = value.fields(("kinds", "parties", "role"))
    kinds = fields.texts("kinds")
    parties = fields.texts("parties")
    for names, known, what, key in (
        (kinds, vocabulary.party_kinds, "party kind", "kinds"),
        (parties, vocabulary.parties, "party", "parties"),
    ):
        for name in names:
            if name not in known:
                fields[key].problem(
                    "party-unknown",
                    f"no {what} `{name}`",
                    f"use one of: {', '.join(sorted(known)) or 'none yet'}; or declare it under `vocabulary`",
                )
    if not kinds and not parties:
        value.problem("binds-nobody", "this binds nobody", "add `kinds: […]` or `parties: […]`")
    return kinds, parties, fields.choice("role", Role, Role.USER)


def _condition(
    fields: Fields, choice: Mapping[str, str], narrowing: tuple[Scoped, ...], around: Surroundings
) -> Condition | None:
    parts: list[tuple[Value, pst.Expr]] = []
    for key in ("when", "unless"):
        parsed = expression(fields[key]) if key in fields else None
        if parsed is None:
            continue
        try:
            whole = around.terms.expand(parsed, choice)
            conditions.condition(whole, around.vocabulary)
        except ConditionError as error:
            fields[key].problem(error.code, error.message, error.help)
            continue
        parts.append((fields[key], pst.UnaryOp("not", whole) if key == "unless" else whole))
    if narrowing:
        parts.insert(0, (fields["scope"], narrowed(narrowing, around.vocabulary)))
    if not parts:
        return None
    checked = conditions.condition(every(whole for _, whole in parts), around.vocabulary)
    try:
        compiled([policy("a", checked.sure), policy("b", checked.possible)])
    except ValueError:
        parts[0][0].problem(
            "condition-too-deep", "this expression is nested too deeply", "split the norm into several"
        )
    return checked
