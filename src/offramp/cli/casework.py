"""Running one case file for the command line: reading it and the folders it names, asking, comparing."""

from collections.abc import Iterator
from pathlib import Path

from offramp.cli.asking import Place, open_texts
from offramp.cli.files import read_file
from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.instruments import Source, load
from offramp.instruments.cases import Case, blocks_of, loading_problems, read_case, run
from offramp.report.documents.terms_test import Tested


def run_file(path: Path, place: Place) -> Tested:
    """Every question of the file at `path`, answered and compared with what it expects.

    Raises every line that cannot be read or asked, with its place, and every problem of its instruments.
    """
    text = _text(path)
    case = read_case(text, str(path))
    sources = [*case.documents, *_folders(path, case)]
    if case.problems:
        found = loading_problems(sources, blocks_of(text))
        return Tested(path=str(path), expected=case.problems, loading=found)
    if not case.asked and not case.bound:
        return Tested(path=str(path))
    instruments = load(sources) if sources else open_texts(place).instruments
    return Tested(path=str(path), results=run(instruments, case), instruments=instruments)


def _folders(path: Path, case: Case) -> Iterator[Source]:
    for name, where in case.folders:
        folder = next((base for base in (path.parent / name, Path(name)) if base.is_dir()), None)
        if folder is None:
            raise OfframpError(
                "folder-missing",
                f"no folder `{name}` beside the case or here",
                help="name it relative to the case file or to where the command runs",
                where=where,
            )
        for document in sorted({*folder.glob("*.yaml"), *folder.glob("*.yml")}):
            yield Source(str(document), _text(document))


def _text(path: Path) -> str:
    try:
        return read_file(path).decode("utf-8")
    except UnicodeDecodeError:
        raise OfframpError(
            "file-unreadable", f"`{path}` is not UTF-8", help="save it as UTF-8", where=Span(str(path))
        ) from None
