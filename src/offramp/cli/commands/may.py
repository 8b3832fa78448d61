"""`offramp may`: one decision, under every reading that matters."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.asking import Place, When

app = App(
    name="may",
    help="""Ask whether something may be done with a vendor, on a day, as the instruments say.

Exits 0 permit, 1 forbid, 4 hold, contested or unknown.

For example:
  offramp may --user contractor --vendor example-a --fact under=commercial --at 2026-03-05
  offramp may --instruments instruments --user civil_agency --vendor example-a --fact existing_use=true
  offramp may --vendor example-a --reading scope=b --stance served --no-record
""",
)


@app.default
def may(
    *,
    user: Annotated[
        tuple[str, ...],
        Parameter(
            help="Party kinds or named parties, KIND[,KIND]; again for more; default: the organisation."
        ),
    ] = (),
    via: Annotated[tuple[str, ...], Parameter(help="A kind it is reached through; may be given again.")] = (),
    vendor: Annotated[str, Parameter(help="The vendor.")],
    action: Annotated[str, Parameter(help="What is to be done.")] = "use",
    fact: Annotated[tuple[str, ...], Parameter(help="NAME=VALUE; may be given again.")] = (),
    reading: Annotated[
        tuple[str, ...], Parameter(help="QUESTION=OPTION to follow; may be given again.")
    ] = (),
    stance: Annotated[
        tuple[str, ...], Parameter(help="strictest, announced or served; may be given again.")
    ] = (),
    place: Place = Place(),  # noqa: B008 - frozen
    when: When = When(),  # noqa: B008 - frozen
    record: Annotated[
        bool, Parameter(negative="--no-record", help="In a workspace, put the answer into the ledger.")
    ] = True,
    format: Annotated[str, Parameter(help="text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """Ask one question."""
    from offramp.cli.asking import check_stance, check_vendor, open_texts, pairs, parties_of, words
    from offramp.cli.decisions import answer, exit_of
    from offramp.cli.output import check_output, emit, finish
    from offramp.instruments import Question, checked
    from offramp.report.documents.decision import Asked, decision_document

    check_output(format, output)
    check_stance(stance)
    texts = open_texts(place)
    check_vendor(texts, vendor)
    at, known = when.instants()
    parties = parties_of(texts, ",".join(user))
    question = checked(
        texts.instruments,
        Question(parties, tuple(words(",".join(via))), vendor, action, pairs(fact, "--fact")),
    )
    given = answer(texts, question, at=at, known=known, readings=pairs(reading, "--reading"), stance=stance)
    asked = Asked(
        question=question,
        at=at,
        known=known,
        notice=given.notice,
        folders=texts.folders,
        stance=given.stance,
        enforced=given.enforced,
    )
    if texts.workspace is not None and record:
        from offramp.cli.recording import record_decision

        # The answer is in the ledger before anyone can act on it.
        record_decision(texts.workspace, given.decision, asked)
    emit(decision_document(given.decision, asked, texts.instruments), format, output)
    finish(exit_of(given.enforced if "strictest" in stance and given.enforced else given.decision.outcome))
