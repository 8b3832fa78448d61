"""Who encoded and who signed an instrument, and what became of each sentence of its text."""

import re
from collections.abc import Iterable

from offramp.core.yaml_values import Fields, Value
from offramp.instruments.authorship import Drafting, Encoding, Sentence, Signature
from offramp.instruments.loading.norms import Surroundings
from offramp.instruments.loading.signatures import signed_digest
from offramp.instruments.loading.times import begins
from offramp.instruments.model import Instrument, Status

KEYS = ("encoded", "signed", "drafted", "sentences")
SENTENCE = ("place", "says", "modelled", "not_modelled")
SPACE = re.compile(r"\s+")


def encoded(fields: Fields, around: Surroundings) -> Encoding | None:
    """Who encoded the instrument: its own word, else the document's `about`."""
    value = fields.get("encoded")
    if value is not None:
        own = value.fields(("by", "on"), required=("by",))
        return Encoding(by=own.text("by"), on=_day(own, around)) if "by" in own else None
    about = around.about
    if about is None or "rendered_by" not in about:
        return None
    return Encoding(by=about.text("rendered_by"), on=about.text("rendered_on"))


def signed(fields: Fields, around: Surroundings) -> Signature | None:
    """The signature, and whether the content is still what was signed."""
    value = fields.get("signed")
    if value is None:
        return None
    own = value.fields(("by", "on", "digest"), required=("by", "on", "digest"))
    if not {"by", "on", "digest"} <= own.given.keys():
        return None
    digest = own.text("digest")
    is_current = digest == signed_digest(fields.table.node, around.document)
    return Signature(by=own.text("by"), on=_day(own, around), digest=digest, is_current=is_current)


def drafted(fields: Fields, around: Surroundings) -> Drafting | None:
    """Where a draft came from."""
    value = fields.get("drafted")
    if value is None:
        return None
    own = value.fields(("document", "digest", "on", "by"), required=("document", "on"))
    return Drafting(
        document=own.text("document"),
        digest=own.text("digest"),
        on=_day(own, around),
        by=own.text("by"),
    )


def sentences(fields: Fields) -> tuple[Sentence, ...]:
    """Every sentence the instrument keeps, with the norms that render it or why none does."""
    found = []
    for item in fields.items("sentences", "the sentence"):
        own = item.fields(SENTENCE, required=("says",))
        if {"modelled", "not_modelled"} <= own.given.keys():
            item.problem(
                "sentence-twice",
                "this sentence is both modelled and not modelled",
                "keep one of `modelled` and `not_modelled`",
            )
        found.append(
            Sentence(
                place=own.text("place"),
                says=own.text("says"),
                norms=own.texts("modelled"),
                why=own.text("not_modelled"),
                span=item.span,
            )
        )
    return tuple(found)


def check_sentences(value: Value, one: Instrument) -> None:
    """Record what does not fit between the sentences and the norms. A draft may leave sentences open."""
    if not one.sentences:
        return
    known = {norm.id.removeprefix(f"{one.id}."): norm for norm in one.norms}
    said: dict[str, list[str]] = {name: [] for name in known}
    for sentence in one.sentences:
        if sentence.is_open and one.status is not Status.DRAFT:
            value.problem(
                "sentence-open",
                f"`{_short(sentence.says)}` is neither modelled nor marked as not modelled",
                "add `modelled: NORM`, or `not_modelled: WHY`",
                sentence.span,
            )
        for name in sentence.norms:
            if name in said:
                said[name].append(sentence.says)
                continue
            value.problem(
                "norm-unknown",
                f"no norm `{name}` in `{one.id}` to model this sentence",
                f"use one of: {', '.join(sorted(known)) or 'none yet'}",
                sentence.span,
            )
    for name, norm in known.items():
        if not said[name]:
            value.problem(
                "norm-without-sentence",
                f"no sentence of the text is said to be modelled by `{name}`",
                f"add `modelled: {name}` to the sentence it renders",
                norm.span,
            )
        elif norm.is_quote and not _stands_in(norm.says, said[name]):
            value.problem(
                "quote-not-in-text",
                f"the words `{_short(norm.says)}` stand in none of the sentences that `{name}` models",
                "quote the text as it stands, or write `paraphrase: …`",
                norm.span,
            )


def _stands_in(quote: str, texts: Iterable[str]) -> bool:
    """Whether every part of a quotation, parted by an ellipsis, stands in the texts, spacing aside."""
    whole = _flat(" ".join(texts))
    return all(_flat(part) in whole for part in re.split(r"…|\[?\.\.\.\]?", quote))


def _flat(text: str) -> str:
    return SPACE.sub(" ", text).strip().casefold()


def _day(own: Fields, around: Surroundings) -> str:
    if "on" not in own:
        return ""
    begins(own["on"], around.times)
    return own["on"].raw.strip()


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:57] + "..."
