"""Identifiers of persons as they are compared, and the keyed hash that is all that is kept of one. Pure.

Merged: compatibility forms and composition (NFKC), case, spaces at the ends, runs of white space, and signs
that are not seen (format characters). Not merged: look-alikes of other scripts, dots and tags in mail
addresses, ways to write a telephone number. What is not merged counts as another person, never as none.
"""

import unicodedata
from hashlib import blake2b

LONGEST = 512
"""Characters of one identifier; what is longer is none."""
HASH_BYTES = 8


def normalised(text: str) -> str:
    """The identifier as it is compared. Raises `ValueError` for what cannot be one."""
    if len(text) > LONGEST:
        raise ValueError(f"an identifier has more than {LONGEST} characters")
    if text.isascii():
        plain = text.lower()
    else:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
        plain = "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")
    words = plain.split()
    if not words:
        raise ValueError("an identifier is empty")
    joined = " ".join(words)
    if not joined.isprintable():
        raise ValueError("an identifier has signs that cannot be printed")
    return joined


def keyed(key: bytes, identifier: str) -> int:
    """Eight bytes of the keyed BLAKE2b hash, as a signed number. Without the key nothing leads back."""
    digest = blake2b(identifier.encode(), digest_size=HASH_BYTES, key=key).digest()
    return int.from_bytes(digest, "big", signed=True)
