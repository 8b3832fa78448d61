"""Whether a vendor's name is chosen where it stands, by the text before it and the block around it."""

import re

from offramp.inventory.source import Source
from offramp.inventory.valuing import BY_DEFAULT, RESULT, TYPE, actual

SUFFIX = rb"(?:[_.-]?(?:name|id|type|slug|kind|key|code|value))?"
JOINT = (
    rb"""(?:["']?\]?(?:\(?\)){0,2}(?:\??\.\w{1,20}\(\)){0,2}""" + TYPE.encode() + rb"""\s*
    (?:=>|===?|!==?|:=|\?=|\?\?|\|\||\?:|\bor\b|(?<=\w):?-|[:=(,])\s*|""".replace(b"\n    ", b"")
    + BY_DEFAULT.encode() + rb"""|\??\.(?:equals(?:ignorecase)?|eql\?|casecmp\??|starts_?with\??)[ \t(]\s*"""
    + rb"""|\)(?:\.|->)(?:with|(?:to|is|should)\w*)[ \t(]\s*(?:eq[ul]*[ (]+)?)"""
)  # fmt: skip
"""What stands between the name of a setting and its value: a sign, a default, what an assertion expects."""
SETS = rb"""["']?\]?(?:\)?\s*===?|\s*(?:=>|:=|\?=|\?\?|[:=]))\s*"""
FALLBACK = rb"(?:\$\{[\w.-]{1,60}(?::?[-=]|:))?"
"""A variable that stands before the value that holds where it has none."""
QUOTE = FALLBACK + rb"""(?:["'`]|:["']?)?$"""
PROVIDER_KEY = re.compile(
    rb"(?:(?:model|llm|ai|chat|embedding|embeddings|embedder|completion|inference|default|custom_llm|genai)?"
    rb"[_-]?provider" + SUFFIX + rb"|api_type|apiType|llm_type|model_type|model_source)" + JOINT
    + rb"(?:str\(|String::from\(|(?:\w{1,20}\.){0,2}\w{0,4}env\w{0,9}(?:\.(?:get|fetch))?[ \t]*[(\[]"
    rb"[^)\n]{1,80},\s*)?" + QUOTE
    + rb"|(?:tts|stt|asr|llm|voice|speech|transcription|transcriber|embeddings?|rerank\w*)[_-]?"
    rb"(?:model|engine|backend|service|vendor|source)" + JOINT + QUOTE + rb"""|--[\w-]*provider[= ]["']?$""",
    re.IGNORECASE,
)  # fmt: skip
"""A setting or an option of a command that says who answers, or whose model of a kind is used."""
OTHER_PROVIDER = re.compile(
    rb"""(?:credentials?|auth|oauth2?|login|identity|sso|sign_?in|social|accounts?|git|vcs|scm|forge|repo(?:sitory)?
    |storage|search|e?mail|payments?|calendar|sms|maps?|dns|cloud|hosting|drive|files?|database|db|secrets?|kms
    |analytics|telemetry)[_-]?provider[\w.-]{0,12}["'\])]{0,3}[\s=:>?|(,!]{1,8}["'`]?$""",
    re.IGNORECASE | re.VERBOSE,
)
"""A provider of something else than answers."""
ANY_PROVIDER_KEY = re.compile(
    rb"provider[\w-]*" + SUFFIX + rb"(?:\s+\w+)?" + JOINT + rb"[\[({]*\s*" + QUOTE
    + rb"""|\bprovider[ \t]+["':]["']?$|provider\w{0,20}""" + RESULT.encode() + rb"""["'`:]$"""
    + rb"""|provider\w*["']?\]?[ \t]*(?:=>|:=|[:=])[^\n;{}]{0,120}?
    [ \t](?:else|\?|:|if[ \t]*\([^()\n]{0,60}\))[ \t]*["'`]$
    |\bname["']?\s*[:=]\s*["']?[\w.-]{0,40}(?:provider|llm|backend|engine|vendor)[\w.-]{0,12}["']?\s*,?\s*
    ["']?value["']?[ \t]*[:=][ \t]*["']?$""".replace(b"\n    ", b""),
    re.IGNORECASE,
)  # fmt: skip
"""A name of the program's own with the word in it, a list of such, a call without brackets; also what a
function of that name gives, either of two values, and a value whose name stands in a setting beside it.
"""
OF_A_PROVIDER = actual(b"provider")
"""What follows a name that an assertion expects of a provider."""
COMPARED_AFTER = re.compile(
    rb"""(?i)["'`](?:[ \t]*(?:===?|!==?)[ \t]*|\.equals(?:ignorecase)?\([ \t]*)"""
    rb"""[$@\w.>\["'()-]{0,60}?provider"""
)
"""What follows a name that is compared with a provider and named first."""
FROM_ENVIRONMENT = re.compile(
    rb"""(?i)(?:\benv|getenv|get_env|fetch|environ\.get)(?:[ \t]*[\[(]){1,2}[ \t]*["':]?(?:\w{1,40}_)?
    (?:provider|backend|driver|engine|llm|vendor)["']?[ \t]*
    (?:,|[)\]]?\)?[ \t]*(?:\?\?|\|\||\bor\b|\{|do\b))[ \t]*["':]\Z""",
    re.VERBOSE,
)
"""What is read from the environment under a name that may mean other things, before what holds otherwise."""
MEMBER_KEY = re.compile(
    rb"""\b(?=\w*(?:service|backend|engine|platform|llm|vendor|model))\w+
    [ \t]*(?::?[ \t]+[\w.]+[ \t]*)?=[ \t]*["'`]$""",
    re.IGNORECASE | re.VERBOSE,
)
"""A constant that is called a kind of service: a member of the program's own list of them."""
OTHER_KEY = re.compile(
    rb"(?:\b|_)(?:adapter|backend|driver|type|class|source|runtime|llm|service|platform|api|client|engine|embedder|(?:model|llm|ai)[_-]?vendor"
    rb"|ai\.model\.[\w.]+"
    rb"|default(?:_for_\w+)?(?=[\"']))(?:[_-]?(?:name|id|type))?"
    + SETS + QUOTE,
    re.IGNORECASE,
)  # fmt: skip
"""Settings that have other uses too."""
FIELD_KEY = re.compile(
    rb"provider"
    + SUFFIX
    + rb"""["']?\]?[ \t]*[ \t,:=(][^\n;]{0,100}?\b(?:default|values|enum|one_?of|in|choices|havingvalue)["']?
    [ \t]*(?:=>|[:=(]|:[ \t]*\[)[ \t]*(?:[\w, -]{0,60},)?""".replace(b"\n    ", b"")
    + QUOTE,
    re.IGNORECASE,
)
"""A field of a record that is said to be what by default, or one of which."""
DEFAULT_KEY = re.compile(rb"\bdefault(?:_for_\w+)?[\"']?\s*(?:=>|[:=])\s*" + QUOTE)
"""Whoever answers unless something else is said, beside others that do."""
PROVIDER = re.compile(rb"provider|\bllms?\b", re.IGNORECASE)
WORD_LIST = rb"(?:%[wi]|~w)[\[({/|][\w .-]*"
INLINE = re.compile(
    rb"""provider[^\n]*(?:[\[({][^\])}\n]*(?:[\[({,]|\bcase)\s*["'`:]?|""" + WORD_LIST + rb")$", re.IGNORECASE
)
OPENS = re.compile(
    rb"""[\[({:|=]\s*$|[\[({][^\])}\n]*,\s*$|^\s*(?:case|match|switch)\b|\bswitch\s*$|\bdo\s*$"""
)
DECLARES = re.compile(
    rb"""^\s*(?:(?:async|export|public|private|protected|internal|static|override|final|default|suspend)\s+)*
    (?:def|func|fn|fun|function|if|elif|elsif|unless|for|foreach|while|try|with|it|test|describe|context)\b
    |\)\s*(?:=>|->|:[^:=]*|throws\s+\w+)?\s*[{:]\s*$""",
    re.VERBOSE,
)
"""A function, a condition or a test that is about providers: what stands in it is not one of them."""
CLASS = re.compile(rb"\bclass\b(?![^\n]*Enum)")
"""Only what stands in a class itself, not in its functions, is a member of it; an enumeration has none."""
BRANCH = re.compile(rb"""^\s*(?:case|when)\b""")
ITEM = re.compile(rb"[ \t]*-[ \t]")
"""An item of a list may stand as deep as the key it is a value of."""
SWITCHES = re.compile(
    rb"""^\s*(?:\w+\s*:?=\s*)?(?:[})\]]\s*)*(?:switch|match|case|when|select)\b|\bmatch\s"""
)
ARM = re.compile(rb"""^[ \t]*["'][\w.-]+["'](?:[ \t]*(?:[|,]|or)[ \t]*["'][\w.-]+["'])*[ \t]*[-=]>""")
"""An arm of a match; in the languages named below, for elsewhere it is a row of a table."""
MATCHES = re.compile(rb"\bmatch\s*\(")
ARMS = frozenset(("rust", "java", "elixir", "csharp"))
KEY_OF = re.compile(rb"""[\w./@ -]*["'`]\]?[ \t]*(?::(?!:)|=>)""")
FARTHEST_LINES = 60
NESTED = 2


def is_key(source: Source, offset: int) -> bool:
    """Whether what stands here is the key of a table in a program: a name under which something is kept."""
    line = source.line_text(offset)
    if source.language.is_data or BRANCH.match(line) or is_arm(source, line):
        return False
    if source.language.name == "php" and ARM.match(line) and _is_in_a_match(source, offset):
        return False
    before = source.data[source.line_start(offset) : offset].rstrip(b"\"'` \t[")
    return not before[-1:].strip(b"{,(") and KEY_OF.match(source.data, offset) is not None


def _is_in_a_match(source: Source, offset: int) -> bool:
    """Whether the line that opens the block around is a match, in a language that writes tables as arms."""
    begin = source.line_start(offset)
    depth = _depth(source.line_text(offset))
    for _ in range(FARTHEST_LINES):
        if not begin:
            return False
        begin = source.line_start(begin - 1)
        above = source.line_text(begin)
        if above.strip() and _depth(above) < depth:
            return MATCHES.search(above) is not None
    return False


def is_arm(source: Source, line: bytes) -> bool:
    """Whether a line is an arm of a match, in a language whose tables are written in another way."""
    return source.language.name in ARMS and ARM.match(line) is not None


def is_among_providers(source: Source, offset: int) -> bool:
    """Whether what stands here is a branch, a member or an item of something called a provider.

    The block is told by indentation: the nearest lines above that are indented less and open something. A
    branch may stand as deep as what it branches from.
    """
    begin = source.line_start(offset)
    if INLINE.search(source.data[begin:offset]):
        return True
    line = source.line_text(offset)
    depth, levels = _depth(line), 0
    is_branch = BRANCH.match(line) is not None or ITEM.match(line) is not None
    for _ in range(FARTHEST_LINES):
        if not begin:
            return False
        begin = source.line_start(begin - 1)
        above = source.line_text(begin)
        is_other_branch = (BRANCH.match(above) is not None and b"provider" not in above) or ITEM.match(
            above
        ) is not None
        found = _depth(above)
        if not above.strip() or found > depth or (found == depth and (not is_branch or is_other_branch)):
            continue
        if PROVIDER.search(above) and OPENS.search(above) and not _declares(above, is_near=not levels):
            return True
        levels += 1
        if levels == NESTED or not found:
            return False
        depth, is_branch = found, is_other_branch
    return False


def _declares(line: bytes, *, is_near: bool) -> bool:
    if CLASS.search(line):
        return not is_near
    return DECLARES.search(line) is not None and SWITCHES.search(line) is None and b"Enum" not in line


def _depth(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t"))
