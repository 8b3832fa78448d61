"""`offramp init`: a first workspace from what can be seen."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.output import say
from offramp.cli.place import ask

app = App(
    name="init",
    help="Look around and write a first `offramp.yaml`; never overwrites one.\n\n"
    "Scans the folder, groups what it finds into systems, makes a key for each caller and keeps .offramp/ "
    "out of git. On a terminal it asks what it cannot see; elsewhere it marks what it assumes.\n\n"
    "For example:\n\n"
    "  offramp init\n\n"
    "  offramp init service --organisation 'Example Agency' --kinds civil_agency,supplier --yes\n\n"
    "  offramp init --dry-run",
)


@app.default
def init(
    folder: Path = Path(),
    *,
    organisation: str = "",
    kinds: str = "",
    owner: str = "",
    yes: Annotated[bool, Parameter(negative=())] = False,
    dry_run: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Make a workspace.

    Parameters
    ----------
    folder
        Where to make it.
    organisation
        Whose workspace it is.
    kinds
        Its party kinds, with commas between them, such as civil_agency,supplier.
    owner
        Who answers for the systems found, until each has its own owner.
    yes
        Ask nothing and write assumptions.
    dry_run
        Show what would be written and write nothing.
    """
    import secrets

    from offramp.core.errors import OfframpError
    from offramp.inventory import scan
    from offramp.plan import start
    from offramp.vendors import VENDORS

    if not folder.is_dir():
        raise OfframpError(
            "folder-missing", f"there is no folder `{folder}`", help="make it first, or name another one"
        )
    is_new = not (folder / "offramp.yaml").exists()
    seen = start.guess(folder)
    asks = is_new and not yes
    given = start.Answers(
        organisation=organisation or (ask("organisation", seen.organisation) if asks else ""),
        kinds=_words(kinds or (ask("party kinds, with commas", ",".join(seen.kinds)) if asks else "")),
        owner=owner or (ask("owner of the systems found", seen.owner) if asks else ""),
    )
    uses = scan([folder], VENDORS).uses if is_new else ()
    edits = start.begin(folder, uses, given, secrets.token_bytes)
    if not edits:
        say("nothing to do: this is a workspace, its keys are made and git leaves .offramp/ alone")
        return
    for edit in edits:
        say(edit.diff().rstrip("\n"))
    if dry_run:
        say("dry run: nothing was written")
        return
    start.write_all(edits)
    say(f"wrote {', '.join(edit.shown for edit in edits)}")
    say("next: offramp status, or offramp leave VENDOR --by DATE --to SUCCESSOR")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
