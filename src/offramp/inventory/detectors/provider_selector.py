"""Settings by which a framework or gateway is told to use a vendor.

# What it finds
A vendor's name as the value of a setting such as `provider`, `model_provider` or `api_type`, also as what
holds where a variable has none; as a branch, member or item of something called a provider; as one of several
vendors' names that the same thing is compared with; as the name of options handed to a framework, or of a
switch or a block of settings that is on; as an item of a list of providers in one value; as the default of a
field called a provider, or where an assertion expects it of one; in a document that a program holds as text;
as a member of what is imported from a framework for several vendors; and model names with a vendor's prefix
(`vendor/model`, `vendor:model`) in the forms profiles list.

# Why it matters
With such a switch the whole use can hang on one word, and no SDK, key or host need stand in the tree.

# What to do
Change the word, or send the framework to a gateway. A slash form also names the same model at a reseller:
where the file names one, the route is `reseller`.

# Limits
A member of a program's own list of vendors counts only where something called a provider is given it.
Settings with names of your own are not recognised. A vendor's name as the value of anything else is not a
use, nor is one that is the key of a program's table, a member of a type, or a name shown to a person.
"""

import re
from collections.abc import Iterator

from offramp.core.findings import Confidence, FindingKind, Route
from offramp.inventory.choosing import (
    ANY_PROVIDER_KEY,
    COMPARED_AFTER,
    DEFAULT_KEY,
    FIELD_KEY,
    FROM_ENVIRONMENT,
    MEMBER_KEY,
    OF_A_PROVIDER,
    OTHER_KEY,
    OTHER_PROVIDER,
    PROVIDER_KEY,
    WORD_LIST,
    is_among_providers,
    is_key,
)
from offramp.inventory.matching import Hit
from offramp.inventory.members import members
from offramp.inventory.model_names import is_called_a_model, is_elsewhere
from offramp.inventory.packages import is_lock
from offramp.inventory.regions import Place, region_at
from offramp.inventory.sheet import Detector, Found, Sheet
from offramp.inventory.signals import Sign
from offramp.inventory.switching import chosen_among, named_options, switched_on
from offramp.inventory.valuing import EXPECTED

TELLING = frozenset(
    (
        Sign.MODEL,
        Sign.MODEL_IN_CONTEXT,
        Sign.HOST,
        Sign.KEY_NAME,
        Sign.CLIENT,
        Sign.MODULE,
        Sign.PREFIX,
        Sign.NAME,
        Sign.SETTING,
        Sign.SELECTOR,
    )
)
FEWEST_ROWS = 2
KEYED = re.compile(rb"""\w["']?\]?[ \t]*(?:=>|[:=(])[ \t]*["'`]?\Z""")
"""A row that says what its value is."""
NEAR = 300
NEAR_A_SWITCH = 1_000
"""In bytes."""
GIVEN = re.compile(
    rb"""(?P<default>\$\{[\w.-]+(?::?[-=]|:))\Z
    |(?:\A|(?<=["'`\s]))(?:[A-Z][A-Z0-9_]*=|--[a-z][\w-]*[\ =])["']?\Z""",
    re.VERBOSE,
)
"""What stands before a value inside a longer text: a variable with its default, or an assignment."""
BARE = re.compile(WORD_LIST + rb"\Z")
"""What stands before a bare word that is a value: the words of a list."""
TOLD_BEFORE = re.compile(
    rb"(?i)[ \t](?:is|are|when|must|needs|required|should|if|because)[ \t](?:\S+[ \t])?\S*\Z"
)
"""What stands before an assignment that a message speaks of."""
MADE = re.compile(rb"^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*(?::{1,2}|\?|\+)?=[ \t]*\Z")
"""A variable of a makefile."""
SHELL_ARM = re.compile(rb"""[ \t]*\(?(?:["']?[\w.*-]{1,40}["']?[ \t]*\|[ \t]*){0,8}["']?\Z""")
SHELL_ARM_ENDS = re.compile(rb"""["']?[ \t]*(?:\)|\|(?!\|))""")
"""A pattern of a branch in a shell."""
WIDEST_NAME = 80
LISTED = re.compile(
    rb"""(?i)(?:providers?|endpoints|modules|backends|vendors|engines)["']?\]?\s*[:=]\s*["']?"""
    rb"""(?:[\w.-]+[ \t]*,[ \t]*)*\Z"""
)
"""A setting that names several, with the names before this one."""
ITEM_ENDS = re.compile(rb"""[ \t]*(?:,|["']|$|\r?\n|\})""")
GIVEN_TO = re.compile(
    rb"""(?:->|\.|::)(?:using|driver)\(\s*["'\:]\Z
    |(?i:(?:adapter|provider|backend|driver)s?)["']?\)?(?:->|\.|::|:)(?:extend|resolve|get|make|create|load|for|from)\w*
    \(\s*["'\:]\Z""",
    re.VERBOSE,
)
"""A method by which frameworks are given who answers."""
VALUE_LINE = re.compile(rb"""[ \t]*["']?value["']?[ \t]*[:=]""")
"""The value of a setting whose name stands on the line before."""
UNMARKED = re.compile(rb"^[ \t]*provider[ \t]+\Z")
"""Settings of a format without a sign between key and value."""
ENDS = (b"'", b'"', b" ", b"`", b"\n")
DATA_SET = re.compile(rb"(?i)data_?set|hf_path")
"""Data sets are named as models are."""
LABELLED = re.compile(rb"""["']?([A-Za-z][\w-]*)["']?\]?[ \t]*(=>|[:=])[ \t]*["'`]\Z""")
SHOWN_KEY = re.compile(
    rb"(?i)(?:\w+[_-])?(?:label|title|text|heading|tooltip|placeholder|alt|display_?name|description)"
    rb"|\w+(?-i:Label|Title|Text|DisplayName|Description)"
)
"""What a person is shown."""
SETTING_INSIDE = re.compile(
    rb"""[ \t]*(?:-[ \t]+)?(?:\\?["'])?[\w.-]{1,60}(?:\\?["'])?[ \t]*[:=][ \t]*(?:\\?["'])?\Z"""
)
ENDS_INSIDE = re.compile(rb"""(?:\\?["'])?[ \t]*[,;]?[ \t]*\r?\Z""")
"""A line of a document that a program holds as text."""
SEARCHED = re.compile(rb"""(?i)\b(?:keywords|tags|aliases|topics)["']?[ \t]*[:=][ \t]*[\[({][^\])}\n]*\Z""")
"""A list of words that a person searches with."""
IN_UNION_AFTER = re.compile(rb"""["'`][ \t]*\|(?!\|)""")
IN_UNION_BEFORE = re.compile(rb"""(?:^|[^|])\|[ \t]*["'`]\Z""")
"""Members of a union of types ask nobody."""
TYPED = re.compile(rb"""[ \t]*(?:readonly[ \t]+)?[\w$]+\??[ \t]*:[ \t]*["']\Z""")
TYPE_ENDS = re.compile(rb"""["'][ \t]*;""")
"""A member of a type ends with the sign that no member of a value ends with."""
API_PATH = re.compile(r"[/:]v\d+(?:/|$)")
"""How the path of an API goes on behind its name."""
STEP = re.compile(r"@(?:v?\d+(?:\.\d+)*|[0-9a-f]{40}|main|master)$")
"""How a pipeline's step ends: a repository at a version."""


def detect(sheet: Sheet) -> Iterator[Found]:
    """Values of provider settings, and prefixed model names."""
    if is_lock(sheet.source.name):
        return
    is_resold = Route.RESELLER in sheet.service_routes
    selecting = sheet.of(Sign.SELECTOR)
    among = chosen_among(sheet.source, selecting, sheet.knowledge.everyday) if len(selecting) > 1 else ()
    rows: dict[bytes, set[str]] = {}
    left: list[Hit] = []
    for hit in selecting:
        before = _before(sheet, hit)
        if is_key(sheet.source, hit.start) or _is_shown(sheet, hit):
            continue
        other = OTHER_PROVIDER.search(before)
        if other is not None and b"search" not in other[0].lower():
            continue
        if _is_everyday(sheet, hit):
            # A word that means other things too: only as a provider, and where others of its kind are named.
            is_called_so = other is None and (
                PROVIDER_KEY.search(before) is not None
                or _is_compared_after(sheet, hit)
                or _is_expected(sheet, hit, before)
            )
            is_chosen = (is_called_so and _is_among_others(sheet, hit)) or (
                _is_beside_a_choice(sheet, hit)
                and (DEFAULT_KEY.search(before) or is_among_providers(sheet.source, hit.start))
            )
        else:
            is_chosen = any(
                one.search(before)
                for one in (
                    PROVIDER_KEY,
                    OTHER_KEY,
                    ANY_PROVIDER_KEY,
                    MEMBER_KEY,
                    FIELD_KEY,
                    GIVEN_TO,
                    FROM_ENVIRONMENT,
                )
            )
            is_chosen = is_chosen or _is_compared_after(sheet, hit)
            is_chosen = is_chosen or _is_expected(sheet, hit, before)
            is_chosen = is_chosen or (sheet.source.language.is_data and UNMARKED.match(before) is not None)
            is_chosen = is_chosen or is_among_providers(sheet.source, hit.start)
        is_set = (is_chosen or hit.start in among) and _is_value(sheet, hit)
        if is_set or _is_listed(sheet, hit, before):
            rows.setdefault(before.strip(), set()).add(hit.signal.vendor)
            yield _found(sheet, hit, "", is_resold=False)
        elif _is_everyday(sheet, hit):
            left.append(hit)
    for hit in left:
        # One more row of a list whose other rows are chosen: it begins as they do.
        key = _before(sheet, hit).strip()
        if len(rows.get(key, ())) >= FEWEST_ROWS and KEYED.search(key) and _is_value(sheet, hit):
            yield _found(sheet, hit, "", is_resold=False)
    yield from _by_name(sheet)
    yield from _by_member(sheet)
    for hit in sheet.of(Sign.PREFIX):
        text = sheet.text(hit)
        if is_elsewhere(sheet, hit) or STEP.search(text) or API_PATH.search(text):
            continue
        if not (_is_value(sheet, hit) or sheet.tables.holds(hit.start)):
            continue
        if DATA_SET.search(_before(sheet, hit)):
            continue
        model = re.split(r"[/:]", text)[-1]
        if _names_a_model(sheet, hit, text, model):
            yield _found(sheet, hit, "" if model == "*" else model, is_resold=is_resold)


def _names_a_model(sheet: Sheet, hit: Hit, text: str, model: str) -> bool:
    """Whether what follows a vendor's prefix is a model; behind an everyday word only in a model's place."""
    if is_called_a_model(sheet, hit) or (text[-1] != "*" and is_among_providers(sheet.source, hit.start)):
        return True
    if re.split(r"[/:]", text)[0].lower() in sheet.knowledge.companies:
        return False
    short = sheet.knowledge.short_models.get(hit.signal.vendor)
    return bool(re.search(r"\d", model) or (short is not None and short.fullmatch(model.encode())))


def _is_expected(sheet: Sheet, hit: Hit, before: bytes) -> bool:
    """Whether an assertion expects it of something called a provider."""
    return bool(EXPECTED.search(before) and OF_A_PROVIDER.match(sheet.source.data, hit.end))


def _is_compared_after(sheet: Sheet, hit: Hit) -> bool:
    """Whether something called a provider is compared with it, and named behind it."""
    return COMPARED_AFTER.match(sheet.source.data, hit.end) is not None


def _is_listed(sheet: Sheet, hit: Hit, before: bytes) -> bool:
    """Whether it is one of several names in one value of a setting."""
    language, data = sheet.source.language, sheet.source.data
    if not (language.is_data or language.is_shell) or b"," not in before + data[hit.end : hit.end + 1]:
        return False
    return LISTED.search(before) is not None and ITEM_ENDS.match(data, hit.end) is not None


def _found(sheet: Sheet, hit: Hit, model: str, *, is_resold: bool) -> Found:
    text = sheet.text(hit)
    return Found(
        vendor=hit.signal.vendor,
        kind=FindingKind.PROVIDER_SELECTOR,
        start=hit.start,
        end=hit.end,
        matched=text,
        message=f"selects the provider by `{text}`",
        route=Route.RESELLER if is_resold else hit.signal.route,
        confidence=Confidence.LIKELY,
        model=model,
    )


def _by_name(sheet: Sheet) -> Iterator[Found]:
    """Options handed on under a vendor's name, and switches called after one."""
    data, selectors = sheet.source.data, sheet.knowledge.selectors
    named = ((one, "hands options to") for one in named_options(data, selectors))
    on = (
        ((one, start, end), "switches on")
        for one, start, end in switched_on(data, selectors)
        if data[start:end].decode("latin-1").lower() not in sheet.knowledge.everyday
        or _is_near_others(sheet, start, end)
    )
    for (signal, start, end), what in (*named, *on):
        if sheet.source.place(start, end) in (Place.CODE, Place.STRING):
            text = data[start:end].decode("latin-1")
            yield Found(
                vendor=signal.vendor,
                kind=FindingKind.PROVIDER_SELECTOR,
                start=start,
                end=end,
                matched=text,
                message=f"{what} `{text}`",
                route=signal.route,
                confidence=Confidence.LIKELY,
            )


def _by_member(sheet: Sheet) -> Iterator[Found]:
    """Members of a list of providers."""
    for named, start, end in members(sheet):
        text = sheet.source.data[start:end].decode("latin-1")
        is_everyday = _plain(text) in sheet.knowledge.everyday
        if sheet.source.place(start, end) is Place.CODE and not (
            is_everyday and not _is_near_others(sheet, start, end)
        ):
            yield Found(
                vendor=named.vendor,
                kind=FindingKind.PROVIDER_SELECTOR,
                start=start,
                end=end,
                matched=text,
                message=f"selects the provider by `{text}`",
                route=named.route,
                confidence=Confidence.LIKELY,
            )


def _is_near_others(sheet: Sheet, start: int, end: int) -> bool:
    """Whether something else of a models' vendor stands near a switch called after an everyday word."""
    return any(
        one.signal.sign in (*TELLING, Sign.ACTION)
        and one.signal.sign is not Sign.NAME
        and (one.end <= start or one.start >= end)
        and abs(one.start - start) < NEAR_A_SWITCH
        and not (one.signal.sign is Sign.SELECTOR and _is_everyday(sheet, one))
        for one in sheet.hits
    )


def _is_shown(sheet: Sheet, hit: Hit) -> bool:
    """Whether it is the name shown for a key of the same word, or a member of a type."""
    data = sheet.source.data
    before = data[sheet.source.line_start(hit.start) : hit.start]
    named = LABELLED.search(before)
    text = sheet.text(hit)
    if (named is not None and SHOWN_KEY.fullmatch(named[1])) or SEARCHED.search(before):
        return True
    if (
        named is not None
        and named[2] != b"="
        and text[:1].isupper()
        and _plain(named[1].decode("latin-1")) == _plain(text)
    ):
        return True
    if sheet.source.language.module_scope != "javascript":
        return False
    is_typed = TYPE_ENDS.match(data, hit.end) is not None and TYPED.match(before) is not None
    return is_typed or bool(IN_UNION_AFTER.match(data, hit.end) or IN_UNION_BEFORE.search(before))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _is_everyday(sheet: Sheet, hit: Hit) -> bool:
    return sheet.text(hit).lower() in sheet.knowledge.everyday


def _is_among_others(sheet: Sheet, hit: Hit) -> bool:
    """Whether the file holds anything else of a models' vendor: clouds and logins have providers too."""
    return any(
        one.signal.sign in TELLING
        and (one.start, one.end) != (hit.start, hit.end)
        and (one.signal.sign is not Sign.CLIENT or sheet.sdk.imports or sheet.sdk.calls)
        and not (one.signal.sign is Sign.SELECTOR and _is_everyday(sheet, one))
        for one in sheet.hits
    )


def _is_beside_a_choice(sheet: Sheet, hit: Hit) -> bool:
    """Whether a name that means one vendor alone stands near."""
    return any(
        abs(one.start - hit.start) < NEAR and not _is_everyday(sheet, one) for one in sheet.of(Sign.SELECTOR)
    )


def _is_value(sheet: Sheet, hit: Hit) -> bool:
    """Whether the hit is a whole string or a whole unquoted value."""
    given = GIVEN.search(
        sheet.source.data, max(sheet.source.line_start(hit.start), hit.start - WIDEST_NAME), hit.start
    )
    if given is not None and not given["default"] and TOLD_BEFORE.search(_before(sheet, hit)):
        return False
    if given is not None:
        # The default of a variable ends with its bracket, an assignment of a command with its word.
        return sheet.source.data[hit.end : hit.end + 1] in (b"}" if given["default"] else b"", *ENDS)
    if BARE.search(sheet.source.data, max(0, hit.start - WIDEST_NAME), hit.start):
        return sheet.source.data[hit.end : hit.end + 1] in (b"", b"]", b")", b"}", *ENDS)
    is_unmarked = sheet.source.language.is_data and UNMARKED.match(_before(sheet, hit))
    if is_unmarked or (sheet.source.language.is_shell and MADE.search(_before(sheet, hit))):
        return sheet.source.data[hit.end : hit.end + 1] in (b"", *ENDS)
    if sheet.source.language.is_shell and SHELL_ARM.match(_before(sheet, hit)):
        return SHELL_ARM_ENDS.match(sheet.source.data, hit.end) is not None
    if sheet.place(hit) is Place.CODE and not sheet.source.language.is_data:
        is_symbol = sheet.source.language.name in ("ruby", "elixir")
        return is_symbol and sheet.source.data[hit.start - 1 : hit.start] == b":"
    if _is_a_setting_inside(sheet, hit):
        return True
    start, end = sheet.source.scalar(hit.start)
    return not sheet.source.data[start : hit.start].strip(b" \t\"'`") and not sheet.source.data[
        hit.end : end
    ].partition(b"#")[0].strip(b" \t\"'`,;}\r")


def _is_a_setting_inside(sheet: Sheet, hit: Hit) -> bool:
    """Whether it is the value of a setting on a line of its own, in a text of several lines."""
    data, region = sheet.source.data, region_at(sheet.source.regions, hit.start)
    begin = sheet.source.line_start(hit.start)
    if region is None or region.start >= begin:
        return False
    line = data[begin : begin + len(sheet.source.line_text(hit.start))]
    before, after = line[: hit.start - begin], line[hit.end - begin :]
    return SETTING_INSIDE.match(before) is not None and ENDS_INSIDE.match(after) is not None


def _before(sheet: Sheet, hit: Hit) -> bytes:
    """What stands before on the line; an argument may begin its line with its name on the one before."""
    data = sheet.source.data
    begin = sheet.source.line_start(hit.start)
    if begin and VALUE_LINE.match(data, begin, hit.start):
        begin = sheet.source.line_start(begin - 1)
    if (
        not data[begin : hit.start].strip(b" \t\"'`")
        and begin
        and data[max(0, begin - 2) : begin].strip() == b","
    ):
        begin = sheet.source.line_start(begin - 1)
    return data[max(begin, hit.start - 200) : hit.start]


DETECTOR = Detector("provider-selector", detect)
