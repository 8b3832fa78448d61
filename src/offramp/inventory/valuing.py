"""How languages write whose value a text is: after a sign, a type, a default, in a list, in an assertion.

Patterns alone, for the names of models and of providers; what is called so is said where they are used.
"""

import re

TYPE = (
    r"(?:[ \t]*:[ \t]*[\[&]{0,3}[a-zA-Z'][\w<>\[\]?:.&' ]{0,40}?(?=[ \t]*=)"
    r"|[ \t]*\{[ \t]*get\b[^{}\n]{0,60}\}(?=[ \t]*=)"
    r"|[ \t]+[a-zA-Z][\w.]{0,40}(?=[ \t]*=))?"
)
"""What may stand between a name and the sign: a type, or how a property is read."""
OTHERWISE = (
    r"(?:\?\?|\|\||\?:|\bor\b|(?:unwrap_or|unwrap_or_else|get_?or_?else|or_?else)\()\s*(?:\|_?\|\s*|\{\s*)?"
    r"(?:string::from\(|str\()?"
)
"""What is said before a value that holds where none was given; in small letters."""
BY_DEFAULT = r"[\"'`]?\]?[ \t]*\)[^\n;{}]{0,60}?" + OTHERWISE
"""The same behind a call that reads a setting: `get("name") ?? `, `var("NAME").unwrap_or(`."""
ITEMS = r"(?:[\"'][^\"'\n]{1,60}[\"']\s*,\s*)*"
LIST = (
    r"&?(?:new\b[ \t]*)?(?:[\w.]{0,40}(?:<[\w<>]{0,40}>)?(?:\[\][a-z]*)?!?)?[ \t]*(?:\(\)\s*)?[\[{(]\s*"
    + ITEMS
)
"""A list and what stands in it already."""
WORD_LIST = r"(?:%[wi]|~w)[\[({/|][\w .:/-]*"
RESULT = r"\([^()\n]{0,60}\)[^\"'\n=;]{0,40}(?:=>?|->|\{|do:)\s*(?:return\s+)?"
"""What stands between a function's name and what it gives, on one line."""
EXPECTED = re.compile(rb"""(?i)(?:assert|equal|same|expect|\beq)[\w.!]*[ \t]*[( ][^"'`\n]{0,60}["'`:]\Z""")
"""What stands before the expected value of an assertion that names it first."""
ACTUAL = rb"""(?i)["'`]?[ \t]*,[ \t]*[$@\w.:>\["'()-]{0,80}?%s\w*[!?]?["']?\]?(?:\(\))?[ \t]*(?:[,)}]|\r?$)"""
"""What follows it there: the name of what is compared."""


def actual(word: bytes) -> re.Pattern[bytes]:
    """What follows an expected value where it is compared with something called so."""
    return re.compile(ACTUAL % word, re.MULTILINE)
