"""Whether a vendor's name is chosen where it stands, by the text before it and the block around it."""

import re

from offramp.inventory.source import Source

SUFFIX = rb"(?:[_.-]?(?:name|id|type|slug|kind|key))?"
JOINT = rb"""["']?\]?\s*(?:=>|===?|!==?|:=|\?\?|[:=(,])\s*"""
QUOTE = rb"""(?:["'`]|:["']?)?$"""
PROVIDER_KEY = re.compile(
    rb"(?:(?:model|llm|ai|chat|embedding|embeddings|embedder|completion|inference|default|custom_llm|genai)?"
    rb"[_-]?provider" + SUFFIX + rb"|api_type|apiType|llm_type|model_type|model_source)" + JOINT
    + rb"(?:str\(|os\.getenv\([^)]*,\s*)?" + QUOTE,
    re.IGNORECASE,
)  # fmt: skip
"""A setting that says who answers."""
ANY_PROVIDER_KEY = re.compile(
    rb"provider\w*" + SUFFIX + rb"(?:\s+\w+)?" + JOINT + rb"[\[({]*\s*" + QUOTE
    + rb"""|\bprovider[ \t]+["':]["']?$""",
    re.IGNORECASE,
)  # fmt: skip
"""A name of the program's own with the word in it, a list of such, a call without brackets."""
OTHER_KEY = re.compile(
    rb"(?:\b|_)(?:adapter|backend|driver|type|llm|service|platform|api|client)(?:[_-]?(?:name|id|type))?"
    + JOINT + QUOTE,
    re.IGNORECASE,
)  # fmt: skip
"""Settings that have other uses too."""
PROVIDER = re.compile(rb"provider|\bllms?\b", re.IGNORECASE)
INLINE = re.compile(rb"""provider[^\n]*[\[({][^\])}\n]*(?:[\[({,]|\bcase)\s*["'`:]?$""", re.IGNORECASE)
OPENS = re.compile(rb"""[\[({:|=]\s*$|^\s*(?:case|match|switch)\b|\bswitch\s*$|\bdo\s*$""")
BRANCH = re.compile(rb"""^\s*(?:case|when)\b""")
FARTHEST_LINES = 60
NESTED = 2


def is_among_providers(source: Source, offset: int) -> bool:
    """Whether what stands here is a branch, a member, a key or an item of something called a provider.

    The block is told by indentation: the nearest lines above that are indented less and open something. A
    branch may stand as deep as what it branches from.
    """
    begin = source.line_start(offset)
    if INLINE.search(source.data[begin:offset]):
        return True
    line = source.line_text(offset)
    depth, is_branch, levels = _depth(line), BRANCH.match(line) is not None, 0
    for _ in range(FARTHEST_LINES):
        if not begin:
            return False
        begin = source.line_start(begin - 1)
        above = source.line_text(begin)
        is_other_branch = BRANCH.match(above) is not None and b"provider" not in above
        found = _depth(above)
        if not above.strip() or found > depth or (found == depth and (not is_branch or is_other_branch)):
            continue
        if PROVIDER.search(above) and OPENS.search(above):
            return True
        levels += 1
        if levels == NESTED or not found:
            return False
        depth, is_branch = found, is_other_branch
    return False


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
