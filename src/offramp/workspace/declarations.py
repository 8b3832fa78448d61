"""`declarations/*.yaml` (`offramp.declarations/v1`): uses no scanner can see, as `declared` findings."""

from collections.abc import Mapping
from enum import StrEnum

from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.findings import Confidence, Context, Finding, FindingKind, Route
from offramp.core.ids import SystemId, finding_id
from offramp.core.yaml_values import Codes, Fields, read
from offramp.workspace.model import Declaration, DeclarationKind, System
from offramp.workspace.words import Vocabulary, read_date, read_vendor

SCHEMA = "offramp.declarations/v1"
KEYS = ("schema", "declarations")
DECLARATION = (
    "kind",
    "vendor",
    "title",
    "owner",
    "system",
    "since",
    "until",
    "route",
    "model",
    "source",
    "note",
)
REQUIRED = ("kind", "vendor", "title", "owner", "source")
CODES = Codes(missing="setting-missing", shape="setting-shape", value="setting-value", word="setting-value")
"""What problems with settings are called, here and in `offramp.yaml`."""


class _Route(StrEnum):
    """The routes of core.findings, as words a file may use."""

    DIRECT = "direct"
    BEDROCK = "bedrock"
    VERTEX = "vertex"
    AZURE = "azure"
    RESELLER = "reseller"
    SAAS = "saas"
    UNKNOWN = "unknown"


def read_declarations(
    text: str,
    path: str,
    systems: Mapping[SystemId, System],
    vocabulary: Vocabulary,
    problems: list[OfframpError],
) -> tuple[Declaration, ...]:
    """The declarations in one file. `path` is relative to the workspace, as findings show it."""
    try:
        document = read(text, path, "the declarations file", CODES, problems)
    except OfframpError as error:
        problems.append(error)
        return ()
    if document is None:
        return ()
    root = document.fields(KEYS, required=("schema",))
    check_schema(root, SCHEMA)
    found: list[Declaration] = []
    ordinals: dict[tuple[str, str], int] = {}
    for item in root.items("declarations", "the declaration"):
        before = len(problems)
        declaration = _read(item.fields(DECLARATION, required=REQUIRED), path, systems, vocabulary, ordinals)
        if len(problems) == before:
            found.append(declaration)
    return tuple(found)


def check_schema(root: Fields, schema: str) -> None:
    """Record a problem unless the file says which format it is."""
    written = root.text("schema")
    if written and written != schema:
        root.problem(
            "schema-unknown", f"cannot read schema `{written}`", f"write `{schema}`", root.span("schema")
        )


def _read(
    fields: Fields,
    path: str,
    systems: Mapping[SystemId, System],
    vocabulary: Vocabulary,
    ordinals: dict[tuple[str, str], int],
) -> Declaration:
    kind = fields.choice("kind", DeclarationKind, DeclarationKind.OTHER)
    vendor = read_vendor(fields, "vendor", vocabulary)
    title, owner, source = fields.text("title"), fields.text("owner"), fields.text("source")
    system = fields.text("system")
    if system and system not in systems:
        help_line = did_you_mean(system, systems, f"add `{system}` under `systems` in offramp.yaml")
        fields.problem("system-unknown", f"no system `{system}`", help_line, fields.span("system"))
    since, until = read_date(fields, "since"), read_date(fields, "until")
    route = fields.choice("route", _Route, _Route.UNKNOWN)
    model, note = fields.text("model"), fields.text("note")
    ordinal = ordinals.get((vendor, title), 0)
    ordinals[vendor, title] = ordinal + 1
    words = kind.value.replace("-", " ")
    finding = Finding(
        id=finding_id(vendor, FindingKind.DECLARED, path, title, ordinal),
        vendor=vendor,
        kind=FindingKind.DECLARED,
        context=Context.DOCS,
        route=Route(route.value),
        path=path,
        line=fields.table.span.line,
        column=fields.table.span.column,
        detector="declarations",
        confidence=Confidence.CERTAIN,
        message=f"declared {words}: {title} (source: {source})",
        model=model,
        system=SystemId(system) if system else None,
    )
    return Declaration(
        finding=finding,
        kind=kind,
        title=title,
        owner=owner,
        since=since,
        until=until,
        source=source,
        note=note,
    )
