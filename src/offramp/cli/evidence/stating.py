"""What every `offramp evidence state` command shares: who states it, how it is signed, where it goes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from offramp.cli.evidence.options import moment
from offramp.cli.files import read_file
from offramp.cli.output import check_output, emit, say
from offramp.core.digests import sha256_hex
from offramp.core.errors import OfframpError
from offramp.core.instants import now

if TYPE_CHECKING:
    from offramp.core.instants import Instant
    from offramp.evidence.statements.heading import Head
    from offramp.evidence.statements.statement import Statement, Subject
    from offramp.workspace import Workspace


HOUR_SECONDS = 3600


@Parameter(name="*", group="How it is stated")
@dataclass(frozen=True, slots=True)
class Stating:
    """Who states it, with what, and where the statement goes."""

    by: str = ""
    """The person who states it. Required."""
    gap: tuple[str, ...] = ()
    """Something that was not looked at, said in the statement; may be given again."""
    scope: str = ""
    """What it is about, in place of what follows from what was looked at."""
    instrument: tuple[str, ...] = ()
    """Id of an instrument it rests on; may be given again. By default, those that bind on the day."""
    signer: tuple[Path, ...] = ()
    """File of a signing key that signs beside the ledger's; may be given again."""
    at: str = ""
    """The date of the statement; by default the present."""
    workspace: Path | None = None
    """Folder of offramp.yaml."""
    dry_run: Annotated[bool, Parameter(negative=())] = False
    """Show what would be stated; sign and record nothing."""
    format: str = "text"
    """Text, html, json or csv; for what is shown."""
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None
    """Also write the signed statement to this file."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The workspace a statement is made in, and the options given."""

    place: "Workspace"
    given: Stating

    @property
    def at(self) -> "Instant":
        """The date of the statement."""
        return moment(self.given.at)

    @property
    def backdated(self) -> tuple[str, ...]:
        """What a statement that rests on looking now must say, where it carries another date."""
        real = now()
        if abs((real - self.at).total_seconds()) < HOUR_SECONDS:
            return ()
        return (
            f"the sources were looked at on {real.date().isoformat()}, not on the date of this statement",
        )

    def head(self, vendor: str | None = None) -> "Head":
        """The head of the statement; it rests on what binds the organisation about this vendor that day."""
        from offramp.evidence.statements.heading import Head
        from offramp.instruments import binds
        from offramp.workspace import load_instruments

        loaded = load_instruments(self.place)
        chosen = self.given.instrument
        unknown = [one for one in chosen if one not in loaded.instruments]
        if unknown:
            raise OfframpError(
                "instrument-unknown",
                f"no instrument `{unknown[0]}` is loaded",
                help="name one by its id, as `offramp binds` shows it",
            )
        if not chosen:
            kinds = self.place.organisation.kinds
            chosen = tuple(
                one.instrument for one in binds(loaded, user=kinds, vendor=vendor, at=self.at, known=self.at)
            )
        return Head(
            organisation=self.place.organisation.name,
            by=self.given.by,
            at=self.at,
            scope=self.given.scope,
            gaps=self.given.gap,
            instruments=chosen,
            rendered={
                one.id: sha256_hex(read_file(Path(one.span.path))) for one in loaded.instruments.values()
            },
        )

    def finish(self, statement: "Statement") -> None:
        """Sign, record, keep and show the statement; on a dry run only show it."""
        from offramp.evidence.statements import shelf
        from offramp.report.documents.statement import statement_document

        secrets = [read_file(path).decode("utf-8", "replace") for path in self.given.signer]
        made = shelf.make(
            self.place.state,
            statement,
            secrets=secrets,
            recorded_at=now(),
            is_dry_run=self.given.dry_run,
        )
        if made.entry is not None:
            say(f"recorded as entry {made.entry}, kept as {made.path}")
            if self.given.output is not None:
                _write(self.given.output, made.envelope.serialise())
        emit(statement_document(made), self.given.format)


def open_desk(given: Stating) -> Desk:
    """The workspace here or named, before anything is done; raises where the result could not be given."""
    from offramp.cli.place import open_workspace

    check_output(given.format, given.output)
    if not given.by.strip():
        raise OfframpError("name-missing", "nobody is named", help="say who states this with --by NAME")
    return Desk(open_workspace(given.workspace), given)


def subjects(paths: tuple[Path, ...]) -> "list[tuple[Subject, int]]":
    """Every file named, and every file under every folder named, with its digest and size."""
    from offramp.evidence.statements.statement import file_subject

    found = []
    for path in paths:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            content = read_file(file)
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            found.append((file_subject(name, content), len(content)))
    names = [one.name for one, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None) if len(names) < 5000 else None
    if twice is not None:
        raise OfframpError("name-twice", f"two files are called `{twice}`", help="name the folder above them")
    return found


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OfframpError(
            "output-unwritable", f"cannot write `{path}`: {error.strerror}", help="choose another with -o"
        ) from None
