"""Words a setting can be: ids, vendors, dates and references to secrets, each checked where it stands."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from offramp.core.errors import OfframpError, did_you_mean
from offramp.core.ids import VendorId
from offramp.core.instants import parse_instant
from offramp.core.secrets import SecretRef
from offramp.core.spans import Span
from offramp.core.yaml_values import Fields

SECRET = ("env", "file")

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """Words the settings may use that other rooms own. An empty set is not checked against."""

    dialects: frozenset[str] = frozenset()
    vendors: frozenset[str] = frozenset()
    """Vendors with a profile. A vendor without one is accepted unless it looks like a slip of the pen."""


def read_secret(fields: Fields, key: str) -> SecretRef | None:
    """A reference to a secret. A secret written out is a problem whose message does not repeat it."""
    value = fields.get(key)
    if value is None:
        return None
    if not value.is_table:
        value.problem(
            "secret-written-out",
            f"{value.what} must say where the secret is kept, not what it is",
            "write {env: NAME} or {file: PATH}; if a real secret stood here, replace it",
        )
        return None
    inner = value.fields(SECRET)
    ref = SecretRef(env=inner.text("env"), file=inner.text("file"))
    if bool(ref.env) == bool(ref.file):
        value.problem(
            "secret-reference",
            f"{value.what} needs one of `env` and `file`",
            "write {env: NAME} or {file: PATH}",
        )
        return None
    if ref.env and not _ENVIRONMENT.match(ref.env):
        fields.problem(
            "secret-reference",
            f"`env` of {inner.what} is not the name of an environment variable",
            "write the variable's name, such as EXAMPLE_API_KEY, not its value",
            inner.span("env"),
        )
        return None
    return ref


def read_vendor(fields: Fields, key: str, vocabulary: Vocabulary) -> VendorId:
    """A vendor's id, as in its profile where it has one."""
    vendor = fields.text(key)
    if vendor:
        check_vendor(vendor, fields.span(key), fields, vocabulary)
    return VendorId(vendor)


def read_date(fields: Fields, key: str) -> str:
    """A date or an instant as written, checked; empty where it is not given."""
    text = fields.text(key)
    if text:
        try:
            parse_instant(text)
        except OfframpError as error:
            fields.problem(error.code, error.message, error.help, fields.span(key))
            return ""
    return text


def check_vendor(vendor: str, where: Span, fields: Fields, vocabulary: Vocabulary) -> None:
    """Record a problem where `vendor` cannot be an id, or is a slip away from one that has a profile."""
    if not _ID.match(vendor):
        check_id(vendor, "vendor", where, fields)
    elif vocabulary.vendors and vendor not in vocabulary.vendors:
        near = _slip(vendor, vocabulary.vendors)
        if near:
            fields.problem(
                "vendor-unknown", f"no vendor profile `{vendor}`", f"did you mean `{near}`?", where
            )


def check_id(name: str, what: str, where: Span, fields: Fields) -> None:
    """Record a problem where `name` cannot be an id."""
    if not _ID.match(name):
        fields.problem(
            "id-unreadable",
            f"`{name}` cannot name a {what}",
            "use small letters, digits, `.`, `-` and `_`, beginning with a letter or digit",
            where,
        )


def unknown_name(fields: Fields, key: str, word: str, options: Iterable[str], section: str) -> None:
    """Record that the value of `key` names nothing in `options`, with the nearest that is there."""
    fields.problem(
        f"{key}-unknown",
        f"no {key} `{word}`",
        did_you_mean(word, options, f"add `{word}` under `{section}`"),
        fields.span(key),
    )


def _slip(word: str, options: frozenset[str]) -> str:
    """The one option that is a letter or two away; an invented name is not a slip."""
    for option in sorted(options):
        if abs(len(option) - len(word)) <= 1 and _distance(word, option) <= 2 and len(option) > 4:
            return option
    return ""


def _distance(left: str, right: str) -> int:
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]
