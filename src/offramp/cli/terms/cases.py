"""`offramp terms test`: case files in Markdown, asked and compared."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from offramp.cli.asking import Place


def cases(
    *files: Path,
    place: Place = Place(),  # noqa: B008 - frozen
    format: Annotated[str, Parameter(help="text, html, json or csv.")] = "text",  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Write to this file.")] = None,
) -> None:
    """Run case files: Markdown with questions and the answers somebody expects of the instruments.

    A file brings its own instruments (`yaml` and `folder` blocks); one that brings none is asked of those of
    --instruments or of the workspace. Exits 0, 1 where an answer differs, 3 where nothing is asked.

    For example:
      offramp terms test cases/scope.md
      offramp terms test cases/scope.md cases/stays.md --instruments instruments --format json

    Parameters
    ----------
    files
        Markdown files.
    """
    from offramp.cli.casework import run_file
    from offramp.cli.output import check_output, emit, finish
    from offramp.core.errors import Exit, OfframpError, Problems, raise_all
    from offramp.core.instants import now
    from offramp.report.documents.terms_test import Tested, terms_test_document

    check_output(format, output)
    if not files:
        raise OfframpError("files-missing", "no case file is named", help="offramp terms test cases/scope.md")
    tested: list[Tested] = []
    problems: list[OfframpError] = []
    for path in files:
        try:
            tested.append(run_file(path, place))
        except OfframpError as error:
            problems.extend(error.problems if isinstance(error, Problems) else (error,))
    raise_all(problems)
    document = terms_test_document(tested, now())
    emit(document, format, output)
    if not document.body["results"]:
        finish(Exit.NOTHING)
    if not document.body["ok"]:
        finish(Exit.FOUND)
