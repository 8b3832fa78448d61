"""Numbers that check themselves: which people's, accounts' and cards' numbers a run of digits can be. Pure.

A number is only taken for one of these where its check digits say so. One in ten numbers of the right length
passes a check of one digit by chance: where that happens, a number that names nobody is scrubbed.
"""

from collections.abc import Callable, Mapping
from typing import Final

_VERHOEFF: Final = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_TURN: Final = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU: Final = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD: Final = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
"""What a letter counts in an odd place; a digit counts as the letter of the same number."""


def is_card(digits: str) -> bool:
    """A payment card's number: 13 to 19 digits, from the ranges in use, by ISO/IEC 7812."""
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and _luhn(digits)


def is_account(text: str) -> bool:
    """An IBAN by ISO 13616, without spaces."""
    if not 15 <= len(text) <= 34:
        return False
    moved = text[4:] + text[:4]
    return int("".join(str(int(one, 36)) for one in moved)) % 97 == 1


def is_national(digits: str) -> bool:
    """A number one of the registers below gives to people, in digits alone."""
    if len(set(digits)) == 1:
        return False
    return any(len(digits) == length and check(digits) for length, check in _NATIONAL.values())


def is_national_with_letters(text: str) -> bool:
    """The same for numbers with letters in them, in capitals."""
    return any(check(text) for check in _LETTERED.values())


def _luhn(digits: str) -> bool:
    total = 0
    for place, one in enumerate(reversed(digits)):
        number = int(one) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def _weighed(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(one) * weight for one, weight in zip(digits, weights, strict=False))


def _is_day(day: str, month: str) -> bool:
    return 1 <= int(day) <= 31 and 1 <= int(month) <= 12


def _citizen_nl(digits: str) -> bool:
    return _weighed(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _insured_ca(digits: str) -> bool:
    return digits[0] not in "08" and _luhn(digits)


def _taxpayer_au(digits: str) -> bool:
    return _weighed(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _patient_uk(digits: str) -> bool:
    check = 11 - _weighed(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return check != 10 and check % 11 == int(digits[9])


def _person_se(digits: str) -> bool:
    return _is_day(str(int(digits[4:6]) % 60), digits[2:4]) and _luhn(digits)


def _person_no(digits: str) -> bool:
    first = (11 - _weighed(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11) % 11
    second = (11 - _weighed(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 11
    return digits[9:] == f"{first}{second}"


def _taxpayer_de(digits: str) -> bool:
    rest = 10
    for one in digits[:10]:
        rest = ((int(one) + rest) % 10 or 10) * 2 % 11
    return digits[0] != "0" and (11 - rest) % 10 == int(digits[10])


def _person_pl(digits: str) -> bool:
    total = _weighed(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3))
    return _is_day(digits[4:6], str(int(digits[2:4]) % 20)) and (10 - total % 10) % 10 == int(digits[10])


def _taxpayer_br(digits: str) -> bool:
    first = _weighed(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    second = _weighed(digits, (11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) * 10 % 11 % 10
    return digits[9:] == f"{first}{second}"


def _person_be(digits: str) -> bool:
    told = int(digits[9:])
    return told in (97 - int(digits[:9]) % 97, 97 - int("2" + digits[:9]) % 97)


def _resident_in(digits: str) -> bool:
    check = 0
    for place, one in enumerate(reversed(digits)):
        check = _VERHOEFF[check][_turned(place % 8, int(one))]
    return digits[0] not in "01" and check == 0


def _turned(times: int, digit: int) -> int:
    for _ in range(times):
        digit = _TURN[digit]
    return digit


def _insured_ch(digits: str) -> bool:
    total = sum(int(one) * (1 + 2 * (place % 2)) for place, one in enumerate(digits[:12]))
    return digits.startswith("756") and (10 - total % 10) % 10 == int(digits[12])


def _person_fr(digits: str) -> bool:
    return digits[0] in "12" and 97 - int(digits[:13]) % 97 == int(digits[13:])


def _person_es(text: str) -> bool:
    number = text[:-1].replace("X", "0").replace("Y", "1").replace("Z", "2")
    return len(text) == 9 and number.isdigit() and text[-1] == _LETTERS[int(number) % 23]


def _taxpayer_it(text: str) -> bool:
    if len(text) != 16:
        return False
    numbers = [int(one, 36) - (10 if one.isalpha() else 0) for one in text[:15]]
    total = sum(number if place % 2 else _ODD[number] for place, number in enumerate(numbers))
    return text[15] == chr(ord("A") + total % 26)


def _person_fi(text: str) -> bool:
    digits = text[:6] + text[7:10]
    return len(text) == 11 and digits.isdigit() and text[10] == _HETU[int(digits) % 31]


_NATIONAL: Final[Mapping[str, tuple[int, Callable[[str], bool]]]] = {
    "Australia: tax file number": (9, _taxpayer_au),
    "Belgium: national register number": (11, _person_be),
    "Brazil: taxpayer number": (11, _taxpayer_br),
    "Canada: social insurance number": (9, _insured_ca),
    "France: register number with its key": (15, _person_fr),
    "Germany: tax identification number": (11, _taxpayer_de),
    "India: resident number": (12, _resident_in),
    "Netherlands: citizen service number": (9, _citizen_nl),
    "Norway: birth number": (11, _person_no),
    "Poland: person number": (11, _person_pl),
    "Sweden: person number": (10, _person_se),
    "Switzerland: insurance number": (13, _insured_ch),
    "United Kingdom: patient number": (10, _patient_uk),
}
"""Register to how many digits its numbers have, and the check."""

_LETTERED: Final[Mapping[str, Callable[[str], bool]]] = {
    "Finland: personal code": _person_fi,
    "Italy: tax code": _taxpayer_it,
    "Spain: identity number": _person_es,
}

REGISTERS: Final = (*_NATIONAL, *_LETTERED, "United States: social security number")
"""The numbers of people that are looked for. The last has no check digit: its written form tells it."""
