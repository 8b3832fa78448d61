"""`offramp decide`: approve or deny held tool calls, as a named person with a reason."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

app = App(
    name="decide",
    help="Decide about tool calls that are held. A decision is bound to exactly what was shown.\n\n"
    "Nobody approves what they were not shown: `offramp holds show ID --by NAME` comes first.\n\n"
    "For example:\n\n"
    "  offramp decide hold_01JZ… --approve --by 'A. Mensah' --reason 'checked against the plan'\n\n"
    "  offramp decide hold_01JZ… --deny --by 'A. Mensah' --reason 'wrong site'",
)


@app.default
def decide(
    id: Annotated[str, Parameter(help="A hold, by its id or the end of it.")],  # noqa: A002
    *,
    approve: Annotated[bool, Parameter(negative=(), help="Let the calls go, once.")] = False,
    deny: Annotated[bool, Parameter(negative=(), help="Let none of them go.")] = False,
    by: Annotated[str, Parameter(help="A person under `holds: persons:` of offramp.yaml, by id or name.")],
    reason: Annotated[str, Parameter(help="Why, in words, for the ledger.")],
    workspace: Annotated[Path | None, Parameter(help="Folder of offramp.yaml.")] = None,
    format: Annotated[str, Parameter(help="Text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[
        Path | None, Parameter(alias="-o", help="File to write instead of standard output.")
    ] = None,
) -> None:
    """Say yes or no. A denial ends the hold; approvals count until enough persons gave one."""
    from offramp.cli.holding import account, carry_out, one_of, opened
    from offramp.cli.output import check_output, emit
    from offramp.control import holds
    from offramp.core.errors import OfframpError
    from offramp.core.instants import now
    from offramp.report.documents.holds import decided_document

    check_output(format, output)
    if approve == deny:
        raise OfframpError(
            "verdict-missing", "it is not said whether yes or no", help="add --approve or --deny"
        )
    place, found, _ = opened(workspace)
    hold = one_of(found, id)
    person = holds.rules.find_person(place.holding, by)
    verdict = holds.Verdict.APPROVE if approve else holds.Verdict.DENY
    step = holds.steps.decide(hold, person, verdict, reason, holds.Way.CLI, now(), account())
    entry = carry_out(place, step)
    decided = one_of(holds.stored.stored_holds(place.state)[0], hold.id)
    emit(decided_document(decided, person.name, entry, now()), format, output)
