"""Time stamps by an authority (RFC 3161), in a signed message (RFC 5652)."""

import base64
import hashlib
from datetime import datetime
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from offramp.evidence.standalone.der import Piece, general_time, inside, object_id, pieces
from offramp.evidence.standalone.notes import Wrong

SIGNED_DATA = "1.2.840.113549.1.7.2"
STAMP_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE, DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
CERTIFICATE_V1, CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.12", "1.2.840.113549.1.9.16.2.47"
HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
MOST_ISSUERS = 5


class Stamp(NamedTuple):
    """What a time stamp says, before its signature is looked at."""

    at: datetime
    imprint: bytes
    info: bytes
    certificates: list[x509.Certificate]
    signer: Piece


def read_stamp(response: bytes) -> Stamp:
    """The stamp in an authority's answer, once that grants one over a SHA-256."""
    whole = pieces(response)
    if len(whole) != 1:
        raise Wrong("the time stamp is not one answer")
    status, token = inside(whole[0], 0x30, 2)[:2]
    if inside(status, 0x30)[0].whole != b"\x02\x01\x00":
        raise Wrong("the time stamp was not granted")
    kind, held = inside(token, 0x30, 2)
    parts = inside(inside(held, 0xA0)[0], 0x30, 4)
    info_kind, info_held = inside(parts[2], 0x30, 2)
    if parts[0].tag != 0x02:
        raise Wrong("the time stamp is not built like one")
    if object_id(kind) != SIGNED_DATA or object_id(info_kind) != STAMP_INFO:
        raise Wrong("the time stamp is a message of another kind")
    octets = inside(info_held, 0xA0)[0]
    info = pieces(octets.content)
    if octets.tag != 0x04 or len(info) != 1:
        raise Wrong("the time stamp is not built like one")
    fields = inside(info[0], 0x30, 5)
    algorithm, imprint = inside(fields[2], 0x30, 2)
    if object_id(inside(algorithm, 0x30)[0]) != "2.16.840.1.101.3.4.2.1":
        raise Wrong("the time stamp is not over a SHA-256")
    try:
        certificates = [
            x509.load_der_x509_certificate(one.whole)
            for part in parts[3:]
            if part.tag == 0xA0
            for one in pieces(part.content)
        ]
    except (ValueError, x509.InvalidVersion):
        raise Wrong("a certificate in the time stamp cannot be read") from None
    signers = inside(parts[-1], 0x31)
    if len(signers) != 1:
        raise Wrong("the time stamp has several signers")
    return Stamp(general_time(fields[4]), imprint.content, octets.content, certificates, signers[0])


def check_stamp(stamp: Stamp, authorities: list[x509.Certificate]) -> None:
    """`Wrong` unless an authority given stands behind the stamp."""
    try:
        check_message(stamp, authorities)
    except (ValueError, UnsupportedAlgorithm):
        raise Wrong("a certificate of the time stamp cannot be read") from None


def check_message(stamp: Stamp, authorities: list[x509.Certificate]) -> None:
    """The same, where every certificate can be read."""
    fields = inside(stamp.signer, 0x30, 5)
    issuer, serial = inside(fields[1], 0x30, 2)
    if len(fields) < 6 or (fields[0].tag, serial.tag, fields[5].tag) != (0x02, 0x02, 0x04):
        raise Wrong("the time stamp is not built like one")
    method = HASHES.get(object_id(inside(fields[2], 0x30)[0]))
    if method is None or fields[3].tag != 0xA0:
        raise Wrong("the time stamp is signed in a way that is not known here")
    attributes = {
        object_id(name): inside(values, 0x31)
        for name, values in (inside(one, 0x30, 2)[:2] for one in pieces(fields[3].content))
    }
    digest = attributes.get(DIGEST, [])
    kind = attributes.get(CONTENT_TYPE, [])
    if [one.content for one in digest] != [hashed(method, stamp.info)]:
        raise Wrong("the time stamp was changed: its digest is another")
    if [object_id(one) for one in kind] != [STAMP_INFO]:
        raise Wrong("the time stamp was signed as something else")
    number = int.from_bytes(serial.content, "big")
    own = [
        one
        for one in [*stamp.certificates, *authorities]
        if one.serial_number == number and one.issuer.public_bytes() == issuer.whole
    ]
    if not own:
        raise Wrong("the time stamp has no certificate of its signer, and none was given")
    check_names(attributes, own[0])
    signed = b"\x31" + fields[3].whole[1:]
    check_signature(own[0], fields[5].content, signed, method)
    check_purpose(own[0])
    check_issuers(own[0], stamp, authorities)


def check_names(attributes: dict[str, list[Piece]], certificate: x509.Certificate) -> None:
    """`Wrong` unless what was signed names this certificate (RFC 5035)."""
    raw = certificate.public_bytes(Encoding.DER)
    for name, usual in ((CERTIFICATE_V2, "sha256"), (CERTIFICATE_V1, "sha1")):
        for value in attributes.get(name, []):
            first = inside(inside(inside(value, 0x30)[0], 0x30)[0], 0x30)
            algorithm = usual
            if first[0].tag == 0x30:
                known = HASHES.get(object_id(inside(first[0], 0x30)[0]))
                algorithm = known.name if known else ""
                first = first[1:]
            if algorithm and first and first[0].content == hashlib.new(algorithm, raw).digest():
                return
    raise Wrong("the time stamp does not name the certificate it was signed with")


def check_signature(
    certificate: x509.Certificate, signature: bytes, signed: bytes, method: hashes.HashAlgorithm
) -> None:
    """`Wrong` unless the certificate's key made the signature."""
    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), method)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(method))
        else:
            raise Wrong("the time stamp is signed in a way that is not known here")
    except InvalidSignature:
        raise Wrong("the signature under the time stamp is wrong") from None


def check_purpose(certificate: x509.Certificate) -> None:
    """`Wrong` unless the certificate is for time stamps."""
    try:
        purpose = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        raise Wrong("the certificate of the time stamp is not for time stamps") from None
    if not purpose.critical or ExtendedKeyUsageOID.TIME_STAMPING not in purpose.value:
        raise Wrong("the certificate of the time stamp is not for time stamps")


def check_issuers(certificate: x509.Certificate, stamp: Stamp, authorities: list[x509.Certificate]) -> None:
    """`Wrong` unless issuers, valid at the time of the stamp, lead to an authority given."""
    reached = certificate
    for _ in range(MOST_ISSUERS):
        if not reached.not_valid_before_utc <= stamp.at <= reached.not_valid_after_utc:
            raise Wrong("a certificate of the time stamp was not valid then")
        if reached in authorities:
            return
        above = [one for one in [*authorities, *stamp.certificates] if is_issued_by(reached, one)]
        if not above:
            break
        reached = above[0]
    raise Wrong("no authority given stands behind the time stamp")


def is_issued_by(certificate: x509.Certificate, other: x509.Certificate) -> bool:
    """Whether `other` may issue certificates, and issued this one."""
    try:
        if not other.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return False
        certificate.verify_directly_issued_by(other)
    except (x509.ExtensionNotFound, InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return certificate != other


def read_authorities(contents: list[bytes]) -> list[x509.Certificate]:
    """The certificates in files, in PEM or DER."""
    found = []
    for content in contents:
        try:
            if b"-----BEGIN" in content:
                found += x509.load_pem_x509_certificates(content)
            else:
                found.append(x509.load_der_x509_certificate(content))
        except (ValueError, x509.InvalidVersion):
            raise Wrong("what was given as an authority is no certificate") from None
    return found


def unbase64_stamp(text: object) -> bytes:
    """The bytes of a stamp as an entry holds it."""
    try:
        return base64.b64decode(text if isinstance(text, str) else "*", validate=True)
    except ValueError:
        raise Wrong("the time stamp is broken base64") from None


def hashed(method: hashes.HashAlgorithm, content: bytes) -> bytes:
    """The digest of some bytes."""
    digest = hashes.Hash(method)
    digest.update(content)
    return digest.finalize()
