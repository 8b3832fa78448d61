"""Identifiers of persons by their pattern: mail addresses, telephone and national numbers. Pure.

A name is not seen, nor is a national number without a check or a fixed form. What looks like an identifier
may be none. So this is an audit signal and counts nobody.
"""

import re
from collections.abc import Callable, Iterable

MOST_TEXT = 1_000_000
"""Characters that are looked at in one request; what is beyond is not looked at, and said so."""

MAIL = "mail addresses"
TELEPHONE = "telephone numbers"
NATIONAL = "national numbers"

_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_TELEPHONE = re.compile(r"(?<![\w+])\+[1-9][0-9](?:[ .()/-]{0,2}[0-9]){6,12}(?!\w)")
_DIGITS = re.compile(r"[0-9][0-9 .-]{5}")
"""In every national number that is looked for: where there is none, there is no such number."""
_ANY = re.compile(rb"[0-9][0-9 .-]{5}")
_HIDING = (b"@", b"+", b"\\u", b"base64", b'"data"', b'"bytes"')
"""Without one of these, or digits, no text of a body has an identifier: escapes and encoded files can."""
_US = re.compile(r"(?<![\w-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![\w-])")
_BRAZIL = re.compile(r"(?<!\w)[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?!\w)")
_SPAIN = re.compile(r"(?<!\w)[0-9]{8}-?[A-HJ-NP-TV-Z](?!\w)")
_FRANCE = re.compile(r"(?<!\w)[12] ?[0-9]{2} ?[01][0-9] ?[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?!\w)")
_FINLAND = re.compile(r"(?<!\w)[0-3][0-9][01][0-9]{3}[-+A-FU-Y][0-9]{3}[0-9A-FHJ-NPR-Y](?!\w)")
_POLAND = re.compile(r"(?<!\w)[0-9]{11}(?!\w)")


def may_hold_identifiers(body: bytes) -> bool:
    """Whether texts of this JSON body may have any. Cheaper than to read them."""
    return len(body) > MOST_TEXT or any(sign in body for sign in _HIDING) or _ANY.search(body) is not None


def identifiers_in(texts: Iterable[str]) -> dict[str, int]:
    """Kind of identifier to how many different ones there are; kinds without any are left out."""
    found: dict[str, set[str]] = {MAIL: set(), TELEPHONE: set(), NATIONAL: set()}
    left = MOST_TEXT
    for text in texts:
        part = text[: max(0, left)]
        left -= len(part)
        if "@" in part:
            found[MAIL].update(one.casefold() for one in _MAIL.findall(part))
        if "+" in part:
            found[TELEPHONE].update(_digits(one) for one in _TELEPHONE.findall(part))
        for pattern, is_sound in _NATIONAL if _DIGITS.search(part) else ():
            found[NATIONAL].update(one for one in pattern.findall(part) if is_sound(one))
    return {kind: len(each) for kind, each in found.items() if each}


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal())


def _always(_: str) -> bool:
    return True


def _brazil(text: str) -> bool:
    digits = [int(sign) for sign in _digits(text)]
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(digit * weight for digit, weight in zip(digits, range(length + 1, 1, -1), strict=False))
        if digits[length] != total * 10 % 11 % 10:
            return False
    return True


def _spain(text: str) -> bool:
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(_digits(text)) % 23] == text[-1]


def _france(text: str) -> bool:
    digits = _digits(text)
    return int(digits[13:]) == 97 - int(digits[:13]) % 97


def _finland(text: str) -> bool:
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(text[:6] + text[7:10]) % 31] == text[10]


def _poland(text: str) -> bool:
    weights = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)
    digits = [int(sign) for sign in text]
    month, day = int(text[2:4]) % 20, int(text[4:6])
    total = sum(digit * weight for digit, weight in zip(digits, weights, strict=False))
    return 1 <= month <= 12 and 1 <= day <= 31 and (10 - total % 10) % 10 == digits[10]


_NATIONAL: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (_US, _always),
    (_BRAZIL, _brazil),
    (_SPAIN, _spain),
    (_FRANCE, _france),
    (_FINLAND, _finland),
    (_POLAND, _poland),
)
