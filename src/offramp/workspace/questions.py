"""The workspace and the instruments together: loading them, and the question an application asks of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from offramp.core.errors import OfframpError, Problems, raise_all
from offramp.core.spans import Span
from offramp.core.verdicts import FactValue
from offramp.instruments import Instruments, Question, Source, checked
from offramp.instruments import load as load_sources
from offramp.workspace.load import FILE
from offramp.workspace.model import Application, Workspace
from offramp.workspace.texts import DISK, Texts, display


def load_instruments(place: Workspace | Sequence[Path], texts: Texts = DISK) -> Instruments:
    """Every instrument in the workspace's folders, or in the folders given.

    For a workspace its own words are checked too: party kinds and facts that no instrument and no built-in
    vocabulary knows are problems, because a misspelt fact is a missing one.
    """
    folders = place.instruments if isinstance(place, Workspace) else place
    sources = [
        Source(display(path), texts.text(path, "offramp init"))
        for folder in folders
        for path in texts.yaml_files(folder)
    ]
    instruments = load_sources(sources)
    if isinstance(place, Workspace):
        raise_all(_unknown_words(place, instruments))
    return instruments


def question_for(
    workspace: Workspace,
    application: Application | None,
    vendor: str,
    *,
    action: str = "use",
    facts: Mapping[str, FactValue] | None = None,
) -> Question:
    """May `application` do this with the vendor? None asks for the organisation with no declared facts.

    `facts` are what was observed; they win over what the application declares.
    """
    declared = application.facts if application is not None else {}
    return Question(
        user=workspace.organisation.kinds,
        via=application.via if application is not None else (),
        vendor=vendor,
        action=action,
        facts={**declared, **(facts or {})},
    )


def _unknown_words(workspace: Workspace, instruments: Instruments) -> list[OfframpError]:
    shown = display(workspace.root / FILE)
    kinds = Question(user=workspace.organisation.kinds, via=(), vendor="", action="use", facts={})
    asked = [("/organisation/kinds", kinds)]
    for application in workspace.applications.values():
        question = Question(user=(), via=application.via, vendor="", action="use", facts=application.facts)
        asked.append((f"/applications/{application.id}", question))
        # Calls are asked about with these: a misspelt fact would let them go.
        told = application.registration.tool_facts if application.registration else {}
        for tool, facts in told.items():
            question = Question(user=(), via=(), vendor="", action="use", facts=facts)
            asked.append((f"/applications/{application.id}/registration/tool_facts/{tool}", question))
    problems: list[OfframpError] = []
    for pointer, question in asked:
        try:
            checked(instruments, question)
        except OfframpError as error:
            found = error.problems if isinstance(error, Problems) else (error,)
            problems.extend(
                OfframpError(one.code, one.message, help=one.help, where=Span(shown, pointer=pointer))
                for one in found
            )
    return problems
