"""Reads code without a syntax tree: imports by their lines, calls by the names they begin with.

Strings and comments are told apart first, so a name in either is neither. Names are followed to what they are
assigned to and to parameters and fields of their type; scopes are not told apart. This costs a hundredth of a
syntax tree, and in the languages read this way names of clients rarely mean two things in one file.
"""

import re
from collections.abc import Iterable, Iterator

from offramp.inventory.code.imports import READERS
from offramp.inventory.code.shapes import Call, Module
from offramp.inventory.regions import Place, region_at
from offramp.inventory.source import Source

STEP = rb"(?:\s{0,200}(?:\?\.|!\.|!!\.|->|::|\.)\s{0,200}[A-Za-z_]\w*)"
STEPS = {
    "lua": rb"(?:\s{0,200}[.:]\s{0,200}[A-Za-z_]\w*)",
    "rust": rb"(?:(?:::<[\w\s,:<>&']{0,80}>)?" + STEP + rb")",
}
"""What stands between the parts of a name where it is not a step; in Rust with the type it is for."""
TYPED_STEP = re.compile(rb"::<[^()]*?>(?=\s*(?:::|\.))")
RECEIVER = rb"(?:this|self|\$this)\s{0,40}(?:\.|->)\s{0,40}"
RECEIVERS = {"go": rb"[a-z]\w{0,3}\.", "rust": rb"&?(?:mut\s)?self\."}
"""What stands before a field of the object a function belongs to."""
OPENS = re.compile(rb"\s{0,40}(?:<[\w\s,.<>?]{0,120}>)?\s{0,40}(\(|\{)")
NAME_AFTER = re.compile(rb"\??\s{1,20}\$?([A-Za-z_]\w{0,80})\s{0,20}[;=,){]")
NAME_BEFORE = re.compile(
    rb"\$?\b([A-Za-z_]\w{0,80})\s{0,20}(?::\s{0,20}|\s)(?:[&*?]|mut\s|Arc<|Box<|Option<|Rc<){0,4}"
    rb"(?:\w{1,40}(?:\.|::))?\Z"
)
CALLED = re.compile(rb"\s{0,20}(?:\(|::|\.)")
"""Names of parameters and fields stand before or behind their type; a type that is called is none."""
DECLARES = (
    rb"override|let|var|val|const|local|my|private|public|protected|internal|static|final|readonly|mut"
    rb"|lateinit|lazy"
)
TARGET = re.compile(
    rb"(?:^|[;{(,])[ \t]*(?:(?:" + DECLARES + rb")\s+)*(?:[\w.<>?\[\]]+\s+)?"
    rb"([$@]?[A-Za-z_][\w.]*(?:->\w+)*)(?:\s*,\s*\w+)?\s*(?::\s*[\w<>?&*.:]+)?"
    rb"\s*(?::=|\|\|=|\?\?=|=)\s*(?:(?:new|await|try[!?]?|by|&|\*)\s*)*$",
    re.MULTILINE,
)
MADE_OF_ITS_TYPE = {
    "csharp": re.compile(
        rb"[\w.]{1,80}\??\s{1,20}\w{1,60}\s{0,20}(?:\{\s*get;[^{}]{0,40}\}\s*)?=\s{0,20}new\s?\("
    ),
    "swift": re.compile(rb"[\w.]{1,80}[?!]?\s{0,20}=\s{0,20}(?:try[?!]?\s|await\s){0,2}\.init\("),
}
"""`Client one = new(…)`, `let one: Client = .init(…)`."""
SELF = re.compile(r"^(?:this|self|@|\$this)(?:\.|->)?")
WIDEST_STATEMENT = 200


def read(source: Source) -> Module:
    """Imports, and nothing yet of what goes through them: which names matter is not known here."""
    reader = READERS.get(source.language.module_scope)
    if reader is None:
        return Module()
    found = reader(blanked(source, keeps_strings=True))
    return Module(imports=tuple(one for one in found if not _is_inside_string(source, one.start)))


def _is_inside_string(source: Source, start: int) -> bool:
    region = region_at(source.regions, start)
    return region is not None and region.start < start


def blanked(source: Source, *, keeps_strings: bool) -> bytes:
    """The bytes with comments, and strings if asked, replaced by spaces of the same length."""
    data = bytearray(source.data)
    for region in source.regions:
        if region.place is Place.COMMENT or not keeps_strings:
            part = data[region.start : region.end]
            data[region.start : region.end] = re.sub(rb"[^\n]", b" ", part)
    return bytes(data)


def calls_of(code: bytes, names: Iterable[str], scope: str) -> Iterator[Call]:
    """Every call that begins with one of the names; where calls need no bracket, every use of a member."""
    opens_only = scope not in ("ruby", "elixir")
    wanted = _standing(code, (SELF.sub("", name) for name in names))
    if not wanted:
        return
    shape = re.compile(
        rb"(?<![\w$@.:\\])((?:"
        + RECEIVERS.get(scope, RECEIVER)
        + rb"|@|\\|::)?(?:"
        + b"|".join(map(re.escape, wanted))
        + rb")\b)("
        + STEPS.get(scope, STEP)
        + rb"*)"
    )
    for match in shape.finditer(code):
        opening = OPENS.match(code, match.end())
        if opening is None and (opens_only or not match[2]):
            continue
        head = _dotted(match[1] + match[2])
        if opening is None and head.rpartition(".")[2][:1].isupper():
            continue
        if opening is not None and opening[1] == b"{" and (not match[2] or _is_a_result(code, match.start())):
            continue
        opens = opening[1].decode("latin-1") if opening is not None else ""
        yield Call(head, opens, target_before(code, match.start()), match.start(), match.end())


def _is_a_result(code: bytes, start: int) -> bool:
    """Whether a type stands behind a function's parameters: what the bracket opens is the function."""
    return code[max(0, start - 4) : start].rstrip(b" \t*&").endswith(b")")


def _standing(code: bytes, names: Iterable[str]) -> list[bytes]:
    """Those of the names that stand somewhere in the code, longest first: most do not."""
    texts = {name.encode("latin-1", "replace") for name in names if name}
    return sorted((text for text in texts if text in code), key=lambda text: (-len(text), text))


def target_before(code: bytes, start: int) -> str:
    """What the expression at `start` is assigned to; empty when it is not."""
    first = max(0, start - WIDEST_STATEMENT, code.rfind(b"\n", 0, start) + 1)
    match = TARGET.search(code, first, start)
    if match is None:
        previous = code.rfind(b"\n", 0, max(0, first - 1)) + 1
        match = TARGET.search(code, max(previous, start - WIDEST_STATEMENT), start)
    return SELF.sub("", _dotted(match[1])) if match is not None else ""


def typed(code: bytes, types: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Names declared with one of the types, and where: fields, parameters, variables."""
    wanted = _standing(code, types)
    if not wanted:
        return
    one_of = b"|".join(map(re.escape, wanted))
    for match in re.finditer(rb"(?<![\w$])(?:" + one_of + rb")\b", code):
        kind = _dotted(match[0])
        behind = NAME_AFTER.match(code, match.end())
        if behind is not None:
            yield behind[1].decode("latin-1"), kind, match.start()
        before = NAME_BEFORE.search(code, max(0, match.start() - WIDEST_STATEMENT), match.start())
        if before is not None and not CALLED.match(code, match.end()):
            yield before[1].decode("latin-1"), kind, match.start()


def made_of_its_type(code: bytes, start: int, scope: str) -> re.Match[bytes] | None:
    """Whether what is declared with the type at `start` is made there without naming it again."""
    shape = MADE_OF_ITS_TYPE.get(scope)
    return shape.match(code, start) if shape is not None else None


def constants(code: bytes, package: str) -> set[str]:
    """Constants of the file that are a package's name in other spelling: `ExampleA` for `example_a`."""
    plain = re.sub(r"[\W_]", "", package).lower()
    found = {match.decode("latin-1") for match in re.findall(rb"(?<![\w.:\\])[A-Z]\w+", code)}
    return {
        one
        for one in found
        if (lower := one.replace("_", "").lower()) == plain
        or (lower.startswith(plain) and lower[len(plain) :] in ("api", "client", "service", "kit"))
    }


def _dotted(text: bytes) -> str:
    text = TYPED_STEP.sub(b"", text) if b"::<" in text else text
    plain = re.sub(rb"\s*(?:\?\.|!\.|!!\.|->|::|\.|:)\s*", b".", text).decode("latin-1").strip()
    return plain.lstrip("\\@.")
