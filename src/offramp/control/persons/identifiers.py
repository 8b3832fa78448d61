"""Identifiers of persons as they are compared, and the keyed hash that is all that is kept of one. Pure.

Merged: compatibility forms and composition (NFKC), case, spaces at the ends, runs of white space, and signs
that are not seen (format characters). Not merged: look-alikes of other scripts, dots and tags in mail
addresses, ways to write a telephone number. What is not merged counts as another person, never as none.
"""

import unicodedata
from collections.abc import Iterable
from hashlib import blake2b
from struct import unpack

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


def listed(text: str) -> set[str]:
    """The identifiers between commas, as they are compared. Raises `ValueError` for what cannot be one."""
    if text.isascii() and text.isprintable() and "  " not in text:
        # The same without looking at each sign of each identifier.
        found = {part.strip() for part in text.lower().split(",")}
        found.discard("")
        if not found or len(max(found, key=len)) <= LONGEST:
            return found
    return {normalised(part) for part in text.split(",") if part.strip()}


def keyed(key: bytes, identifiers: Iterable[str]) -> frozenset[int]:
    """Eight bytes of each keyed BLAKE2b hash, as signed numbers. Without the key nothing leads back."""
    begun, digests = blake2b(digest_size=HASH_BYTES, key=key), []
    for one in identifiers:
        hashing = begun.copy()
        hashing.update(one.encode())
        digests.append(hashing.digest())
    return frozenset(unpack(f">{len(digests)}q", b"".join(digests)))
