"""Sealing a text under its window's key, and the digest an entry names it by. Pure.

AES-256-GCM; the window, the id and the digest are authenticated with it. The digest is salted and the salt is
sealed too: once the key is gone, nobody can try whether a text they guess is the one.
"""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
SALT_BYTES = 16


def digest_of(salt: bytes, text: bytes) -> str:
    """SHA-256 over the salt and the text, in hex."""
    return hashlib.sha256(salt + text).hexdigest()


def seal(key: bytes, nonce: bytes, salt: bytes, text: bytes, about: str) -> bytes:
    """Salt and text, unreadable without the key. A nonce is used once with a key."""
    return AESGCM(key).encrypt(nonce, salt + text, about.encode())


def unseal(key: bytes, nonce: bytes, sealed: bytes, about: str) -> tuple[bytes, bytes]:
    """Salt and text. Raises `ValueError` for another key, or for anything that was changed."""
    try:
        whole = AESGCM(key).decrypt(nonce, sealed, about.encode())
    except (InvalidTag, ValueError):
        raise ValueError("it was changed, or sealed with another key") from None
    return whole[:SALT_BYTES], whole[SALT_BYTES:]
