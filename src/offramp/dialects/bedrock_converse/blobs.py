"""Hidden reasoning is bytes in this API: base64. Seals of other kinds are put into base64 and taken out."""

import base64
import binascii

from offramp.dialects.shaping.seals import SEAL_MARK


def blob_of(seal: str) -> str:
    """`seal` as this API holds it."""
    try:
        base64.b64decode(seal, validate=True)
    except (binascii.Error, ValueError):
        return base64.b64encode(seal.encode("utf-8", "surrogatepass")).decode()
    return seal


def seal_in(blob: str) -> str:
    """The seal that `blob` holds: our own where it is one, else the blob itself."""
    try:
        inside = base64.b64decode(blob, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        return blob
    return inside if inside.startswith(SEAL_MARK) else blob
