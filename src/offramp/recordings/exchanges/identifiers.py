"""What tells a person or opens a door, found in text by its form: where it stands and what it is. Pure.

Names, addresses and what a story tells about somebody have no form: they are not found here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from offramp.recordings.exchanges.check_digits import (
    is_account,
    is_card,
    is_national,
    is_national_with_letters,
)
from offramp.vendors import load_profiles

SECRET: Final = "secret"  # noqa: S105 - a word, not one
WORDS: Final = ("mail", "phone", "card", "account", "national", SECRET)
"""What stands in the place of each kind."""


class Span(NamedTuple):
    """A part of a text that goes."""

    start: int
    end: int
    word: str


_MAIL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+'-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_NUMBER: Final = re.compile(r"(?<!\w)(?:\+|\(\+?)?\d(?:[ .\-/()\u00a0]{0,3}\d){6,29}(?!\w)")
_LETTERED: Final = re.compile(
    r"(?<!\w)(?:[XYZ]?\d{7,8}[A-Z]|[A-Z]{6}\d{2}[A-Z]\d{2}[A-Z]\d{3}[A-Z]|\d{6}[-+A-FU-Y]\d{3}[0-9A-Y])(?!\w)"
)
_ACCOUNT: Final = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")
_US_PERSON: Final = re.compile(r"(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}")
_PHONE: Final = re.compile(
    r"\(?(?:\+|00)\d[\d ().\-/\u00a0]{6,20}"
    r"|\(?\d{3}\)?[ .\-]\d{3}[ .\-]\d{4}"
    r"|\(?0\d{1,5}\)?[ /\-.]{1,2}\d[\d ./\-]{4,14}"
)
_SECRETS: Final = (
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----[\s\S]{0,20000}?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)",
    r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*",
    r"\boffr_[a-z0-9.-]{1,64}_[A-Za-z0-9_-]{43}",
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    r"\bAIza[0-9A-Za-z_-]{35}",
    r"\b(?:sk|pk|rk|gh[oprsu]|glpat|xox[abeoprs]|npm|pypi|dop_v1)[-_][A-Za-z0-9_-]{16,}",
    r"(?i:\bbearer\s+)(?P<bearer>[A-Za-z0-9._~+/=-]{16,})",
    r"(?<=://)[^\s/@:\"']{1,256}:[^\s/@\"']{1,256}(?=@)",
    r"(?i:\b[\w-]{0,40}(?:api[_-]?key|secret|token|passw(?:or)?d|passphrase|pwd|private[_-]?key)"
    r"\\?[\"']?\s{0,3}(?:[:=]|\bis\b)\s{0,3}\\?[\"']?)(?P<given>[^\s\"'\\,;{}\[\]()]{8,512})",
)
_BEGINS: Final = re.compile(
    r"-----BEGIN|eyJ|offr_|AKIA|ASIA|AIza|[sprk]k[-_]|gh[oprsu]_|glpat|xox|npm_|pypi-|dop_v1|://"
    r"|(?i:bearer|key|secret|token|passw|passphrase|pwd)"
)
"""Without one of these none of the above is there."""
_FILE: Final = re.compile(r"(?:data:[\w/+.;=-]{1,200},)?[A-Za-z0-9+/_-]+={0,2}\s*")
LEAST_FILE: Final = 1024
LEAST_DIGITS: Final = 7
MOST_PHONE: Final = 15
"""Digits of the longest telephone number (ITU-T E.164)."""
MOST_GROUPS: Final = 7
"""Groups that spaces part a number into."""


def find(text: str, own: Sequence[tuple[str, re.Pattern[str]]] = ()) -> list[Span]:
    """Every identifier in `text`, in order, none inside another. `own` are further words and patterns."""
    if len(text) >= LEAST_FILE and _FILE.fullmatch(text):
        # A file as text: an image, a document. What is in it is not looked at.
        return []
    found: list[Span] = []
    for word, pattern in own:
        found += (Span(*one.span(), word) for one in pattern.finditer(text) if one.end() > one.start())
    found += _secrets(text)
    if "@" in text:
        found += (Span(*one.span(), "mail") for one in _MAIL.finditer(text))
    found += (
        Span(*one.span(), "account") for one in _ACCOUNT.finditer(text) if is_account(one[0].replace(" ", ""))
    )
    found += (
        Span(*one.span(), "national") for one in _LETTERED.finditer(text) if is_national_with_letters(one[0])
    )
    for one in _NUMBER.finditer(text):
        found += _numbers(one[0], one.start())
    return _apart(found)


def is_telling(number: int) -> str:
    """The word for a bare number that tells a person or opens an account; empty for any other."""
    digits = str(number)
    if len(digits) < 11:
        # Shorter ones are counts, times and limits far more often.
        return ""
    return "card" if is_card(digits) else "national" if is_national(digits) else ""


def _numbers(run: str, start: int) -> Iterator[Span]:
    """Numbers may stand side by side: the longest parts that mean something."""
    words = [(one.start(), one.end()) for one in re.finditer(r"[^ \u00a0]+", run)]
    first = 0
    while first < len(words):
        for last in range(min(len(words), first + MOST_GROUPS), first, -1):
            begin, end = words[first][0], words[last - 1][1]
            word = _meaning(run[begin:end]) if end - begin >= LEAST_DIGITS else ""
            if word:
                yield Span(start + begin, start + end, word)
                first = last
                break
        else:
            first += 1


def _meaning(written: str) -> str:
    digits = re.sub(r"\D", "", written)
    if written[0] == "+" and len(digits) <= MOST_PHONE:
        return "phone"
    if is_card(digits):
        return "card"
    if _US_PERSON.fullmatch(written) or is_national(digits):
        return "national"
    if LEAST_DIGITS <= len(digits) <= MOST_PHONE and _PHONE.fullmatch(written):
        return "phone"
    # A person number written with its century.
    return "national" if len(digits) == 12 and digits[:2] in ("19", "20") and is_national(digits[2:]) else ""


def _secrets(text: str) -> Iterator[Span]:
    shared = _BEGINS.search(text) is not None
    for pattern in _secret_patterns() if shared else _vendor_patterns():
        for one in pattern.finditer(text):
            named = one.lastgroup
            yield Span(*(one.span(named) if named else one.span()), SECRET)


@cache
def _vendor_patterns() -> tuple[re.Pattern[str], ...]:
    """The shapes of vendors' keys, as their profiles have them: one pattern, quick to say no."""
    keys = [key for one in load_profiles().values() if one.credentials for key in one.credentials.keys]
    return (re.compile("|".join(f"(?:{key})" for key in keys)),) if keys else ()


@cache
def _secret_patterns() -> tuple[re.Pattern[str], ...]:
    return (*(re.compile(one) for one in _SECRETS), *_vendor_patterns())


def _apart(found: list[Span]) -> list[Span]:
    """In order; of two that overlap, the one that begins first and reaches furthest, and what is left."""
    apart: list[Span] = []
    end = 0
    for one in sorted(found, key=lambda span: (span.start, -span.end)):
        if one.start >= end:
            apart.append(one)
            end = one.end
        elif one.end > end:
            apart[-1] = apart[-1]._replace(end=one.end)
            end = one.end
    return apart
