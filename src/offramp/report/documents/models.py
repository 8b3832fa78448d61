"""The local models as a document (models/v1)."""

from collections.abc import Mapping
from pathlib import Path

from offramp.core.instants import Instant
from offramp.report.document import Document, Table
from offramp.upstream import Weights


def models_document(
    catalogue: Mapping[str, Weights], held: Mapping[str, Path | None], at: Instant
) -> Document:
    """Every model of `catalogue`, and the file in the cache where there is one."""
    rows = []
    listed = []
    for slug, weights in catalogue.items():
        path = held.get(slug)
        rows.append(
            (slug, weights.title, _megabytes(weights.bytes), weights.licence, "yes" if path else "no")
        )
        listed.append(
            {
                "slug": slug,
                "title": weights.title,
                "licence": weights.licence,
                "bytes": weights.bytes,
                "memory_mb": weights.memory_mb,
                "sha256": weights.sha256,
                "packages": [f"{part.package}=={part.version}" for part in weights.parts],
                "path": str(path) if path else None,
            }
        )
    absent = [slug for slug in catalogue if held.get(slug) is None]
    return Document(
        schema="offramp/models/v1",
        title="local models",
        at=at,
        body={"models": listed},
        tables=(Table(title="", columns=("model", "what", "size", "licence", "here"), rows=tuple(rows)),),
        scope="models this version can run on this machine",
        method="pinned in the product by SHA-256; a file counts as here only if its hash is the pinned one",
        gaps=("they are small stand-ins: what they answer says nothing about a vendor's models",),
        next_steps=tuple(f"offramp models pull {slug}" for slug in absent),
    )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"
