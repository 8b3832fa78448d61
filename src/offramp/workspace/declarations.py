"""`declarations/*.yaml` (`offramp.declarations/v1`): uses no scanner can see, as `declared` findings."""

from collections.abc import Mapping
from enum import StrEnum

from offramp.core.errors import OfframpError
from offramp.core.findings import Confidence, Context, Finding, FindingKind, Route
from offramp.core.ids import SystemId, finding_id
from offramp.workspace.fields import Fields, did_you_mean
from offramp.workspace.model import Declaration, DeclarationKind, System
from offramp.workspace.nodes import parse
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
        node, twice = parse(text, path)
    except OfframpError as error:
        problems.append(error)
        return ()
    problems.extend(twice)
    root = Fields.of(node, "a declarations file", KEYS, problems)
    if root is None:
        return ()
    check_schema(root, SCHEMA)
    found: list[Declaration] = []
    ordinals: dict[tuple[str, str], int] = {}
    for fields in root.items("declarations", "declaration", DECLARATION):
        declaration = _read(fields, path, systems, vocabulary, ordinals)
        if declaration is not None:
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
) -> Declaration | None:
    before = len(fields.problems)
    if not fields.has("kind"):
        fields.problem("setting-missing", "a declaration needs `kind`", "add `kind: contract`")
    kind = fields.choice("kind", DeclarationKind, DeclarationKind.OTHER)
    vendor = read_vendor(fields, "vendor", vocabulary)
    title, owner, source = fields.text("title"), fields.text("owner"), fields.text("source")
    system = fields.text("system", default="")
    if system and system not in systems:
        help_line = did_you_mean(system, systems, f"add `{system}` under `systems` in offramp.yaml")
        fields.problem("system-unknown", f"no system `{system}`", help_line, fields.span("system"))
    since, until = read_date(fields, "since"), read_date(fields, "until")
    route = fields.choice("route", _Route, _Route.UNKNOWN)
    model, note = fields.text("model", default=""), fields.text("note", default="")
    if len(fields.problems) > before:
        return None
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
