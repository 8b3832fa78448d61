"""What engines look for: each expression only as long as it must be to know where a signal may begin.

An engine reports starts; whether a signal stands there as a whole word is decided from the bytes, by
`matching`. Everyday words (a provider's name, a short model name) are looked for with the one byte that the
setting they must follow can end with: most of their places in prose are never told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from offramp.inventory.signals import AFTER, BEFORE, Sign, Signal, escaped
from offramp.inventory.valuing import BY_DEFAULT, ITEMS, LIST, RESULT, TYPE, WORD_LIST

NAMED_PROVIDER = (
    r"(?:provider\w*|api_?type|llm_type|model_type|model_source|adapter|backend|driver|type|llm|service|platform|api|client"
    r"|engine|vendor|embedder|class|source|runtime|ai\.model\.[\w.]{1,30}"
    r"|(?:tts|stt|asr|llm|voice|speech|transcription|embeddings?)[_-]?model)"
    r"(?:[_.-]?(?:name|id|type|slug|kind|key))?[\"']?\]?\s*"
    r"(?:=>|===?|:=|\?=|(?<=\w):?-|\?\?|[:=(,])\s*"
    r"(?:str\(|os\.getenv\([^)\n]*,\s*|[\"']?\$\{[\w.-]{1,60}:?[-=])?(?:[\"'`]|:[\"']?)?"
    r"|(?:\bcase[ \t][^\n]{1,60}[ \t]in|;;&?)\s+\(?(?:[\w.*|-]{1,60}\|)?"
    r"|name[\"']?[ \t]*[:=][ \t]*[\"']?[\w.-]{0,40}(?:provider|llm|backend|engine|vendor)[\w.-]{0,12}"
    r"[\"']?\s*,?\s*[\"']?value[\"']?[ \t]*[:=][ \t]*[\"']?"
    r"|--[\w-]*provider[= ][\"']?|%[wi][\[({][\w .-]*"
    r"|(?:providers?|endpoints|modules|backends|vendors|engines)[\"']?\s*[:=]\s*[\"']?"
    r"(?:[\w.-]{1,40},[ \t]?){0,9}"
    r"|^[ \t]*provider[ \t]+|\n[ \t]*provider[ \t]+|endpoint:[ \t]+"
)
"""A setting that is called a provider's."""
PROVIDER_SETTING = rf"(?:{NAMED_PROVIDER}|[\"'`:]|- )"
"""The same, or the beginning of a string: what stands around it says whether it is a choice."""
MODEL_SETTING = (
    r"(?:(?:model|engine|deployment|llm)[\w.-]*(?<!provider)(?<!vendor)(?:[\"'`]?\]?" + TYPE + r"\s*"
    r"(?:(?:(?<=\w):?-|=>?|:=?|\(|,|\?\?|\|\||\?:)\s*"
    r"(?:(?:(?:str|string::from)\()?[\"'`]?|" + LIST + r"[\"'`]|" + WORD_LIST + r")|\bor\s+[\"'`])"
    r"|" + BY_DEFAULT + r"[\"'`]|(?<!provider)(?<!vendor)[\"'`]?\]?\s*={2,3}\s*[\"'`])"
    r"|model\(\s*[\"'][\w.-]{1,60}[\"']\s*,\s*[\"'`]"
    r"|model(?:s|_?ids?|_?names?|_?for_?\w*)?" + RESULT + r"[\"'`]"
    r"|@\w*model\w*[ \t]+(?:[\"']|" + WORD_LIST + r"|\[\s*" + ITEMS + r"[\"'])"
    r"|--[\w-]*model[= ][\"']?|(?:^|[\n;{.])[ \t]*model[ \t]+[\"'])"
)
WIDEST_BEFORE = 120
"""No setting of these shapes is looked at further back."""
NAMED = re.compile(rf"(?:{NAMED_PROVIDER})\Z".encode())
WEAK = {Sign.SELECTOR: PROVIDER_SETTING, Sign.MODEL_IN_CONTEXT: MODEL_SETTING}
"""What stands directly before a signal that is too common to be looked for alone."""
NEEDS = {sign: re.compile(rf"{before}\Z".encode()) for sign, before in WEAK.items()}
"""To be looked for in small letters, which takes a fifth of the time that paying no heed to case does."""
STRING_BEGINS = (b'"', b"'", b"`", b":")
"""Each is a whole setting of a provider by the pattern above."""
MODEL_WORDS = (b"model", b"engine", b"deployment", b"llm")
"""One stands in every setting of a model by the pattern above."""
MODEL_SETTING_ENDS = (b'"', b"'", b"`", b":", b"=", b">", b"(", b",", b"[", b"-", b"?", b"|")
"""What such a setting ends with, but for space; if it is neither an option nor a list of words."""
SYMBOL = re.compile(rb"[\s(\[{]:\Z")
"""What stands before a word that is a value by itself in Ruby and Elixir."""
WORD_LISTS = (b"%w", b"%i", b"~w")

WORD_BYTES = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
SETTING_ENDS = frozenset(b" \t\r\n\f\v\"'`:=>(,?|[-")
"""What a setting can end with before its value."""
LEAD = "[" + "".join(rf"\x{byte:02x}" for byte in sorted(SETTING_ENDS)) + "]"
DASH = ord("-")
DEFAULT = re.compile(rb"\$\{\w+:?-\Z")
"""What stands before the default of a variable, as shells and compose files write it."""
TAGGED = re.compile(rb"(?i)[\w.-]*:(?:latest\b|\$\{?[a-z_]*tag\b)")
"""An image's name goes on with its tag."""
IN_IMAGE = re.compile(
    rb"""(?i)(?:image|repository|^from|--from)["']?[ \t]*[:= ][ \t]*["']?[\w./:{}$-]*-\Z""", re.MULTILINE
)
"""What stands before a part of an image's name: one is called after the model that it holds."""
ALPHANUMERIC = WORD_BYTES - frozenset(b"_")
MAY_BE_SEVERAL = frozenset((Sign.KEY_NAME, Sign.ADDRESS_NAME))
"""Names of settings that may stand with the ending of a plural."""
ITEM = r"(?:\[(?:[^\]\\]|\\.)+\]|\\.|[^\\()\[\]|*+?{}])"
TAIL = re.compile(rf"({ITEM})([*+?]|\{{\d+,\}})$")
OPTIONAL_GROUP = re.compile(r"(?<!\\)\(\?:(?:[^()\\]|\\.)*\)[?*]$")


@dataclass(frozen=True)
class Expression:
    """One thing to look for."""

    pattern: str
    ignores_case: bool
    signals: tuple[Signal, ...]
    """What may begin where it is found."""
    length: int = 0
    """How many bytes it always has, where that is known: its start then follows from its end."""
    begins_word: bool = False
    """No letter or digit may stand before it. Engines are not told: compiling it in takes them seconds."""
    ends_word: bool = False
    """None behind it either, where the length is known."""
    is_told_once: bool = False
    """That it stands somewhere is all that is asked: its place is given as 0."""
    lead: int = 0
    """Bytes of the pattern that stand before the start."""

    @cached_property
    def compiled(self) -> re.Pattern[bytes]:
        """As Python reads it; compiled when first needed, for most are never met."""
        return re.compile(self.pattern.encode(), re.IGNORECASE if self.ignores_case else re.NOFLAG)


def stands_behind_a_setting(one: Expression, data: bytes | memoryview, start: int) -> bool:
    """Whether the everyday word at `start` follows what one of its signals must follow."""
    before = _before(data, start)
    return any(_is_setting(signal.sign, before) for signal in one.signals)


def _is_setting(sign: Sign, before: bytes) -> bool:
    """Whether the text in small letters ends as the sign needs it; most texts are told without a search."""
    if sign is Sign.SELECTOR:
        if before.endswith(STRING_BEGINS):
            return True
    elif not any(word in before for word in MODEL_WORDS) or not _may_end_a_model_setting(before):
        return False
    return NEEDS[sign].search(before) is not None


def _may_end_a_model_setting(before: bytes) -> bool:
    if before.rstrip().endswith(MODEL_SETTING_ENDS) or before.endswith(b"model "):
        return True
    return any(one in before for one in WORD_LISTS)


def _before(data: bytes | memoryview, start: int) -> bytes:
    """What stands before a place, as far as a setting may reach, in small letters."""
    return bytes(data[max(0, start - WIDEST_BEFORE) : start]).lower()


class Form:
    """A signal ready to be checked at a place."""

    __slots__ = ("_after", "_before", "_compiled", "_is_weak", "_length", "_trims", "module_of", "signal")

    def __init__(self, signal: Signal) -> None:
        self.signal = signal
        self.module_of = signal.scope if signal.sign is Sign.MODULE else None
        """The language whose module it is; None for every other signal."""
        self._before = BYTES_BEFORE[signal.sign]
        self._after = BYTES_AFTER[signal.sign]
        self._length = len(signal.text.encode()) if escaped(signal.text) == signal.pattern else 0
        self._compiled: re.Pattern[bytes] | None = None
        self._trims = signal.sign in (Sign.MODEL, Sign.MODEL_IN_CONTEXT, Sign.PREFIX, Sign.RESOURCE)
        self._is_weak = signal.sign in WEAK

    def end(self, data: bytes, start: int) -> int:
        """Where the signal that begins at `start` ends as a whole word; 0 when it is part of a longer one."""
        if self.signal.sign is Sign.WORD:
            return 1
        if start and data[start - 1] in self._before and not self._begins_anew(data, start):
            return 0
        if self._is_weak and (start == 0 or data[start - 1] not in SETTING_ENDS):
            return 0
        if self._length:
            end = start + self._length
        else:
            if self._compiled is None:
                flags = re.IGNORECASE if self.signal.ignores_case else re.NOFLAG
                self._compiled = re.compile(self.signal.pattern.encode(), flags)
            match = self._compiled.match(data, start)
            if match is None:
                return 0
            end = match.end()
        if self._trims:
            while end > start and data[end - 1] in b".-_:/@":
                end -= 1
        if end <= start or (end < len(data) and data[end] in self._after and self._goes_on(data, end)):
            return 0
        if self._is_weak and not self._is_set(data, start, end):
            return 0
        return end

    def _is_set(self, data: bytes, start: int, end: int) -> bool:
        """Whether it follows its setting; the first of several in a string only one with a name."""
        before = _before(data, start)
        is_followed = self.signal.sign is Sign.SELECTOR and data[end : end + 1] == b","
        if is_followed and not SYMBOL.search(before):
            return NAMED.search(before) is not None
        return _is_setting(self.signal.sign, before)

    def _begins_anew(self, data: bytes, start: int) -> bool:
        """Whether the dash before is no part of the word: of a variable's default, of an image's name."""
        if data[start - 1] != DASH:
            return False
        first = max(0, start - WIDEST_BEFORE)
        if DEFAULT.search(data, first, start):
            return True
        if self.signal.sign is not Sign.MODEL:
            return False
        return bool(IN_IMAGE.search(data, first, start) or TAGGED.match(data, start))

    def _goes_on(self, data: bytes, end: int) -> bool:
        return AFTER[self.signal.sign].match(data, end) is not None


def _first_bytes(patterns: Mapping[Sign, re.Pattern[bytes]]) -> Mapping[Sign, frozenset[int]]:
    """For each sign the bytes its pattern can begin with."""
    return {
        sign: frozenset(byte for byte in range(256) if pattern.match(bytes([byte]) + b"a"))
        for sign, pattern in patterns.items()
    }


BYTES_BEFORE = _first_bytes(BEFORE)
BYTES_AFTER = _first_bytes(AFTER)
BEGIN_WORDS = frozenset(sign for sign, before in BYTES_BEFORE.items() if before >= ALPHANUMERIC)
END_WORDS = frozenset(sign for sign, after in BYTES_AFTER.items() if after >= ALPHANUMERIC)


def expressions(signals: Sequence[Signal]) -> tuple[Expression, ...]:
    """Every expression to look for, each once."""
    groups: dict[tuple[str, bool, bool], list[Signal]] = {}
    words = [signal for signal in signals if signal.sign is Sign.WORD]
    for signal in signals:
        if signal.sign is not Sign.WORD:
            key = _sought(signal), signal.ignores_case, signal.sign in WEAK
            groups.setdefault(key, []).append(signal)
    found = [_expression(*key, group) for key, group in groups.items()]
    found += [Expression(one.pattern, one.ignores_case, (one,), is_told_once=True) for one in words]
    return tuple(found)


def _expression(pattern: str, ignores_case: bool, is_weak: bool, group: Sequence[Signal]) -> Expression:
    """One package of a name is enough: which ecosystem it belongs to is the manifest's business."""
    packages = [one for one in group if one.sign is Sign.PACKAGE]
    kept = [one for one in group if one.sign is not Sign.PACKAGE or one is packages[0]]
    is_plain = escaped(kept[0].text) == pattern
    return Expression(
        f"{LEAD}(?:{pattern})" if is_weak else pattern,
        ignores_case,
        tuple(kept),
        len(kept[0].text.encode()) if is_plain else _length(pattern),
        begins_word=all(one.sign in BEGIN_WORDS for one in kept),
        ends_word=all(
            one.pattern == pattern and one.sign not in MAY_BE_SEVERAL and one.sign in END_WORDS
            for one in kept
        ),
        lead=1 if is_weak else 0,
    )


def _length(pattern: str) -> int:
    """The bytes of a pattern that is words and single characters alone; 0 for any other."""
    plain = re.sub(r"\[-_.\]", "x", pattern)
    plain = re.sub(r"\\([^A-Za-z0-9])", "x", plain)
    return len(plain.encode()) if re.fullmatch(r"[^\\()\[\]{}|*+?.^$]+", plain) else 0


def _sought(signal: Signal) -> str:
    """The shortest pattern that begins wherever the signal does."""
    if signal.sign is Sign.SETTING:
        return re.escape(signal.text)
    return signal.pattern if signal.text else shortened(signal.pattern)


def shortened(pattern: str) -> str:
    """`pattern` without the part at its end that it can do without; both begin at the same places."""
    while True:
        tail = TAIL.search(pattern)
        if tail is not None:
            item, times = tail[1], tail[2]
            rest = pattern[: tail.start()]
            if times == "+":
                return rest + item
            if times.startswith("{"):
                return f"{rest}{item}{times[:-2]}}}"
            if not rest or rest.endswith(("|", "(")):
                return pattern
            pattern = rest
            continue
        group = OPTIONAL_GROUP.search(pattern)
        if group is None or not pattern[: group.start()] or pattern[: group.start()].endswith("|"):
            return pattern
        pattern = pattern[: group.start()]
