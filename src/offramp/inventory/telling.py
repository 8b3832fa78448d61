"""Words for a person, told by what they are given to: a printout, an error, what explains a setting.

Elsewhere it takes several words to make a sentence; here one beside a name is enough.
"""

import re

SHOWS = re.compile(
    rb"""(?:
    (?<![\w.$>:])(?:print|println!?|printf|eprintln!?|eprint!|print!|puts|warn|die|abort|panic!?|bail!|anyhow!
        |raise|alert|notify)
    |(?<![\w.$>:])(?:it|test|describe|context|specify)(?:\.(?:only|skip))?
    |\b(?:console|log|logs|logger|logging|LOG|LOGGER|Log|slog|tracing|_logger|_log|toast)(?:\.|::|->)\w+!?
    |\b(?:fmt\.(?:Print|Println|Printf|Errorf)|errors\.New|fmt\.Fprint(?:f|ln)?\(\s*[\w.&]+,)
    |\b(?:Console\.(?:Error\.)?Write(?:Line)?|System\.(?:out|err)\.print(?:ln|f)?|NSLog)
    |\b(?:raise|throw)\s+(?:new\s+)?[\w.:\\]{1,80}
    |\b(?:click|typer)\.s?echo |\bvim\.notify
    |\.(?:expect|describe|description|with_?[mM]essage)
    |\bt\.(?:Run|Skip|Error|Fatal|Log)f?
    |\b(?:DisplayName|Description|Obsolete|Deprecated)
    )[ \t]*\(?\s*[rfbuRFBU$@]{0,2}\Z""",
    re.VERBOSE,
)
"""A call whose first text is read by a person."""
EXPLAINS = re.compile(
    rb"""(?:(?<![A-Za-z])|(?<=[a-z])(?=[A-Z]))
    (?i:help|help_?text|description|desc|summary|tooltip|hint|error_?message|label|title|sub_?title|placeholder
    |caption|heading|error|reason|message|msg|detail|details|-[ ]name)
    ["']?\]?\s*(?:=>|[:=])[ \t]*(?:\w{0,8}\(\s*)?[rfbu$@]{0,2}\Z""",
    re.VERBOSE,
)
"""A setting that explains another one, or is shown for it; the words may be given through a translation."""
WIDEST = 120
WORD = re.compile(rb"[A-Za-z][A-Za-z']")
OPENING = b"{`('\"<[\x80\x98\x9c\xe2"
CLOSING = b"}`)'\">],;:.\x80\x99\x9d\xe2"
"""Marks around a name, also the quotes of print."""


def is_told(data: bytes, begin: int, *, is_program: bool) -> bool:
    """Whether the text that begins there is given to a person; only a program has calls."""
    line = data.rfind(b"\n", 0, begin) + 1
    if not data[line:begin].strip() and line:
        line = data.rfind(b"\n", 0, line - 1) + 1
    before = data[max(begin - WIDEST, line) : begin]
    return EXPLAINS.search(before) is not None or (is_program and SHOWS.search(before) is not None)


def has_words(before: bytes, after: bytes) -> bool:
    """Whether a word stands in one of the two, and a space between it and what they are around."""
    near, behind = before.rstrip(OPENING), after.lstrip(CLOSING)
    is_apart = (near[-1:].isspace() and near.strip()) or (behind[:1].isspace() and behind.strip())
    return bool(is_apart) and WORD.search(before + b" " + after) is not None
