"""Headers in and out: what is passed on, what is ours, and nothing that could break out of its line."""

from collections.abc import Iterable, Mapping
from functools import cache

from offramp.dialects import Loss

RawHeaders = list[tuple[bytes, bytes]]

MAX_VALUE = 512
_ANSWERS = frozenset(("retry-after", "retry-after-ms", "request-id", "x-request-id", "x-should-retry"))
_FEATURES = ("-beta", "-version")


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names to values."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


def feature_headers(headers: Mapping[str, str], dialect: str) -> dict[str, str]:
    """What a caller asks of its own API by header: the version and the betas. No credentials, no accounts."""
    prefix = _prefix(dialect)
    return {
        name: value
        for name, value in headers.items()
        if name.startswith(prefix) and name.endswith(_FEATURES) and value.isascii() and value.isprintable()
    }


def answer_headers(headers: Mapping[str, str], dialect: str) -> RawHeaders:
    """What an upstream's answer says beside its body that callers of the same API rely on."""
    limits = ("x-ratelimit-", f"{_prefix(dialect)}ratelimit-")
    return [
        (name.encode(), safe(value))
        for name, value in headers.items()
        if name in _ANSWERS or name.startswith(limits)
    ]


def loss_header(losses: Iterable[Loss]) -> bytes:
    """Names of the fields lost, each once, in order; an ellipsis where there are too many to list."""
    names = dict.fromkeys(safe(loss.field).replace(b",", b"?") for loss in losses)
    value = b""
    for name in names:
        longer = value + b", " + name if value else name
        if len(longer) > MAX_VALUE:
            return value + b", ..."
        value = longer
    return value


def safe(text: str) -> bytes:
    """Printable ASCII of bounded length; anything else becomes a question mark."""
    shown = text[:MAX_VALUE]
    if not (shown.isascii() and shown.isprintable()):
        shown = "".join(sign if sign.isascii() and sign.isprintable() else "?" for sign in shown)
    return shown.encode("ascii")


@cache
def _prefix(dialect: str) -> str:
    """The API's owner as its own headers spell it: the first word of the dialect's slug."""
    return dialect.partition("-")[0] + "-"
