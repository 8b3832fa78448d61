"""Time stamps over checkpoints by an authority (RFC 3161): asking for one, reading and checking one.

Who asks the authority is elsewhere: here is what goes over the wire. The library that knows its encoding is
loaded only where a stamp is at hand.
"""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from offramp.core.errors import OfframpError
from offramp.core.instants import Instant, parse_instant

_METHODS: dict[str, hashes.HashAlgorithm] = {
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
_MOST_ISSUERS = 5


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
        info = _Message.read(answer).info
        imprint = info["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != "sha256":
            raise ValueError("the time stamp is not over a SHA-256")
        return cls(answer, info["gen_time"].native, imprint["hashed_message"].native)

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
            except (ValueError, x509.InvalidVersion):
                raise OfframpError(
                    "authority-unreadable",
                    "what was given as a time-stamp authority is no certificate",
                    help="give a file with the authority's certificate, in PEM or DER",
                ) from None
        return cls(tuple(found))

    def check(self, stamp: Stamp) -> None:
        """Raise `ValueError` unless one of them stands behind the stamp."""
        message = _Message.read(stamp.answer)
        try:
            signer = message.check_signature(self.certificates)
            _check_purpose(signer)
            self._check_issuers(signer, message.certificates, stamp.at)
        except UnsupportedAlgorithm:
            raise ValueError("a certificate of the time stamp cannot be read") from None

    def _check_issuers(
        self, signer: x509.Certificate, others: Sequence[x509.Certificate], at: Instant
    ) -> None:
        """Issuers, valid at the time of the stamp, lead from the signer to one of these certificates."""
        reached = signer
        for _ in range(_MOST_ISSUERS):
            if not reached.not_valid_before_utc <= at <= reached.not_valid_after_utc:
                raise ValueError("a certificate of the time stamp was not valid then")
            if reached in self.certificates:
                return
            above = [one for one in (*self.certificates, *others) if _is_issued_by(reached, one)]
            if not above:
                break
            reached = above[0]
        raise ValueError("no authority given stands behind the time stamp")


class Question:
    """A request for a stamp, with a number that only its answer repeats."""

    def __init__(self, text: bytes) -> None:
        from asn1crypto import tsp

        self._text = text
        self._nonce = secrets.randbits(63)
        request = tsp.TimeStampReq(
            {
                "version": "v1",
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": hashlib.sha256(text).digest(),
                },
                "nonce": self._nonce,
                "cert_req": True,
            }
        )
        self.wire: bytes = request.dump()
        """What is sent to the authority."""

    def answered(self, answer: bytes, authorities: Authorities) -> Stamp:
        """The stamp in an answer to this question. Raises `ValueError` saying what is wrong with it."""
        stamp = Stamp.read(answer)
        stamp.check_text(self._text)
        if _Message.read(answer).info["nonce"].native != self._nonce:
            raise ValueError("it answers another question")
        if authorities:
            authorities.check(stamp)
        return stamp


def stamped_text(origin: str, size: int, root: bytes) -> bytes:
    """What is stamped: the text of a checkpoint, as the ledger's key signs it."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n".encode()


@dataclass(frozen=True, slots=True)
class _Message:
    """The signed message (RFC 5652) inside an answer."""

    info: Any
    """What was stamped and when: TSTInfo."""
    content: bytes
    """The same as it was signed."""
    signer: Any
    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, answer: bytes) -> Self:
        """Read an answer. Raises `ValueError`."""
        from asn1crypto import tsp

        try:
            whole = tsp.TimeStampResp.load(answer, strict=True)
            if whole["status"]["status"].native != "granted":
                raise ValueError("the time stamp was not granted")
            token = whole["time_stamp_token"]
            signed = token["content"]
            encapsulated = signed["encap_content_info"]
            kinds = (token["content_type"].native, encapsulated["content_type"].native)
            if kinds != ("signed_data", "tst_info"):
                raise ValueError("the time stamp is a message of another kind")
            signers = signed["signer_infos"]
            if len(signers) != 1:
                raise ValueError("the time stamp has several signers")
            held = encapsulated["content"]
            found = cls(held.parsed, held.contents, _signer(signers[0]), _certificates(signed))
            # The library reads what it is asked for: these are looked at so that rubbish in them is seen.
            _ = (signed["version"].native, signers[0]["version"].native, found.info.native)
        except _UNREADABLE as error:
            raise ValueError(f"it is no time stamp: {error}") from None
        return found

    def check_signature(self, more: Sequence[x509.Certificate]) -> x509.Certificate:
        """The certificate of whoever signed this. Raises `ValueError` unless it did, and names itself."""
        signer = self.signer
        method = _METHODS.get(signer.method)
        if method is None:
            raise ValueError("the time stamp is signed in a way that is not known here")
        if signer.attributes.get("message_digest") != [_digest(method, self.content)]:
            raise ValueError("the time stamp was changed: its digest is another")
        if signer.attributes.get("content_type") != ["tst_info"]:
            raise ValueError("the time stamp was signed as something else")
        own = [
            one
            for one in (*self.certificates, *more)
            if one.serial_number == signer.serial and one.issuer.public_bytes() == signer.issuer
        ]
        if not own:
            raise ValueError("the time stamp has no certificate of its signer, and none was given")
        raw = own[0].public_bytes(Encoding.DER)
        named = {(name, hashlib.new(name, raw).digest()) for name in ("sha1", *_METHODS)}
        if not named & set(signer.named):
            raise ValueError("the time stamp does not name the certificate it was signed with")
        _check_one(own[0], signer, method)
        return own[0]


@dataclass(frozen=True, slots=True)
class _Signer:
    """Who signed, how, and what was signed with it."""

    issuer: bytes
    serial: int
    method: str
    attributes: dict[str, list[Any]]
    named: tuple[tuple[str, bytes], ...]
    """Digests, with their method, of the certificate that the signer says is its own (RFC 5035)."""
    signed: bytes
    signature: bytes


_UNREADABLE = (
    AttributeError,
    IndexError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
    x509.InvalidVersion,
)
"""What the library raises on bytes it cannot read."""


def _signer(info: Any) -> _Signer:
    named = []
    attributes: dict[str, list[Any]] = {}
    for attribute in info["signed_attrs"]:
        kind = attribute["type"].native
        attributes[kind] = [one.native for one in attribute["values"]]
        if kind == "signing_certificate":
            named += [("sha1", one["certs"][0]["cert_hash"].native) for one in attribute["values"]]
        elif kind == "signing_certificate_v2":
            firsts = [one["certs"][0] for one in attribute["values"]]
            named += [(one["hash_algorithm"]["algorithm"].native, one["cert_hash"].native) for one in firsts]
    if info["sid"].name != "issuer_and_serial_number":
        raise ValueError("its signer is named in a way that is not known here")
    who = info["sid"].chosen
    return _Signer(
        issuer=who["issuer"].dump(),
        serial=who["serial_number"].native,
        method=info["digest_algorithm"]["algorithm"].native,
        attributes=attributes,
        named=tuple(named),
        signed=b"\x31" + info["signed_attrs"].dump()[1:],
        signature=info["signature"].native,
    )


def _certificates(signed: Any) -> tuple[x509.Certificate, ...]:
    return tuple(x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"] or ())


def _check_one(certificate: x509.Certificate, signer: _Signer, method: hashes.HashAlgorithm) -> None:
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signer.signature, signer.signed, padding.PKCS1v15(), method)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, signer.signed, ec.ECDSA(method))
        else:
            raise ValueError("the time stamp is signed in a way that is not known here")
    except InvalidSignature:
        raise ValueError("the signature under the time stamp is wrong") from None


def _check_purpose(certificate: x509.Certificate) -> None:
    try:
        purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        purpose = None
    if purpose is None or not purpose.critical or ExtendedKeyUsageOID.TIME_STAMPING not in purpose.value:
        raise ValueError("the certificate of the time stamp is not for time stamps")


def _is_issued_by(certificate: x509.Certificate, other: x509.Certificate) -> bool:
    try:
        if not other.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(other)
    except (x509.ExtensionNotFound, InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return certificate != other


def _digest(method: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(method)
    digest.update(content)
    return digest.finalize()
