"""Requests signed with an access key (Signature Version 4): making a signature, reading one, checking one.

Values only. Paths and queries are those on the wire, percent signs and all. The body's digest is always part
of the signature: a request whose body is not signed is not accepted.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant
from offramp.core.secrets import Secret

WINDOW: Final = timedelta(minutes=5)
"""How far a signature's time may be from ours, either way; after that it cannot be used again."""

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TIME: Final = "%Y%m%dT%H%M%SZ"
_TERMINATOR: Final = "aws4_request"
_DIGEST_HEADER: Final = "x-amz-content-sha256"
_DATE_HEADER: Final = "x-amz-date"
_TOKEN_HEADER: Final = "x-amz-security-token"  # noqa: S105 - a header's name
_RESERVED: Final = re.compile(rb"[^A-Za-z0-9_.~/-]")
_MUST_BE_SIGNED: Final = ("host", _DATE_HEADER)
_AUTHORITY: Final = ":authority"
"""What the host is called where a client speaks HTTP/2, and signs it as."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request as it goes over the wire."""

    method: str
    path: str
    query: str
    """Without the question mark."""
    headers: Mapping[str, str]
    """Lower-case names."""
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """What signs."""

    id: str
    secret: Secret
    token: Secret | None = None
    """Sent along where the key is a temporary one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Signs requests to one service in one region."""

    region: str
    service: str
    key: AccessKey

    def headers(self, message: Message, at: Instant) -> Mapping[str, str]:
        """The headers that sign `message` at `at`, to be sent beside its own."""
        key = self.key
        stamp = at.astimezone(UTC).strftime(_TIME)
        added = {_DATE_HEADER: stamp}
        if key.token is not None:
            added[_TOKEN_HEADER] = key.token.reveal()
        signed = {
            name: value
            for name, value in {**message.headers, **added}.items()
            if name in ("host", "content-type") or name.startswith("x-amz-")
        }
        names = tuple(sorted(signed))
        scope = f"{stamp[:8]}/{self.region}/{self.service}/{_TERMINATOR}"
        digest = sha256(message.body).hexdigest()
        text = _text_to_sign(message, signed, names, digest, stamp, scope)
        value = _signature(key.secret, scope, text)
        return added | {
            "authorization": f"{ALGORITHM} Credential={key.id}/{scope}, "
            f"SignedHeaders={';'.join(names)}, Signature={value}"
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A signature a request carries."""

    key_id: str
    scope: str
    """Day, region, service and terminator, joined by slashes."""
    names: tuple[str, ...]
    """Headers it covers, in order."""
    value: str
    stamp: str
    at: Instant

    def check(self, message: Message, secret: Secret, now: Instant) -> None:
        """Returns where `secret` made this signature for `message` a short while ago.

        Raises `signature-expired`, `signature-incomplete` or `signature-invalid`.
        """
        if abs(now - self.at) > WINDOW:
            raise _refused(
                "signature-expired",
                f"the request was signed at {self.stamp}, which is more than "
                f"{WINDOW.seconds // 60} minutes from this machine's time, {now.strftime(_TIME)}",
                "set the caller's clock, and sign each request anew",
            )
        digest = sha256(message.body).hexdigest()
        told = message.headers.get(_DIGEST_HEADER, digest)
        if told != digest:
            is_unsigned = not re.fullmatch("[0-9a-f]{64}", told)
            raise _refused(
                "signature-incomplete" if is_unsigned else "signature-invalid",
                "the body is not covered by the signature"
                if is_unsigned
                else "the body is not the one that was signed",
                "sign the payload as well",
            )
        headers = {_AUTHORITY: message.headers.get("host", ""), **message.headers}
        missing = [name for name in self.names if name not in headers]
        if missing:
            raise _refused(
                "signature-incomplete",
                f"signed headers did not arrive: {', '.join(missing)[:200]}",
                "look for a proxy that removes them",
            )
        text = _text_to_sign(message, headers, self.names, digest, self.stamp, self.scope)
        if not hmac.compare_digest(_signature(secret, self.scope, text), self.value):
            raise _refused(
                "signature-invalid",
                "the signature does not match the request",
                "check the secret; it is the caller's key. A proxy that changes the host or the path breaks "
                "signatures, too",
            )


def read_signature(headers: Mapping[str, str]) -> Signature | None:
    """The signature in lower-case `headers`, or None where they carry another kind of credential.

    Raises `signature-incomplete` for half of one.
    """
    scheme, _, rest = headers.get("authorization", "").partition(" ")
    if scheme != ALGORITHM:
        return None
    fields = dict(field.strip().partition("=")[::2] for field in rest.split(","))
    key_id, _, scope = fields.get("Credential", "").partition("/")
    names = tuple(name for name in fields.get("SignedHeaders", "").split(";") if name)
    value, stamp = fields.get("Signature", ""), headers.get(_DATE_HEADER, "")
    steps = scope.split("/")
    is_whole = key_id and value and len(steps) == 4 and steps[3] == _TERMINATOR and steps[0] == stamp[:8]
    signed = {"host" if name == _AUTHORITY else name for name in names}
    if not (is_whole and signed.issuperset(_MUST_BE_SIGNED)) or list(names) != sorted(names):
        raise _refused(
            "signature-incomplete",
            f"the authorization header holds no whole {ALGORITHM} signature",
            f"sign with an SDK of the cloud's, at least the headers {' and '.join(_MUST_BE_SIGNED)}",
        )
    try:
        at = datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _refused(
            "signature-incomplete", f"`{_DATE_HEADER}` is no time", "write it as 20300131T235959Z"
        ) from None
    return Signature(key_id=key_id, scope=scope, names=names, value=value, stamp=stamp, at=at)


def _text_to_sign(
    message: Message, headers: Mapping[str, str], names: tuple[str, ...], digest: str, stamp: str, scope: str
) -> str:
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in names]
    request = "\n".join(
        (
            message.method,
            _canonical_path(message.path),
            _canonical_query(message.query),
            *lines,
            "",
            ";".join(names),
            digest,
        )
    )
    return "\n".join((ALGORITHM, stamp, scope, sha256(request.encode()).hexdigest()))


def _canonical_path(path: str) -> str:
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            steps = steps[:-1]
        elif step not in ("", "."):
            steps.append(step)
    plain = "/" + "/".join(steps) + ("/" if steps and path.endswith("/") else "")
    return _RESERVED.sub(lambda match: b"%%%02X" % match[0][0], plain.encode()).decode()


def _canonical_query(query: str) -> str:
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&") if pair)
    return "&".join(f"{name}={value}" for name, value in pairs)


def _signature(secret: Secret, scope: str, text: str) -> str:
    key = f"AWS4{secret.reveal()}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), sha256)
    return hmac.digest(key, text.encode(), sha256).hex()


def _refused(code: str, message: str, help_line: str) -> OfframpError:
    return OfframpError(code, message, help=help_line)
