"""Time stamps over checkpoints by an authority (RFC 3161): asking for one, reading and checking one.

Who asks the authority is elsewhere: here is what goes over the wire. The library is loaded only where a stamp
is at hand.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cryptography import x509

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant

if TYPE_CHECKING:
    from rfc3161_client import TimeStampRequest, TimeStampResponse

_SHA256 = "2.16.840.1.101.3.4.2.1"
GRANTED = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """An authority's answer that it saw something at a time; who answered is another question."""

    answer: bytes
    """DER of the whole TimeStampResp."""
    at: Instant
    imprint: bytes

    @classmethod
    def read(cls, answer: bytes) -> Self:
        """Read an answer. Raises `ValueError` when it grants no stamp over a SHA-256."""
        info = _decode(answer).tst_info
        if info.message_imprint.hash_algorithm.dotted_string != _SHA256:
            raise ValueError("the time stamp is not over a SHA-256")
        return cls(answer, info.gen_time, info.message_imprint.message)

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read an answer as an entry holds it, in base64. Raises `ValueError`."""
        try:
            answer = base64.b64decode(text if isinstance(text, str) else "*", validate=True)
        except ValueError:
            raise ValueError("the time stamp is broken base64") from None
        return cls.read(answer)

    def serialise(self) -> str:
        """The answer in base64."""
        return base64.b64encode(self.answer).decode()

    def check_text(self, text: bytes) -> None:
        """Raise `ValueError` unless it is this that was stamped."""
        if self.imprint != hashlib.sha256(text).digest():
            raise ValueError("the time stamp is of something else")

    def check_time(self, text: object) -> None:
        """Raise `ValueError` unless the time an entry gives, to the second, is the stamp's."""
        try:
            said = parse_instant(text if isinstance(text, str) else "")
        except OfframpError as error:
            raise ValueError(error.message) from None
        if said.replace(microsecond=0) != self.at.replace(microsecond=0):
            raise ValueError("the time stamp says another time")


@dataclass(frozen=True, slots=True)
class Authorities:
    """The certificates somebody trusts to say the time."""

    certificates: tuple[x509.Certificate, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.certificates)

    @classmethod
    def read(cls, contents: Sequence[bytes]) -> Self:
        """The certificates in files, PEM or DER. Raises `authority-unreadable`."""
        found: list[x509.Certificate] = []
        for content in contents:
            try:
                if b"-----BEGIN" in content:
                    found += x509.load_pem_x509_certificates(content)
                else:
                    found.append(x509.load_der_x509_certificate(content))
            except ValueError:
                raise OfframpError(
                    "authority-unreadable",
                    "what was given as a time-stamp authority is no certificate",
                    help="give a file with the authority's certificate, in PEM or DER",
                ) from None
        return cls(tuple(found))

    def check(self, stamp: Stamp) -> None:
        """Raise `ValueError` unless one of them stands behind the stamp."""
        from rfc3161_client import VerificationError, VerifierBuilder

        try:
            verifier = VerifierBuilder(roots=list(self.certificates)).build()
            verifier.verify(_decode(stamp.answer), stamp.imprint)
        except (VerificationError, ValueError) as error:
            raise ValueError(f"no authority given stands behind the time stamp: {error}") from None


class Question:
    """A request for a stamp, with a number that only its answer repeats."""

    def __init__(self, text: bytes) -> None:
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        self._text = text
        builder = TimestampRequestBuilder(text, HashAlgorithm.SHA256)
        self._request: TimeStampRequest = builder.build()

    @property
    def wire(self) -> bytes:
        """What is sent to the authority."""
        return self._request.as_bytes()

    def answered(self, answer: bytes, authorities: Authorities) -> Stamp:
        """The stamp in an answer to this question. Raises `ValueError` saying what is wrong with it."""
        stamp = Stamp.read(answer)
        stamp.check_text(self._text)
        if _decode(answer).tst_info.nonce != self._request.nonce:
            raise ValueError("it answers another question")
        if authorities:
            authorities.check(stamp)
        return stamp


def stamped_text(origin: str, size: int, root: bytes) -> bytes:
    """What is stamped: the text of a checkpoint, as the ledger's key signs it."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


def _decode(answer: bytes) -> "TimeStampResponse":
    from rfc3161_client import decode_timestamp_response

    try:
        found = decode_timestamp_response(answer)
    except ValueError as error:
        raise ValueError(f"it is no time stamp: {error}") from None
    if found.status != GRANTED:
        raise ValueError("the time stamp was not granted")
    return found
