"""A check of vendor profiles as a document (vendors-check/v1)."""

from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.vendors import Checked


def vendors_check_document(checked: Checked, at: Instant) -> Document:
    """Every problem with its place, or how many profiles hold."""
    count, wrong = len(checked.paths), len(checked.problems)
    profiles = f"{count} profile{'' if count == 1 else 's'}"
    title = (
        f"{wrong} problem{'' if wrong == 1 else 's'} in {profiles}" if wrong else f"{profiles}: no problem"
    )
    return Document(
        schema="offramp/vendors-check/v1",
        title=title,
        at=at,
        body={
            "files": list(checked.paths),
            "problems": [
                {
                    "code": one.code,
                    "message": one.message,
                    "help": one.help,
                    "path": one.where.path if one.where else "",
                    "line": one.where.line if one.where else 0,
                }
                for one in checked.problems
            ],
        },
        tables=(
            Table(
                title="",
                columns=("where", "problem", "help"),
                rows=tuple((str(one.where or ""), one.message, one.help) for one in checked.problems),
                below=2,
            ),
        )
        if wrong
        else (),
        scope="the profiles named, or those that come with this version",
        method="each read as a scan reads it; then shapes of names, patterns and days were checked",
        gaps=(
            "whether what a profile says is true: `basis` and `source` of each block say what that rests on",
        ),
        next_steps=() if wrong else ("offramp scan --profiles DIR --vendor VENDOR",),
    )
