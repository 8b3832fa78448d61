"""terms-check/v1: the instruments load, and this is what is in them."""

from offramp.core.instants import Instant
from offramp.instruments import Instruments
from offramp.instruments.authorship import Sentence, SignatureState
from offramp.instruments.model import Instrument
from offramp.report.attribution import attribution_bodies, attributions, unsound
from offramp.report.document import Document, Table


def terms_check_document(instruments: Instruments, folders: tuple[str, ...], at: Instant) -> Document:
    """What was loaded: instruments with their norms, the open questions, and what was left out."""
    loaded = sorted(instruments.instruments.values(), key=lambda one: one.id)
    open_ones = [(one, sentence) for one in loaded for sentence in one.sentences if sentence.is_open]
    is_stale = any(one.signature is SignatureState.STALE for one in loaded)
    verdict = "not finished" if open_ones else "signed content was edited" if is_stale else "well formed"
    return Document(
        schema="offramp/terms-check/v1",
        title=f"{verdict}: {len(loaded)} instruments, {len(instruments.norms)} norms, "
        f"{len(instruments.questions)} open questions",
        at=at,
        body={
            "ok": not open_ones and not is_stale,
            "version": instruments.digest,
            "instruments": [
                {
                    "id": one.id,
                    "kind": one.kind.value,
                    "basis": one.basis.value,
                    "issuer": one.issuer,
                    "source": str(one.source),
                    "norms": [norm.id for norm in one.norms],
                    "not_modelled": len(one.not_modelled),
                    "assumed": len(one.assumed),
                    "draft": one.why_draft or None,
                    "signature": one.signature.value,
                    "sentences": {
                        "modelled": sum(bool(sentence.norms) for sentence in one.sentences),
                        "not_modelled": sum(bool(sentence.why) for sentence in one.sentences),
                        "open": sum(sentence.is_open for sentence in one.sentences),
                    },
                }
                for one in loaded
            ],
            "open_sentences": [
                {
                    "instrument": one.id,
                    "place": sentence.place,
                    "says": sentence.says,
                    "where": str(sentence.span),
                }
                for one, sentence in open_ones
            ],
            "attributions": attribution_bodies(instruments),
            "questions": {name: [o.key for o in one.options] for name, one in instruments.questions.items()},
        },
        tables=_tables(instruments, open_ones),
        notes=(
            "Well formed means readable and consistent; whether the rendering is right is a person's act.",
            *unsound(instruments),
        ),
        scope=f"the YAML files in {', '.join(folders)}",
        method="parsed with places, every name and condition checked",
        gaps=("conflicts and hollow safeguards are not looked for here",),
        attributions=attributions(instruments),
        is_legal_matter=True,
    )


def _tables(instruments: Instruments, open_ones: list[tuple[Instrument, Sentence]]) -> tuple[Table, ...]:
    loaded = sorted(instruments.instruments.values(), key=lambda one: one.id)
    left_out = [(one.id, item.what, item.why) for one in loaded for item in one.not_modelled]
    left_out += [(one.id, each.says, each.why) for one in loaded for each in one.sentences if each.why]
    assumed = [(one.id, item.what, item.why) for one in loaded for item in one.assumed]
    return (
        Table(
            title="Instruments",
            columns=("instrument", "kind", "basis", "norms", "issuer", "source"),
            rows=tuple(
                (
                    one.id,
                    one.kind.value,
                    one.basis.value,
                    str(len(one.norms)),
                    one.issuer,
                    str(one.source),
                )
                for one in loaded
            ),
        ),
        Table(
            title="Open questions",
            columns=("question", "option", "text", "held by"),
            rows=tuple(
                (name, option.key, option.text, ", ".join(option.by))
                for name, one in sorted(instruments.questions.items())
                for option in one.options
            ),
        ),
        *(
            (
                Table(
                    title="Sentences neither modelled nor marked as not modelled",
                    columns=("where", "place", "says"),
                    rows=tuple((str(each.span), each.place, each.says) for _, each in open_ones),
                ),
            )
            if open_ones
            else ()
        ),
        *(
            (Table(title="Left out", columns=("instrument", "what", "why"), rows=tuple(left_out)),)
            if left_out
            else ()
        ),
        *(
            (Table(title="Assumed", columns=("instrument", "what", "why"), rows=tuple(assumed)),)
            if assumed
            else ()
        ),
    )
