"""`sources`: what has to be looked at, or asked, before anybody states that a vendor is not used."""

from offramp.core.yaml_values import Fields
from offramp.workspace.model import DeclaredSource, SourceKind
from offramp.workspace.words import check_id

KINDS = tuple(kind.value for kind in SourceKind)


def read_sources(root: Fields) -> tuple[DeclaredSource, ...]:
    """Every declared source, in the order of the file. Whether a path is there is not asked here."""
    sources = []
    for name, fields in root.tables("sources", "source", KINDS):
        check_id(name, "source", fields.named_at, fields)
        given = [kind for kind in SourceKind if kind.value in fields]
        if len(given) != 1:
            fields.problem(
                "source-kind",
                f"the source `{name}` says {'nothing' if not given else 'several things'} about what it is",
                f"write exactly one of: {', '.join(KINDS)}",
                fields.named_at,
            )
            continue
        sources.append(DeclaredSource(name=name, kind=given[0], place=fields.text(given[0].value)))
    return tuple(sources)
