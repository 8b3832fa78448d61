"""Finding a workspace and reading it whole: one frozen value, or every problem at once."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from offramp.core.errors import OfframpError, raise_all
from offramp.core.findings import Finding
from offramp.core.ids import SystemId
from offramp.core.spans import Span
from offramp.core.yaml_values import Fields, read
from offramp.workspace.declarations import CODES, check_schema, read_declarations
from offramp.workspace.holding import read_holding
from offramp.workspace.keeping import read_keeping
from offramp.workspace.model import Declaration, System, Workspace
from offramp.workspace.observing import Recorded, add_to_schedule
from offramp.workspace.parties import read_applications, read_organisation, read_stance, read_systems
from offramp.workspace.routing import read_routes, read_successors, read_upstreams
from offramp.workspace.rules import InFlight
from offramp.workspace.secrets import warnings_for
from offramp.workspace.sources import read_sources
from offramp.workspace.texts import DISK, Texts, display
from offramp.workspace.words import Vocabulary

FILE = "offramp.yaml"
SCHEMA = "offramp/workspace/v1"
KEYS = (
    "schema",
    "organisation",
    "instruments",
    "systems",
    "applications",
    "upstreams",
    "outbound",
    "routes",
    "in_flight",
    "successors",
    "sources",
    "stance",
    "evidence",
    "holds",
)


def find(start: Path) -> Path | None:
    """The nearest folder at or above `start` that has an `offramp.yaml`."""
    here = start.absolute()
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return folder
    return None


def load(root: Path, texts: Texts = DISK) -> Workspace:
    """Read `offramp.yaml` and `declarations/` under `root`, from the disk or from a copy.

    The value is whole and every name in it leads somewhere; otherwise `Problems` lists all that is wrong,
    each with its place. Secrets are not read here, only where they are kept.
    """
    path = root / FILE
    shown = display(path)
    problems: list[OfframpError] = []
    document = read(texts.text(path, "offramp init"), shown, "the workspace", CODES, problems)
    if document is None:
        raise OfframpError(
            "workspace-empty",
            f"`{shown}` is empty",
            help="run `offramp init` in an empty folder to see a first one",
            where=Span(shown),
        )
    fields = document.fields(KEYS, required=("schema", "organisation"))
    if not document.is_table:
        raise_all(problems)
    check_schema(fields, SCHEMA)
    vocabulary = vocabulary_of_rooms()
    systems = read_systems(fields)
    upstreams = read_upstreams(fields, vocabulary, root)
    declarations = _read_folder(root, texts, systems, vocabulary, problems)
    applications = read_applications(fields, systems)
    routes = read_routes(fields, upstreams)
    keeping = read_keeping(fields, root)
    recordings: list[Recorded] = [(one.id, one.recording) for one in applications.values()]
    recordings += [(one.name, one.recording) for one in routes.values()]
    schedule = add_to_schedule(keeping.retention, fields, recordings)
    workspace = Workspace(
        root=root,
        organisation=read_organisation(fields),
        systems=systems,
        applications=applications,
        upstreams=upstreams,
        routes=routes,
        in_flight=fields.choice("in_flight", InFlight, InFlight.FINISH),
        successors=read_successors(fields, vocabulary),
        stance=read_stance(fields),
        instruments=_instrument_folders(fields, root, texts),
        declared=_findings(declarations),
        declarations=declarations,
        keeping=replace(keeping, retention=schedule),
        holding=read_holding(fields, applications),
        sources=read_sources(fields),
    )
    raise_all(sorted(problems, key=_place))
    return replace(workspace, warnings=warnings_for(workspace))


def vocabulary_of_rooms() -> Vocabulary:
    """The words that other rooms own: dialects and vendor profiles."""
    # Whoever asks instruments without a workspace needs neither.
    from offramp.dialects import DIALECTS
    from offramp.vendors import VENDORS

    return Vocabulary(dialects=frozenset(DIALECTS), vendors=frozenset(VENDORS))


def _instrument_folders(fields: Fields, root: Path, texts: Texts) -> tuple[Path, ...]:
    folders = [root / "instruments"] if texts.is_folder(root / "instruments") else []
    for word in fields.items("instruments", "a folder of `instruments`"):
        name = word.text()
        folder = root / name
        if not texts.is_folder(folder):
            word.problem(
                "instruments-missing",
                f"there is no folder `{name}`",
                "name a folder of instrument files, relative to offramp.yaml",
            )
        elif folder not in folders:
            folders.append(folder)
    return tuple(folders)


def _read_folder(
    root: Path,
    texts: Texts,
    systems: Mapping[SystemId, System],
    vocabulary: Vocabulary,
    problems: list[OfframpError],
) -> tuple[Declaration, ...]:
    found: list[Declaration] = []
    for path in texts.yaml_files(root / "declarations"):
        try:
            text = texts.text(path, "offramp init")
        except OfframpError as error:
            problems.append(error)
            continue
        relative = path.relative_to(root).as_posix()
        found.extend(read_declarations(text, relative, systems, vocabulary, problems))
    return tuple(found)


def _findings(declarations: tuple[Declaration, ...]) -> tuple[Finding, ...]:
    return tuple(
        sorted(
            (declaration.finding for declaration in declarations),
            key=lambda finding: (finding.path, finding.line, finding.column, finding.vendor),
        )
    )


def _place(problem: OfframpError) -> tuple[str, int, int]:
    where = problem.where or Span("")
    return (where.path, where.line, where.column)
