"""`offramp terms`: what the instruments themselves are like."""

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from offramp.cli.terms.calendar import calendar
from offramp.cli.terms.cases import cases
from offramp.cli.terms.conflicts import conflicts
from offramp.cli.terms.diff import diff
from offramp.cli.terms.export import export
from offramp.cli.terms.hollow import hollow
from offramp.cli.terms.new import new
from offramp.cli.terms.readings import readings
from offramp.cli.terms.sign import sign

app = App(
    name="terms",
    help="""Look at instruments themselves.

For example:
  offramp terms check examples/us-2026
  offramp terms new order-7.pdf -o instruments/order-7.yaml
  offramp terms check instruments --format json
  offramp terms calendar examples/us-2026
  offramp terms diff old.yaml new.yaml
  offramp terms conflicts examples/us-2026 --vendor example-a
  offramp terms hollow clause.yaml
  offramp terms readings instruments --user contractor
  offramp terms sign instruments/order-7.yaml --by "A. Mensah"
""",
)
app.command(cases, name="test")
for command in (calendar, conflicts, diff, export, hollow, new, readings, sign):
    app.command(command)


@app.command
def check(
    folders: tuple[Path, ...] = (),
    /,
    *,
    format: Annotated[str, Parameter(help="text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """Load instruments and report every problem in them with its place, or what is in them.

    Exits 1 where a sentence of a text is neither modelled nor marked, or what was signed was edited since.

    For example:
      offramp terms check examples/us-2026

    Parameters
    ----------
    folders
        Folders of *.yaml documents; by default the workspace's.
    """
    from offramp.cli.asking import Place, open_texts
    from offramp.cli.output import check_output, emit, finish
    from offramp.core.errors import Exit
    from offramp.core.instants import now
    from offramp.report.documents.terms_check import terms_check_document

    check_output(format, output)
    texts = open_texts(Place(instruments=folders))
    document = terms_check_document(texts.instruments, texts.folders, now())
    emit(document, format, output)
    if not document.body["ok"]:
        finish(Exit.FOUND)
