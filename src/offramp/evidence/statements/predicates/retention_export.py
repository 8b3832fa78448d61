"""Which records were exported before access ended, under which schedule or hold, file by file."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from offramp.core.errors import OfframpError
from offramp.evidence.statements.heading import Head
from offramp.evidence.statements.statement import Claim, Statement, Subject

SLUG = "retention-export"
METHOD = "every file under the folders named was read and hashed as it was on the day; none was changed"
GAPS = (
    "whether the export is all there was: what the vendor holds cannot be listed from here",
    "whether the files can still be opened in years to come",
)


class Kind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files of one ending."""

    ending: str
    files: int


class RetentionExport(Claim, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An export of records."""

    source: str
    """The service or store they were exported from."""
    schedule: str
    """The retention schedule or hold they are kept under."""
    begins_on: str
    ends_on: str
    """The days the records are of; empty where the caller does not know."""
    files: int
    bytes: int
    kinds: tuple[Kind, ...]


def retention_export(
    source: str,
    schedule: str,
    days: tuple[str, str],
    files: Sequence[tuple[Subject, int]],
    head: Head,
) -> Statement:
    """The statement. `files` are the exported files with their sizes; raises where there is none."""
    if not files or not schedule:
        raise OfframpError(
            "export-empty",
            "an export has files and a schedule or hold they are kept under",
            help="name the folder with --document FOLDER and the schedule with --schedule TEXT",
        )
    endings = Counter(one.name.rpartition(".")[2].lower() if "." in one.name else "" for one, _ in files)
    begins_on, ends_on = days
    claim = RetentionExport(
        **head.said(scope=f"{len(files)} files exported from {source}", method=METHOD, gaps=GAPS),
        source=source,
        schedule=schedule,
        begins_on=begins_on,
        ends_on=ends_on,
        files=len(files),
        bytes=sum(size for _, size in files),
        kinds=tuple(Kind(ending=ending, files=count) for ending, count in sorted(endings.items())),
    )
    return Statement(slug=SLUG, subjects=tuple(one for one, _ in files), claim=claim)
