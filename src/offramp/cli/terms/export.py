"""`offramp terms export`: instruments in another language of policies."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def export(
    folders: tuple[Path, ...] = (),
    /,
    *,
    format: Annotated[str, Parameter(help="odrl: ODRL 2.2 in JSON-LD.")] = "odrl",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """Write instruments as ODRL 2.2, and say everything that is lost on the way.

    The list stands in the file too. What never binds (a demand, a threat, a promise, a draft) is left
    out, because a reader of plain ODRL would take it to bind.

    For example:
      offramp terms export instruments --format odrl -o instruments.jsonld

    Parameters
    ----------
    folders
        Folders of *.yaml documents; by default the workspace's.
    """
    import json

    from offramp.cli.asking import Place, open_texts
    from offramp.cli.output import check_output, say, write
    from offramp.core.errors import Exit, OfframpError
    from offramp.instruments.odrl import to_odrl
    from offramp.instruments.odrl_terms import faults
    from offramp.report.attribution import attributions

    check_output(format, output, ("odrl",))
    texts = open_texts(Place(instruments=folders))
    done = to_odrl(texts.instruments)
    wrong = faults(done.document)
    if wrong:
        raise OfframpError(
            "odrl-invalid",
            f"the export is not valid ODRL: {wrong[0]}",
            help="this is our fault: report it with the instrument it names",
            exit_code=Exit.INTERNAL,
        )
    write(json.dumps(done.document, indent=2, ensure_ascii=False) + "\n", output)
    say(f"lost on the way, {len(done.lost)} things:")
    for one in done.lost:
        say(f"  {one.where}: {one.what}")
    for line in attributions(texts.instruments):
        say(line)
    say("Nothing here is legal advice.")
