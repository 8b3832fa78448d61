"""Signing by inserting text: the file keeps its comments, order and spacing; only the signature is added.

A signature names a person, a time and the digest of what was signed (`loading/signatures.py`). Signing a
draft also says where it stands from now on. Whether the document loads is checked by whoever writes it.
"""

from dataclasses import dataclass

from offramp.core.errors import OfframpError
from offramp.core.spans import Span
from offramp.core.yaml_nodes import Listing, Node, Scalar, Table, parse
from offramp.instruments.drafting.scaffold import UNNAMED, quoted
from offramp.instruments.loading.signatures import SIGNED, signed_digest
from offramp.instruments.model import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Who signs, when, and where a draft stands from then on."""

    by: str
    on: str
    """RFC 3339."""
    status: Status = Status.IN_FORCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The document with the signature in it."""

    text: str
    instrument: str
    digest: str
    was_draft: bool
    is_new: bool
    """False: this person's signature already stood there, for this content."""


def sign(text: str, path: str, instrument: str, signing: Signing) -> Signed:
    """The text with `instrument` signed; empty: the only one in it.

    Raises `instrument-unknown`, `instrument-missing` where several could be meant, `issuer-missing`, and
    `edit-by-hand`.
    """
    found, _ = _find(text, path, instrument)
    issuer = found.get("issuer")
    if issuer is not None and _word(found, "issuer") == UNNAMED:
        raise OfframpError(
            "issuer-missing",
            "a draft's issuer is still to be filled in, so nobody can vouch for it",
            help="write who issued it after `issuer`",
            where=issuer.span,
        )
    name = _word(found, "id")
    status = found.get("status")
    was_draft = isinstance(status, Scalar) and status.text == Status.DRAFT
    if was_draft and isinstance(status, Scalar):
        text = text[: status.extent.start] + signing.status.value + text[status.extent.end :]
        found, _ = _find(text, path, name)
    old = found.get(SIGNED)
    _, document = _find(text, path, name)
    digest = signed_digest(found, document)
    if isinstance(old, Table) and _word(old, "by") == signing.by and _word(old, "digest") == digest:
        return Signed(text=text, instrument=name, digest=digest, was_draft=was_draft, is_new=False)
    if old is not None:
        text = _without(text, found)
        found, document = _find(text, path, name)
    key = next(key for key, _ in found if key.text == "id")
    end = text.find("\n", key.extent.end)
    line = (
        f"{' ' * key.extent.column}{SIGNED}: "
        f"{{by: {quoted(signing.by)}, on: {quoted(signing.on)}, digest: {digest}}}"
    )
    text = f"{text}\n{line}\n" if end < 0 else f"{text[: end + 1]}{line}\n{text[end + 1 :]}"
    found, document = _find(text, path, name)
    if signed_digest(found, document) != digest:
        raise _by_hand(Span(path), "adding the signature would change what is signed")
    return Signed(text=text, instrument=name, digest=digest, was_draft=was_draft, is_new=True)


def _find(text: str, path: str, instrument: str) -> tuple[Table, Table]:
    document, problems = parse(text, path)
    if problems:
        raise problems[0]
    listed = document.get("instruments") if isinstance(document, Table) else None
    tables = [one for one in listed.items if isinstance(one, Table)] if isinstance(listed, Listing) else []
    names = [_word(one, "id") for one in tables]
    if not isinstance(document, Table) or not tables:
        raise OfframpError(
            "instrument-unknown", f"`{path}` holds no instrument", help="name a document of instruments"
        )
    if not instrument and len(tables) > 1:
        raise OfframpError(
            "instrument-missing",
            f"`{path}` holds {len(tables)} instruments, and each is signed by itself",
            help=f"add --instrument, one of: {', '.join(names)}",
        )
    if instrument and instrument not in names:
        raise OfframpError(
            "instrument-unknown",
            f"`{path}` holds no instrument `{instrument}`",
            help=f"use one of: {', '.join(names)}",
        )
    found = tables[names.index(instrument) if instrument else 0]
    key = next((key for key, _ in found if key.text == "id"), None)
    if found.is_flow or key is None or (isinstance(listed, Listing) and document.is_flow):
        raise _by_hand(
            found.span, "cannot insert into an instrument written between braces, or without an id"
        )
    return found, document


def _without(text: str, found: Table) -> str:
    """The text without the lines of the signature that stands in it."""
    key, value = next((key, value) for key, value in found if key.text == SIGNED)
    start = text.rfind("\n", 0, key.extent.start) + 1
    if text[start : key.extent.start].strip():
        raise _by_hand(key.span, "the old signature shares its line with something else")
    end = text.find("\n", _last(value))
    return text[:start] + ("" if end < 0 else text[end + 1 :])


def _last(node: Node) -> int:
    """Where a node's text ends; the mark of a block ends only where the next thing begins."""
    if isinstance(node, Table) and not node.is_flow and node.entries:
        return max(_last(value) for _, value in node)
    return node.extent.end


def _word(table: Table, name: str) -> str:
    node = table.get(name)
    return node.text if isinstance(node, Scalar) else ""


def _by_hand(where: Span, reason: str) -> OfframpError:
    return OfframpError(
        "edit-by-hand", reason, help="write the instrument as indented lines, `id` first", where=where
    )
