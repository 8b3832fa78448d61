"""terms-test/v1: questions of case files, what was expected, and where an answer differs."""

from collections.abc import Sequence
from dataclasses import dataclass

from offramp.core.digests import JsonObject
from offramp.core.instants import Instant
from offramp.instruments import Instruments
from offramp.instruments.cases import Result
from offramp.report.attribution import attributions
from offramp.report.document import Document, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One case file, asked."""

    path: str
    results: tuple[Result, ...] = ()
    instruments: Instruments | None = None
    expected: tuple[str, ...] = ()
    """Problems that loading must report."""
    loading: tuple[str, ...] = ()
    """Problems that it did report."""


def terms_test_document(tested: Sequence[Tested], at: Instant) -> Document:
    """Every question with its place; those whose answers differ first."""
    rows = [row for one in tested for row in _rows(one)]
    unmet = [row for row in rows if row["differences"]]
    files = "1 file" if len(tested) == 1 else f"{len(tested)} files"
    verdict = (
        f"{len(unmet)} of {len(rows)} answers differ" if unmet else f"all {len(rows)} answers as expected"
    )
    return Document(
        schema="offramp/terms-test/v1",
        title=f"{verdict if rows else 'nothing is asked'}, in {files}",
        at=at,
        body={"ok": not unmet, "results": rows},
        tables=(
            Table(
                title="Answers that differ",
                columns=("where", "asked", "differs"),
                rows=tuple((row["where"], row["asked"], "\n".join(row["differences"])) for row in unmet),
                below=2,
                names_below=True,
            ),
        )
        if unmet
        else (),
        scope=", ".join(one.path for one in tested),
        method="each question decided as `may` and `binds` do, and compared with what the file expects",
        gaps=("a case says what its writer expects; that an answer meets it does not make it right",),
        attributions=tuple(
            dict.fromkeys(line for one in tested if one.instruments for line in attributions(one.instruments))
        ),
        is_legal_matter=True,
    )


def _rows(one: Tested) -> list[JsonObject]:
    rows: list[JsonObject] = [
        {"where": str(each.where), "asked": each.text, "differences": list(each.differences)}
        for each in one.results
    ]
    if one.expected:
        differs = one.expected != one.loading
        found = ", ".join(one.loading) or "no problem"
        said = [f"expected {', '.join(one.expected)}; found {found}"] if differs else []
        rows.append({"where": one.path, "asked": "which problems loading reports", "differences": said})
    return rows
