"""Text that shows what it holds, whoever wrote it."""

import re

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Control characters and those that turn the direction of text: they can make a terminal lie."""


def plain(text: str) -> str:
    """`text` with every character a terminal would obey written out."""
    return UNSEEN.sub(lambda hit: hit[0].encode("unicode_escape").decode(), text)
