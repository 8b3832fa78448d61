"""Making the draft of an instrument out of a document, with or without a model's proposals."""

from dataclasses import dataclass
from getpass import getuser
from pathlib import Path

from offramp.cli.draft_options import Model, Named
from offramp.cli.files import read_file
from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.instants import now
from offramp.instruments import Source, load
from offramp.instruments.drafting import (
    Drafted,
    Heading,
    Quoted,
    answer_schema,
    prompt,
    proposed,
    scaffold,
    slug,
    split,
)
from offramp.instruments.model import InstrumentKind
from offramp.workspace.documents import read_document

LONGEST_QUESTION = 24_000
"""Characters of sentences put to a model at once."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The document, what should be known of how it was read, and how much is in it."""

    text: str
    notes: tuple[str, ...]
    summary: str


def draft_of(file: Path, named: Named, model: Model) -> Draft:
    """The draft of an instrument with every sentence of `file` in it. It loads, and binds nobody.

    Raises what keeps the document from being read, and what keeps the model from being asked.
    """
    kinds = [kind.value for kind in InstrumentKind]
    if named.kind not in kinds:
        raise OfframpError("kind-unknown", f"no kind `{named.kind}`", help=did_you_mean(named.kind, kinds))
    if bool(model.draft_with) != bool(model.model):
        raise OfframpError(
            "model-missing", "`--draft-with` and `--model` belong together", help="give both, or neither"
        )
    content = read_file(file)
    reading = read_document(content, str(file))
    sentences = split(reading.pieces)
    heading = Heading(
        id=named.id or slug(file.stem),
        kind=named.kind,
        title=named.title or file.stem,
        issuer=named.issuer,
        document=file.name,
        digest=sha256_hex(content),
        by=named.by or getuser(),
        on=f"{now():%Y-%m-%d}",
        drafted_by=model.model,
    )
    notes = list(reading.notes)
    norms = _norms(heading, sentences, model, notes) if model.draft_with else ()
    text = scaffold(heading, sentences, norms)
    load([Source(str(file), text)])
    sound = [norm for norm in norms if not norm.problem]
    said = f"{len(sentences)} sentences"
    if model.draft_with:
        said += f"; {model.model} proposed {len(norms)} norms, {len(sound)} of them load"
    return Draft(text, tuple(notes), f"{said}. A draft: it binds nobody until a named person signs it.")


def _norms(
    heading: Heading, sentences: tuple[Quoted, ...], model: Model, notes: list[str]
) -> tuple[Drafted, ...]:
    from offramp.cli.drafting import ask

    asked: list[Quoted] = []
    size = 0
    for sentence in sentences:
        size += len(sentence.text)
        if size > LONGEST_QUESTION:
            notes.append(f"the model was asked about the first {len(asked)} of {len(sentences)} sentences")
            break
        asked.append(sentence)
    answer = ask(model.draft_with, model.model, model.key_env, prompt(asked), answer_schema(asked))
    try:
        return proposed(answer, heading, sentences)
    except OfframpError as error:
        if error.code != "draft-unreadable":
            raise
        notes.append(f"{error.message}: every sentence stays open")
        return ()
